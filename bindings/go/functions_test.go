package livetemplate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// outcome is what executing a template gave.
type outcome struct{ html, failure string }

func outcomeOf(execute func(*strings.Builder) error) (o outcome) {
	var out strings.Builder
	if err := execute(&out); err != nil {
		return outcome{failure: err.Error()}
	}
	return outcome{html: out.String()}
}

func goOutcome(source string, functions FuncMap, data any, options ...string) outcome {
	return outcomeOf(func(out *strings.Builder) error {
		tmpl, err := htmltemplate.New("t").Funcs(functions).Option(options...).Parse(source)
		if err != nil {
			return err
		}
		return tmpl.Execute(out, data)
	})
}

func ourOutcome(source string, functions FuncMap, data any, options ...string) outcome {
	return outcomeOf(func(out *strings.Builder) error {
		tmpl, err := New("t").Funcs(functions).Option(options...).Parse(source)
		if err != nil {
			return err
		}
		return tmpl.Execute(out, data)
	})
}

// sameAsGo compares what html/template and we make of a template.
func sameAsGo(t *testing.T, source string, functions FuncMap, data any, options ...string) {
	t.Helper()
	want, got := goOutcome(source, functions, data, options...), ourOutcome(source, functions, data, options...)
	if got != want {
		t.Errorf("%s\n go   %q%s\n ours %q%s", source, want.html, want.failure, got.html, got.failure)
	}
	if strings.Contains(source, "anything") || strings.Contains(source, "nilany") {
		return // without the function's type, its result is taken to have one of its own; that shows in error texts
	}
	got = convertedOutcome(source, functions, data, options...)
	if got != want {
		t.Errorf("%s\n go        %q%s\n converted %q%s", source, want.html, want.failure, got.html, got.failure)
	}
}

// convertedOutcome is that of a template written for html/template.
func convertedOutcome(source string, functions FuncMap, data any, options ...string) outcome {
	return outcomeOf(func(out *strings.Builder) error {
		tmpl, err := htmltemplate.New("t").Funcs(functions).Option(options...).Parse(source)
		if err != nil {
			return err
		}
		converted, err := FromHTML(tmpl)
		if err != nil {
			return err
		}
		return converted.Execute(out, data)
	})
}

// plainFunctions are those of tests/functions/main.go.
var plainFunctions = FuncMap{
	"echo":    func(a any) any { return a },
	"pair":    func(a, b any) any { return []any{a, b} },
	"count":   func(a any, more ...any) any { return 1 + len(more) },
	"zero":    func() any { return "z" },
	"nothing": func(...any) any { return nil },
	"trust":   func(text any) any { return HTML(text.(string)) },
	"record":  func() any { return map[string]any{"a": 1, "n": nil} },
	"fail":    func(...any) (any, error) { return nil, errors.New("no <luck>") },
	"mark":    mark,
}

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

func functionSet(name string) FuncMap {
	functions := FuncMap{}
	for name, function := range plainFunctions {
		functions[name] = function
	}
	results := map[string]any{
		"html-null":  func(...any) any { return nil },
		"html-float": func(...any) any { return 1.5 },
		"html-list":  func(...any) any { return []any{nil, "<"} },
		"html-trust": func(...any) any { return HTML("<h>") },
		"html-fail":  func(...any) (any, error) { return nil, errors.New("no <luck>") },
		"html-zero":  func() any { return "z" },
	}
	switch name {
	case "plain":
	case "own":
		for _, name := range strings.Fields("html urlquery js and or not print len index eq call default break continue") {
			functions[name] = mark
		}
	default:
		functions["html"], functions["urlquery"] = results[name], results[name]
	}
	return functions
}

func TestFunctionTable(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(repository, "tests/functions/table.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"X": "<x>", "N": nil, "I": 3, "F": 1.5, "L": []any{1, "<"}, "M": map[string]any{"k": "v"}}
	lines := 0
	for line := range bytes.Lines(table) {
		var c struct{ Set, Source, Output, Error string }
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		got := ourOutcome(c.Source, functionSet(c.Set), data)
		if want := (outcome{c.Output, c.Error}); got != want {
			t.Errorf("%s: %s\n go   %+v\n ours %+v", c.Set, c.Source, want, got)
		}
		lines++
	}
	if lines < 170 {
		t.Errorf("%d lines", lines)
	}
}

type (
	word  string
	count int
	flag  bool
)

// typedFunctions have a parameter or a result of each kind of type.
var typedFunctions = FuncMap{
	"int":      func(a int) string { return fmt.Sprintf("%T %v", a, a) },
	"int8":     func(a int8) string { return fmt.Sprintf("%T %v", a, a) },
	"uint":     func(a uint) string { return fmt.Sprintf("%T %v", a, a) },
	"uint8":    func(a uint8) string { return fmt.Sprintf("%T %v", a, a) },
	"float":    func(a float64) string { return fmt.Sprintf("%T %v", a, a) },
	"float32":  func(a float32) string { return fmt.Sprintf("%T %v", a, a) },
	"complex":  func(a complex128) string { return fmt.Sprintf("%T %v", a, a) },
	"bool":     func(a bool) string { return fmt.Sprintf("%T %v", a, a) },
	"string":   func(a string) string { return fmt.Sprintf("%T %v", a, a) },
	"bytes":    func(a []byte) string { return fmt.Sprintf("%T %v", a, a) },
	"word":     func(a word) string { return fmt.Sprintf("%T %v", a, a) },
	"number":   func(a count) string { return fmt.Sprintf("%T %v", a, a) },
	"flag":     func(a flag) string { return fmt.Sprintf("%T %v", a, a) },
	"markup":   func(a HTML) string { return fmt.Sprintf("%T %v", a, a) },
	"any":      func(a any) string { return fmt.Sprintf("%T %v", a, a) },
	"value":    func(a reflect.Value) string { return fmt.Sprint(a.Kind()) },
	"error":    func(a error) string { return fmt.Sprintf("%T %v", a, a) },
	"stringer": func(a fmt.Stringer) string { return fmt.Sprintf("%T", a) },
	"pointer":  func(a *int) string { return fmt.Sprintf("%T %v", a, a == nil) },
	"list":     func(a []any) string { return fmt.Sprintf("%T %v", a, a) },
	"object":   func(a map[string]any) string { return fmt.Sprintf("%T %v", a, a) },
	"function": func(a func()) string { return fmt.Sprintf("%T %v", a, a == nil) },
	"time":     func(a time.Time) string { return a.Format(time.RFC3339) },
	"pointed":  func(a *time.Time) string { return fmt.Sprintf("%T %v", a, a == nil) },
	"struct":   func(a struct{ A int }) string { return fmt.Sprint(a) },
	"many":     func(a int, b string, more ...float64) string { return fmt.Sprint(a, b, more) },
	"two":      func(a int, b string) string { return fmt.Sprint(a, b) },
	"none":     func() string { return "none" },
	"sum": func(numbers ...int) int {
		sum := 0
		for _, n := range numbers {
			sum += n
		}
		return sum
	},
	"panics":   func(a any) string { panic(a) },
	"fails":    func(a error) (string, error) { return "lost", fmt.Errorf("%v", a) },
	"works":    func() (int, error) { return 7, nil },
	"wrapped":  func() reflect.Value { return reflect.ValueOf("in a value") },
	"anything": func() any { return "any" },
	"nilany":   func() any { return nil },
	"concat":   func(a ...string) string { return strings.Join(a, "") },
}

var typedData = map[string]any{
	"I": 3, "F": 1.5, "S": "s", "B": true, "N": nil, "L": []any{1, "x"}, "M": map[string]any{"k": "v"},
	"T": time.Date(2025, 8, 8, 14, 30, 26, 5, time.UTC), "H": HTML("<b>"), "Y": []byte("y"),
}

var typedArguments = []string{
	"1", "-1", "1.5", "1e3", "'a'", `"s"`, "`r`", "true", "nil", "1i", "18446744073709551615", "0x10", "0x1p4", "1_000", "300", ".I",
	".F", ".S", ".B", ".N", ".Gone", ".Gone.Deep", ".L", ".M", ".T", ".H", ".Y", ".", "$", "(1)", "(nil)", `("s")`, "(.S)", "(.N)", "(.Gone)", "none",
	"anything", "nilany", "(nilany)", "(index .L 1)", "(index .L 9)", ".M.k", ".S.Deep", "(works)", "wrapped", "(len .S)", "(print 1)",
	"(none 1)", "fails", `(panics "deep")`, "$x", "(.I | int)",
}

// Every kind of parameter with every kind of argument: what is called and what is refused, and in which words.
func TestTypedFunctions(t *testing.T) {
	for name := range typedFunctions {
		for _, argument := range typedArguments {
			for _, source := range []string{
				"{{$x := .I}}{{" + name + " " + argument + "}}", "{{$x := .I}}{{" + argument + " | " + name + "}}",
			} {
				sameAsGo(t, source, typedFunctions, typedData)
			}
		}
		sameAsGo(t, "{{"+name+"}}", typedFunctions, typedData)
		sameAsGo(t, "{{"+name+".X}}{{("+name+").X}}", typedFunctions, typedData)
	}
}

// What is wrong with the first of several arguments comes first, whatever the others are.
func TestArgumentsInOrder(t *testing.T) {
	for _, name := range []string{"two", "many"} {
		for _, first := range typedArguments {
			for _, second := range typedArguments {
				sameAsGo(t, "{{$x := .I}}<p title='{{"+name+" "+first+" "+second+"}}'>", typedFunctions, typedData)
			}
		}
		for _, last := range typedArguments {
			sameAsGo(t, "{{$x := .I}}\n{{"+last+" | "+name+" 1}}", typedFunctions, typedData)
			sameAsGo(t, "{{$x := .I}}\n{{"+last+" | "+name+" 1 (print .S) 2.5}}", typedFunctions, typedData)
		}
	}
}

func TestFunctionsThatAreNone(t *testing.T) {
	panicked := func(register func()) (message string) {
		defer func() { message = fmt.Sprint(recover()) }()
		register()
		return
	}
	for _, functions := range []FuncMap{
		{"a-b": mark}, {"": mark}, {"1a": mark}, {"a": 1}, {"a": nil}, {"a": func() {}}, {"a": func() (int, int) { return 1, 2 }},
		{"a": func() (int, error, int) { return 1, nil, 2 }}, {"é_1": mark},
	} {
		want := panicked(func() { htmltemplate.New("t").Funcs(functions) })
		if got := panicked(func() { New("t").Funcs(functions) }); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestFunctionErrors(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	functions := FuncMap{
		"open":    func() (string, error) { return "", missing },
		"panicky": func() string { panic(missing) },
	}
	for _, source := range []string{"<p>\n{{open}}", "<p>\n{{panicky}}"} {
		tmpl := Must(New("page").Funcs(functions).Parse(source))
		err := tmpl.Execute(&strings.Builder{}, nil)
		var path *fs.PathError
		var e *Error
		if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) || path != missing || !errors.Is(err, ErrTemplateExec) ||
			!errors.As(err, &e) || e.Line != 2 || e.Template != "page" {
			t.Errorf("got %#v", err)
		}
		_, err = newApplication(t).NewPage(tmpl, nil)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a page: %v", err)
		}
	}
}

// Functions may come after Parse in the place of others, and are known before only by their names.
func TestFuncsInOrder(t *testing.T) {
	tmpl := New("t").Funcs(FuncMap{"f": func() int { return 1 }})
	if _, err := tmpl.Parse("{{g}}"); !errors.Is(err, ErrTemplateParse) {
		t.Errorf("got %v", err)
	}
	Must(tmpl.Parse("{{f}}"))
	if got := execute(t, tmpl.Funcs(FuncMap{"f": func() int { return 2 }}), nil); got != "2" {
		t.Errorf("got %s", got)
	}
}

// A function whose result may differ is called again by every update, whatever has changed.
func TestVolatile(t *testing.T) {
	var calls atomic.Int32
	called := func(...any) int32 { return calls.Add(1) }
	for source, function := range map[string]any{"{{f}}": called, "{{f .A}}": Volatile(called), "{{f .B}}": Pure(called)} {
		calls.Store(0)
		tmpl := Must(New("t").Funcs(FuncMap{"f": function}).Parse("<p>" + source + "</p><i>{{.B}}</i>"))
		page, err := newApplication(t).NewPage(tmpl, map[string]int{"A": 1, "B": 1})
		if err != nil {
			t.Fatal(err)
		}
		before := calls.Load()
		if _, err := page.Patch([]map[string]any{{"op": "replace", "path": "/B", "value": 2}}); err != nil {
			t.Fatal(err)
		}
		if calls.Load() == before {
			t.Errorf("%s was not called again", source)
		}
	}
}

// What a function holds goes with the template and the page that use it.
func TestFunctionsAreFreed(t *testing.T) {
	freed := make(chan bool)
	func() {
		held := new([1 << 10]byte)
		runtime.AddCleanup(held, func(bool) { close(freed) }, true)
		tmpl := Must(New("t").Funcs(FuncMap{"f": func() int { return len(held) }}).Parse("{{f}}"))
		app := newApplication(t)
		if _, err := app.NewPage(tmpl, nil); err != nil {
			t.Fatal(err)
		}
		app.Close()
	}()
	for deadline := time.Now().Add(20 * time.Second); ; {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(10 * time.Millisecond):
			if time.Now().After(deadline) {
				t.Fatal("the function is still there")
			}
		}
	}
}

func TestFunctionsThatComeBack(t *testing.T) {
	app := newApplication(t)
	var page *Page
	var refusals [4]error
	functions := FuncMap{"back": Volatile(func(n int) (string, error) {
		if page == nil {
			return "new", nil
		}
		_, refusals[0] = page.Update(1)
		_, refusals[1] = page.Patch([]any{})
		refusals[2] = page.SetData(1)
		_, refusals[3] = page.UpdateJSON([]byte("1"))
		if _, err := page.Tree(""); err != nil {
			return "", err
		}
		html, err := page.Render()
		return string(html[bytes.Index(html, []byte("<p>")):]), err
	})}
	made, err := app.NewPage(Must(New("t").Funcs(functions).Parse("<p>{{back .}}</p>")), 1)
	if err != nil {
		t.Fatal(err)
	}
	page = made
	update, err := page.Update(2)
	if err != nil || !bytes.Contains(update.Payload(), []byte("lt;p")) {
		t.Fatalf("%v: %s", err, update.Payload())
	}
	for i, err := range refusals {
		if !errors.Is(err, ErrReentrant) {
			t.Errorf("%d: %v", i, err)
		}
	}
}
