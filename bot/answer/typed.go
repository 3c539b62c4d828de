package answer

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
)

// typed answers a command or a line: it has it run, and shows what came of it.
func (x *exchange) typed(ctx context.Context, c bot.Content) error {
	result, err := x.commands.Run(ctx, command.Author{Cause: x.cause, Person: x.person, Print: x.print}, c)
	switch {
	case err != nil:
		return err
	case result.Ask != nil:
		ask := result.Ask
		f, err := x.forms().New(ctx, ask.Kind, ask.Requester, ask.Values, ask.Intro, ask.Faults...)
		if err != nil {
			return err
		}
		return x.reply.Open(ctx, f)
	case result.Show != "":
		return x.show(ctx, result.Show, result.Message.Text)
	case result.Leave:
		if err := x.reply.Done(ctx); err != nil {
			return err
		}
	}
	return x.reply.Tell(ctx, result.Message)
}
