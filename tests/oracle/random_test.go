package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestTheSameSeedGivesTheSameCases(t *testing.T) {
	different := 0
	for i := range uint64(50) {
		a, b := newGenerator(7, i).file(), newGenerator(7, i).file()
		if !bytes.Equal(a, b) {
			t.Fatalf("case %d:\n%s\n%s", i, a, b)
		}
		if !bytes.Equal(a, newGenerator(8, i).file()) {
			different++
		}
	}
	if different < 50 {
		t.Errorf("another seed changed %d of 50 cases", different)
	}
}

func TestContextsAreCounted(t *testing.T) {
	const file = "-- template main --\n<a href='/x?{{.A}}'>{{range .L}}{{.}}{{end}}{{.E}}</a><script>{{.A}}</script>\n" +
		"-- data --\n{\"A\":\"x\",\"L\":[1,2,3],\"E\":\"\"}\n"
	c := newCoverage()
	if _, err := expected([]byte(file), c); err != nil {
		t.Fatal(err)
	}
	for value, times := range map[string]int{
		"stateURL": 1, "delimSingleQuote": 1, "urlPartQueryOrFrag": 1, "attrURL": 1, "stateText": 3, "stateJS": 1, "elementScript": 1,
	} {
		if c.contexts[value] != times {
			t.Errorf("%s: %d slots, not %d", value, c.contexts[value], times)
		}
	}
}

func TestAnswersAreComparedByTheFieldsOfGo(t *testing.T) {
	want := section{"error 0", []byte("code TemplateParse\nline 3\nmessage m")}
	if !same(want, section{"error 0", []byte("code TemplateParse\ntemplate t\nline 3\ncolumn 2\nmessage m")}) {
		t.Error("a field of our own counts as a difference")
	}
	if same(want, section{"error 0", []byte("code TemplateParse\nline 4\nmessage m")}) {
		t.Error("another line is no difference")
	}
}

func TestTheShapeOfDataIsInferred(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/a.html", `{{range $i, $x := .List}}{{$x.Name}}{{template "b.tmpl" $x}}{{end}}{{if gt .Count 3}}{{.When.Format "2006"}}{{end}}`)
	write(t, dir+"/b.tmpl", `{{with .Inner}}{{.Deep}}{{end}}`)
	f, err := readFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	root := f.shapes[0]
	item := root.fields["List"].item
	if item.fields["Name"] == nil || item.fields["Inner"].fields["Deep"] == nil || !root.fields["Count"].number || !root.fields["When"].time {
		t.Errorf("%+v, items %+v", root, item)
	}
	if file := f.file(newGenerator(1, 0), 0); !strings.Contains(string(file), "-- template b.tmpl --") {
		t.Errorf("%s", file)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFoldersOfRealTemplatesAreRendered(t *testing.T) {
	f, err := readFolder("testdata/shop")
	if err != nil {
		t.Fatal(err)
	}
	c := newCoverage()
	for i := range 200 {
		if _, err := expected(f.file(newGenerator(1, uint64(i)), i), c); err != nil {
			t.Fatal(err)
		}
	}
	if c.accepted < 150 {
		t.Errorf("Go accepts %d of %d: %v", c.accepted, c.cases, c.refused)
	}
}

func TestVerbsThatPrintTheFieldsOfATime(t *testing.T) {
	for format, want := range map[string]bool{
		"%v %s %-5q|%x%%": false, "%[1]v %[2]*[1]s %+.3q": false, "%d": true, "%#v": true, "%[1][": true, "%]": true, "a%": false, "%[1": true, "% 05.1t": true,
	} {
		if got := printsFields(format); got != want {
			t.Errorf("%q: %v", format, got)
		}
	}
}
