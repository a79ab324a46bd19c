// Package livetemplate makes html/template pages update themselves in the browser.
//
// A [Template] renders data to HTML, byte for byte as html/template does. An [Application] keeps a [Page] per browser
// session; given new data, a page answers with the smallest [Update] that brings the browser up to date. The web server,
// its sockets and its users stay the host's.
//
// Data are Go values, seen as html/template sees them: exported fields under their Go names, methods with arguments, embedded
// structs, pointers, maps, slices, channels and iterators, [time.Time], numbers of every type, the typed strings ([HTML],
// [URL], …), String, Error and the JSON forms with their tags. What is plain data in all of this is copied into the engine; other
// values (with methods, json tags or unexported fields, nil pointers, nil slices and maps, maps to anything but strings and
// interfaces) are asked while a template executes, and must not be changed as long as a page shows them. A cycle is refused with
// [ErrDepthExceeded], a map with keys that are not strings, integers or bools and have no order with [ErrInvalidData].
//
// What differs from html/template: print and the comparisons take a pointer for what it points to; an array is compared and sliced
// like a slice; of a time only the methods that templates use are there; and some errors name another type, such as
// []interface {} for []int, unless the template has functions or the data a method that asks for other types.
//
// All methods of all types may be called from many goroutines at once.
package livetemplate

// #include <livetemplate.h>
// #cgo noescape lvt_value_new_string
// #cgo nocallback lvt_value_new_string
// #cgo noescape lvt_value_new_list
// #cgo nocallback lvt_value_new_list
// #cgo noescape lvt_value_new_map
// #cgo nocallback lvt_value_new_map
// #cgo noescape lvt_value_new_record
// #cgo nocallback lvt_value_new_record
// #cgo nocallback lvt_value_new_i64
// #cgo noescape lvt_value_new_number
// #cgo nocallback lvt_value_new_number
// #cgo nocallback lvt_value_new_f64
// #cgo nocallback lvt_value_new_bool
// #cgo nocallback lvt_value_new_null
import "C"

import (
	"fmt"
	"html/template"
	"unsafe"
)

// The typed strings of html/template: content that the host vouches for.
type (
	// HTML is an HTML fragment.
	HTML = template.HTML
	// HTMLAttr is a name="value" pair inside a start tag.
	HTMLAttr = template.HTMLAttr
	// JS is a JavaScript expression.
	JS = template.JS
	// JSStr is text between JavaScript quotes.
	JSStr = template.JSStr
	// CSS is a stylesheet, rule, declaration or value.
	CSS = template.CSS
	// URL is a URL or a part of one.
	URL = template.URL
	// Srcset is the value of a srcset attribute.
	Srcset = template.Srcset
)

// DataFlags say which tags JSON text may carry; they combine with |.
type DataFlags int32

const (
	// DataTime reads {"$time": "<RFC 3339>"} as a time.
	DataTime DataFlags = C.LVT_DATA_TIME
	// DataTrusted reads $html, $attr, $js, $jsstr, $css, $url, $srcset and $bytes as typed values. It is for JSON that
	// the host wrote itself: never for JSON with user data in it.
	DataTrusted DataFlags = C.LVT_DATA_TRUSTED
)

func combined(flags []DataFlags) C.int32_t {
	var all DataFlags
	for _, f := range flags {
		all |= f
	}
	return C.int32_t(all)
}

func init() {
	if loaded := C.lvt_abi_version(); loaded != C.LVT_ABI_VERSION {
		panic(fmt.Sprintf("livetemplate: the library has ABI %d, this package was built for %d", loaded, C.LVT_ABI_VERSION))
	}
}

// stringBytes gives C a view of s for the time of one call.
func stringBytes(s string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.StringData(s)), C.size_t(len(s))
}

// sliceBytes gives C a view of b for the time of one call.
func sliceBytes(b []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.SliceData(b)), C.size_t(len(b))
}

// borrowed copies what C lends.
func borrowed(s C.lvt_str) []byte {
	bytes := make([]byte, s.len)
	copy(bytes, unsafe.Slice((*byte)(s.data), s.len))
	return bytes
}

func borrowedString(s C.lvt_str) string {
	return string(unsafe.Slice((*byte)(s.data), s.len))
}

// taken copies a buffer and frees it.
func taken(b *C.lvt_buffer) []byte {
	bytes := make([]byte, b.len)
	copy(bytes, unsafe.Slice((*byte)(b.data), b.len))
	C.lvt_buffer_free(b)
	return bytes
}
