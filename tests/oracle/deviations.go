package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
)

// A deviation is a difference from Go that is known and stays, with its reason: tests/vectors/deviations.json. It
// counts for a case only after that was made small.
type deviation struct {
	Template string // a pattern for the sources
	Message  string // and one for Go's answer; empty for any
	Reason   string
}

func readDeviations(root string) ([]deviation, error) {
	text, err := os.ReadFile(filepath.Join(root, "tests", "vectors", "deviations.json"))
	if err != nil {
		return nil, err
	}
	var list []deviation
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	for _, d := range list {
		for _, pattern := range []string{d.Template, d.Message} {
			if _, err := regexp.Compile(pattern); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// known says whether one of the deviations explains the difference in a small case.
func known(list []deviation, file []byte) bool {
	v, err := parseVector(file, "")
	if err != nil {
		return false
	}
	want, err := expected(file, nil)
	if err != nil {
		return false
	}
	for _, d := range list {
		message := regexp.MustCompile(d.Message)
		for _, s := range v.sources {
			if regexp.MustCompile(d.Template).Match(s.text) && message.Match(want.content) {
				return true
			}
		}
	}
	return false
}
