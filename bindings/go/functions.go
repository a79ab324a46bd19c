package livetemplate

// #include <livetemplate.h>
import "C"

import (
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"sync"
	"text/template/parse"
	"unicode"
)

// FuncMap names the functions that templates call, as html/template's: see [Template.Funcs].
type FuncMap = template.FuncMap

// declared is a function of a FuncMap with what its author says about its results.
type declared struct {
	function any
	pure     bool
}

// Volatile wraps a function of a [FuncMap] whose results may differ from call to call although its arguments are the same:
// it is called at every update of a page. Functions that are called without arguments are volatile by themselves.
func Volatile(function any) any { return declared{function, false} }

// Pure wraps a function of a [FuncMap] whose results depend on its arguments alone, so that updates may leave out calls
// whose arguments have not changed. Functions that are called with arguments are taken for pure by themselves.
func Pure(function any) any { return declared{function, true} }

// Funcs adds functions that the templates of the set can call, under the rules of html/template: a function has one result,
// or two of which the second is an error; it panics when one has not, or when a name is no identifier. A function must be
// there when a text that calls it is parsed; one of the same name, a predefined one included, is replaced.
//
// Arguments are checked and converted as html/template does. An error that a function returns, and a panic in it, ends the
// execution with an [Error] that wraps it: errors.Is and errors.As find it.
//
// Functions may be called by many goroutines at once. A function that is called during a page's update may read that page
// and use others; a change to the page itself fails with [ErrReentrant]. Values wrapped by [Volatile] or [Pure] say when a
// page's update must call a function again. For what a page showed, updates and [Page.Render] may call a pure function again,
// with the old arguments; it cannot render that page itself.
func (t *Template) Funcs(functions FuncMap) *Template {
	t.set.mu.Lock()
	defer t.set.mu.Unlock()
	checked := make(map[string]hostFunction, len(functions))
	for name, function := range functions {
		checked[name] = newFunction(name, function)
	}
	for name, function := range checked {
		t.set.functions[name] = function
	}
	t.set.changed()
	return t
}

// hostFunction is a function that a set is built with.
type hostFunction struct {
	body     body
	min, max int // arguments; max is negative when there may be any number
	flags    C.int32_t
}

// body is what the engine calls.
type body interface {
	// call gives the result; *argumentError is for an argument that is refused, anything else is the function's own error.
	// When complete is false, args are the first of a call and are checked only.
	call(args []argument, complete bool) (reflect.Value, error)
}

// argument is one of a call: a constant as it is written, or a value, which is invalid where there is none.
type argument struct {
	constant string
	value    reflect.Value
}

// argumentError refuses an argument, or, when index is negative, the call.
type argumentError struct {
	index   int
	message string
}

func (e *argumentError) Error() string { return e.message }

func newFunction(name string, function any) hostFunction {
	flags := C.int32_t(0)
	if d, ok := function.(declared); ok {
		function, flags = d.function, C.LVT_FUNCTION_FLAGS_VOLATILE
		if d.pure {
			flags = C.LVT_FUNCTION_FLAGS_PURE
		}
	}
	if !isIdentifier(name) {
		panic(fmt.Errorf("function name %q is not a valid identifier", name))
	}
	v := reflect.ValueOf(function)
	if v.Kind() != reflect.Func {
		panic("value for " + name + " not a function")
	}
	if err := checkResults(name, v.Type()); err != nil {
		panic(err)
	}
	f := functionOf(v)
	f.flags |= flags
	return f
}

// functionOf makes a function with good results callable.
func functionOf(v reflect.Value) hostFunction {
	t := v.Type()
	f := hostFunction{body: &goFunction{function: v}, min: t.NumIn(), max: t.NumIn()}
	if t.IsVariadic() {
		f.min, f.max = f.min-1, -1
	}
	if out := t.Out(0); out.Kind() != reflect.Interface || out.NumMethod() > 0 {
		f.flags |= C.LVT_FUNCTION_FLAGS_TYPED_RESULT
	}
	return f
}

func isIdentifier(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

var errorInterface = reflect.TypeFor[error]()

// checkResults refuses what cannot be called from a template.
func checkResults(name string, t reflect.Type) error {
	switch {
	case t.NumOut() == 0 || t.NumOut() > 2:
		return fmt.Errorf("function %s has %d return values; should be 1 or 2", name, t.NumOut())
	case t.NumOut() == 2 && t.Out(1) != errorInterface:
		return fmt.Errorf("invalid function signature for %s: second return value should be error; is %s", name, t.Out(1))
	}
	return nil
}

// goFunction is a function of a FuncMap, or a method with its receiver.
type goFunction struct {
	function  reflect.Value
	constants sync.Map // as they are written → parse.Node
}

func (f *goFunction) call(args []argument, complete bool) (reflect.Value, error) {
	t := f.function.Type()
	values := make([]reflect.Value, len(args))
	for i, arg := range args {
		value, err := f.convert(arg, parameter(t, i))
		if err != nil {
			return reflect.Value{}, &argumentError{i, err.Error()}
		}
		values[i] = value
	}
	if !complete {
		return reflect.Value{}, nil
	}
	return safely(f.function, values)
}

// parameter is the type of argument i.
func parameter(t reflect.Type, i int) reflect.Type {
	if last := t.NumIn() - 1; t.IsVariadic() && i >= last {
		return t.In(last).Elem()
	}
	return t.In(i)
}

// safely calls a function; a panic in it is an error of its.
func safely(function reflect.Value, args []reflect.Value) (result reflect.Value, err error) {
	defer func() {
		switch panicked := recover().(type) {
		case nil:
		case error:
			err = panicked
		default:
			err = fmt.Errorf("%v", panicked)
		}
	}()
	results := function.Call(args)
	if len(results) == 2 && !results[1].IsNil() {
		return reflect.Value{}, results[1].Interface().(error)
	}
	return unwrapped(results[0]), nil
}

var reflectValueType = reflect.TypeFor[reflect.Value]()

// unwrapped gives what a reflect.Value in a reflect.Value stands for.
func unwrapped(v reflect.Value) reflect.Value {
	if v.IsValid() && v.Type() == reflectValueType {
		return v.Interface().(reflect.Value)
	}
	return v
}

// convert makes an argument a value of the parameter's type, or says in Go's words why that cannot be.
func (f *goFunction) convert(arg argument, t reflect.Type) (reflect.Value, error) {
	if arg.constant == "" {
		return assigned(arg.value, t)
	}
	node, ok := f.constants.Load(arg.constant)
	if !ok {
		parsed, err := parseConstant(arg.constant)
		if err != nil {
			return reflect.Value{}, err
		}
		node, _ = f.constants.LoadOrStore(arg.constant, parsed)
	}
	return constant(node.(parse.Node), t)
}

func nilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
		return true
	}
	return t == reflectValueType
}

// assigned gives v as a value of type t, after one step from or to a pointer where that helps.
func assigned(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	if !v.IsValid() {
		if !nilable(t) {
			return v, fmt.Errorf("invalid value; expected %s", t)
		}
		return reflect.Zero(t), nil
	}
	if t == reflectValueType && v.Type() != t {
		return reflect.ValueOf(v), nil
	}
	if v.Type().AssignableTo(t) {
		return v, nil
	}
	if v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
		if v.Type().AssignableTo(t) {
			return v, nil
		}
	}
	switch {
	case v.Kind() == reflect.Pointer && v.Type().Elem().AssignableTo(t):
		if v.IsNil() {
			return v, fmt.Errorf("dereference of nil pointer of type %s", t)
		}
		return v.Elem(), nil
	case v.CanAddr() && reflect.PointerTo(v.Type()).AssignableTo(t):
		return v.Addr(), nil
	}
	return v, fmt.Errorf("wrong type for value; expected %s; got %s", t, v.Type())
}

// parseConstant gives the node of a constant as it is written.
func parseConstant(text string) (parse.Node, error) {
	trees, err := parse.Parse("constant", "{{print "+text+"}}", "", "", map[string]any{"print": true})
	if err != nil {
		return nil, err
	}
	return trees["constant"].Root.Nodes[0].(*parse.ActionNode).Pipe.Cmds[0].Args[1], nil
}

// constant gives a constant as a value of type t.
func constant(node parse.Node, t reflect.Type) (reflect.Value, error) {
	if node.Type() == parse.NodeNil {
		if !nilable(t) {
			return reflect.Value{}, fmt.Errorf("cannot assign nil to %s", t)
		}
		return reflect.Zero(t), nil
	}
	number, isNumber := node.(*parse.NumberNode)
	value := reflect.New(t).Elem()
	expected := ""
	switch {
	case t == reflectValueType:
		ideal, err := idealConstant(node)
		return reflect.ValueOf(ideal), err
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return idealConstant(node)
	case t.Kind() == reflect.Bool:
		if b, ok := node.(*parse.BoolNode); ok {
			value.SetBool(b.True)
			return value, nil
		}
		expected = "bool"
	case t.Kind() == reflect.String:
		if s, ok := node.(*parse.StringNode); ok {
			value.SetString(s.Text)
			return value, nil
		}
		expected = "string"
	case value.CanInt():
		if isNumber && number.IsInt {
			value.SetInt(number.Int64)
			return value, nil
		}
		expected = "integer"
	case value.CanUint():
		if isNumber && number.IsUint {
			value.SetUint(number.Uint64)
			return value, nil
		}
		expected = "unsigned integer"
	case value.CanFloat():
		if isNumber && number.IsFloat {
			value.SetFloat(number.Float64)
			return value, nil
		}
		expected = "float"
	case value.CanComplex():
		if isNumber && number.IsComplex {
			value.SetComplex(number.Complex128)
			return value, nil
		}
		expected = "complex"
	default:
		return value, fmt.Errorf("can't handle %s for arg of type %s", node, t)
	}
	return value, fmt.Errorf("expected %s; found %s", expected, node)
}

// idealConstant is the value of a constant where no type is asked for.
func idealConstant(node parse.Node) (reflect.Value, error) {
	switch n := node.(type) {
	case *parse.BoolNode:
		return reflect.ValueOf(n.True), nil
	case *parse.StringNode:
		return reflect.ValueOf(n.Text), nil
	case *parse.NumberNode:
		character := n.Text[0] == '\''
		hex := len(n.Text) > 2 && n.Text[0] == '0' && (n.Text[1]|0x20) == 'x'
		isFloat := false
		for _, r := range n.Text {
			isFloat = isFloat || r == '.' || r == 'p' || r == 'P' || !hex && (r == 'e' || r == 'E')
		}
		switch {
		case n.IsComplex:
			return reflect.ValueOf(n.Complex128), nil
		case n.IsFloat && isFloat && !character:
			return reflect.ValueOf(n.Float64), nil
		case n.IsInt:
			return reflect.ValueOf(int(n.Int64)), nil
		}
		return reflect.Value{}, fmt.Errorf("%s overflows int", n.Text)
	}
	return reflect.Value{}, errors.New("not a constant")
}
