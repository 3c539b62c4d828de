package task_test

import (
	"slices"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

func handTo(no string) workflows.Act {
	return workflows.Act{Event: task.HandOver, Form: workflows.Form{"person": no}}
}

// Handing over gives the new owner a card and the clock; the old one hears so when it was not they who did it.
func TestHandOver(t *testing.T) {
	for _, test := range []struct {
		name string
		by   workflows.PersonID
		told []workflows.PersonID
	}{
		{"the owner", tom, nil},
		{"the manager", kai, people(tom)},
		{"the manager's manager", wei, people(tom)},
		{"hr", mei, people(tom)},
		{"who added it", ada, people(tom)},
	} {
		c := newCompany("2026-03-02 11:00")
		c.people[lin].Zone = "Europe/Berlin"
		tk := mine("2026-03-04")
		tk.By = ada
		after, o := do(t, c, tk, test.by, handTo("E004"))
		if after.Owner != lin || after.By != ada || after.Due != tk.Due || after.State != task.StateOpen {
			t.Errorf("%s: owner %d, by %d, due %s", test.name, after.Owner, after.By, after.Due)
		}
		if !slices.Equal(o.Cards, []workflows.Party{lin.Party()}) || o.Told.Carded {
			t.Errorf("%s: cards %v", test.name, o.Cards)
		}
		same(t, test.name+": told", told(o, "notice.task_handed_over"), test.told)
		if len(o.Notices) != len(test.told) || o.Told.Args["To"] != "Lin Lin" {
			t.Errorf("%s: notices %+v, told %v", test.name, o.Notices, o.Told.Args)
		}
		expectReminder(t, o, task.SlotFirst, at("Europe/Berlin", "2026-03-04 09:00"))
		if d := reminder(t, o); d.Party != lin.Party() {
			t.Errorf("%s: the clock is of %v", test.name, d.Party)
		}
	}
}

// Whoever takes a task over themselves sees it on their card, and is told nothing besides.
func TestTakingOver(t *testing.T) {
	c := newCompany("2026-03-02 11:00")
	after, o := do(t, c, mine("2026-03-04"), kai, handTo("E002"))
	if after.Owner != kai || !o.Told.Carded || !slices.Equal(o.Cards, []workflows.Party{kai.Party()}) {
		t.Errorf("owner %d, carded %v, cards %v", after.Owner, o.Told.Carded, o.Cards)
	}
	same(t, "told", told(o, "notice.task_handed_over"), people(tom))
}

// A task goes to somebody who works here and does not have it already.
func TestHandOverToWhom(t *testing.T) {
	c := newCompany("2026-03-02 11:00")
	nobody := workflows.Error{Code: workflows.Invalid, Text: "person.not_found", Field: "person"}
	refused(t, c, mine("2026-03-04"), tom, handTo("E009"), nobody) // has left
	refused(t, c, mine("2026-03-04"), tom, handTo("E404"), nobody)
	refused(t, c, mine("2026-03-04"), tom, handTo("E003"), workflows.Error{Code: workflows.Invalid, Text: "task.already_theirs", Field: "person"})
	refused(t, c, mine("2026-03-04"), tom, handTo(""), workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "person"})
}

// I5: the audit says in whose place somebody acted: that of the one whose task it was, and nobody's when it was their own.
func TestAuditSaysWhoseTaskWasHandedOver_I5(t *testing.T) {
	for _, test := range []struct {
		name string
		by   workflows.PersonID
		to   string
		want workflows.PersonID
	}{
		{"the owner hands their own over", tom, "E004", 0},
		{"the manager hands it to another", kai, "E004", tom},
		{"the manager takes it over", kai, "E002", tom},
	} {
		c := newCompany("2026-03-02 11:00")
		if _, o := do(t, c, mine("2026-03-04"), test.by, handTo(test.to)); o.Audit.For != test.want {
			t.Errorf("%s: the audit says for %d (%q), want %d", test.name, o.Audit.For, o.Audit.Values.For, test.want)
		}
	}
}
