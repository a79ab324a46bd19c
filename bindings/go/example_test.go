package livetemplate_test

import (
	"fmt"
	"html/template"

	"livetemplate.dev/livetemplate"
)

// The example of the README.
func Example() {
	tmpl := template.Must(template.New("page").Parse(`<body><h1>{{.Title}}</h1></body>`)) // html/template, not yet executed
	app, err := livetemplate.NewApplication()
	if err != nil {
		panic(err)
	}
	defer app.Close()
	page, err := app.NewPage(tmpl, struct{ Title string }{"Tasks"})
	if err != nil {
		panic(err)
	}
	update, err := page.Update(struct{ Title string }{"More tasks"})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(update.Payload()))
	// Output: {"tree":{"0":"More tasks"}}
}
