package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"iter"
	"reflect"
	"slices"
)

// object is a Go value that the engine asks about: one with methods, a pointer, a struct that is more than its exported
// fields, and whatever has no form in the engine's data.
type object struct {
	value reflect.Value // as it was reached, so that the methods of its pointer are there where Go has them
}

// member is a field or a method.
type member struct {
	field  reflect.Value
	method *hostFunction // nil for a field
}

var errNoMember = errors.New("no such field or method")

// indirect follows pointers and interfaces; nil says that one of them leads nowhere.
func indirect(v reflect.Value) (target reflect.Value, isNil bool) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return v, true
		}
		v = v.Elem()
	}
	return v, false
}

// member gives what a template finds under a name; errNoMember when that is nothing.
func (o *object) member(name string) (member, error) {
	receiver, isNil := indirect(o.value)
	whole := receiver
	if whole.Kind() != reflect.Interface && whole.Kind() != reflect.Pointer && whole.CanAddr() {
		whole = whole.Addr()
	}
	if method := whole.MethodByName(name); method.IsValid() {
		return member{method: methodOf(name, method)}, nil
	}
	switch receiver.Kind() {
	case reflect.Struct:
		field, ok := receiver.Type().FieldByName(name)
		if !ok {
			return member{}, errNoMember
		}
		if !field.IsExported() {
			return member{}, fmt.Errorf("%s is an unexported field of struct type %s", name, o.value.Type())
		}
		value, err := receiver.FieldByIndexErr(field.Index)
		return member{field: value}, err
	case reflect.Map:
		if key := reflect.ValueOf(name); key.Type().AssignableTo(receiver.Type().Key()) {
			if found := receiver.MapIndex(key); found.IsValid() {
				return member{field: found}, nil
			}
		}
	case reflect.Pointer:
		if elem := receiver.Type().Elem(); elem.Kind() == reflect.Struct {
			if _, ok := elem.FieldByName(name); !ok {
				return member{}, errNoMember
			}
		}
		if isNil {
			return member{}, fmt.Errorf("nil pointer evaluating %s.%s", o.value.Type(), name)
		}
	}
	return member{}, errNoMember
}

// methodOf makes a method callable. One whose results no template can take is refused when it is called.
func methodOf(name string, method reflect.Value) *hostFunction {
	if err := checkResults(name, method.Type()); err != nil {
		return &hostFunction{body: refusedFunction{err.Error()}, max: -1}
	}
	f := functionOf(method)
	return &f
}

// refusedFunction cannot be called.
type refusedFunction struct{ message string }

func (f refusedFunction) call([]argument, bool) (reflect.Value, error) {
	return reflect.Value{}, &argumentError{-1, f.message}
}

// index gives what stands under a key; false when the value cannot be indexed.
func (o *object) index(key reflect.Value) (found reflect.Value, ok bool, err error) {
	item, isNil := indirect(o.value)
	if isNil {
		return item, false, errors.New("index of nil pointer")
	}
	if key.IsValid() && key.Kind() == reflect.Interface {
		key = key.Elem()
	}
	switch item.Kind() {
	case reflect.Array, reflect.Slice, reflect.String:
		at, err := position(key, item.Len())
		if err != nil {
			return item, true, err
		}
		// At the end Go panics, and its caller makes that an error.
		return item.Index(at), true, nil
	case reflect.Map:
		key, err := mapKey(key, item.Type().Key())
		if err != nil {
			return item, true, err
		}
		if found := item.MapIndex(key); found.IsValid() {
			return found, true, nil
		}
		return reflect.Zero(item.Type().Elem()), true, nil
	}
	return item, false, nil
}

func position(index reflect.Value, length int) (int, error) {
	var at int64
	switch {
	case !index.IsValid():
		return 0, errors.New("cannot index slice/array with nil")
	case index.CanInt():
		at = index.Int()
	case index.CanUint():
		at = int64(index.Uint())
	default:
		return 0, fmt.Errorf("cannot index slice/array with type %s", index.Type())
	}
	if at < 0 || at > int64(length) {
		return 0, fmt.Errorf("index out of range: %d", at)
	}
	return int(at), nil
}

func mapKey(key reflect.Value, t reflect.Type) (reflect.Value, error) {
	integer := func(v reflect.Value) bool { return v.CanInt() || v.CanUint() }
	switch {
	case !key.IsValid() && !nilable(t):
		return key, fmt.Errorf("value is nil; should be of type %s", t)
	case !key.IsValid():
		return reflect.Zero(t), nil
	case key.Type().AssignableTo(t):
		return key, nil
	case integer(key) && integer(reflect.Zero(t)):
		return key.Convert(t), nil
	}
	return key, fmt.Errorf("value has type %s; should be %s", key.Type(), t)
}

// length gives what len says; false when there is no length.
func (o *object) length() (int, bool, error) {
	item, isNil := indirect(o.value)
	if isNil {
		return 0, false, errors.New("len of nil pointer")
	}
	switch item.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return item.Len(), true, nil
	}
	return 0, false, nil
}

// truth is that of {{if}}.
func (o *object) truth() bool {
	truth, _ := template.IsTrue(o.value.Interface())
	return truth
}

// text gives what html/template shows, where that is not for the engine to find from the data; false then.
func (o *object) text() (string, bool) {
	v := o.value
	for !prints(v.Type()) && v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Chan, reflect.Func:
	default:
		if !prints(v.Type()) && !infoOf(v.Type()).ownText {
			return "", false
		}
	}
	return fmt.Sprint(v.Interface()), true
}

var stringerType = reflect.TypeFor[fmt.Stringer]()

// prints says whether fmt asks values of the type for their text.
func prints(t reflect.Type) bool { return t.Implements(errorInterface) || t.Implements(stringerType) }

var marshalerType = reflect.TypeFor[json.Marshaler]()

// json gives the JSON form in a script: of a whole slot's value, or of a part.
func (o *object) json(whole bool) (text []byte, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	v := o.value
	if !whole {
		if v.CanAddr() && v.Addr().CanInterface() {
			v = v.Addr() // where encoding/json finds the methods of the pointer
		}
		return json.Marshal(v.Interface())
	}
	for !v.Type().Implements(marshalerType) && v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	content := v.Interface()
	if _, ok := content.(json.Marshaler); ok {
		return json.Marshal(content)
	}
	if stringer, ok := content.(fmt.Stringer); ok {
		content = stringer.String()
	}
	return json.Marshal(content)
}

// sortedKeys gives the keys of a map in the order of templates.
func sortedKeys(m reflect.Value) ([]reflect.Value, error) {
	var less func(a, b reflect.Value) int
	switch key := reflect.Zero(m.Type().Key()); {
	case key.Kind() == reflect.String:
		less = func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) }
	case key.CanInt():
		less = func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) }
	case key.CanUint():
		less = func(a, b reflect.Value) int { return cmp.Compare(a.Uint(), b.Uint()) }
	case key.CanFloat():
		less = func(a, b reflect.Value) int { return cmp.Compare(a.Float(), b.Float()) }
	case key.Kind() == reflect.Bool:
		number := func(v reflect.Value) int {
			if v.Bool() {
				return 1
			}
			return 0
		}
		less = func(a, b reflect.Value) int { return number(a) - number(b) }
	default:
		return nil, fmt.Errorf("range over a map with keys of type %s", key.Type())
	}
	keys := m.MapKeys()
	slices.SortFunc(keys, less)
	return keys, nil
}

// iteration is what range goes over, item by item.
type iteration struct {
	next func() (key, item reflect.Value, ok bool)
	stop func()
}

// step gives the next item; a panic on the way is an error.
func (i *iteration) step() (key, item reflect.Value, ok bool, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%v", panicked)
		}
	}()
	key, item, ok = i.next()
	return
}

func (i *iteration) end() {
	defer func() { _ = recover() }() // of an iterator that goes on after it was stopped
	i.stop()
}

// single is an iteration without keys.
func single(next func() (reflect.Value, bool)) func() (key, item reflect.Value, ok bool) {
	return func() (_, item reflect.Value, ok bool) {
		item, ok = next()
		return
	}
}

// iterate goes over channels, functions, integers that have methods, and maps that are not in the data, as an iteration of the
// kind that it gives.
func (o *object) iterate() (*iteration, C.int32_t, error) {
	v, isNil := indirect(o.value)
	switch {
	case isNil:
	case v.Kind() == reflect.Map:
		keys, err := sortedKeys(v)
		each := func() (key, item reflect.Value, ok bool) {
			if len(keys) == 0 {
				return
			}
			key, keys = keys[0], keys[1:]
			return key, v.MapIndex(key), true
		}
		return &iteration{each, func() {}}, C.LVT_ITERATION_MAP, err
	case v.CanInt() || v.CanUint():
		next, stop := iter.Pull(v.Seq())
		return &iteration{single(next), stop}, C.LVT_ITERATION_SEQ, nil
	case v.Kind() == reflect.Chan:
		receive := func() (_, item reflect.Value, ok bool) {
			item, ok = v.Recv()
			return
		}
		if v.IsNil() {
			receive = func() (_, _ reflect.Value, ok bool) { return }
		} else if v.Type().ChanDir() == reflect.SendDir {
			return nil, 0, fmt.Errorf("range over send-only channel %v", v)
		}
		return &iteration{receive, func() {}}, C.LVT_ITERATION_LIST, nil
	case v.Kind() == reflect.Func && v.Type().CanSeq():
		next, stop := iter.Pull(v.Seq())
		return &iteration{single(next), stop}, C.LVT_ITERATION_SEQ, nil
	case v.Kind() == reflect.Func && v.Type().CanSeq2():
		next, stop := iter.Pull2(v.Seq2())
		return &iteration{next, stop}, C.LVT_ITERATION_SEQ2, nil
	}
	return nil, 0, nil
}
