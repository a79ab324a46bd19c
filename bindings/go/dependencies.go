package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"cmp"
	"encoding/json"
	"runtime"
	"slices"
)

// Dependency says what one place of a template reads: a slot, a condition, a range or a call.
type Dependency struct {
	// Template is the name of the source.
	Template string `json:"template"`
	// Line is its line there, from 1.
	Line int `json:"line"`
	// Column is its column there, in bytes from 0, as in errors.
	Column int `json:"column"`
	// Kind says what it is.
	Kind DependencyKind `json:"kind"`
	// Action is its pipeline, or the whole call, as html/template prints it in an error.
	Action string `json:"action"`
	// Paths are from the whole data, ".", in alphabetical order: a field is ".Name", "[]" stands for any item of a list or map,
	// and ".**" for any way further into the data, where a template calls itself. Conditions around the place and what is
	// inside it do not count.
	Paths []string `json:"paths"`
	// Always says why every update evaluates the place, whatever changed. It is empty where only a change at one of the paths
	// leads to that.
	Always string `json:"always"`
}

// DependencyKind is what reads data.
type DependencyKind string

const (
	// DependencySlot is a value in the output.
	DependencySlot DependencyKind = "slot"
	// DependencyCondition is {{if}} or {{with}}.
	DependencyCondition DependencyKind = "condition"
	// DependencyRange is {{range}}.
	DependencyRange DependencyKind = "range"
	// DependencyCall is {{template}} or {{block}}.
	DependencyCall DependencyKind = "call"
)

// Dependencies tells which paths of the data each slot, condition, range and call reads that is reached from t, in the order of
// the sources, and which of them every update evaluates, with the reason. Like an execution it fixes the set.
func (t *Template) Dependencies() ([]Dependency, error) {
	built, err := t.set.use(t.name)
	if err != nil {
		return nil, err
	}
	var text C.lvt_buffer
	var e *C.lvt_error
	status := C.lvt_template_dependencies(built.handle, &text, &e)
	runtime.KeepAlive(built)
	if err := t.set.failed(status, e); err != nil {
		return nil, err
	}
	var all []Dependency
	if err := json.Unmarshal(taken(&text), &all); err != nil {
		return nil, newError(CodeInternal, "dependencies: %v", err)
	}
	if t.set.original != nil {
		for i := range all {
			d := &all[i]
			if p, ok := t.set.original(place{d.Template, d.Line, d.Column}); ok {
				d.Template, d.Line, d.Column = p.template, p.line, p.column
			}
		}
		slices.SortStableFunc(all, func(a, b Dependency) int {
			return cmp.Or(cmp.Compare(a.Template, b.Template), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
	}
	return all, nil
}
