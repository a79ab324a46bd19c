package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
)

// decode reads JSON text into the values html/template is given: map[string]any, []any, string, bool, nil, int for
// integer literals (uint64, then float64, beyond its range), float64 for the others, and what the tags stand for.
func (v *vector) decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text after the JSON value")
	}
	return v.convert(raw)
}

func (v *vector) convert(raw any) (any, error) {
	switch raw := raw.(type) {
	case json.Number:
		return number(string(raw))
	case []any:
		for i := range raw {
			item, err := v.convert(raw[i])
			if err != nil {
				return nil, err
			}
			raw[i] = item
		}
		return raw, nil
	case map[string]any:
		if len(raw) == 1 {
			if tagged, ok := v.tag(raw); ok {
				return tagged, nil
			}
			if inner, ok := raw["$map"].(map[string]any); ok && (v.times || v.trusted) {
				return v.convertMembers(inner)
			}
		}
		return v.convertMembers(raw)
	}
	return raw, nil
}

func (v *vector) convertMembers(m map[string]any) (any, error) {
	for name, raw := range m {
		item, err := v.convert(raw)
		if err != nil {
			return nil, err
		}
		m[name] = item
	}
	return m, nil
}

func (v *vector) tag(m map[string]any) (any, bool) {
	for name, raw := range m {
		text, ok := raw.(string)
		if !ok {
			return nil, false
		}
		if name == "$time" {
			t, err := time.Parse(time.RFC3339Nano, text)
			return t, v.times && err == nil
		}
		if !v.trusted {
			return nil, false
		}
		switch name {
		case "$html":
			return template.HTML(text), true
		case "$attr":
			return template.HTMLAttr(text), true
		case "$js":
			return template.JS(text), true
		case "$jsstr":
			return template.JSStr(text), true
		case "$css":
			return template.CSS(text), true
		case "$url":
			return template.URL(text), true
		case "$srcset":
			return template.Srcset(text), true
		case "$bytes":
			b, err := base64.StdEncoding.DecodeString(text)
			return b, err == nil
		}
	}
	return nil, false
}

func number(literal string) (any, error) {
	if !strings.ContainsAny(literal, ".eE") {
		if i, err := strconv.ParseInt(literal, 10, 64); err == nil {
			return int(i), nil
		}
		if u, err := strconv.ParseUint(literal, 10, 64); err == nil {
			return u, nil
		}
	}
	return strconv.ParseFloat(literal, 64)
}

// floats makes the numbers in the members that go-float names float64, as a Go struct with float fields would have them.
func (v *vector) toFloats(data any) {
	switch data := data.(type) {
	case []any:
		for _, item := range data {
			v.toFloats(item)
		}
	case map[string]any:
		for name, item := range data {
			if i, ok := item.(int); ok && v.floats[name] {
				data[name] = float64(i)
			} else {
				v.toFloats(item)
			}
		}
	}
}

// clone copies the containers, so that a patch never changes an earlier state.
func clone(data any) any {
	switch data := data.(type) {
	case []any:
		items := make([]any, len(data))
		for i := range data {
			items[i] = clone(data[i])
		}
		return items
	case map[string]any:
		members := make(map[string]any, len(data))
		for name := range data {
			members[name] = clone(data[name])
		}
		return members
	}
	return data
}
