// Writes what real Go makes of templates that call functions of the host's. Every language's tests register the same
// functions and read the table.
//
//	go run . > table.jsonl
//
// A line is {"set":…,"source":…} with "output" or "error". The data is always that of `data` below. The functions of the set
// "plain" are those of `plain`; the set "own" has them too, and `mark` under predefined names.
package main

import (
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"os"
	"strings"
)

var data = map[string]any{"X": "<x>", "N": nil, "I": 3, "F": 1.5, "L": []any{1, "<"}, "M": map[string]any{"k": "v"}}

var plain = template.FuncMap{
	// Its only argument.
	"echo": func(a any) any { return a },
	// A list of its two arguments.
	"pair": func(a, b any) any { return []any{a, b} },
	// How many arguments it got: one at least.
	"count": func(a any, more ...any) any { return 1 + len(more) },
	// A string.
	"zero":    func() any { return "z" },
	"nothing": func(...any) any { return nil },
	// Trusted HTML.
	"trust":  func(text any) any { return template.HTML(text.(string)) },
	"record": func() any { return map[string]any{"a": 1, "n": nil} },
	// An error.
	"fail": func(...any) (any, error) { return nil, errors.New("no <luck>") },
	"mark": mark,
}

// mark shows its arguments between angle brackets: text as it is, null as 0, anything else as #.
func mark(args ...any) any {
	var b strings.Builder
	for _, a := range args {
		switch a := a.(type) {
		case string:
			b.WriteString(a)
		case nil:
			b.WriteString("0")
		default:
			b.WriteString("#")
		}
	}
	return "<" + b.String() + ">"
}

var own = strings.Fields("html urlquery js and or not print len index eq call default break continue")

var plainCases = []string{
	`{{echo .X}}`, `{{.X | echo}}`, `{{echo .I | echo}}`, `{{echo}}`, `{{echo 1 2}}`, `{{1 | echo 2}}`, `{{echo nil}}`, `{{echo .N}}`,
	`{{echo .Missing}}`, `{{.N | mark}}`, `{{.Missing | mark}}`, `{{mark nil .N .Missing .X .I 1.5 true .L .M .}}`, `{{nil | mark}}`,
	`{{pair 1 "<"}}`, `{{index (pair 1 .X) 1}}`, `{{range pair .I .F}}[{{.}}]{{end}}`, `{{range $i, $v := pair 1 2}}{{$i}}{{$v}}{{end}}`,
	`{{pair 1}}`, `{{len (pair 1 2)}}`, `{{count}}`, `{{count 1}}`, `{{count 1 2 3}}`, `{{3 | count 1 2}}`, `{{count (count 1) count}}`,
	`{{zero}}`, `{{zero 1}}`, `{{1 | zero}}`, `{{echo zero}}`, `{{zero.X}}`, `{{(zero).X}}`, `a{{nothing}}b`, `{{nothing.X}}`, `{{(nothing).X}}`,
	`{{nothing | mark}}`, `{{mark (nothing)}}`, `{{mark nothing}}`, `{{if nothing}}a{{else}}b{{end}}`, `{{with nothing 1}}a{{else}}b{{end}}`,
	`{{trust "<b>"}}`, `<a title="{{trust "<b>&amp;c"}}">`, `<script>{{trust "<b>"}}</script>`, `{{trust "<b>" | html}}`, `{{printf "%T" (trust "a")}}`,
	`{{record.a}}`, `{{(record).a}}`, `{{(record).zz}}`, `{{(record).n}}`, `{{(record).n.x}}`, `{{(record).a.x}}`, `{{range $k, $v := record}}{{$k}}={{$v}};{{end}}`,
	`{{fail}}`, `{{fail 1 2}}`, `{{1 | fail 2}}`, `{{echo (fail)}}`, `{{echo fail}}`, `{{if fail}}{{end}}`, "{{/**/}}\n {{with $x := fail .}}{{end}}",
	`<a href="{{fail}}">`, `{{define "d"}}{{range .L}}{{fail .}}{{end}}{{end}}{{template "d" .}}`, `{{template "d" fail}}{{define "d"}}{{end}}`,
	`{{(fail).X}}`, `{{and 0 (fail)}}`, `{{or 1 (fail)}}`, `{{and 1 (fail)}}`, `{{$x := echo .X}}{{$x}}`, `{{template "d" echo .X}}{{define "d"}}{{.}}{{end}}`,
	`<a href="{{echo "javascript:x"}}" title={{echo .X}}>`, `<a href="?q={{mark .X}}">`, `<script>f({{pair 1 .X}}, {{record}})</script>`,
	`<style>a{b:{{mark "c"}}}</style>`, `{{echo 18446744073709551615}}`, `{{echo 1e3}}`, `{{echo 'a'}}`, `{{nosuch 1}}`, `{{echo .X.Y}}`,
	`{{range .L}}{{echo .}}{{break}}{{end}}`, `{{call echo 1}}`,
}

var ownCases = []string{
	`{{.X | html}}`, `{{html .X}}`, `{{html .X "b" .I .I}}`, `{{html}}`, `{{html nil}}`, `{{.I | html}}`, `{{.X | html "a"}}`, `{{.X | html | print}}`,
	`{{html | print}}`, `{{.X | urlquery}}`, `{{urlquery .X .I}}`, `{{urlquery}}`, `<a href="{{.X | html}}">`, `<a href="{{.I | html}}">`,
	`<a href="javascript:{{.X | html}}">`, `<a href="{{"javascript:x" | html}}">`, `<a href="{{html .X}}">`, `<a href="?q={{.X | urlquery}}">`,
	`<a href="{{.X | urlquery}}">`, `<a href="?{{urlquery .I}}">`, `<a href='?{{.I | urlquery}}'>`, `<a title="{{.X | html}}">`, `<a title={{.X | html}}>`,
	`<textarea>{{.X | html}}</textarea>`, `<script>{{.X | html}}</script>`, `<script>{{html .X 1}}</script>`, `<a onclick="{{.I | html}}">`,
	`<a onclick="{{html .I}}">`, `<style>{{html .I}}</style>`, `<!-- {{html .X}} -->a`, `{{if html .X}}{{html .X}}{{end}}`, `{{$x := .X | html}}{{$x}}`,
	`{{.X | js}}`, `<script>{{js .X}}</script>`, `{{and 0 .X}}`, `{{and 0 (fail)}}`, `{{or 1 .X}}`, `{{not .X}}`, `{{print .X}}`, `{{len .X}}`, `{{index}}`,
	`{{eq "a"}}`, `{{call .X}}`, `{{default .X .I}}`, `{{break}}`, `{{break 1}}`, `{{range .L}}{{break}}{{end}}`, `{{range .L}}{{continue "c"}}{{end}}`,
	`{{html fail}}`, `{{trust "<b>" | html}}`,
}

// Functions in the place of predefined escapers whose results and errors show where they stand.
var results = map[string]any{
	"html-null":  func(...any) any { return nil },
	"html-float": func(...any) any { return 1.5 },
	"html-list":  func(...any) any { return []any{nil, "<"} },
	"html-trust": func(...any) any { return template.HTML("<h>") },
	"html-fail":  func(...any) (any, error) { return nil, errors.New("no <luck>") },
	"html-zero":  func() any { return "z" },
}

var resultCases = []string{
	"\n{{define `d`}}{{end}}\n {{.X | html}}", "{{html .X}}", "\n <a href='{{.I | html}}'>", "{{html}}", "<a href='?{{.I | urlquery}}'>",
	"<a href='?{{urlquery .I}}'>", "{{define `d`}}{{html .I}}{{end}}\n{{template `d` .}}", "{{range .L}}\n{{. | html}}{{end}}",
}

type line struct {
	Set    string  `json:"set"`
	Source string  `json:"source"`
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func run(set, source string, functions template.FuncMap) {
	l := line{Set: set, Source: source}
	t, err := template.New("t").Funcs(plain).Funcs(functions).Parse(source)
	if err == nil {
		var b strings.Builder
		if err = t.Execute(&b, data); err == nil {
			text := b.String()
			l.Output = &text
		}
	}
	if err != nil {
		l.Error = err.Error()
	}
	text, err := json.Marshal(l)
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(append(text, '\n'))
}

func main() {
	for _, source := range plainCases {
		run("plain", source, nil)
	}
	replaced := template.FuncMap{}
	for _, name := range own {
		replaced[name] = mark
	}
	for _, source := range ownCases {
		run("own", source, replaced)
	}
	for _, set := range []string{"html-null", "html-float", "html-list", "html-trust", "html-fail", "html-zero"} {
		for _, source := range resultCases {
			run(set, source, template.FuncMap{"html": results[set], "urlquery": results[set]})
		}
	}
}
