package livetemplate

// #include <livetemplate.h>
// #include <stdint.h>
import "C"

import (
	"fmt"
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
	if refused, ok := err.(*argumentError); ok {
		p, n := stringBytes(refused.message)
		*e = C.lvt_error_new_argument(C.size_t(refused.index), p, n)
		return C.LVT_ERR_TEMPLATE_EXEC
	}
	*result = value
	return finished(err, e)
}

// finished hands an error of the host's over, if there is one.
func finished(err error, e **C.lvt_error) C.lvt_status {
	if err == nil {
		return C.LVT_OK
	}
	*e = newHostError(err)
	return C.LVT_ERR_TEMPLATE_EXEC
}

// handOver hands a Go value over.
func handOver(v reflect.Value, result **C.lvt_value) error {
	value, refusal := (&converter{typed: true}).convert(v, 0)
	if refusal != nil {
		return refusal.placed()
	}
	*result = value
	return nil
}

func heldObject(handle C.uintptr_t) *object { return cgo.Handle(handle).Value().(*object) }

//export livetemplateMember
func livetemplateMember(handle C.uintptr_t, name *C.uint8_t, n C.size_t, isMethod *C.bool, result **C.lvt_value, e **C.lvt_error) C.lvt_status {
	found, err := heldObject(handle).member(string(unsafe.Slice((*byte)(name), n)))
	switch {
	case err == errNoMember:
		return C.LVT_OK
	case err != nil:
		return finished(err, e)
	case found.method == nil:
		return finished(handOver(found.field, result), e)
	}
	value, refusal := newFunctionValue("func", found.method)
	if refusal != nil {
		return finished(refusal.placed(), e)
	}
	*isMethod, *result = true, value
	return C.LVT_OK
}

//export livetemplateIndex
func livetemplateIndex(handle C.uintptr_t, key *C.lvt_value, result **C.lvt_value, e **C.lvt_error) C.lvt_status {
	at, err := goReflect(key)
	if err != nil {
		return finished(err, e)
	}
	found, ok, err := indexed(heldObject(handle), at)
	if err == nil && ok {
		err = handOver(found, result)
	}
	return finished(err, e)
}

// indexed is an object's index; a panic in it is an error, as in html/template.
func indexed(o *object, key reflect.Value) (found reflect.Value, ok bool, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	return o.index(key)
}

//export livetemplateLength
func livetemplateLength(handle C.uintptr_t, length *C.size_t, e **C.lvt_error) C.lvt_status {
	n, ok, err := heldObject(handle).length()
	if ok {
		*length = C.size_t(n)
	}
	return finished(err, e)
}

//export livetemplateIterate
func livetemplateIterate(handle C.uintptr_t, kind *C.int32_t, iterator *C.uintptr_t, e **C.lvt_error) C.lvt_status {
	items, of, err := heldObject(handle).iterate()
	if err != nil || items == nil {
		return finished(err, e)
	}
	*kind, *iterator = C.int32_t(of), C.uintptr_t(cgo.NewHandle(items))
	return C.LVT_OK
}

//export livetemplateNext
func livetemplateNext(iterator C.uintptr_t, key, item **C.lvt_value, e **C.lvt_error) C.lvt_status {
	k, v, ok, err := cgo.Handle(iterator).Value().(*iteration).step()
	if err == nil && ok && k.IsValid() {
		err = handOver(k, key)
	}
	if err == nil && ok {
		err = handOver(v, item)
	}
	return finished(err, e)
}

//export livetemplateEnd
func livetemplateEnd(iterator C.uintptr_t) {
	handle := cgo.Handle(iterator)
	handle.Value().(*iteration).end()
	handle.Delete()
}

//export livetemplateTruth
func livetemplateTruth(handle C.uintptr_t, truth *C.int32_t, _ **C.lvt_error) C.lvt_status {
	*truth = 0
	if heldObject(handle).truth() {
		*truth = 1
	}
	return C.LVT_OK
}

//export livetemplateText
func livetemplateText(handle C.uintptr_t, result **C.lvt_value, e **C.lvt_error) C.lvt_status {
	text, ok := heldObject(handle).text()
	if !ok {
		return C.LVT_OK
	}
	return finished(handOver(reflect.ValueOf(text), result), e)
}

//export livetemplateJSON
func livetemplateJSON(handle C.uintptr_t, whole C.bool, result **C.lvt_value, e **C.lvt_error) C.lvt_status {
	text, err := heldObject(handle).json(bool(whole))
	if err == nil {
		err = handOver(reflect.ValueOf(string(text)), result)
	}
	return finished(err, e)
}

func callBody(body body, given []C.lvt_argument, complete bool) (*C.lvt_value, error) {
	args := make([]argument, len(given))
	for i, arg := range given {
		switch {
		case arg.constant.data != nil:
			args[i].constant = borrowedString(arg.constant)
		case arg.value != nil:
			value, err := goReflect(arg.value)
			if err != nil {
				return nil, err
			}
			if arg.in_interface {
				held := [1]any{}
				if value.IsValid() {
					held[0] = value.Interface()
				}
				value = reflect.ValueOf(held).Index(0)
			}
			args[i].value = value
		}
	}
	result, err := body.call(args, complete)
	if err != nil || !complete {
		return nil, err
	}
	var value *C.lvt_value
	err = handOver(result, &value)
	return value, err
}

// goReflect is goValue that gives an object as it was reached.
func goReflect(v *C.lvt_value) (reflect.Value, error) {
	if C.lvt_value_kind(v) == C.LVT_KIND_HOST {
		if o := objectOf(v); o != nil {
			return o.value, nil
		}
	}
	value, err := goValue(v)
	return reflect.ValueOf(value), err
}
