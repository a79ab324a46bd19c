package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

// coverage counts what the cases reached, by Go's own words for it.
type coverage struct {
	cases, accepted int
	contexts        map[string]int // slots that wrote something, by each value of the context's types
	errors          map[template.ErrorCode]int
	refused         map[string]int // by the answer's code
}

func newCoverage() *coverage {
	return &coverage{contexts: map[string]int{}, errors: map[template.ErrorCode]int{}, refused: map[string]int{}}
}

// The values of Go's types, each with the value that a derived template's name leaves out first. A slot cannot stand in
// stateError and stateDead. A test compares them with Go's source.
var contextTypes = [][]string{
	{
		"stateText", "stateTag", "stateAttrName", "stateAfterName", "stateBeforeValue", "stateHTMLCmt", "stateRCDATA", "stateAttr", "stateURL", "stateSrcset",
		"stateJS", "stateJSDqStr", "stateJSSqStr", "stateJSTmplLit", "stateJSRegexp", "stateJSBlockCmt", "stateJSLineCmt", "stateJSHTMLOpenCmt", "stateJSHTMLCloseCmt",
		"stateCSS", "stateCSSDqStr", "stateCSSSqStr", "stateCSSDqURL", "stateCSSSqURL", "stateCSSURL", "stateCSSBlockCmt", "stateCSSLineCmt",
		"stateMetaContent", "stateMetaContentURL",
	},
	{"delimNone", "delimDoubleQuote", "delimSingleQuote", "delimSpaceOrTagEnd"},
	{"urlPartNone", "urlPartPreQuery", "urlPartQueryOrFrag", "urlPartUnknown"},
	{"jsCtxRegexp", "jsCtxDivOp", "jsCtxUnknown"},
	{"attrNone", "attrScript", "attrScriptType", "attrStyle", "attrURL", "attrSrcset", "attrMetaContent"},
	{"elementNone", "elementScript", "elementStyle", "elementTextarea", "elementTitle", "elementMeta"},
}

// errorCodes are those that Go can raise: nothing in it makes ErrRangeLoopReentry (a range that ends elsewhere than it
// starts is ErrBranchEnd) and ErrJSTemplate any more. A test compares them with Go's source.
var errorCodes = map[template.ErrorCode]string{
	template.ErrAmbigContext: "ErrAmbigContext", template.ErrBadHTML: "ErrBadHTML", template.ErrBranchEnd: "ErrBranchEnd",
	template.ErrEndContext: "ErrEndContext", template.ErrNoSuchTemplate: "ErrNoSuchTemplate", template.ErrOutputContext: "ErrOutputContext",
	template.ErrPartialCharset: "ErrPartialCharset", template.ErrPartialEscape: "ErrPartialEscape",
	template.ErrSlashAmbig: "ErrSlashAmbig", template.ErrPredefinedEscaper: "ErrPredefinedEscaper",
}

// What a long run must have reached, or it says little.
const (
	longRun       = 200_000 // cases
	leastAccepted = 0.6     // of the cases
	leastSlots    = 100     // for each value of the context's types
	leastErrors   = 10      // of each code
)

// missing says what a long run did not reach.
func (c *coverage) missing() []string {
	var missing []string
	if float64(c.accepted) < leastAccepted*float64(c.cases) {
		missing = append(missing, fmt.Sprintf("Go accepts less than %.0f %% of the cases", 100*leastAccepted))
	}
	for _, values := range contextTypes {
		for _, value := range values {
			if c.contexts[value] < leastSlots {
				missing = append(missing, fmt.Sprintf("%s: less than %d slots", value, leastSlots))
			}
		}
	}
	for code, name := range errorCodes {
		if c.errors[code] < leastErrors {
			missing = append(missing, fmt.Sprintf("%s: less than %d", name, leastErrors))
		}
	}
	return missing
}

// add counts a case and Go's answer to it; set is the case's template set, not yet executed.
func (c *coverage) add(set *template.Template, data any, want section, err error) {
	c.cases++
	if strings.HasPrefix(want.heading, "want") {
		c.accepted++
		c.addContexts(set, data)
		return
	}
	code, _, _ := strings.Cut(string(want.content), "\n")
	c.refused[strings.TrimPrefix(code, "code ")]++
	if e := (*template.Error)(nil); errors.As(err, &e) {
		c.errors[e.ErrorCode]++
	}
}

// merge adds what another has counted.
func (c *coverage) merge(o *coverage) {
	c.cases += o.cases
	c.accepted += o.accepted
	for context, n := range o.contexts {
		c.contexts[context] += n
	}
	for code, n := range o.errors {
		c.errors[code] += n
	}
	for code, n := range o.refused {
		c.refused[code] += n
	}
}

// probeName is the name of an empty template; html/template names what it derives from it by the context of the call.
const probeName = "oracle probe "

var derivedProbe = regexp.MustCompile(`"` + probeName + `(\d+)\$htmltemplate_([^"]*)"`)

// probe is what prober copies: a call of an empty template and the command that notes what a slot writes.
var probe = func() (p struct {
	call  *parse.TemplateNode
	note  *parse.CommandNode
	empty *parse.Tree
}) {
	set, err := parse.Parse("probe", `{{template "x"}}{{. | oracleProbe 1}}{{define "x"}} {{end}}`, "", "", texttemplate.FuncMap{"oracleProbe": fmt.Sprint})
	if err != nil {
		panic(err)
	}
	nodes := set["probe"].Root.Nodes
	p.call = nodes[0].(*parse.TemplateNode)
	p.note = nodes[1].(*parse.ActionNode).Pipe.Cmds[1]
	p.empty = set["x"]
	return p
}()

// addContexts executes the case again with a probe at every slot: a call of an empty template before it, which makes
// html/template say the slot's context by the name of the template it derives, and a function at the end of its
// pipeline that notes what passes. A slot whose context is not the same for every call of its template is not counted,
// nor one in which a predefined escaper comes last.
func (c *coverage) addContexts(set *template.Template, data any) {
	wrote := map[int]int{}
	set.Funcs(texttemplate.FuncMap{"oracleProbe": func(n int, value any) any {
		if value != nil && fmt.Sprint(value) != "" {
			wrote[n]++
		}
		return value
	}})
	p := &prober{}
	for _, t := range set.Templates() {
		if t.Tree != nil {
			p.entry = t.Name() == set.Name()
			p.list(t.Tree.Root)
		}
	}
	for n := range p.slots {
		tree := &parse.Tree{Name: probeName + strconv.Itoa(n), ParseName: "probe", Root: probe.empty.Root.CopyList()}
		if _, err := set.AddParseTree(tree.Name, tree); err != nil {
			return
		}
	}
	// An error that the probes bring about ends the counting early, nothing else.
	_ = set.Execute(io.Discard, clone(data))
	contexts := map[int][]string{}
	for _, m := range derivedProbe.FindAllStringSubmatch(set.DefinedTemplates(), -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			contexts[n] = append(contexts[n], m[2])
		}
	}
	for n, times := range wrote {
		switch {
		case len(contexts[n]) == 1 && p.slots[n]:
			c.count(contexts[n][0], times)
		case len(contexts[n]) == 0:
			c.count("stateText", times)
		}
	}
}

func (c *coverage) count(context string, times int) {
	words := map[string]bool{}
	for word := range strings.SplitSeq(context, "_") {
		words[word] = true
	}
	for _, values := range contextTypes {
		found := values[0]
		for _, value := range values {
			if words[value] {
				found = value
			}
		}
		c.contexts[found] += times
	}
}

// prober puts probes into syntax trees.
type prober struct {
	entry bool
	slots []bool // whether the slot stands in the entry template
}

func (p *prober) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	var nodes []parse.Node
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if len(node.Pipe.Decl) == 0 && !endsInEscaper(node.Pipe) {
				n := len(p.slots)
				p.slots = append(p.slots, p.entry)
				call := probe.call.Copy().(*parse.TemplateNode)
				call.Name = probeName + strconv.Itoa(n)
				note := probe.note.Copy().(*parse.CommandNode)
				number := note.Args[1].(*parse.NumberNode)
				number.Int64, number.Text = int64(n), strconv.Itoa(n)
				nodes = append(nodes, call)
				node.Pipe.Cmds = append(node.Pipe.Cmds, note)
			}
		case *parse.IfNode:
			p.list(node.List)
			p.list(node.ElseList)
		case *parse.WithNode:
			p.list(node.List)
			p.list(node.ElseList)
		case *parse.RangeNode:
			p.list(node.List)
			p.list(node.ElseList)
		}
		nodes = append(nodes, node)
	}
	list.Nodes = nodes
}

// endsInEscaper says whether a pipeline ends in a predefined escaper, which must stay the last command.
func endsInEscaper(pipe *parse.PipeNode) bool {
	for _, command := range pipe.Cmds {
		if id, ok := command.Args[0].(*parse.IdentifierNode); ok && (id.Ident == "html" || id.Ident == "urlquery") {
			return true
		}
	}
	return false
}

func (c *coverage) print() {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Go accepts %d of %d cases (%.1f %%)", c.accepted, c.cases, 100*float64(c.accepted)/float64(max(c.cases, 1)))
	var codes []string
	for code := range c.refused {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	for _, code := range codes {
		fmt.Fprintf(&b, ", %s %d", code, c.refused[code])
	}
	b.WriteString("\n\nslots that were given something to write, by the context they stand in:\n")
	for _, values := range contextTypes {
		for _, value := range values {
			fmt.Fprintf(&b, "  %-22s %8d\n", value, c.contexts[value])
		}
	}
	b.WriteString("\nescaping errors:\n")
	for code := template.ErrAmbigContext; code <= template.ErrPredefinedEscaper; code++ {
		if errorCodes[code] == "" {
			continue
		}
		fmt.Fprintf(&b, "  %-22s %8d\n", errorCodes[code], c.errors[code])
	}
	fmt.Println(b.String())
}
