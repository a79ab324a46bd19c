package livetemplate

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type dashboard struct {
	Title, SessionID, SessionToken string
	User                           struct {
		Name                      string
		IsAdmin, HasNotifications bool
		LastLogin                 time.Time
		NotificationCount         int
	}
	Statistics    map[string]statistic
	Notifications []struct{}
	Counter       int
	MaxCounter    int

	CounterHistory []struct{}
	Tasks          []task

	ShowCompleted, IsLoading, IsConnected bool

	LoadingMessage string
	LastUpdateTime time.Time
}

type statistic struct {
	Label, Type, Color string
	Value              any
	Change             float64
}

type task struct {
	ID, Title, Description, Priority string
	Completed, IsOverdue             bool
	DueDate                          *time.Time
	CreatedAt                        time.Time
}

// The dashboard on Go's own types: with adaptive numbers it renders what Go renders once the literal 0 is written 0.0,
// with strict ones it ends with Go's error; from our sources and from html/template's trees alike.
func TestDashboardWithGoTypes(t *testing.T) {
	file := filepath.Join(repository, "tests/vectors/dashboard/dashboard.html")
	due := time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)
	data := dashboard{
		Title: "Ops <live>", SessionID: "s1", Counter: 5, MaxCounter: 10, ShowCompleted: true,
		Statistics: map[string]statistic{
			"users":   {"Users", "number", "red", 42, -2},
			"revenue": {"Revenue", "currency", "expression(1)", 1234.5, 1.5},
		},
		Tasks: []task{
			{ID: "t1", Title: "Write", Priority: "high", DueDate: &due},
			{ID: "t2", Title: "<b>", Completed: true},
		},
	}
	data.User.Name = "Ann & Bob"
	functions := htmltemplate.FuncMap{"default": func(fallback, value string) string {
		if value == "" {
			return fallback
		}
		return value
	}}

	newHTML := func() *htmltemplate.Template {
		return htmltemplate.Must(htmltemplate.New("dashboard.html").Funcs(functions).ParseFiles(file))
	}
	goError := newHTML().Execute(&strings.Builder{}, data)
	ours := Must(ParseFiles(file))
	converted, err := FromHTML(newHTML())
	if err != nil {
		t.Fatal(err)
	}
	for name, strict := range map[string]*Template{"ours": ours, "html/template": converted} {
		err := strict.Execute(&strings.Builder{}, data)
		if !errors.Is(err, ErrTemplateExec) || goError == nil || err.Error() != goError.Error() {
			t.Errorf("%s: got %v, want %v", name, err, goError)
		}
	}

	text, err := readText(file)
	if err != nil {
		t.Fatal(err)
	}
	text = strings.ReplaceAll(text, "$stat.Change 0}}", "$stat.Change 0.0}}")
	text = strings.ReplaceAll(text, "$stat.Change\n            0}}", "$stat.Change\n            0.0}}")
	var want bytes.Buffer
	if err := htmltemplate.Must(htmltemplate.New("d").Funcs(functions).Parse(text)).Execute(&want, data); err != nil {
		t.Fatal(err)
	}
	if converted, err = FromHTML(newHTML()); err != nil {
		t.Fatal(err)
	}
	app := newApplication(t)
	for name, adaptive := range map[string]*Template{
		"ours":          Must(New("dashboard.html").Option("numbers=adaptive").ParseFiles(file)),
		"html/template": converted.Option("numbers=adaptive"),
	} {
		if got := execute(t, adaptive, data); got != want.String() {
			t.Errorf("%s differs from Go", name)
		}
		page, err := app.NewPage(adaptive, data)
		if err != nil {
			t.Fatal(err)
		}
		if update, err := page.Update(data); err != nil || !update.IsEmpty() {
			t.Errorf("%s: the same data gave %s (%v)", name, update.Payload(), err)
		}
	}
}

func readText(file string) (string, error) {
	_, text, err := readFile(file)
	return string(text), err
}
