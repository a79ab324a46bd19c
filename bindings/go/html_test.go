package livetemplate

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"strings"
	"testing"
	"text/template/parse"
)

func TestExecutedTemplateIsRefused(t *testing.T) {
	tmpl := htmltemplate.Must(htmltemplate.New("page").Parse(`{{template "part"}}{{define "part"}}x{{end}}`))
	if err := tmpl.Execute(&strings.Builder{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, executed := range []*htmltemplate.Template{tmpl, tmpl.Lookup("part")} {
		if _, err := FromHTML(executed); !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "executed") {
			t.Errorf("%s: %v", executed.Name(), err)
		}
	}
	if _, err := FromHTML(htmltemplate.New("empty")); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("empty: %v", err)
	}
}

// The template stays usable by html/template, and all its pages share one conversion.
func TestPagesOfHTMLTemplate(t *testing.T) {
	tmpl := htmltemplate.Must(htmltemplate.New("page").Parse(`<p title="{{.}}">{{.}}</p>`))
	app := newApplication(t)
	for range 2 {
		page, err := app.NewPage(tmpl, "<x>")
		if err != nil {
			t.Fatal(err)
		}
		if html, err := page.Render(); err != nil || !bytes.Contains(html, []byte(`<p title="&lt;x&gt;">&lt;x&gt;</p>`)) {
			t.Errorf("%v: %s", err, html)
		}
	}
	if len(app.converted) != 1 {
		t.Errorf("%d conversions", len(app.converted))
	}
	if err := tmpl.Execute(&strings.Builder{}, "x"); err != nil {
		t.Errorf("html/template can no longer execute it: %v", err)
	}
	if _, err := app.NewPage(tmpl, "y"); err != nil {
		t.Errorf("a page of the template that was handed in before: %v", err)
	}
}

func TestMissingKeyIsKept(t *testing.T) {
	for option, want := range map[string]string{"default": "[]", "zero": "[]", "error": ""} {
		tmpl := htmltemplate.Must(htmltemplate.New("probe").Option("missingkey=" + option).Parse("[{{.x}}]"))
		converted, err := FromHTML(tmpl)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err = converted.Execute(&out, map[string]any{})
		if out.String() != want || (err != nil) != (option == "error") {
			t.Errorf("%s: %v, %q", option, err, out.String())
		}
	}
	zero := htmltemplate.Must(htmltemplate.New("t").Option("missingkey=zero").Parse("x"))
	if converted, err := FromHTML(zero); err != nil || converted.set.missingKey != New("").Option("missingkey=zero").set.missingKey {
		t.Errorf("%v: zero is not kept", err)
	}
}

// Delimiters are chosen so that no text is taken for one.
func TestTextsThatLookLikeDelimiters(t *testing.T) {
	for _, text := range []string{"{{", "a{", "{{ ⟦# x", "⟦#", "{{⟦", "{⟦##⟦#", "}} #⟧", "{{/* x */}}"} {
		source := text + "<% .A %>" + text + "<% if .A %>" + text + "<% end %><%/* c */%>" + text + "<% `}} #⟧` %>"
		tmpl := htmltemplate.Must(htmltemplate.New("t").Delims("<%", "%>").Parse(source))
		converted, err := FromHTML(tmpl)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var want strings.Builder
		if err := tmpl.Execute(&want, map[string]any{"A": 1}); err != nil {
			t.Fatal(err)
		}
		if got := execute(t, converted, map[string]any{"A": 1}); got != want.String() {
			t.Errorf("%q: got %q, want %q", text, got, want.String())
		}
	}
}

// What the printer writes parses to the same trees, whatever the source.
func TestPrinter(t *testing.T) {
	source := "{{/* c */}}a{{/* c */}}b{{$x := 1}}{{$x = .A.B | printf `%d\n` 'x' \"q\\\"\" -1 0x1F 1e3 true nil}}" +
		"{{range $i, $v := (index .L 0).M}}{{if and $i (not $v.X)}}{{break}}{{else if .Y}}{{continue}}{{else}}z{{end}}{{else}}none{{end}}" +
		"{{with $.A}}{{.}}{{else with .B}}{{$x}}{{end}}{{template \"t\\n\" .A}}{{template \"u\"}}{{(len .A).B.C}}{{block \"v\" .}}d{{end}}" +
		"{{- 3 -}} {{print -3 (print) . $}}"
	trees, err := parse.Parse("page", source, "", "", map[string]any{
		"printf": true, "index": true, "and": true, "not": true, "len": true, "print": true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, delims := range [][2]string{{"{{", "}}"}, {"⟦#", "#⟧"}} {
		for name, tree := range trees {
			p := printer{left: delims[0], right: delims[1], functions: map[string]bool{}}
			p.list(tree.Root)
			again := parse.New(name)
			again.Mode = parse.SkipFuncCheck
			again, err := again.Parse(p.out.String(), delims[0], delims[1], map[string]*parse.Tree{})
			if err != nil {
				t.Fatalf("%s: %v in %s", name, err, p.out.String())
			}
			if again.Root.String() != tree.Root.String() || len(p.functions) > 0 {
				t.Errorf("%s:\n%s\n%s", name, tree.Root, again.Root)
			}
		}
	}
}

// Errors name the place in the host's sources, not in what the printer wrote.
func TestPlacesOfErrors(t *testing.T) {
	for _, source := range []string{
		"ab\n  {{- /* c */ -}}  {{  .A   |   printf    \"%d\"  }}\n{{   index   .L     5 }}",
		"{{define \"part\"}}\n x{{ .A  | slice   }} {{end}}\n{{if   true}}  {{ template   \"part\"  . }}{{end}}",
		"{{  range   .L }} {{  . }}\n{{   .X.Y  }}{{ end }}",
		"{{ with   $x   :=  .L }}{{  len   ( index $x    9 ) }}{{end}}",
		"<a {{  if  .A }}title=\"{{  end  }}>",
		"<p>{{   template   \"gone\"  }}",
	} {
		tmpl := htmltemplate.Must(htmltemplate.New("page.html").Parse(source))
		converted, err := FromHTML(tmpl)
		if err != nil {
			t.Fatal(err)
		}
		data := map[string]any{"A": 1, "L": []any{1}}
		want := tmpl.Execute(&strings.Builder{}, data)
		got := converted.Execute(&strings.Builder{}, data)
		if want == nil || got == nil || got.Error() != want.Error() {
			t.Errorf("%s\n want %v\n got  %v", source, want, got)
		}
	}
}
