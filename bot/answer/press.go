package answer

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// press answers a button: it shows something, opens the form that the event needs, or does it at once.
func (x *exchange) press(ctx context.Context, a bot.Action) error {
	switch a.Name {
	case bot.ShowAction:
		return x.show(ctx, a.Subject, "")
	case bot.FilesAction:
		return x.files(ctx, a.Subject)
	case bot.AgainAction:
		return x.again(ctx, a.Subject)
	}
	err := x.do(ctx, a)
	var refusal *workflows.Error
	over := err == nil && !a.Opens || errors.As(err, &refusal) && slices.Contains(spent, refusal.Code)
	if !a.Once || !over {
		return err
	}
	if err := x.reply.Spent(ctx, a.Subject); err != nil {
		slog.WarnContext(ctx, "buttons that are of no more use could not be taken away", "request", a.Subject, "error", err)
	}
	return err
}

// spent are the refusals after which the same button does nothing any more.
var spent = []workflows.Code{workflows.NotNow, workflows.Changed, workflows.NotYours, workflows.NotFound}

// do brings an event about, or opens the form that it needs.
func (x *exchange) do(ctx context.Context, a bot.Action) error {
	act := workflows.Act{Event: workflows.Event(a.Name), Digest: a.Digest}
	if sort, ok := x.engine.SortOf(act.Event); ok {
		return x.doTo(ctx, sort, a, act)
	}
	if !a.Opens {
		answer, err := x.engine.Act(ctx, x.update.Cause, a.Subject, act)
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

// doTo brings an event about that a sort beside requests has, or opens the form that it needs.
func (x *exchange) doTo(ctx context.Context, sort engine.Sort, a bot.Action, act workflows.Act) error {
	if !a.Opens {
		answer, err := sort.Act(ctx, x.update.Cause, a.Subject, act)
		if err != nil {
			return x.refused(ctx, a.Subject, err)
		}
		return x.confirm(ctx, answer)
	}
	asking, err := sort.Asking(ctx, a.Subject, act.Event, x.person)
	if err != nil {
		return x.refused(ctx, a.Subject, err)
	}
	ref := workflows.Ref{Kind: sort.Kind(), ID: a.Subject, Number: a.Number}
	return x.reply.Open(ctx, x.forms().Asked(asking, ref, a.Digest))
}
