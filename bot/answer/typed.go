package answer

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
)

// typed answers a command or a line: it has it run, and shows what came of it. A form that opens takes the files that came with it.
func (x *exchange) typed(ctx context.Context, c bot.Content, uploads []bot.Upload) error {
	result, err := x.commands.Run(ctx, command.Author{Cause: x.cause, Person: x.person, Print: x.print}, c)
	switch {
	case err != nil:
		return err
	case result.Add != nil:
		return x.add(ctx, result.Add.Kind, result.Add.Values)
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
