//go:build ignore

// Values writes to values.jsonl what real Go writes for hostile values in every kind of place:
//
//	go run values.go > values.jsonl
//
// A line is {"source": template, "cases": [[kind, value, output], …]}; value and output have one character for each byte, since not
// all of them are UTF-8. With -random N it takes N random values instead.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"html/template"
	"log"
	"math"
	"math/rand"
	"os"
	"strings"
)

var places = []string{
	`{{.}}`, `<p title="{{.}}">`, `<p title='{{.}}'>`, `<p title={{.}}>`, `<p x=a{{.}}b>`, `<p {{.}}>`, `<p {{.}}="1">`, `<p data-{{.}}=1>`,
	`<title>{{.}}</title>`, `<textarea>{{.}}</textarea>`, `<!-- {{.}} -->`,
	`<a href="{{.}}">`, `<a href={{.}}>`, `<a href="/a/{{.}}">`, `<a href="/?q={{.}}">`, `<a href=/?{{.}}>`, `<a href="#{{.}}">`, `<a href=/{{.}}>`,
	`<img srcset="{{.}}">`, `<img srcset={{.}}>`,
	`<a onclick="f({{.}})">`, `<a onclick=f({{.}})>`, `<a onclick="f('{{.}}')">`, `<a onclick='f(&quot;{{.}}&quot;)'>`, `<a onclick=&quot;{{.}}&quot;>`,
	`<script>x={{.}}</script>`, `<script>x='{{.}}'</script>`, `<script>x="{{.}}"</script>`, "<script>x=`{{.}}`</script>", `<script>x=/{{.}}/</script>`,
	`<script>/* {{.}} */</script>`, `<script type="application/json">{{.}}</script>`,
	`<a style="{{.}}">`, `<a style={{.}}>`, `<a style="a:'{{.}}'">`, `<a style="a:'b{{.}}'">`, `<a style="background:url({{.}})">`, `<a style="background:url('/{{.}}')">`, `<a style='a:"b?{{.}}"'>`,
	`<style>{{.}}</style>`, `<style>a{b:{{.}}}</style>`, `<style>a:"{{.}}"</style>`, `<style>a:"b{{.}}"</style>`, `<style>a:url({{.}})</style>`, `<style>/* {{.}} */</style>`,
	`<meta http-equiv="refresh" content="0; url={{.}}">`, `<meta content="{{.}}">`,
	`{{. | html}}`, `{{html .}}`, `{{html . .}}`, `{{. | urlquery}}`, `{{urlquery .}}`, `{{urlquery . .}}`, `<p title="{{. | html}}">`, `<p title="{{html .}}">`,
	`<a href="{{. | html}}">`, `<a href="{{html .}}">`, `<a href="{{. | urlquery}}">`, `<a href="{{urlquery .}}">`, `<a href="?{{html .}}">`, `<a href="?{{urlquery .}}">`,
	`<a href={{html .}}>`, `<a href={{. | urlquery}}>`, `<script>{{. | html}}</script>`, `<script>{{html .}}</script>`, `<script>'{{. | html}}'</script>`,
	`<a style="{{. | html}}">`, `<img srcset="{{. | html}}">`, `{{print .}}`, `<p title={{print .}}>`, `<script>{{print .}}</script>`,
}

var texts = []string{
	"", "plain", "a b\tc\nd\re\ff\vg", `O'Reilly: How are <i>you</i>?`, "<script>alert(1)</script>", "</script><!-- -->", "</title></textarea></style>x",
	"javascript:alert(1)", "JavaScript:x", "http://example.com/?a=b&c=d#e", "HTTPS:x", "mailto:a@b", "data:text/html,x", " javascript:x", "//host/path", "/a:b", "a/b:c", "http\u017f://x", "http\u017f:x",
	"%41%zz%", "a%2fb?c#d", "?a=1;b=2", "\x00\x01\x1f\x7f", "\x80\xff\xc0\xaf", "a\xe2\x80b\xe2\x80\xa8c\xe2\x80\xa9", "\u2028\u2029", "\ufdd0\ufeff\ufffd\ufffe\uffff", "\U0001f600é日本",
	"\"'`${x}`\\\"\\", "a+b=c&amp;&lt;&#39;", "/* x */ // y --> <!-- z", "a\\", "{}[]()<>|^*-.?$", "\\u003cscript", "1e5", "-1", "red", "10px 5%", "#fff", "expression(alert(1))",
	"exp\\72 ession", "e x p r e s s i o n", "-moz-binding", "m-o-z-b-i-n-d-i-n-g", "-moz-bin\\64ing: x", "a--b", "url(x)", "a;b", "@import", "\\0", "\\110000 x", "\\d800", "\\26\t\\26 b\\\r\nc", "\\é\\",
	"a.jpg 1x, b.jpg 2x", " a.jpg 1x , javascript:x 2x", "a.jpg,,b(.jpg 1!", "a%20b 1x,http://x/,y", "onclick", "href", "CLASS", "class", "data-x", "x:y", "checked", "style", "xmlns", "K", "\u212aey", "h1", "src\u0130", "urlx",
	`<b>bold</b> & "quoted" <a href="x>y" title=z>l</a>`, "a<b", "I <3 x", "<br/>x<!-- c -->y<script>z</script>w", "<textarea><b>x</textarea>y", "<a b='", "<p x=y z>t", "<style>a</style >b", "<a <b>", "</p", "<title>a</title><x",
	"f(\"x\")", "{\"a\": 1}", "x // y", "a = 1; </script>", "\"quoted\"", "color: red; background: url(x)", "a\nb: c",
}

var kinds = []string{"string", "html", "attr", "js", "jsstr", "css", "url", "srcset"}

func typed(kind, s string) any {
	switch kind {
	case "string":
		return s
	case "html":
		return template.HTML(s)
	case "attr":
		return template.HTMLAttr(s)
	case "js":
		return template.JS(s)
	case "jsstr":
		return template.JSStr(s)
	case "css":
		return template.CSS(s)
	case "url":
		return template.URL(s)
	case "srcset":
		return template.Srcset(s)
	}
	var v any
	switch s {
	case "nan":
		return math.NaN()
	case "inf":
		return math.Inf(-1)
	case "bytes":
		return []byte("a<\xff")
	}
	if strings.ContainsAny(s, ".e") && kind == "float" {
		if _, err := fmt.Sscan(s, &v); err == nil {
			return v
		}
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		log.Fatal(s, err)
	}
	return plain(v)
}

// plain gives numbers the types that our data model gives them.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return int(i)
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

var data = []string{
	"null", "true", "0", "-7", "1.5", "1e21", "1e-7", "1000000.0", "[]", "{}", `[1,"a<b",null,true]`, `{"b":"</script>","a":[1.5,{"c":"\u2028'"}]}`, `["x",["y"]]`, "nan", "inf", "bytes",
}

func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

var parts = []string{"<", ">", "</", "script", "style", "title", "a", "b", " ", "=", "\"", "'", "`", "&", ";", "#", "?", "/", "\\", ":", ",", "%", "4", "1", "-", "--", "!", "<!--", "-->", "\n", "\t", "\r", "\x00", "\xff", "\xe2\x80\xa8", "é", "http", "javascript", "$", "{", "}", "(", ")", "*", "+", "textarea", "x", "\\3", "\\64", "expression", "\xc2", "\u017f", ".", "_", "~", "@", "[", "]", "^", "|", "\x0b", "\x0c", "\x1b", "\ufdd3", "url"}

func main() {
	random := flag.Int("random", 0, "")
	flag.Parse()
	type pair struct{ kind, text string }
	var values []pair
	for i, text := range texts {
		for j, kind := range kinds {
			// Every value as a string; as the other types some of the later ones, which are made for them.
			if j == 0 || i >= len(texts)-18 && i%2 == 0 {
				values = append(values, pair{kind, text})
			}
		}
	}
	for _, d := range data {
		values = append(values, pair{"data", d})
	}
	if *random > 0 {
		values = nil
		for range *random {
			s := ""
			for range rand.Intn(9) {
				s += parts[rand.Intn(len(parts))]
			}
			values = append(values, pair{kinds[rand.Intn(len(kinds))], s})
		}
	}
	w := json.NewEncoder(os.Stdout)
	w.SetEscapeHTML(false)
	for _, place := range places {
		t := template.Must(template.New("t").Parse(place))
		cases := [][3]string{}
		for _, v := range values {
			var b strings.Builder
			if err := t.Execute(&b, typed(v.kind, v.text)); err != nil {
				log.Fatal(place, v, err)
			}
			cases = append(cases, [3]string{v.kind, latin1(v.text), latin1(b.String())})
		}
		w.Encode(map[string]any{"source": place, "cases": cases})
	}
}
