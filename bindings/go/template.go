package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// Template is a named template of a set, like html/template's: it is made by [New], filled by Parse and its kin, and
// fixed by the first execution or page.
//
// Numbers follow Go's rules exactly (an int and a float do not compare). [Template.Option] with "numbers=adaptive"
// relaxes that for data that came from JSON.
type Template struct {
	name string
	set  *templateSet
}

// templateSet is what associated templates share.
type templateSet struct {
	mu          sync.Mutex
	sources     []source
	left, right string
	upon        bool
	numbers     C.int32_t
	missingKey  C.int32_t
	limits      limits
	functions   map[string]hostFunction
	whole       *builtTemplate            // any entry of the built set; nil until it is needed and after a change
	built       map[string]*builtTemplate // by entry, all of the same built set
	executed    bool
	original    func(place) (place, bool) // set when the sources were printed from parse trees
}

type source struct{ name, text string }

// limits of one execution; nil is the engine's own.
type limits struct {
	steps, output, source, nesting, json *uint64
	callDepth                            *uint32
}

// builtTemplate owns a handle of the engine.
type builtTemplate struct{ handle *C.lvt_template }

// New makes an empty template of that name, in a set of its own.
func New(name string) *Template {
	return &Template{name, &templateSet{
		numbers:    C.LVT_NUMBERS_STRICT,
		missingKey: C.LVT_MISSING_KEY_DEFAULT,
		functions:  map[string]hostFunction{},
		built:      map[string]*builtTemplate{},
	}}
}

// Must panics when err is not nil; it wraps calls that give a template and an error.
func Must(t *Template, err error) *Template {
	if err != nil {
		panic(err)
	}
	return t
}

// New makes an empty template of that name in the set of t.
func (t *Template) New(name string) *Template { return &Template{name, t.set} }

// Name gives the template's name.
func (t *Template) Name() string { return t.name }

// Delims sets the action delimiters of the set; an empty one is the default, {{ or }}. It must come before Parse.
func (t *Template) Delims(left, right string) *Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	t.set.left, t.set.right = left, right
	return t
}

// Upon says that the sources of the set are in the syntax of the Rust crate upon (https://docs.rs/upon) in place of html/template's.
// Every value is escaped for HTML text and quoted attributes, and for no other place: write none into a script, a style, an unquoted
// attribute or the start of a URL. Such a template is rendered as a whole, and its pages are compared by their HTML. It has no
// delimiters and functions of its own. Upon must come before Parse.
func (t *Template) Upon() *Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	t.set.upon = true
	return t
}

// Option sets options of the set: "missingkey=default" (or "invalid"), "missingkey=zero", "missingkey=error" as in
// html/template, and "numbers=strict" or "numbers=adaptive". An unknown one panics, as there.
//
// Limits of one execution are options too. "maxsteps=N": actions and iterations, 10^9 by default, beyond which it fails with
// [ErrStepsExceeded]; "maxcalldepth=N": how deeply templates call each other, 100,000 by default as in html/template, beyond
// which it fails with [ErrTemplateExec]; "maxoutput=N": bytes written and made by functions, 256 MiB by default, beyond which it
// fails with [ErrOutputExceeded]. So are those of the set itself: "maxsource=N": bytes of all sources, 64 MiB by default, and
// "maxjson=N": bytes of a JSON text that a template or its pages are given, 64 MiB by default; both fail with [ErrSizeExceeded].
// "maxnesting=N": how deeply control structures nest in a source, 200,000 by default; it fails with [ErrDepthExceeded].
func (t *Template) Option(options ...string) *Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	for _, option := range options {
		switch option {
		case "missingkey=default", "missingkey=invalid":
			t.set.missingKey = C.LVT_MISSING_KEY_DEFAULT
		case "missingkey=zero":
			t.set.missingKey = C.LVT_MISSING_KEY_ZERO
		case "missingkey=error":
			t.set.missingKey = C.LVT_MISSING_KEY_ERROR
		case "numbers=strict":
			t.set.numbers = C.LVT_NUMBERS_STRICT
		case "numbers=adaptive":
			t.set.numbers = C.LVT_NUMBERS_ADAPTIVE
		default:
			if !t.set.limits.set(option) {
				panic("unrecognized option: " + option)
			}
		}
	}
	t.set.changed()
	return t
}

// set takes a limit from an option; false when the option is none.
func (l *limits) set(option string) bool {
	name, number, _ := strings.Cut(option, "=")
	bits := 64
	if name == "maxcalldepth" {
		bits = 32
	}
	n, err := strconv.ParseUint(number, 10, bits)
	if err != nil {
		return false
	}
	switch name {
	case "maxsteps":
		l.steps = &n
	case "maxoutput":
		l.output = &n
	case "maxsource":
		l.source = &n
	case "maxnesting":
		l.nesting = &n
	case "maxjson":
		l.json = &n
	case "maxcalldepth":
		depth := uint32(n)
		l.callDepth = &depth
	default:
		return false
	}
	return true
}

// Parse adds text as the body of t; {{define}} and {{block}} in it add more templates to the set. A name may be defined
// again; the later definition wins, unless it is only white space. After the first execution or page it is an error.
func (t *Template) Parse(text string) (*Template, error) {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	if t.set.executed {
		return nil, newError(CodeInvalidArgument, "html/template: cannot Parse after Execute")
	}
	// The text's own errors come now; what it refers to may come later.
	if _, err := t.set.build([]source{{t.name, text}}); err != nil {
		return nil, err
	}
	t.set.sources = append(t.set.sources, source{t.name, text})
	t.set.changed()
	return t, nil
}

// typed says whether the types of data count, because functions may ask for them.
func (s *templateSet) typed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.functions) > 0
}

// changed forgets what was built.
func (s *templateSet) changed() {
	s.whole = nil
	clear(s.built)
}

// Templates gives the templates of the set, sorted by name.
func (t *Template) Templates() []*Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	whole, err := t.set.parsed()
	if err != nil {
		return nil
	}
	templates := make([]*Template, C.lvt_template_len(whole.handle))
	for i := range templates {
		templates[i] = &Template{borrowedString(C.lvt_template_name_at(whole.handle, C.size_t(i))), t.set}
	}
	runtime.KeepAlive(whole)
	return templates
}

// Lookup gives the template of that name in the set, or nil when none is defined.
func (t *Template) Lookup(name string) *Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	if _, err := t.set.entry(name); err != nil {
		return nil
	}
	return &Template{name, t.set}
}

// Execute writes the HTML of data to w: the bytes html/template would write. On an error nothing is written.
func (t *Template) Execute(w io.Writer, data any) error {
	return t.ExecuteTemplateContext(context.Background(), w, t.name, data)
}

// ExecuteContext is Execute that ends with ctx: at the next action or iteration and after each call of a function, with an
// error that wraps that of ctx.
func (t *Template) ExecuteContext(ctx context.Context, w io.Writer, data any) error {
	return t.ExecuteTemplateContext(ctx, w, t.name, data)
}

// ExecuteTemplate is Execute for the template of that name in the set.
func (t *Template) ExecuteTemplate(w io.Writer, name string, data any) error {
	return t.ExecuteTemplateContext(context.Background(), w, name, data)
}

// ExecuteTemplateContext is ExecuteContext for the template of that name in the set.
func (t *Template) ExecuteTemplateContext(ctx context.Context, w io.Writer, name string, data any) error {
	built, err := t.set.use(name)
	if err != nil {
		return err
	}
	value, err := newValue(data, t.set.typed())
	if err != nil {
		return err
	}
	defer C.lvt_value_free(value)
	return underContext(ctx, func(cancel *C.lvt_cancel) error {
		handle, done := built.under(cancel)
		defer done()
		var html C.lvt_buffer
		var e *C.lvt_error
		status := C.lvt_template_render(handle, value, &html, &e)
		return t.set.write(w, built, &html, status, e)
	})
}

// ExecuteJSON is Execute with data as JSON text.
func (t *Template) ExecuteJSON(w io.Writer, text []byte, flags ...DataFlags) error {
	built, err := t.set.use(t.name)
	if err != nil {
		return err
	}
	var html C.lvt_buffer
	var e *C.lvt_error
	p, n := sliceBytes(text)
	status := C.lvt_template_render_json(built.handle, p, n, combined(flags), &html, &e)
	return t.set.write(w, built, &html, status, e)
}

func (s *templateSet) write(w io.Writer, built *builtTemplate, html *C.lvt_buffer, status C.lvt_status, e *C.lvt_error) error {
	runtime.KeepAlive(built)
	if err := s.failed(status, e); err != nil {
		return err
	}
	_, err := w.Write(taken(html))
	return err
}

// failed is [failed] with the place as the host's own sources have it.
func (s *templateSet) failed(status C.lvt_status, e *C.lvt_error) error {
	err := failed(status, e)
	var placed *Error
	if s.original != nil && errors.As(err, &placed) {
		relocated(placed, s.original)
	}
	return err
}

// use gives the engine's template for an entry and closes the set for further sources.
func (s *templateSet) use(name string) (*builtTemplate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	built, err := s.entry(name)
	if err == nil {
		s.executed = true
	}
	return built, err
}

// entry gives the template of that name, from a set that is built once. The lock is held.
func (s *templateSet) entry(name string) (*builtTemplate, error) {
	if built, ok := s.built[name]; ok {
		return built, nil
	}
	whole, err := s.parsed()
	if err != nil {
		return nil, err
	}
	var handle *C.lvt_template
	var e *C.lvt_error
	p, n := stringBytes(name)
	status := C.lvt_template_lookup(whole.handle, p, n, &handle, &e)
	runtime.KeepAlive(whole)
	if err := s.failed(status, e); err != nil {
		return nil, err
	}
	s.built[name] = owned(handle)
	return s.built[name], nil
}

// parsed gives the set, built when it was not yet. The lock is held.
func (s *templateSet) parsed() (*builtTemplate, error) {
	if s.whole == nil {
		whole, err := s.build(s.sources)
		if err != nil {
			return nil, err
		}
		s.whole = whole
	}
	return s.whole, nil
}

func owned(handle *C.lvt_template) *builtTemplate {
	built := &builtTemplate{handle}
	runtime.AddCleanup(built, func(h *C.lvt_template) { C.lvt_template_free(h) }, handle)
	return built
}

func (s *templateSet) build(sources []source) (*builtTemplate, error) {
	builder := C.lvt_template_builder_new()
	defer C.lvt_template_builder_free(builder)
	var e *C.lvt_error
	for _, source := range sources {
		name, nameLen := stringBytes(source.name)
		text, textLen := stringBytes(source.text)
		status := C.lvt_template_builder_add_source(builder, name, nameLen, text, textLen, &e)
		if err := failed(status, e); err != nil {
			return nil, err
		}
	}
	for name, function := range s.functions {
		if err := failed(addFunction(builder, name, function, &e), e); err != nil {
			return nil, err
		}
	}
	left, leftLen := stringBytes(s.left)
	right, rightLen := stringBytes(s.right)
	for _, set := range []func() C.lvt_status{
		func() C.lvt_status {
			return C.lvt_template_builder_set_delims(builder, left, leftLen, right, rightLen, &e)
		},
		func() C.lvt_status {
			if !s.upon {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_upon(builder, &e)
		},
		func() C.lvt_status { return C.lvt_template_builder_set_numbers(builder, s.numbers, &e) },
		func() C.lvt_status { return C.lvt_template_builder_set_missing_key(builder, s.missingKey, &e) },
		func() C.lvt_status {
			if s.limits.steps == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_steps(builder, C.uint64_t(*s.limits.steps), &e)
		},
		func() C.lvt_status {
			if s.limits.callDepth == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_call_depth(builder, C.uint32_t(*s.limits.callDepth), &e)
		},
		func() C.lvt_status {
			if s.limits.output == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_output(builder, C.size_t(*s.limits.output), &e)
		},
		func() C.lvt_status {
			if s.limits.source == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_source(builder, C.size_t(*s.limits.source), &e)
		},
		func() C.lvt_status {
			if s.limits.nesting == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_nesting(builder, C.size_t(*s.limits.nesting), &e)
		},
		func() C.lvt_status {
			if s.limits.json == nil {
				return C.LVT_OK
			}
			return C.lvt_template_builder_set_max_json(builder, C.size_t(*s.limits.json), &e)
		},
	} {
		if err := failed(set(), e); err != nil {
			return nil, err
		}
	}
	var handle *C.lvt_template
	status := C.lvt_template_builder_build(builder, &handle, &e)
	if err := s.failed(status, e); err != nil {
		return nil, err
	}
	return owned(handle), nil
}
