package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator makes one random case. The same seed and number always give the same case.
type generator struct {
	random      *rand.Rand
	left, right string
	// sloppy lets mistakes of every sort into the case: most of these Go refuses.
	sloppy bool
	// rooted says that $ is the data: it is not inside a template that is called.
	rooted bool
	// budget is how many more pieces the case may have.
	budget int
	// defined are the templates by the place they are made for.
	defined map[spot][]definition
}

// spot is a place in the output where content of its own sort stands.
type spot int

const (
	inText spot = iota
	inTag
	inPlain
	inURL
	inSrcset
	inScript
	inScriptString
	inStyle
	inStyleString
	inRCDATA
	inAnything // content that ends where it starts everywhere
	spots
)

// definition is a template that can be called. It wants the data itself, or something of a kind.
type definition struct {
	name string
	root bool
	dot  kind
}

func newGenerator(seed, number uint64) *generator {
	return &generator{random: rand.New(rand.NewPCG(seed, number)), left: "{{", right: "}}", budget: 60, defined: map[spot][]definition{}}
}

func (g *generator) n(n int) int               { return g.random.IntN(n) }
func (g *generator) one(of int) bool           { return g.n(of) == 0 }
func (g *generator) pick(from []string) string { return from[g.n(len(from))] }

// file is the case as a vector without expectations.
func (g *generator) file() []byte {
	g.sloppy = g.one(8)
	options := "trusted\nnumbers strict"
	if g.one(3) {
		options = "trusted\nnumbers adaptive"
	}
	if g.one(6) {
		options += "\nmissingkey " + g.pick([]string{"default", "zero", "error"})
	}
	if g.one(10) {
		d := [][2]string{
			{"<<", ">>"}, {"[[", "]]"}, {"<%", "%>"}, {"{%", "%}"}, {"<<<", ">>"}, {"{{{", "}}}"}, {"@@", "@@"}, {"BEG", "END"},
		}[g.n(8)]
		g.left, g.right = d[0], d[1]
		options += "\ndelims " + g.left + " " + g.right
	}
	g.budget = 15 + g.n(60)

	var definitions []string
	late := ""
	for i := range g.n(5) {
		at := spot(g.n(int(spots)))
		d := definition{fmt.Sprintf("%s%d", g.pick([]string{"t", "a b", "é", "x.html", "p%q"}), i), !g.one(3), g.pickKind(anything, text, text, tree, texts)}
		if !g.one(12) && strings.Contains(d.name, "%") {
			d.name = fmt.Sprint("u", i)
		}
		definitions = append(definitions, g.define(d, at))
		// A later source may define it again, without content too, which changes nothing.
		switch g.n(12) {
		case 0:
			late += g.define(d, at)
		case 1:
			late += g.action(fmt.Sprintf("define %q", d.name)) + g.pick([]string{"", " \n", g.left + "/* c */" + g.right}) + g.action("end")
		}
		g.defined[at] = append(g.defined[at], d)
	}
	g.rooted = true
	main := g.content(inText, &scope{root: true, dot: anything}, 0)
	if g.one(25) || g.sloppy && g.one(4) {
		main += g.form(mistakes, &scope{root: true, dot: anything}, 0)
	}
	if g.sloppy && g.one(3) {
		main = g.mutated(main)
	}
	sections := []section{{"options", []byte(options)}}
	var others []section
	switch g.n(3) {
	case 0:
		main = strings.Join(definitions, "") + main
	case 1:
		main += strings.Join(definitions, "\n")
	default:
		for i, d := range definitions {
			others = append(others, section{fmt.Sprintf("template f%d", i/2), []byte(d)})
		}
	}
	sections = append(sections, section{"template main", []byte(main)})
	sections = append(sections, others...)
	if late != "" {
		sections = append(sections, section{"template late", []byte(late)})
	}
	sections = append(sections, section{"data", []byte(g.data())})
	return formatSections(nil, sections)
}

func (g *generator) define(d definition, at spot) string {
	g.rooted = d.root
	s := &scope{root: d.root, dot: d.dot}
	body := g.content(at, s, 1)
	if g.one(3) && d.dot == tree && !d.root {
		call := g.action(fmt.Sprintf("template %q .", d.name))
		body += g.action("range .A") + call + g.action("end")
	}
	return g.action(fmt.Sprintf("define %q", d.name)) + body + g.action("end")
}

// action is an action, sometimes with trim markers or spaces.
func (g *generator) action(body string) string {
	left, right := g.left, g.right
	switch g.n(30) {
	case 0:
		left += "- "
	case 1:
		right = " -" + right
	case 2, 3, 4, 5:
		left, right = left+" ", " "+right
	}
	return left + body + right
}

// slot is an action that writes.
func (g *generator) slot(s *scope) string {
	k := anything
	if g.one(2) {
		k = text
	}
	return g.action(g.pipeline(s, k))
}

// content is text for a place, in which slots and control actions stand. It ends in the context it starts in.
func (g *generator) content(at spot, s *scope, depth int) string {
	var b strings.Builder
	for range 1 + g.n(4) {
		g.budget--
		if g.budget < 0 {
			break
		}
		switch {
		case depth < 5 && g.one(5):
			b.WriteString(g.control(at, s, depth))
		case g.one(12):
			b.WriteString(g.callOf(at, s))
		case g.one(30):
			b.WriteString(g.left + g.pick([]string{"/* c */", "/*a*b*/", "- /* <b> */", "/**/ -", "- /*\n*/ -", "- /* c */ -", "/* \" ` ' */", "/* / * // */"}) + g.right)
		case g.one(15):
			b.WriteString(g.action(g.declared(s, g.known(kind(g.n(int(kinds)))))))
		case g.one(25) && len(s.variables) > 0:
			v := s.variables[g.n(len(s.variables))]
			b.WriteString(g.action(v.name + " = " + g.operand(s, v.kind)))
		default:
			b.WriteString(g.piece(at, s, depth))
		}
	}
	return b.String()
}

// callOf is a call of a template made for the place, or nothing.
func (g *generator) callOf(at spot, s *scope) string {
	candidates := append(g.defined[at], g.defined[inAnything]...)
	if g.sloppy && g.one(4) {
		candidates = append(candidates, g.defined[spot(g.n(int(spots)))]...)
	}
	if len(candidates) == 0 {
		return ""
	}
	d := candidates[g.n(len(candidates))]
	switch {
	case d.root && g.rooted:
		return g.action(fmt.Sprintf("template %q $", d.name))
	case d.root:
		return ""
	case g.one(12) && d.dot == anything:
		return g.action(fmt.Sprintf("template %q", d.name))
	}
	if g.one(8) {
		return g.action(fmt.Sprintf("block \"b%d\" %s", g.n(100), g.operand(s, d.dot))) + g.blockBody(d.dot) + g.action("end")
	}
	return g.action(fmt.Sprintf("template %q %s", d.name, g.operand(s, d.dot)))
}

// blockBody is a slot in a block, where $ is what the block was given.
func (g *generator) blockBody(dot kind) string {
	rooted := g.rooted
	g.rooted = false
	defer func() { g.rooted = rooted }()
	return g.slot(&scope{dot: dot})
}

// inner is a scope below s with another dot.
func inner(s *scope, dot kind, sameDot bool) *scope {
	c := *s
	c.variables = append([]variable(nil), s.variables...)
	if !sameDot {
		c.dot, c.root = dot, false
	}
	return &c
}

func (g *generator) control(at spot, s *scope, depth int) string {
	body := func(c *scope) string { return g.content(at, c, depth+1) }
	switch g.n(9) {
	case 0, 1, 2:
		c := inner(s, 0, true)
		condition := g.operand(c, g.pickKind(boolean, boolean, anything, text))
		switch g.n(4) {
		case 0:
			condition = g.call(c, boolean)
		case 1:
			condition = g.declared(c, g.pickKind(boolean, text))
		}
		out := g.action("if "+condition) + body(c)
		for g.one(4) {
			condition := g.operand(c, boolean)
			if g.one(4) {
				condition = g.declared(c, boolean)
			}
			out += g.action("else if "+condition) + body(inner(c, 0, true))
		}
		if g.one(2) {
			out += g.action("else") + body(inner(c, 0, true))
		}
		return out + g.action("end")
	case 3, 4:
		c := inner(s, 0, true)
		k := g.known(g.pickKind(text, integer, tree, anything, clock))
		operand := g.operand(c, k)
		if g.one(3) {
			operand = g.declared(c, k)
		}
		out := g.action("with "+operand) + body(inner(c, k, false))
		for g.one(6) {
			out += g.action("else with "+g.operand(s, text)) + body(inner(s, text, false))
		}
		if g.one(2) {
			out += g.action("else") + body(inner(s, 0, true))
		}
		return out + g.action("end")
	}
	return g.ranged(s, body)
}

// ranged is a range over something of the data or an integer.
func (g *generator) ranged(s *scope, body func(*scope) string) string {
	c := inner(s, 0, true)
	// Never over a large integer of the data, which has no end.
	defer func(sloppy bool) { g.sloppy = sloppy }(g.sloppy)
	sloppy := g.sloppy
	g.sloppy = false
	k := g.pickKind(texts, texts, integers_, trees, integer)
	element := map[kind]kind{texts: text, integers_: integer, trees: tree, integer: integer}[k]
	operand := g.operand(c, k)
	single := false
	if !g.rooted && k != integer {
		k, element = integer, integer
		if s.dot == texts && !s.root {
			k, element, operand = texts, text, "."
		}
	}
	if k == integer {
		single = true
		operand = g.pick([]string{"3", "2", "0", "1", "-1", "0x2", "(len \"abc\")", "len \"ab\""})
	}
	if g.rooted && g.one(10) {
		operand, element, single = g.pick([]string{"$.O", "$.O", "$.P.O", "$.Z", "$.E", "(slice $.L 0)"}), text, false
	}
	inside := inner(c, element, false)
	inside.inRange = true
	way := g.n(5)
	if single && way == 0 && !g.one(15) {
		way = 1
	}
	switch way {
	case 0:
		operand = "$i, $e := " + operand
		inside.variables = append(inside.variables, variable{"$i", integer}, variable{"$e", element})
	case 1:
		operand = "$e := " + operand
		inside.variables = append(inside.variables, variable{"$e", element})
	case 2:
		// Variables that exist are assigned to.
		var same []string
		for _, v := range s.variables {
			if v.kind == element {
				same = append(same, v.name)
			}
		}
		if len(same) > 0 {
			operand = g.pick(same) + " = " + operand
		}
	}
	g.sloppy = sloppy
	content := body(inside)
	for g.one(5) {
		leave := g.action(g.pick([]string{"break", "continue"}))
		condition, end := g.action("if "+g.operand(inside, boolean)), g.action("end")
		content += g.pick([]string{
			condition + leave + end, condition + "x" + leave + end, condition + g.action("else") + leave + end, g.action("with "+g.operand(inside, text)) + leave + end,
			condition + leave + g.action("else") + "y" + end, g.action("range 2") + leave + end, g.action("range 0") + g.action("else") + leave + end, leave,
		}) + body(inside)
	}
	out := g.action("range "+operand) + content
	if g.one(3) {
		leave := ""
		if s.inRange && g.one(3) {
			leave = g.action(g.pick([]string{"break", "continue"}))
		}
		out += g.action("else") + body(inner(s, 0, true)) + leave
	}
	return out + g.action("end")
}

// mutated is a template with a few bytes or tokens changed.
func (g *generator) mutated(t string) string {
	tokens := []string{
		g.left, g.right, g.left + "end" + g.right, g.left + "else" + g.right, "<", ">", "\"", "'", "`", "/", "\\", "<!--", "-->", "=", "(", ")", "|", ":=", "$x", ".", "..",
		",", g.left + "break" + g.right, g.left + "/*", "<script>", "</script>", "0x", "1e", "'ab'", g.left + "if" + g.right, g.left + "define \"z\"" + g.right, "@", "#",
		" ", "\n", "\x00", "\xff", "é", g.left + "- ", "-3", " -" + g.right, g.left + "nil" + g.right, g.left + "range $a,$b,$c := .L" + g.right, g.left + "template 1" + g.right,
		" -" + g.right + "\n", "\r\n", "\u2028", "${", "}", "<style>", "<textarea>", " onclick=\"", " href=", "url(", "\\3f ", "#!", "*/", "//", "++", "42.", g.left + "continue" + g.right,
		g.left + "else if .B" + g.right, g.left + "else with .S" + g.right, g.left + "with .P" + g.right, "1_", "0b", "'", "|", " nil", ".X", "\t",
	}
	for range 1 + g.n(3) {
		if t == "" {
			break
		}
		i := g.n(len(t))
		j := min(len(t), i+1+g.n(6))
		switch g.n(3) {
		case 0:
			t = t[:i] + t[j:]
		case 1:
			t = t[:i] + g.pick(tokens) + t[i:]
		default:
			t = t[:j] + t[i:j] + t[j:]
		}
	}
	return t
}
