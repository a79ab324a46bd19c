package main

import (
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mostReports is how many mismatches are shrunk and printed.
const mostReports = 20

// batch is how many cases the engine is given at a time, while Go works on the same ones.
const batch = 200

// compare runs cases through Go and the engine side by side, and shrinks and prints those on which they differ.
// It says whether there were none.
func compare(files func(number int) []byte, cases int, engine, out string, deviations []deviation) (bool, error) {
	w := &worker{path: engine}
	defer w.stop()
	total := newCoverage()
	mismatches, explained := 0, 0
	for first := 0; first < cases; first += batch {
		var list [][]byte
		for i := first; i < min(first+batch, cases); i++ {
			list = append(list, files(i))
		}
		type reply struct {
			got []section
			err error
		}
		done := make(chan reply, 1)
		go func() {
			got, err := w.answers(list)
			done <- reply{got, err}
		}()
		want := make([]section, len(list))
		for i, file := range list {
			var err error
			if want[i], err = expected(file, total); err != nil {
				return false, fmt.Errorf("case %d: %w\n%s", first+i, err, file)
			}
		}
		r := <-done
		if r.err != nil {
			return false, r.err
		}
		for i, file := range list {
			if agree(file, want[i], r.got[i]) {
				continue
			}
			if mismatches >= mostReports {
				mismatches++
				continue
			}
			small := shrink(file, w)
			if known(deviations, small) {
				explained++
				continue
			}
			mismatches++
			if err := report(small, w, out, fmt.Sprintf("random-%d", first+i)); err != nil {
				return false, err
			}
		}
	}
	total.print()
	fmt.Printf("oracle: %d cases, %d mismatches, %d known deviations\n", cases, mismatches, explained)
	return mismatches == 0, nil
}

// expected is Go's answer to a case.
func expected(file []byte, total *coverage) (section, error) {
	v, err := parseVector(file, "")
	if err != nil {
		return section{}, err
	}
	data, err := v.decode(v.data)
	if err != nil {
		return section{}, fmt.Errorf("data: %w", err)
	}
	want, err := v.renderError(0, data)
	if total != nil {
		total.add(v, data, want, err)
	}
	return want, nil
}

// agree says whether two answers to a case are the same. With adaptive numbers only that can be compared what Go
// accepts without an error form in the output.
func agree(file []byte, want, got section) bool {
	if same(want, got) {
		return true
	}
	if got.heading == "crash" || strings.HasPrefix(string(got.content), "code Panic\n") {
		return false
	}
	adaptive := !strings.Contains(string(file), "\nnumbers strict\n")
	misfit, memory := printed(file)
	return memory || adaptive && (misfit || !strings.HasPrefix(want.heading, "want"))
}

// printed executes a case with a printf that looks at what it prints: whether there was a `%!` form, and whether Go
// printed memory, as it does for a time's zone where the verb is not one for times.
func printed(file []byte) (misfit, memory bool) {
	v, err := parseVector(file, "")
	if err != nil {
		return false, false
	}
	data, err := v.decode(v.data)
	if err != nil {
		return false, false
	}
	set, err := v.parseWith(template.FuncMap{"printf": func(format string, args ...any) string {
		text := fmt.Sprintf(format, args...)
		misfit = misfit || strings.Contains(text, "%!")
		memory = memory || notForTimes.MatchString(format) && slices.ContainsFunc(args, holdsTime)
		return text
	}})
	if err == nil {
		_ = set.Execute(io.Discard, clone(data)) // the errors are those of the comparison before
	}
	return misfit, memory
}

// notForTimes finds verbs that print a time field by field.
var notForTimes = regexp.MustCompile(`%[-+# 0-9.*\[\]]*([^-+# 0-9.*\[\]vsqxX%]|#[-+# 0-9.*\[\]]*v)`)

func holdsTime(value any) bool {
	switch value := value.(type) {
	case time.Time:
		return true
	case []any:
		return slices.ContainsFunc(value, holdsTime)
	case map[string]any:
		for _, member := range value {
			if holdsTime(member) {
				return true
			}
		}
	}
	return false
}

// report prints a case with Go's expectations and what the engine gave instead, and writes it as a vector.
func report(file []byte, w *worker, out, name string) error {
	v, err := parseVector(file, "")
	if err != nil {
		return err
	}
	want, err := expected(file, nil)
	if err != nil {
		return err
	}
	got, err := w.answers([][]byte{file})
	if err != nil {
		return err
	}
	vector := formatSections(nil, append(v.inputs, want))
	fmt.Printf("---- mismatch %s\n%s-- the engine: %s --\n%s\n\n", name, vector, got[0].heading, got[0].content)
	if out == "" {
		return nil
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, name+".txtar"), vector, 0o644)
}
