// Writes what real Go makes of templates whose data are values with methods. Every language's tests build objects that
// answer as these values do, and read the table.
//
//	go run . > table.jsonl
//
// A line is {"source":…} with "output" or "error". The data is always that of `data` below.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"iter"
	"log"
	"os"
	"strings"
)

// User has fields and methods.
type User struct {
	Name string
	Age  int
	Boss *User
}

func (u User) Greet(name string) string { return name + ", " + u.Name + "!" }
func (u User) Older() User              { return User{u.Name, u.Age + 1, nil} }
func (u User) Sum(n ...int) int {
	sum := u.Age
	for _, i := range n {
		sum += i
	}
	return sum
}
func (u User) Any() any              { return u.Age }
func (u User) Nil() any              { return nil }
func (u User) Fail() (string, error) { return "", errors.New("no <luck>") }

// Title is a string with a text of its own.
type Title string

func (t Title) String() string { return "<" + string(t) + ">" }

// Word is a string with a type of its own, Level a number that is an error.
type Word string
type Level int

func (l Level) Error() string { return fmt.Sprintf("level <%d>", int(l)) }

// Both is an error and a Stringer.
type Both struct{ A int }

func (Both) Error() string  { return "error" }
func (Both) String() string { return "string" }

// Money has a JSON form, and a text that JavaScript does not get.
type Money struct{ Cents int }

func (m Money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "{ \"c\" : %d, \"s\": \"<a & b>\u2028 \\\" x\" , \"f\": 1.50 }", m.Cents), nil
}
func (m Money) String() string { return fmt.Sprintf("$%d", m.Cents) }

// Code has a text form, which is also its JSON form.
type Code struct{ A int }

func (c Code) MarshalText() ([]byte, error) { return []byte("<code>"), nil }

// Bad fails to give its JSON form.
type Bad struct{ A int }

func (Bad) MarshalJSON() ([]byte, error) {
	return nil, errors.New("no */ <ScRipt> </script> <!-- luck")
}

// Wrong gives what is not JSON.
type Wrong struct{ A int }

func (Wrong) MarshalJSON() ([]byte, error) { return []byte("{"), nil }

// Tagged has names for JSON alone.
type Tagged struct {
	First  string `json:"first"`
	Hidden string `json:"-"`
}

// Names and Dict have methods beside their items.
type Names []string

func (n Names) Joined(separator string) string { return strings.Join(n, separator) }

type Dict map[string]int

func (d Dict) Size() int { return len(d) }

var ann = User{Name: "Ann", Age: 40}

var data = map[string]any{
	"U": User{Name: "<Bob>", Age: 30}, "Title": Title("t&"), "Word": Word("w<"), "Level": Level(3), "Both": Both{1},
	"Money": Money{150}, "Code": Code{1}, "Bad": Bad{1}, "Wrong": Wrong{1}, "Tagged": Tagged{"a", "b"},
	"Names": Names{"x", "<y>"}, "Dict": Dict{"Size": 7, "k": 1}, "P": &ann, "None": (*User)(nil),
	"F": func(a, b string) string { return a + b },
	"V": func(a string, more ...string) string { return a + strings.Join(more, "+") },
	"E": func() (string, error) { return "", errors.New("no <luck>") },
	"Seq": iter.Seq[string](func(yield func(string) bool) {
		_ = yield("a") && yield("<b>")
	}),
	"Seq2": iter.Seq2[string, int](func(yield func(string, int) bool) {
		_ = yield("a", 1) && yield("b", 2)
	}),
	"Empty": iter.Seq[int](func(func(int) bool) {}),
	"List":  []any{Title("a"), Both{2}, Money{3}, Code{4}}, "N": 1, "S": "w<",
}

var sources = []string{
	// Fields and methods.
	`{{.U.Name}} {{.U.Age}}`, `{{.U.Greet "Hi"}}`, `{{"Hi" | .U.Greet}}`, `{{.U.Greet .S}}`, `{{.U.Older.Age}}`, `{{.U.Older.Older.Age}}`,
	`{{(.U.Older).Greet "x"}}`, `{{.U.Sum}} {{.U.Sum 1}} {{.U.Sum 1 2}} {{3 | .U.Sum 1}}`, `{{.U.Any}}`, `{{.U.Nil}}|{{printf "%v" .U.Nil}}`,
	`{{with .U}}{{.Name}}{{.Greet "a"}}{{end}}`, `{{$u := .U}}{{$u.Name}}{{$u.Greet "b"}}`, `{{len (.U.Greet "a")}}`, `{{printf "%s-%d" .U.Name .U.Age}}`,
	`{{.U.Nosuch}}`, `{{.U.Older.Nosuch}}`, `{{.U.Any.X}}`, `{{.U.Nil.X}}`, `{{.U.Name.X}}`, `{{.U.Name 1}}`, `{{.U.Greet}}`, `{{.U.Greet "a" "b"}}`,
	`{{"a" | .U.Greet "b"}}`, `{{.U.Older 1}}`, `{{.U.Fail}}`, `{{len .U.Fail}}`, `{{if .U.Fail}}{{end}}`, "{{/**/}}\n{{with .U}}\n {{.Fail}}{{end}}",
	`{{define "d"}}{{.Fail}}{{end}}{{template "d" .U}}`, `{{.U.Greet .U.Fail}}`, `{{(.U).Fail}}`, `{{$x := .U}}{{$x.Fail}}`,
	// Pointers.
	`{{.P.Name}} {{.P.Greet "a"}}`, `{{.P}}`, `{{print .P}}`, `{{printf "%v %+v %T" .P .P .P}}`, `{{if .P}}yes{{end}}`, `{{.None}}`, `{{if .None}}yes{{else}}no{{end}}`,
	`{{.None.Name}}`, `{{.None.Nosuch}}`, `{{with .None}}yes{{else}}no{{end}}`, `{{eq .None nil}} {{ne .P nil}}`, `{{.U.Boss}}`, `{{.U.Boss.Name}}`, `{{.U.Boss.Boss}}`,
	`{{range .None}}{{else}}none{{end}}`, `{{len .None}}`, `{{index .None 1}}`, `{{print .None}}`, `<script>{{.None}}</script>`,
	// Printing.
	`{{.U.Older}}`, `{{printf "%v %+v %T" .U .U.Older .U}}`, `{{.Title}} {{print .Title}} {{println .Title}}`, `{{printf "%v %s %q %x %d %5v|" .Title .Title .Title .Title .Title .Title}}`,
	`{{printf "%T %#v" .Title .Title}}`, `{{.Word}} {{printf "%v %q %T %d" .Word .Word .Word .Word}}`, `{{.Level}} {{printf "%v %d %s %x %T" .Level .Level .Level .Level .Level}}`,
	`{{.Both}} {{printf "%v %s %d %+v" .Both .Both .Both .Both}}`, `{{.Money}} {{printf "%d" .Money}}`, `{{.Code}} {{.Tagged}}`, `{{.List}}`, `{{print .List}} {{printf "%+v" .List}}`,
	`{{print .Title .Title 1 .Word .N}}`, `{{html .Title}} {{html .Title .N}} {{js .Title}} {{urlquery .Title}}`, `{{.Title | html}}`, `{{.Names}} {{.Dict}}`, `{{print .Names .Dict}}`,
	`<a title="{{.Title}}" href="{{.Title}}">`, `<a title={{.Title}}>`, `<a href="?q={{.Title}}">`, `<style>p{color:{{.Word}}}</style>`, `<textarea>{{.Title}}</textarea>`,
	// JavaScript.
	`<script>{{.U.Older}}</script>`, `<script>{{.Title}}{{.Word}}{{.Level}}</script>`, `<script>{{.Both}}</script>`, `<script>{{.Money}}</script>`, `<script>{{.Code}}{{.Tagged}}</script>`,
	`<script>{{.List}}</script>`, `<script>{{.Bad}}</script>`, `<script>{{.Wrong.A}}</script>`, `<script>'{{.Title}}'</script>`, "<script>`{{.Title}}`</script>", `<a onclick="f({{.Title}}, {{.Money}})">`,
	`<script>{{.Names}}{{.Dict}}</script>`, `<script type="application/json">{{.Money}}</script>`, `<a onclick="{{.Bad}}">`, `<script>{{.Title | print}}</script>`,
	// Items.
	`{{len .Names}} {{index .Names 1}} {{slice .Names 1}}`, `{{range $i, $x := .Names}}{{$i}}{{$x}}{{end}}`, `{{.Names.Joined "-"}}`, `{{.Names.Nosuch}}`, `{{.Dict.Size}} {{.Dict.k}} {{index .Dict "k"}}`,
	`{{index .Dict "Size"}}`, `{{range $k, $v := .Dict}}{{$k}}{{$v}}{{end}}`, `{{.Dict.nosuch}}`, `{{len .Title}} {{len .Word}}`, `{{index .Title 1}}`, `{{slice .Word 1}}`,
	`{{index .Names .Level}}`, `{{range .Level}}x{{end}}`, `{{range .Title}}x{{end}}`, `{{range .U}}x{{end}}`, `{{len .U}}`, `{{index .U 1}}`, `{{len .Level}}`, `{{index .Names 9}}`, `{{slice .U 1}}`,
	`{{range .Seq}}[{{.}}]{{end}}`, `{{range $x := .Seq}}[{{$x}}]{{end}}`, `{{range .Empty}}x{{else}}none{{end}}`, `{{range $k, $v := .Seq2}}{{$k}}={{$v}} {{end}}`,
	`{{range .Seq2}}[{{.}}]{{end}}`, `{{range $k := .Seq2}}[{{$k}}]{{end}}`, `{{range .Seq}}{{.}}{{break}}{{end}}`,
	// Truth and comparison.
	`{{if .Title}}yes{{end}}{{if .Word}}yes{{end}}{{if .U}}yes{{end}}{{if .Level}}yes{{end}}{{if .F}}yes{{end}}`, `{{not .Title}} {{and .Word 1}} {{or .Level 1}}`,
	`{{eq .Word .S}} {{eq .Word "w<"}} {{ne .Word "x"}} {{eq .Level 3}} {{lt .Level 4}} {{ge .Level 3}}`, `{{eq .Word 1}}`, `{{lt .Word 1}}`, `{{eq .Word .Title}}`,
	`{{eq .U .U}} {{eq .U .U.Older}} {{eq .Both .Both}}`, `{{eq .U .Both}}`, `{{eq .U 1}}`, `{{lt .U .U}}`, `{{eq .Names .Names}}`, `{{eq .P .P}}`,
	// Functions.
	`{{call .F "a" "b"}}`, `{{"b" | call .F "a"}}`, `{{call .V "a"}} {{call .V "a" "b" "c"}}`, `{{call .F "a"}}`, `{{call .V}}`, `{{call .E}}`, `{{call .U}}`, `{{call .U.Name}}`,
	`{{call .None}}`, `{{.F "a" "b"}}`, `{{call .U.Greet "a"}}`, `{{printf "%T" .F}}`, `{{.F | call}}`,
}

type line struct {
	Source string  `json:"source"`
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	for _, source := range sources {
		l := line{Source: source}
		t, err := template.New("t").Parse(source)
		if err == nil {
			var b strings.Builder
			if err = t.Execute(&b, data); err == nil {
				text := b.String()
				l.Output = &text
			}
		}
		if err != nil {
			l.Error = err.Error()
		}
		text, err := json.Marshal(l)
		if err != nil {
			log.Fatal(err)
		}
		os.Stdout.Write(append(text, '\n'))
	}
}
