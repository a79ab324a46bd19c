package livetemplate

// #include <livetemplate.h>
import "C"

// PageOption is an option of a new page.
type PageOption func(*pageOptions) error

// JSONPageOption is an option of a page that is made from JSON text: a [PageOption] or [DataFlags].
type JSONPageOption interface {
	set(*pageOptions) error
}

func (option PageOption) set(o *pageOptions) error { return option(o) }

func (f DataFlags) set(o *pageOptions) error {
	o.flags |= f
	return nil
}

// WithWire sets the wire format of the page's updates by its name: "tree" (the default), "fragments", "patches",
// "operations", "turbo" or "htmx". Another name is [ErrInvalidArgument].
func WithWire(name string) PageOption {
	return func(o *pageOptions) error {
		var e *C.lvt_error
		p, n := stringBytes(name)
		return failed(C.lvt_page_options_set_wire(o.handle, p, n, &e), e)
	}
}

// pageOptions are the options of one call.
type pageOptions struct {
	handle *C.lvt_page_options
	flags  DataFlags
}

// newPageOptions collects options; what it gives must be freed.
func newPageOptions[T JSONPageOption](options []T) (*pageOptions, error) {
	o := &pageOptions{handle: C.lvt_page_options_new()}
	for _, option := range options {
		if err := option.set(o); err != nil {
			o.free()
			return nil, err
		}
	}
	return o, nil
}

func (o *pageOptions) free() { C.lvt_page_options_free(o.handle) }
