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
// Functions that a host registered cannot be called by this version and give [ErrTemplateParse]; a function named default
// is taken for the predefined one.
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
	for _, name := range names {
		p := printer{left: left, right: right}
		p.list(trees[name].Root)
		if p.unknown != nil {
			return nil, unknownFunction(trees[name], p.unknown)
		}
		set.sources = append(set.sources, source{name, p.out.String()})
	}
	if set.missingKey, err = probeMissingKey(clone); err != nil {
		return nil, err
	}
	set.relocate = relocation(trees, set.sources, left, right)
	return &Template{clone.Name(), set}, nil
}

func unknownFunction(tree *parse.Tree, name *parse.IdentifierNode) error {
	location, _ := tree.ErrorContext(name)
	template, line, column, _ := splitLocation(location)
	return &Error{
		Code:     CodeTemplateParse,
		Message:  "template: " + location + ": function \"" + name.Ident + "\" is the host's own, which pages cannot call yet",
		Template: template, Line: line, Column: column,
	}
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
