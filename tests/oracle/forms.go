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
	inPlain:  {"rel", "name", "data-é", "accept-charset", "width", "async", "title", "class", "data-x", "id", "VALUE", "alt", "aria-label", "checked", "é", "xmlns:q", "data-template", "xml:lang", "type"},
	inURL:    {"longdesc", "manifest", "usemap", "profile", "icon", "x:href", "archive", "codebase", "href", "src", "action", "HREF", "data-url", "formaction", "xlink:href", "poster", "my-uri", "xmlns", "cite", "data-src-x", "background"},
	inSrcset: {"srcset", "SrcSet", "data-srcset"}, inScript: {"onclick", "OnLoad", "data-onx", "onx:y"}, inStyle: {"style", "STYLE", "data-style"},
}

// The pieces of content for each place.
var pieces = [spots][]string{
	inPlain:        {"{{if «bool»}}«»{{end}}", "<b>", "&", "«»", "«»", "a ", "x&amp;y ", "é", "", "1 «»"},
	inURL:          {"«»", "«»", " ", "\n", "&#63;«»", "javascript:«»", "//«»", "/{{if «bool»}}a{{else}}b{{end}}", "?{{if «bool»}}a«»{{end}}&", "/a/", "/b/«»", "?q=«»", "&amp;r=«»", "#f«»", "http://h/«»", "mailto:«»", "%20", "/a b(c)'", "x"},
	inSrcset:       {"«» 1.5x, «» 2x", "«»", "«» 2x", "/a.png 1x, ", "«», ", "b.jpg 100w,"},
	inScriptString: {"</script>", "<!--", "<script", `\\`, "{{if «bool»}}a{{else}}«»{{end}}", "«»", "«»", "abc ", `\n`, `\"`, `\'`, "<b>", `\u0041`, "é", "a/b"},
	inStyleString:  {`\3f `, "\\23\r\n", `\110000`, `\\`, `\x`, "?", "#«»", "\\2F\t", "«»", "«»", "abc", `\41 `, "a/b"},
	inRCDATA:       {"</b>", "</", "<", "<p title=\"«»\">", "«»", "«»", "a &amp; b", "<b>", "text ", "<!-- x -->", "«@plain»"},
	inAnything:     {"«»", "x", "1", "«»«»"},
}

var (
	markupPieces = []string{
		"</", "<", "<!-", "<?x y?>", "<![CDATA[ x ]]>", "<!---->", "<!-->", "<3", "{ }", "\x00", "\xff", "<br a>", "</p a=b>", "<a\n>", "<A/>", "text ", "a &amp; b ", "&lt;x&gt;", "< 3 ", "é\n", "<!DOCTYPE html>", "a > b", "</p>", "<br/>", "\r\n", "&", "1<2 ",
	}
	smallElements = []string{
		"<svg><title>«»</title><style>p{x:«»}</style><script>f(«»)</script></svg>", "<h«»>x</h«»>", "<«»>x", "<p {{if «bool»}}title{{else}}lang{{end}}=\"«»\">",
		"<p {{range .E}}a{{else}}b{{end}}='«»'>", "<p{{range «texts»}} data-a=\"{{.}}\"{{end}}>", "<p on«»=\"«»\">", "<p «»-a='«»' «»>", "<iframe>«»</iframe>", "<xmp>«»</xmp>",
		"{{with «time»}}{{.Year}}{{end}}", "<p title=\"{{«text»}}«»\" title=«»>", "<ul><li>«»</li></ul>", "<b title=«»>«»</b>", "\n\n", "x",
	}
	tagEnds    = []string{">", " >", "/>", "\n>", " />"}
	comments   = []string{"<!-- c -->", "<!-- «» -->", "<!-- a «» b -->", "<!-- <b> -->"}
	scriptTags = []string{
		"", "", "", ` type="text/javascript"`, ` type=module`, ` type="application/json"`, ` type='application/ld+json'`, ` type="text/template"`,
		` TYPE="Text/JavaScript; charset=utf-8"`, ` language="x"`, ` type="text/javascript"`, ` type="text/x"`, ` type="text/«»"`, ` async src="«@url»"`, ` type="«»"`, " type='«»'", " type=«»",
	}
	scriptEnds   = []string{"</script>", "</script>", "</SCRIPT >"}
	styleTags    = []string{"", "", ` media="«@plain»"`, " id='«»'", " id=«»"}
	textareaTags = []string{"", "«@tag»", " rows=«»"}
	titleTags    = []string{"", "", " id=«»", " lang='«»'"}
	metaNames    = []string{" http-equiv=refresh", ` name="x"`, ""}
	metaContents = []string{
		`"«»"`, `"0; url=«»"`, `'3;URL=/a?«»'`, `"1; url='«»'"`, "«»", `"5;url=http://x/«»"`, `"width=«»"`, `"0;url=/a;«»"`, `'url="«»";«»'`, `"0; URL = «»"`, `"0;url={{if «bool»}}/a{{end}}«»"`, "'«»; url=«»'", "0;url«»",
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
	templateLiterals = []string{
		"${ {a: {b: «»}} }«»", "${ `${ `«»` }` }«»", "${ \"}\" + '«»' + /}«»/ }", "{{if «bool»}}a«»{{else}}${ «» }{{end}}", "${ {{range «texts»}}{{.}},{{end}} }", "<!--«»</script", "$$«»$", "${}",
		"«»", "a«»", "«@string»", "${ «» }", "a ${ f({k: «»}) } «»", "${ `n ${ «»}` }", "\\${«»}", "$«»",
	}
)

var scripts = []string{
	"var x = «»;\n", "var x = «»;\n", "var x = «»;\n", `f("«@string»");`, `f("«@string»");`, "y = '«@string»';",
	"t = `«`»`;", "t = `«`»`;", "r = /a«»/g;", "r = /ab/g;", "r = /a[a-z]«»/g;", `r = /a\/«»/g;`, `r = /a[/]/g;`, "z = a / «» / 2;", "/* c */ ", "/* «» */ ", "/* * */ ", "// c\n", "// «»\n",
	"\n<!-- c\n", "\n<!-- «»\n", "\n--> c\n", "\n--> «»\n", "if (x) { g(«», [«»]) }", "o = { «»: «»};", "x++ ", "x = y ", "return ", "a--", "){ ", "<!-", "\"</scr\"", "'<script'",
	"x < y", "`<!--`", "}", "\u2028", "#! «»\n", "x = 42. / «» / 2;", "x = a. /«»/;", "$ / «» / 2;", "_ / «»;", "x+++/«»/;", "x---/«»/;", "x = a.return / «» / 2;", "typeof /«»/;", "in /«»/;", "myin / «»;",
	"! /«»/;", "r = /</script>/;", "r = /[/]«»[^/]/;", "r = /[\\]/]«»/;", "/* «» * /\n*/", "/**/", "// </script «»\n", "\n<!-- </script> «»\n", "{{if «bool»}}x = «»;{{else}}y();{{end}}",
	"[{{range $i, $e := «texts»}}{{if $i}},{{end}}{{$e}}{{end}}];", "`«`»${ «» }`;", "x = \"\\\"«»\";", "x = '\\'«»\\\\';", "\u00a0/ «»;", "-->", "\n--> «»\n", "a <!b", "«»«»", "«»-«»", "«» / 2;", "«»/x;", "«»;", "«» ", "«»;", "a(«»);", "x = «»/«»\n",
}

var styles = []string{
	"color: «»; ", "color: «»; ", "p { «» } ", "p { margin: «»px } ", "p { font: 1px/2 x } ", `content: "«@cssstring»"; `, "font: '«@cssstring»'; ",
	"background: url(«»); ", "background: url(/a«»); ", "background: url(/a?b=«»); ", "background: url( «» ); ", `background: url("«»"); `, `background: url("/a«»"); `,
	`background: url("/a?b=«»"); `, `background: url("http://x/«»"); `, "background: URL( '«»' ); ", "background: URL( '/a«»' ); ", "background: URL( '#«»' ); ",
	"/* c */", "/* «» */", "// c\n", "// «»\n", "#«» { } .«»{} ", "@import \"«»\";", "@media («») { a { b: «» } }", "a { b: url(/x\\3f «») }", "a { b: url(\"\\23 «»\") }", "a { b: curl(«») }", "a{ «»: «» }", "x: \"a\\\n«»\";",
	"background: url( \"/a?\" «» );", "//«»\r", "//«»\f", "x: url(\n'«»'\n);", "</styl", "<!-- «» -->", "{{if «bool»}}a{{else}}b: «»;{{end}}", "«»;", "«» ", "«»px;",
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
	"{{if .B}}{{else}}{{else}}{{end}}",
	"{{/* c */ x}}", "{{ /* c */ }}", "{{.S /* c */}}", "{{if : .A}}", "{{print 1)}}", "{{print ((1)}}", "{{\x01}}", "{{.S+1}}", "{{$+1}}", "{{print\"a\"}}", "{{print 'a}}", "{{''}}", "{{'ab'}}", `{{"\q"}}`,
	`{{"\ud800"}}`, "{{0x}}", "{{0b12}}", "{{089}}", "{{1__0}}", "{{1e}}", "{{0x1.8}}", "{{1e400}}", "{{1+2}}", "{{+}}", "{{print ()}}", "{{if .B}}{{else if}}{{end}}", "{{$x := }}", "{{.S | | print}}", "{{ | print}}",
	"{{.S | .}}", "{{.S | 1}}", "{{1 | print | true}}", "{{define}}{{end}}", "{{define x}}{{end}}", "{{define 1}}{{end}}", `{{define "a" "b"}}{{end}}`, `{{define "q"}}`, `{{define "q"}}{{else}}{{end}}`, `{{define "\q"}}{{end}}`,
	"{{block}}{{end}}", "{{block .A .}}{{end}}", `{{block "q" .}}{{else}}{{end}}`, `{{block "q" .}}x`, "{{template}}", "{{template $x .}}", `{{template "a" . ,}}`, "{{end .A}}", "{{else}}", "{{range .L}}{{else range .K}}{{end}}",
	"{{range .L}}{{else if .B}}{{end}}", "{{if .B}}{{else with .S}}{{end}}", "{{with .S}}{{else if .B}}{{end}}", "{{if .B}}{{else x}}{{end}}", "{{range .L}}{{break 1}}{{end}}", "{{range .L}}{{continue .S}}{{end}}", "{{continue}}",
	"{{range .L}}{{else}}{{break}}{{end}}", `{{range .L}}{{block "q" .}}{{break}}{{end}}{{end}}`, "{{range $a, $b, $c := .L}}{{end}}", "{{with $a, $b := .S}}{{end}}", "{{$a, $b := .S}}", "{{range $a, .S := .L}}{{end}}",
	"{{range $a, := .L}}{{end}}", "{{.A := 1}}", "{{x := 1}}", "{{$zz = 1}}", "{{.S = 1}}", "{{if $q := 1}}{{end}}{{$q}}", "{{nil.A}}", "{{true.A}}", "{{..A}}", "{{.A. B}}", "{{print 1, 2}}", "{{if .N == 1}}{{end}}", "{{.S | end}}",
	"{{print if}}", "{{print .S := 1}}", "{{print (nofunc)}}", "{{-.A}}", "{{.S\n\n", "{{if .B}}\n\n", `{{define "q"}}1{{end}}{{define "q"}}2{{end}}`, "{{(print 1 | print 2}}", "{{_html_template_htmlescaper 1}}",
	"{{.S 1}}", "{{1 | .S}}", "{{1 | (print)}}", "{{true 1}}", "{{nil 1}}", "{{if nil}}{{end}}", "{{$n := nil}}", "{{print 18446744073709551615}}", "{{(print 1).X}}", "{{(index .A 0).X.Y}}", "{{.Z.X}}", "{{.Gone.X.Y}}",
	"{{range $i, $e := 3}}{{end}}", "{{range .B}}{{end}}", "{{range .S}}{{end}}", "{{range .F}}{{end}}", "{{range .W}}{{end}}", "{{slice .L 0 1 1 1}}", "{{slice .S 0 1 1}}", "{{slice .L 0 2 1}}", "{{index .P 1}}", "{{index .P nil}}",
	"{{index .L nil}}", "{{index .L 1.5}}", "{{index .Gone 1 2}}", "{{index .N 1}}", "{{call nil}}", "{{call .S}}", "{{.S | call}}", "{{len nil}}", "{{eq .L .L}}", "{{lt nil 1}}", "{{lt true false}}", "{{eq 1 .S}}", "{{printf .N}}",
	"{{printf nil}}", "{{printf (len .L)}}", "{{.N | printf}}", "{{.W.Nope}}", "{{.W.Format}}", "{{.W.Format 5}}", "{{.W.Before .S}}", "{{.W.Before nil}}", "{{.W.Year 1}}", "{{template \"late\" .S.X}}", "{{print (index .L 77)}}",
	"{{/* */ -}}{{.S}", "a{{", "{{.é}}", "{{.☃}}", "{{print \"é\n\"}}", "{{1.2.3}}", "{{0o18}}", "{{10_}}", "{{print 1\n .S.X}}", "{{default}}", "{{default 1 2 3}}", "{{not}}", "{{and}}", "{{len .L .L}}", "{{1 | ge}}", "{{lt 1}}",
	"<p{{range .L}}<{{end}}>", "{{range .L}}<b title=\"{{break}}\">{{end}}", "<script>`${ {{if «bool»}}{ {{end}} }`</script>", "{{with «text»}}<script>{{else}}<style>{{end}}", "<a title=\"x\"\"y\">", "<style>p { x: url(\\«») }</style>",
	"<script>{{range «texts»}}'{{.}},{{end}}</script>", "<p a'b>", "<p a\"b=c>", "<a title=a`b>", "<p 'x>", "<meta content=\"0;url=", "<script type=\"a", "<img srcset='a", "<p style='x:", "<p onclick='f(", "<div a", "<div a ", "<div a=", `{{block "q"}}{{end}}`,
}
