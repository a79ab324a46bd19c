// Bench is the Go side of the benchmark: html/template, driven line by line on standard input. Fields are separated by tabs.
//
//	version            → the version of Go
//	load TEMPLATE DATA → LENGTH SHA256   makes this the page that is rendered, and shows that all sides do the same work
//	render MS          → OPERATIONS NANOSECONDS ALLOCATIONS   executes it for about MS milliseconds
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html/template"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// The comparisons of the dashboard are of numbers that JSON gives; Go's own refuse a float64 beside an int.
var functions = template.FuncMap{
	"gt": func(a, b any) bool { return number(a) > number(b) },
	"lt": func(a, b any) bool { return number(a) < number(b) },
}

func number(value any) float64 {
	switch value := value.(type) {
	case int:
		return float64(value)
	case float64:
		return value
	}
	log.Fatalf("%v is no number", value)
	return 0
}

// side is the page that is rendered.
type side struct {
	tmpl *template.Template
	data any
	out  bytes.Buffer
}

func load(file, data string) (*side, error) {
	tmpl, err := template.New(filepath.Base(file)).Funcs(functions).ParseFiles(file)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(data)
	if err != nil {
		return nil, err
	}
	make, ok := pages[tmpl.Name()]
	if !ok {
		return nil, fmt.Errorf("no type for the data of %s", tmpl.Name())
	}
	loaded := &side{tmpl: tmpl, data: make()}
	if err := json.Unmarshal(text, loaded.data); err != nil {
		return nil, err
	}
	return loaded, nil
}

func (s *side) execute() {
	s.out.Reset()
	if err := s.tmpl.Execute(&s.out, s.data); err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	var page *side
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		command := strings.Split(commands.Text(), "\t")
		switch {
		case command[0] == "version":
			fmt.Println(runtime.Version())
		case command[0] == "load" && len(command) == 3:
			loaded, err := load(command[1], command[2])
			if err != nil {
				log.Fatal(err)
			}
			page = loaded
			page.execute()
			fmt.Printf("%d %x\n", page.out.Len(), sha256.Sum256(page.out.Bytes()))
		case command[0] == "render" && len(command) == 2 && page != nil:
			ms, err := strconv.Atoi(command[1])
			if err != nil {
				log.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			operations, start := 0, time.Now()
			for time.Since(start) < time.Duration(ms)*time.Millisecond {
				page.execute()
				operations++
			}
			took := time.Since(start).Nanoseconds()
			runtime.ReadMemStats(&after)
			fmt.Println(operations, took, after.Mallocs-before.Mallocs)
		default:
			log.Fatalf("unknown command %q", commands.Text())
		}
	}
}
