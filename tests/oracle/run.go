package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	texttemplate "text/template"
)

// expectations runs real html/template over all states of a case and gives its `want` and `error` sections.
func (v *vector) expectations() ([]section, error) {
	if v.html {
		return nil, nil
	}
	state, err := v.decode(v.data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	v.toFloats(state)
	first := v.render(0, state)
	sections := []section{first}
	if strings.HasPrefix(first.heading, "error") && len(v.steps) > 0 {
		return nil, fmt.Errorf("state 0 fails, so there is no page to patch: %s", first.content)
	}
	for i, step := range v.steps {
		next, err := v.decode(step.text)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", step.kind, step.title, err)
		}
		code := v.errors[i+1]
		if step.kind == "patch" {
			if next, err = applyPatch(state, next); err != nil {
				code = "InvalidPatch"
			}
		}
		if code != "" {
			// Our wording is nobody's expectation: the code alone is.
			sections = append(sections, section{fmt.Sprintf("error %d", i+1), []byte("code " + code)})
			continue
		}
		v.toFloats(next)
		s := v.render(i+1, next)
		if strings.HasPrefix(s.heading, "want") {
			state = next
		} else if step.kind == "set_data" {
			return nil, fmt.Errorf("set_data %q: what is set aside cannot be shown: %s", step.title, s.content)
		}
		sections = append(sections, s)
	}
	if n := len(v.steps); n > 0 && v.steps[n-1].kind == "set_data" {
		return nil, fmt.Errorf("no update after set_data %q", v.steps[n-1].title)
	}
	return sections, nil
}

// render executes a template set parsed for this state alone: html/template remembers an escaping error.
func (v *vector) render(n int, data any) section {
	set, err := v.parseWith(nil)
	s, _ := answer(n, set, err, data)
	return s
}

// answer is what a set that was parsed, or failed to, gives for the data, with Go's error.
func answer(n int, set *template.Template, err error, data any) (section, error) {
	if err != nil {
		return failure(n, "TemplateParse", err), err
	}
	var out bytes.Buffer
	// The copy's lists have no spare capacity: index and slice look at it, and data from elsewhere has none.
	if err := set.Execute(&out, clone(data)); err != nil {
		var exec texttemplate.ExecError
		if errors.As(err, &exec) {
			return failure(n, "TemplateExec", err), err
		}
		return failure(n, "TemplateEscape", err), err
	}
	return section{fmt.Sprintf("want %d", n), out.Bytes()}, nil
}

// parseWith parses the sources; the functions come in addition to the engine's.
func (v *vector) parseWith(functions template.FuncMap) (*template.Template, error) {
	entry := template.New(v.sources[0].name).Delims(v.left, v.right).Funcs(template.FuncMap{"default": defaultValue}).Funcs(functions)
	if v.functions {
		entry.Funcs(hostFunctions)
	}
	if v.missingKey != "" {
		entry.Option("missingkey=" + v.missingKey)
	}
	for _, s := range v.sources {
		text := string(s.text)
		for _, r := range v.replace {
			text = strings.ReplaceAll(text, r[0], r[1])
		}
		t := entry
		if s.name != entry.Name() {
			t = entry.New(s.name)
		}
		if _, err := t.Parse(text); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

// hostFunctions are those of the option `functions`.
var hostFunctions = template.FuncMap{
	// Its second argument, or an error.
	"check": func(ok, value any) (any, error) {
		if ok != true {
			return nil, errors.New("check failed")
		}
		return value, nil
	},
	"tick": func() any { return "tick" },
}

// defaultValue is the engine's predefined `default D V`: V when it is true in the sense of `if`, else D; D when there is
// no V.
func defaultValue(fallback reflect.Value, value ...reflect.Value) (reflect.Value, error) {
	switch len(value) {
	case 0:
		return fallback, nil
	case 1:
		v := value[0]
		for v.IsValid() && v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if !v.IsValid() {
			return fallback, nil
		}
		if truth, _ := template.IsTrue(v.Interface()); truth {
			return v, nil
		}
		return fallback, nil
	}
	return reflect.Value{}, fmt.Errorf("default: want 1 or 2 arguments, got %d", 1+len(value))
}

// place finds `NAME:LINE:COLUMN: ` or `NAME:LINE: ` behind the prefix of Go's texts.
var place = regexp.MustCompile(`^(?:html/)?template: ?(.*?):(\d+)(?::(\d+))?: `)

func failure(n int, code string, err error) section {
	var b strings.Builder
	fmt.Fprintf(&b, "code %s\n", code)
	at := place.FindStringSubmatch(err.Error())
	if e := (*template.Error)(nil); errors.As(err, &e) && e.Node == nil {
		// Such an error knows at most its line; a pattern would find numbers in the text.
		at = []string{"", e.Name, "", ""}
		if e.Line != 0 {
			at[2] = strconv.Itoa(e.Line)
		}
	}
	for i, field := range []string{"template", "line", "column"} {
		if at != nil && at[i+1] != "" {
			fmt.Fprintf(&b, "%s %s\n", field, at[i+1])
		}
	}
	// A message is text in every language: one U+FFFD for each byte that is not UTF-8.
	fmt.Fprintf(&b, "message %s", strings.ReplaceAll(string([]rune(err.Error())), "\n", `\n`))
	return section{fmt.Sprintf("error %d", n), []byte(b.String())}
}
