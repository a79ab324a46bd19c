package livetemplate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
)

// transcript is what a case leaves; tests/vectors/README.md describes it.
type transcript struct{ bytes.Buffer }

func (r *transcript) record(kind string, content []byte) {
	fmt.Fprintf(r, "%s %d\n%s\n", kind, len(content), content)
}

// recorded records what a call gave, which must not have failed.
func (r *transcript) recorded(t *testing.T, kind string) func([]byte, error) {
	return func(content []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		r.record(kind, content)
	}
}

// walk takes a page in another format through all states and gives the transcript. Without a template it is one of the host's HTML.
func (c *vectorCase) walk(t *testing.T, tmpl *Template, wire string) []byte {
	t.Helper()
	var page *Page
	var err error
	if tmpl == nil {
		page, err = newApplication(t).NewPageFromHTML(c.data, WithWire(wire))
	} else {
		page, err = newApplication(t).NewPageJSON(tmpl, c.data, c.flags, WithWire(wire))
	}
	if err != nil {
		t.Fatal(err)
	}
	var r transcript
	r.recorded(t, "resync")(page.Resync())
	r.recorded(t, "html")(page.Render())
	c.receive(t, page, 0, &r)
	for i, step := range c.steps {
		update, err := step.takeText(page, c.flags)
		if err != nil {
			c.checkError(t, i+1, err)
		}
		if update != nil {
			checkMessages(t, update)
			r.record("update", update.Payload())
			r.recorded(t, "reply")(update.Reply("save", FieldError{Field: "Name", Text: "is <empty>"}))
			r.record("stats", []byte(figures(update.Stats())))
			if wire == "fragments" {
				fragments, err := update.Fragments()
				r.report(t, "fragments", fragments, err)
			}
			if tmpl == nil {
				r.changes(t, update)
			}
			r.recorded(t, "html")(page.Render())
		}
		c.receive(t, page, i+1, &r)
	}
	r.recorded(t, "resync")(page.Resync())
	return r.Bytes()
}

// receive gives the page the control messages that come after so many steps.
func (c *vectorCase) receive(t *testing.T, page *Page, steps int, r *transcript) {
	t.Helper()
	for _, message := range c.control[steps] {
		answer, err := page.Receive(message)
		switch page.Wire() {
		case "turbo", "htmx":
			if !errors.Is(err, ErrInvalidArgument) {
				t.Fatalf("%s is taken: %v", message, err)
			}
		default:
			r.recorded(t, "answer")(answer, err)
		}
	}
}

// report records what the engine says of an update.
func (r *transcript) report(t *testing.T, kind string, report any, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	r.recorded(t, kind)(json.Marshal(report))
}

// changes records what an update changed in HTML. An item without a key has null in transcripts.
func (r *transcript) changes(t *testing.T, update *Update) {
	t.Helper()
	type recordedChange struct {
		HTMLChange
		Key *string `json:"key"`
	}
	changes, err := update.Changes()
	list := make([]recordedChange, len(changes))
	for i, change := range changes {
		list[i].HTMLChange = change
		if change.Key != "" {
			list[i].Key = &change.Key
		}
	}
	r.report(t, "changes", list, err)
}

// checkMessages sees that the messages of an update are its payload.
func checkMessages(t *testing.T, update *Update) {
	t.Helper()
	messages := update.Messages()
	joined := bytes.Join(messages, []byte(","))
	if len(messages) > 1 {
		joined = append(append([]byte("["), joined...), ']')
	}
	if !bytes.Equal(joined, update.Payload()) {
		t.Fatalf("%q are the messages of %s", messages, update.Payload())
	}
}

// runHTML takes a page in tree whose HTML the host renders through all states and gives the transcript.
func (c *vectorCase) runHTML(t *testing.T) []byte {
	t.Helper()
	page, err := newApplication(t).NewPageFromHTML(c.data)
	if err != nil {
		t.Fatal(err)
	}
	var r transcript
	r.recorded(t, "tree")(page.Tree(""))
	r.recorded(t, "html")(page.Render())
	for _, step := range c.steps {
		update, err := step.takeText(page, c.flags)
		if err != nil {
			t.Fatalf("%s: %v", step.title, err)
		}
		checkMessages(t, update)
		r.record("update", update.Payload())
		r.record("stats", []byte(figures(update.Stats())))
		r.recorded(t, "html")(page.Render())
		again, err := step.takeText(page, c.flags)
		nothing(t, "the same HTML again", again, err)
	}
	return r.Bytes()
}
