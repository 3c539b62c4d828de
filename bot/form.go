package bot

import (
	"maps"
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
	List    *FormList         // whose lines are filled in one after the other; nil: the form has none
	Held    map[string]string // values that no field shows, as those of the list's other lines. They come back as they are
	Preview []Line            // the day count, the balance before and after …
	Steps   []StepLine        // who will decide
	Fault   string            // one that belongs to no field
	Missing string            // says what has to be filled in before it can be sent; empty: nothing
	Send    string            // label of the button that sends it
	Cancel  string            // label of the button that drops it
	Change  string            // label of the button that opens it, where it is shown before it can be filled in
	Live    bool              // values change the preview: recalculate as they change
	Danger  bool              // sending it refuses somebody something
	Draft   bool              // sending it keeps it and asks nobody, so it may be incomplete
}

// FormField is one input.
type FormField struct {
	Name     string // stable: also the input's id on every platform
	Label    string
	Asks     workflows.Widget
	Value    string
	Shown    string       // the value as it is read: an option's label, a date with its weekday
	Options  []FormOption // for a choice or half day
	Files    []FormFile   // for files: those that it holds; Value has their IDs, with spaces between
	Required bool
	Steers   bool   // the rest of the form hangs on it: it is worked out again as soon as this is filled in, also where it is typed
	Line     int    // the ID of its list's line; zero: it is in no list
	Max      int    // runes; for files: how many
	Hint     string // a word of help below the input
	Fault    string // what is wrong with the value, and what to do
}

// FormList is a list of lines. The fields of one of them stand among the form's, the others are shown as text: fifty lines of fields would
// be more than a chat can draw.
type FormList struct {
	Name   string // of the list
	Lines  []FormLine
	Open   int    // the ID of the line whose fields stand in the form
	Add    string // label of what adds a line; empty: the list takes no more
	Edit   string // label of what opens another line; empty: there is no other
	Remove string // label of what takes the open line away; empty: it is the only one
}

// FormLine is a line of a list.
type FormLine struct {
	ID    int
	Text  string // what it holds, in one line
	Fault string // what is wrong with it, where its fields do not stand in the form
	// Sendable tells that its fault keeps nobody from sending the form: a file was not taken.
	Sendable bool
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

// Ready tells whether the form could be sent as it is, as far as is known.
func (f Form) Ready() bool {
	// A file that was not taken is not there: what is left can be sent.
	wrong := func(field FormField) bool { return field.Fault != "" && field.Asks != workflows.AskFiles }
	faulty := slices.ContainsFunc(f.Fields, wrong) ||
		f.List != nil && slices.ContainsFunc(f.List.Lines, func(l FormLine) bool { return l.Fault != "" && !l.Sendable })
	return f.Draft || f.Fault == "" && f.Missing == "" && !faulty
}

// ForFiles finds the input that takes a file which is given to the form and not to one of its inputs: that of the list's open line, else
// the first that takes any.
func (f Form) ForFiles() (name string, ok bool) {
	takes := func(field FormField) bool { return field.Asks == workflows.AskFiles }
	i := slices.IndexFunc(f.Fields, func(field FormField) bool { return field.Line > 0 && takes(field) })
	if i < 0 {
		i = slices.IndexFunc(f.Fields, takes)
	}
	if i < 0 {
		return "", false
	}
	return f.Fields[i].Name, true
}

// State gives what an owner would have filled in if they sent the form as it is.
func (f Form) State() FormState {
	values := map[string]string{}
	maps.Copy(values, f.Held)
	for _, field := range f.Fields {
		values[field.Name] = field.Value
	}
	state := FormState{Form: f.ID, Nonce: f.Nonce, Number: f.Number, Subject: f.Subject, Digest: f.Digest, Values: values}
	if f.List != nil {
		state.Line = f.List.Open
	}
	return state
}
