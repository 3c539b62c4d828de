package form

import (
	"context"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
)

// request makes the form of a request, new or edited, with what would follow from sending it now. It gives that, too: whoever opens the
// form decides what of its faults is shown.
func (m Maker) request(ctx context.Context, k *workflows.Kind, state bot.FormState) (bot.Form, workflows.Preview, error) {
	asking, named, err := m.forField(ctx, k, state)
	if err != nil {
		return bot.Form{}, workflows.Preview{}, err
	}
	known := m.requester.ID != 0
	if !known { // the rest of the form is drawn all the same, and nothing worked out
		m.requester = m.Person
	}
	raw := k.Defaults(state.Values)
	for _, in := range workflows.Inputs(k.Fields, raw) { // what people ask for most stands first
		if options := k.Options[in.From]; in.Type == workflows.Choice && in.Required && raw[in.Name] == "" {
			if list := options(m.requester); len(list) > 0 {
				raw[in.Name] = list[0].Value
			}
		}
	}
	preview, err := m.Engine.Preview(ctx, m.Person, m.requester, k.Kind, state.Subject, raw)
	if err != nil {
		return bot.Form{}, preview, err
	}
	if !known {
		preview.Rows, preview.Steps, preview.Faults = nil, nil, nil
	}
	f := bot.Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest, Live: true,
		Title: m.Print.Text(string(k.Kind)+".form", nil), Send: m.Print.Text("form.send", nil),
		Cancel: m.Print.Text("form.cancel", nil), Change: m.Print.Text("form.change", nil)}
	if state.Subject != "" {
		f.Title = m.Print.Text("form.edit", workflows.Args{"Number": state.Number})
		f.Send = m.Print.Text("form.send_again", nil)
		if k.IsDraft(preview.Request) {
			f.Send, f.Draft = m.Print.Text("form.save", nil), true
			f.Intro = m.Print.Text("form.draft", workflows.Args{"Number": state.Number})
		} else if info, _ := k.State(preview.Request.State); info.Routed {
			f.Intro = m.Print.Text("form.pending", workflows.Args{"Number": state.Number})
		} else {
			f.Intro = m.returnedBecause(preview.Request)
		}
	}
	if named {
		f.Fields = append(f.Fields, asking)
	}
	if m.requester.ID != m.Person.ID {
		f.Title = m.Print.Text("form.for", workflows.Args{"Title": f.Title, "Name": m.requester.Name})
	}
	list, listed := listOf(k.Fields)
	line := 0
	if listed {
		line = open(list, raw, state.Line)
		f.List, f.Held = m.list(k, list, raw, preview.Facts, line)
	}
	for _, in := range m.inputs(k.Fields, raw, line) {
		if raw[in.Name] == "" && k.Fits != nil && !k.Fits(in.Name, raw, m.requester) {
			continue
		}
		f.Fields = append(f.Fields, m.field(ofKind(k), in, raw, preview.Facts))
	}
	if !f.Draft {
		f.Missing = m.missing(f)
	}
	for _, row := range preview.Rows {
		f.Preview = append(f.Preview, draw.Line(m.Print, row))
	}
	f.Steps = draw.Steps(preview.Steps, m.Print)
	return f, preview, nil
}

// inputs are those that stand in a form: all but the lines of a list that are not open. A line that has just been opened is empty but for
// what its fields stand for unless another is said.
func (m Maker) inputs(fields []workflows.Field, raw workflows.Form, line int) []workflows.Input {
	var inputs []workflows.Input
	for _, f := range fields {
		if f.Type != workflows.Lines {
			inputs = append(inputs, workflows.Inputs([]workflows.Field{f}, raw)...)
			continue
		}
		ids := f.Lines(raw)
		spare := !slices.Contains(ids, line) && (len(ids) > 0 || !f.Required)
		for _, in := range f.LineInputs(line) {
			if raw[in.Name] == "" {
				raw[in.Name] = in.Default
			}
			in.Required = in.Required && !spare // a further line that stays empty is none
			inputs = append(inputs, in)
		}
	}
	return inputs
}

func (m Maker) returnedBecause(r workflows.Request) string {
	last := r.LastDecision()
	if last == nil || last.Comment == "" {
		return ""
	}
	return m.Print.Text("form.returned", workflows.Args{"Comment": last.Comment})
}

// missing says what has to be filled in before a form can be sent.
func (m Maker) missing(f bot.Form) string {
	var labels []string
	for _, field := range f.Fields {
		if field.Required && field.Value == "" {
			labels = append(labels, field.Label)
		}
	}
	if len(labels) == 0 {
		return ""
	}
	return m.Print.Text("form.missing", workflows.Args{"Names": labels})
}
