package bot

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// press answers a button: it shows something, opens the form that the event needs, or does it at once.
func (c *chat) press(ctx context.Context, a Action) error {
	switch a.Name {
	case "show":
		return c.show(ctx, a.Number)
	case filesAction:
		return c.files(ctx, a.Number)
	case "command":
		return c.command(ctx, asCommand(a.Args))
	}
	event := workflows.Event(a.Name)
	if !a.Opens {
		answer, err := c.engine.Act(ctx, c.cause, a.Number, workflows.Act{Event: event, Revision: a.Revision})
		if err != nil {
			return c.refused(ctx, a.Number, err)
		}
		return c.told(ctx, answer)
	}
	v, err := c.visible(ctx, a.Number)
	if err != nil {
		return err
	}
	if err := v.Kind.May(v.Request, workflows.Act{Event: event, Revision: a.Revision}, workflows.Actor{Person: c.person}, v.Facts); err != nil {
		return c.refused(ctx, a.Number, err)
	}
	state := FormState{Form: "form:" + a.Name, Nonce: uuid.NewString(), Number: a.Number, Revision: a.Revision}
	if event == workflows.Edit {
		state.Form, state.Values = "form:"+string(v.Kind.Kind), v.Request.Form
		f, err := c.requestForm(ctx, v.Kind, state, true)
		if err != nil {
			return err
		}
		return c.reply.Open(ctx, f)
	}
	return c.reply.Open(ctx, c.pressForm(v.Kind, event, state, nil))
}

// told says what a press did.
func (c *chat) told(ctx context.Context, a workflows.Answer) error {
	args := workflows.Args{"Number": a.Number}
	for name, value := range a.Args {
		args[name] = value
	}
	key := a.Text
	if special := a.Text + "." + string(a.State); c.print.Has(special) {
		key = special
	}
	m := Message{Text: c.text(key, args), Tone: workflows.Good}
	if a.Repeated {
		m.Text, m.Tone = c.text("told.repeated", workflows.Args{"Told": m.Text}), workflows.Quiet
	}
	return c.reply.Tell(ctx, m)
}

// refused answers a press that came too late or was not theirs to make, and has the card repaired from which it came: it showed what is no longer so.
func (c *chat) refused(ctx context.Context, number string, err error) error {
	if errors.Is(err, &workflows.Error{Code: workflows.NotNow}) || errors.Is(err, &workflows.Error{Code: workflows.Changed}) {
		if err := c.directory.Refresh(ctx, number, c.person.ID); err != nil {
			slog.WarnContext(ctx, "a card could not be repaired", "request", number, "error", err)
		}
		c.refreshed()
	}
	return err
}

// show answers with a copy of a request's card.
func (c *chat) show(ctx context.Context, number string) error {
	v, err := c.visible(ctx, number)
	if err != nil {
		return err
	}
	card, _ := Draw(v, c.person, c.print)
	return c.reply.Tell(ctx, Message{Card: &card})
}

// visible loads a request that the person may see: their own, one they were asked about, or any for hr. To everyone else there is no such request.
func (c *chat) visible(ctx context.Context, number string) (engine.View, error) {
	v, err := c.engine.View(ctx, number)
	if err != nil {
		return v, err
	}
	r := v.Request
	if c.person.ID != r.Requester && c.person.ID != r.SubmittedBy && !r.Asked(c.person.ID) && !c.person.Has("hr") {
		return v, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": r.Number})
	}
	return v, nil
}
