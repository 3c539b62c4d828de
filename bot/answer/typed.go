package answer

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
)

// typed answers a command or a line: it has it run, and shows what came of it. A form that opens takes the files that came with it.
func (x *exchange) typed(ctx context.Context, c bot.Content, uploads []bot.Upload) error {
	result, err := x.commands.Run(ctx, command.Author{Cause: x.update.Cause, Person: x.person, Print: x.print}, c)
	switch {
	case err != nil:
		return err
	case result.Add != nil:
		return x.add(ctx, result.Add.Kind, result.Add.Values)
	case result.Ask != nil && result.Ask.Kind.Drafts() && len(result.Ask.Values) == 0 && result.Ask.Requester.ID == x.person.ID &&
		len(uploads) == 0:
		f, err := x.resumed(ctx, result.Ask.Kind)
		return x.opened(ctx, f, err)
	case result.Ask != nil:
		ask := result.Ask
		f, err := x.forms().New(ctx, ask.Kind, ask.Requester, ask.Values, ask.Intro, ask.Faults...)
		if err != nil || len(uploads) == 0 {
			return x.opened(ctx, f, err)
		}
		input, takes := f.ForFiles()
		if !takes {
			if err := x.reply.Open(ctx, f); err != nil {
				return err
			}
			return x.reply.Tell(ctx, bot.Message{Text: x.print.Text("files.no_place", nil), Tone: workflows.Warn})
		}
		f, err = x.forms().NewWith(ctx, input, uploads, ask.Kind, ask.Requester, ask.Values, ask.Intro, ask.Faults...)
		return x.opened(ctx, f, err)
	case result.Form != nil:
		return x.reply.Open(ctx, x.forms().Asked(*result.Form, workflows.Ref{Kind: result.Form.Kind}, "", result.Faults...))
	case result.Task != nil:
		answer, err := x.engine.AddTask(ctx, x.update.Cause, *result.Task)
		if err != nil {
			return err
		}
		return x.confirm(ctx, answer)
	case result.Show != "":
		return x.show(ctx, result.Show, result.Message.Text)
	case result.Leave:
		if err := x.reply.Done(ctx); err != nil {
			return err
		}
	}
	return x.reply.Tell(ctx, result.Message)
}

// opened shows a form that was made.
func (x *exchange) opened(ctx context.Context, f bot.Form, err error) error {
	if err != nil {
		return err
	}
	return x.reply.Open(ctx, f)
}

// mostUnfinished is how many requests that are not over stand above a form.
const mostUnfinished = 8

// resumed makes the form of a person's draft of a kind, or of a new request where they have none, below what of theirs is not over yet.
func (x *exchange) resumed(ctx context.Context, k *workflows.Kind) (bot.Form, error) {
	list, err := x.directory.Unfinished(ctx, x.person.ID, k.Kind, mostUnfinished)
	if err != nil {
		return bot.Form{}, err
	}
	f, err := x.draftForm(ctx, k)
	if err != nil {
		return bot.Form{}, err
	}
	var lines []string
	for _, l := range list {
		kind, err := x.engine.KindOf(ctx, l.Request)
		if err != nil {
			return bot.Form{}, err
		}
		gist := kind.InLine(l.Request)
		line := l.Request.Number + " · " + x.print.Text(gist.Text, gist.Args) + " · " + x.print.State(k.Kind, l.Request.State)
		if len(l.People) > 0 {
			line += " (" + x.print.List(l.People) + ")"
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 {
		f.Intro = strings.TrimSpace(f.Intro + "\n" + x.print.Text("form.unfinished", workflows.Args{"Lines": lines}))
	}
	return f, nil
}

func (x *exchange) draftForm(ctx context.Context, k *workflows.Kind) (bot.Form, error) {
	id, found, err := x.engine.Draft(ctx, k.Kind, x.person.ID)
	switch {
	case err != nil:
		return bot.Form{}, err
	case !found:
		return x.forms().New(ctx, k, x.person, nil, "")
	}
	v, err := x.visible(ctx, id)
	if err != nil {
		return bot.Form{}, err
	}
	t, _ := v.Kind.FormEvent(v.Request.State)
	return x.forms().Pressed(ctx, v, t.Event, v.Request.Digest)
}
