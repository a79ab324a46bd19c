package livetemplate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func execute(t *testing.T, tmpl *Template, data any) string {
	t.Helper()
	var out strings.Builder
	if err := tmpl.Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// parse makes a template with numbers as Go has them.
func parseText(t *testing.T, text string) *Template {
	t.Helper()
	return Must(New("t").Parse(text))
}

type user struct {
	Name   string
	Age    int
	Score  float64
	secret string
}

// Every kind of Go value renders as html/template renders it.
func TestGoValues(t *testing.T) {
	name := "Ann & Bob"
	pointer := &name
	data := map[string]any{
		"Struct": user{"A<", 7, 1.5, "s"}, "Pointer": &user{Name: "P"}, "PointerPointer": &pointer,
		"Ints":   []any{int8(-8), int16(-16), int32(-32), int64(-64), uint8(8), uint16(16), uint32(32), uint64(1 << 63)},
		"Floats": []any{float32(0.1), 0.1, 1e21}, "Array": [2]string{"x", "y"}, "Strings": []string{"a", "b"},
		"ByKey": map[string]int{"b": 2, "a": 1}, "ByNumber": map[int]string{10: "ten", 9: "nine"},
		"ByBool": map[bool]int{true: 1, false: 0}, "Nil": nil, "NilSlice": []string(nil), "NilMap": map[string]int(nil),
		"Time": time.Date(2025, 8, 8, 14, 30, 26, 5, time.FixedZone("", 7200)), "Bytes": []byte("hi<"),
		"HTML": HTML("<b>"), "URL": htmltemplate.URL("javascript:x"), "JS": JS("{a: 1}"), "CSS": CSS("a: b"),
		"Attr": HTMLAttr(`title="t"`), "JSStr": JSStr(`a\nb`), "Srcset": Srcset("a 1x"),
		"Named": named("n<"), "Interface": fmt.Stringer(nil),
	}
	text := `{{.Struct.Name}} {{.Struct.Age}} {{.Struct.Score}} {{.Pointer.Name}} {{.PointerPointer}}
{{range .Ints}}{{.}} {{end}}{{range .Floats}}{{.}} {{end}}{{range .Array}}{{.}}{{end}} {{.Strings}} {{len .Array}}
{{.ByKey}} {{range $k, $v := .ByNumber}}{{$k}}{{$v}}{{end}} {{.ByBool}} {{index .ByNumber 9}} {{.ByKey.a}}
[{{.Nil}}] {{len .NilSlice}} {{range .NilMap}}{{else}}none{{end}} {{.NilSlice}} {{.NilMap}}
{{.Time}} {{.Time.Format "2006-01-02T15:04:05.000000000Z07:00"}} {{.Bytes}} {{printf "%s" .Bytes}}
{{.HTML}} <a href="{{.URL}}" {{.Attr}} style="{{.CSS}}">x</a><img srcset="{{.Srcset}}">
<script>var a = {{.JS}}, b = "{{.JSStr}}", c = {{.Bytes}}, d = {{.Time}};</script>{{.Named}} {{.Interface}} {{eq .Named "n<"}}`
	var want strings.Builder
	if err := htmltemplate.Must(htmltemplate.New("t").Parse(text)).Execute(&want, data); err != nil {
		t.Fatal(err)
	}
	if got := execute(t, parseText(t, text), data); got != want.String() {
		t.Errorf("got  %s\nwant %s", got, want.String())
	}
}

func TestNumbersKeepTheirTypes(t *testing.T) {
	numbers := []any{
		1, int8(-8), int16(-16), int32(-32), int64(-64), uint(1), uint8(8), uint16(16), uint32(32), uint64(64), uintptr(9),
		float32(0.1), 0.1, complex64(0.1 + 2i), 0.1 + 2i, time.March, time.Month(13), time.Sunday, 90 * time.Second,
	}
	const text = `{{range .}}{{.}} {{printf "%T %v %#v %d %x %s" . . . . . .}} <i title={{.}} onclick="f({{.}})">{{end}}<script>{{.}}</script>`
	// A complex number has no JSON form: the last script says why.
	var want strings.Builder
	if err := htmltemplate.Must(htmltemplate.New("t").Parse(text)).Execute(&want, numbers); err != nil {
		t.Fatal(err)
	}
	if got := execute(t, parseText(t, text), numbers); got != want.String() {
		t.Errorf("got  %s\nwant %s", got, want.String())
	}
	var back []any
	echo := FuncMap{"keep": func(n any) any { back = append(back, n); return n }}
	kept := execute(t, Must(New("t").Funcs(echo).Parse(`{{range .}}{{printf "%T " (keep .)}}{{end}}`)), numbers)
	if fmt.Sprintf("%#v", back) != fmt.Sprintf("%#v", numbers) {
		t.Errorf("got %#v", back)
	}
	types := ""
	for _, n := range numbers {
		types += fmt.Sprintf("%T ", n)
	}
	if kept != types {
		t.Errorf("got  %s\nwant %s", kept, types)
	}
}

type named string

type node struct{ Next *node }

func TestRefusedValues(t *testing.T) {
	cycle := &node{}
	cycle.Next = cycle
	recursive := map[string]any{}
	recursive["self"] = recursive
	for _, c := range []struct {
		data    any
		want    error
		message string
	}{
		{map[any]int{1.5: 1}, ErrInvalidData, "data: a map with keys of type float64"},
		{map[string]any{"A": []any{1, map[any]int{node{}: 1}}}, ErrInvalidData, `data["A"][1]: a map with keys of type livetemplate.node`},
		{cycle, ErrDepthExceeded, "nested deeper than 128"},
		{recursive, ErrDepthExceeded, "nested deeper than 128"},
	} {
		err := parseText(t, "{{.}}").Execute(&strings.Builder{}, c.data)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.message) {
			t.Errorf("%T: got %v, want %v with %q", c.data, err, c.want, c.message)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	_, err := New("page").Parse("<p>\n{{.A | nope}}")
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeTemplateParse || e.Template != "page" || e.Line != 2 ||
		e.Message != `template: page:2: function "nope" not defined` || !errors.Is(err, ErrTemplateParse) {
		t.Errorf("got %#v", err)
	}
	if errors.Is(err, ErrTemplateExec) {
		t.Error("a parse error is an execution error")
	}
	err = parseText(t, "a\n{{index .L 5}}").Execute(&strings.Builder{}, map[string]any{"L": []int{1}})
	if !errors.As(err, &e) || e.Code != CodeTemplateExec || e.Line != 2 || e.Column != 2 {
		t.Errorf("got %#v", err)
	}
	err = parseText(t, `<a href="{{.}}`).Execute(&strings.Builder{}, 1)
	if !errors.Is(err, ErrTemplateEscape) {
		t.Errorf("got %v", err)
	}
	err = parseText(t, "x").ExecuteTemplate(&strings.Builder{}, "gone", nil)
	if !errors.Is(err, ErrTemplateNotFound) {
		t.Errorf("got %v", err)
	}
	tmpl := parseText(t, "x")
	execute(t, tmpl, nil)
	if _, err := tmpl.Parse("y"); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("Parse after Execute: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown option did not panic")
		}
	}()
	New("t").Option("missingkey=never")
}

func TestLimits(t *testing.T) {
	source := `{{define "r"}}{{template "r"}}{{end}}{{range .}}{{.}}{{else}}{{template "r"}}{{end}}`
	tmpl := Must(New("t").Option("maxsteps=10", "maxcalldepth=5", "maxoutput=20").Parse(source))
	if got := execute(t, tmpl, []int{1, 2, 3}); got != "123" {
		t.Errorf("got %q", got)
	}
	for _, c := range []struct {
		data any
		want error
		text string
	}{
		{make([]int, 9), ErrStepsExceeded, "exceeded the limit of 10 execution steps"},
		{[]string{strings.Repeat("x", 21)}, ErrOutputExceeded, "exceeded the limit of 20 output bytes"},
		{nil, ErrTemplateExec, "exceeded maximum template depth (5)"},
	} {
		if err := tmpl.Execute(&strings.Builder{}, c.data); !errors.Is(err, c.want) || !strings.HasSuffix(err.Error(), c.text) {
			t.Errorf("got %v, want %s", err, c.text)
		}
	}
	for _, option := range []string{"maxsteps=", "maxsteps=-1", "maxcalldepth=4294967296", "maxnothing=1"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q did not panic", option)
				}
			}()
			New("t").Option(option)
		}()
	}
}

func TestTemplateSet(t *testing.T) {
	tmpl := Must(New("page").Parse(`{{template "row" .}}{{block "foot" .}}foot{{end}}`))
	Must(tmpl.New("row").Parse(`<b>{{.}}</b>`))
	if tmpl.Lookup("foot") == nil || tmpl.Lookup("gone") != nil || tmpl.Lookup("row").Name() != "row" {
		t.Error("Lookup")
	}
	var names []string
	for _, t := range tmpl.Templates() {
		names = append(names, t.Name())
	}
	if !slices.Equal(names, []string{"foot", "page", "row"}) || len(New("empty").Templates()) != 0 {
		t.Errorf("Templates: %q", names)
	}
	Must(tmpl.Parse(`{{define "foot"}}other{{end}}`)) // white space alone keeps the body
	if got := execute(t, tmpl, "x"); got != "<b>x</b>other" {
		t.Errorf("got %q", got)
	}
	if got := execute(t, tmpl.Lookup("row"), "y"); got != "<b>y</b>" {
		t.Errorf("got %q", got)
	}
	var e *Error
	err := tmpl.ExecuteTemplate(&strings.Builder{}, "gone", nil)
	if !errors.As(err, &e) || e.Code != CodeTemplateNotFound || e.Message != `html/template: "gone" is undefined` {
		t.Errorf("got %v", err)
	}
	adaptive := Must(New("t").Option("numbers=adaptive", "missingkey=zero").Delims("<<", ">>").Parse("<<gt .A 0>>"))
	if got := execute(t, adaptive, map[string]any{"A": 1.5}); got != "true" {
		t.Errorf("got %q", got)
	}
}

func TestParseFiles(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"a.html": `{{template "b.html" .}}!`, "b.html": `<i>{{.}}</i>`}
	memory := fstest.MapFS{}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		memory["sub/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	for how, parsed := range map[string]func() (*Template, error){
		"files": func() (*Template, error) {
			return ParseFiles(filepath.Join(dir, "a.html"), filepath.Join(dir, "b.html"))
		},
		"glob": func() (*Template, error) { return ParseGlob(filepath.Join(dir, "*.html")) },
		"fs":   func() (*Template, error) { return ParseFS(memory, "sub/*.html") },
		"method": func() (*Template, error) {
			return New("a.html").ParseFiles(filepath.Join(dir, "a.html"), filepath.Join(dir, "b.html"))
		},
	} {
		tmpl, err := parsed()
		if err != nil {
			t.Errorf("%s: %v", how, err)
		} else if got := execute(t, tmpl, "<"); got != "<i>&lt;</i>!" || tmpl.Name() != "a.html" {
			t.Errorf("%s: %s gave %q", how, tmpl.Name(), got)
		}
	}
	if _, err := ParseFiles(); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("no files: %v", err)
	}
	if _, err := ParseGlob(filepath.Join(dir, "*.txt")); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("no match: %v", err)
	}
	if _, err := ParseFiles(filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

func TestPage(t *testing.T) {
	app := newApplication(t, WithID("shop"), WithSigningKey(bytes.Repeat([]byte("k"), 32)))
	if app.ID() != "shop" {
		t.Errorf("id %q", app.ID())
	}
	page, err := app.NewPage(parseText(t, `<p>{{.Name}}</p><b>{{.Age}}</b>`), user{Name: "Ann", Age: 1})
	if err != nil {
		t.Fatal(err)
	}
	again, err := app.GetPage(page.Token())
	if err != nil || again.ID() != page.ID() || len(page.ID()) != 32 {
		t.Fatalf("%v: %v is not %v", err, again, page)
	}
	update, err := again.Update(user{Name: "<Ann>", Age: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(update.Payload(), []byte("lt;Ann")) || update.IsEmpty() {
		t.Errorf("payload %s", update.Payload())
	}
	if s := update.Stats(); s.Bytes != len(update.Payload()) || s.FullRenderBytes == 0 || s.SlotsEvaluated == 0 {
		t.Errorf("stats %+v", s)
	}
	reply, err := update.Reply("rename", FieldError{"name", "is <odd>"})
	var message struct {
		Tree map[string]any
		Meta struct {
			Success bool
			Action  string
			Errors  map[string]string
		}
	}
	if err != nil || json.Unmarshal(reply, &message) != nil || message.Meta.Success ||
		message.Meta.Action != "rename" || message.Meta.Errors["name"] != "is <odd>" || len(message.Tree) != 1 {
		t.Errorf("%v: reply %s", err, reply)
	}
	if tree, err := page.Tree("load"); err != nil || json.Unmarshal(tree, &message) != nil || !message.Meta.Success {
		t.Errorf("%v: tree %s", err, tree)
	}
	if err := page.SetData(map[string]any{"Name": "Set", "Age": 2}); err != nil {
		t.Fatal(err)
	}
	if data, err := page.Data(); err != nil || data.(map[string]any)["Name"] != "Set" {
		t.Errorf("%v: data %v", err, data)
	}
	update, err = page.Patch([]map[string]any{{"op": "replace", "path": "/Age", "value": 3}})
	if err != nil || !bytes.Contains(update.Payload(), []byte("Set")) || !bytes.Contains(update.Payload(), []byte("3")) {
		t.Errorf("%v: payload %s", err, update.Payload())
	}
	if update, err = page.Patch([]any{}); err != nil || !update.IsEmpty() || update.Payload() != nil && len(update.Payload()) > 0 {
		t.Errorf("%v: an empty patch gave %s", err, update.Payload())
	}
	if _, err := page.Patch(5); !errors.Is(err, ErrInvalidPatch) {
		t.Errorf("a number as patch: %v", err)
	}
	if _, err := page.UpdateJSON([]byte("{")); !errors.Is(err, ErrInvalidJson) {
		t.Errorf("broken JSON: %v", err)
	}
	if _, err := page.Update(map[any]int{1.5: 1}); !errors.Is(err, ErrInvalidData) {
		t.Errorf("a map with a float as key: %v", err)
	}
	page.Close()
	page.Close()
	if _, err := again.Render(); !errors.Is(err, ErrPageClosed) {
		t.Errorf("closed: %v", err)
	}
}

// The wire format is named when a page is made.
func TestWire(t *testing.T) {
	app, tmpl := newApplication(t), parseText(t, "{{.}}")
	made := func(page *Page, err error) *Page {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	for _, page := range []*Page{
		made(app.NewPage(tmpl, 1)),
		made(app.NewPage(tmpl, 1, WithWire("tree"))),
		made(app.NewPageContext(t.Context(), tmpl, 1, WithWire("tree"))),
		made(app.NewPageJSON(tmpl, []byte("1"), DataTime, WithWire("tree"), DataTrusted)),
	} {
		if again := made(app.GetPage(page.Token())); page.Wire() != "tree" || again.Wire() != "tree" {
			t.Errorf("a page has the format %q, found by its token %q", page.Wire(), again.Wire())
		}
	}
	turbo := made(app.NewPage(parseText(t, "<p>{{.}}</p>"), 1, WithWire("turbo")))
	message, err := turbo.Resync()
	if want := `<turbo-stream action="update"`; err != nil || !strings.HasPrefix(string(message), want) {
		t.Errorf("a resync is %q, %v", message, err)
	}
	update, err := turbo.Update(2)
	if want := `<turbo-stream action=`; err != nil || !strings.HasPrefix(string(update.Payload()), want) {
		t.Errorf("an update is %q, %v", update.Payload(), err)
	}
	turbo.Close()
	if _, err := turbo.Resync(); !errors.Is(err, ErrPageClosed) {
		t.Errorf("a resync of a closed page: %v", err)
	}
	for _, name := range []string{"", "Tree", "json", "\xff"} {
		_, err := app.NewPage(tmpl, 1, WithWire(name))
		_, jsonErr := app.NewPageJSON(tmpl, []byte("1"), WithWire(name))
		if !errors.Is(err, ErrInvalidArgument) || !errors.Is(jsonErr, ErrInvalidArgument) {
			t.Errorf("format %q: %v, %v", name, err, jsonErr)
		}
	}
	if app.PageCount() != 4 {
		t.Errorf("%d pages", app.PageCount())
	}
}

func TestApplicationErrors(t *testing.T) {
	key := bytes.Repeat([]byte("k"), 32)
	app, other := newApplication(t, WithSigningKey(key), WithMaxPages(1)), newApplication(t, WithSigningKey(key))
	tmpl := parseText(t, "x")
	page, err := app.NewPage(tmpl, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.NewPage(tmpl, nil); !errors.Is(err, ErrMaxPagesExceeded) || app.PageCount() != 1 {
		t.Errorf("one page too many: %v", err)
	}
	if _, err := other.GetPage(page.Token()); !errors.Is(err, ErrInvalidApplication) {
		t.Errorf("foreign token: %v", err)
	}
	if _, err := app.GetPage("x.y.z"); !errors.Is(err, ErrTokenMalformed) {
		t.Errorf("malformed token: %v", err)
	}
	if _, err := NewApplication(WithSigningKey([]byte("short"))); !errors.Is(err, ErrInvalidKey) {
		t.Errorf("short key: %v", err)
	}
	for _, wrong := range []any{nil, "x", (*Template)(nil), (*htmltemplate.Template)(nil)} {
		if _, err := other.NewPage(wrong, nil); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%T as template: %v", wrong, err)
		}
	}
	conditional := parseText(t, "{{if .}}<body>{{end}}x")
	if got := execute(t, conditional, true); got != "<body>x" {
		t.Errorf("a body tag in a condition rendered %q", got)
	}
	if _, err := other.NewPage(conditional, true); !errors.Is(err, ErrLiveRegion) {
		t.Errorf("a page with its body tag in a condition: %v", err)
	}
	short := newApplication(t, WithPageTTL(time.Millisecond), WithTokenTTL(time.Hour))
	if _, err := short.NewPage(tmpl, nil); err != nil {
		t.Fatal(err)
	}
	for removed := 0; removed == 0; {
		if removed, err = short.Cleanup(); err != nil {
			t.Fatal(err)
		}
	}
	app.Close()
	if _, err := app.NewPage(tmpl, nil); !errors.Is(err, ErrApplicationClosed) {
		t.Errorf("closed application: %v", err)
	}
}

// A page outlives every Go value that stands for it.
func TestDroppedHandles(t *testing.T) {
	app := newApplication(t)
	token := func() string {
		page, err := app.NewPage(parseText(t, "<p>{{.}}</p>"), "x")
		if err != nil {
			t.Fatal(err)
		}
		return page.Token()
	}()
	for range 3 {
		runtime.GC()
	}
	page, err := app.GetPage(token)
	if err != nil {
		t.Fatal(err)
	}
	if html, err := page.Render(); err != nil || !bytes.Contains(html, []byte("<p>x</p>")) {
		t.Errorf("%v: %s", err, html)
	}
}

func TestManyGoroutines(t *testing.T) {
	app := newApplication(t)
	tmpl := parseText(t, `<ul>{{range .}}<li id="{{.}}">{{.}}</li>{{end}}</ul>`)
	page, err := app.NewPage(tmpl, []int{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 50 {
				if _, err := page.Update([]int{g, i}); err != nil {
					t.Error(err)
				}
				if _, err := page.Render(); err != nil {
					t.Error(err)
				}
				if _, err := app.NewPage(tmpl, []int{i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if app.PageCount() != 401 {
		t.Errorf("%d pages", app.PageCount())
	}
}
