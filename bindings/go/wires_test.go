package livetemplate

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// wirePage is a page of one long paragraph in a format.
func wirePage(t *testing.T, wire string) *Page {
	t.Helper()
	text := `<main><p title="{{.T}}">` + strings.Repeat("Lorem ipsum dolor sit amet. ", 5) + `{{.N}}</p></main>`
	page, err := newApplication(t).NewPage(parseText(t, text), map[string]any{"T": "t", "N": 1}, WithWire(wire))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func patched(t *testing.T, page *Page, patch map[string]any) *Update {
	t.Helper()
	update, err := page.Patch(patch)
	if err != nil {
		t.Fatal(err)
	}
	return update
}

func TestControlMessages(t *testing.T) {
	page := wirePage(t, "patches")
	resync, err := page.Resync()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := page.Receive([]byte(`{"type":"resync_request","seq":0}`))
	if err != nil || !bytes.Equal(answer, resync) {
		t.Errorf("%s, %v is not %s", answer, err, resync)
	}
	if answer, err = page.Receive([]byte(`{"type":"ack","seq":0}`)); err != nil || len(answer) != 0 {
		t.Errorf("an ack is answered with %s, %v", answer, err)
	}
	for message, code := range map[string]string{"": "InvalidJson", "{": "InvalidJson", `{"type":"ack","seq":5}`: "InvalidArgument"} {
		var refusal struct{ Type, Code string }
		answer, err := page.Receive([]byte(message))
		if err != nil || json.Unmarshal(answer, &refusal) != nil || refusal.Type != "error" || refusal.Code != code {
			t.Errorf("%q is answered with %s, %v", message, answer, err)
		}
	}
	page.Close()
	if _, err := page.Receive([]byte(`{"type":"ack","seq":0}`)); !errors.Is(err, ErrPageClosed) {
		t.Errorf("closed: %v", err)
	}
	for _, wire := range []string{"tree", "turbo", "htmx"} {
		if _, err := wirePage(t, wire).Receive([]byte(`{"type":"ack","seq":0}`)); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%s: %v", wire, err)
		}
	}
}

func TestMessages(t *testing.T) {
	page := wirePage(t, "patches")
	if messages := patched(t, page, nil).Messages(); len(messages) != 0 {
		t.Errorf("no change sends %q", messages)
	}
	update := patched(t, page, map[string]any{"N": 2})
	if messages := update.Messages(); len(messages) != 1 || !bytes.Equal(messages[0], update.Payload()) {
		t.Errorf("%s is sent as %q", update.Payload(), messages)
	}
	update = patched(t, page, map[string]any{"N": strings.Repeat("x", 600<<10)})
	messages := update.Messages()
	if joined := "[" + string(bytes.Join(messages, []byte(","))) + "]"; len(messages) < 3 || joined != string(update.Payload()) {
		t.Errorf("%d messages, together another payload", len(messages))
	}
	for _, message := range messages {
		if len(message) > 256<<10 || !json.Valid(message) {
			t.Errorf("a message of %d bytes", len(message))
		}
	}
}

func TestFragments(t *testing.T) {
	page := wirePage(t, "fragments")
	update := patched(t, page, map[string]any{"N": 2})
	fragments, err := update.Fragments()
	if err != nil || len(fragments) != 1 || update.Stats().Strategy != StrategyStaticDynamic {
		t.Fatalf("%+v, %v, %+v", fragments, err, update.Stats())
	}
	f := fragments[0]
	if f.Strategy != StrategyStaticDynamic || f.Action != "update" || f.Reason == "" || f.ExpectedReduction != 0.85 ||
		f.Reduction < 0 || f.Reduction > 1 {
		t.Errorf("%+v", f)
	}
	// The same as was sent.
	var message struct {
		Fragments []struct {
			ID   string
			Data any
		}
	}
	var data any
	if json.Unmarshal(update.Payload(), &message) != nil || json.Unmarshal(f.Data, &data) != nil ||
		message.Fragments[0].ID != f.ID || !reflect.DeepEqual(message.Fragments[0].Data, data) {
		t.Errorf("%s has not %s", update.Payload(), f.Data)
	}
	if update = patched(t, page, map[string]any{"T": "u"}); update.Stats().Strategy != StrategyMarkers {
		t.Errorf("%+v", update.Stats())
	}
	for _, update := range []*Update{patched(t, page, nil), patched(t, wirePage(t, "patches"), map[string]any{"N": 2})} {
		if fragments, err := update.Fragments(); err != nil || len(fragments) != 0 || update.Stats().Strategy != "" {
			t.Errorf("%+v, %v, %+v", fragments, err, update.Stats())
		}
	}
}

func TestChanges(t *testing.T) {
	page, err := newApplication(t).NewPageFromHTML([]byte("<h1>a</h1><ul><li id=x>x<li id=y>y</ul>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		html, pattern string
		changes       []HTMLChange
	}{
		{"<h1>b</h1><ul><li id=x>x<li id=y>y</ul>", "text", []HTMLChange{{Kind: HTMLText, Element: "h1"}}},
		{"<h1>b</h1><ul><li id=y>y</ul>", "simple", []HTMLChange{{Kind: HTMLRemoved, Element: "li", Key: "x"}}},
		{"<h1>b</h1><ul><li id=y>y</ul>", "nothing", []HTMLChange{}},
	} {
		update, err := page.UpdateHTML([]byte(step.html))
		if err != nil {
			t.Fatal(err)
		}
		changes, err := update.Changes()
		if err != nil || !reflect.DeepEqual(changes, step.changes) || update.HTMLPattern() != step.pattern {
			t.Errorf("%s: %+v, %q, %v", step.html, changes, update.HTMLPattern(), err)
		}
	}
	if changes, err := patched(t, wirePage(t, "tree"), map[string]any{"N": 2}).Changes(); err != nil || len(changes) != 0 {
		t.Errorf("of a page with a template: %+v, %v", changes, err)
	}
}

func TestUpon(t *testing.T) {
	page := New("page").Upon()
	// What a template refers to may come later.
	Must(page.Parse(`<h1 title="{{ Name }}">{{ Name }}</h1><ul>{% for row in Rows %}{% include "row" with row %}{% endfor %}</ul>`))
	Must(page.New("row").Parse(`<li id="r{{ ID }}">{{ Text }}</li>`))
	type row struct {
		ID   int
		Text string
	}
	type data struct {
		Name string
		Rows []row
	}
	rows := []row{{1, "a"}, {2, "<b>"}}
	want := `<h1 title="&lt;&#34;&gt;">&lt;&#34;&gt;</h1><ul><li id="r1">a</li><li id="r2">&lt;b&gt;</li></ul>`
	if got := execute(t, page, data{`<">`, rows}); got != want {
		t.Errorf("%s\n is not\n%s", got, want)
	}
	live, err := newApplication(t).NewPage(page, data{"A", rows})
	if err != nil {
		t.Fatal(err)
	}
	update, err := live.Update(data{"A", rows[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if changes, err := update.Changes(); err != nil || !reflect.DeepEqual(changes, []HTMLChange{{Kind: HTMLRemoved, Element: "li", Key: "r2"}}) {
		t.Errorf("%+v, %v", changes, err)
	}
	if _, err := page.Dependencies(); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("dependencies: %v", err)
	}
	var e *Error
	if _, err := New("x").Upon().Parse("a\n{{ b"); !errors.As(err, &e) || e.Code != CodeTemplateParse || e.Line != 2 {
		t.Errorf("an error of the syntax: %v", err)
	}
	for _, tmpl := range []*Template{New("x").Upon().Delims("<%", "%>"), New("x").Upon().Funcs(FuncMap{"f": func() int { return 1 }})} {
		if _, err := tmpl.Parse("a"); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("delimiters or functions: %v", err)
		}
	}
}

func TestCompress(t *testing.T) {
	message := bytes.Repeat([]byte("a"), 1000)
	reader, err := gzip.NewReader(bytes.NewReader(Compress(message, 999)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, message) {
		t.Errorf("%q, %v", got, err)
	}
	for message, threshold := range map[string]int{string(message): 1000, "ab": -1, "": 0} {
		if got := Compress([]byte(message), threshold); got != nil {
			t.Errorf("%d bytes over %d give %q", len(message), threshold, got)
		}
	}
}
