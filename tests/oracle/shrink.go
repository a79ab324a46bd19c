package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"sort"
)

// shrink gives the smallest case it finds on which Go and the engine still differ in the same way: both answer, or one
// refuses, as with the case given.
func shrink(file []byte, w *worker) []byte {
	class := func(file []byte) string {
		want, err := expected(file, nil)
		if err != nil {
			return ""
		}
		got, err := w.answers([][]byte{file})
		if err != nil || agree(file, want, got[0]) {
			return ""
		}
		line := func(s section) string {
			first, _, _ := bytes.Cut(s.content, []byte("\n"))
			return s.heading + string(first)
		}
		if want.heading == "want 0" {
			if got[0].heading == "want 0" {
				return "both"
			}
			return line(got[0])
		}
		if got[0].heading == "want 0" {
			return "engine" + line(want)
		}
		return line(want) + line(got[0])
	}
	was := class(file)
	if was == "" {
		return file
	}
	_, sections := parseSections(file)
	attempt := func(changed []section) bool { return class(formatSections(nil, changed)) == was }

	for round := 0; round < 4; round++ {
		before := len(formatSections(nil, sections))
		for i := len(sections) - 1; i >= 0; i-- {
			without := append(append([]section(nil), sections[:i]...), sections[i+1:]...)
			if attempt(without) {
				sections = without
			}
		}
		for i := range sections {
			with := func(content []byte) bool {
				changed := append([]section(nil), sections...)
				changed[i].content = content
				if !attempt(changed) {
					return false
				}
				sections = changed
				return true
			}
			switch heading := sections[i].heading; {
			case heading == "data":
				shrinkData(sections[i].content, with)
			case heading == "options":
				shrinkTokens(bytes.SplitAfter(sections[i].content, []byte("\n")), func(options []byte) bool {
					return with(bytes.TrimSuffix(options, []byte("\n")))
				})
			default:
				for _, pattern := range tokens {
					shrinkTokens(pattern.FindAll(sections[i].content, -1), with)
				}
			}
		}
		if len(formatSections(nil, sections)) == before {
			break
		}
	}
	return formatSections(nil, sections)
}

// tokens cut a template into ever smaller parts.
var tokens = []*regexp.Regexp{regexp.MustCompile(`(?s)\{\{.*?\}\}|[^{]+|\{`), regexp.MustCompile(`(?s)\w+|\s+|.`), regexp.MustCompile(`(?s).`)}

// shrinkTokens takes out runs of tokens, long ones first, as long as `with` accepts what is left.
func shrinkTokens(tokens [][]byte, with func([]byte) bool) {
	for size := len(tokens) / 2; size >= 1; size /= 2 {
		for at := 0; at+size <= len(tokens); {
			rest := append(append([][]byte(nil), tokens[:at]...), tokens[at+size:]...)
			if with(bytes.Join(rest, nil)) {
				tokens = rest
			} else {
				at += size
			}
		}
	}
}

// shrinkData takes members and items out of JSON text and makes texts shorter.
func shrinkData(text []byte, with func([]byte) bool) {
	var data any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&data) != nil {
		return
	}
	try := func() bool {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		return e.Encode(data) == nil && with(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	}
	var visit func(value any, set func(any))
	visit = func(value any, set func(any)) {
		switch value := value.(type) {
		case map[string]any:
			var names []string
			for name := range value {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				member := value[name]
				delete(value, name)
				if !try() {
					value[name] = member
					visit(member, func(v any) { value[name] = v })
				}
			}
		case []any:
			for i := 0; i < len(value); {
				shorter := append(append([]any(nil), value[:i]...), value[i+1:]...)
				set(shorter)
				if try() {
					value = shorter
					continue
				}
				set(value)
				at, list := i, value
				visit(value[i], func(v any) { list[at] = v })
				i++
			}
		case string:
			var runes [][]byte
			for _, r := range value {
				runes = append(runes, []byte(string(r)))
			}
			shrinkTokens(runes, func(b []byte) bool {
				set(string(b))
				if try() {
					value = string(b)
					return true
				}
				set(value)
				return false
			})
		}
	}
	visit(data, func(v any) { data = v })
}
