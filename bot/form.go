package bot

import "github.com/nod-chat/nod/workflows"

// Form is a form as it is to be drawn now, with values, faults and what would follow from sending it.
type Form struct {
	ID       string // "form:leave", "form:reject"
	Title    string
	Intro    string // a sentence above the fields; empty: none
	Nonce    string
	Number   string
	Revision int
	Fields   []FormField
	Preview  []Line     // the day count, the balance before and after …
	Steps    []StepLine // who will decide
	Fault    string     // one that belongs to no field
	Send     string     // label of the button that sends it
	Cancel   string     // label of the button that drops it
	Live     bool       // values change the preview: recalculate as they change
	Danger   bool       // sending it refuses somebody something
}

// FormField is one input.
type FormField struct {
	Name     string // stable: also the input's id on every platform
	Label    string
	Type     workflows.FieldType
	Value    string
	Options  []FormOption // for a choice or half day
	Files    []FormFile   // for files: those that it holds; Value has their IDs, with spaces between
	Required bool
	Max      int    // runes; for files: how many
	Hint     string // a word of help below the input
	Fault    string // what is wrong with the value, and what to do
}

// FormOption is one choice.
type FormOption struct {
	Value string
	Label string
}

// State gives what an owner would have filled in if they sent the form as it is.
func (f Form) State() FormState {
	values := map[string]string{}
	for _, field := range f.Fields {
		values[field.Name] = field.Value
	}
	return FormState{Form: f.ID, Nonce: f.Nonce, Number: f.Number, Revision: f.Revision, Values: values}
}
