package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// applyPatch gives the state after a decoded patch: an array is a JSON Patch (RFC 6902), an object a JSON merge patch
// (RFC 7396). The state given is not changed.
func applyPatch(state, patch any) (any, error) {
	state = clone(state)
	switch patch := patch.(type) {
	case map[string]any:
		return merge(state, patch), nil
	case []any:
		for _, op := range patch {
			var err error
			if state, err = applyOperation(state, op); err != nil {
				return nil, err
			}
		}
		return state, nil
	}
	return nil, fmt.Errorf("a patch is an array or an object")
}

func merge(target, patch any) any {
	members, ok := patch.(map[string]any)
	if !ok {
		return clone(patch)
	}
	result, ok := target.(map[string]any)
	if !ok {
		result = map[string]any{}
	}
	for name, value := range members {
		if value == nil {
			delete(result, name)
		} else {
			result[name] = merge(result[name], value)
		}
	}
	return result
}

func applyOperation(state, operation any) (any, error) {
	op, ok := operation.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an operation is an object")
	}
	path, err := pointer(op, "path")
	if err != nil {
		return nil, err
	}
	value, hasValue := op["value"]
	value = clone(value)
	switch op["op"] {
	case "add", "replace", "test":
		if !hasValue {
			return nil, fmt.Errorf("%v without value", op["op"])
		}
	case "move", "copy":
		from, err := pointer(op, "from")
		if err != nil {
			return nil, err
		}
		if value, err = get(state, from); err != nil {
			return nil, err
		}
		if op["op"] == "copy" {
			value = clone(value)
			break
		}
		if len(path) > len(from) && reflect.DeepEqual(path[:len(from)], from) {
			return nil, fmt.Errorf("move into itself")
		}
		if state, err = change(state, from, "remove", nil); err != nil {
			return nil, err
		}
	}
	switch op["op"] {
	case "add", "move", "copy":
		return change(state, path, "add", value)
	case "replace":
		return change(state, path, "replace", value)
	case "remove":
		return change(state, path, "remove", nil)
	case "test":
		found, err := get(state, path)
		if err == nil && !reflect.DeepEqual(found, value) {
			err = fmt.Errorf("test failed")
		}
		return state, err
	}
	return nil, fmt.Errorf("unknown operation %v", op["op"])
}

func pointer(op map[string]any, member string) ([]string, error) {
	text, ok := op[member].(string)
	if !ok {
		return nil, fmt.Errorf("%s is missing", member)
	}
	if text == "" {
		return nil, nil
	}
	tokens := strings.Split(text, "/")
	if tokens[0] != "" {
		return nil, fmt.Errorf("%q is no JSON pointer", text)
	}
	tokens = tokens[1:]
	for i, token := range tokens {
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return tokens, nil
}

// index reads an array index below limit; there is no leading zero and no sign.
func index(token string, limit int) (int, error) {
	i, err := strconv.ParseUint(token, 10, 31)
	if err != nil || strconv.FormatUint(i, 10) != token || int(i) >= limit {
		return 0, fmt.Errorf("no index %q", token)
	}
	return int(i), nil
}

func get(state any, path []string) (any, error) {
	for _, token := range path {
		switch parent := state.(type) {
		case map[string]any:
			child, ok := parent[token]
			if !ok {
				return nil, fmt.Errorf("no member %q", token)
			}
			state = child
		case []any:
			i, err := index(token, len(parent))
			if err != nil {
				return nil, err
			}
			state = parent[i]
		default:
			return nil, fmt.Errorf("%q leads into a scalar", token)
		}
	}
	return state, nil
}

// change adds, replaces or removes what stands at path and gives the new value in state's place.
func change(state any, path []string, what string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	token, rest := path[0], path[1:]
	switch parent := state.(type) {
	case map[string]any:
		child, ok := parent[token]
		if !ok && (len(rest) > 0 || what != "add") {
			return nil, fmt.Errorf("no member %q", token)
		}
		if len(rest) == 0 && what == "remove" {
			delete(parent, token)
			return parent, nil
		}
		child, err := change(child, rest, what, value)
		parent[token] = child
		return parent, err
	case []any:
		if len(rest) == 0 && what == "add" {
			i, err := len(parent), error(nil)
			if token != "-" {
				i, err = index(token, len(parent)+1)
			}
			if err != nil {
				return nil, err
			}
			parent = append(parent, nil)
			copy(parent[i+1:], parent[i:])
			parent[i] = value
			return parent, nil
		}
		i, err := index(token, len(parent))
		if err != nil {
			return nil, err
		}
		if len(rest) == 0 && what == "remove" {
			return append(parent[:i], parent[i+1:]...), nil
		}
		parent[i], err = change(parent[i], rest, what, value)
		return parent, err
	}
	return nil, fmt.Errorf("%q leads into a scalar", token)
}
