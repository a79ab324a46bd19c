package livetemplate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// predefined are the functions that every template of html/template knows.
var predefined = []string{
	"and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print",
	"printf", "println", "slice", "urlquery",
}

// printer writes parse trees back to source. Parsing the source gives equal trees: the String methods of the trees do not
// promise that, and they know the default delimiters only.
type printer struct {
	left, right string
	out         strings.Builder
	functions   map[string]bool // names of functions that are not predefined
}

func (p *printer) action(print func()) {
	p.out.WriteString(p.left)
	print()
	p.out.WriteString(p.right)
}

func (p *printer) word(word string) {
	p.action(func() { p.out.WriteString(word) })
}

func (p *printer) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	afterText := false
	for _, node := range list.Nodes {
		text, isText := node.(*parse.TextNode)
		if isText && afterText {
			// Two texts in a row had a comment between them; without one they would become a single text.
			p.word("/**/")
		}
		if isText {
			p.out.Write(text.Text)
		} else {
			p.node(node)
		}
		afterText = isText
	}
}

func (p *printer) node(node parse.Node) {
	switch n := node.(type) {
	case *parse.ActionNode:
		p.action(func() { p.pipe(n.Pipe) })
	case *parse.IfNode:
		p.branch("if", &n.BranchNode)
	case *parse.RangeNode:
		p.branch("range", &n.BranchNode)
	case *parse.WithNode:
		p.branch("with", &n.BranchNode)
	case *parse.BreakNode:
		p.word("break")
	case *parse.ContinueNode:
		p.word("continue")
	case *parse.TemplateNode:
		p.action(func() {
			p.out.WriteString("template " + strconv.Quote(n.Name))
			if n.Pipe != nil {
				p.out.WriteByte(' ')
				p.pipe(n.Pipe)
			}
		})
	case *parse.CommentNode:
		p.word("/**/")
	default:
		p.operand(node)
	}
}

func (p *printer) branch(word string, n *parse.BranchNode) {
	p.action(func() {
		p.out.WriteString(word + " ")
		p.pipe(n.Pipe)
	})
	p.list(n.List)
	if n.ElseList != nil {
		p.word("else")
		p.list(n.ElseList)
	}
	p.word("end")
}

func (p *printer) pipe(pipe *parse.PipeNode) {
	for i, variable := range pipe.Decl {
		if i > 0 {
			p.out.WriteString(", ")
		}
		p.operand(variable)
	}
	switch {
	case len(pipe.Decl) > 0 && pipe.IsAssign:
		p.out.WriteString(" = ")
	case len(pipe.Decl) > 0:
		p.out.WriteString(" := ")
	}
	for i, command := range pipe.Cmds {
		if i > 0 {
			p.out.WriteString(" | ")
		}
		for j, argument := range command.Args {
			if j > 0 {
				p.out.WriteByte(' ')
			}
			p.operand(argument)
		}
	}
}

func (p *printer) operand(node parse.Node) {
	switch n := node.(type) {
	case *parse.PipeNode:
		p.out.WriteByte('(')
		p.pipe(n)
		p.out.WriteByte(')')
	case *parse.ChainNode:
		p.operand(n.Node)
		for _, field := range n.Field {
			p.out.WriteString("." + field)
		}
	case *parse.FieldNode:
		for _, field := range n.Ident {
			p.out.WriteString("." + field)
		}
	case *parse.VariableNode:
		p.out.WriteString(strings.Join(n.Ident, "."))
	case *parse.IdentifierNode:
		if !slices.Contains(predefined, n.Ident) {
			p.functions[n.Ident] = true
		}
		p.out.WriteString(n.Ident)
	case *parse.DotNode:
		p.out.WriteByte('.')
	case *parse.NilNode:
		p.out.WriteString("nil")
	case *parse.BoolNode:
		p.out.WriteString(strconv.FormatBool(n.True))
	case *parse.NumberNode:
		p.out.WriteString(n.Text)
	case *parse.StringNode:
		p.out.WriteString(n.Quoted)
	default:
		// A node of a later Go; the engine's parser will name the place.
		fmt.Fprintf(&p.out, "(unknown node %T)", node)
	}
}

// walk visits node and all nodes below it, parents first, in the order of the source.
func walk(node parse.Node, visit func(parse.Node)) {
	list := func(l *parse.ListNode) {
		if l != nil {
			walk(l, visit)
		}
	}
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, visit)
		list(b.List)
		list(b.ElseList)
	}
	visit(node)
	switch n := node.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			walk(child, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	case *parse.PipeNode:
		for _, variable := range n.Decl {
			walk(variable, visit)
		}
		for _, command := range n.Cmds {
			walk(command, visit)
		}
	case *parse.CommandNode:
		for _, argument := range n.Args {
			walk(argument, visit)
		}
	case *parse.ChainNode:
		walk(n.Node, visit)
	}
}
