package main

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"html/template"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sourceOf parses a standard package of the Go that runs the test.
func sourceOf(t *testing.T, path string) []*ast.File {
	t.Helper()
	p, err := build.Import(path, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// constants are the names of a type's constants, in order.
func constants(files []*ast.File, typeName string) []string {
	var names []string
	for _, file := range files {
		for _, d := range file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			of := ""
			for _, spec := range group.Specs {
				value := spec.(*ast.ValueSpec)
				if id, ok := value.Type.(*ast.Ident); ok {
					of = id.Name
				} else if value.Values != nil {
					of = ""
				}
				if of == typeName {
					names = append(names, value.Names[0].Name)
				}
			}
		}
	}
	return names
}

func TestEveryValueOfGosContextIsCounted(t *testing.T) {
	files := sourceOf(t, "html/template")
	for i, typeName := range []string{"state", "delim", "urlPart", "jsCtx", "attr", "element"} {
		want := slices.DeleteFunc(constants(files, typeName), func(name string) bool { return name == "stateError" || name == "stateDead" })
		got := slices.Clone(contextTypes[i])
		slices.Sort(want)
		slices.Sort(got)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %q are counted, Go has %q", typeName, got, want)
		}
	}
}

// TestEveryErrorGoCanRaiseIsCounted looks where html/template names its codes other than to declare them.
func TestEveryErrorGoCanRaiseIsCounted(t *testing.T) {
	files := sourceOf(t, "html/template")
	declared := constants(files, "ErrorCode")
	used := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				return n.Tok != token.CONST
			case *ast.Ident:
				if strings.HasPrefix(n.Name, "Err") && slices.Contains(declared, n.Name) {
					used[n.Name] = true
				}
			}
			return true
		})
	}
	for code, name := range errorCodes {
		if !used[name] {
			t.Errorf("nothing in html/template makes %s", name)
		}
		if int(code) >= len(declared) || declared[code] != name {
			t.Errorf("%s is not %d", name, code)
		}
		delete(used, name)
	}
	if len(used) > 0 {
		t.Errorf("not counted: %v", used)
	}
}

func TestWhatALongRunDidNotReachIsSaid(t *testing.T) {
	c := newCoverage()
	c.cases, c.accepted = 10, 6
	for _, values := range contextTypes {
		for _, value := range values {
			c.contexts[value] = leastSlots
		}
	}
	for code := range errorCodes {
		c.errors[code] = leastErrors
	}
	if m := c.missing(); m != nil {
		t.Error(m)
	}
	c.accepted, c.contexts["stateCSS"], c.errors[template.ErrSlashAmbig] = 5, 99, 9
	if m := c.missing(); len(m) != 3 {
		t.Error(m)
	}
}
