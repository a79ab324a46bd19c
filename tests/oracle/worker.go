package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A worker is the engine in a process of its own: tests/rust/src/bin/oracle-worker.rs describes what goes to and fro.
type worker struct {
	path string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// patience is how long a case may take before it counts as a hang.
const patience = 30 * time.Second

func (w *worker) start() error {
	w.cmd = exec.Command(w.path)
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.in, w.out = in, bufio.NewReaderSize(out, 1<<16)
	return w.cmd.Start()
}

func (w *worker) stop() {
	if w.cmd != nil {
		w.in.Close()
		w.cmd.Process.Kill()
		w.cmd.Wait()
		w.cmd = nil
	}
}

// answers gives the engine's answer to each case. A case on which the process ends or hangs gets a `crash` section, and
// the cases after it a new process.
func (w *worker) answers(files [][]byte) ([]section, error) {
	var results []section
	for len(results) < len(files) {
		if w.cmd == nil {
			if err := w.start(); err != nil {
				w.cmd = nil
				return nil, err
			}
		}
		rest := files[len(results):]
		go func(in io.Writer) {
			var b bytes.Buffer
			for _, file := range rest {
				fmt.Fprintf(&b, "%d\n%s", len(file), file)
			}
			in.Write(b.Bytes()) // a failure shows as an answer that is missing
		}(w.in)
		for range rest {
			timer := time.AfterFunc(patience, func() { w.cmd.Process.Kill() })
			answer, err := w.read()
			timer.Stop()
			if err != nil {
				w.stop()
				results = append(results, section{"crash", []byte(err.Error())})
				break
			}
			heading, content, _ := bytes.Cut(answer, []byte("\n"))
			results = append(results, section{string(heading), content})
		}
	}
	return results, nil
}

func (w *worker) read() ([]byte, error) {
	line, err := w.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
	if err != nil {
		return nil, err
	}
	answer := make([]byte, length)
	_, err = io.ReadFull(w.out, answer)
	return answer, err
}

// same says whether the engine's answer is Go's. Of errors the fields count that Go gives.
func same(want, got section) bool {
	if want.heading != got.heading {
		return false
	}
	if !strings.HasPrefix(want.heading, "error") {
		return bytes.Equal(want.content, got.content)
	}
	fields := map[string]string{}
	for line := range strings.SplitSeq(string(got.content), "\n") {
		name, value, _ := strings.Cut(line, " ")
		fields[name] = value
	}
	for line := range strings.SplitSeq(string(want.content), "\n") {
		name, value, _ := strings.Cut(line, " ")
		if fields[name] != value {
			return false
		}
	}
	return true
}
