package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"html/template"
	"time"
)

// goValue is the Go form of a value of the engine: nil, bool, a number of its type, string, []byte, time.Time, a typed
// string, []any, map[string]any (also for a struct) or, for a map with other keys, map[any]any.
func goValue(v *C.lvt_value) (any, error) {
	var e *C.lvt_error
	switch C.lvt_value_kind(v) {
	case C.LVT_KIND_BOOL:
		var b C.bool
		status := C.lvt_value_as_bool(v, &b, &e)
		return bool(b), failed(status, e)
	case C.LVT_KIND_I64:
		var i C.int64_t
		status := C.lvt_value_as_i64(v, &i, &e)
		return goSigned(C.lvt_value_number_type(v), int64(i)), failed(status, e)
	case C.LVT_KIND_U64:
		var u C.uint64_t
		status := C.lvt_value_as_u64(v, &u, &e)
		return goUnsigned(C.lvt_value_number_type(v), uint64(u)), failed(status, e)
	case C.LVT_KIND_F64:
		var f C.double
		status := C.lvt_value_as_f64(v, &f, &e)
		if C.lvt_value_number_type(v) == C.LVT_NUMBER_TYPE_FLOAT32 {
			return float32(f), failed(status, e)
		}
		return float64(f), failed(status, e)
	case C.LVT_KIND_COMPLEX:
		var re, im C.double
		status := C.lvt_value_as_complex(v, &re, &im, &e)
		c := complex(float64(re), float64(im))
		if C.lvt_value_number_type(v) == C.LVT_NUMBER_TYPE_COMPLEX64 {
			return complex64(c), failed(status, e)
		}
		return c, failed(status, e)
	case C.LVT_KIND_STRING, C.LVT_KIND_BYTES, C.LVT_KIND_TRUSTED:
		return goText(v)
	case C.LVT_KIND_TIME:
		return goTime(v)
	case C.LVT_KIND_LIST:
		items := make([]any, C.lvt_value_len(v))
		for i := range items {
			item, err := goValue(C.lvt_value_item(v, C.size_t(i)))
			if err != nil {
				return nil, err
			}
			items[i] = item
		}
		return items, nil
	case C.LVT_KIND_MAP, C.LVT_KIND_RECORD:
		return goMap(v)
	case C.LVT_KIND_HOST:
		if o := objectOf(v); o != nil {
			return o.value.Interface(), nil
		}
	}
	return nil, nil
}

func goSigned(number C.int32_t, i int64) any {
	switch number {
	case C.LVT_NUMBER_TYPE_INT8:
		return int8(i)
	case C.LVT_NUMBER_TYPE_INT16:
		return int16(i)
	case C.LVT_NUMBER_TYPE_INT32:
		return int32(i)
	case C.LVT_NUMBER_TYPE_INT64:
		return i
	case C.LVT_NUMBER_TYPE_MONTH:
		return time.Month(i)
	case C.LVT_NUMBER_TYPE_WEEKDAY:
		return time.Weekday(i)
	case C.LVT_NUMBER_TYPE_DURATION:
		return time.Duration(i)
	}
	return int(i)
}

func goUnsigned(number C.int32_t, u uint64) any {
	switch number {
	case C.LVT_NUMBER_TYPE_UINT:
		return uint(u)
	case C.LVT_NUMBER_TYPE_UINT8:
		return uint8(u)
	case C.LVT_NUMBER_TYPE_UINT16:
		return uint16(u)
	case C.LVT_NUMBER_TYPE_UINT32:
		return uint32(u)
	case C.LVT_NUMBER_TYPE_UINTPTR:
		return uintptr(u)
	}
	return u
}

func goText(v *C.lvt_value) (any, error) {
	var e *C.lvt_error
	var text C.lvt_str
	status := C.lvt_value_as_text(v, &text, &e)
	if err := failed(status, e); err != nil {
		return nil, err
	}
	if C.lvt_value_kind(v) == C.LVT_KIND_BYTES {
		return borrowed(text), nil
	}
	s := borrowedString(text)
	switch C.lvt_value_content(v) {
	case C.LVT_CONTENT_HTML:
		return template.HTML(s), nil
	case C.LVT_CONTENT_HTML_ATTR:
		return template.HTMLAttr(s), nil
	case C.LVT_CONTENT_JS:
		return template.JS(s), nil
	case C.LVT_CONTENT_JS_STR:
		return template.JSStr(s), nil
	case C.LVT_CONTENT_CSS:
		return template.CSS(s), nil
	case C.LVT_CONTENT_URL:
		return template.URL(s), nil
	case C.LVT_CONTENT_SRCSET:
		return template.Srcset(s), nil
	}
	return s, nil
}

func goTime(v *C.lvt_value) (any, error) {
	var e *C.lvt_error
	var seconds C.int64_t
	var nanoseconds C.uint32_t
	var offset C.int32_t
	status := C.lvt_value_as_time(v, &seconds, &nanoseconds, &offset, &e)
	if err := failed(status, e); err != nil {
		return nil, err
	}
	zone := time.UTC
	if offset != 0 {
		zone = time.FixedZone("", int(offset))
	}
	return time.Unix(int64(seconds), int64(nanoseconds)).In(zone), nil
}

func goMap(v *C.lvt_value) (any, error) {
	n := int(C.lvt_value_len(v))
	byString, byAny := make(map[string]any, n), map[any]any(nil)
	for i := range n {
		key, err := goKey(v, i)
		if err != nil {
			return nil, err
		}
		item, err := goValue(C.lvt_value_item(v, C.size_t(i)))
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if ok && byAny == nil {
			byString[name] = item
			continue
		}
		if byAny == nil {
			byAny = make(map[any]any, n)
			for name, item := range byString {
				byAny[name] = item
			}
		}
		byAny[key] = item
	}
	if byAny != nil {
		return byAny, nil
	}
	return byString, nil
}

func goKey(v *C.lvt_value, i int) (any, error) {
	key := C.lvt_value_key(v, C.size_t(i))
	defer C.lvt_value_free(key)
	return goValue(key)
}
