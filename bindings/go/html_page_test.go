package livetemplate

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The page of a host that renders its HTML itself, with html/template.
const hostPage = `<!DOCTYPE html>
<html><head><title>{{.Title}}</title></head>
<body>
  <h1 class="{{.Theme}}">{{.Title}}</h1>
  {{if .Flash}}<p role="alert">{{.Flash}}{{end}}
  <table><tbody>
  {{range .Rows}}
    <tr data-key="{{.ID}}"{{if .Open}} class="open"{{end}}>
      <td>{{.Name}}<td{{if lt .Count 3}} hidden{{end}}>{{.Count}}
      <td><input type="checkbox"{{if .Open}} checked{{end}}>
      <td>{{range .Tags}}<a href="/{{.}}">{{.}}</a> {{end}}
  {{else}}
    <tr><td>None
  {{end}}
  </table>
  <ul>{{range .Rows}}<li>{{.Name}}{{if .Open}}<br>{{.Text}}{{end}}{{end}}</ul>
  {{range .Rows}}<section id="s{{.ID}}"><h2>{{.Name}}</h2><p title="{{.Name}}">{{.Text}}</section>{{end}}
  <script>let name = {{.Title}};</script>
</body></html>`

type hostRow struct {
	ID, Count  int
	Name, Text string
	Open       bool
	Tags       []string
}

type hostData struct {
	Title, Theme, Flash string
	Rows                []hostRow
}

// TestHTMLJourneys renders random data in Go and leaves transcripts that tests/conformance applies with the published client and
// compares with what a browser's parser makes of the HTML.
func TestHTMLJourneys(t *testing.T) {
	directory := "../../target/transcripts-html/go"
	if err := os.MkdirAll(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	tmpl := htmltemplate.Must(htmltemplate.New("page").Parse(hostPage))
	for seed := range int64(6) {
		transcript := htmlJourney(t, tmpl, rand.New(rand.NewSource(seed)))
		if err := os.WriteFile(filepath.Join(directory, fmt.Sprintf("page-%d.bin", seed)), transcript, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func htmlJourney(t *testing.T, tmpl *htmltemplate.Template, rng *rand.Rand) []byte {
	app, err := NewApplication()
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	names := []string{"", "Ann", "<b>", `"quoted" & 'single'`, "é ß", "{{ x }}", "  ", "</script>", "two\nlines"}
	name := func() string { return names[rng.Intn(len(names))] }
	last := 0
	row := func(id int) hostRow {
		r := hostRow{ID: id, Count: rng.Intn(9), Name: name(), Open: rng.Intn(3) == 0}
		r.Text = strings.Repeat("Lorem ipsum dolor sit amet, consectetur adipiscing elit. ", rng.Intn(9))
		for range rng.Intn(4) {
			r.Tags = append(r.Tags, name())
		}
		return r
	}
	data := hostData{Title: "T", Theme: "dark"}
	change := func() {
		switch n := len(data.Rows); rng.Intn(8) {
		case 0:
			data.Title = name()
		case 1:
			data.Flash = name()
		case 2:
			data.Theme = name()
		case 3, 4:
			last++
			at := rng.Intn(n + 1)
			data.Rows = append(data.Rows[:at:at], append([]hostRow{row(last)}, data.Rows[at:]...)...)
		case 5:
			if n > 0 {
				at := rng.Intn(n)
				data.Rows = append(data.Rows[:at:at], data.Rows[at+1:]...)
			}
		case 6:
			rng.Shuffle(n, func(i, j int) { data.Rows[i], data.Rows[j] = data.Rows[j], data.Rows[i] })
		default:
			if n > 0 {
				at := rng.Intn(n)
				data.Rows[at] = row(data.Rows[at].ID)
			}
		}
	}
	var transcript, html bytes.Buffer
	record := func(kind string, content []byte) {
		fmt.Fprintf(&transcript, "%s %d\n%s\n", kind, len(content), content)
	}
	render := func() []byte {
		html.Reset()
		if err := tmpl.Execute(&html, data); err != nil {
			t.Fatal(err)
		}
		return html.Bytes()
	}
	page, err := app.NewPageFromHTML(render())
	if err != nil {
		t.Fatal(err)
	}
	tree, err := page.Tree("")
	if err != nil {
		t.Fatal(err)
	}
	record("tree", tree)
	record("html", html.Bytes())
	for range 150 {
		for range rng.Intn(3) {
			change()
		}
		update, err := page.UpdateHTML(render())
		if err != nil {
			t.Fatal(err)
		}
		record("update", update.Payload())
		record("html", html.Bytes())
	}
	return transcript.Bytes()
}

func TestEachKindOfPageHasItsOwnUpdates(t *testing.T) {
	app, err := NewApplication()
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	page, err := app.NewPageFromHTML([]byte("<p>a"))
	if err != nil {
		t.Fatal(err)
	}
	update, err := page.UpdateHTML([]byte("<p>b"))
	if err != nil || string(update.Payload()) != `{"tree":{"0":{"0":"b"}}}` {
		t.Fatal(update, err)
	}
	if _, err := page.Update(map[string]any{}); !errors.Is(err, ErrPageKind) {
		t.Error(err)
	}
	if _, err := page.Data(); !errors.Is(err, ErrPageKind) {
		t.Error(err)
	}
	if _, err := page.UpdateHTML([]byte(strings.Repeat("<div>", 1000))); !errors.Is(err, ErrDepthExceeded) {
		t.Error(err)
	}
	ofTemplate, err := app.NewPage(Must(New("t").Parse("x")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ofTemplate.UpdateHTML([]byte("y")); !errors.Is(err, ErrPageKind) {
		t.Error(err)
	}
}
