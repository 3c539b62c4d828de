package form

import (
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// field makes an input of a request's form, whose values are raw.
func (m Maker) field(k *workflows.Kind, in workflows.Input, raw workflows.Form, facts workflows.Facts) bot.FormField {
	value := raw[in.Name]
	label := workflows.Row{Text: m.Print.Own(k.Kind, "field."+in.Base)}
	if in.Label != nil {
		label = *in.Label
	}
	f := bot.FormField{Name: in.Name, Label: m.Print.Text(label.Text, label.Args), Asks: in.Asks(), Value: value,
		Required: in.Required, Line: in.Line}
	switch in.Type {
	case workflows.Choice:
		for _, o := range k.Options[in.From](m.requester) {
			f.Options = append(f.Options, bot.FormOption{Value: o.Value, Label: m.optionLabel(o)})
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
	if hint := string(k.Kind) + ".hint." + in.Base; m.Print.Has(hint) {
		f.Hint = m.Print.Text(hint, nil)
	}
	f.Shown = m.shown(k, in, raw, facts)
	return f
}

func (m Maker) optionLabel(o workflows.Option) string {
	if o.Text == "" {
		return workflows.Inert(o.Value)
	}
	return m.Print.Text(o.Text, nil)
}

// shown writes what is in an input as it is read.
func (m Maker) shown(k *workflows.Kind, in workflows.Input, raw workflows.Form, facts workflows.Facts) string {
	row := k.ShowValue(in, raw, m.requester, facts)
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
