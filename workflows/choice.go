package workflows

import "strings"

func readChoice(r *formReader, in Input, typed string) (string, *Error) {
	for _, o := range r.options(in.Field) {
		if o.Named(typed) {
			return o.Value, nil
		}
	}
	return "", Fault(in.Name, "field.choice", Args{"Value": Cut(typed, 40)})
}

func showChoice(in Input, value string, about shown) Row {
	for _, o := range about.options(in.Field) {
		if o.Named(value) {
			return o.Row()
		}
	}
	return quoted(value)
}

// hearChoice takes the first of the names that the options have.
func hearChoice(h *hearer, f Field) Evidence {
	names := map[string]string{}
	var words []string
	for _, o := range h.options(f) {
		if o.Text == "" && len(o.Alias) == 0 {
			continue // a code that nobody says in a sentence
		}
		for _, word := range append([]string{o.Value}, o.Alias...) {
			names[strings.ToLower(word)] = o.Value
			words = append(words, word)
		}
	}
	word, ok := h.line.Mention(words)
	if !ok {
		return Nothing
	}
	h.form[f.Name] = names[strings.ToLower(word)]
	return Named
}

func takesChoice(h *hearer, in Input, word string) bool {
	for _, o := range h.options(in.Field) {
		if o.Named(word) {
			return true
		}
	}
	return false
}

func planChoice(f Field, _ []Field) string {
	if f.From == "" {
		return "it does not say which function lists its options"
	}
	return ""
}
