package livetemplate

// #include <livetemplate.h>
import "C"

import "fmt"

// Error is every error of this package. errors.Is compares it with the sentinels, for example [ErrPageClosed].
type Error struct {
	// Code says what went wrong.
	Code Code
	// Message is one line; of template errors it is Go's text.
	Message string
	// Template is the name of the template the error is in, if it is in one.
	Template string
	// Line in the template, from 1; 0 when unknown.
	Line int
	// Column in the line, in bytes from 0; it means something only when Line is not 0.
	Column int

	details string // empty when there is no more to say than the message
	cause   error  // what a function of the host's failed with
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// Details gives the message and, for a template error with a place, the line of the source under it with a caret at the
// column. Templates taken over from html/template have no source, so there it is the message.
func (e *Error) Details() string {
	if e.details == "" {
		return e.Message
	}
	return e.details
}

// Unwrap gives the error that a function or method of the host's failed with, if that is why a template failed.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, ErrPageClosed) and the like work.
func (e *Error) Is(target error) bool {
	s, ok := target.(*sentinel)
	return ok && s.code == e.Code
}

func newError(code Code, format string, arguments ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// failed takes over the error of a call; nil when the call succeeded.
func failed(status C.lvt_status, e *C.lvt_error) error {
	if status == C.LVT_OK {
		return nil
	}
	defer C.lvt_error_free(e)
	return &Error{
		Code:     Code(status),
		Message:  borrowedString(C.lvt_error_message(e)),
		Template: borrowedString(C.lvt_error_template(e)),
		Line:     int(C.lvt_error_line(e)),
		Column:   int(C.lvt_error_column(e)),
		details:  borrowedString(C.lvt_error_details(e)),
		cause:    hostError(e),
	}
}
