package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"cmp"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
)

// Analysis is what can be told of a template before it is rendered; docs/analysis.md has the rules.
type Analysis struct {
	// Mode says how pages of the template update as a whole.
	Mode UpdateMode `json:"mode"`
	// ExpectedReduction says how much less an update is expected to send than the page's HTML: 0.85 or 0.6.
	ExpectedReduction float64 `json:"expected_reduction"`
	// Supported counts the constructs that value patches support; runs of literal text count as supported.
	Supported int `json:"supported"`
	// Unsupported counts those that they do not support.
	Unsupported int `json:"unsupported"`
	// SupportPercentage is Supported of all, in percent.
	SupportPercentage float64 `json:"support_percentage"`
	// Reasons say what is not supported, and why.
	Reasons []string `json:"reasons"`
	// Recommendations are never empty: the mode, then what would improve it.
	Recommendations []string `json:"recommendations"`
	// Hash is SHA-256 in hex over the names and syntax trees of the set.
	Hash string `json:"hash"`
	// Constructs are the actions that are reached from the template, in the order of the sources.
	Constructs []Construct `json:"constructs"`
	// Fragments are what updates address: the live region, then elements in the order of the sources.
	Fragments []FragmentAnalysis `json:"fragments"`
	// Interpolations are the values in the output, and how they are escaped.
	Interpolations []Interpolation `json:"interpolations"`
	// Warnings say where html/template's escaping does not protect.
	Warnings []AnalysisWarning `json:"warnings"`
	// Outside has what lies outside the live region: it is rendered, but cannot be updated.
	Outside []Construct `json:"outside"`
}

// UpdateMode is how pages update.
type UpdateMode string

const (
	// ValuePatch: all constructs are supported, and values are patched in their places.
	ValuePatch UpdateMode = "value_patch"
	// FragmentReplace: some construct changes structure, and its fragment is replaced.
	FragmentReplace UpdateMode = "fragment_replace"
)

// Construct is an action of a template.
type Construct struct {
	// Template is the name of the source.
	Template string `json:"template"`
	// Line is its line there, from 1.
	Line int `json:"line"`
	// Column is its column there, in bytes from 0, as in errors.
	Column int `json:"column"`
	// Kind is "interpolation", "variable", "if", "with", "range" or "call".
	Kind string `json:"kind"`
	// Action is its pipeline, or the whole call, as html/template prints it in an error.
	Action string `json:"action"`
	// Supported says whether value patches support it.
	Supported bool `json:"supported"`
	// Reason says why not.
	Reason string `json:"reason"`
}

// FragmentAnalysis is a part of a page that updates address: an element, or the live region.
type FragmentAnalysis struct {
	// Template is the name of the source.
	Template string `json:"template"`
	// Line is the line of its start tag there, from 1.
	Line int `json:"line"`
	// Column is the column of its start tag there, in bytes from 0.
	Column int `json:"column"`
	// Element is the element's name, in lower case.
	Element string `json:"element"`
	// IDKind says whether its id attribute is written in the template ("literal"), has data in it ("dynamic"), or is made where a
	// format needs one ("made").
	IDKind string `json:"id_kind"`
	// ID is the id that is written in the template.
	ID string `json:"id"`
	// InRange says whether it is the root element of a range's items.
	InRange bool `json:"in_range"`
	// Paths of the data are read by its places, without those of fragments in it.
	Paths []string `json:"paths"`
	// EstimatedSize is how many bytes of literal text it has: of conditions the longer branch, of ranges one item.
	EstimatedSize int `json:"estimated_size"`
	// Complexity is "simple", "moderate", "complex" or "very_complex".
	Complexity string `json:"complexity"`
	// ValueUpdates says whether a change at any of its places can be sent as value updates; else it is replaced.
	ValueUpdates bool `json:"value_updates"`
}

// Interpolation is a value in the output, and how it is escaped.
type Interpolation struct {
	// Template is the name of the source.
	Template string `json:"template"`
	// Line is its line there, from 1.
	Line int `json:"line"`
	// Column is its column there, in bytes from 0, as in errors.
	Column int `json:"column"`
	// Action is its pipeline, as html/template prints it in an error.
	Action string `json:"action"`
	// Context is where in the output it stands, by html/template's name: "stateText", "stateAttr", "stateURL", "stateJS" ….
	Context string `json:"context"`
	// Attributes are those in whose values it stands.
	Attributes []string `json:"attributes"`
	// Escapers are what its value goes through, by the names of html/template's functions.
	Escapers []string `json:"escapers"`
}

// AnalysisWarning is about a value in the output that html/template's escaping does not protect.
type AnalysisWarning struct {
	// Template is the name of the source.
	Template string `json:"template"`
	// Line is its line there, from 1.
	Line int `json:"line"`
	// Column is its column there, in bytes from 0, as in errors.
	Column int `json:"column"`
	// Action is its pipeline, as html/template prints it in an error.
	Action string `json:"action"`
	// Attribute is the one in whose value it stands.
	Attribute string `json:"attribute"`
	// Reason says why it is not protected.
	Reason string `json:"reason"`
}

// Analysis tells how pages of t update, which of its constructs stand in the way of small updates, how each value is escaped, and
// where that does not protect. It is made once. Like an execution it fixes the set.
func (t *Template) Analysis() (*Analysis, error) {
	built, err := t.set.use(t.name)
	if err != nil {
		return nil, err
	}
	var text C.lvt_buffer
	var e *C.lvt_error
	status := C.lvt_template_analysis(built.handle, &text, &e)
	runtime.KeepAlive(built)
	if err := t.set.failed(status, e); err != nil {
		return nil, err
	}
	return readAnalysis(taken(&text), t.set.original)
}

func readAnalysis(text []byte, original func(place) (place, bool)) (*Analysis, error) {
	a := new(Analysis)
	if err := json.Unmarshal(text, a); err != nil {
		return nil, newError(CodeInternal, "analysis: %v", err)
	}
	if original != nil {
		a.relocate(original)
	}
	return a, nil
}

// relocate puts the places of the host's own sources for those of the printed ones.
func (a *Analysis) relocate(original func(place) (place, bool)) {
	texts := map[string]string{}
	move := func(template *string, line, column *int) {
		printed := place{*template, *line, *column}
		if p, ok := original(printed); ok {
			texts[printed.String()] = p.String()
			*template, *line, *column = p.template, p.line, p.column
		}
	}
	for _, constructs := range [][]Construct{a.Constructs, a.Outside} {
		for i := range constructs {
			move(&constructs[i].Template, &constructs[i].Line, &constructs[i].Column)
		}
		slices.SortStableFunc(constructs, func(a, b Construct) int {
			return byPlace(place{a.Template, a.Line, a.Column}, place{b.Template, b.Line, b.Column})
		})
	}
	for i := range a.Interpolations {
		move(&a.Interpolations[i].Template, &a.Interpolations[i].Line, &a.Interpolations[i].Column)
	}
	slices.SortStableFunc(a.Interpolations, func(a, b Interpolation) int {
		return byPlace(place{a.Template, a.Line, a.Column}, place{b.Template, b.Line, b.Column})
	})
	for i := range a.Warnings {
		move(&a.Warnings[i].Template, &a.Warnings[i].Line, &a.Warnings[i].Column)
	}
	slices.SortStableFunc(a.Warnings, func(a, b AnalysisWarning) int {
		return byPlace(place{a.Template, a.Line, a.Column}, place{b.Template, b.Line, b.Column})
	})
	for i := range a.Fragments {
		move(&a.Fragments[i].Template, &a.Fragments[i].Line, &a.Fragments[i].Column)
	}
	// The live region stays the first.
	slices.SortStableFunc(a.Fragments[min(1, len(a.Fragments)):], func(a, b FragmentAnalysis) int {
		return byPlace(place{a.Template, a.Line, a.Column}, place{b.Template, b.Line, b.Column})
	})
	relocateTexts(a.Reasons, texts)
	relocateTexts(a.Recommendations, texts)
}

// relocateTexts puts own places for printed ones at the start of texts.
func relocateTexts(list []string, own map[string]string) {
	for i, text := range list {
		for printed, own := range own {
			if rest, ok := strings.CutPrefix(text, printed+": "); ok {
				list[i] = own + ": " + rest
			}
		}
	}
}

func byPlace(a, b place) int {
	return cmp.Or(cmp.Compare(a.template, b.template), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
}
