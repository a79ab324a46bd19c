package main

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mostReports is how many mismatches are shrunk and printed.
const mostReports = 20

// batch is how many cases the engine is given at a time, while Go works on the same ones.
const batch = 200

// A comparison runs cases through Go and the engine side by side, several batches at a time.
type comparison struct {
	files      func(number int) []byte
	cases      int
	engine     string
	out        string
	deviations []deviation
	demanding  bool // a long run must reach what it can

	next atomic.Int64 // the first case of the next batch

	lock                  sync.Mutex // of what follows
	total                 *coverage
	mismatches, explained int
}

// run says whether there was no mismatch. Those that it finds are shrunk and printed.
func (c *comparison) run() (bool, error) {
	c.total = newCoverage()
	start := time.Now()
	failures := make([]error, runtime.NumCPU())
	var all sync.WaitGroup
	for i := range failures {
		all.Go(func() {
			if failures[i] = c.work(); failures[i] != nil {
				c.next.Store(int64(c.cases)) // the others need not go on
			}
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return false, err
	}
	c.total.print()
	rate := float64(c.cases) / time.Since(start).Seconds()
	fmt.Printf("oracle: %d cases (%.0f a second), %d mismatches, %d known deviations\n", c.cases, rate, c.mismatches, c.explained)
	var missing []string
	if c.demanding && c.cases >= longRun {
		missing = c.total.missing()
	}
	for _, what := range missing {
		fmt.Println("oracle: not reached:", what)
	}
	return c.mismatches == 0 && len(missing) == 0, nil
}

// work takes batches until there are none left, with an engine of its own.
func (c *comparison) work() error {
	w := &worker{path: c.engine}
	defer w.stop()
	counted := newCoverage()
	defer func() {
		c.lock.Lock()
		defer c.lock.Unlock()
		c.total.merge(counted)
	}()
	for {
		first := int(c.next.Add(batch)) - batch
		if first >= c.cases {
			return nil
		}
		var list [][]byte
		for i := first; i < min(first+batch, c.cases); i++ {
			list = append(list, c.files(i))
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
		var failed error
		for i, file := range list {
			var err error
			if want[i], err = expected(file, counted); err != nil {
				failed = fmt.Errorf("case %d: %w\n%s", first+i, err, file)
				break
			}
		}
		r := <-done
		if err := errors.Join(failed, r.err); err != nil {
			return err
		}
		for i, file := range list {
			if !agree(file, want[i], r.got[i]) {
				if err := c.differ(first+i, file, w); err != nil {
					return err
				}
			}
		}
	}
}

// differ shrinks a case on which the two differ and prints it, one at a time.
func (c *comparison) differ(number int, file []byte, w *worker) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.mismatches >= mostReports {
		c.mismatches++
		return nil
	}
	small := shrink(file, w)
	if known(c.deviations, small) {
		c.explained++
		return nil
	}
	c.mismatches++
	return report(small, w, c.out, fmt.Sprintf("random-%d", number))
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
	set, err := v.parseWith(nil)
	var fresh *template.Template
	if err == nil && total != nil {
		if fresh, err = set.Clone(); err != nil {
			return section{}, err
		}
	}
	want, err := answer(0, set, err, data)
	if total != nil {
		total.add(fresh, data, want, err)
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
		memory = memory || printsFields(format) && slices.ContainsFunc(args, holdsTime)
		return text
	}})
	if err == nil {
		_ = set.Execute(io.Discard, clone(data)) // the errors are those of the comparison before
	}
	return misfit, memory
}

// printsFields says whether a format has a verb that prints a time field by field: any but those of texts.
func printsFields(format string) bool {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		sharp, indexed := false, false
		for i++; i < len(format); i++ {
			if format[i] == '[' && !indexed {
				end := strings.IndexByte(format[i:], ']')
				if end < 0 {
					return true
				}
				i, indexed = i+end, true
				continue
			}
			if !strings.ContainsRune("+-# 0123456789.*", rune(format[i])) {
				break
			}
			sharp = sharp || format[i] == '#'
			indexed = indexed && format[i] != '.' && format[i] != '*'
		}
		if i < len(format) && (!strings.ContainsRune("vsqxX%", rune(format[i])) || sharp && format[i] == 'v') {
			return true
		}
	}
	return false
}

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
