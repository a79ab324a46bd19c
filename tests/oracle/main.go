// Oracle writes the expected output of every case under tests/vectors by running Go's own html/template.
//
//	go run . [-check] [-root DIR] [FOLDER or CASE…]
//	go run . -cases N [-seed S] [-folder DIR] -engine PATH [-out DIR]
//
// With -check it writes nothing and fails when a case's expectations are not what Go gives. With -cases it makes that many
// random cases, the same for the same seed, and compares Go with the engine, which PATH runs (the program
// oracle-worker). With -folder the templates are the files below that folder, each the entry in turn, and the data is of
// the shape that they want. A case on which the two differ is made small, printed as a vector, and written to DIR of -out.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail on a difference")
	root := flag.String("root", "../..", "the repository")
	cases := flag.Int("cases", 0, "compare Go and the engine on this many random cases")
	seed := flag.Uint64("seed", 1, "of the random cases")
	folder := flag.String("folder", "", "take the templates from the files below this folder")
	engine := flag.String("engine", "", "the program oracle-worker")
	out := flag.String("out", "", "where cases that differ are written")
	flag.Parse()
	// A parsed time with the machine's own offset would take its zone's name; the engine knows offsets only.
	time.Local = time.UTC

	if profile, err := goProfile(*root); err != nil {
		fail(err)
	} else if profile != runtime.Version() {
		fmt.Printf("oracle: this is %s, the vectors are those of %s (GO_PROFILE)\n", runtime.Version(), profile)
	}
	if *cases > 0 {
		one := func(number int) []byte { return newGenerator(*seed, uint64(number)).file() }
		if *folder != "" {
			templates, err := readFolder(*folder)
			if err != nil {
				fail(err)
			}
			one = func(number int) []byte { return templates.file(newGenerator(*seed, uint64(number)), number) }
		}
		deviations, err := readDeviations(*root)
		if err != nil {
			fail(err)
		}
		debug.SetGCPercent(800) // cases leave much behind and keep nothing
		c := &comparison{files: one, cases: *cases, engine: *engine, out: *out, deviations: deviations, demanding: *folder == ""}
		if ok, err := c.run(); err != nil {
			fail(err)
		} else if !ok {
			os.Exit(1)
		}
		return
	}
	places := flag.Args()
	if len(places) == 0 {
		places = []string{filepath.Join(*root, "tests", "vectors")}
	}
	var paths []string
	for _, place := range places {
		found, err := find(place)
		if err != nil {
			fail(err)
		}
		paths = append(paths, found...)
	}
	changed, broken := 0, 0
	for _, path := range paths {
		differs, err := update(path, *check)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			broken++
		} else if differs {
			fmt.Printf("%s: differs from Go\n", path)
			changed++
		}
	}
	verb := "written"
	if *check {
		verb = "differ"
	}
	fmt.Printf("oracle: %d cases, %d %s, %d broken\n", len(paths), changed, verb, broken)
	if broken > 0 || *check && changed > 0 {
		os.Exit(1)
	}
}

// update runs one case and says whether its file differs from what Go gives.
func update(path string, check bool) (bool, error) {
	v, old, err := readVector(path)
	if err != nil {
		return false, err
	}
	expected, err := v.expectations()
	if err != nil {
		return false, err
	}
	file := formatSections(v.comment, append(v.inputs, expected...))
	if bytes.Equal(file, old) {
		return false, nil
	}
	if check {
		return true, nil
	}
	return true, os.WriteFile(path, file, 0o644)
}

// find gives the cases in a folder, or the one that a path names.
func find(place string) ([]string, error) {
	var cases []string
	err := filepath.WalkDir(place, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".txtar" {
			cases = append(cases, path)
		}
		return err
	})
	return cases, err
}

// goProfile reads the Go version that the engine says it reproduces.
func goProfile(root string) (string, error) {
	file := filepath.Join(root, "livetemplate-core", "src", "lib.rs")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`GO_PROFILE: &str = "([^"]+)"`).FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("%s: no GO_PROFILE", file)
	}
	return string(m[1]), nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "oracle:", err)
	os.Exit(1)
}
