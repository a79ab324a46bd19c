package main

import "strings"

// piece is a bit of literal text and slots for a place.
func (g *generator) piece(at spot, s *scope, depth int) string {
	if depth > 6 {
		return g.slot(s)
	}
	switch at {
	case inText:
		return g.element(s, depth)
	case inTag:
		return " " + g.attribute(s, depth)
	case inScript:
		return g.form(scripts, s, depth)
	case inStyle:
		return g.form(styles, s, depth)
	}
	return g.form(pieces[at], s, depth)
}

func (g *generator) element(s *scope, depth int) string {
	of := func(forms []string) string { return g.form(forms, s, depth) }
	switch g.n(26) {
	case 0, 1, 2:
		return g.slot(s)
	case 3:
		return g.pick(markupPieces)
	case 4, 5, 6:
		tag := g.pick(tags)
		return "<" + tag + g.fill("«@tag»>«@text»</", s, depth) + tag + ">"
	case 7, 8, 9, 10:
		return "<" + g.pick(tags) + " " + g.attribute(s, depth) + g.pick(tagEnds)
	case 11:
		return of(comments)
	case 12, 13, 14, 15, 16:
		return "<script" + of(scriptTags) + g.fill(">«@script»", s, depth) + g.pick(scriptEnds)
	case 17, 18, 19:
		return "<style" + of(styleTags) + g.fill(">«@style»</style>", s, depth)
	case 20:
		return "<textarea" + of(textareaTags) + g.fill(">«@rcdata»</textarea>", s, depth)
	case 21:
		return "<title" + of(titleTags) + g.fill(">«@rcdata»</title>", s, depth)
	case 22, 23:
		return "<meta" + g.pick(metaNames) + " content=" + of(metaContents) + of(metaEnds)
	case 24:
		return of(joins)
	}
	return of(smallElements)
}

func (g *generator) attribute(s *scope, depth int) string {
	of := func(forms []string) string { return g.form(forms, s, depth) }
	at := []spot{inPlain, inPlain, inPlain, inURL, inURL, inSrcset, inScript, inScript, inStyle, inStyle}[g.n(10)]
	name := g.pick(attributeNames[at])
	switch g.n(16) {
	case 0:
		return g.slot(s)
	case 1:
		return of(namesWithSlots)
	case 2:
		return of(namesEndInSlots)
	case 3:
		return g.fill(strings.ReplaceAll(g.pick(bareAttributes), "NAME", name), s, depth)
	case 4, 5, 6:
		return name + "=" + of(unquotedValues)
	}
	quote := g.pick([]string{`"`, `"`, "'"})
	// A quote of the other sort may stand in the value.
	value := g.content(at, inner(s, 0, true), depth+1)
	if quote == `"` && at != inPlain {
		value = swapQuotes(value, g.left, g.right)
	}
	return name + "=" + quote + value + quote
}

// swapQuotes writes double quotes outside actions as single ones, so that the value does not end there.
func swapQuotes(value, left, right string) string {
	var b strings.Builder
	for value != "" {
		literal, action := value, ""
		if i := strings.Index(value, left); i >= 0 {
			literal, action = value[:i], value[i:]
			if j := strings.Index(action, right); j >= 0 {
				action = action[:j+len(right)]
			}
		}
		b.WriteString(strings.ReplaceAll(literal, `"`, "'"))
		b.WriteString(action)
		value = value[len(literal)+len(action):]
	}
	return b.String()
}
