package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"reflect"
	"strconv"
	"strings"
	"sync"
	texttemplate "text/template"
	"text/template/parse"
)

// clonedFunctions are the functions of a set of html/template. That does not give them away, so each call is a small
// template in a clone of the set, which calls the function and keeps its result: html/template itself checks and
// converts the arguments.
type clonedFunctions struct {
	mu   sync.Mutex
	base *htmltemplate.Template // never executed
}

// callName names the templates that make calls.
const callName = "call"

// newClonedFunctions takes a clone over and empties its templates.
func newClonedFunctions(clone *htmltemplate.Template) (*clonedFunctions, error) {
	for _, t := range clone.Templates() {
		empty := &parse.Tree{Name: t.Name(), ParseName: t.Name(), Root: &parse.ListNode{NodeType: parse.NodeList}}
		if _, err := clone.AddParseTree(t.Name(), empty); err != nil {
			return nil, newError(CodeInternal, "%v", err)
		}
	}
	return &clonedFunctions{base: clone}, nil
}

// function gives the body of a function and the number of arguments it takes.
func (c *clonedFunctions) function(name string) (hostFunction, error) {
	body := &clonedFunction{set: c, name: name}
	f := hostFunction{body: body, flags: C.LVT_FUNCTION_FLAGS_TYPED_RESULT}
	// Calls with arguments that cannot be had: Go counts them first.
	for stops := range 2 {
		_, err := body.run(nil, stops+1)
		var refused *argumentError
		switch {
		case errors.Is(err, errStopped):
			body.fixed, f.min, f.max = 0, 0, -1 // so far; without arguments it may be refused when it is called
		case errors.As(err, &refused):
			got := fmt.Sprintf(" got %d", stops+1)
			_, want, _ := strings.Cut(strings.TrimSuffix(refused.message, got), ": want ")
			least, atLeast := strings.CutPrefix(want, "at least ")
			n, err := strconv.Atoi(strings.TrimSuffix(least, " got 0"))
			if err != nil {
				return f, newError(CodeInternal, "function %s: %s", name, refused.message)
			}
			body.fixed, f.min, f.max = n, n, n
			if atLeast {
				f.max = -1
			}
			return f, nil
		default:
			return f, newError(CodeInternal, "function %s: %v", name, err)
		}
	}
	return f, nil
}

// clonedFunction is one function of the set.
type clonedFunction struct {
	set   *clonedFunctions
	name  string
	fixed int      // how many arguments it needs
	calls sync.Map // source → *callTemplate
}

// callTemplate makes calls with arguments of the same forms.
type callTemplate struct {
	template *htmltemplate.Template
	places   []int // where the arguments begin in the source
	texts    []string
}

var errStopped = errors.New("stopped")

// boundCall is the data of such a template.
type boundCall struct {
	args   []argument
	result reflect.Value
}

// boundArgument is an argument, which the method V gives as what it is.
type boundArgument struct{ value reflect.Value }

func (c *boundCall) At(i int) boundArgument { return boundArgument{c.args[i].value} }

func (a boundArgument) V() reflect.Value { return a.value }

// Stop is an argument that cannot be had.
func (c *boundCall) Stop() (any, error) { return nil, errStopped }

func (c *boundCall) Keep(result reflect.Value) string {
	c.result = result
	return ""
}

func (f *clonedFunction) call(args []argument, complete bool) (reflect.Value, error) {
	if complete {
		return f.run(args, 0)
	}
	_, err := f.run(args, max(1, f.fixed-len(args)))
	if errors.Is(err, errStopped) {
		err = nil
	}
	return reflect.Value{}, err
}

// run calls the function with args and then stops that cannot be had.
func (f *clonedFunction) run(args []argument, stops int) (reflect.Value, error) {
	template, err := f.template(args, stops)
	if err != nil {
		return reflect.Value{}, err
	}
	call := &boundCall{args: args}
	if err := template.template.Execute(discard{}, call); err != nil {
		return reflect.Value{}, template.failure(f.name, err)
	}
	return call.result, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// template gives the template that makes calls of that form.
func (f *clonedFunction) template(args []argument, stops int) (*callTemplate, error) {
	made := &callTemplate{}
	source := "{{.Keep (" + f.name
	for i, arg := range args {
		source += " "
		made.places = append(made.places, len(source))
		if arg.constant != "" {
			source += arg.constant
			made.texts = append(made.texts, arg.constant)
		} else {
			source += fmt.Sprintf("(.At %d).V", i)
			made.texts = append(made.texts, strconv.Itoa(i))
		}
	}
	source += strings.Repeat(" .Stop", stops) + ")}}"
	if known, ok := f.calls.Load(source); ok {
		return known.(*callTemplate), nil
	}
	tree := parse.New(callName)
	tree.Mode = parse.SkipFuncCheck
	tree, err := tree.Parse(source, "", "", map[string]*parse.Tree{})
	if err != nil {
		return nil, err
	}
	f.set.mu.Lock()
	defer f.set.mu.Unlock()
	clone, err := f.set.base.Clone()
	if err == nil {
		made.template, err = clone.AddParseTree(callName, tree)
	}
	if err != nil {
		return nil, err
	}
	known, _ := f.calls.LoadOrStore(source, made)
	return known.(*callTemplate), nil
}

// failure is what the function failed with, or the refusal of an argument.
func (c *callTemplate) failure(name string, err error) error {
	var exec texttemplate.ExecError
	if !errors.As(err, &exec) {
		return err
	}
	if own := errors.Unwrap(exec.Err); own != nil {
		return own
	}
	message := exec.Err.Error()
	at, text := -1, name
	column := 0
	fmt.Sscanf(message, "template: "+callName+":1:%d:", &column)
	for i, place := range c.places {
		if column >= place {
			at, text = i, c.texts[i]
		}
	}
	prefix := fmt.Sprintf("template: %s:1:%d: executing %q at <%s>: ", callName, column, callName, text)
	return &argumentError{at, strings.TrimPrefix(message, prefix)}
}
