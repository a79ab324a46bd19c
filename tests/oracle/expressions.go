package main

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is the type of an expression as far as the generator cares.
type kind int

const (
	text kind = iota
	integer
	float
	boolean
	texts
	integers_
	trees
	tree
	clock
	anything
	kinds
)

// variable is one that is in scope.
type variable struct {
	name string
	kind kind
}

// scope is what expressions can refer to.
type scope struct {
	dot       kind // anything at the root means: see root
	root      bool // dot is the case's data
	variables []variable
	inRange   bool
	depth     int
}

var fieldsOf = map[kind][]string{
	text: {"S", "T", "U"}, integer: {"N", "M", "I"}, float: {"F", "G"}, boolean: {"B", "D"}, texts: {"L", "L", "E"}, integers_: {"K"},
	trees: {"A", "A"}, tree: {"P"}, clock: {"W"},
	anything: {"X", "O", "Z", "V", "Html", "Attr", "Js", "Jsstr", "Css", "Url", "Srcset", "Bytes", "S", "N", "F", "L", "A", "P", "W"},
}

// fieldsOfTree are the members of maps in A.
var fieldsOfTree = map[kind][]string{text: {"S", "U"}, integer: {"N"}, boolean: {"B"}, texts: {"L"}, trees: {"A"}, anything: {"S", "N", "A", "L"}}

// operand is an expression that can stand as an argument.
func (g *generator) operand(s *scope, k kind) string {
	if g.sloppy && g.one(12) {
		k = kind(g.n(int(kinds)))
	}
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > 4 {
		return g.literal(k)
	}
	switch g.n(10) {
	case 0:
		if g.one(60) {
			return g.pick([]string{"nil", "$.Gone", "$.Z", "$.Gone"})
		}
		if l := g.literal(k); l != "" {
			return l
		}
	case 1, 2:
		return "(" + g.call(s, k) + ")"
	case 3:
		var found []string
		for _, v := range s.variables {
			if v.kind == k || k == anything {
				found = append(found, v.name)
			}
		}
		if len(found) > 0 {
			return g.pick(found)
		}
	}
	return g.field(s, k)
}

func (g *generator) field(s *scope, k kind) string {
	if g.rooted && g.one(12) {
		if fields := fieldsOfTree[k]; fields != nil {
			return g.pick([]string{"($.P).", "(($).P).", "(or $.P).", "(and true $.P)."}) + g.pick(fields)
		}
	}
	switch {
	case s.root && !g.one(4):
		return "." + g.pick(fieldsOf[k])
	case s.dot == tree && !s.root && fieldsOfTree[k] != nil && g.one(2):
		return "." + g.pick(fieldsOfTree[k])
	case !s.root && (s.dot == k || k == anything) && g.one(2):
		return "."
	}
	root := "$"
	if g.rooted {
		if fields := fieldsOfTree[k]; fields != nil && g.one(5) {
			return root + ".P." + g.pick(fields)
		}
		return root + "." + g.pick(fieldsOf[k])
	}
	// In a called template $ is what it was given.
	if l := g.literal(k); l != "" {
		return l
	}
	return "."
}

func (g *generator) integerLiteral() string {
	if g.one(3) {
		n := g.random.Uint64() >> (1 + g.n(63))
		sign := g.pick([]string{"", "", "-", "+"})
		return sign + fmt.Sprintf(g.pick([]string{"%d", "0x%x", "0X%X", "0b%b", "0o%o", "0%o"}), n)
	}
	if g.one(12) {
		return strconv.QuoteRune(rune(g.n(0x2100)))
	}
	if g.one(25) {
		return g.pick([]string{"1i", "2.5i", "1+2i", "3-0i", "0x1p2i", "-1i", "0i", "1e3+1e-3i", "+2-.5i"})
	}
	return g.pick([]string{
		"0", "1", "2", "3", "-1", "+4", "7", "0x1F", "0b101", "0o17", "017", "1_000", "'a'", `'\n'`, `'\u00e9'`, "'世'", `'\x41'`, "1e3", "0x_ff",
		"-9223372036854775808", "9223372036854775807", "-0", "00", "0B1", "0O7", `'\''`, `'\U0001F600'`, `'\377'`, "0b_1_0",
	})
}

func (g *generator) floatLiteral() string {
	if g.one(3) {
		f := (g.random.Float64() - 0.5) * []float64{1, 1e3, 1e25, 1e-12}[g.n(4)]
		return strconv.FormatFloat(f, "eEfgx"[g.n(5)], []int{-1, 0, 3, 20}[g.n(4)], 64)
	}
	return g.pick([]string{
		"1.5", "0.0", "-2.5e3", "1e100", "0x1p-2", "0x1.8p1", ".5", "1.", "1e-10", "+3.25", "1_0.2_5", "1e21", "1e20", "100000.0", "-0.0", "0x.8p0", "-.5", "1E+3", "0X1P2",
		"5e-324", "1.7976931348623157e308", "123456789.0", "0.000001", "1e6",
	})
}

func (g *generator) textLiteral() string {
	t := g.text()
	if g.one(4) && !strings.ContainsAny(t, "`\r") && !strings.Contains(t, g.right) {
		return "`" + t + "`"
	}
	q := strconv.Quote(t)
	if g.one(3) {
		q = strconv.QuoteToASCII(t)
	}
	return q
}

// literal is a constant of the kind, or nothing where the language has none.
func (g *generator) literal(k kind) string {
	switch k {
	case text:
		return g.textLiteral()
	case integer:
		return g.integerLiteral()
	case float:
		return g.floatLiteral()
	case boolean:
		return g.pick([]string{"true", "false"})
	case anything:
		if g.one(8) {
			return g.pick([]string{"1i", "-2.5i", "0i", "1e3i", "0x1p-2i", "1+2i", "-1.5-0.25i", "1e-7+3i", "+4+0i"})
		}
		return g.literal(kind(g.n(4)))
	case clock, tree, trees, texts, integers_:
		if g.rooted {
			return "$." + g.pick(fieldsOf[k])
		}
	}
	return `"lit"`
}

var verbs = []string{
	"%v", "%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%b", "%o", "%#o", "%O", "%c", "%U", "%#U",
	"%e", "%E", "%f", "%F", "%g", "%G", "%.2f", "%8.3f", "%-8.2f|", "%+.1e", "%08.3f", "%.3g", "%t", "%10s|", "%-10s|", "%.3s", "%5.1q", "%#q", "%+q", "%%", "%T",
	"%[1]v", "%[2]d %[1]v", "%*d", "%-*d|", "%.*f", "%z", "%!", "%", "%[9]d", "%[x]d", "%6.2f%%", "%#g", "%x", "%X", "% X", "%#v", "%w", "%08b", "%+v", "%#.3x",
}

func (g *generator) format() string {
	var b strings.Builder
	for range 1 + g.n(3) {
		b.WriteString(g.pick([]string{"", "", "a ", "<b>", "'", "; ", "%%"}))
		if g.one(2) {
			b.WriteString(g.pick(verbs))
			continue
		}
		b.WriteByte('%')
		for range g.n(3) {
			b.WriteString(g.pick([]string{"+", "-", "#", " ", "0"}))
		}
		b.WriteString(g.pick([]string{"", "", "", "1", "4", "12", "[1]", "[2]", "*"}))
		b.WriteString(g.pick([]string{"", "", "", ".", ".0", ".1", ".7", ".*", ".[1]*"}))
		b.WriteString(g.pick([]string{"", "", "", "", "[1]", "[3]"}))
		b.WriteByte("vvvvdsqxXtbcoOUeEfFgGTzp!%"[g.n(26)])
	}
	if strings.Contains(b.String(), "p") {
		return strconv.Quote(strings.ReplaceAll(b.String(), "p", "v")) // memory is not compared
	}
	return strconv.Quote(b.String())
}

var layouts = []string{
	`"2006-01-02"`, `"15:04:05"`, `"Jan 2, 2006 at 3:04pm (MST)"`, `"Mon Monday 1/2 _2 02 __2 002"`, `"2006-01-02T15:04:05.999999999Z07:00"`, `"05.000"`, `".00"`, `"Z0700 -07 Z07"`,
	`"06 January 03 PM .000000 ,999"`, `"Monday Janu x Jan_2 pm 5.00 5,9 .0x"`, `"-070000 Z070000 -07:00:00 Z07:00:00"`, `"1 2 3 4 5 6 7 10 20 01 02 03 04 05 06"`, `""`, `"<b>2006</b>"`,
}

// call is a command with a function or method that gives the kind.
func (g *generator) call(s *scope, k kind) string {
	o := func(k kind) string { return g.operand(s, k) }
	many := func(least, most int) string {
		var b strings.Builder
		for range least + g.n(most-least+1) {
			b.WriteString(" " + o(anything))
		}
		return b.String()
	}
	switch k = g.known(k); k {
	case text:
		way := g.n(12)
		if !g.rooted && way >= 7 && way <= 9 {
			way = 0
		}
		switch way {
		case 0, 1, 2:
			return "printf " + g.format() + many(0, 3)
		case 3:
			return "print" + many(0, 3)
		case 4:
			return "println" + many(0, 2)
		case 5:
			return "js" + many(1, 2)
		case 6:
			if g.sloppy {
				return g.pick([]string{"html", "urlquery"}) + many(1, 2)
			}
			return "slice " + o(text) + g.pick([]string{"", " 0", " 0 0"})
		case 7:
			return receiver(o(clock)) + ".Format " + g.pick(layouts)
		case 8:
			return receiver(o(clock)) + g.pick([]string{".String", ".UTC.String", ".Month.String", ".Weekday.String"})
		case 9:
			return g.item(o(texts), "0")
		case 10:
			return "default " + o(text) + " " + o(text)
		}
		return "printf " + g.pick([]string{`"%s"`, `"%v"`, `"%q"`}) + " " + o(text)
	case integer:
		way := g.n(5)
		if !g.rooted && way == 2 {
			way = 0
		}
		switch way {
		case 0, 1:
			return "len " + o(g.known(g.pickKind(text, texts, integers_, trees)))
		case 2:
			return receiver(o(clock)) + g.pick([]string{".Unix", ".Year", ".Month", ".Day", ".Weekday", ".Hour", ".Minute", ".Second", ".Nanosecond", ".YearDay", ".UnixMilli", ".UnixMicro", ".UnixNano"})
		case 3:
			return g.item(o(g.known(g.pickKind(integers_, text))), g.pick([]string{"0", "0", "1"}))
		}
		return "or " + o(integer) + " " + o(integer)
	case float:
		return "and " + o(float) + " " + o(float)
	case boolean:
		switch g.n(7) {
		case 0:
			return "not " + o(anything)
		case 1, 2:
			c := g.pickKind(text, integer, float)
			return g.pick([]string{"lt", "le", "gt", "ge"}) + " " + o(c) + " " + o(c)
		case 3, 4:
			c := g.pickKind(text, integer, float, boolean)
			return g.pick([]string{"eq", "ne"}) + " " + o(c) + " " + o(c)
		case 5:
			c := g.pickKind(text, integer)
			return "eq " + o(c) + " " + o(c) + " " + o(c)
		}
		if !g.rooted {
			return "not " + o(anything)
		}
		return receiver(o(clock)) + g.form([]string{".IsZero", ".Before «time»", ".After «time»", ".Equal «time»"}, s, 0)
	case texts, integers_, trees:
		if g.one(2) {
			return "slice " + o(k) + g.pick([]string{"", " 0", " 0 0"})
		}
		return "or " + o(k) + " " + o(k)
	case clock:
		return receiver(o(clock)) + ".UTC"
	case tree:
		return g.item(o(trees), "0")
	}
	if g.sloppy {
		return g.wrong(s)
	}
	switch g.n(7) {
	case 0:
		return "or " + o(anything) + many(0, 2)
	case 1:
		return "and " + o(anything) + many(0, 2)
	case 2:
		if g.rooted {
			return g.form([]string{`index $.O «"»`, `index $.P "A"`, `index $.P "S"`, "index $.A", `index $ "L"`, "index $.O «text»"}, s, 0)
		}
	case 3:
		return "default " + o(anything) + " " + o(anything)
	case 4:
		if g.rooted {
			return receiver(o(clock)) + g.pick([]string{".Month", ".Weekday", ".Month.String", ".Weekday.String"})
		}
	}
	return g.call(s, g.pickKind(text, integer, boolean, float))
}

// stages are what may stand after a bar.
var stages = []string{
	"printf «%»", "print", "println", "js", `printf "%v"`, `printf "%s-%v" «any»`, "or «any»", "not", "print «any»", "default «text»", "len", "eq «any»", "and «any»", "printf «%» «any»",
}

// wrong is a command that is mostly a mistake.
func (g *generator) wrong(s *scope) string {
	switch g.n(24) {
	case 0:
		return receiver(g.operand(s, anything)) + g.pick([]string{".Foo", ".S.T"})
	case 1:
		return g.pick([]string{"nil", "nil.X", "99999999999999999999", "18446744073709551615", "(nil)", "true.X", "1.X", "\"a\".X", "$.S.T", ".Z.X", ".Gone.X", "$.P.Gone.X"})
	case 2:
		return g.form([]string{"1.5 «any»", ".S «any»", "(«any») «any»", "true «any»", ". «any»", "$ «any»", "\"s\" «any»", "nil «any»"}, s, 0)
	case 3:
		return receiver(g.operand(s, clock)) + g.form([]string{".Format", ".Format «any»", ".Format «any» «any»", ".Before «text»"}, s, 0)
	}
	call := g.pick([]string{"index", "slice", "len", "eq", "lt", "call", "not", "and", "or", "printf", "ne", "default", "ge", "print", "js", "le", "gt", "println"})
	for range g.n(5) {
		if g.one(10) {
			call += " nil"
			continue
		}
		call += " " + g.operand(s, kind(g.n(int(kinds))))
	}
	return call
}

// receiver is an operand after which a field may stand.
func receiver(operand string) string {
	if operand == "." || !strings.ContainsAny(operand[:1], ".$(") || strings.Trim(operand[:1]+operand[1:2], ".0123456789") == "" {
		return "(" + operand + ")"
	}
	return operand
}

// item is a command that gives an item of a list or text. An index may be out of range; mostly that is looked at first.
func (g *generator) item(list, at string) string {
	if g.one(15) {
		return "index " + list + " " + at
	}
	return fmt.Sprintf("and (gt (len %s) %s) (index %s %s)", list, at, list, at)
}

// known is a kind of which something can be had where $ is not the data.
func (g *generator) known(k kind) kind {
	if g.rooted || k < texts || k == anything {
		return k
	}
	return g.pickKind(text, integer, boolean)
}

func (g *generator) pickKind(of ...kind) kind { return of[g.n(len(of))] }

// pipeline is what stands in an action that writes.
func (g *generator) pipeline(s *scope, k kind) string {
	if k == anything && g.one(3) {
		k = g.pickKind(text, text, text, integer, float, boolean)
	}
	var first string
	switch g.n(10) {
	case 0, 1:
		first = g.call(s, k)
	case 2:
		first = "(" + g.call(s, k) + ")"
	default:
		first = g.operand(s, k)
	}
	for g.one(9) {
		first += g.pick([]string{" | ", "|", " |"}) + g.form(stages, s, 0)
	}
	if g.one(40) {
		first += g.pick([]string{" | html", " | urlquery"})
	}
	return first
}

// declared puts a variable in scope and gives its declaration.
func (g *generator) declared(s *scope, k kind) string {
	name := fmt.Sprintf("$%s%d", g.pick([]string{"v", "é", "_x"}), g.n(4))
	expression := g.operand(s, k)
	s.variables = append(s.variables, variable{name, k})
	return name + " := " + expression
}
