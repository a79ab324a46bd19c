package livetemplate

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

type status string

type money int64

func (m money) String() string { return fmt.Sprintf("<%d.%02d>", m/100, m%100) }

type point struct{ X, Y int }

func (p point) Add(x int, more ...float64) string { return fmt.Sprint(p.X+x, p.Y, more) }
func (p *point) Move(x int) (int, error) {
	if x < 0 {
		return 0, errors.New("no <way> back")
	}
	return p.X + x, nil
}
func (p point) Self() point           { return p }
func (p *point) Pointer() *point      { return p }
func (p point) Nothing() any          { return nil }
func (p point) Bad() (int, int)       { return 1, 2 }
func (p point) Scale(f float64) any   { return float64(p.X) * f }
func (p point) Word(s status) status  { return s + "!" }
func (p point) Other(o *point) string { return fmt.Sprint(o == nil) }
func (p point) Panics() int           { panic("<oh>") }
func (p point) List() []int           { return []int{p.X, p.Y} }

type base struct {
	ID   int
	Note string
}

func (b base) Title() string { return "t" + b.Note }

type wide struct {
	base
	*point
	Status status
	Price  money
	Tagged string `json:"tagged_name,omitempty"`
	Hidden string `json:"-"`
	Empty  []int  `json:"empty,omitempty"`
	Inner  *wide  `json:",omitempty"`
	When   time.Time
	Err    error
	secret int
}

type plainStruct struct {
	A string
	B []string
	C map[string]int
	P *plainStruct
}

type problem struct{ why string }

func (p *problem) Error() string { return "problem <" + p.why + ">" }

type marshaled struct{ n int }

func (m marshaled) MarshalJSON() ([]byte, error) {
	if m.n < 0 {
		return nil, errors.New("negative */ <script>")
	}
	return fmt.Appendf(nil, `{ "n": %d, "t":"<\u2028>"}`, m.n), nil
}

type textual struct{ S string }

func (t textual) MarshalText() ([]byte, error) { return []byte("text:" + t.S), nil }

func closedChannel(items ...string) chan string {
	c := make(chan string, len(items))
	for _, item := range items {
		c <- item
	}
	close(c)
	return c
}

func seq(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i * i) {
				return
			}
		}
	}
}

func pairs(words ...string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, word := range words {
			if !yield(i+1, word) {
				return
			}
		}
	}
}

// objectData is made anew for each execution, because channels are emptied.
func objectData() map[string]any {
	p := &point{3, 4}
	when := time.Date(2025, 8, 8, 14, 30, 26, 5, time.UTC)
	w := wide{base{7, "n<"}, p, "open", 1999, "tag", "hid", nil, nil, when, &problem{"x"}, 1}
	w.Inner = &wide{base: base{ID: 8}, Tagged: ""}
	word, number, yes := "w<", 0, true
	markup := HTML("<b>")
	return map[string]any{
		"Status": status("open"), "Money": money(12), "Point": point{1, 2}, "PointP": p, "Wide": w, "WideP": &w,
		"Plain":  plainStruct{"a<", []string{"x", "y"}, map[string]int{"k": 1}, &plainStruct{A: "inner"}},
		"PlainP": &plainStruct{A: "p"}, "NilP": (*plainStruct)(nil), "NilPoint": (*point)(nil), "NilSlice": []string(nil),
		"NilMap": map[string]int(nil), "NilAny": nil, "Counts": map[string]int{"a": 1, "b": 0}, "Points": []point{{1, 1}, {2, 2}},
		"PointPs": []*point{p, nil}, "ByPoint": map[string]point{"p": {5, 6}}, "Strings": []string{"s<", ""}, "Array": [3]int{1, 2, 3},
		"Ints": map[int]string{10: "ten", 9: "nine"}, "Moneys": []money{1, 2}, "ByMoney": map[money]string{2: "two", 1: "one"},
		"Floats": map[float64]int{2.5: 1, -1: 2}, "Err": error(&problem{"y"}), "Errs": []error{errors.New("e<"), nil},
		"JSON": marshaled{5}, "JSONP": &marshaled{6}, "BadJSON": marshaled{-1}, "Raw": json.RawMessage(`{"a": [1, "<"]}`),
		"Text": textual{"t<"}, "Chan": closedChannel("c1", "c<"), "NilChan": (chan int)(nil), "SendOnly": make(chan<- int),
		"Seq": seq(3), "Empty": seq(0), "Pairs": pairs("a", "<b"), "Func": func(n int, s string) string { return s + fmt.Sprint(n) },
		"NilFunc": (func())(nil), "Time": when, "TimeP": &when, "NilTimeP": (*time.Time)(nil), "Duration": 90 * time.Nanosecond,
		"Word": &word, "Number": &number, "Yes": &yes, "Markup": &markup, "Holder": struct{ H HTML }{"<i>"}, "PP": &p,
		"Anon": struct {
			A int
			b int
		}{1, 2}, "Any": []any{point{1, 2}, money(3), nil, status("s")}, "Month": time.March, "Bytes": []byte("by<"), "NilBytes": []byte(nil),
		"Nested": [][]int{{1}, nil, {2, 3}}, "Deep": map[string]map[string]int{"a": {"b": 1}},
	}
}

var fieldNames = []string{
	"X", "Y", "ID", "Note", "Title", "Status", "Price", "Tagged", "Hidden", "Inner", "When", "Err", "secret", "A", "B", "C", "P", "Gone", "Self",
	"Pointer", "Nothing", "Bad", "Panics", "List", "base", "point", "H", "b", "k", "a", "String", "Error", "MarshalJSON", "Add", "Move 1", "Add 1 2 3.5",
	"Add 1.5", "Move -1", "Scale 2", "Scale .Number", `Word "x"`, "Word .Status", "Other nil", "Other .PointP", "Other .Point", "Other .NilPoint", "Add",
	"Year", "Format \"2006\"", "Unix", "Seconds", "Move .Gone", `Add "x"`, "Self.X", "Pointer.Y", "Inner.ID", "Inner.Inner", "Inner.Inner.ID", "P.A", "P.P.A",
}

// differing are the executions whose results are not html/template's, with the reason.
var differing = map[string]string{
	"eq of a map, a function or a channel with itself":                               `^\{\{eq \.(ByMoney|Floats|Seq|Empty|Pairs|Func) `,
	"eq of a nil slice or map with itself, which Go takes for a comparison with nil": `^\{\{eq \.Nil(Bytes|Slice|Map) `,
	"an array is a list":                                      `^\{\{(eq|slice) \.Array `,
	"print and eq follow a pointer":                           `^\{\{(print|printf "%v"|eq) \.(JSONP|PlainP|PointP|WideP|Word|Markup|Number|Yes|PP)|^\{\{\.(JSONP|PlainP|PointP|WideP) \| print|^\{\{lt \.(Number|Word)`,
	"errors name the type of the value, not of what holds it": `\.(secret|base|point|b)\}\}|NilPoint\.`,
	"a time has the methods that templates use":               `^\{\{\.TimeP?\.(MarshalJSON|Add)`,
	"nothing is iterated over where a pointer is nil":         `^\{\{range .*\.Nil(P|Point|TimeP)\}\}`,
}

// Every kind of value in every kind of place: the bytes of html/template, and an error where it has one. The text of the error is
// compared where a field or method is evaluated; elsewhere it can name the type that plain data has here.
func TestObjects(t *testing.T) {
	address := regexp.MustCompile(`0x[0-9a-f]{5,}`)
	known := []*regexp.Regexp{}
	for _, pattern := range differing {
		known = append(known, regexp.MustCompile(pattern))
	}
	check := func(source string, texts bool) {
		want, got := goOutcome(source, nil, objectData()), ourOutcome(source, nil, objectData())
		if !texts && want.failure != "" && got.failure != "" || got == want || address.MatchString(want.html+want.failure) ||
			slices.ContainsFunc(known, func(k *regexp.Regexp) bool { return k.MatchString(source) }) {
			return
		}
		t.Errorf("%s\n go   %q%s\n ours %q%s", source, want.html, want.failure, got.html, got.failure)
	}
	for name := range objectData() {
		for _, source := range []string{
			"{{.V}}", "<script>a({{.V}})</script>", `<a title="{{.V}}" href="{{.V}}" onclick="f({{.V}})">`, "{{if .V}}yes{{else}}no{{end}}",
			"{{range .V}}[{{.}}]{{else}}none{{end}}", "{{range $k, $v := .V}}[{{$k}}:{{$v}}]{{end}}", "{{len .V}}", "{{index .V 1}}", "{{index .V \"a\"}}",
			"{{index .V \"gone\"}}", "{{with .V}}{{.}}{{end}}", "{{print .V}}", "{{printf \"%v\" .V}}", "{{eq .V .V}}", "{{not .V}}", "{{html .V}}",
			"{{slice .V 1}}", "{{.V | print}}", "{{call .V 1 \"x\"}}", "{{lt .V 5}}", "{{eq .V \"open\"}}",
		} {
			check(strings.ReplaceAll(source, ".V", "."+name), false)
		}
	}
	for _, name := range []string{
		"Point", "PointP", "NilPoint", "Wide", "WideP", "Plain", "Money", "Err", "Time", "Duration", "NilAny", "PP", "ByPoint", "Counts", "Holder", "Anon", "JSON",
	} {
		for _, field := range fieldNames {
			check("{{."+name+"."+field+"}}", true)
		}
	}
}

// A method's own error is found, and a cycle is refused.
func TestObjectErrors(t *testing.T) {
	lost := &problem{"lost"}
	data := map[string]any{"Holder": failing{lost}}
	err := parseText(t, "{{.Holder.Fail}}").Execute(&strings.Builder{}, data)
	var found *problem
	if !errors.As(err, &found) || found != lost || !errors.Is(err, ErrTemplateExec) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ why *problem }

func (f failing) Fail() (string, error) { return "", f.why }

// Objects come back to functions and from a page as what they were, and patches go into them.
func TestObjectsComeBack(t *testing.T) {
	p := &point{3, 4}
	var seen []any
	functions := FuncMap{"see": func(v any) string { seen = append(seen, v); return "" }, "move": func(p *point) int { return p.X }}
	tmpl := Must(New("t").Funcs(functions).Parse("{{see .P}}{{see .Counts}}{{see .Status}}{{see .List}}{{move .P}}{{.P.X}}"))
	data := map[string]any{"P": p, "Counts": map[string]int{"a": 1}, "Status": status("s"), "List": []point{{1, 2}}}
	if got := execute(t, tmpl, data); got != "33" {
		t.Errorf("got %s", got)
	}
	want := []any{p, data["Counts"], data["Status"], data["List"]}
	if seen[0] != any(p) || !reflect.DeepEqual(seen, want) {
		t.Errorf("got %#v", seen)
	}
	page, err := newApplication(t).NewPage(parseText(t, "<p>{{.P.X}}</p>"), data)
	if err != nil {
		t.Fatal(err)
	}
	back, err := page.Data()
	if err != nil || back.(map[string]any)["P"] != any(p) {
		t.Errorf("%v: %#v", err, back)
	}
	update, err := page.Patch([]map[string]any{{"op": "replace", "path": "/P/X", "value": 9}})
	if err != nil || string(update.Payload()) != `{"tree":{"0":"9"}}` || p.X != 3 {
		t.Errorf("%v: %s", err, update.Payload())
	}
}

// What a value holds is let go with the page.
func TestObjectsAreFreed(t *testing.T) {
	freed := make(chan bool)
	func() {
		held := &point{1, 2}
		runtime.AddCleanup(held, func(bool) { close(freed) }, true)
		app := newApplication(t)
		if _, err := app.NewPage(parseText(t, "{{.Add 1}}{{range .List}}{{.}}{{end}}"), held); err != nil {
			t.Fatal(err)
		}
		app.Close()
	}()
	for deadline := time.Now().Add(20 * time.Second); ; {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(10 * time.Millisecond):
			if time.Now().After(deadline) {
				t.Fatal("the value is still there")
			}
		}
	}
}
