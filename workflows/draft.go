package workflows

import (
	"maps"
	"slices"
	"strings"
)

// Drafts tells whether requests of the kind can be kept before they are sent.
func (k *Kind) Drafts() bool {
	return slices.ContainsFunc(k.Transitions, func(t Transition) bool { return t.Draft })
}

// IsDraft tells whether a request is kept and was not sent yet.
func (k *Kind) IsDraft(r Request) bool { return r.Seq > 0 && r.State == k.Start }

// sends tells whether a transition sends a draft.
func (k *Kind) sends(t Transition) bool {
	to, _ := k.State(t.To)
	return to.Routed && slices.Contains(t.From, k.Start)
}

// Merge adds to a draft what was brought: lines of its list, each to the line that the kind says it belongs to, else as one of its own,
// and beside them what the draft does not say yet.
func (k *Kind) Merge(r Request, brought Form, f Facts) (Form, error) {
	form := Form{}
	maps.Copy(form, r.Form)
	maps.DeleteFunc(form, func(_, value string) bool { return value == "" })
	for _, field := range k.Fields {
		if field.Type != Lines {
			for _, in := range Inputs([]Field{field}, brought) {
				switch was, value := form[in.Name], brought[in.Name]; {
				case value == "":
				case was != "" && was != value: // all of it is for one customer
					return nil, Fault(in.Name, "draft.differs", Args{"Number": r.Number, "Was": Cut(was, 40), "Value": Cut(value, 40)})
				default:
					form[in.Name] = value
				}
			}
			continue
		}
		for _, id := range field.Lines(brought) {
			first := Form{}
			for _, in := range field.LineInputs(id) {
				first[in.Base] = brought[in.Name]
			}
			r.Form = form
			if err := k.mergeLine(field, r, form, first, f); err != nil {
				return nil, err
			}
		}
	}
	return form, nil
}

// mergeLine adds a line, named as the first, to a form.
func (k *Kind) mergeLine(list Field, r Request, form, brought Form, f Facts) error {
	line := 0
	if k.Line != nil {
		line = k.Line(r, brought, f)
	}
	if line == 0 {
		free, ok := list.FreeLine(form)
		if !ok {
			return Fault(list.Name, "lines.many", Args{"Max": list.MostLines()})
		}
		line = free
	}
	for _, in := range list.LineInputs(line) {
		value := brought[in.Base]
		switch {
		case value == "":
		case in.Type == Files:
			both, fault := in.ReadFiles(strings.TrimSpace(form[in.Name] + " " + value))
			if fault != nil {
				return fault
			}
			form[in.Name] = both
		case form[in.Name] == "" || form[in.Name] == in.Default:
			form[in.Name] = value
		}
	}
	return nil
}
