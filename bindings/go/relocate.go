package livetemplate

import (
	"strconv"
	"strings"
	"sync"
	"text/template/parse"
)

// place is where something stands in a source.
type place struct {
	template     string
	line, column int
}

func (p place) String() string {
	return p.template + ":" + strconv.Itoa(p.line) + ":" + strconv.Itoa(p.column)
}

// relocation gives a function that finds the place in the host's own sources for one in the printed ones.
//
// It works on the first question about a source only: the printed source is parsed again, and as its tree is equal to the
// host's, the nodes of both are visited side by side.
func relocation(trees map[string]*parse.Tree, printed []source, left, right string) func(place) (place, bool) {
	places := map[string]func() map[string]place{}
	for _, source := range printed {
		places[source.name] = sync.OnceValue(func() map[string]place {
			return originalPlaces(trees[source.name], source, left, right)
		})
	}
	return func(p place) (place, bool) {
		find, ok := places[p.template]
		if !ok {
			return place{}, false
		}
		original, ok := find()[p.String()]
		return original, ok
	}
}

// originalPlaces maps the places of a printed source; nil when its tree is not that of the host's.
func originalPlaces(tree *parse.Tree, printed source, left, right string) map[string]place {
	again := parse.New(printed.name)
	again.Mode = parse.SkipFuncCheck
	again, err := again.Parse(printed.text, left, right, map[string]*parse.Tree{})
	if err != nil {
		return nil
	}
	var nodes []parse.Node
	walk(tree.Root, func(n parse.Node) { nodes = append(nodes, n) })
	i, places := 0, map[string]place{}
	walk(again.Root, func(n parse.Node) {
		if i < len(nodes) && nodes[i].Type() == n.Type() {
			here, _ := again.ErrorContext(n)
			location, _ := tree.ErrorContext(nodes[i])
			if original, ok := splitLocation(location); ok {
				// Of the nodes that begin at one place the innermost comes last; its place is the exact one.
				places[here] = original
				if text, ok := n.(*parse.TextNode); ok {
					addTags(places, here, original, string(text.Text))
				}
			}
		}
		i++
	})
	if i != len(nodes) {
		return nil
	}
	return places
}

// addTags adds the places of all tags in a text, which stands at one place in the printed source and at another in the host's.
func addTags(places map[string]place, here string, original place, text string) {
	printed, ok := splitLocation(here)
	for at := strings.IndexByte(text, '<'); ok && at >= 0; {
		places[printed.after(text[:at]).String()] = original.after(text[:at])
		next := strings.IndexByte(text[at+1:], '<')
		if next < 0 {
			return
		}
		at += 1 + next
	}
}

// after is the place behind a text that stands at p.
func (p place) after(text string) place {
	if end := strings.LastIndexByte(text, '\n'); end >= 0 {
		return place{p.template, p.line + strings.Count(text, "\n"), len(text) - end - 1}
	}
	return place{p.template, p.line, p.column + len(text)}
}

// relocated puts the place of the host's own sources into an error about printed ones.
func relocated(e *Error, original func(place) (place, bool)) {
	e.details = "" // it shows the printed source
	if e.Line == 0 {
		return
	}
	printed := place{e.Template, e.Line, e.Column}
	if p, ok := original(printed); ok {
		e.Message = strings.Replace(e.Message, printed.String(), p.String(), 1)
		e.Template, e.Line, e.Column = p.template, p.line, p.column
	}
}

// splitLocation divides NAME:LINE:COLUMN.
func splitLocation(location string) (place, bool) {
	last := strings.LastIndexByte(location, ':')
	if last < 0 {
		return place{}, false
	}
	middle := strings.LastIndexByte(location[:last], ':')
	if middle < 0 {
		return place{}, false
	}
	line, lineErr := strconv.Atoi(location[middle+1 : last])
	column, columnErr := strconv.Atoi(location[last+1:])
	return place{location[:middle], line, column}, lineErr == nil && columnErr == nil
}
