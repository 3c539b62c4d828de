package form

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// pressAgain makes the form of a press once more, with what is wrong with it.
func (m Maker) pressAgain(ctx context.Context, filled Filled, faults []*workflows.Error) (bot.Form, error) {
	var ids []string
	for _, field := range filled.fields() {
		if field.Type != workflows.Files {
			continue
		}
		if value, fault := field.ReadFiles(filled.State.Values[field.Name]); fault == nil {
			ids = append(ids, workflows.FileIDs(value)...)
		}
	}
	files, err := m.Files.Files(ctx, ids)
	if err != nil {
		return bot.Form{}, err
	}
	maps.DeleteFunc(files, func(_ string, f workflows.File) bool { return f.Owner != m.Person.ID })
	f := m.of(filled.Requester).press(*filled.asking, filled.State, files)
	m.showFaults(&f, faults)
	m.showRefused(&f, filled.State.Values)
	return f, nil
}

// Asked makes the form of a press on a subject of any sort that has to bring something. faults are what was said of its fields and not
// understood.
func (m Maker) Asked(a workflows.Asking, subject workflows.Ref, digest string, faults ...*workflows.Error) bot.Form {
	state := bot.FormState{Form: prefix + string(a.Event), Nonce: uuid.NewString(), Number: subject.Number, Subject: subject.ID,
		Digest: digest, Values: a.Values}
	f := m.of(m.Person).press(a, state, nil)
	m.showFaults(&f, faults)
	return f
}

// press makes the small form of a press that has to bring something, as the reason of a rejection.
func (m Maker) press(a workflows.Asking, state bot.FormState, files map[string]workflows.File) bot.Form {
	f := bot.Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest,
		Danger: a.Style == workflows.Danger, Send: m.Print.Of(a.Kind, "event."+string(a.Event), nil),
		Cancel: m.Print.Text("form.cancel", nil)}
	if a.Title.Text == "" {
		a.Title = workflows.Row{Text: m.Print.Own(a.Kind, "form."+string(a.Event)), Args: workflows.Args{"Number": state.Number}}
	}
	f.Title = m.Print.Text(a.Title.Text, a.Title.Args)
	if a.Intro.Text != "" {
		f.Intro = m.Print.Text(a.Intro.Text, a.Intro.Args)
	}
	hint := m.Print.Own(a.Kind, "hint."+string(a.Event))
	inputs := workflows.Every(a.Fields)
	for i, in := range inputs {
		field := m.field(wording{a.Kind, a.Options}, in, state.Values, workflows.Facts{Files: files})
		if in.Label == nil && i == len(inputs)-1 && m.Print.Has(hint) { // the last is what the press is about, as the reason
			field.Hint = m.Print.Text(hint, nil)
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}
