package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// The shape of a case's data. Each letter is a member of the root; the generator of expressions knows their types.
//
//	S T U    text      N M I   integers      F G   floats      B D   bools      Z   null
//	L        texts     K       integers      V     floats      E     empty list
//	A        maps with S, U, N, B, L and A again (a tree)      P     a map like those
//	O        a map of texts by hostile names                   W     a time     X   any value
//	Html …   trusted content, see trustedMembers

// hostile is text that escapers must not let through, and text they must leave alone.
var hostile = []string{
	"", "a", "plain text", "O'Reilly", `"quoted"`, "<b>bold</b>", "<script>alert(1)</script>", "</script>", "</style>",
	"</textarea><i>", "</title>", "a&b", "&amp;", "&lt;", "&#39;x", "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:x",
	"vbscript:x", "data:text/html,x", "http://example.com/a?b=c&d=e#f", "https://x.y/ü", "mailto:a@b.c", "//host/path", "/a b/c",
	"a%20b", "%zz%", "a+b", "?q=1", "#frag", "tel:1", ":", "a:b", "x/y:z", "expression(alert(1))", "e\\78pression(1)",
	"-moz-binding:x", "url(x)", "color: red", "red", "#fff", "10px", "a;b", "a}b{", "/*c*/", "*/", "//c", "<!--", "-->", "<!-- x -->",
	"]]>", "`tick`", "${x}", "${", "}", "{", "\\", "\\\\'", "a\nb", "a\rb", "\t", "\v\f", "\x00", "a\x00b", "\x7f", "\u0085", "\u00a0",
	"\u2028\u2029", "\ufeff", "\ufffd", "ünïcödé", "日本語", "😀", "\u200e", "+ADw-", "onclick", "onload=x", "style", "href", "src",
	"title", "data-x", "xmlns:x", "a=b", "a>b", "=", "`", " lead", "trail ", "a  b", "x 1x, y 2x", "a,b , c", ",", "1.5x", "0", "1", "-1",
	"true", "null", "</", "<", ">", "&", "'", "\"", "ZgotmplZ", "text/javascript", "application/json", "module", "%d%s", "{{.}}",
	"\ufdd0\uffff", "\U0001fffe", "\x01\x1f", "a\u200bb", "http://[::1]:80/", "HTTPS:", "\\65xpression(1)", "ex/**/pression", "!important", "a,b", "(a)", "--x", "moz-binding", "1e9", "0x10", "NaN", "Infinity",
	"function(){}", "/re/g", "${`x`}", "<svg/onload=x>", "x onerror=y", "--!>", "<!", "<?", "a\u0000\ufffd", "%25", "%", "#", "?", "@", "~", "^", "|", "\\u0041", "\\x3c", "&#x3c;", "&lt", "&notit;", "on", "srcset", "/a 1x, javascript:x 2x",
	"a 100w", "a 1y", "data:,x", "blob:x", "\u212a", "ſcript", "\u1680", "<a href=\"x\">y</a>", "<p class='q'>z &amp; z</p>", "a<b>c", "<!DOCTYPE html>", "\u00ad", "\U0010ffff",
}

// invalid is text that JSON text cannot carry as it is: bytes that are not UTF-8. They come as trusted content or bytes.
var invalid = []string{"\xff", "a\xc3", "\xed\xa0\x80", "<\xfe>", "\x80\x81'"}

func (g *generator) text() string {
	switch g.n(12) {
	case 0:
		return g.pick(hostile) + g.pick(hostile)
	case 1:
		return g.pick(hostile) + " " + g.pick(hostile) + g.pick(hostile)
	case 2:
		return strings.Repeat(g.pick(hostile), 1+g.n(6))
	case 3:
		return string(rune(g.n(0x300)))
	}
	return g.pick(hostile)
}

func quoteJSON(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(b)
}

var integers = []string{
	"-0", "4294967296", "-2147483649", "9007199254740993", "1114111", "1114112", "-1000000", "128",
	"0", "1", "2", "3", "-1", "7", "10", "42", "255", "-128", "1000", "65", "128512", "-9223372036854775808", "9223372036854775807",
	"1000000", "123456789",
}

var floats = []string{
	"5e-324", "1.7976931348623157e308", "-1e-6", "1e-5", "99999999999999990000.0", "0.30000000000000004", "100000.5", "2.5", "-0.5", "4503599627370497.5", "1e15",
	"0.0", "1.0", "1.5", "-2.25", "3.0", "1e6", "1e20", "1e21", "1e-7", "0.1", "123456.789", "-0.0", "1e300", "2.5e-310", "1e100", "0.000001",
	"1234567.0", "3.14159265358979",
}

func (g *generator) textJSON() string { return quoteJSON(g.text()) }

func (g *generator) list(atMost int, item func() string) string {
	items := make([]string, g.n(atMost+1))
	for i := range items {
		items[i] = item()
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (g *generator) boolJSON() string { return g.pick([]string{"true", "false", "true"}) }

func (g *generator) timeJSON() string {
	zone := g.pick([]string{"Z", "Z", "+02:00", "-05:30", "+00:00", "+13:45", "-00:01", "+23:59"})
	nanos := g.pick([]string{"", "", ".5", ".123456789", ".000001"})
	year := g.pick([]string{"0000", "2023", "2024", "1999", "0001", "2038", "9999", "1970"})
	return fmt.Sprintf(`{"$time":"%s-%02d-%02dT%02d:%02d:%02d%s%s"}`, year, 1+g.n(12), 1+g.n(28), g.n(24), g.n(60), g.n(60), nanos, zone)
}

// anyJSON is a value of any type.
func (g *generator) anyJSON(depth int) string {
	switch g.n(12) {
	case 0:
		return "null"
	case 1:
		return g.boolJSON()
	case 2:
		return g.pick(integers)
	case 3:
		return g.pick(floats)
	case 4:
		return g.timeJSON()
	case 5:
		return g.trusted(g.pick(contents))
	case 6, 7:
		if depth > 0 {
			return g.list(3, func() string { return g.anyJSON(depth - 1) })
		}
	case 8, 9:
		if depth > 0 {
			return g.mapJSON(func() string { return g.anyJSON(depth - 1) })
		}
	case 10:
		return "18446744073709551615"
	}
	return g.textJSON()
}

func (g *generator) mapJSON(item func() string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range g.n(4) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteJSON(fmt.Sprint(g.pick([]string{"k", "S", "N", "", "a b", "<i>", "é", "$x", "B"}), i)) + ":" + item())
	}
	b.WriteByte('}')
	return b.String()
}

// contents are the tags of trusted content; each stands in the data under the name beside it.
var contents = []string{"$html", "$attr", "$js", "$jsstr", "$css", "$url", "$srcset", "$bytes"}
var trustedMembers = []string{"Html", "Attr", "Js", "Jsstr", "Css", "Url", "Srcset", "Bytes"}

func (g *generator) trusted(tag string) string {
	text := g.text()
	switch tag {
	case "$bytes":
		if g.one(3) {
			text = g.pick(invalid)
		}
		return fmt.Sprintf(`{"$bytes":"%s"}`, base64.StdEncoding.EncodeToString([]byte(text)))
	case "$html":
		text = g.pick([]string{"<b>x</b>", "a &amp; b", "<br>", text})
	case "$attr":
		text = g.pick([]string{` checked`, `title="x"`, `data-a='1'`, text})
	case "$js":
		text = g.pick([]string{"f(1)", "[1,2]", "x + y", text})
	case "$css":
		text = g.pick([]string{"color: red", "1px", "a{b:c}", text})
	}
	return fmt.Sprintf(`{"%s":%s}`, tag, quoteJSON(text))
}

func (g *generator) treeJSON(depth int) string {
	below := "[]"
	if depth > 0 {
		below = g.list(2, func() string { return g.treeJSON(depth - 1) })
	}
	return fmt.Sprintf(`{"S":%s,"U":%s,"N":%s,"B":%s,"L":%s,"A":%s}`, g.textJSON(), g.textJSON(), g.pick(integers), g.boolJSON(),
		g.list(3, g.textJSON), below)
}

// data is the JSON text of a case's root.
func (g *generator) data() string {
	if g.one(150) {
		return g.anyJSON(2)
	}
	var b strings.Builder
	member := func(name, value string) {
		if b.Len() > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "%q: %s", name, value)
	}
	for _, name := range []string{"S", "T", "U"} {
		member(name, g.textJSON())
	}
	for _, name := range []string{"N", "M", "I"} {
		member(name, g.pick(integers))
	}
	member("F", g.pick(floats))
	member("G", g.pick(floats))
	member("B", g.boolJSON())
	member("D", g.boolJSON())
	member("Z", "null")
	member("L", g.list(4, g.textJSON))
	member("K", g.list(4, func() string { return g.pick(integers) }))
	member("V", g.list(3, func() string { return g.pick(floats) }))
	member("E", "[]")
	member("A", g.list(3, func() string { return g.treeJSON(2) }))
	member("P", g.treeJSON(1))
	member("O", g.mapJSON(g.textJSON))
	member("W", g.timeJSON())
	member("X", g.anyJSON(2))
	for i, tag := range contents {
		member(trustedMembers[i], g.trusted(tag))
	}
	return "{" + b.String() + "}"
}
