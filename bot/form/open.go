package form

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// New makes the form of a new request for somebody, filled in with what is known already. intro stands above it; faults are what was said
// of its fields and not understood. What is still empty is not at fault yet.
func (m Maker) New(ctx context.Context, k *workflows.Kind, requester workflows.Person, values workflows.Form, intro string,
	faults ...*workflows.Error) (bot.Form, error) {
	values, undated := m.dated(k.Fields, values)
	for _, fault := range undated { // no chat shows in a calendar what is no day
		values[fault.Field] = ""
	}
	state := bot.FormState{Form: prefix + string(k.Kind), Nonce: uuid.NewString(), Values: values}
	f, preview, err := m.of(requester).request(ctx, k, state)
	if err != nil {
		return bot.Form{}, err
	}
	f.Intro = intro
	m.showFaults(&f, slices.Concat(faults, undated))
	if len(values) > 0 { // an empty form only invites
		m.showFaults(&f, slices.DeleteFunc(preview.Faults, (*workflows.Error).Missing))
	}
	return f, nil
}

// NewWith makes the form of a new request as New does, and puts files into one of its inputs. One that cannot be taken is a fault there.
func (m Maker) NewWith(ctx context.Context, input string, files []bot.Upload, k *workflows.Kind, requester workflows.Person,
	values workflows.Form, intro string, faults ...*workflows.Error) (bot.Form, error) {
	filled := Filled{Kind: k, Requester: requester, State: bot.FormState{Values: values, Line: 1}}
	if t, ok := k.FormEvent(""); ok {
		filled.Event = t.Event
	}
	for _, u := range files {
		u.Field = input
		filled.State.Uploads = append(filled.State.Uploads, u)
	}
	filled, unfit := m.Keep(ctx, filled, "")
	f, err := m.New(ctx, k, requester, filled.State.Values, intro, slices.Concat(unfit, faults)...)
	if err == nil {
		m.showRefused(&f, filled.State.Values)
	}
	return f, err
}

// Pressed makes the form that a press opens on a request as its revision stood under the button: the request's own, to be edited, or that
// of what the press has to bring.
func (m Maker) Pressed(ctx context.Context, v engine.Loaded, event workflows.Event, digest string) (bot.Form, error) {
	state := bot.FormState{Form: prefix + string(event), Nonce: uuid.NewString(),
		Number: v.Request.Number, Subject: v.Request.ID, Digest: digest}
	m = m.of(requesterOf(v))
	if v.Kind.Moves[event].Form != workflows.NewForm {
		asking := v.Kind.Asking(event, v.Request)
		state.Values = asking.Values
		return m.press(asking, state, nil), nil
	}
	state.Form, state.Values = prefix+string(v.Kind.Kind), v.Request.Form
	f, preview, err := m.request(ctx, v.Kind, state)
	if err != nil {
		return bot.Form{}, err
	}
	m.showFaults(&f, preview.Faults)
	return f, nil
}

// Recalculated makes a form again for the values as they are now. faults are those of what has just been uploaded. What is still empty is
// not at fault yet.
func (m Maker) Recalculated(ctx context.Context, filled Filled, faults []*workflows.Error) (bot.Form, error) {
	if filled.ofPress() { // it has nothing to work out
		return m.pressAgain(ctx, filled, faults)
	}
	f, preview, err := m.of(filled.Requester).request(ctx, filled.Kind, filled.State)
	if err != nil {
		return bot.Form{}, err
	}
	unsaid := func(fault *workflows.Error) bool { // of a file, there may be another fault, which is not to go with it
		return fault.Text == "field.required" &&
			slices.ContainsFunc(f.Fields, func(field bot.FormField) bool { return field.Name == fault.Field })
	}
	m.showFaults(&f, slices.Concat(faults, slices.DeleteFunc(preview.Faults, unsaid)))
	m.showRefused(&f, filled.State.Values)
	for i := range f.Fields {
		if f.Fields[i].Value == "" && f.Fields[i].Asks != workflows.AskFiles {
			f.Fields[i].Fault = ""
		}
	}
	return f, nil
}

// Refused makes a form again that was not taken in, with what is wrong with it.
func (m Maker) Refused(ctx context.Context, filled Filled, faults []*workflows.Error) (bot.Form, error) {
	if filled.ofPress() {
		return m.pressAgain(ctx, filled, faults)
	}
	f, _, err := m.of(filled.Requester).request(ctx, filled.Kind, filled.State)
	if err != nil {
		return bot.Form{}, err
	}
	m.showFaults(&f, faults)
	m.showRefused(&f, filled.State.Values)
	return f, nil
}
