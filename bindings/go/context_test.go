package livetemplate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// ended checks an error that a context's end is the reason of.
func ended(t *testing.T, what string, err, cause, code error) {
	t.Helper()
	if !errors.Is(err, cause) || !errors.Is(err, code) {
		t.Errorf("%s: got %v, want %v and %v", what, err, cause, code)
	}
}

func TestContext(t *testing.T) {
	app := newApplication(t)
	ctx, cancel := context.WithCancel(context.Background())
	functions := FuncMap{"stop": func() string { cancel(); return "" }}
	endless := Must(New("t").Funcs(functions).Parse("{{if eq . 1}}{{stop}}{{range 1000000000}}{{end}}{{end}}<p>{{.}}</p>"))
	page, err := app.NewPageContext(ctx, endless, 0)
	if err != nil {
		t.Fatal(err)
	}
	restart := func() { ctx, cancel = context.WithCancel(context.Background()) }

	ended(t, "ExecuteContext", endless.ExecuteContext(ctx, &strings.Builder{}, 1), context.Canceled, ErrCancelled)
	ended(t, "again", endless.ExecuteContext(ctx, &strings.Builder{}, 0), context.Canceled, ErrCancelled)
	restart()
	_, err = app.NewPageContext(ctx, endless, 1)
	ended(t, "NewPageContext", err, context.Canceled, ErrCancelled)
	restart()
	_, err = page.UpdateContext(ctx, 1)
	ended(t, "UpdateContext", err, context.Canceled, ErrCancelled)
	restart()
	_, err = page.PatchContext(ctx, []any{map[string]any{"op": "replace", "path": "", "value": 1}})
	ended(t, "PatchContext", err, context.Canceled, ErrCancelled)
	_, err = page.RenderContext(ctx)
	ended(t, "RenderContext", err, context.Canceled, ErrCancelled)
	restart()
	if html, err := page.RenderContext(ctx); err != nil || !bytes.Contains(html, []byte("<p>0</p>")) {
		t.Errorf("%v: the page is %s", err, html)
	}
	if update, err := page.UpdateContext(ctx, 2); err != nil || update.IsEmpty() {
		t.Errorf("%v: %v", err, update)
	}
	cancel()

	late, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	ended(t, "a deadline", endless.ExecuteContext(late, &strings.Builder{}, 0), context.DeadlineExceeded, ErrDeadlineExceeded)
}

// Functions come back into the engine while others render and update.
func TestThreads(t *testing.T) {
	app := newApplication(t)
	pages := make([]*Page, 8)
	inner := Must(New("inner").Parse("<b>{{.}}</b>"))
	functions := FuncMap{
		"read": Volatile(func(n, thread int) (string, error) {
			if thread < 0 {
				return "", nil
			}
			page := pages[thread]
			if _, err := page.Update(n); !errors.Is(err, ErrReentrant) {
				return "", fmt.Errorf("its own update: %v", err)
			}
			_, err := page.Render()
			return "", err
		}),
		"inner": func(n int) (HTML, error) {
			var out strings.Builder
			err := inner.Execute(&out, n)
			return HTML(out.String()), err
		},
		"page": func(n int) (HTML, error) {
			page, err := app.NewPage(inner, n)
			if err != nil {
				return "", err
			}
			defer page.Close()
			update, err := page.Update(n + 1)
			return HTML(update.Payload()), err
		},
	}
	tmpl := Must(New("t").Funcs(functions).Parse(
		`<p>{{range .List}}<i>{{read . $.Thread}}{{inner .}}{{page .}}</i>{{end}}</p>`))
	want := func(n int) string {
		var b strings.Builder
		for i := range 3 {
			fmt.Fprintf(&b, `<i><b>%d</b>{"tree":{"0":"%d"}}</i>`, n+i, n+i+1)
		}
		return "<p>" + b.String() + "</p>"
	}
	data := func(thread, n int) map[string]any {
		return map[string]any{"Thread": thread, "List": []any{n, n + 1, n + 2}}
	}
	shared, err := app.NewPage(tmpl, data(-1, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range pages {
		if pages[i], err = app.NewPage(tmpl, data(-1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for thread := range pages {
		group.Go(func() {
			for n := range 20 {
				n := n + thread*100
				if _, err := pages[thread].Update(data(thread, n)); err != nil {
					t.Error(err)
				}
				if html, err := pages[thread].Render(); err != nil || !bytes.Contains(html, []byte(want(n))) {
					t.Errorf("%v: %s, want %s", err, html, want(n))
				}
				if html := executeAnywhere(tmpl, data(-1, n)); html != want(n) {
					t.Errorf("%s, want %s", html, want(n))
				}
				if html, err := shared.Render(); err != nil || !bytes.Contains(html, []byte("<i><b>")) {
					t.Errorf("%v: %s", err, html)
				}
			}
		})
	}
	group.Wait()
	if app.PageCount() != 9 {
		t.Errorf("%d pages", app.PageCount())
	}
}

func executeAnywhere(tmpl *Template, data any) string {
	var out strings.Builder
	if err := tmpl.Execute(&out, data); err != nil {
		return err.Error()
	}
	return out.String()
}
