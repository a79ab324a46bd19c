package livetemplate

// #include <livetemplate.h>
import "C"

import (
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

// newValue takes a Go value over into the engine. The caller frees the result. typed keeps the types of all values, for
// functions that ask for them.
func newValue(data any, typed bool) (*C.lvt_value, error) {
	c := converter{typed: typed}
	v, err := c.convert(reflect.ValueOf(data), 0)
	if err == nil && c.asked && !typed {
		C.lvt_value_free(v)
		return newValue(data, true)
	}
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
)

// converter takes Go values over. What templates see of a value in the same way when it is plain data becomes plain data, and
// only the rest an object: the engine compares, patches and keeps plain data without asking.
type converter struct {
	typed bool // every value keeps its type
	asked bool // there was an object with a method that asks for the types of others
}

func (c *converter) convert(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
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
	info := infoOf(t)
	if info.object || c.typed && info.typed || nilable(t) && v.IsNil() {
		return c.convertObject(v, info, depth)
	}
	return c.convertPlain(v, info, depth)
}

// convertObject makes an object of a value, with the data under it where it has any.
func (c *converter) convertObject(v reflect.Value, info *typeInfo, depth int) (value *C.lvt_value, err *dataError) {
	var data *C.lvt_value
	switch t := v.Type(); {
	case t.Kind() == reflect.Func && !info.iterates && !v.IsNil():
		if checkResults("", t) == nil {
			f := functionOf(v)
			return newFunctionValue(info.name, &f)
		}
	case t.Kind() == reflect.Chan, t.Kind() == reflect.Func, t.Kind() == reflect.UnsafePointer, info.sorted:
	case t.Kind() == reflect.Pointer && v.IsNil():
		data = C.lvt_value_new_null()
	case t.Kind() == reflect.Pointer:
		elem := v.Elem()
		if elem.Kind() == reflect.Struct && elem.Type() != timeType {
			data, err = c.convertPlain(elem, infoOf(elem.Type()), depth+1)
		} else {
			data, err = c.convert(elem, depth+1)
		}
	default:
		data, err = c.convertPlain(v, info, depth)
	}
	if err != nil {
		return nil, err
	}
	defer C.lvt_value_free(data)
	c.asked = c.asked || info.asksTypes
	return newHost(info.name, data, &object{v}, info.asks)
}

// convertPlain makes plain data of a value; what is in it may still be objects.
func (c *converter) convertPlain(v reflect.Value, info *typeInfo, depth int) (*C.lvt_value, *dataError) {
	t := v.Type()
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
		return c.convert(v.Elem(), depth+1)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return convertBytes(v.Bytes())
		}
		return c.convertList(v, depth)
	case reflect.Array:
		return c.convertList(v, depth)
	case reflect.Map:
		return c.convertMap(v, depth)
	case reflect.Struct:
		return c.convertStruct(v, info, depth)
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

func (c *converter) convertList(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
	items := make(values, 0, v.Len())
	defer func() { items.free() }()
	for i := range v.Len() {
		item, err := c.convert(v.Index(i), depth+1)
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

func (c *converter) convertMap(v reflect.Value, depth int) (*C.lvt_value, *dataError) {
	keys, items := make(values, 0, v.Len()), make(values, 0, v.Len())
	defer func() { keys.free(); items.free() }()
	for entries := v.MapRange(); entries.Next(); {
		key, err := c.convertKey(entries.Key())
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
		item, err := c.convert(entries.Value(), depth+1)
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

func (c *converter) convertKey(key reflect.Value) (*C.lvt_value, *dataError) {
	for key.Kind() == reflect.Interface {
		key = key.Elem()
	}
	switch {
	case key.Kind() == reflect.String:
		return convertString(key.String())
	case numberTypes[key.Type()] != 0: // prints as its name, which keys of maps do not keep
	case key.Kind() == reflect.Bool, key.CanInt(), key.CanUint():
		return c.convert(key, 0)
	}
	return nil, refused("a map with keys of type %s", key.Type())
}

func (c *converter) convertStruct(v reflect.Value, info *typeInfo, depth int) (*C.lvt_value, *dataError) {
	items := make(values, 0, len(info.fields))
	defer func() { items.free() }()
	for _, field := range info.fields {
		item, err := c.convert(v.Field(field.index), depth+1)
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
	name string
	// Whether values of the type are objects; always, or where their types count.
	object, typed bool
	asks          C.int32_t // of an object
	asksTypes     bool      // has a method with a parameter that plain data does not satisfy
	ownText       bool      // shows more than what its data shows
	iterates      bool      // a function that range goes over
	sorted        bool      // a map whose keys the engine's data cannot hold

	fields []fieldInfo
	names  values // of the fields, kept for good: there are as many as a program has struct types
}

type fieldInfo struct {
	name  string
	index int
}

var typeInfos sync.Map // reflect.Type → *typeInfo

func infoOf(t reflect.Type) *typeInfo {
	if info, ok := typeInfos.Load(t); ok {
		return info.(*typeInfo)
	}
	info := &typeInfo{name: t.String(), asks: askMember | askJSON}
	info.describe(t)
	kept, _ := typeInfos.LoadOrStore(t, info)
	return kept.(*typeInfo)
}

func (info *typeInfo) describe(t reflect.Type) {
	info.object = t.NumMethod() > 0 || t.Kind() != reflect.Pointer && reflect.PointerTo(t).NumMethod() > 0
	info.typed = t != plainTypes[t.Kind()] && t != reflect.TypeFor[[]byte]()
	if prints(t) {
		info.asks |= askText
	}
	methods := t
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		methods = reflect.PointerTo(t)
	}
	for i := range methods.NumMethod() {
		method := methods.Method(i).Type
		for i := 1; i < method.NumIn(); i++ {
			in := method.In(i)
			if in.Kind() == reflect.Slice && method.IsVariadic() && i == method.NumIn()-1 {
				in = in.Elem()
			}
			plain := in == plainTypes[in.Kind()] || in.Kind() == reflect.Interface && in.NumMethod() == 0
			info.asksTypes = info.asksTypes || !plain && in != timeType
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		info.describeStruct(t)
	case reflect.Pointer:
		// One to a struct that is plain data is the same as the struct, except that it can be nil.
		elem := t.Elem()
		_, trusted := trustedTypes[elem]
		switch {
		case elem == timeType || trusted:
			info.object, info.typed = false, false
		case elem.Kind() != reflect.Struct:
			info.object = true
		default:
			info.object = infoOf(elem).object
		}
		info.asks |= askText | askTruth | askIndex
	case reflect.Map:
		// What a key that is not there leads to can be seen.
		switch t.Elem().Kind() {
		case reflect.Interface, reflect.String:
		default:
			info.object = true
		}
		info.asks |= askIndex
		if key := t.Key(); key.Kind() != reflect.Interface && (key.NumMethod() > 0 || !plainKey(key.Kind())) {
			info.object, info.sorted, info.ownText = true, true, true
			info.asks |= askLength | askIterate | askText
		}
	case reflect.Chan:
		info.object = true
		info.asks |= askLength | askIterate | askTruth | askText
	case reflect.Func:
		info.object = true
		info.iterates = t.CanSeq() || t.CanSeq2()
		info.asks |= askIterate | askTruth | askText
	case reflect.UnsafePointer:
		info.object = true
	default:
		if zero := reflect.Zero(t); zero.CanInt() || zero.CanUint() {
			info.asks |= askIterate
		}
	}
}

// plainTypes are the types that values of the engine have by themselves.
var plainTypes = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Uint32: reflect.TypeFor[uint32](), reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uintptr: reflect.TypeFor[uintptr](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Complex64: reflect.TypeFor[complex64](), reflect.Complex128: reflect.TypeFor[complex128](),
	reflect.Slice: reflect.TypeFor[[]any](), reflect.Map: reflect.TypeFor[map[string]any](),
}

// plainKey says whether keys of the engine's maps can be of that kind.
func plainKey(kind reflect.Kind) bool {
	return kind >= reflect.Bool && kind <= reflect.Uintptr || kind == reflect.String
}

func (info *typeInfo) describeStruct(t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		if _, tagged := field.Tag.Lookup("json"); tagged || field.Anonymous {
			info.object = true
		}
		if !field.IsExported() {
			info.object, info.ownText = true, true
			info.asks |= askText
			continue
		}
		name, err := convertString(field.Name)
		if err != nil {
			continue // a name is never too long
		}
		info.names = append(info.names, name)
		info.fields = append(info.fields, fieldInfo{field.Name, i})
	}
}
