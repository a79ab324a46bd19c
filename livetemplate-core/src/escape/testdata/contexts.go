//go:build ignore

// Contexts writes what real Go makes of each template in contexts.txt (a line each, or a JSON string) to contexts.jsonl:
//
//	go run contexts.go < contexts.txt > contexts.jsonl
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log"
	"os"
	"reflect"
	"strings"
	text "text/template"
	"text/template/parse"
	"unsafe"
)

type escaped struct {
	Source string `json:"source"`
	Error  string `json:"error,omitempty"`
	// Derived templates by name, printed with their escapers.
	Templates map[string]string `json:"templates,omitempty"`
}

// list prints a list up to where it is never reached, and says whether its end is.
func list(w *strings.Builder, l *parse.ListNode) (dead bool) {
	if l == nil {
		return false
	}
	branch := func(b *parse.BranchNode, name string) bool {
		fmt.Fprintf(w, "{{%s %s}}", name, b.Pipe)
		a := list(w, b.List)
		c := false
		if b.ElseList != nil {
			w.WriteString("{{else}}")
			c = list(w, b.ElseList)
		}
		w.WriteString("{{end}}")
		return a && c && name != "range"
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			dead = branch(&n.BranchNode, "if")
		case *parse.WithNode:
			dead = branch(&n.BranchNode, "with")
		case *parse.RangeNode:
			dead = branch(&n.BranchNode, "range")
		case *parse.BreakNode, *parse.ContinueNode:
			w.WriteString(n.String())
			dead = true
		default:
			w.WriteString(n.String())
		}
		if dead {
			return true
		}
	}
	return false
}

func contexts(source string) escaped {
	out := escaped{Source: source}
	t, err := template.New("t").Funcs(template.FuncMap{"default": fmt.Sprint}).Parse(source)
	if err != nil {
		log.Fatalf("%q: %v", source, err)
	}
	err = t.Execute(io.Discard, nil)
	if e, ok := err.(*template.Error); ok {
		out.Error = e.Error()
		return out
	}
	out.Templates = map[string]string{}
	// html/template shows the derived templates to nobody.
	field := reflect.ValueOf(t).Elem().FieldByName("text")
	all := *(**text.Template)(unsafe.Pointer(field.UnsafeAddr()))
	for _, x := range all.Templates() {
		if x.Tree != nil && x.Tree.Root != nil {
			var b strings.Builder
			list(&b, x.Tree.Root)
			out.Templates[x.Name()] = b.String()
		}
	}
	return out
}

func main() {
	w := json.NewEncoder(os.Stdout)
	w.SetEscapeHTML(false)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		source := lines.Text()
		if strings.HasPrefix(source, `"`) {
			if err := json.Unmarshal(lines.Bytes(), &source); err != nil {
				log.Fatalf("%s: %v", lines.Text(), err)
			}
		}
		if err := w.Encode(contexts(source)); err != nil {
			log.Fatal(err)
		}
	}
}
