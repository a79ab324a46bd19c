package main

import (
	"fmt"
	"math"
	"time"
)

// Numbers of Go's other types; ../tests/functions.rs has the same.
var numbers = map[string]any{
	"i8": int8(-8), "i16": int16(-16), "i32": int32(65), "i64": int64(math.MinInt64), "ui": uint(1), "u8": uint8(255), "u16": uint16(0),
	"u32": uint32(math.MaxUint32), "u64": uint64(5), "up": uintptr(9), "f32": float32(0.1), "f32x": float32(16777216), "f32b": float32(3e38),
	"f32s": float32(1e-45), "f32i": float32(math.Inf(-1)), "f32z": float32(0), "c64": complex64(complex(0.1, -2)), "c128": complex(1, 2),
	"c0": complex(0, 0), "cn": complex(math.NaN(), math.Inf(1)), "mo": time.March, "mo13": time.Month(13), "mo0": time.Month(0), "wd": time.Sunday,
	"wd9": time.Weekday(-1), "d": 90*time.Minute + 1500*time.Millisecond, "d0": time.Duration(0), "dn": -1500 * time.Microsecond,
	"dm": time.Duration(math.MinInt64), "t3": time.Unix(34560000, 5).UTC(), "far": time.Unix(1<<40, 0).UTC(), "du": 1001 * time.Nanosecond, "dh": 100 * time.Hour, "dl": []any{time.May, uint8(1), 1i, float32(0.5)},
}

// numberCases are each number under each verb, pairs of them compared, and each in the places of an index.
func numberCases() []string {
	names := []string{
		"i8", "i16", "i32", "i64", "ui", "u8", "u16", "u32", "u64", "up", "f32", "f32x", "f32b", "f32s", "f32i", "f32z", "c64", "c128", "c0", "cn",
		"mo", "mo13", "mo0", "wd", "wd9", "d", "d0", "dn", "dm", "du", "dh", "dl",
	}
	verbs := []string{
		"%v|%+v|%#v|%T|%s|%q|%x|%X|% x|%#x|%#q", "%d|%5d|%-5d|%05d|%+d|% d|%.3d|%b|%o|%#o|%O|%c|%U|%#U", "%e|%E|%f|%F|%g|%G|%.2f|%8.3f|%08.3f|%+g|% g|%#g|%#.3x|%.3g",
		"%8v|%-12v|%012v|%.2v|%t|%w|%z|%*d|%10s|%.3s|%-10q|%+q",
	}
	var cases []string
	for _, name := range names {
		for _, verb := range verbs {
			cases = append(cases, fmt.Sprintf("{{printf %q%s}}", verb, args(verb, name)))
		}
		cases = append(cases, "{{."+name+"}} {{print ."+name+" 1 ."+name+"}} {{println ."+name+"}}", "{{not ."+name+"}}", "{{len ."+name+"}}",
			"{{index .l ."+name+"}}", "{{slice .s ."+name+"}}", "{{index .mi ."+name+"}}", "{{index .m ."+name+"}}", "{{index .ma ."+name+"}}", "{{index ."+name+" 0}}",
			"{{."+name+".String}}", "{{."+name+".Foo}}", "{{call ."+name+"}}", "{{printf ."+name+"}}", "{{print (js ."+name+")}}", "{{print (html ."+name+" 1)}}",
			"{{print (urlquery ."+name+")}}", "{{.t.Format ."+name+"}}", "{{."+name+".Round 1}}")
	}
	pairs := []string{"i", "i8", "i64", "u8", "u64", "f", "f32", "c64", "c128", "mo", "d", "s"}
	for _, a := range pairs {
		for _, b := range pairs {
			cases = append(cases, "{{eq ."+a+" ."+b+"}}", "{{lt ."+a+" ."+b+"}}", "{{le ."+a+" ."+b+"}}")
		}
	}
	return append(cases, "{{printf \"%p %p\" .mo 1i}}", "{{1i}}", "{{-2i}} {{+1.5i}} {{1e3i}} {{0x1p-2i}} {{1+2i}} {{1-2i}} {{-1e-7+3.5i}} {{0i}}", "{{printf \"%T %v\" 1i 1+0i}}", "{{eq 1i 1i}}",
		"{{eq 1i .c128}}", "{{eq 1+2i .c128}}", "{{ne 1i 2i}}", "{{lt 1i 2i}}", "{{eq 1i 1}}", "{{eq 1 1i}}", "{{lt 1i 1}}", "{{index .l 1i}}", "{{slice .s 1i}}",
		"{{and 0i 1}} {{or 0i 1i}} {{not 0i}} {{not 1i}}", "{{len 1i}}", "{{printf 1i}}", "{{1i | printf \"%v\"}}", "{{$x := 2i}}{{$x}} {{eq $x 2i}}", "{{1i.x}}", "{{(1i).x}}",
		"{{call 1i}}", "{{.t.Format 1i}}", "{{.t.Before 1i}}", "{{html 1i}}", "{{print 1i 2i \"a\" 3i}}", "{{eq .c0 0i}}", "{{eq .cn .cn}}", "{{'a'}} {{1_000i}}", "{{1+i}}", "{{1i2}}",
		"{{.t.Month}} {{.t.Weekday}} {{.t.Month.String}} {{printf \"%T %d %v %s %x %q\" .t.Month .t.Month .t.Month .t.Month .t.Month .t.Month}}", "{{eq .t.Month 1}}",
		"{{eq .t.Month \"January\"}}", "{{lt .t.Month 2}}", "{{eq .t.Month .t.Weekday}}", "{{index .l .t.Month}}", "{{.t.Month.Foo}}", "{{.t.Month.String 1}}",
		"{{printf \"%T %T %T %T\" .t.Unix .t.UnixMilli .t.UnixMicro .t.UnixNano}}", "{{printf \"%T %T\" .t.Year .t.Nanosecond}}", "{{.t.Unix.x}}",
		"{{printf \"%T %#v\" (index .s 1) (index .by 0)}}", "{{printf \"%c\" (index .s 0)}}", "{{eq (index .s 0) 104}}", "{{index (index .s 0) 0}}",
		"{{.d.Hours}} {{.d.Minutes}} {{.d.Seconds}} {{.d.Milliseconds}} {{.d.Microseconds}} {{.d.Nanoseconds}} {{.d.String}} {{.dn.Abs}} {{.dm.Abs}}",
		"{{.dn.Hours}} {{.dn.Minutes}} {{.dn.Seconds}} {{.dn.Milliseconds}} {{.dm.Seconds}} {{.dm.Hours}}", "{{printf \"%T %T %T\" .d.Hours .d.Milliseconds .d.Abs}}",
		"{{.d.Round 1000000000}} {{.d.Truncate 1e9}} {{.d.Round 3.6e12}} {{.d.Round 0}} {{.d.Round -1}} {{.dn.Round 1000000}} {{.dm.Round 1000}} {{.dn.Truncate 1000000}}",
		"{{.d.Round .d0}} {{.d.Round .dh}} {{.dh | .d.Truncate}} {{.d.Round 'a'}} {{.d.Round 1+0i}}", "{{.d.Round 1.5}}", "{{.d.Round \"a\"}}", "{{.d.Round 1i}}", "{{.d.Round nil}}",
		"{{.d.Round .i}}", "{{.d.Round .i64}}", "{{.d.Round .missing}}", "{{.d.Round .nil}}", "{{5 | .d.Round}}", "{{.d.Round}}", "{{.d.Round 18446744073709551615}}",
		"{{.d.Round (1)}}", "{{.d.Round true}}", "{{.d.Hours 1}}", "{{.d.hours}}", "{{eq .d 5401500000000}}", "{{.t3.Sub .t}} {{.t.Sub .t3}} {{.t.Sub .t}} {{.far.Sub .t}} {{.t.Sub .far}} {{(.t3.Sub .t).Hours}} {{printf \"%T\" (.t.Sub .t2)}}",
		"{{.t.Compare .t2}} {{.t.Compare .t3}} {{.t3.Compare .t}} {{printf \"%T\" (.t.Compare .t2)}}", "{{.t.Sub 5}}", "{{.t.Sub nil}}", "{{.t.Compare .i}}", "{{.t.Sub}}", "{{.t2 | .t.Sub}}", "{{.mo.String.x}}", "{{(index .dl 0).String}}")
}

// args repeats an argument for each verb of a format; `*` takes one too.
func args(format, name string) string {
	s := ""
	for i := range len(format) {
		if format[i] == '%' || format[i] == '*' {
			s += " ." + name
		}
	}
	return s
}
