package command

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
)

// pageSize is how many lines a page of a list has: no chat is a place to read more at once.
const pageSize = 20

// The words behind the name of a list that ask for another page of it: after LV-1042.
const (
	afterWord  = "after"
	beforeWord = "before"
)

// page reads which page of a list is asked for. further: it is another than the first.
func (c call) page(ctx context.Context) (p workflows.Page, further bool, err error) {
	p.Size = pageSize
	word, number, _ := strings.Cut(c.args, " ")
	if word != afterWord && word != beforeWord {
		return p, false, nil
	}
	ref, err := c.engine.Find(ctx, strings.TrimSpace(number))
	if err != nil {
		return p, true, err
	}
	if word == afterWord {
		p.After = ref.ID
	} else {
		p.Before = ref.ID
	}
	return p, true, nil
}

// list tells of requests as lines, each with a button that shows its card, and of where to read on. name is that of the command and of its
// texts; line says what of a request stands in its line, and below it.
func (c call) list(ctx context.Context, name string, l workflows.List, line func(workflows.Listed, string) (text, detail string)) (
	bot.Message, error,
) {
	if len(l.Lines) == 0 {
		return bot.Message{Text: c.text(name+".none", nil)}, nil
	}
	args := workflows.Args{"Count": l.Total, "More": l.Total == workflows.MostCounted}
	m := bot.Message{Text: c.text(name+".list", args)}
	for _, listed := range l.Lines {
		k, err := c.engine.KindOf(ctx, listed.Request)
		if err != nil {
			return bot.Message{}, err
		}
		gist := k.InLine(listed.Request)
		item := bot.Item{Actions: []bot.Action{draw.ShowButton(c.Print, listed.Request.Ref)}}
		item.Text, item.Detail = line(listed, c.text(gist.Text, gist.Args))
		m.Items = append(m.Items, item)
	}
	first, last := l.Lines[0].Request.Number, l.Lines[len(l.Lines)-1].Request.Number
	turn := func(word, number, label string) {
		behind := name + " " + word + " " + number
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: behind, Label: c.text(label, nil)})
	}
	if l.First > 1 {
		turn(beforeWord, first, "list.back")
	}
	if l.Last() < l.Total || l.Total == workflows.MostCounted && len(l.Lines) == pageSize {
		turn(afterWord, last, "list.on")
	}
	if len(m.Actions) > 0 {
		args["First"], args["Last"] = l.First, l.Last()
		m.Text += "\n" + c.text("list.place", args)
	}
	return m, nil
}

// short tells of a few requests, all on one page, and where each stands.
func (c call) short(ctx context.Context, name string, list []workflows.Listed) (Result, error) {
	l := workflows.List{Lines: list, First: 1, Total: len(list)}
	m, err := c.list(ctx, name, l, func(l workflows.Listed, gist string) (string, string) {
		state := c.Print.State(l.Request.Kind, l.Request.State)
		return gist, c.text("requests.item", workflows.Args{"Number": l.Request.Number, "State": state})
	})
	return Result{Message: m}, err
}
