package web

import "strings"

// split takes what was typed apart. The slash may be missing or full-width, as Chinese keyboards write it.
func split(text string) (name, args string) {
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(strings.TrimPrefix(text, "/"), "／")
	name, args = text, ""
	if i := strings.IndexFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\u3000' }); i >= 0 {
		name, args = text[:i], strings.TrimSpace(text[i:])
	}
	return strings.ToLower(name), args
}
