package answer

import (
	"context"
	"errors"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

// recalculation redraws a form for the values as they are.
func (x *exchange) recalculation(ctx context.Context, c bot.Recalculation) error {
	filled, err := x.filled(ctx, c.FormState)
	if err != nil {
		return err
	}
	// The files belong to the line that was open when they were chosen, which they may be all of.
	filled, faults := x.forms().Keep(ctx, filled, c.Do)
	filled, unclear, err := x.forms().Resolved(ctx, form.Listed(filled, c.Do, c.Line), false)
	if err != nil {
		return err
	}
	f, err := x.forms().Recalculated(ctx, filled, append(faults, unclear...))
	if err != nil {
		return err
	}
	return x.reply.Update(ctx, f)
}

// submission sends a form. Its nonce is the cause, so that two presses of Send are one.
func (x *exchange) submission(ctx context.Context, state bot.FormState) error {
	filled, err := x.filled(ctx, state)
	if err != nil {
		return x.late(ctx, state.Subject, err)
	}
	filled, faults := x.forms().Keep(ctx, filled, "")
	filled, unclear, err := x.forms().Resolved(ctx, filled, true)
	if err != nil {
		return err
	}
	if faults = append(faults, unclear...); len(faults) > 0 {
		return x.showFaults(ctx, filled, faults)
	}
	answer, err := x.send(ctx, filled)
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		switch refusal.Code {
		case workflows.Invalid, workflows.Unroutable:
			return x.showFaults(ctx, filled, refusal.Faults())
		}
	}
	if err != nil {
		return x.late(ctx, state.Subject, err)
	}
	if err := x.reply.Done(ctx); err != nil {
		return err
	}
	return x.confirm(ctx, answer)
}

// late takes a form away that has become pointless, and gives back why.
func (x *exchange) late(ctx context.Context, subject workflows.SubjectID, err error) error {
	var refusal *workflows.Error
	pointless := []workflows.Code{workflows.NotNow, workflows.Changed, workflows.NotYours}
	if !errors.As(err, &refusal) || !slices.Contains(pointless, refusal.Code) {
		return err
	}
	if err := x.reply.Done(ctx); err != nil {
		return err
	}
	return x.refused(ctx, subject, refusal)
}

// filled finds what a form is of that came in: a new request, or a subject that its sender may see.
func (x *exchange) filled(ctx context.Context, state bot.FormState) (form.Filled, error) {
	if sort, ok := x.engine.SortOf(form.EventOf(state)); ok {
		asking, err := sort.Asking(ctx, state.Subject, form.EventOf(state), x.person)
		if err != nil {
			return form.Filled{}, err
		}
		return form.ReadAsked(state, asking), nil
	}
	if state.Subject == "" {
		return form.ReadNew(state, x.engine.Current)
	}
	v, err := x.visible(ctx, state.Subject)
	if err != nil {
		return form.Filled{}, err
	}
	return form.Read(state, v)
}

// send has the engine take in what was filled in.
func (x *exchange) send(ctx context.Context, filled form.Filled) (workflows.Answer, error) {
	values := filled.State.Values
	if sort, ok := x.engine.SortOf(filled.Event); ok {
		return sort.Act(ctx, x.update.Cause, filled.State.Subject, workflows.Act{Event: filled.Event,
			Digest: filled.State.Digest, Form: values})
	}
	if filled.State.Subject == "" {
		return x.engine.Submit(ctx, x.update.Cause, filled.Kind.Kind, filled.Requester, values)
	}
	return x.engine.Act(ctx, x.update.Cause, filled.State.Subject, workflows.Act{Event: filled.Event,
		Digest: filled.State.Digest, Form: values,
		Comment: values["comment"], Person: values["person"]})
}

func (x *exchange) showFaults(ctx context.Context, filled form.Filled, faults []*workflows.Error) error {
	f, err := x.forms().Refused(ctx, filled, faults)
	if err != nil {
		return err
	}
	return x.reply.Update(ctx, f)
}
