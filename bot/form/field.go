package form

import (
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// wording is in whose words a form's fields are, and what can be chosen in them.
type wording struct {
	kind    workflows.KindName
	options map[string]workflows.Options
}

func ofKind(k *workflows.Kind) wording { return wording{k.Kind, k.Options} }

// field makes an input of a form, whose values are raw.
func (m Maker) field(w wording, in workflows.Input, raw workflows.Form, facts workflows.Facts) bot.FormField {
	value := raw[in.Name]
	label := workflows.Row{Text: m.Print.Own(w.kind, "field."+in.Base)}
	if in.Label != nil {
		label = *in.Label
	}
	f := bot.FormField{Name: in.Name, Label: m.Print.Text(label.Text, label.Args), Asks: in.Asks(), Value: value,
		Required: in.Required, Line: in.Line}
	switch in.Type {
	case workflows.Choice:
		for _, o := range w.options[in.From](m.requester) {
			label := o.Row()
			f.Options = append(f.Options, bot.FormOption{Value: o.Value, Label: m.Print.Text(label.Text, label.Args)})
			if o.Named(value) {
				f.Value = o.Value
			}
		}
	case workflows.HalfDay:
		for _, half := range []string{"am", "pm"} {
			f.Options = append(f.Options, bot.FormOption{Value: half, Label: m.Print.Text(in.HalfText(half), nil)})
		}
	case workflows.Files:
		f.Files, f.Max = heldFiles(value, facts.Files), in.MostFiles()
	case workflows.Text, workflows.Long:
		f.Max = in.Max
	}
	if hint := string(w.kind) + ".hint." + in.Base; m.Print.Has(hint) {
		f.Hint = m.Print.Text(hint, nil)
	}
	f.Shown = m.shown(w, in, raw, facts)
	return f
}

// shown writes what is in an input as it is read.
func (m Maker) shown(w wording, in workflows.Input, raw workflows.Form, facts workflows.Facts) string {
	row := workflows.ShowValue(in, raw, facts, func(f workflows.Field) []workflows.Option {
		if list := w.options[f.From]; list != nil {
			return list(m.requester)
		}
		return nil
	})
	return m.Print.Text(row.Text, row.Args)
}

// heldFiles names the files that a field holds.
func heldFiles(value string, facts map[string]workflows.File) []bot.FormFile {
	var list []bot.FormFile
	for _, id := range workflows.FileIDs(value) {
		if f, ok := facts[id]; ok {
			list = append(list, bot.FormFile{ID: id, Name: workflows.Inert(f.Name)})
		}
	}
	return list
}

// showFaults puts each fault at its field, that of a line which is not open at the line, and the first that has neither above the form.
func (m Maker) showFaults(f *bot.Form, faults []*workflows.Error) {
	for _, fault := range faults {
		sentence := m.Print.Text(fault.Text, fault.Args)
		i := slices.IndexFunc(f.Fields, func(field bot.FormField) bool { return field.Name == fault.Field })
		line := lineOf(f, fault.Field, "")
		switch {
		case i >= 0 && f.Fields[i].Fault == "":
			f.Fields[i].Fault = sentence
		case i >= 0:
		case line != nil && line.Fault == "":
			line.Fault = sentence
		case line == nil && f.Fault == "":
			f.Fault = sentence
		}
	}
}
