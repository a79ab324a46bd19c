package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"context"
	"errors"
)

// underContext runs work with a handle that the context's end cancels; nil for a context that has none. An error for that
// reason wraps the context's.
func underContext(ctx context.Context, work func(*C.lvt_cancel) error) error {
	if ctx.Done() == nil {
		return work(nil)
	}
	if ctx.Err() != nil {
		return contextError(ctx, newError(CodeCancelled, "cancelled before it began"))
	}
	cancel := C.lvt_cancel_new()
	defer C.lvt_cancel_free(cancel)
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.lvt_cancel_cancel(cancel)
		close(cancelled)
	})
	err := work(cancel)
	if !stop() {
		<-cancelled // the handle is in use until then
	}
	var e *Error
	if errors.As(err, &e) && e.Code == CodeCancelled {
		return contextError(ctx, e)
	}
	return err
}

func contextError(ctx context.Context, e *Error) error {
	ended := *e
	ended.cause = ctx.Err()
	if errors.Is(ended.cause, context.DeadlineExceeded) {
		ended.Code = CodeDeadlineExceeded
	}
	return &ended
}

// under gives the template to work with, and what to do with it afterwards.
func (b *builtTemplate) under(cancel *C.lvt_cancel) (*C.lvt_template, func()) {
	if cancel == nil {
		return b.handle, func() {}
	}
	handle := C.lvt_template_with_cancel(b.handle, cancel)
	return handle, func() { C.lvt_template_free(handle) }
}

// under gives the page to work with, and what to do with it afterwards.
func (p *Page) under(cancel *C.lvt_cancel) (*C.lvt_page, func()) {
	if cancel == nil {
		return p.handle, func() {}
	}
	handle := C.lvt_page_with_cancel(p.handle, cancel)
	return handle, func() { C.lvt_page_free(handle) }
}
