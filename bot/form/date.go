package form

import (
	"maps"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
)

// dated reads the dates of a form as somebody typed them, by the same reader that reads a line of chat, and gives those that are no date as
// faults of their fields. They are left as typed.
func (m Maker) dated(fields []workflows.Field, typed workflows.Form) (workflows.Form, []*workflows.Error) {
	var faults []*workflows.Error
	values := maps.Clone(typed)
	today := workflows.DateOf(m.Engine.Now().In(m.Person.Location()))
	for _, in := range workflows.Inputs(fields, typed) {
		if in.Type != workflows.DateDay || typed[in.Name] == "" {
			continue
		}
		d, fault := phrase.ReadDay(typed[in.Name], today)
		if fault != nil {
			fault.Field = in.Name
			faults = append(faults, fault)
			continue
		}
		values[in.Name] = d.String()
	}
	return values, faults
}
