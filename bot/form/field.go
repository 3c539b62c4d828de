package form

import (
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// field makes an input of a request's form. files has the facts of those that its value names.
func (m Maker) field(k *workflows.Kind, field workflows.Field, value string, files map[string]workflows.File) bot.FormField {
	f := bot.FormField{Name: field.Name, Label: m.Print.Text(string(k.Kind)+".field."+field.Name, nil), Type: field.Type, Value: value,
		Required: field.Required, Max: field.Max}
	switch field.Type {
	case workflows.Choice:
		for _, o := range k.Options[field.From](m.Person) {
			f.Options = append(f.Options, bot.FormOption{Value: o.Value, Label: m.Print.Text(o.Text, nil)})
			if o.Named(value) {
				f.Value = o.Value
			}
		}
	case workflows.HalfDay:
		for _, half := range []string{"am", "pm"} {
			f.Options = append(f.Options, bot.FormOption{Value: half, Label: m.Print.Text("half."+half, nil)})
		}
	case workflows.Files:
		f.Files, f.Max = heldFiles(value, files), field.MostFiles()
	}
	if hint := string(k.Kind) + ".hint." + field.Name; m.Print.Has(hint) {
		f.Hint = m.Print.Text(hint, nil)
	}
	f.Shown = m.shown(f)
	return f
}

// shown writes what is in a field as it is read.
func (m Maker) shown(f bot.FormField) string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	switch f.Type {
	case workflows.DateDay:
		return m.Print.Date(workflows.Inert(f.Value))
	case workflows.Files:
		var names []string
		for _, file := range f.Files {
			names = append(names, file.Name)
		}
		return m.Print.List(names)
	}
	return workflows.Inert(f.Value)
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

// showFaults puts each fault at its field, and the first that has none above the form.
func (m Maker) showFaults(f *bot.Form, faults []*workflows.Error) {
	for _, fault := range faults {
		sentence := m.Print.Text(fault.Text, fault.Args)
		i := slices.IndexFunc(f.Fields, func(field bot.FormField) bool { return field.Name == fault.Field })
		switch {
		case i < 0 && f.Fault == "":
			f.Fault = sentence
		case i >= 0 && f.Fields[i].Fault == "":
			f.Fields[i].Fault = sentence
		}
	}
}
