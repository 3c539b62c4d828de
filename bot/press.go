package bot

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// press answers a button: it shows something, opens the form that the event needs, or does it at once.
func (c *chat) press(ctx context.Context, a Action) error {
	switch a.Name {
	case showAction:
		return c.show(ctx, a.Subject)
	case filesAction:
		return c.files(ctx, a.Subject)
	case commandAction:
		return c.command(ctx, asCommand(a.Args))
	}
	act := workflows.Act{Event: workflows.Event(a.Name), Digest: a.Digest}
	if !a.Opens {
		answer, err := c.engine.Act(ctx, c.cause, a.Subject, act)
		if err != nil {
			return c.refused(ctx, a.Subject, err)
		}
		return c.told(ctx, answer)
	}
	v, err := c.visible(ctx, a.Subject)
	if err != nil {
		return err
	}
	if err := v.Kind.May(v.Request, act, workflows.PersonActor(c.person, c.cause.Platform), v.Facts); err != nil {
		return c.refused(ctx, a.Subject, err)
	}
	state := FormState{Form: "form:" + a.Name, Nonce: uuid.NewString(), Number: v.Request.Number, Subject: a.Subject, Digest: a.Digest}
	if v.Kind.Moves[act.Event].Form == workflows.NewForm {
		state.Form, state.Values = "form:"+string(v.Kind.Kind), v.Request.Form
		f, err := c.requestForm(ctx, v.Kind, state, true)
		if err != nil {
			return err
		}
		return c.reply.Open(ctx, f)
	}
	return c.reply.Open(ctx, c.pressForm(v.Kind, act.Event, state, nil))
}

// The buttons that are no events: they show something.
const (
	showAction    = "show"
	filesAction   = "files"   // gives out what was handed in with a request
	commandAction = "command" // runs a command, as if it had been typed
)

// showButton shows a request.
func showButton(print *texts.Printer, subject workflows.Ref) Action {
	return Action{Name: showAction, Label: print.Text("action.show", nil), Number: subject.Number, Subject: subject.ID, Opens: true}
}

// told says what a press did.
func (c *chat) told(ctx context.Context, a workflows.Answer) error {
	args := workflows.Args{"Number": a.Number}
	for name, value := range a.Args {
		args[name] = value
	}
	key := c.print.Own(a.Kind, a.Text)
	if special := key + "." + string(a.State); c.print.Has(special) {
		key = special
	}
	m := Message{Text: c.text(key, args), Tone: workflows.Good}
	if a.Repeated {
		m.Text, m.Tone = c.text("told.repeated", workflows.Args{"Told": m.Text}), workflows.Quiet
	}
	return c.reply.Tell(ctx, m)
}

// refused answers a press that came too late or was not theirs to make, and has the card repaired from which it came: it showed what is no longer so.
func (c *chat) refused(ctx context.Context, id workflows.SubjectID, err error) error {
	if errors.Is(err, &workflows.Error{Code: workflows.NotNow}) || errors.Is(err, &workflows.Error{Code: workflows.Changed}) {
		if err := c.directory.Refresh(ctx, id, c.party); err != nil {
			slog.WarnContext(ctx, "a card could not be repaired", "request", id, "error", err)
		}
		c.refreshed()
	}
	return err
}

// show answers with a copy of a request's card.
func (c *chat) show(ctx context.Context, id workflows.SubjectID) error {
	v, err := c.visible(ctx, id)
	if err != nil {
		return err
	}
	card, _, _ := Draw(v, c.person, c.print)
	return c.reply.Tell(ctx, Message{Card: &card})
}

// visible loads a request that is something to the person. To everyone else there is no such request.
func (c *chat) visible(ctx context.Context, id workflows.SubjectID) (engine.View, error) {
	v, err := c.engine.View(ctx, id)
	if err != nil {
		return v, err
	}
	if v.Request.Relation(workflows.PersonActor(c.person, c.cause.Platform)) == workflows.ToNobody {
		return v, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": v.Request.Number})
	}
	return v, nil
}
