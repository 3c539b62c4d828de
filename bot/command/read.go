package command

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/phrase"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// reader reads the form of a request out of what was typed.
type reader struct {
	engine Engine
	texts  *texts.Texts
}

// behind fills a form from what was typed behind a kind's name: word by word when the words are in the order of the form, else as a
// sentence.
func (r reader) behind(k *workflows.Kind, args string, p workflows.Person) workflows.Form {
	form := readArgs(k, args, p)
	if slices.ContainsFunc(k.Fields, func(f workflows.Field) bool { return f.Type == workflows.DateDay && form[f.Name] != "" }) {
		return form
	}
	if kind, values, ok := r.line(args, p); ok && kind.Kind == k.Kind {
		return values
	}
	return form
}

var looksLikeDate = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)

// readArgs fills a form from what was typed behind a command: each word goes to the next field that takes it, and the first word that none
// takes begins the long text. What looks like a date but is none goes to the date field too, which then says what is wrong with it.
func readArgs(k *workflows.Kind, typed string, requester workflows.Person) workflows.Form {
	form := workflows.Form{}
	words := strings.Fields(typed)
	for i, word := range words {
		field := fieldFor(k, form, word, requester)
		if field == nil {
			rest := strings.Join(words[i:], " ")
			at := slices.IndexFunc(k.Fields, func(f workflows.Field) bool { return f.Type == workflows.Long || f.Type == workflows.Text })
			if at >= 0 {
				form[k.Fields[at].Name] = rest
			}
			break
		}
		form[field.Name] = word
	}
	return form
}

func fieldFor(k *workflows.Kind, form workflows.Form, word string, requester workflows.Person) *workflows.Field {
	lastDate := ""
	for i := range k.Fields {
		f := &k.Fields[i]
		if f.Type == workflows.DateDay && form[f.Name] != "" {
			lastDate = f.Name
		}
		if form[f.Name] != "" {
			continue
		}
		switch f.Type {
		case workflows.Choice:
			for _, o := range k.Options[f.From](requester) {
				if o.Named(word) {
					return f
				}
			}
		case workflows.DateDay:
			if looksLikeDate.MatchString(word) {
				return f
			}
		case workflows.HalfDay: // belongs to the date that was read just before it
			if _, err := workflows.ParseHalf(word); err == nil && lastDate != "" && (i+1 == len(k.Fields) || form[k.Fields[i+1].Name] == "") {
				return f
			}
		}
	}
	return nil
}

// line finds what kind of request a line reads like, and what of its form the line tells: a choice by any of its names, dates, and the rest
// as the long text. A line that only wants a kind by its name (我想请假) reads like an empty form of it.
func (r reader) line(line string, p workflows.Person) (*workflows.Kind, workflows.Form, bool) {
	today := workflows.DateOf(r.engine.Now().In(p.Location()))
	for _, k := range r.engine.Kinds() {
		values := workflows.Form{}
		rest, named := line, false
		for _, f := range k.Fields {
			if f.Type != workflows.Choice {
				continue
			}
			names := map[string]string{}
			var words []string
			for _, o := range k.Options[f.From](p) {
				for _, word := range append([]string{o.Value}, o.Alias...) {
					names[strings.ToLower(word)] = o.Value
					words = append(words, word)
				}
			}
			if word, without, ok := phrase.Mention(rest, words); ok {
				values[f.Name], rest, named = names[strings.ToLower(word)], without, true
			}
		}
		read := phrase.Read(rest, today)
		if !read.Dated && !named {
			if _, besides, ok := phrase.Mention(line, r.kindNames(k)); ok && phrase.Idle(besides) {
				return k, values, true
			}
			continue
		}
		if read.Dated {
			rest = read.Rest
			fillDates(k, values, read)
		}
		for _, f := range k.Fields {
			if rest = strings.TrimSpace(rest); f.Type == workflows.Long && rest != "" {
				values[f.Name] = rest
				break
			}
		}
		return k, values, true
	}
	return nil, nil, false
}

// kindNames are what a kind is called in every language.
func (r reader) kindNames(k *workflows.Kind) []string {
	var names []string
	for _, language := range workflows.Languages {
		names = append(names, r.texts.Say(language, string(k.Kind)+".name", nil))
	}
	return names
}

// fillDates puts a range into a form's first two dates, each with the half day that follows it.
func fillDates(k *workflows.Kind, values workflows.Form, read phrase.Reading) {
	dates, halves := []workflows.Date{read.From, read.To}, []workflows.Half{read.FromPart, read.ToPart}
	nth := -1
	for _, f := range k.Fields {
		switch {
		case f.Type == workflows.DateDay && nth+1 < len(dates):
			nth++
			values[f.Name] = dates[nth].String()
		case f.Type == workflows.HalfDay && nth >= 0:
			values[f.Name] = halves[nth].String()
		}
	}
}
