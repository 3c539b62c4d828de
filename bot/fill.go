package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// ask opens the form of a new request, filled in with what is known already. intro stands above it.
func (c *chat) ask(ctx context.Context, k *workflows.Kind, values workflows.Form, intro string) error {
	form, err := c.requestForm(ctx, k, FormState{Form: "form:" + string(k.Kind), Nonce: uuid.NewString(), Values: values}, len(values) > 0)
	if err != nil {
		return err
	}
	form.Intro = intro
	return c.reply.Open(ctx, form)
}

// requestForm draws the form of a request, new or edited, with what would follow from sending it now. Faults are shown once there is something to be
// at fault: an empty form only invites.
func (c *chat) requestForm(ctx context.Context, k *workflows.Kind, state FormState, faults bool) (Form, error) {
	raw := k.Defaults(state.Values)
	for _, field := range k.Fields { // what people ask for most stands first
		if options := k.Options[field.From]; field.Type == workflows.Choice && field.Required && raw[field.Name] == "" {
			if list := options(c.person); len(list) > 0 {
				raw[field.Name] = list[0].Value
			}
		}
	}
	preview, err := c.engine.Preview(ctx, c.person, k.Kind, state.Subject, raw)
	if err != nil {
		return Form{}, err
	}
	f := Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest, Live: true,
		Title: c.text(string(k.Kind)+".form", nil), Send: c.text("form.send", nil), Cancel: c.text("form.cancel", nil), Change: c.text("form.change", nil)}
	if state.Subject != "" {
		f.Title = c.text("form.edit", workflows.Args{"Number": state.Number})
		f.Send = c.text("form.send_again", nil)
		f.Intro = c.returnedBecause(preview.Request)
	}
	for _, field := range k.Fields {
		if raw[field.Name] == "" && k.Fits != nil && !k.Fits(field.Name, raw, c.person) {
			continue
		}
		f.Fields = append(f.Fields, c.field(k, field, raw[field.Name], preview.Facts.Files))
	}
	f.Missing = c.missing(f)
	for _, row := range preview.Rows {
		f.Preview = append(f.Preview, line(c.print, row))
	}
	for _, step := range preview.Request.Steps {
		f.Steps = append(f.Steps, c.plannedStep(step, preview))
	}
	if faults {
		c.showFaults(&f, preview.Faults)
	}
	return f, nil
}

func (c *chat) returnedBecause(r workflows.Request) string {
	last := r.LastDecision()
	if last == nil || last.Comment == "" {
		return ""
	}
	return c.text("form.returned", workflows.Args{"Comment": last.Comment})
}

// showFaults puts each fault at its field, and the first that has none above the form. A field that is still empty is not scolded while it is live.
func (c *chat) showFaults(f *Form, faults []*workflows.Error) {
	for _, fault := range faults {
		sentence := c.text(fault.Text, fault.Args)
		i := slices.IndexFunc(f.Fields, func(field FormField) bool { return field.Name == fault.Field })
		switch {
		case i < 0 && f.Fault == "":
			f.Fault = sentence
		case i >= 0 && f.Fields[i].Fault == "":
			f.Fields[i].Fault = sentence
		}
	}
}

func (c *chat) field(k *workflows.Kind, field workflows.Field, value string, files map[string]workflows.File) FormField {
	f := FormField{Name: field.Name, Label: c.text(string(k.Kind)+".field."+field.Name, nil), Type: field.Type, Value: value, Required: field.Required, Max: field.Max}
	switch field.Type {
	case workflows.Choice:
		for _, o := range k.Options[field.From](c.person) {
			f.Options = append(f.Options, FormOption{Value: o.Value, Label: c.text(o.Text, nil)})
			if o.Named(value) {
				f.Value = o.Value
			}
		}
	case workflows.HalfDay:
		for _, half := range []string{"am", "pm"} {
			f.Options = append(f.Options, FormOption{Value: half, Label: c.text("half."+half, nil)})
		}
	case workflows.Files:
		f.Files, f.Max = formFiles(value, files), field.MostFiles()
	}
	if hint := string(k.Kind) + ".hint." + field.Name; c.print.Has(hint) {
		f.Hint = c.text(hint, nil)
	}
	f.Shown = c.shown(f)
	return f
}

// missing says what has to be filled in before a form can be sent.
func (c *chat) missing(f Form) string {
	var labels []string
	for _, field := range f.Fields {
		if field.Required && field.Value == "" {
			labels = append(labels, field.Label)
		}
	}
	if len(labels) == 0 {
		return ""
	}
	return c.text("form.missing", workflows.Args{"Names": labels})
}

// shown writes what is in a field as it is read.
func (c *chat) shown(f FormField) string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	switch f.Type {
	case workflows.DateDay:
		return c.print.Date(workflows.Inert(f.Value))
	case workflows.Files:
		var names []string
		for _, file := range f.Files {
			names = append(names, file.Name)
		}
		return c.print.List(names)
	}
	return workflows.Inert(f.Value)
}

// plannedStep shows a step of a route that has not begun.
func (c *chat) plannedStep(step workflows.Step, p workflows.Preview) StepLine {
	s := StepLine{Tone: workflows.Quiet}
	var places []string
	var notes []string
	for _, slot := range step.Slots {
		var names []string
		for _, person := range slot.People {
			names = append(names, p.Name(person))
		}
		places = append(places, anyName(c.print, names))
		for _, note := range slot.Notes {
			notes = append(notes, c.text(note.Text, workflows.Args{"Name": p.Name(note.Person)}))
		}
	}
	s.Text = c.print.Text("step."+string(step.Mode), workflows.Args{"Names": c.print.List(places), "Places": len(places)})
	s.Note = strings.Join(notes, " ")
	return s
}

// anyName joins the people of one place, any of whom may decide.
func anyName(p *texts.Printer, names []string) string {
	if len(names) > 3 {
		return p.Text("names.any_more", workflows.Args{"Names": strings.Join(names[:2], ", "), "More": len(names) - 2})
	}
	return strings.Join(names, p.Text("names.or", nil))
}

// recalculation redraws a request's form for the values as they are.
func (c *chat) recalculation(ctx context.Context, state FormState) error {
	k, event, err := c.formOf(ctx, &state)
	if err != nil {
		return err
	}
	if k.Moves[event].Form != workflows.NewForm { // the form of a press has nothing to work out
		refused := c.keepFiles(ctx, k.Asks(event), &state)
		return c.redrawPress(ctx, k, event, state, refused)
	}
	refused := c.keepFiles(ctx, k.Fields, &state)
	f, err := c.requestForm(ctx, k, state, true)
	if err != nil {
		return err
	}
	c.showFaults(&f, refused)
	for i := range f.Fields { // what is still empty is not at fault yet
		if f.Fields[i].Value == "" && f.Fields[i].Type != workflows.Files {
			f.Fields[i].Fault = ""
		}
	}
	return c.reply.Update(ctx, f)
}

// submission sends a form. Its nonce is the cause, so that two presses of Send are one.
func (c *chat) submission(ctx context.Context, state FormState) error {
	k, event, err := c.formOf(ctx, &state)
	if err != nil {
		return err
	}
	fields := k.Fields
	if k.Moves[event].Form != workflows.NewForm {
		fields = k.Asks(event)
	}
	if refused := c.keepFiles(ctx, fields, &state); len(refused) > 0 {
		return c.showRefused(ctx, k, event, state, refused)
	}
	var answer workflows.Answer
	if state.Subject == "" {
		answer, err = c.engine.Submit(ctx, c.cause, k.Kind, c.person, state.Values)
	} else {
		answer, err = c.engine.Act(ctx, c.cause, state.Subject, workflows.Act{Event: event, Digest: state.Digest, Form: state.Values,
			Comment: state.Values["comment"], Person: state.Values["person"]})
	}
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		switch refusal.Code {
		case workflows.Invalid, workflows.Unroutable:
			return c.showRefused(ctx, k, event, state, refusal.Faults())
		case workflows.NotNow, workflows.Changed, workflows.NotYours:
			if err := c.reply.Done(ctx); err != nil { // the form has become pointless
				return err
			}
			return c.refused(ctx, state.Subject, refusal)
		}
	}
	if err != nil {
		return err
	}
	if err := c.reply.Done(ctx); err != nil {
		return err
	}
	return c.told(ctx, answer)
}

func (c *chat) showRefused(ctx context.Context, k *workflows.Kind, event workflows.Event, state FormState, faults []*workflows.Error) error {
	if k.Moves[event].Form != workflows.NewForm {
		return c.redrawPress(ctx, k, event, state, faults)
	}
	f, err := c.requestForm(ctx, k, state, false)
	if err != nil {
		return err
	}
	c.showFaults(&f, faults)
	return c.reply.Update(ctx, f)
}

// formOf finds whose form it is and which event it brings: a kind's, new or edited, or that of a press which has to bring a reason. A
// request keeps the kind with which it began.
func (c *chat) formOf(ctx context.Context, state *FormState) (*workflows.Kind, workflows.Event, error) {
	unknown := fmt.Errorf("unknown form %q", workflows.Cut(state.Form, 40))
	name, ok := strings.CutPrefix(state.Form, "form:")
	if !ok {
		return nil, "", unknown
	}
	if state.Subject == "" {
		k, ok := c.engine.Current(workflows.KindName(name))
		if !ok {
			return nil, "", unknown
		}
		t, ok := k.FormEvent("")
		if !ok {
			return nil, "", unknown
		}
		return k, t.Event, nil
	}
	v, err := c.visible(ctx, state.Subject)
	if err != nil {
		return nil, "", err
	}
	state.Number = v.Request.Number
	event := workflows.Event(name)
	if name == string(v.Kind.Kind) {
		if t, ok := v.Kind.FormEvent(v.Request.State); ok {
			return v.Kind, t.Event, nil
		}
		// What came back is decided by now, or somebody else's press was faster: the event that would have sent it says so.
		if event, ok = v.Kind.Edits(); ok {
			return v.Kind, event, nil
		}
	}
	if len(v.Kind.Asks(event)) == 0 {
		return nil, "", unknown
	}
	return v.Kind, event, nil
}

// redrawPress draws the form of a press again, with what is wrong with it.
func (c *chat) redrawPress(ctx context.Context, k *workflows.Kind, event workflows.Event, state FormState, faults []*workflows.Error) error {
	var ids []string
	for _, field := range k.Asks(event) {
		if field.Type != workflows.Files {
			continue
		}
		if value, fault := field.ReadFiles(state.Values[field.Name]); fault == nil {
			ids = append(ids, workflows.FileIDs(value)...)
		}
	}
	files, err := c.directory.Files(ctx, ids)
	if err != nil {
		return err
	}
	maps.DeleteFunc(files, func(_ string, f workflows.File) bool { return f.Owner != c.person.ID })
	f := c.pressForm(k, event, state, files)
	c.showFaults(&f, faults)
	return c.reply.Update(ctx, f)
}

// pressForm draws the small form of a press that has to bring something, as the reason of a rejection.
func (c *chat) pressForm(k *workflows.Kind, event workflows.Event, state FormState, files map[string]workflows.File) Form {
	f := Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest, Danger: k.Moves[event].Style == workflows.Danger,
		Title: c.text("form."+string(event), workflows.Args{"Number": state.Number}), Send: c.text("event."+string(event), nil), Cancel: c.text("form.cancel", nil)}
	for _, field := range k.Asks(event) {
		shown := FormField{Name: field.Name, Type: field.Type, Value: state.Values[field.Name], Required: field.Required, Max: field.Max,
			Hint: c.text("hint."+string(event), nil)}
		if own := string(k.Kind) + ".field." + field.Name; c.print.Has(own) {
			shown.Label = c.text(own, nil)
		} else {
			shown.Label = c.text("field."+field.Name, nil)
		}
		if field.Type == workflows.Files {
			shown.Files, shown.Max = formFiles(shown.Value, files), field.MostFiles()
		}
		f.Fields = append(f.Fields, shown)
	}
	return f
}
