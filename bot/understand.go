package bot

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

// understand opens the form of the request that a line reads like, filled in with what the line tells, so that its writer sees what was understood before
// they send anything. It reports false when the line reads like none.
func (c *chat) understand(ctx context.Context, line string) (bool, error) {
	kind, values, ok := c.reads(line, c.person)
	if !ok {
		return false, nil
	}
	return true, c.ask(ctx, kind, values, c.text("form.understood", nil))
}

// reads finds what kind of request a line reads like, and what of its form the line tells: a choice by any of its names, dates, and the rest as the long
// text. A line that only wants a kind by its name (我想请假) reads like an empty form of it.
func (b *Bot) reads(line string, p workflows.Person) (*workflows.Kind, workflows.Form, bool) {
	today := workflows.DateOf(b.engine.Now().In(p.Location()))
	for _, k := range b.engine.Kinds() {
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
			if _, besides, ok := phrase.Mention(line, b.kindNames(k)); ok && phrase.Idle(besides) {
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
func (b *Bot) kindNames(k *workflows.Kind) []string {
	var names []string
	for _, language := range workflows.Languages {
		names = append(names, b.texts.Say(language, string(k.Kind)+".name", nil))
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
