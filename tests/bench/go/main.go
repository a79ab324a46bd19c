// Bench is the Go side of the benchmark: html/template, driven line by line on standard input.
//
//	go run . TEMPLATE DATA…
//
//	version     → the version of Go
//	html I      → LENGTH HASH            the page of the I-th data file, to see that both sides do the same work
//	render I MS → OPERATIONS NANOSECONDS ALLOCATIONS  executes it for about MS milliseconds
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"log"
	"os"
	"runtime"
	"time"
)

// Structs are what a Go host would use, and faster for html/template than maps.
type page struct {
	Title string
	Rows  []row
}

type row struct {
	ID, Name string
	Price    float64
	Stock    int
	Note     string
}

func main() {
	log.SetFlags(0)
	tmpl := template.Must(template.ParseFiles(os.Args[1]))
	pages := make([]page, len(os.Args)-2)
	for i, name := range os.Args[2:] {
		text, err := os.ReadFile(name)
		if err != nil {
			log.Fatal(err)
		}
		if err := json.Unmarshal(text, &pages[i]); err != nil {
			log.Fatal(err)
		}
	}
	var out bytes.Buffer
	execute := func(i int) {
		out.Reset()
		if err := tmpl.Execute(&out, &pages[i]); err != nil {
			log.Fatal(err)
		}
	}
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		var command string
		var i, ms int
		// The count of fields differs by command.
		_, _ = fmt.Sscan(commands.Text(), &command, &i, &ms)
		switch command {
		case "version":
			fmt.Println(runtime.Version())
		case "html":
			execute(i)
			hash := fnv.New64a()
			hash.Write(out.Bytes())
			fmt.Println(out.Len(), hash.Sum64())
		case "render":
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			operations, start := 0, time.Now()
			for time.Since(start) < time.Duration(ms)*time.Millisecond {
				execute(i)
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
