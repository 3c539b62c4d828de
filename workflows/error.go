package workflows

import (
	"fmt"
	"time"
)

// Code says what class of refusal an Error is; programs compare it, people never see it.
type Code string

// The codes of refusals. A code decides what a caller does next (refresh the card, show the fields); the
// text key decides what the person reads.
const (
	Invalid     Code = "invalid"     // a field or the whole form is not acceptable
	NotYours    Code = "not_yours"   // the actor may not do this to this request
	NotNow      Code = "not_now"     // the request is not in a state in which this can happen; the caller repairs the card
	TooSoon     Code = "too_soon"    // allowed again later
	Changed     Code = "changed"     // what the person saw is no longer what is stored; the caller repairs the card
	NotFound    Code = "not_found"   // no such request, or none that this person may know of
	Unknown     Code = "unknown"     // the chat user is not bound to an active person
	Unavailable Code = "unavailable" // surely not saved; try again
	Unconfirmed Code = "unconfirmed" // perhaps saved; the outcome could not be read back in time
	Unroutable  Code = "unroutable"  // nobody can be found to decide
)

// Args are the named arguments of a text: machine forms (a date as 2026-11-30, minutes as an integer, an instant as RFC 3339), so that they
// survive JSON; each language's text says how to show them.
type Args map[string]any

// Error is a refusal that a person is meant to read. Anything else that goes wrong is an ordinary error, which is logged under an id.
type Error struct {
	Code   Code
	Text   string // key of the sentence
	Args   Args
	Field  string    // the form field at fault, if one is
	Others []*Error  // further faults of the same form, each with its field
	Until  time.Time // of TooSoon: from when on it is allowed; zero: that cannot be said
}

func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s (%s)", e.Field, e.Text, e.Code)
	}
	return fmt.Sprintf("%s (%s)", e.Text, e.Code)
}

// Is makes errors.Is(err, &Error{Code: NotNow}) ask for the class of a refusal.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Text == "" || t.Text == e.Text)
}

// Faults lists e and the faults that came with it, for a form that shows each at its field.
func (e *Error) Faults() []*Error {
	return append([]*Error{e}, e.Others...)
}

// Missing tells whether a field is at fault only because nothing stands in it.
func (e *Error) Missing() bool { return e.Text == "field.required" }

// Refuse makes a refusal of the class code with a sentence.
func Refuse(code Code, text string, args Args) *Error {
	return &Error{Code: code, Text: text, Args: args}
}

// RefuseUntil makes a refusal of what comes too soon. A clock that hears it fires again at that time, so "not yet" never becomes "never".
func RefuseUntil(at time.Time, text string, args Args) *Error {
	return &Error{Code: TooSoon, Text: text, Args: args, Until: at}
}

// Fault makes a refusal that belongs to one field of a form.
func Fault(field, text string, args Args) *Error {
	return &Error{Code: Invalid, Text: text, Args: args, Field: field}
}

// Joined makes one refusal of several faults, nil when there are none.
func Joined(faults []*Error) error {
	if len(faults) == 0 {
		return nil
	}
	first := *faults[0]
	first.Others = append(first.Others[:len(first.Others):len(first.Others)], faults[1:]...)
	return &first
}
