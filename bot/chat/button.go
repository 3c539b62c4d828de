package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// Encode writes what a button or a view carries, without the escapes that JSON makes for HTML, which would only lengthen it.
func Encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // strings and numbers
	return strings.TrimSpace(b.String())
}

// Decode reads what Encode wrote, and nothing else: an unknown field would mean something that is left undone.
func Decode(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows it")
	}
	return nil
}

// What a button may hold at most, in bytes: more than any of ours does.
const (
	maxName   = 64
	maxNumber = 40
	maxArgs   = 1000
	maxLabel  = 400
)

var (
	tokenShape   = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,80}$`)
	fieldShape   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	subjectShape = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`) // a UUID as storage spells it
)

// IsToken tells whether a text can be the id of a form, a message or a delivery.
func IsToken(s string) bool { return tokenShape.MatchString(s) }

// IsField tells whether a text can be the name of a form's field.
func IsField(s string) bool { return fieldShape.MatchString(s) }

// IsAbout tells whether a subject and a digest can be such; either is empty where a button or form is about nothing yet.
func IsAbout(subject workflows.SubjectID, digest string) bool {
	return (subject == "" || subjectShape.MatchString(string(subject))) && workflows.IsDigest(digest)
}

// ReadAction reads a button as it came back. It may be forged, which is harmless: who may do what to which revision is checked when it is
// committed.
func ReadAction(text string) (bot.Action, error) {
	var a bot.Action
	if err := Decode(text, &a); err != nil {
		return bot.Action{}, fmt.Errorf("button: %w", err)
	}
	if err := CheckAction(a); err != nil {
		return bot.Action{}, err
	}
	return a, nil
}

// CheckAction says what about a button cannot be one of ours.
func CheckAction(a bot.Action) error {
	switch {
	case a.Name == "" || len(a.Name) > maxName:
		return errors.New("button: no name, or too long a one")
	case !IsAbout(a.Subject, a.Digest):
		return errors.New("button: a subject or digest that cannot be one")
	case len(a.Number) > maxNumber || len(a.Args) > maxArgs || len(a.Label) > maxLabel:
		return errors.New("button: longer than any of ours")
	}
	return nil
}

// CheckState says what about a form's state cannot be of a form of ours. A form that does not say what it is about could be taken for a new
// request, so a state is taken as a whole or not at all.
func CheckState(s bot.FormState) error {
	switch {
	case !IsToken(s.Form) || !IsToken(s.Nonce):
		return errors.New("form: an id or a nonce that cannot be one")
	case !IsAbout(s.Subject, s.Digest):
		return errors.New("form: a subject or digest that cannot be one")
	case len(s.Number) > maxNumber:
		return errors.New("form: longer than any of ours")
	}
	for name := range s.Values {
		if !IsField(name) {
			return errors.New("form: a field that cannot be one")
		}
	}
	return nil
}
