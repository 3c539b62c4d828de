package answer

import (
	"context"
	"errors"
	"log/slog"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// confirm says what a press or a form did.
func (x *exchange) confirm(ctx context.Context, a workflows.Answer) error {
	if !x.known {
		x.from(a.By.Party, a.By.Person)
	}
	args := workflows.Args{"Number": a.Number}
	for name, value := range a.Args {
		args[name] = value
	}
	key := x.print.Own(a.Kind, a.Text)
	if special := key + "." + string(a.State); x.print.Has(special) {
		key = special
	}
	m := bot.Message{Text: x.print.Text(key, args), Tone: workflows.Good, Carded: a.Carded && !a.Repeated}
	if a.Repeated {
		m.Text, m.Tone = x.print.Text("told.repeated", workflows.Args{"Told": m.Text}), workflows.Quiet
	}
	return x.reply.Tell(ctx, m)
}

// refused gives back why a press or a form came too late or was not theirs to make, and has the card repaired from which it came: it
// showed what is no longer so.
func (x *exchange) refused(ctx context.Context, id workflows.SubjectID, err error) error {
	late := errors.Is(err, &workflows.Error{Code: workflows.NotNow}) || errors.Is(err, &workflows.Error{Code: workflows.Changed})
	if late && x.identify(ctx) == nil {
		if err := x.directory.Refresh(ctx, id, x.party); err != nil {
			slog.WarnContext(ctx, "a card could not be repaired", "request", id, "error", err)
		}
		x.refreshed()
	}
	return err
}
