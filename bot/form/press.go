package form

import (
	"context"
	"maps"

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
	f := m.of(filled.Requester).press(filled.Kind, filled.Event, filled.asked, filled.State, files)
	m.showFaults(&f, faults)
	m.showRefused(&f, filled.State.Values)
	return f, nil
}

// press makes the small form of a press that has to bring something, as the reason of a rejection.
func (m Maker) press(k *workflows.Kind, event workflows.Event, asked []workflows.Field, state bot.FormState,
	files map[string]workflows.File) bot.Form {
	f := bot.Form{ID: state.Form, Nonce: state.Nonce, Number: state.Number, Subject: state.Subject, Digest: state.Digest,
		Danger: k.Moves[event].Style == workflows.Danger,
		Title:  m.Print.Of(k.Kind, "form."+string(event), workflows.Args{"Number": state.Number}),
		Send:   m.Print.Of(k.Kind, "event."+string(event), nil), Cancel: m.Print.Text("form.cancel", nil)}
	for _, in := range workflows.Every(asked) {
		field := m.field(k, in, state.Values, workflows.Facts{Files: files})
		if in.Label == nil {
			field.Hint = m.Print.Of(k.Kind, "hint."+string(event), nil)
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}
