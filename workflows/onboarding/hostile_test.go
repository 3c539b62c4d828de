package onboarding_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// Signs that nobody sees, which a transcript could not show either, and more than a card can. Who wants what: a manager begins a plan for one
// who is not theirs, or makes the new hire their own mentor, under a number that looks like another; or writes a note that reads otherwise
// on the approver's card. A number that is not somebody's to the letter is nobody's, and what is text is kept as it is typed, to be shown
// with its signs written out (workflows.Inert).
func TestUnseenSigns(t *testing.T) {
	for _, c := range []struct {
		field, typed string
		said         string // "": it is taken
	}{
		{"newcomer", "\u202e300E", "person.not_found"},
		{"newcomer", "E003\u200b", "person.not_found"},
		{"newcomer", "\uff25\uff10\uff10\uff13", "person.not_found"}, // full-width E003
		{"newcomer", "\u0415003", "person.not_found"},                // a Cyrillic E
		{"newcomer", "\u00a0E003\u00a0", ""},
		{"newcomer", "\u202e", "text.invisible"},
		{"newcomer", "E003\x00", "text.invalid"},
		{"newcomer", "E\xff003", "text.invalid"},
		{"newcomer", strings.Repeat("E", 60_000), "text.too_long"},
		{"mentor", "E003\u2060", "person.not_found"}, // the new hire, but for a sign
		{"mentor", "\u00a0E003", "onboarding.themselves"},
		{"mentor", "E004\nE006", "person.not_found"},
		{"manager", "\u2066E002\u2069", "person.not_found"},
		{"manager", "E003\r\n", "onboarding.themselves"},
		{"start", "2026-03-09\u200e", "date.format"},
		{"start", "\u202e2026-03-09", "date.format"},
		{"start", strings.Repeat("2026-03-09", 6_000), "date.format"},
		{"template", "sales\u200b", "field.choice"},
		{"template", "sales\x00", "field.choice"},
		{"template", strings.Repeat("sales", 12_000), "field.choice"},
		{"note", "\u202esevorppa uoy", ""},
		{"note", "two\u200b words", ""},
		{"note", "\u200b\u200d\u2060", "text.invisible"},
		{"note", "a\x00b", "text.invalid"},
		{"note", "a\xffb", "text.invalid"},
		{"note", "e" + strings.Repeat("\u0301", 9), "text.combining"},
		{"note", strings.Repeat("字", 1000), ""},
		{"note", strings.Repeat("字", 1001), "text.too_long"},
		{"note", strings.Repeat("x", 60_000), "text.too_long"},
	} {
		m := workflowtest.NewMemory(t, policy.Default())
		form := workflows.Form{"newcomer": "E003", "start": "2026-03-09", "mentor": "E004", "manager": "E002", "template": "sales", c.field: c.typed}
		d, err := submit(m, "han", form)
		var refusal *workflows.Error
		switch {
		case errors.As(err, &refusal):
			if refusal.Text != c.said || refusal.Field != c.field {
				t.Errorf("%s %+.40q: %s at %q, want %q", c.field, c.typed, refusal.Text, refusal.Field, c.said)
			}
		case c.said != "":
			t.Errorf("%s %+.40q is taken as %+q", c.field, c.typed, d.Request.Form[c.field])
		}
	}
}

// submit has somebody send a form.
func submit(m *workflowtest.Memory, name string, form workflows.Form) (workflows.Decision, error) {
	who := m.Named(name)
	return m.Change(m.Draft("onboarding", who.ID, who.ID), workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(who, "web"))
}
