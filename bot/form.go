package bot

import (
	"context"
	"io"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Form is a form as it is to be drawn now, with values, faults and what would follow from sending it.
type Form struct {
	ID      string // "form:leave", "form:reject"
	Title   string
	Intro   string // a sentence above the fields; empty: none
	Nonce   string
	Number  string              // of the request it is about, for showing only
	Subject workflows.SubjectID // that request; empty for a new one
	Digest  string              // of its revision
	Fields  []FormField
	Preview []Line     // the day count, the balance before and after …
	Steps   []StepLine // who will decide
	Fault   string     // one that belongs to no field
	Missing string     // says what has to be filled in before it can be sent; empty: nothing
	Send    string     // label of the button that sends it
	Cancel  string     // label of the button that drops it
	Change  string     // label of the button that opens it, where it is shown before it can be filled in
	Live    bool       // values change the preview: recalculate as they change
	Danger  bool       // sending it refuses somebody something
}

// FormField is one input.
type FormField struct {
	Name     string // stable: also the input's id on every platform
	Label    string
	Type     workflows.FieldType
	Value    string
	Shown    string       // the value as it is read: an option's label, a date with its weekday
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

// FormFile is a file that a form holds.
type FormFile struct {
	ID   string
	Name string // safe to show
}

// FormState is what a form's owner has filled in so far.
type FormState struct {
	Form    string              // as Form.ID
	Nonce   string              // as Form.Nonce: two sends of one form are one
	Number  string              // of the request it is about, for showing only
	Subject workflows.SubjectID // that request; empty for a new one
	Digest  string              // of its revision as the form showed it
	Values  map[string]string   // by field name, as typed
	Uploads []Upload            `json:"-"` // files that were given with it and are not among its values yet
}

// Upload is a file that came with a form and is not stored yet.
type Upload struct {
	Field string // of the form
	Name  string // as its sender calls it
	Size  int64  // bytes, as the platform says; 0: it does not
	// Open fetches the content. Its error holds no address and no token.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Ready tells whether the form could be sent as it is, as far as is known.
func (f Form) Ready() bool {
	return f.Fault == "" && f.Missing == "" && !slices.ContainsFunc(f.Fields, func(field FormField) bool { return field.Fault != "" })
}

// State gives what an owner would have filled in if they sent the form as it is.
func (f Form) State() FormState {
	values := map[string]string{}
	for _, field := range f.Fields {
		values[field.Name] = field.Value
	}
	return FormState{Form: f.ID, Nonce: f.Nonce, Number: f.Number, Subject: f.Subject, Digest: f.Digest, Values: values}
}
