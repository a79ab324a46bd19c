package main

import (
	"fmt"
	"strings"
)

// piece is a bit of literal text and slots for a place.
func (g *generator) piece(at spot, s *scope, depth int) string {
	slot := func() string { return g.slot(s) }
	in := func(at spot) string { return g.content(at, inner(s, 0, true), depth+1) }
	if depth > 6 {
		return slot()
	}
	switch at {
	case inText:
		return g.element(s, depth)
	case inTag:
		return " " + g.attribute(s, depth)
	case inPlain:
		return g.pick([]string{slot(), slot(), "a ", "x&amp;y ", "é", "", "1 " + slot()})
	case inURL:
		return g.pick([]string{
			slot(), slot(), "/a/", "/b/" + slot(), "?q=" + slot(), "&amp;r=" + slot(), "#f" + slot(), "http://h/" + slot(), "mailto:" + slot(), "%20", "/a b(c)'", "x",
		})
	case inSrcset:
		return g.pick([]string{slot(), slot() + " 2x", "/a.png 1x, ", slot() + ", ", "b.jpg 100w,"})
	case inScript:
		return g.script(s, depth)
	case inScriptString:
		return g.pick([]string{slot(), slot(), "abc ", `\n`, `\"`, `\'`, "<b>", `\u0041`, "é", "a/b"})
	case inStyle:
		return g.style(s, depth)
	case inStyleString:
		return g.pick([]string{slot(), slot(), "abc", `\41 `, "a/b"})
	case inRCDATA:
		return g.pick([]string{slot(), slot(), "a &amp; b", "<b>", "text ", "<!-- x -->", in(inPlain)})
	}
	return g.pick([]string{slot(), "x", "1", slot() + slot()})
}

var tags = []string{"p", "div", "a", "B", "span", "svg", "td", "x-y", "h1", "li", "form", "button", "Iframe", "svg:a"}

func (g *generator) element(s *scope, depth int) string {
	slot := func() string { return g.slot(s) }
	in := func(at spot) string { return g.content(at, inner(s, 0, true), depth+1) }
	switch g.n(26) {
	case 0, 1, 2:
		return slot()
	case 3:
		return g.pick([]string{"text ", "a &amp; b ", "&lt;x&gt;", "< 3 ", "é\n", "<!DOCTYPE html>", "a > b", "</p>", "<br/>", "\r\n", "&", "1<2 "})
	case 4, 5, 6:
		tag := g.pick(tags)
		return "<" + tag + in(inTag) + ">" + in(inText) + "</" + tag + ">"
	case 7, 8, 9, 10:
		return "<" + g.pick(tags) + " " + g.attribute(s, depth) + g.pick([]string{">", " >", "/>", "\n>", " />"})
	case 11:
		return "<!-- " + g.pick([]string{"c", slot(), "a " + slot() + " b", "<b>"}) + " -->"
	case 12, 13, 14, 15, 16:
		kind := g.pick([]string{
			"", "", "", ` type="text/javascript"`, ` type=module`, ` type="application/json"`, ` type='application/ld+json'`, ` type="text/template"`, ` TYPE="Text/JavaScript; charset=utf-8"`,
			` language="x"`, ` type="text/` + g.pick([]string{"javascript", "x", slot()}) + `"`, ` async src="` + in(inURL) + `"`, ` type="` + slot() + `"`,
			fmt.Sprintf(" type='%s'", slot()), " type=" + slot(),
		})
		return "<script" + kind + ">" + in(inScript) + g.pick([]string{"</script>", "</script>", "</SCRIPT >"})
	case 17, 18, 19:
		return "<style" + g.pick([]string{"", "", ` media="` + in(inPlain) + `"`, " id='" + slot() + "'", " id=" + slot()}) + ">" + in(inStyle) + "</style>"
	case 20:
		return "<textarea" + g.pick([]string{"", in(inTag), " rows=" + slot()}) + ">" + in(inRCDATA) + "</textarea>"
	case 21:
		return "<title" + g.pick([]string{"", "", " id=" + slot(), " lang='" + slot() + "'"}) + ">" + in(inRCDATA) + "</title>"
	case 22, 23:
		return "<meta" + g.pick([]string{" http-equiv=refresh", ` name="x"`, ""}) + " content=" + g.pick([]string{
			`"` + slot() + `"`, `"0; url=` + slot() + `"`, `'3;URL=/a?` + slot() + `'`, `"1; url='` + slot() + `'"`, slot(), `"5;url=http://x/` + slot() + "\"", `"width=` + slot() + `"`,
			"'" + slot() + "; url=" + slot() + "'", "0;url" + slot(),
		}) + g.pick([]string{">", " name=" + slot() + ">", " id='" + slot() + "'>"})
	case 24:
		// Branches that meet in a place where only some things are known.
		return g.joined(s)
	}
	return g.pick([]string{"<ul><li>" + slot() + "</li></ul>", "<b title=" + slot() + ">" + slot() + "</b>", "\n\n", "x"})
}

// joined lets branches end in URL parts or JavaScript contexts that differ.
func (g *generator) joined(s *scope) string {
	c := g.operand(s, boolean)
	choose := func(a, b string) string { return g.action("if "+c) + a + g.action("else") + b + g.action("end") }
	slot := g.slot(s)
	return g.pick([]string{
		`<a href="` + choose("/a", "/b?c=") + `#` + slot + `">`,
		`<a href="` + choose("", "/b?c=d") + `">` + slot + `</a>`,
		"<script>var x = " + choose("1", "f(") + slot + ";</script>",
		"<script>" + choose("x", "x =") + slot + "</script>",
		"<a onclick='" + choose("x++", "y = ") + slot + "'>",
		`<img srcset="` + choose("a", "b?") + slot + `">`,
		`<p style="background: url(` + choose("/a", "/b?") + `)` + slot + `">`,
		"<style>p{background:url('" + choose("/a", "/b?") + "') " + slot + "}</style>",
		`<p style='x: "` + choose("a", "b?") + `" ` + slot + `'>`,
		"<p " + choose("a", "b=c") + " " + slot + ">",
		"<script type=" + choose("module", "text/javascript") + ">" + slot + "</script>",
		"<script>" + choose("a = 1", "b") + "; /x" + slot + "/.test(y)</script>",
		"<p" + choose(" title='"+slot+"'", " id="+slot) + ">",
		"<meta content='" + choose("1", "2;url=/x") + "'>",
		`<meta content="0;url=` + choose("/a", "/b?c=") + `">`,
		"<a href=" + choose("/a", "/b?c") + ">" + slot + "</a>",
		"<script>x = `a ${ " + choose("1", "f(") + slot + " }`</script>",
	})
}

var attributeNames = map[spot][]string{
	inPlain:  {"title", "class", "data-x", "id", "VALUE", "alt", "aria-label", "checked", "é", "xmlns:q", "data-template", "xml:lang", "type"},
	inURL:    {"href", "src", "action", "HREF", "data-url", "formaction", "xlink:href", "poster", "my-uri", "xmlns", "cite", "data-src-x", "background"},
	inSrcset: {"srcset", "SrcSet", "data-srcset"}, inScript: {"onclick", "OnLoad", "data-onx", "onx:y"}, inStyle: {"style", "STYLE", "data-style"},
}

func (g *generator) attribute(s *scope, depth int) string {
	slot := func() string { return g.slot(s) }
	at := []spot{inPlain, inPlain, inPlain, inURL, inURL, inSrcset, inScript, inScript, inStyle, inStyle}[g.n(10)]
	name := g.pick(attributeNames[at])
	switch g.n(16) {
	case 0:
		return slot()
	case 1:
		return slot() + `="` + g.pick([]string{"x", slot()}) + `"`
	case 2:
		return g.pick([]string{"data-", "x", "a"}) + slot() + g.pick([]string{"", "='" + slot() + "'", "=" + slot(), "=1"})
	case 3:
		return g.pick([]string{"checked", "disabled ", name + " ", name + " = " + slot(), name + " " + slot(), name + " \n= '" + slot() + "'"})
	case 4, 5, 6:
		return name + "=" + g.pick([]string{slot(), slot(), "/a" + slot(), slot() + slot(), "x", "a?b" + slot(), "f(" + slot() + ")", "x:" + slot()})
	}
	quote := g.pick([]string{`"`, `"`, "'"})
	// A quote of the other sort may stand in the value.
	value := g.content(at, inner(s, 0, true), depth+1)
	if quote == `"` && at != inPlain {
		value = swapQuotes(value, g.left, g.right)
	}
	return name + "=" + quote + value + quote
}

// swapQuotes writes double quotes outside actions as single ones, so that the value does not end there.
func swapQuotes(value, left, right string) string {
	var b strings.Builder
	for value != "" {
		literal, action := value, ""
		if i := strings.Index(value, left); i >= 0 {
			literal, action = value[:i], value[i:]
			if j := strings.Index(action, right); j >= 0 {
				action = action[:j+len(right)]
			}
		}
		b.WriteString(strings.ReplaceAll(literal, `"`, "'"))
		b.WriteString(action)
		value = value[len(literal)+len(action):]
	}
	return b.String()
}

func (g *generator) script(s *scope, depth int) string {
	slot := func() string { return g.slot(s) }
	in := func(at spot) string { return g.content(at, inner(s, 0, true), depth+1) }
	switch g.n(22) {
	case 0, 1, 2:
		return "var x = " + slot() + ";\n"
	case 3, 4:
		return `f("` + in(inScriptString) + `");`
	case 5:
		return "y = '" + in(inScriptString) + "';"
	case 6, 7:
		return "t = `" + g.pick([]string{slot(), "a" + slot(), in(inScriptString), "${ " + slot() + " }", "a ${ f({k: " + slot() + "}) } " + slot(), "${ `n ${ " + slot() + "}` }", "\\${" + slot() + "}", "$" + slot()}) + "`;"
	case 8, 9:
		return "r = /a" + g.pick([]string{slot(), "b", "[a-z]" + slot(), `\/` + slot(), `[/]`}) + "/g;"
	case 10:
		return "z = a / " + slot() + " / 2;"
	case 11:
		return "/* " + g.pick([]string{"c", slot(), "*"}) + " */ "
	case 12:
		return "// " + g.pick([]string{"c", slot()}) + "\n"
	case 13:
		return "\n<!-- " + g.pick([]string{"c", slot()}) + "\n"
	case 14:
		return "\n--> " + g.pick([]string{"c", slot()}) + "\n"
	case 15:
		return "if (x) { g(" + slot() + ", [" + slot() + "]) }"
	case 16:
		return "o = { " + slot() + ": " + slot() + "};"
	case 17:
		return g.pick([]string{"x++ ", "x = y ", "return ", "a--", "){ ", ";", "<!-", "\"</scr\"", "'<script'", "x < y", "`<!--`", "}", "\u2028"})
	case 18:
		return slot() + g.pick([]string{" / 2;", "/x;", ";", " "})
	}
	return g.pick([]string{slot() + ";", "a(" + slot() + ");", "x = " + slot() + "/" + slot() + "\n"})
}

func (g *generator) style(s *scope, depth int) string {
	slot := func() string { return g.slot(s) }
	in := func(at spot) string { return g.content(at, inner(s, 0, true), depth+1) }
	switch g.n(14) {
	case 0, 1:
		return "color: " + slot() + "; "
	case 2:
		return "p { " + g.pick([]string{slot(), "margin: " + slot() + "px", "font: 1px/2 x"}) + " } "
	case 3:
		return `content: "` + in(inStyleString) + `"; `
	case 4:
		return "font: '" + in(inStyleString) + "'; "
	case 5, 6:
		return "background: url(" + g.pick([]string{slot(), "/a" + slot(), "/a?b=" + slot(), " " + slot() + " "}) + "); "
	case 7:
		return `background: url("` + g.pick([]string{slot(), "/a" + slot(), "/a?b=" + slot(), "http://x/" + slot()}) + `"); `
	case 8:
		return "background: URL( '" + g.pick([]string{slot(), "/a" + slot(), "#" + slot()}) + "' ); "
	case 9:
		return "/* " + g.pick([]string{"c", slot()}) + " */"
	case 10:
		return "// " + g.pick([]string{"c", slot()}) + "\n"
	case 11:
		return "#" + slot() + " { } ." + slot() + "{} "
	}
	return slot() + g.pick([]string{";", " ", "px;"})
}

// mistake is something that Go refuses, of every sort of error there is.
func (g *generator) mistake(s *scope) string {
	slot, c := g.slot(s), g.operand(s, boolean)
	a := func(body string) string { return g.left + body + g.right }
	return g.pick([]string{
		`<a href="` + a("if "+c) + "/a" + a("else") + "/b?c=" + a("end") + slot + `">`,
		"<a b=c" + g.pick([]string{"`", "=", "\"", "'", "<"}) + "d>", "<a =x>", "<a '" + slot + ">", "<p a<b>", `<p a"b>`, "<a href==" + slot + ">",
		a("if "+c) + `<a href="` + a("end") + slot, "<script " + a("with .S") + `type="` + a(".") + `"` + a("end") + ">", a("if "+c) + "<!--" + a("else") + "-->" + a("end"),
		"<div", `<div title="no`, "<script>f()", "<!-- open", "<style>", "<textarea>", "<a " + slot, "<script>`${ ", "<script>'", "<style>/*",
		a(`template "nosuch" .`), `<p title="` + a(`template "nosuch"`) + `">`,
		a(`define "rec"`) + a("if .B") + a(`template "rec" .A`) + a("end") + slot + `",` + a("end") + "<script>\"" + a(`template "rec" .P`) + "</script>",
		a(`define "rec2"`) + a("if .B") + `<a href="` + a(`template "rec2" .`) + a("end") + `"` + a("end") + a(`template "rec2" .P`),
		"<script>r = /foo[" + slot + "]/</script>", `<a onclick="/[a` + slot + `">`, `<script>f("\` + slot + `")</script>`, `<style>p{x:"\` + slot + `"}</style>`, `<script>/a\` + slot + "/</script>",
		"<script>`\\" + slot + "`</script>",
		"<script>x = [" + a("range .L") + "'" + slot + "," + a("end") + "]</script>", a("range .L") + "<p " + a("end"), a("range .L") + a("if .") + "<b " + a("break") + a("end") + a("end"),
		a("range .L") + "<a href='" + a("if .") + a("continue") + a("end") + "'>" + a("end"), a("range .A") + "<script>" + a("else") + "x" + a("end"),
		"<script>" + a("if "+c) + "var x = 1" + a("end") + "\n/-" + slot + "/i.test(x)</script>", "<script>" + a("if "+c) + "x" + a("else") + "y=" + a("end") + "/2/" + slot + "</script>",
		a("html .S | print"), a(".S | html | print"), "<p title=" + a(".S | html") + ">", a(".S | urlquery | html"), "<p title=" + a("html .S") + ">", a("urlquery .S | js"), "<a href='" + a(".S | html | urlquery") + "'>",
		a(".A.B.C.D"), a("index .L 99"), a(".S.T"), a("template .S"), a("len 3"), a("lt 1 .S"), a("$undefined"), a("nofunc 1"), a(`"open`), a("if"), a("range"), a("end"), a("else"), a("1 2"), a("slice .S 5 1"),
		a("break"), a(`.S | .T`), a("(.S"), a(".S)"), a("nil"), a("with $x := "), a("`raw"), a("'"), a("1.2.3"), a("0xg"), a(".S ,"), a("{{"), a("/* x"), a("if .B") + a("else") + a("else") + a("end"), a(`block "q"`) + a("end"),
	})
}
