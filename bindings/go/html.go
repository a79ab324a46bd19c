package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"bytes"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template/parse"
)

// FromHTML takes over a set of html/template with t as the template to execute: its trees, their names and the missingkey
// option. The set must not have been executed, because execution rewrites its trees. t itself is not changed, and what is
// parsed into it later does not reach the result.
//
// [Application.NewPage] does this by itself and once for each template; FromHTML is for hosts that also want to set
// "numbers=adaptive" or to execute.
//
// Functions that the host registered with t are called as html/template would, and errors they return are found by errors.Is
// and errors.As. Those that take the place of a predefined one ("len", "html", …) are not seen: the predefined one is called.
func FromHTML(t *htmltemplate.Template) (*Template, error) {
	if t == nil || t.Tree == nil {
		return nil, newError(CodeInvalidArgument, "the template is empty: nothing was parsed into it")
	}
	// Clone refuses what was executed, and a later Parse into t cannot disturb the copy.
	clone, err := t.Clone()
	if err != nil {
		return nil, newError(CodeInvalidArgument, "the template was executed before it was handed in: %v", err)
	}
	trees := map[string]*parse.Tree{}
	for _, t := range clone.Templates() {
		if t.Tree != nil {
			trees[t.Name()] = t.Tree
		}
	}
	names := make([]string, 0, len(trees))
	for name := range trees {
		if name != clone.Name() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = append([]string{clone.Name()}, names...)

	left, right := freeDelims(trees)
	set := New(clone.Name()).Delims(left, right).set
	p := printer{left: left, right: right, functions: map[string]bool{}}
	for _, name := range names {
		p.out.Reset()
		p.list(trees[name].Root)
		set.sources = append(set.sources, source{name, p.out.String()})
	}
	if err := set.takeFunctions(t, p.functions); err != nil {
		return nil, err
	}
	if set.missingKey, err = probeMissingKey(clone); err != nil {
		return nil, err
	}
	set.original = relocation(trees, set.sources, left, right)
	return &Template{clone.Name(), set}, nil
}

// takeFunctions registers the functions of those names that the host gave t.
func (s *templateSet) takeFunctions(t *htmltemplate.Template, names map[string]bool) error {
	if len(names) == 0 {
		return nil
	}
	clone, err := t.Clone()
	if err != nil {
		return newError(CodeInvalidArgument, "the template was executed while it was handed in: %v", err)
	}
	functions, err := newClonedFunctions(clone)
	if err != nil {
		return err
	}
	for name := range names {
		if s.functions[name], err = functions.function(name); err != nil {
			return err
		}
	}
	return nil
}

// freeDelims gives delimiters that no text of the trees can be mistaken for.
func freeDelims(trees map[string]*parse.Tree) (left, right string) {
	var texts []string
	for _, tree := range trees {
		walk(tree.Root, func(n parse.Node) {
			if text, ok := n.(*parse.TextNode); ok {
				texts = append(texts, string(text.Text))
			}
		})
	}
	free := func(left string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool {
			// Also not where a text ends and the delimiter begins.
			return strings.Index(text+left, left) != len(text)
		})
	}
	left, right = "{{", "}}"
	for !free(left) {
		if left == "{{" {
			left = "⟦"
		}
		left += "#"
		right = strings.Repeat("#", strings.Count(left, "#")) + "⟧"
	}
	return left, right
}

// probeMissingKey finds out what the set's missingkey option is, by executing a template that misses a key.
func probeMissingKey(clone *htmltemplate.Template) (C.int32_t, error) {
	name := "probe"
	for clone.Lookup(name) != nil {
		name += "+"
	}
	trees, err := parse.Parse(name, "{{.x}}", "", "")
	if err != nil {
		return 0, newError(CodeInternal, "%v", err)
	}
	probe, err := clone.AddParseTree(name, trees[name])
	if err != nil {
		return 0, newError(CodeInternal, "%v", err)
	}
	var out bytes.Buffer
	switch err := probe.Execute(&out, map[string]int{}); {
	case err != nil:
		return C.LVT_MISSING_KEY_ERROR, nil
	case out.String() == "0":
		return C.LVT_MISSING_KEY_ZERO, nil
	}
	return C.LVT_MISSING_KEY_DEFAULT, nil
}
