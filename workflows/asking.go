package workflows

// Asking is what a press has to bring before it can be done, as a small form asks for it.
type Asking struct {
	Kind    KindName // in whose words
	Event   Event
	Style   Style
	Title   Row // of the form; without a text: the event's own
	Intro   Row // stands above the fields; without a text: nothing does
	Fields  []Field
	Values  Form               // what stands in them at first
	Options map[string]Options // of choices, by what their From names
}

// Read checks what was brought, and gives it in machine form.
func (a Asking) Read(raw Form, by Person, f Facts) (Form, error) {
	form, faults := ReadForm(a.Fields, raw, a.optionsFor(by))
	if len(faults) == 0 {
		faults = CheckValues(a.Fields, form, f)
	}
	return form, Joined(faults)
}

func (a Asking) optionsFor(by Person) func(f Field) []Option {
	return func(f Field) []Option {
		if list := a.Options[f.From]; list != nil {
			return list(by)
		}
		return nil
	}
}
