package chat

import (
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Shown is a field's value as it is read. The bot writes it with the form; a value that it has not worked out yet stands as it was given.
func Shown(f bot.FormField) string {
	if f.Shown != "" {
		return f.Shown
	}
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	return workflows.Inert(f.Value)
}

// News are the lines of a form's preview that say more than its fields, for where the fields stand above them.
func News(f bot.Form) []bot.Line {
	return slices.DeleteFunc(slices.Clone(f.Preview), func(l bot.Line) bool {
		return slices.ContainsFunc(f.Fields, func(field bot.FormField) bool {
			return field.Label == l.Label && (l.Typed || l.Text == Shown(field))
		})
	})
}
