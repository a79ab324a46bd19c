package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"context"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Page is one browser session's page. It lives until Close, until its time is over or until its application is closed;
// dropping the Go value does not end it.
type Page struct {
	handle    *C.lvt_page
	id, token string
	wire      string
	set       *templateSet // nil for a page got by its token
	typed     *atomic.Bool // the application's
}

func (a *Application) pageOf(handle *C.lvt_page, set *templateSet) *Page {
	page := &Page{
		handle: handle,
		id:     borrowedString(C.lvt_page_id(handle)),
		token:  borrowedString(C.lvt_page_token(handle)),
		wire:   borrowedString(C.lvt_page_wire(handle)),
		set:    set,
		typed:  &a.typed,
	}
	runtime.AddCleanup(page, func(h *C.lvt_page) { C.lvt_page_free(h) }, handle)
	return page
}

func (p *Page) failed(status C.lvt_status, e *C.lvt_error) error {
	runtime.KeepAlive(p)
	if p.set != nil {
		return p.set.failed(status, e)
	}
	return failed(status, e)
}

// ID gives the page's id: 32 hex digits.
func (p *Page) ID() string { return p.id }

// Token gives the page's token for [Application.GetPage], minted once when the page was made. It is a secret of the
// browser session.
func (p *Page) Token() string { return p.token }

// Wire gives the name of the page's wire format.
func (p *Page) Wire() string { return p.wire }

// Render gives the whole HTML of the page, with what its wire format needs to address it: in tree <div data-lvt-id="…">
// around the region that updates reach.
func (p *Page) Render() ([]byte, error) { return p.RenderContext(context.Background()) }

// RenderContext is Render that ends with ctx, with an error that wraps that of ctx.
func (p *Page) RenderContext(ctx context.Context) ([]byte, error) {
	var html []byte
	err := underContext(ctx, func(cancel *C.lvt_cancel) error {
		handle, done := p.under(cancel)
		defer done()
		var buffer C.lvt_buffer
		var e *C.lvt_error
		status := C.lvt_page_render(handle, &buffer, &e)
		if err := p.failed(status, e); err != nil {
			return err
		}
		html = taken(&buffer)
		return nil
	})
	return html, err
}

// FieldError is a message about one field of a form, for the answer to an action.
type FieldError struct {
	// Field is the field's name.
	Field string
	// Text says what is wrong with it.
	Text string
}

// withFieldErrors gives C a view of errors for the time of one call.
func withFieldErrors(errors []FieldError, call func(*C.lvt_field_error, C.size_t) C.lvt_status) C.lvt_status {
	var pinner runtime.Pinner
	defer pinner.Unpin()
	lend := func(s string) C.lvt_str {
		if s == "" {
			return C.lvt_str{}
		}
		pinner.Pin(unsafe.StringData(s))
		p, n := stringBytes(s)
		return C.lvt_str{data: p, len: n}
	}
	lent := make([]C.lvt_field_error, len(errors))
	for i, e := range errors {
		lent[i] = C.lvt_field_error{field: lend(e.Field), text: lend(e.Text)}
	}
	return call(unsafe.SliceData(lent), C.size_t(len(lent)))
}

// Tree gives the full message {"tree":…} that brings a fresh client to the page's state; with "meta" when an action is
// named.
func (p *Page) Tree(action string, errors ...FieldError) ([]byte, error) {
	var message C.lvt_buffer
	var e *C.lvt_error
	a, n := stringBytes(action)
	status := withFieldErrors(errors, func(errors *C.lvt_field_error, count C.size_t) C.lvt_status {
		return C.lvt_page_tree(p.handle, a, n, errors, count, &message, &e)
	})
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	return taken(&message), nil
}

// Resync gives what brings a client to what the page shows from any state: the first message of a connection, and the answer to
// a loss. In tree it is Tree without an action.
func (p *Page) Resync() ([]byte, error) {
	var message C.lvt_buffer
	var e *C.lvt_error
	status := C.lvt_page_resync(p.handle, &message, &e)
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	return taken(&message), nil
}

// Receive takes a control message of our own client (docs/wire.md) and gives the answer: no bytes when there is none to give. A
// message that is malformed, of another version of the protocol or of another page is answered with one of type "error", and changes
// nothing. Only the answer to an "ack" can change what the page has told: like a payload it has the next number, and goes to all
// clients of the page; in patches it may be a JSON array of messages. In the formats of other clients ("tree", "turbo", "htmx") it
// fails with [ErrInvalidArgument].
func (p *Page) Receive(message []byte) ([]byte, error) {
	var answer C.lvt_buffer
	var e *C.lvt_error
	m, n := sliceBytes(message)
	status := C.lvt_page_receive(p.handle, m, n, &answer, &e)
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	return taken(&answer), nil
}

// Update brings the page to complete new data and gives what its browser needs for that. On an error the page is
// unchanged.
func (p *Page) Update(data any) (*Update, error) { return p.UpdateContext(context.Background(), data) }

// UpdateContext is Update that ends with ctx, also while it waits for an update of another goroutine, with an error that wraps
// that of ctx. The page is unchanged then.
func (p *Page) UpdateContext(ctx context.Context, data any) (update *Update, err error) {
	value, err := newValue(data, p.typed.Load())
	if err != nil {
		return nil, err
	}
	defer C.lvt_value_free(value)
	err = underContext(ctx, func(cancel *C.lvt_cancel) error {
		handle, done := p.under(cancel)
		defer done()
		var made *C.lvt_update
		var e *C.lvt_error
		status := C.lvt_page_update(handle, value, &made, &e)
		update, err = p.updated(status, made, e)
		return err
	})
	return update, err
}

// UpdateJSON is Update with data as JSON text.
func (p *Page) UpdateJSON(text []byte, flags ...DataFlags) (*Update, error) {
	var update *C.lvt_update
	var e *C.lvt_error
	t, n := sliceBytes(text)
	status := C.lvt_page_update_json(p.handle, t, n, combined(flags), &update, &e)
	return p.updated(status, update, e)
}

// UpdateHTML brings a page whose HTML the host renders to new HTML, and gives what its browser needs for that. It fails with
// [ErrPageKind] for a page that was made of a template. On an error the page is unchanged.
func (p *Page) UpdateHTML(html []byte) (*Update, error) {
	var update *C.lvt_update
	var e *C.lvt_error
	h, n := sliceBytes(html)
	status := C.lvt_page_update_html(p.handle, h, n, &update, &e)
	return p.updated(status, update, e)
}

// Patch changes the page's data: a list is a JSON Patch (RFC 6902), a map or struct a JSON merge patch (RFC 7396),
// anything else [ErrInvalidPatch]. On an error the page is unchanged.
func (p *Page) Patch(patch any) (*Update, error) { return p.PatchContext(context.Background(), patch) }

// PatchContext is Patch that ends with ctx, as UpdateContext does.
func (p *Page) PatchContext(ctx context.Context, patch any) (update *Update, err error) {
	value, err := newValue(patch, false)
	if err != nil {
		return nil, err
	}
	defer C.lvt_value_free(value)
	err = underContext(ctx, func(cancel *C.lvt_cancel) error {
		handle, done := p.under(cancel)
		defer done()
		var made *C.lvt_update
		var e *C.lvt_error
		status := C.lvt_page_patch(handle, value, &made, &e)
		update, err = p.updated(status, made, e)
		return err
	})
	return update, err
}

// PatchJSON is Patch with the patch as JSON text.
func (p *Page) PatchJSON(text []byte, flags ...DataFlags) (*Update, error) {
	var update *C.lvt_update
	var e *C.lvt_error
	t, n := sliceBytes(text)
	status := C.lvt_page_patch_json(p.handle, t, n, combined(flags), &update, &e)
	return p.updated(status, update, e)
}

func (p *Page) updated(status C.lvt_status, update *C.lvt_update, e *C.lvt_error) (*Update, error) {
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	return newUpdate(update), nil
}

// SetData sets data aside: Data and Render show it at once, the browser gets it with the next update or patch.
func (p *Page) SetData(data any) error {
	value, err := newValue(data, p.typed.Load())
	if err != nil {
		return err
	}
	defer C.lvt_value_free(value)
	var e *C.lvt_error
	status := C.lvt_page_set_data(p.handle, value, &e)
	return p.failed(status, e)
}

// Data gives the page's current data: nil, bool, a number of its type, string, []byte, time.Time, a typed string, []any,
// map[string]any (also where a struct was given) or, for a map with other keys, map[any]any. A value that templates ask, such as
// a struct with methods, is itself.
func (p *Page) Data() (any, error) {
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_page_data(p.handle, &value, &e)
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	defer C.lvt_value_free(value)
	return goValue(value)
}

// Analysis is that of the page's template: [Template.Analysis].
func (p *Page) Analysis() (*Analysis, error) {
	var text C.lvt_buffer
	var e *C.lvt_error
	status := C.lvt_page_analysis(p.handle, &text, &e)
	if err := p.failed(status, e); err != nil {
		return nil, err
	}
	var original func(place) (place, bool)
	if p.set != nil {
		original = p.set.original
	}
	return readAnalysis(taken(&text), original)
}

// Close closes the page: every later call on it, through any Page, fails with [ErrPageClosed]. Closing twice is fine.
func (p *Page) Close() {
	C.lvt_page_close(p.handle)
	runtime.KeepAlive(p)
}
