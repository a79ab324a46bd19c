package livetemplate

// #include <livetemplate.h>
// #include <stdint.h>
import "C"

import (
	"reflect"
	"runtime/cgo"
	"unsafe"
)

//export livetemplateDrop
func livetemplateDrop(handle C.uintptr_t) { cgo.Handle(handle).Delete() }

//export livetemplateCall
func livetemplateCall(function C.uintptr_t, args *C.lvt_argument, n C.size_t, complete C.bool, result **C.lvt_value, e **C.lvt_error) C.lvt_status {
	body := cgo.Handle(function).Value().(body)
	value, err := callBody(body, unsafe.Slice(args, n), bool(complete))
	if err == nil {
		*result = value
		return C.LVT_OK
	}
	if refused, ok := err.(*argumentError); ok {
		p, n := stringBytes(refused.message)
		*e = C.lvt_error_new_argument(C.size_t(refused.index), p, n)
	} else {
		*e = newHostError(err)
	}
	return C.LVT_ERR_TEMPLATE_EXEC
}

func callBody(body body, given []C.lvt_argument, complete bool) (*C.lvt_value, error) {
	args := make([]argument, len(given))
	for i, arg := range given {
		switch {
		case arg.constant.data != nil:
			args[i].constant = borrowedString(arg.constant)
		case arg.value != nil:
			value, err := goValue(arg.value)
			if err != nil {
				return nil, err
			}
			args[i].value = reflect.ValueOf(value)
			if arg.in_interface {
				args[i].value = reflect.ValueOf([1]any{value}).Index(0)
			}
		}
	}
	result, err := body.call(args, complete)
	if err != nil || !complete {
		return nil, err
	}
	value, refusal := convert(result, 0)
	if refusal != nil {
		return nil, refusal.placed()
	}
	return value, nil
}
