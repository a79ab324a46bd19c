package main

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"text/template"
	"time"
)

// What the functions are called with; ../tests.rs has the same.
var data = map[string]any{
	"nil": nil, "zero": 0, "one": 1, "i": 5, "u": uint64(math.MaxUint64), "f": 3.0, "f25": 2.5, "nanf": math.NaN(), "s": "héllo", "b": true,
	"l": []any{1, 2, 3}, "ls": []any{"s%d"}, "e": []any{}, "l2": []any{[]any{1, 2}, map[string]any{"k": []any{"z"}}, nil},
	"m": map[string]any{"a": 1, "1": 2}, "mi": map[int]any{1: "x"}, "mb": map[bool]any{true: 1}, "ma": map[any]any{"k": 1, 1: 2},
	"t": time.Unix(0, 0).UTC(), "t2": time.Unix(0, 0).UTC(), "by": []byte("xyz"), "h": HTML("<b>"),
	"rec": Point{1, "z"}, "rec2": Point{1, "z"}, "recp": Holder{nil},
}

// Types whose names in messages are those of the test's values.
type (
	HTML  string
	Point struct {
		A int
		B string
	}
	Holder struct{ A []int }
)

// functions writes the output of one-action templates, or the error, under text/template: there a value is printed as it is.
func functions(out *bytes.Buffer) {
	maps.Copy(data, numbers)
	for _, source := range append(functionCases, numberCases()...) {
		t, err := template.New("x").Parse(source)
		if err != nil {
			fmt.Fprintf(out, "source %+q\nerror %+q\n", source, err.Error())
			continue
		}
		var b bytes.Buffer
		if err := t.Execute(&b, data); err != nil {
			fmt.Fprintf(out, "source %+q\nerror %+q\n", source, err.Error())
		} else {
			fmt.Fprintf(out, "source %+q\nprints %+q\n", source, b.String())
		}
	}
}

var functionCases = []string{
	"{{len .i}}", "{{len nil}}", "{{len .nil}}", "{{len .missing}}", "{{len .s}}", "{{len .l}}", "{{len .m}}", "{{len .t}}", "{{len .by}}",
	"{{len .h}}", "{{len .b}}", "{{len .f}}", "{{len}}", "{{len 1 2}}", "{{len .rec}}", "{{index .l 1}}", "{{index .l 5}}", "{{index .l -1}}",
	"{{index .l \"a\"}}", "{{index .l .f}}", "{{index .l nil}}", "{{index .l .nil}}", "{{index .l .missing}}", "{{index nil 1}}", "{{index .nil 1}}",
	"{{index .i 1}}", "{{index .s 1}}", "{{index .s 100}}", "{{index .m \"a\"}}", "{{index .m \"zz\"}}", "{{index .m 1}}", "{{index .m nil}}",
	"{{index .m .nil}}", "{{index .m .f}}", "{{index .mi 1}}", "{{index .mi \"a\"}}", "{{index .mi 2}}", "{{index .mi .f}}", "{{index .mi .b}}",
	"{{index .l}}", "{{index}}", "{{index .l .u}}", "{{index .l 'a'}}", "{{index .l true}}", "{{index .by 0}}", "{{index .l2 0 1}}",
	"{{index .l2 1 \"k\" 0}}", "{{index .l2 2 1}}", "{{index .m \"zz\" 1}}", "{{index .h 0}}", "{{index .rec 0}}", "{{index .l .l}}", "{{index .m .l}}",
	"{{index .m .h}}", "{{index .t 0}}", "{{index .nil}}", "{{index nil}}", "{{index .missing 1}}", "{{index .missing}}", "{{slice .missing}}",
	"{{slice .missing 1}}", "{{slice .l 1}}", "{{slice .l 1 2}}", "{{slice .l 1 2 3}}", "{{slice .l 2 1}}", "{{slice .l 1 5}}", "{{slice .l 4}}",
	"{{slice .s 1 3}}", "{{slice .s 1 3 4}}", "{{slice .s 0 100}}", "{{slice .s 3 2}}", "{{slice .m 1}}", "{{slice nil}}", "{{slice .nil}}",
	"{{slice}}", "{{slice .l 1 2 3 4}}", "{{slice .l}}", "{{slice .s}}", "{{slice .i 1}}", "{{slice .l \"a\"}}", "{{slice .l nil}}",
	"{{slice .l .nil}}", "{{slice .l -1}}", "{{slice .l .f}}", "{{slice .h 1}}", "{{slice .l 1 3 2}}", "{{slice .l 3 3 3}}", "{{slice .l 1 2 4}}",
	"{{slice .t}}", "{{slice .l .u}}", "{{eq 1 1}}", "{{eq 1 1.0}}", "{{eq .i .f}}", "{{eq .i \"a\"}}", "{{eq .l .l}}", "{{eq .m .m}}", "{{eq .l 1}}",
	"{{eq 1 .l}}", "{{eq .nil nil}}", "{{eq .nil .nil}}", "{{eq nil nil}}", "{{eq .nil 1}}", "{{eq 1 .nil}}", "{{eq 1 nil}}", "{{eq nil 1}}",
	"{{eq .missing 1}}", "{{eq .missing nil}}", "{{eq .missing .missing}}", "{{eq 1}}", "{{eq}}", "{{eq 1 2 3 1}}", "{{eq 1 2 \"a\" 1}}",
	"{{eq 1 1 \"a\"}}", "{{eq .t .t}}", "{{eq .t 1}}", "{{eq .u 5}}", "{{eq 5 .u}}", "{{eq .u .u}}", "{{eq .b true}}", "{{eq .b 1}}",
	"{{eq .h \"<b>\"}}", "{{eq .h .h}}", "{{eq .by .by}}", "{{eq .rec .rec}}", "{{eq .rec 1}}", "{{eq .recp .recp}}", "{{eq .nanf .nanf}}",
	"{{eq .l nil}}", "{{eq nil .l}}", "{{eq .m nil}}", "{{eq .by nil}}", "{{eq .t nil}}", "{{eq nil .t}}", "{{eq .rec .t}}", "{{eq .l .m}}",
	"{{eq .rec nil}}", "{{eq .s nil}}", "{{eq .l .nil}}", "{{eq .nil .l}}", "{{eq 1 .l 1}}", "{{eq 1 1 .l}}", "{{eq .missing .l}}",
	"{{eq .l .missing}}", "{{eq .m 1}}", "{{eq 1 .m}}", "{{eq .m \"a\"}}", "{{eq .recp 1}}", "{{eq 1 .recp}}", "{{eq 1 .rec}}", "{{eq 1 .t}}",
	"{{eq .s .by}}", "{{eq .s .l}}", "{{eq .b .l}}", "{{ne 1 2}}", "{{ne .l .l}}", "{{ne .nil 1}}", "{{ne .nil nil}}", "{{ne 1}}", "{{ne 1 2 3}}",
	"{{ne 1 \"a\"}}", "{{ne .t 1}}", "{{lt 1 2}}", "{{lt 1 2.0}}", "{{lt .l 1}}", "{{lt nil 1}}", "{{lt .nil 1}}", "{{lt 1 .nil}}", "{{lt 1 nil}}",
	"{{lt .b true}}", "{{lt \"a\" \"b\"}}", "{{lt .u 5}}", "{{lt 5 .u}}", "{{lt .t .t}}", "{{lt .missing 1}}", "{{lt .m .m}}", "{{lt \"a\" 1}}",
	"{{lt 1 \"a\"}}", "{{lt .nanf .nanf}}", "{{lt .rec 1}}", "{{lt 1 .l}}", "{{lt .h \"a\"}}", "{{lt .nil nil}}", "{{lt 1 .missing}}", "{{lt 1 .rec}}",
	"{{le 1 1}}", "{{le 1 1.5}}", "{{le .b .b}}", "{{le .l 1}}", "{{le .nanf .nanf}}", "{{le .nil 1}}", "{{gt 2 1}}", "{{gt .l 1}}", "{{gt 1 1.5}}",
	"{{gt .nil 1}}", "{{gt 1 .nil}}", "{{gt .b .b}}", "{{gt .nanf 1.0}}", "{{ge 1 1}}", "{{ge .b .b}}", "{{ge 1 \"a\"}}", "{{ge .nil 1}}",
	"{{ge .nanf .nanf}}", "{{not 1}}", "{{not nil}}", "{{not .nil}}", "{{not}}", "{{not 1 2}}", "{{not .missing}}", "{{call .i}}", "{{call nil}}",
	"{{call .nil}}", "{{call .s 1}}", "{{call}}", "{{call .missing}}", "{{call .l}}", "{{call .t}}", "{{printf}}", "{{printf 1}}", "{{printf .nil}}",
	"{{printf nil}}", "{{printf .i}}", "{{printf .missing}}", "{{printf \"%d\" .f}}", "{{printf .h}}", "{{printf .l}}", "{{printf .by}}",
	"{{printf .f}}", "{{printf true}}", "{{printf 1.5}}", "{{printf \"%v\" nil}}", "{{printf \"%v\" .nil}}", "{{printf \"%v\" .missing}}",
	"{{printf .t}}", "{{print}}", "{{print nil}}", "{{print .nil .missing 1 2 \"a\" \"b\" 3}}", "{{println 1 2}}", "{{println}}", "{{print .t}}",
	"{{html}}", "{{html .nil}}", "{{html nil}}", "{{html .missing}}|", "{{html \"a\" 1 2 \"<\"}}", "{{js}}", "{{js \"'\"}}", "{{js .nil}}",
	"{{js nil}}", "{{urlquery}}", "{{urlquery \"a b\" 1}}", "{{urlquery nil}}", "{{js \"<a>&='\\\"\\\\\\n\\t\\x00\\x7f\\u2028é\\U0001F600\\u00ad\"}}",
	"{{and 1 0}}", "{{eq .m.zz 1}}", "{{index .l 1 | printf}}", "{{\"a\" | eq}}", "{{.l | index}}", "{{len nil 1}}", "{{eq (index .m \"zz\") 1}}",
	"{{eq (index .m \"zz\") nil}}", "{{len (index .m \"zz\")}}", "{{print (index .m \"zz\")}}", "{{index (index .m \"zz\") 1}}", "{{slice .s \"a\"}}",
	"{{slice .s .missing}}", "{{slice \"abc\" 1 2}}", "{{index \"abc\" 0}}", "{{len \"abc\"}}", "{{slice .nil 1}}", "{{slice nil 1}}", "{{index 1 1}}",
	"{{slice 1 1}}", "{{index .b 1}}", "{{index .f 1}}", "{{slice .l .i}}", "{{slice .l .one}}", "{{$x := .one}}{{slice .l $x}}", "{{slice .l (.one)}}",

	"{{slice .l (len .l)}}", "{{.one | slice .l}}", "{{index .l 3}}", "{{index \"abc\" 3}}", "{{index .by 3}}", "{{slice .s 6}}", "{{slice .s 7}}",
	"{{.i | call}}", "{{call (.i)}}", "{{call (index .l 0)}}", "{{call 1}}", "{{call \"x\" 1}}", "{{call .m.a}}", "{{call .i .l}}", "{{.i | call .s}}",
	"{{call $}}", "{{call .}}", "{{nil | call}}", "{{.missing | call}}", "{{call len}}", "{{call print}}", "{{.l | call .m 1}}",
	"{{printf \"%s\" .i | call}}", "{{call (print 1) 2}}", "{{js nil 1}}", "{{js .i .f}}", "{{js .by}}", "{{js .l}}", "{{js .h}}",
	"{{print (html nil)}}|{{print (html .nil 1 nil)}}|{{print (html .h \"<\\x00>\" 1)}}", "{{print (urlquery \"é<>~*-_.!'() +&=/?#[]@%\\x00\")}}",
	"{{print (html \"<&>\\\"'+\\x00\\x01é\")}}", "{{len (print (js \"\\xff\\x80a\\u2029\\u0085\\uFEFF\\uE000\"))}}",
	"{{printf \"%q\" (js \"\\xff\\x80a\\u2029\\u0085\\uFEFF\\uE000\\U000e0001\")}}", "{{printf \"%q\" (urlquery \"\\xff a\")}}",
	"{{printf \"%q\" (html \"\\xff a\")}}", "{{print (and 1 0)}}", "{{not .l}}", "{{index .mi .u}}", "{{index .mb true}}", "{{index .mb 1}}",
	"{{index .ma 1}}", "{{index .ma nil}}", "{{index .ma \"k\"}}", "{{index .ma .l}}", "{{index .mi nil}}", "{{eq .mi .mi}}", "{{eq .ma 1}}",
	"{{eq .l .by}}", "{{eq .by .l}}", "{{eq .m .rec}}", "{{eq .rec .m}}", "{{eq .t .rec}}", "{{eq .t .recp}}", "{{eq .recp .t}}", "{{eq .t .t2}}",
	"{{eq .rec2 .rec}}", "{{eq .l .e}}", "{{eq .e .e}}", "{{lt .i \"a\" }}", "{{lt .b 1}}", "{{lt 1 .b}}", "{{lt .u .i}}", "{{gt .u .i}}",
	"{{lt .f25 .f}}", "{{le .u .u}}", "{{lt .h .h}}", "{{lt .by .by}}", "{{lt .i .h}}", "{{lt .b \"x\"}}", "{{ge .i .nil}}", "{{printf (print 1)}}",
	"{{printf .}}", "{{printf $}}", "{{printf len}}", "{{printf (1)}}", "{{printf (nil|print)}}", "{{1 | printf}}", "{{nil | printf}}",
	"{{.nil | printf}}", "{{.missing | printf}}", "{{printf .h 1}}", "{{printf 'a'}}",
	"{{printf (.missing)}}", "{{printf (.nil)}}", "{{$x := .nil}}{{printf $x}}", "{{$x := 1}}{{printf $x}}",

	"{{and .one .i}}", "{{and .zero .i}}", "{{or .zero .i}}", "{{or .zero .nil}}", "{{and}}", "{{or}}", "{{.i | and .zero}}", "{{.i | or .zero}}", "{{or .one (index .l 9)}}", "{{and .zero (index .l 9)}}", "{{and .one (index .l 9)}}", "{{or nil}}", "{{and nil 1}}",
	"{{1.5 | printf \"%v %T\"}}", "{{printf \"%v|%v|%d|%s|%q\" .l .m .i .s .s}}", "{{printf \"%d %d\" 1}}", "{{printf \"%!\"}}", "{{printf \"%[2]d %[1]d\" 1 2}}", "{{printf \"%5.2f|%-5d|%05d|%x|%X\" .f25 .i .i .s .s}}",
	"{{print 1 nil \"x\" .f25 .b}}", "{{println .l .m}}", "{{print 1e6}}", "{{print 1e21}}", "{{print 100000.0 1000000.0}}", "{{len (slice .s 1 3)}}", "{{slice (slice .l 1) 1}}", "{{index (slice .l 1) 0}}", "{{not (not 1)}}", "{{lt 1.5 2.5}}", "{{le \"a\" \"a\"}}", "{{ge \"b\" \"a\"}}", "{{gt \"é\" \"z\"}}",
	"{{call .i .one | print}}", "{{len .m.nosuch}}", "{{.i.x}}", "{{.nil.x}}", "{{.missing.x}}", "{{.missing.x.y}}", "{{.l.x}}", "{{index .l2 1 \"k\" 0 0}}", "{{index .l2 1 2}}", "{{slice .h 0 2}}", "{{len (slice .by 1)}}",
	"{{$x := $x.y 2}}", "{{$x := $x 1}}", "{{printf 18446744073709551615}}", "{{printf nil 1}}", "{{index .s 1 2}}", "{{index .by 0 .h}}", "{{index .i 1}}",
	"{{.t.Year 1}}", "{{.t.Year .l.x}}", "{{.t.Format}}", "{{.t.Format 5}}", "{{.t.Format nil}}", "{{.t.Format .i}}", "{{.t.Format .missing}}", "{{.t.Format .nil}}", "{{5 | .t.Format}}", "{{.missing | .t.Format}}", "{{.t.Format \"2006\" | len}}", "{{.t.Format .l.x}}",
	"{{.t.Before .t2}}", "{{.t.Equal .t2}}", "{{.t.Before 5}}", "{{.t.Before nil}}", "{{.t.Before \"x\"}}", "{{.t.After .i}}", "{{.t.After .missing}}", "{{.t2 | .t.After}}", "{{.i | .t.Equal}}", "{{1 | .t.Equal .t2}}", "{{.t.Year.x}}", "{{.t.nosuch}}",
}
