package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"math"
	"reflect"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// maxDepth is how deeply data may nest; it also ends the walk through cycles.
const maxDepth = 128

// newValue takes a Go value over into the engine. The caller frees the result.
func newValue(data any) (*C.lvt_value, error) {
	v, err := convert(reflect.ValueOf(data), 0)
	if err != nil {
		return nil, err.placed()
	}
	return v, nil
}

// dataError grows its path on the way out of the nested calls.
type dataError struct {
	code    Code
	path    string
	message string
}

func (e *dataError) placed() *Error {
	if e.path == "" {
		return newError(e.code, "data: %s", e.message)
	}
	return newError(e.code, "data%s: %s", e.path, e.message)
}

func refused(format string, arguments ...any) *dataError {
	return &dataError{code: CodeInvalidData, message: fmt.Sprintf(format, arguments...)}
}

func fromC(status C.lvt_status, e *C.lvt_error) *dataError {
	var failure *Error
	if !errors.As(failed(status, e), &failure) {
		return nil
	}
	return &dataError{code: failure.Code, message: failure.Message}
}

var (
	timeType = reflect.TypeFor[time.Time]()

	numberTypes = map[reflect.Type]C.int32_t{
		reflect.TypeFor[time.Month]():    C.LVT_NUMBER_TYPE_MONTH,
		reflect.TypeFor[time.Weekday]():  C.LVT_NUMBER_TYPE_WEEKDAY,
		reflect.TypeFor[time.Duration](): C.LVT_NUMBER_TYPE_DURATION,
	}

	numberKinds = map[reflect.Kind]C.int32_t{
		reflect.Int8:    C.LVT_NUMBER_TYPE_INT8,
		reflect.Int16:   C.LVT_NUMBER_TYPE_INT16,
		reflect.Int32:   C.LVT_NUMBER_TYPE_INT32,
		reflect.Int64:   C.LVT_NUMBER_TYPE_INT64,
		reflect.Uint:    C.LVT_NUMBER_TYPE_UINT,
		reflect.Uint8:   C.LVT_NUMBER_TYPE_UINT8,
		reflect.Uint16:  C.LVT_NUMBER_TYPE_UINT16,
		reflect.Uint32:  C.LVT_NUMBER_TYPE_UINT32,
		reflect.Uint64:  C.LVT_NUMBER_TYPE_UINT64,
		reflect.Uintptr: C.LVT_NUMBER_TYPE_UINTPTR,
	}

	trustedTypes = map[reflect.Type]C.int32_t{
		reflect.TypeFor[template.HTML]():     C.LVT_CONTENT_HTML,
		reflect.TypeFor[template.HTMLAttr](): C.LVT_CONTENT_HTML_ATTR,
		reflect.TypeFor[template.JS]():       C.LVT_CONTENT_JS,
		reflect.TypeFor[template.JSStr]():    C.LVT_CONTENT_JS_STR,
		reflect.TypeFor[template.CSS]():      C.LVT_CONTENT_CSS,
		reflect.TypeFor[template.URL]():      C.LVT_CONTENT_URL,
		reflect.TypeFor[template.Srcset]():   C.LVT_CONTENT_SRCSET,
	}

	// What html/template asks of a value before it prints it.
	printingInterfaces = []struct {
		typ    reflect.Type
		method string
	}{
		{reflect.TypeFor[error](), "Error"},
		{reflect.TypeFor[fmt.Stringer](), "String"},
		{reflect.TypeFor[json.Marshaler](), "MarshalJSON"},
		{reflect.TypeFor[encoding.TextMarshaler](), "MarshalText"},
	}
)

func convert(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return C.lvt_value_new_null(), nil
	}
	if depth > maxDepth {
		return nil, &dataError{code: CodeDepthExceeded, message: "nested deeper than " + strconv.Itoa(maxDepth)}
	}
	t := v.Type()
	if t == timeType {
		return convertTime(v.Interface().(time.Time))
	}
	if number, ok := numberTypes[t]; ok {
		return convertNumber(number, uint64(v.Int()))
	}
	if content, ok := trustedTypes[t]; ok {
		return convertTrusted(content, v.String())
	}
	info := typeInfoOf(t)
	if info.refusal != "" {
		return nil, refused("%s", info.refusal)
	}
	switch v.Kind() {
	case reflect.Bool:
		return C.lvt_value_new_bool(C.bool(v.Bool())), nil
	case reflect.Int:
		return C.lvt_value_new_i64(C.int64_t(v.Int())), nil
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return convertNumber(numberKinds[v.Kind()], uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return convertNumber(numberKinds[v.Kind()], v.Uint())
	case reflect.Float64:
		return C.lvt_value_new_f64(C.double(v.Float())), nil
	case reflect.Float32:
		return convertNumber(C.LVT_NUMBER_TYPE_FLOAT32, uint64(math.Float32bits(float32(v.Float()))))
	case reflect.Complex64:
		return convertComplex(C.LVT_NUMBER_TYPE_COMPLEX64, v.Complex())
	case reflect.Complex128:
		return convertComplex(C.LVT_NUMBER_TYPE_COMPLEX128, v.Complex())
	case reflect.String:
		return convertString(v.String())
	case reflect.Pointer:
		if v.IsNil() {
			return C.lvt_value_new_null(), nil
		}
		return convert(v.Elem(), depth+1)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return convertBytes(v.Bytes())
		}
		return convertList(v, depth)
	case reflect.Array:
		return convertList(v, depth)
	case reflect.Map:
		return convertMap(v, depth)
	case reflect.Struct:
		return convertStruct(v, info, depth)
	}
	return nil, refused("a %s cannot be shown by a template", t)
}

func convertNumber(number C.int32_t, bits uint64) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_value_new_number(number, C.uint64_t(bits), &value, &e)
	return value, fromC(status, e)
}

func convertComplex(number C.int32_t, c complex128) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_value_new_complex(number, C.double(real(c)), C.double(imag(c)), &value, &e)
	return value, fromC(status, e)
}

func convertString(s string) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	p, n := stringBytes(s)
	status := C.lvt_value_new_string(p, n, &value, &e)
	return value, fromC(status, e)
}

func convertBytes(b []byte) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	p, n := sliceBytes(b)
	status := C.lvt_value_new_bytes(p, n, &value, &e)
	return value, fromC(status, e)
}

func convertTrusted(content C.int32_t, s string) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	p, n := stringBytes(s)
	status := C.lvt_value_new_trusted(content, p, n, &value, &e)
	return value, fromC(status, e)
}

func convertTime(t time.Time) (*C.lvt_value, *dataError) {
	var value *C.lvt_value
	var e *C.lvt_error
	_, offset := t.Zone()
	status := C.lvt_value_new_time(C.int64_t(t.Unix()), C.uint32_t(t.Nanosecond()), C.int32_t(offset), &value, &e)
	return value, fromC(status, e)
}

// values are handles that a container is being made of; the container shares what they stand for.
type values []*C.lvt_value

func (vs values) free() {
	for _, v := range vs {
		C.lvt_value_free(v)
	}
}

func (vs values) pointer() **C.lvt_value { return unsafe.SliceData(vs) }

func convertList(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
	items := make(values, 0, v.Len())
	defer func() { items.free() }()
	for i := range v.Len() {
		item, err := convert(v.Index(i), depth+1)
		if err != nil {
			err.path = "[" + strconv.Itoa(i) + "]" + err.path
			return nil, err
		}
		items = append(items, item)
	}
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_value_new_list(items.pointer(), C.size_t(len(items)), &value, &e)
	return value, fromC(status, e)
}

func convertMap(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
	keys, items := make(values, 0, v.Len()), make(values, 0, v.Len())
	defer func() { keys.free(); items.free() }()
	for entries := v.MapRange(); entries.Next(); {
		key, err := convertKey(entries.Key())
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
		item, err := convert(entries.Value(), depth+1)
		if err != nil {
			err.path = fmt.Sprintf("[%#v]%s", entries.Key(), err.path)
			return nil, err
		}
		items = append(items, item)
	}
	var value *C.lvt_value
	var e *C.lvt_error
	status := C.lvt_value_new_map(keys.pointer(), items.pointer(), C.size_t(len(items)), &value, &e)
	return value, fromC(status, e)
}

func convertKey(key reflect.Value) (*C.lvt_value, *dataError) {
	for key.Kind() == reflect.Interface {
		key = key.Elem()
	}
	switch {
	case key.Kind() == reflect.String:
		return convertString(key.String())
	case numberTypes[key.Type()] != 0: // prints as its name, which keys of maps do not keep
	case key.Kind() == reflect.Bool, key.CanInt(), key.CanUint():
		return convert(key, 0)
	}
	return nil, refused("a map with keys of type %s", key.Type())
}

func convertStruct(v reflect.Value, info *typeInfo, depth int) (*C.lvt_value, *dataError) {
	items := make(values, 0, len(info.fields))
	defer func() { items.free() }()
	for _, field := range info.fields {
		item, err := convert(v.Field(field.index), depth+1)
		if err != nil {
			err.path = "." + field.name + err.path
			return nil, err
		}
		items = append(items, item)
	}
	var value *C.lvt_value
	var e *C.lvt_error
	p, n := stringBytes(info.name)
	status := C.lvt_value_new_record(p, n, info.names.pointer(), items.pointer(), C.size_t(len(items)), &value, &e)
	return value, fromC(status, e)
}

// typeInfo is what conversion needs to know of a type.
type typeInfo struct {
	refusal string // why values of the type are not taken over

	name   string
	fields []fieldInfo
	names  values // of the fields, kept for good: there are as many as a program has struct types
}

type fieldInfo struct {
	name  string
	index int
}

var typeInfos sync.Map // reflect.Type → *typeInfo

func typeInfoOf(t reflect.Type) *typeInfo {
	if info, ok := typeInfos.Load(t); ok {
		return info.(*typeInfo)
	}
	info := &typeInfo{name: t.String()}
	for _, i := range printingInterfaces {
		// *time.Time and the like are printed as what they point to.
		if t.Implements(i.typ) && !(t.Kind() == reflect.Pointer && t.Elem() == timeType) {
			info.refusal = fmt.Sprintf("type %s has a method %s, which html/template would call: convert the value", t, i.method)
		}
	}
	if t.Kind() == reflect.Struct && info.refusal == "" {
		info.describeStruct(t)
	}
	kept, _ := typeInfos.LoadOrStore(t, info)
	return kept.(*typeInfo)
}

func (info *typeInfo) describeStruct(t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		if field.Tag.Get("json") == "-" {
			// In a script html/template leaves the field out; this version would print it there.
			info.refusal = fmt.Sprintf("field %s of %s is hidden from scripts by its json tag, which this version cannot keep: convert the value", field.Name, t)
			return
		}
		name, err := convertString(field.Name)
		if err != nil {
			info.refusal = err.message
			return
		}
		info.names = append(info.names, name)
		info.fields = append(info.fields, fieldInfo{field.Name, i})
	}
}
