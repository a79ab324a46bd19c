package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// section is one `-- heading --` part of a vector file.
type section struct {
	heading string
	content []byte
}

// parseSections splits a vector file. The text before the first heading comes back as it is.
func parseSections(file []byte) (comment []byte, sections []section) {
	start := 0 // of the content being read
	close := func(end int) {
		if len(sections) == 0 {
			comment = file[:end]
			return
		}
		content := file[start:end]
		sections[len(sections)-1].content = bytes.TrimSuffix(content, []byte("\n"))
	}
	for at := 0; at < len(file); {
		next := len(file)
		if i := bytes.IndexByte(file[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		line := strings.TrimSuffix(string(file[at:next]), "\n")
		if len(line) > 6 && strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") {
			close(at)
			sections = append(sections, section{heading: line[3 : len(line)-3]})
			start = next
		}
		at = next
	}
	close(len(file))
	return comment, sections
}

// formatSections is the inverse of parseSections.
func formatSections(comment []byte, sections []section) []byte {
	var b bytes.Buffer
	b.Write(comment)
	for _, s := range sections {
		fmt.Fprintf(&b, "-- %s --\n", s.heading)
		if _, external := splitFile(s.heading); external == "" {
			b.Write(s.content)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// splitFile divides `NAME < FILE`.
func splitFile(heading string) (name, file string) {
	name, file, _ = strings.Cut(heading, " < ")
	return name, file
}

type source struct {
	name string
	text []byte
}

type step struct {
	kind  string // patch, update or set_data
	title string
	text  []byte
}

// vector is a case without its expectations.
type vector struct {
	comment []byte
	inputs  []section // everything but `want` and `error`, in the file's order

	sources []source
	data    []byte
	steps   []step
	html    bool // a page whose HTML its host renders: nothing for Go to say

	times, trusted bool
	strict         bool
	missingKey     string
	left, right    string
	functions      bool
	replace        [][2]string
	floats         map[string]bool
	errors         map[int]string // by state: codes of errors that Go has not
}

func readVector(path string) (*vector, []byte, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	v, err := parseVector(file, filepath.Dir(path))
	return v, file, err
}

// parseVector reads a case from its file's text; the files that it includes stand in folder.
func parseVector(file []byte, folder string) (*vector, error) {
	v := &vector{times: true, floats: map[string]bool{}, errors: map[int]string{}}
	var sections []section
	v.comment, sections = parseSections(file)
	hasData := false
	for _, s := range sections {
		kind, rest, _ := strings.Cut(s.heading, " ")
		if kind == "want" || kind == "error" {
			continue
		}
		v.inputs = append(v.inputs, s)
		content := s.content
		name, external := splitFile(s.heading)
		if external != "" {
			var err error
			if content, err = os.ReadFile(filepath.Join(folder, external)); err != nil {
				return nil, err
			}
			_, rest, _ = strings.Cut(name, " ")
		}
		switch kind {
		case "options":
			if err := v.readOptions(string(s.content)); err != nil {
				return nil, err
			}
		case "details", "dependencies", "analysis", "receive": // not Go's
		case "html", "update_html":
			v.html = true
		case "template":
			v.sources = append(v.sources, source{rest, content})
		case "data":
			v.data, hasData = content, true
		case "patch", "update", "set_data":
			v.steps = append(v.steps, step{kind, rest, content})
		default:
			return nil, fmt.Errorf("unknown heading %q", s.heading)
		}
	}
	if !v.html && (len(v.sources) == 0 || !hasData) {
		return nil, fmt.Errorf("a case needs a template and data")
	}
	return v, nil
}

func (v *vector) readOptions(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "times":
			v.times = true
		case "no-times":
			v.times = false
		case "trusted":
			v.trusted = true
		case "numbers":
			if rest != "strict" && rest != "adaptive" {
				return fmt.Errorf("option %q", line)
			}
			v.strict = rest == "strict"
		case "missingkey":
			v.missingKey = rest
		case "delims":
			var ok bool
			if v.left, v.right, ok = strings.Cut(rest, " "); !ok {
				return fmt.Errorf("option %q", line)
			}
		case "functions":
			v.functions = true
		case "wire": // the formats of pages, which Go has none of
		case "max-steps", "max-output": // not Go's; see go-error
		case "go-error":
			state, code, _ := strings.Cut(rest, " ")
			n, err := strconv.Atoi(state)
			if err != nil || code == "" {
				return fmt.Errorf("option %q", line)
			}
			v.errors[n] = code
		case "go-replace":
			old, new, ok := strings.Cut(rest, " => ")
			if !ok {
				return fmt.Errorf("option %q", line)
			}
			o, err := strconv.Unquote(old)
			if err != nil {
				return fmt.Errorf("option %q: %w", line, err)
			}
			n, err := strconv.Unquote(new)
			if err != nil {
				return fmt.Errorf("option %q: %w", line, err)
			}
			v.replace = append(v.replace, [2]string{o, n})
		case "go-float":
			v.floats[rest] = true
		default:
			return fmt.Errorf("unknown option %q", line)
		}
	}
	return nil
}
