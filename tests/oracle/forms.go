package main

import "strings"

// What the generator writes comes from forms: text with holes in guillemets, which are filled only in the form that is
// taken. Actions in a form are written with Go's delimiters, those of the case take their place.
//
//	«»       an action that writes
//	«@url»   content for a place, see spotNames
//	«text»   an operand of a kind, see kindNames
//	«"»      a text literal
//	«%»      a literal for a format of printf
//	«`»      the inside of a JavaScript template literal
var spotNames = map[string]spot{
	"@text": inText, "@tag": inTag, "@plain": inPlain, "@url": inURL, "@srcset": inSrcset, "@script": inScript, "@string": inScriptString, "@style": inStyle,
	"@cssstring": inStyleString, "@rcdata": inRCDATA,
}

var kindNames = map[string]kind{
	"text": text, "integer": integer, "float": float, "bool": boolean, "texts": texts, "integers": integers_, "trees": trees, "tree": tree, "time": clock,
	"any": anything,
}

// form takes one of the forms and fills its holes.
func (g *generator) form(from []string, s *scope, depth int) string {
	return g.fill(g.pick(from), s, depth)
}

func (g *generator) fill(form string, s *scope, depth int) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(form, "«")
		if g.left != "{{" {
			before = strings.ReplaceAll(strings.ReplaceAll(before, "{{", g.left), "}}", g.right)
		}
		b.WriteString(before)
		if !found {
			return b.String()
		}
		hole, after, _ := strings.Cut(rest, "»")
		form = after
		switch hole {
		case "":
			b.WriteString(g.slot(s))
		case `"`:
			b.WriteString(g.textLiteral())
		case "%":
			b.WriteString(g.format())
		case "`":
			b.WriteString(g.form(templateLiterals, s, depth))
		default:
			if at, ok := spotNames[hole]; ok {
				b.WriteString(g.content(at, inner(s, 0, true), depth+1))
			} else if k, ok := kindNames[hole]; ok {
				b.WriteString(g.operand(s, k))
			} else {
				panic("oracle: a form with the hole " + hole)
			}
		}
	}
}

var tags = []string{"p", "div", "a", "B", "span", "svg", "td", "x-y", "h1", "li", "form", "button", "Iframe", "svg:a"}

var attributeNames = map[spot][]string{
	inPlain:  {"title", "class", "data-x", "id", "VALUE", "alt", "aria-label", "checked", "é", "xmlns:q", "data-template", "xml:lang", "type"},
	inURL:    {"href", "src", "action", "HREF", "data-url", "formaction", "xlink:href", "poster", "my-uri", "xmlns", "cite", "data-src-x", "background"},
	inSrcset: {"srcset", "SrcSet", "data-srcset"}, inScript: {"onclick", "OnLoad", "data-onx", "onx:y"}, inStyle: {"style", "STYLE", "data-style"},
}

// The pieces of content for each place.
var pieces = [spots][]string{
	inPlain:        {"«»", "«»", "a ", "x&amp;y ", "é", "", "1 «»"},
	inURL:          {"«»", "«»", "/a/", "/b/«»", "?q=«»", "&amp;r=«»", "#f«»", "http://h/«»", "mailto:«»", "%20", "/a b(c)'", "x"},
	inSrcset:       {"«»", "«» 2x", "/a.png 1x, ", "«», ", "b.jpg 100w,"},
	inScriptString: {"«»", "«»", "abc ", `\n`, `\"`, `\'`, "<b>", `\u0041`, "é", "a/b"},
	inStyleString:  {"«»", "«»", "abc", `\41 `, "a/b"},
	inRCDATA:       {"«»", "«»", "a &amp; b", "<b>", "text ", "<!-- x -->", "«@plain»"},
	inAnything:     {"«»", "x", "1", "«»«»"},
}

var (
	markupPieces  = []string{"text ", "a &amp; b ", "&lt;x&gt;", "< 3 ", "é\n", "<!DOCTYPE html>", "a > b", "</p>", "<br/>", "\r\n", "&", "1<2 "}
	smallElements = []string{"<ul><li>«»</li></ul>", "<b title=«»>«»</b>", "\n\n", "x"}
	tagEnds       = []string{">", " >", "/>", "\n>", " />"}
	comments      = []string{"<!-- c -->", "<!-- «» -->", "<!-- a «» b -->", "<!-- <b> -->"}
	scriptTags    = []string{
		"", "", "", ` type="text/javascript"`, ` type=module`, ` type="application/json"`, ` type='application/ld+json'`, ` type="text/template"`,
		` TYPE="Text/JavaScript; charset=utf-8"`, ` language="x"`, ` type="text/javascript"`, ` type="text/x"`, ` type="text/«»"`, ` async src="«@url»"`, ` type="«»"`, " type='«»'", " type=«»",
	}
	scriptEnds   = []string{"</script>", "</script>", "</SCRIPT >"}
	styleTags    = []string{"", "", ` media="«@plain»"`, " id='«»'", " id=«»"}
	textareaTags = []string{"", "«@tag»", " rows=«»"}
	titleTags    = []string{"", "", " id=«»", " lang='«»'"}
	metaNames    = []string{" http-equiv=refresh", ` name="x"`, ""}
	metaContents = []string{
		`"«»"`, `"0; url=«»"`, `'3;URL=/a?«»'`, `"1; url='«»'"`, "«»", `"5;url=http://x/«»"`, `"width=«»"`, "'«»; url=«»'", "0;url«»",
	}
	metaEnds = []string{">", " name=«»>", " id='«»'>"}
)

// joins are branches that meet in a place where only some things are known.
var joins = []string{
	`<a href="{{if «bool»}}/a{{else}}/b?c={{end}}#«»">`,
	`<a href="{{if «bool»}}{{else}}/b?c=d{{end}}">«»</a>`,
	"<script>var x = {{if «bool»}}1{{else}}f({{end}}«»;</script>",
	"<script>{{if «bool»}}x{{else}}x ={{end}}«»</script>",
	"<a onclick='{{if «bool»}}x++{{else}}y = {{end}}«»'>",
	`<img srcset="{{if «bool»}}a{{else}}b?{{end}}«»">`,
	`<p style="background: url({{if «bool»}}/a{{else}}/b?{{end}})«»">`,
	"<style>p{background:url('{{if «bool»}}/a{{else}}/b?{{end}}') «»}</style>",
	`<p style='x: "{{if «bool»}}a{{else}}b?{{end}}" «»'>`,
	"<p {{if «bool»}}a{{else}}b=c{{end}} «»>",
	"<script type={{if «bool»}}module{{else}}text/javascript{{end}}>«»</script>",
	"<script>{{if «bool»}}a = 1{{else}}b{{end}}; /x«»/.test(y)</script>",
	"<p{{if «bool»}} title='«»'{{else}} id=«»{{end}}>",
	"<meta content='{{if «bool»}}1{{else}}2;url=/x{{end}}'>",
	`<meta content="0;url={{if «bool»}}/a{{else}}/b?c={{end}}">`,
	"<a href={{if «bool»}}/a{{else}}/b?c{{end}}>«»</a>",
	"<script>x = `a ${ {{if «bool»}}1{{else}}f({{end}}«» }`</script>",
}

var (
	namesWithSlots   = []string{`«»="x"`, `«»="«»"`}
	namesEndInSlots  = []string{"data-«»", "x«»", "a«»", "data-«»='«»'", "x«»=«»", "a«»=1"}
	bareAttributes   = []string{"checked", "disabled ", "NAME ", "NAME = «»", "NAME «»", "NAME \n= '«»'"}
	unquotedValues   = []string{"«»", "«»", "/a«»", "«»«»", "x", "a?b«»", "f(«»)", "x:«»"}
	templateLiterals = []string{"«»", "a«»", "«@string»", "${ «» }", "a ${ f({k: «»}) } «»", "${ `n ${ «»}` }", "\\${«»}", "$«»"}
)

var scripts = []string{
	"var x = «»;\n", "var x = «»;\n", "var x = «»;\n", `f("«@string»");`, `f("«@string»");`, "y = '«@string»';",
	"t = `«`»`;", "t = `«`»`;", "r = /a«»/g;", "r = /ab/g;", "r = /a[a-z]«»/g;", `r = /a\/«»/g;`, `r = /a[/]/g;`, "z = a / «» / 2;", "/* c */ ", "/* «» */ ", "/* * */ ", "// c\n", "// «»\n",
	"\n<!-- c\n", "\n<!-- «»\n", "\n--> c\n", "\n--> «»\n", "if (x) { g(«», [«»]) }", "o = { «»: «»};", "x++ ", "x = y ", "return ", "a--", "){ ", "<!-", "\"</scr\"", "'<script'",
	"x < y", "`<!--`", "}", "\u2028", "«» / 2;", "«»/x;", "«»;", "«» ", "«»;", "a(«»);", "x = «»/«»\n",
}

var styles = []string{
	"color: «»; ", "color: «»; ", "p { «» } ", "p { margin: «»px } ", "p { font: 1px/2 x } ", `content: "«@cssstring»"; `, "font: '«@cssstring»'; ",
	"background: url(«»); ", "background: url(/a«»); ", "background: url(/a?b=«»); ", "background: url( «» ); ", `background: url("«»"); `, `background: url("/a«»"); `,
	`background: url("/a?b=«»"); `, `background: url("http://x/«»"); `, "background: URL( '«»' ); ", "background: URL( '/a«»' ); ", "background: URL( '#«»' ); ",
	"/* c */", "/* «» */", "// c\n", "// «»\n", "#«» { } .«»{} ", "«»;", "«» ", "«»px;",
}

// mistakes are what Go refuses, of every sort of error there is.
var mistakes = []string{
	`<a href="{{if «bool»}}/a{{else}}/b?c={{end}}«»">`, "<a b=c`d>", "<a b=c=d>", "<a b=c\"d>", "<a b=c'd>", "<a b=c<d>", "<a =x>", "<a '«»>", "<p a<b>", `<p a"b>`, "<a href==«»>",
	`{{if «bool»}}<a href="{{end}}«»`, `<script {{with .S}}type="{{.}}"{{end}}>`, "{{if «bool»}}<!--{{else}}-->{{end}}",
	"<div", `<div title="no`, "<script>f()", "<!-- open", "<style>", "<textarea>", "<a «»", "<script>`${ ", "<script>'", "<style>/*",
	`{{template "nosuch" .}}`, `<p title="{{template "nosuch"}}">`,
	"{{define \"rec\"}}{{if .B}}{{template \"rec\" .A}}{{end}}«»\",{{end}}<script>\"{{template \"rec\" .P}}</script>",
	"{{define \"rec2\"}}{{if .B}}<a href=\"{{template \"rec2\" .}}{{end}}\"{{end}}{{template \"rec2\" .P}}",
	"<script>r = /foo[«»]/</script>", `<a onclick="/[a«»">`, `<script>f("\«»")</script>`, `<style>p{x:"\«»"}</style>`, `<script>/a\«»/</script>`, "<script>`\\«»`</script>",
	"<script>x = [{{range .L}}'«»,{{end}}]</script>", "{{range .L}}<p {{end}}", "{{range .L}}{{if .}}<b {{break}}{{end}}{{end}}",
	"{{range .L}}<a href='{{if .}}{{continue}}{{end}}'>{{end}}", "{{range .A}}<script>{{else}}x{{end}}",
	"<script>{{if «bool»}}var x = 1{{end}}\n/-«»/i.test(x)</script>", "<script>{{if «bool»}}x{{else}}y={{end}}/2/«»</script>",
	"{{html .S | print}}", "{{.S | html | print}}", "<p title={{.S | html}}>", "{{.S | urlquery | html}}", "<p title={{html .S}}>", "{{urlquery .S | js}}", "<a href='{{.S | html | urlquery}}'>",
	"{{.A.B.C.D}}", "{{index .L 99}}", "{{.S.T}}", "{{template .S}}", "{{len 3}}", "{{lt 1 .S}}", "{{$undefined}}", "{{nofunc 1}}", `{{"open}}`, "{{if}}", "{{range}}", "{{end}}", "{{else}}", "{{1 2}}",
	"{{slice .S 5 1}}", "{{break}}", "{{.S | .T}}", "{{(.S}}", "{{.S)}}", "{{nil}}", "{{with $x := }}", "{{`raw}}", "{{'}}", "{{1.2.3}}", "{{0xg}}", "{{.S ,}}", "{{{{}}", "{{/* x}}",
	"{{if .B}}{{else}}{{else}}{{end}}", `{{block "q"}}{{end}}`,
}
