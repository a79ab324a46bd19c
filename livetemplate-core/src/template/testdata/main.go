// Writes what real Go makes of the sources in cases.go: parse.txt, read by the tests beside it.
//
//	go run . > parse.txt
//	go run . functions > functions.txt
//	go run . unicode        the tables of ../unicode.rs
//	go run . stdin          one quoted source a line, for comparing other sources
//
// A line is `source "…"` (with `delims "…" "…"` before it when they are not the usual ones), then either
// `error "…"` or a `tree "NAME" …` for each template in order of name.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"html/template"
	"log"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"text/template/parse"
	"unicode"
)

var builtins = map[string]any{}

func init() {
	for _, name := range strings.Fields("and or not len index slice call html js print printf println urlquery eq ge gt le lt ne default") {
		builtins[name] = true
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	switch {
	case len(os.Args) < 2:
		for _, c := range cases() {
			write(out, c.source, c.left, c.right)
		}
	case os.Args[1] == "functions":
		var b bytes.Buffer
		functions(&b)
		fmt.Fprint(out, strings.NewReplacer("main.HTML", "template.HTML").Replace(b.String()))
	case os.Args[1] == "unicode":
		table(out, "Categories Lu, Ll, Lt, Lm and Lo above ASCII.", "LETTERS", unicode.IsLetter)
		table(out, "Category Nd above ASCII.", "DIGITS", unicode.IsDigit)
	default:
		in := bufio.NewReaderSize(os.Stdin, 1<<24)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			source, err := strconv.Unquote(strings.TrimSuffix(line, "\n"))
			if err != nil {
				log.Fatal(err)
			}
			write(out, source, "", "")
		}
	}
}

func write(out *bufio.Writer, source, left, right string) {
	if left != "" || right != "" {
		fmt.Fprintf(out, "delims %+q %+q\n", left, right)
	}
	fmt.Fprintf(out, "source %+q\n", source)
	trees, err := parse.Parse("main", source, left, right, builtins)
	funcs := template.FuncMap{"default": func(a, b any) any { return b }}
	_, err2 := template.New("main").Delims(left, right).Funcs(funcs).Parse(source)
	if fmt.Sprint(err) != fmt.Sprint(err2) {
		log.Fatalf("%q: %v is not %v", source, err, err2)
	}
	if err != nil {
		fmt.Fprintf(out, "error %+q\n", err.Error())
		return
	}
	names := []string{}
	for name := range trees {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(out, "tree %+q %s %+q\n", name, list(trees[name].Root), shown(trees[name].Root.String()))
	}
}

// shown is text as error messages show it: with U+FFFD for what is not UTF-8.
func shown(s string) string { return string([]rune(s)) }

func list(l *parse.ListNode) string {
	if l == nil {
		return "-"
	}
	parts := []string{}
	for _, n := range l.Nodes {
		parts = append(parts, node(n))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

func node(n parse.Node) string {
	branch := func(kind string, b *parse.BranchNode) string {
		return fmt.Sprintf("(%s %d %d %s %s %s)", kind, b.Pos, b.Line, pipe(b.Pipe), list(b.List), list(b.ElseList))
	}
	switch n := n.(type) {
	case *parse.TextNode:
		return fmt.Sprintf("(text %d %+q)", n.Pos, n.Text)
	case *parse.ActionNode:
		return fmt.Sprintf("(action %d %d %s)", n.Pos, n.Line, pipe(n.Pipe))
	case *parse.IfNode:
		return branch("if", &n.BranchNode)
	case *parse.WithNode:
		return branch("with", &n.BranchNode)
	case *parse.RangeNode:
		return branch("range", &n.BranchNode)
	case *parse.TemplateNode:
		return fmt.Sprintf("(template %d %d %+q %s)", n.Pos, n.Line, n.Name, pipe(n.Pipe))
	case *parse.BreakNode:
		return fmt.Sprintf("(break %d %d)", n.Pos, n.Line)
	case *parse.ContinueNode:
		return fmt.Sprintf("(continue %d %d)", n.Pos, n.Line)
	}
	log.Fatalf("unexpected node %T", n)
	return ""
}

func pipe(p *parse.PipeNode) string {
	if p == nil {
		return "-"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(pipe %d %d %t", p.Pos, p.Line, p.IsAssign)
	for _, v := range p.Decl {
		fmt.Fprintf(&b, " %s@%d", strings.Join(v.Ident, "."), v.Pos)
	}
	for _, c := range p.Cmds {
		fmt.Fprintf(&b, " (cmd %d", c.Pos)
		for _, a := range c.Args {
			b.WriteString(" " + arg(a))
		}
		b.WriteString(")")
	}
	return b.String() + ")"
}

func arg(n parse.Node) string {
	switch n := n.(type) {
	case *parse.DotNode:
		return fmt.Sprintf("(dot %d)", n.Pos)
	case *parse.NilNode:
		return fmt.Sprintf("(nil %d)", n.Pos)
	case *parse.BoolNode:
		return fmt.Sprintf("(%t %d)", n.True, n.Pos)
	case *parse.NumberNode:
		s := fmt.Sprintf("(number %d %+q", n.Pos, shown(n.Text))
		if n.IsInt {
			s += fmt.Sprintf(" int=%d", n.Int64)
		}
		if n.IsUint {
			s += fmt.Sprintf(" uint=%d", n.Uint64)
		}
		if n.IsFloat {
			s += fmt.Sprintf(" float=%016x", math.Float64bits(n.Float64))
		}
		if n.IsComplex {
			s += fmt.Sprintf(" complex=%016x,%016x", math.Float64bits(real(n.Complex128)), math.Float64bits(imag(n.Complex128)))
		}
		return s + ")"
	case *parse.StringNode:
		return fmt.Sprintf("(string %d %+q %+q)", n.Pos, n.Text, shown(n.Quoted))
	case *parse.IdentifierNode:
		return fmt.Sprintf("(ident %d %s)", n.Pos, n.Ident)
	case *parse.FieldNode:
		return fmt.Sprintf("(field %d %s)", n.Pos, strings.Join(n.Ident, "."))
	case *parse.VariableNode:
		return fmt.Sprintf("(variable %d %s)", n.Pos, strings.Join(n.Ident, "."))
	case *parse.ChainNode:
		return fmt.Sprintf("(chain %d %s %s)", n.Pos, arg(n.Node), strings.Join(n.Field, "."))
	case *parse.PipeNode:
		return pipe(n)
	}
	log.Fatalf("unexpected node %T", n)
	return ""
}

func table(out *bufio.Writer, doc, name string, in func(rune) bool) {
	var ranges [][2]rune
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !in(r) {
			continue
		}
		if n := len(ranges); n > 0 && ranges[n-1][1] == r-1 {
			ranges[n-1][1] = r
		} else {
			ranges = append(ranges, [2]rune{r, r})
		}
	}
	fmt.Fprintf(out, "\n/// %s\n#[rustfmt::skip]\nstatic %s: &[(u32, u32)] = &[\n", doc, name)
	line := "   "
	for _, r := range ranges {
		s := fmt.Sprintf(" (0x%x, 0x%x),", r[0], r[1])
		if len(line)+len(s) > 110 {
			fmt.Fprintln(out, line)
			line = "   "
		}
		line += s
	}
	fmt.Fprintln(out, line)
	fmt.Fprintln(out, "];")
}
