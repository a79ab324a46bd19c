package livetemplate

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// relocation gives a function that puts the place of the host's own sources into errors about printed ones.
//
// It works on the first error only: the printed sources are parsed again, and as their trees are equal to the host's, the
// nodes of both are visited side by side.
func relocation(trees map[string]*parse.Tree, printed []source, left, right string) func(*Error) {
	return func(e *Error) {
		e.details = "" // it shows the printed source
		if e.Line == 0 {
			return
		}
		for _, source := range printed {
			if source.name != e.Template {
				continue
			}
			location := join(e.Template, e.Line, e.Column)
			original, ok := originalLocation(trees[source.name], source, left, right, location)
			if !ok {
				return
			}
			if template, line, column, ok := splitLocation(original); ok {
				e.Message = strings.Replace(e.Message, location, original, 1)
				e.Template, e.Line, e.Column = template, line, column
			}
		}
	}
}

func originalLocation(tree *parse.Tree, printed source, left, right, location string) (string, bool) {
	again := parse.New(printed.name)
	again.Mode = parse.SkipFuncCheck
	again, err := again.Parse(printed.text, left, right, map[string]*parse.Tree{})
	if err != nil {
		return "", false
	}
	var nodes []parse.Node
	walk(tree.Root, func(n parse.Node) { nodes = append(nodes, n) })
	i, found := 0, ""
	walk(again.Root, func(n parse.Node) {
		if i < len(nodes) && nodes[i].Type() == n.Type() {
			if here, _ := again.ErrorContext(n); here == location {
				// Of the nodes that begin at one place the innermost comes last; its place is the exact one.
				found, _ = tree.ErrorContext(nodes[i])
			}
		}
		i++
	})
	return found, found != "" && i == len(nodes)
}

func join(template string, line, column int) string {
	return template + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

// splitLocation divides NAME:LINE:COLUMN.
func splitLocation(location string) (template string, line, column int, ok bool) {
	last := strings.LastIndexByte(location, ':')
	if last < 0 {
		return "", 0, 0, false
	}
	middle := strings.LastIndexByte(location[:last], ':')
	if middle < 0 {
		return "", 0, 0, false
	}
	line, lineErr := strconv.Atoi(location[middle+1 : last])
	column, columnErr := strconv.Atoi(location[last+1:])
	return location[:middle], line, column, lineErr == nil && columnErr == nil
}
