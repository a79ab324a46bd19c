package livetemplate

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// ParseFiles makes a set of the named files, each a template under its base name, and gives the first.
func ParseFiles(names ...string) (*Template, error) { return parseFiles(nil, readFile, names) }

// ParseGlob is ParseFiles for the files that match the pattern of [filepath.Match].
func ParseGlob(pattern string) (*Template, error) { return parseGlob(nil, pattern) }

// ParseFS is ParseFiles for the files of fsys that match the patterns of [fs.Glob].
func ParseFS(fsys fs.FS, patterns ...string) (*Template, error) { return parseFS(nil, fsys, patterns) }

// ParseFiles adds the named files to the set of t, each under its base name.
func (t *Template) ParseFiles(names ...string) (*Template, error) {
	return parseFiles(t, readFile, names)
}

// ParseGlob adds the files that match the pattern of [filepath.Match] to the set of t.
func (t *Template) ParseGlob(pattern string) (*Template, error) { return parseGlob(t, pattern) }

// ParseFS adds the files of fsys that match the patterns of [fs.Glob] to the set of t.
func (t *Template) ParseFS(fsys fs.FS, patterns ...string) (*Template, error) {
	return parseFS(t, fsys, patterns)
}

func readFile(name string) (string, []byte, error) {
	text, err := os.ReadFile(name)
	return filepath.Base(name), text, err
}

func parseGlob(t *Template, pattern string) (*Template, error) {
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, newError(CodeInvalidArgument, "template: pattern %#q: %v", pattern, err)
	}
	if len(names) == 0 {
		return nil, newError(CodeInvalidArgument, "template: pattern matches no files: %#q", pattern)
	}
	return parseFiles(t, readFile, names)
}

func parseFS(t *Template, fsys fs.FS, patterns []string) (*Template, error) {
	var names []string
	for _, pattern := range patterns {
		matches, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, newError(CodeInvalidArgument, "template: pattern %#q: %v", pattern, err)
		}
		if len(matches) == 0 {
			return nil, newError(CodeInvalidArgument, "template: pattern matches no files: %#q", pattern)
		}
		names = append(names, matches...)
	}
	read := func(name string) (string, []byte, error) {
		text, err := fs.ReadFile(fsys, name)
		return path.Base(name), text, err
	}
	return parseFiles(t, read, names)
}

// parseFiles adds files to the set of t, or to a new one named after the first file.
func parseFiles(t *Template, read func(string) (string, []byte, error), names []string) (*Template, error) {
	if len(names) == 0 {
		return nil, newError(CodeInvalidArgument, "template: no files named in call to ParseFiles")
	}
	for _, name := range names {
		base, text, err := read(name)
		if err != nil {
			return nil, err
		}
		if t == nil {
			t = New(base)
		}
		target := t
		if base != t.name {
			target = t.New(base)
		}
		if _, err := target.Parse(string(text)); err != nil {
			return nil, err
		}
	}
	return t, nil
}
