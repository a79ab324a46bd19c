package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
)

// notFromJSON are the errors in Go's source that no vector can bring about, with the reason.
var notFromJSON = map[string]string{
	"empty command":                                                                 "a command without operands is found before",
	"max expression depth exceeded":                                                 "10,000 parentheses: livetemplate-core/src/template/tests/parse.rs",
	"exceeded maximum template depth (%v)":                                          "100,000 calls: tests/rust/tests/limits.rs",
	"template: no files named in call to ParseFiles":                                "of ParseFiles, not of a template",
	"template: pattern matches no files: %#q":                                       "of ParseGlob, not of a template",
	"template: no template %q associated with template %q":                          "of ExecuteTemplate, not of a template",
	"%q is an incomplete or empty template":                                         "a template that was never parsed",
	"unknown node: %s":                                                              "cannot happen",
	"if/with can't use %v":                                                          "cannot happen",
	"range over send-only channel %v":                                               "a channel",
	"template %q not defined":                                                       "html/template says it first",
	"can't evaluate command %q":                                                     "cannot happen",
	"internal error: no fields in evalChainNode":                                    "cannot happen",
	"indirection through explicit nil in %s":                                        "the parser says it first",
	"%q is not a defined function":                                                  "the parser says it first",
	"%s is an unexported field of struct type %s":                                   "a Go struct",
	"%s has arguments but cannot be invoked as function":                            "a Go struct",
	"invalid value; expected %s":                                                    "a parameter of another type than templates' own functions have",
	"dereference of nil pointer of type %s":                                         "a Go pointer",
	"can't handle %s for arg of type %s":                                            "a parameter of another type than templates' own functions have",
	"expected bool; found %s":                                                       "a parameter of another type than templates' own functions have",
	"expected integer; found %s":                                                    "a parameter of another type than templates' own functions have",
	"expected unsigned integer; found %s":                                           "a parameter of another type than templates' own functions have",
	"expected float; found %s":                                                      "a parameter of another type than templates' own functions have",
	"expected complex; found %s":                                                    "a parameter of another type than templates' own functions have",
	"evalEmptyInterface: nil (can't happen)":                                        "cannot happen",
	"can't handle assignment of %s to empty interface argument":                     "cannot happen",
	"can't print %s of type %s":                                                     "a channel or a Go function",
	"function name %q is not a valid identifier":                                    "of Funcs, not of a template",
	"invalid function signature for %s: second return value should be error; is %s": "of Funcs, not of a template",
	"function %s has %d return values; should be 1 or 2":                            "of Funcs, not of a template",
	"slice of nil pointer":                                                          "a Go pointer",
	"wrong number of args for %s: got %d want at least %d":                          "call of a Go function",
	"wrong number of args for %s: got %d want %d":                                   "call of a Go function",
	"arg %d: %w":                          "call of a Go function",
	"non-comparable types %s: %v, %s: %v": "Go types that cannot be compared and are not equal in kind",
}

// messages are the formats of the errors in a package's files: of calls that make an error of a constant.
func messages(t *testing.T, path string) []string {
	t.Helper()
	var found []string
	for _, file := range sourceOf(t, path) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.SelectorExpr:
				name = f.Sel.Name
				if of, ok := f.X.(*ast.Ident); ok && (of.Name == "errors" || of.Name == "fmt") {
					name = of.Name + "." + name
				}
			case *ast.Ident:
				name = f.Name
			}
			at := map[string]int{"errorf": 0, "fmt.Errorf": 0, "errors.New": 0}
			if path == "html/template" {
				at = map[string]int{"errorf": 3}
			}
			if i, ok := at[name]; ok && i < len(call.Args) {
				if literal, ok := call.Args[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if text, err := strconv.Unquote(literal.Value); err == nil && len(strings.Trim(text, "%svw")) > 0 && !slices.Contains([]string{"break", "continue"}, text) {
						found = append(found, text)
					}
				}
			}
			return true
		})
	}
	// Said of a Go iterator, and so like what is said of an integer that a pattern cannot tell them apart.
	found = slices.DeleteFunc(found, func(format string) bool { return format == "can't use %v iterate over more than one variable" })
	slices.Sort(found)
	return slices.Compact(found)
}

var verb = regexp.MustCompile(`%[#.\d]*[a-zA-Z]`)

// pattern finds a format's text in a message. What a vector's file shows of it is one line.
func pattern(format string) *regexp.Regexp {
	parts := verb.Split(format, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`: ` + strings.Join(parts, `.*`))
}

// TestTheVectorsReachEveryRule takes what there is to reach from the source of the Go that runs it.
func TestTheVectorsReachEveryRule(t *testing.T) {
	paths, err := find("../vectors")
	if err != nil {
		t.Fatal(err)
	}
	c := newCoverage()
	escapers := map[string]bool{}
	var said strings.Builder
	for _, path := range paths {
		v, _, err := readVector(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := v.decode(v.data)
		if err != nil {
			continue // the case is about that
		}
		set, err := v.parseWith(nil)
		if err == nil {
			fresh, err := set.Clone()
			if err != nil {
				t.Fatal(err)
			}
			s, failure := answer(0, set, nil, data)
			c.add(fresh, data, s, failure)
			said.Write(s.content)
			for _, t := range set.Templates() {
				if t.Tree != nil {
					identifiers(t.Tree.Root, escapers)
				}
			}
		} else {
			said.WriteString(err.Error())
		}
		said.WriteByte('\n')
	}
	for _, values := range contextTypes {
		for _, value := range values {
			if c.contexts[value] == 0 {
				t.Errorf("no vector has a slot in %s", value)
			}
		}
	}
	for code, name := range errorCodes {
		if c.errors[code] == 0 {
			t.Errorf("no vector ends in %s", name)
		}
	}
	for _, name := range escaperNames(t) {
		if !escapers[name] {
			t.Errorf("no vector uses %s", name)
		}
	}
	for _, path := range []string{"text/template", "text/template/parse", "html/template"} {
		for _, format := range messages(t, path) {
			reached := pattern(format).MatchString(said.String())
			switch reason := notFromJSON[format]; {
			case !reached && reason == "":
				t.Errorf("%s: no vector ends in %q", path, format)
			case reached && reason != "":
				t.Errorf("%s: a vector ends in %q", path, format)
			}
		}
	}
}

// escaperNames are the names in html/template's table of escapers.
func escaperNames(t *testing.T) []string {
	var names []string
	for _, file := range sourceOf(t, "html/template") {
		ast.Inspect(file, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.BasicLit); ok && strings.HasPrefix(key.Value, `"_html_template_`) || ok && strings.HasPrefix(key.Value, `"_eval_args_`) {
					names = append(names, strings.Trim(key.Value, `"`))
				}
			}
			return true
		})
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) < 10 {
		t.Fatalf("the escapers are %q", names)
	}
	return names
}

// identifiers notes the functions that a tree's actions call.
func identifiers(list *parse.ListNode, found map[string]bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			for _, command := range node.Pipe.Cmds {
				if id, ok := command.Args[0].(*parse.IdentifierNode); ok {
					found[id.Ident] = true
				}
			}
		case *parse.IfNode:
			identifiers(node.List, found)
			identifiers(node.ElseList, found)
		case *parse.RangeNode:
			identifiers(node.List, found)
			identifiers(node.ElseList, found)
		case *parse.WithNode:
			identifiers(node.List, found)
			identifiers(node.ElseList, found)
		}
	}
}
