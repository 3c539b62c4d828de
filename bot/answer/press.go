package answer

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// press answers a button: it shows something, opens the form that the event needs, or does it at once.
func (x *exchange) press(ctx context.Context, a bot.Action) error {
	switch a.Name {
	case bot.ShowAction:
		return x.show(ctx, a.Subject, "")
	case bot.FilesAction:
		return x.files(ctx, a.Subject)
	}
	act := workflows.Act{Event: workflows.Event(a.Name), Digest: a.Digest}
	if !a.Opens {
		answer, err := x.engine.Act(ctx, x.cause, a.Subject, act)
		if err != nil {
			return x.refused(ctx, a.Subject, err)
		}
		return x.confirm(ctx, answer)
	}
	v, err := x.visible(ctx, a.Subject)
	if err != nil {
		return err
	}
	if err := v.Kind.May(v.Request, act, x.actor(), v.Facts); err != nil {
		return x.refused(ctx, a.Subject, err)
	}
	f, err := x.forms().Pressed(ctx, v, act.Event, a.Digest)
	if err != nil {
		return err
	}
	return x.reply.Open(ctx, f)
}
