package livetemplate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const repository = "../.."

// vectorCase is one file of tests/vectors; tests/vectors/README.md describes them.
type vectorCase struct {
	name        string
	sources     []source
	data        []byte // JSON text, or the host's HTML when there are no sources
	steps       []step
	control     map[int][][]byte // control messages, by how many steps come before
	flags       DataFlags
	options     []string
	wires       []string // formats in which the case is walked once more
	left, right string
	want        map[int]expected
	details     map[int]string // of errors, by state
	functions   FuncMap

	dependencies []Dependency // nil when nothing is said of them
	analysis     *Analysis    // the same
}

// step is what leads to the next state.
type step struct {
	kind, title string
	text        []byte
}

// takeText takes the step by its JSON text, where there is such a call; setting data aside gives no update.
func (s *step) takeText(page *Page, flags DataFlags) (*Update, error) {
	switch s.kind {
	case "patch":
		return page.PatchJSON(s.text, flags)
	case "update":
		return page.UpdateJSON(s.text, flags)
	case "update_html":
		return page.UpdateHTML(s.text)
	}
	return s.takeValue(page, flags)
}

// takeValue takes the step by a Go value.
func (s *step) takeValue(page *Page, flags DataFlags) (*Update, error) {
	value, err := goData(s.text, flags)
	if err != nil {
		return nil, err
	}
	switch s.kind {
	case "patch":
		return page.Patch(value)
	case "update":
		return page.Update(value)
	}
	return nil, page.SetData(value)
}

// goData gives JSON text as Go values: what a page that was told it says it has.
func goData(text []byte, flags DataFlags) (any, error) {
	app, err := NewApplication()
	if err != nil {
		return nil, err
	}
	defer app.Close()
	page, err := app.NewPageJSON(Must(New("").Parse("")), text, flags)
	if err != nil {
		return nil, err
	}
	return page.Data()
}

// vectorFunctions are those of the option "functions".
var vectorFunctions = FuncMap{
	"check": func(ok, value any) (any, error) {
		if ok != true {
			return nil, errors.New("check failed")
		}
		return value, nil
	},
	"tick": func() any { return "tick" },
}

type expected struct {
	html   []byte
	failed bool
	fields map[string]string // of an error
}

func readCase(t *testing.T, path string) *vectorCase {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	area := filepath.Base(filepath.Dir(path))
	c := &vectorCase{
		name:    area + "-" + strings.TrimSuffix(filepath.Base(path), ".txtar"),
		flags:   DataTime,
		options: []string{"numbers=adaptive"},
		control: map[int][][]byte{},
		want:    map[int]expected{},
		details: map[int]string{},
	}
	var heading string
	var content []byte
	end := func() {
		if heading != "" {
			c.section(t, filepath.Dir(path), heading, bytes.TrimSuffix(content, []byte("\n")))
		}
	}
	for line := range bytes.Lines(file) {
		text := strings.TrimSuffix(string(line), "\n")
		if len(text) > 6 && strings.HasPrefix(text, "-- ") && strings.HasSuffix(text, " --") {
			end()
			heading, content = text[3:len(text)-3], nil
			continue
		}
		content = append(content, line...)
	}
	end()
	return c
}

func (c *vectorCase) section(t *testing.T, dir, heading string, content []byte) {
	t.Helper()
	heading, external, ok := strings.Cut(heading, " < ")
	if ok {
		var err error
		if content, err = os.ReadFile(filepath.Join(dir, external)); err != nil {
			t.Fatal(err)
		}
	}
	kind, rest, _ := strings.Cut(heading, " ")
	switch kind {
	case "options":
		for line := range strings.Lines(string(content)) {
			c.option(t, strings.TrimSuffix(line, "\n"))
		}
	case "template":
		c.sources = append(c.sources, source{rest, string(content)})
	case "data", "html":
		c.data = content
	case "patch", "update", "set_data", "update_html":
		c.steps = append(c.steps, step{kind, rest, content})
	case "receive":
		c.control[len(c.steps)] = append(c.control[len(c.steps)], content)
	case "analysis":
		c.analysis = new(Analysis)
		if err := json.Unmarshal(content, c.analysis); err != nil {
			t.Fatal(err)
		}
	case "dependencies":
		c.dependencies = []Dependency{}
		for line := range bytes.Lines(content) {
			var dependency Dependency
			if err := json.Unmarshal(line, &dependency); err != nil {
				t.Fatal(err)
			}
			c.dependencies = append(c.dependencies, dependency)
		}
	case "details", "want", "error":
		n, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "details" {
			c.details[n] = string(content)
			return
		}
		e := expected{html: content, failed: kind == "error", fields: map[string]string{}}
		if e.failed {
			for line := range strings.Lines(string(content)) {
				field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
				e.fields[field] = value
			}
		}
		c.want[n] = e
	default:
		t.Fatalf("unknown heading %q", heading)
	}
}

func (c *vectorCase) option(t *testing.T, line string) {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "times":
		c.flags |= DataTime
	case "no-times":
		c.flags &^= DataTime
	case "trusted":
		c.flags |= DataTrusted
	case "numbers", "missingkey":
		c.options = append(c.options, word+"="+rest)
	case "delims":
		c.left, c.right, _ = strings.Cut(rest, " ")
	case "max-steps", "max-output":
		c.options = append(c.options, strings.ReplaceAll(word, "-", "")+"="+rest)
	case "wire":
		c.wires = strings.Fields(rest)
	case "functions":
		c.functions = vectorFunctions
	case "go-replace", "go-float", "go-error", "": // the oracle's own
	default:
		t.Fatalf("unknown option %q", line)
	}
}

// template makes the case's template from its sources.
func (c *vectorCase) template() (*Template, error) {
	entry := New(c.sources[0].name).Delims(c.left, c.right).Option(c.options...).Funcs(c.functions)
	for _, s := range c.sources {
		t := entry
		if s.name != entry.Name() {
			t = entry.New(s.name)
		}
		if _, err := t.Parse(s.text); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

// htmlTemplate makes the same by html/template, not executed; an error there is Go's own affair.
func (c *vectorCase) htmlTemplate() (*htmltemplate.Template, error) {
	predefinedHere := htmltemplate.FuncMap{"default": func(fallback any, value ...any) (any, error) {
		if len(value) > 1 {
			return nil, fmt.Errorf("default: want 1 or 2 arguments, got %d", 1+len(value))
		}
		if len(value) == 1 {
			if is, _ := htmltemplate.IsTrue(value[0]); is {
				return value[0], nil
			}
		}
		return fallback, nil
	}}
	entry := htmltemplate.New(c.sources[0].name).Delims(c.left, c.right).Funcs(predefinedHere).Funcs(c.functions)
	for _, option := range c.options {
		if strings.HasPrefix(option, "missingkey=") {
			entry.Option(option)
		}
	}
	for _, s := range c.sources {
		t := entry
		if s.name != entry.Name() {
			t = entry.New(s.name)
		}
		if _, err := t.Parse(s.text); err != nil {
			return nil, err
		}
	}
	return entry, nil
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository, "tests/vectors/*/*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	transcripts := filepath.Join(repository, "target/transcripts/go")
	if err := os.MkdirAll(transcripts, 0o755); err != nil {
		t.Fatal(err)
	}
	passed, failed := 0, 0
	for _, file := range files {
		c := readCase(t, file)
		ok := t.Run(c.name, func(t *testing.T) {
			// Writes the transcript of the page in tree, and those in the other formats.
			write := func(transcript []byte, tmpl *Template) {
				t.Helper()
				written := map[string][]byte{c.name: transcript}
				for _, wire := range c.wires {
					written[c.name+"."+wire] = c.walk(t, tmpl, wire)
				}
				for name, transcript := range written {
					if err := os.WriteFile(filepath.Join(transcripts, name+".bin"), transcript, 0o644); err != nil {
						t.Error(err)
					}
				}
			}
			if len(c.sources) == 0 {
				write(c.runHTML(t), nil)
				return
			}
			tmpl, err := c.template()
			if err != nil {
				c.checkError(t, 0, err)
			} else if transcript := c.run(t, tmpl); transcript != nil {
				write(transcript, tmpl)
			}
			// The same, written for html/template and handed in unexecuted.
			if source, err := c.htmlTemplate(); err == nil {
				converted, err := FromHTML(source)
				if err != nil {
					t.Fatal("html/template:", err)
				}
				for _, option := range c.options {
					if !strings.HasPrefix(option, "missingkey=") {
						converted.Option(option)
					}
				}
				// Without the source there is the message alone.
				for state := range c.details {
					c.details[state] = c.want[state].fields["message"]
				}
				c.run(t, converted)
			}
		})
		if ok {
			passed++
		} else {
			failed++
		}
	}
	fmt.Printf("vectors: %d passed, %d failed (go)\n", passed, failed)
}

// run renders state 0, walks a page through all states and gives the transcript; nil when there is no page.
func (c *vectorCase) run(t *testing.T, tmpl *Template) []byte {
	t.Helper()
	var html bytes.Buffer
	if err := tmpl.ExecuteJSON(&html, c.data, c.flags); err != nil {
		c.checkError(t, 0, err)
		app := newApplication(t)
		_, err := app.NewPageJSON(tmpl, c.data, c.flags)
		c.checkError(t, 0, err)
		return nil
	}
	c.checkHTML(t, "render", 0, html.Bytes())
	if c.dependencies != nil {
		got, err := tmpl.Dependencies()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.dependencies) || len(got) > 0 && !reflect.DeepEqual(got, c.dependencies) {
			t.Fatalf("dependencies:\n want %v\n got  %v", c.dependencies, got)
		}
	}

	app := newApplication(t)
	page, err := app.NewPageJSON(tmpl, c.data, c.flags)
	if err != nil {
		t.Fatal(err)
	}
	if c.analysis != nil {
		for what, analyze := range map[string]func() (*Analysis, error){"template": tmpl.Analysis, "page": page.Analysis} {
			if got, err := analyze(); err != nil || !reflect.DeepEqual(got, c.analysis) {
				t.Fatalf("analysis of the %s, %v:\n want %v\n got  %v", what, err, c.analysis, got)
			}
		}
	}
	for _, messages := range c.control {
		for _, message := range messages {
			if _, err := page.Receive(message); !errors.Is(err, ErrInvalidArgument) {
				t.Fatalf("%s is taken: %v", message, err)
			}
		}
	}
	var r transcript
	tree, err := page.Tree("")
	if err != nil {
		t.Fatal(err)
	}
	r.record("tree", tree)
	r.record("html", c.checkPage(t, tmpl, page, 0))

	// The same journey once more, by Go values.
	data, err := goData(c.data, c.flags)
	if err != nil {
		t.Fatal(err)
	}
	other, err := app.NewPage(tmpl, data)
	if err != nil {
		t.Fatal(err)
	}

	state := 0
	for i, step := range c.steps {
		update, err := step.takeText(page, c.flags)
		same, sameErr := step.takeValue(other, c.flags)
		if text, value := told(update, err), told(same, sameErr); text != value {
			t.Fatalf("%s %q:\n by text  %s\n by value %s", step.kind, step.title, text, value)
		}
		if err != nil {
			c.checkError(t, i+1, err)
		} else {
			state = i + 1
		}
		html := c.checkPage(t, tmpl, page, state)
		c.checkPage(t, tmpl, other, state)
		if update != nil {
			checkMessages(t, update)
			r.record("update", update.Payload())
			r.record("stats", []byte(figures(update.Stats())))
			r.record("html", html)
		}
		if update != nil && step.kind == "update" {
			again, err := step.takeText(page, c.flags)
			nothing(t, "the same update again", again, err)
		}
	}
	update, err := page.PatchJSON([]byte("[]"))
	nothing(t, "an empty patch", update, err)
	if data, err = page.Data(); err != nil {
		t.Fatal(err)
	}
	update, err = page.Update(data)
	nothing(t, "the same data", update, err)
	return r.Bytes()
}

// told is what a step gave, or its error, as text to compare.
func told(update *Update, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case update == nil:
		return ""
	}
	return string(update.Payload()) + "\n" + figures(update.Stats())
}

// figures of an update as a transcript has them.
func figures(s Stats) string {
	text := fmt.Sprintf("bytes %d\nfull_render_bytes %d\nreduction %d\nslots_evaluated %d\noutside %d",
		s.Bytes, s.FullRenderBytes, int(s.Reduction*1e6), s.SlotsEvaluated, s.Outside)
	order := []string{"cost", "lost", "volatile", "assigned", "ends", "objects", "unsupported", "values", "all_values", "replaced"}
	for _, reason := range slices.SortedFunc(maps.Keys(s.Reasons), func(a, b string) int {
		return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
	}) {
		text += fmt.Sprintf("\n%s %d", reason, s.Reasons[reason])
	}
	if s.Strategy != "" {
		text += "\nstrategy " + string(s.Strategy)
	}
	return text
}

// nothing sees that what was given once more has nothing to send.
func nothing(t *testing.T, what string, update *Update, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !update.IsEmpty() {
		t.Fatalf("%s sent %s", what, update.Payload())
	}
}

// checkPage compares what the page renders, and what its data render, and gives the former.
func (c *vectorCase) checkPage(t *testing.T, tmpl *Template, page *Page, state int) []byte {
	t.Helper()
	html, err := page.Render()
	if err != nil {
		t.Fatalf("state %d: %v", state, err)
	}
	c.checkHTML(t, "page", state, withoutWrapper(page.ID(), html, c.want[state].html))
	data, err := page.Data()
	if err != nil {
		t.Fatalf("state %d: data: %v", state, err)
	}
	var again bytes.Buffer
	if err := tmpl.Execute(&again, data); err != nil {
		t.Fatalf("state %d: the page's data: %v", state, err)
	}
	c.checkHTML(t, "the page's data", state, again.Bytes())
	return html
}

// withoutWrapper takes the element around the live region away. Where several end tags could be its own, the one is meant
// that makes the page what it must be.
func withoutWrapper(id string, html, want []byte) []byte {
	before, rest, ok := bytes.Cut(html, []byte(`<div data-lvt-id="`+id+`">`))
	if !ok {
		return html
	}
	closing := []byte("</div>")
	for end := bytes.LastIndex(rest, closing); end >= 0; end = bytes.LastIndex(rest[:end], closing) {
		bare := bytes.Join([][]byte{before, rest[:end], rest[end+len(closing):]}, nil)
		if bytes.Equal(bare, want) {
			return bare
		}
	}
	return html
}

func (c *vectorCase) checkHTML(t *testing.T, what string, state int, html []byte) {
	t.Helper()
	want, ok := c.want[state]
	switch {
	case !ok || want.failed:
		t.Fatalf("%s, state %d: rendered, want the error %s", what, state, want.html)
	case !bytes.Equal(html, want.html):
		same := 0
		for same < min(len(html), len(want.html)) && html[same] == want.html[same] {
			same++
		}
		around := func(b []byte) []byte { return b[max(0, same-40):min(len(b), same+80)] }
		t.Fatalf("%s, state %d differs at byte %d:\n want …%q\n got  …%q", what, state, same, around(want.html), around(html))
	}
}

func (c *vectorCase) checkError(t *testing.T, state int, err error) {
	t.Helper()
	want, ok := c.want[state]
	if !ok || !want.failed {
		t.Fatalf("state %d: %v", state, err)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("state %d: %v (%T), want %v", state, err, err, want.fields)
	}
	got := map[string]string{
		"code": e.Code.String(), "message": e.Message, "template": e.Template,
		"line": strconv.Itoa(e.Line), "column": strconv.Itoa(e.Column),
	}
	for field := range got {
		if _, compared := want.fields[field]; !compared {
			delete(got, field)
		}
	}
	if !reflect.DeepEqual(got, want.fields) {
		t.Fatalf("state %d:\n want %v\n got  %v", state, want.fields, got)
	}
	if details, ok := c.details[state]; ok && e.Details() != details {
		t.Fatalf("state %d: details\n want %s\n got  %s", state, details, e.Details())
	}
}

func newApplication(t *testing.T, options ...Option) *Application {
	t.Helper()
	app, err := NewApplication(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return app
}
