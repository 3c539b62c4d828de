package web

import (
	"strings"
	"unicode"

	"github.com/nod-chat/nod/bot"
)

// typed reads what was typed: a command behind a slash, which may be full-width, as Chinese keyboards write it, or a line.
func typed(text string) bot.Content {
	text = strings.TrimSpace(text)
	rest, slash := strings.CutPrefix(text, "/")
	if !slash {
		if rest, slash = strings.CutPrefix(text, "／"); !slash {
			return bot.Said{Text: text}
		}
	}
	name, args := rest, ""
	if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
		name, args = rest[:i], strings.TrimSpace(rest[i:])
	}
	return bot.Command{Name: strings.ToLower(name), Args: args}
}
