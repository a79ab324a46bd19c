package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template/parse"
)

// A folder is a set of template files; the case's template names are paths below it.
type folder struct {
	sources []source
	shapes  []*shape // what each file wants for its data
}

// shape is what templates do with a value. Nothing is known of one that is only printed or tested.
type shape struct {
	fields map[string]*shape
	item   *shape
	number bool
	text   bool
	time   bool
	// Templates would go on with it without end.
	cut bool
}

var templateFiles = []string{".html", ".gohtml", ".tmpl", ".tpl", ".gotmpl"}

func readFolder(path string) (*folder, error) {
	f := &folder{}
	err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(templateFiles, filepath.Ext(file)) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(path, file)
		f.sources = append(f.sources, source{filepath.ToSlash(name), text})
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(f.sources) == 0 {
		return nil, fmt.Errorf("no templates below %s", path)
	}
	parsed := make([]map[string]*parse.Tree, len(f.sources))
	for i, s := range f.sources {
		// Functions of the host are unknown here; whether the file parses is for Go and the engine to say.
		t := parse.New(s.name)
		t.Mode = parse.SkipFuncCheck
		parsed[i] = map[string]*parse.Tree{}
		_, _ = t.Parse(string(s.text), "", "", parsed[i])
	}
	for i, s := range f.sources {
		trees := map[string]*parse.Tree{}
		for _, set := range append(parsed, parsed[i]) {
			for name, tree := range set {
				if trees[name] == nil || !parse.IsEmptyTree(tree.Root) {
					trees[name] = tree
				}
			}
		}
		root := &shape{}
		w := &shaper{trees: trees, seen: map[string]int{}}
		w.template(s.name, root)
		f.shapes = append(f.shapes, root)
	}
	return f, nil
}

// file is a case with the folder's templates: each file is the entry in turn, and comes once more at the end, so that
// of the files which define the same templates it is the one that counts.
func (f *folder) file(g *generator, number int) []byte {
	entry := number % len(f.sources)
	sections := []section{{"options", []byte("trusted\nnumbers strict")}, {"template " + f.sources[entry].name, f.sources[entry].text}}
	for i, s := range f.sources {
		if i != entry {
			sections = append(sections, section{"template " + s.name, s.text})
		}
	}
	sections = append(sections, section{"template " + f.sources[entry].name, f.sources[entry].text})
	return formatSections(nil, append(sections, section{"data", []byte(f.shapes[entry].json(g, 0))}))
}

// json is a random value of the shape.
func (s *shape) json(g *generator, depth int) string {
	switch {
	case depth > 12 || g.one(400):
		return "null"
	case g.one(400):
		return g.anyJSON(1)
	case s.time:
		return g.timeJSON()
	case len(s.fields) > 0 && !s.cut:
		var names []string
		for name := range s.fields {
			names = append(names, name)
		}
		slices.Sort(names)
		var members []string
		for _, name := range names {
			members = append(members, quoteJSON(name)+":"+s.fields[name].json(g, depth+1))
		}
		return "{" + strings.Join(members, ",") + "}"
	case s.cut:
		return "null"
	case s.item != nil && s.item.cut:
		return "[]"
	case s.item != nil:
		return g.list(3, func() string { return s.item.json(g, depth+1) })
	case s.number:
		return g.pick(integers)
	case !s.text && g.one(5):
		return g.anyJSON(1)
	}
	return g.textJSON()
}

func (s *shape) field(name string) *shape {
	if s.fields == nil {
		s.fields = map[string]*shape{}
	}
	if s.fields[name] == nil {
		s.fields[name] = &shape{}
	}
	return s.fields[name]
}

func (s *shape) element() *shape {
	if s.item == nil {
		s.item = &shape{}
	}
	return s.item
}

// shaper walks templates and notes what they do with their data.
type shaper struct {
	trees map[string]*parse.Tree
	seen  map[string]int
	vars  map[string]*shape
}

func (w *shaper) template(name string, dot *shape) {
	tree := w.trees[name]
	// A template that calls itself wants the same again, one level down.
	if tree == nil || tree.Root == nil {
		return
	}
	if w.seen[name] >= 3 {
		dot.cut = true
		return
	}
	w.seen[name]++
	outer := w.vars
	w.vars = map[string]*shape{"$": dot}
	w.list(tree.Root, dot)
	w.vars = outer
	w.seen[name]--
}

func (w *shaper) list(list *parse.ListNode, dot *shape) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			w.pipe(node.Pipe, dot, false)
		case *parse.IfNode:
			w.pipe(node.Pipe, dot, false)
			w.list(node.List, dot)
			w.list(node.ElseList, dot)
		case *parse.WithNode:
			w.list(node.List, w.pipe(node.Pipe, dot, false))
			w.list(node.ElseList, dot)
		case *parse.RangeNode:
			w.list(node.List, w.pipe(node.Pipe, dot, true).element())
			w.list(node.ElseList, dot)
		case *parse.TemplateNode:
			w.template(node.Name, w.pipe(node.Pipe, dot, false))
		}
	}
}

// pipe gives the shape of what a pipeline evaluates to.
func (w *shaper) pipe(pipe *parse.PipeNode, dot *shape, ranged bool) *shape {
	value := &shape{}
	if pipe == nil {
		return value
	}
	for i, command := range pipe.Cmds {
		value = w.command(command, dot, i == len(pipe.Cmds)-1 && i > 0, value)
	}
	for i, v := range pipe.Decl {
		switch {
		case ranged && i == len(pipe.Decl)-1:
			w.vars[v.Ident[0]] = value.element()
		case ranged:
			w.vars[v.Ident[0]] = &shape{}
		case !pipe.IsAssign:
			w.vars[v.Ident[0]] = value
		}
	}
	return value
}

func (w *shaper) command(command *parse.CommandNode, dot *shape, piped bool, last *shape) *shape {
	var args []*shape
	for _, arg := range command.Args {
		args = append(args, w.operand(arg, dot))
	}
	if piped {
		args = append(args, last)
	}
	id, isCall := command.Args[0].(*parse.IdentifierNode)
	if !isCall {
		return args[0]
	}
	switch id.Ident {
	case "index":
		if len(args) == 3 {
			if s, ok := command.Args[len(command.Args)-1].(*parse.StringNode); ok && !piped {
				return args[1].field(s.Text)
			}
			return args[1].element()
		}
	case "slice", "or", "and", "default":
		return args[min(1, len(args)-1)]
	case "eq", "ne", "lt", "le", "gt", "ge":
		literal := func(t parse.NodeType) bool {
			return slices.ContainsFunc(command.Args[1:], func(arg parse.Node) bool { return arg.Type() == t })
		}
		for _, arg := range args[1:] {
			arg.text = arg.text || literal(parse.NodeString)
			arg.number = arg.number || !arg.text && id.Ident != "eq" && id.Ident != "ne" || literal(parse.NodeNumber)
		}
	}
	return &shape{}
}

// timeMethods are names that are more likely methods of a time than fields.
var timeMethods = []string{"Format", "Unix", "UnixMilli", "YearDay", "IsZero", "Before", "After", "UTC", "Weekday"}

func (w *shaper) operand(node parse.Node, dot *shape) *shape {
	var names []string
	value := dot
	switch node := node.(type) {
	case *parse.DotNode:
	case *parse.FieldNode:
		names = node.Ident
	case *parse.VariableNode:
		value, names = w.vars[node.Ident[0]], node.Ident[1:]
	case *parse.ChainNode:
		value, names = w.operand(node.Node, dot), node.Field
	case *parse.PipeNode:
		value = w.pipe(node, dot, false)
	default:
		return &shape{}
	}
	if value == nil {
		value = &shape{}
	}
	for _, name := range names {
		if slices.Contains(timeMethods, name) {
			value.time = true
			return &shape{}
		}
		value = value.field(name)
	}
	return value
}
