package task_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

func until(day string) workflows.Act {
	return workflows.Act{Event: task.Snooze, Form: workflows.Form{"until": day}}
}

// Rules §2: snooze moves a reminder and adds none; the day on which the task is due stays.
func TestSnooze_Rules2(t *testing.T) {
	c := newCompany("2026-03-04 10:00")
	after, o := do(t, c, mine("2026-03-04"), tom, until("2026-03-06"))
	if after.Due != on("2026-03-04") || after.State != task.StateOpen || !after.Late(on("2026-03-05")) {
		t.Errorf("snoozed: due %s, %s", after.Due, after.State)
	}
	if len(o.Notices) > 0 || len(o.Cards) > 0 || o.Told.Args["Until"] != "2026-03-06" {
		t.Errorf("notices %v, cards %v, told %v", o.Notices, o.Cards, o.Told.Args)
	}
	expectReminder(t, o, task.SlotFirst, at("Asia/Shanghai", "2026-03-06 09:00"))
}

// A task is snoozed to a day after today, by the date at its owner's place.
func TestSnoozeToTheFuture(t *testing.T) {
	c := newCompany("2026-03-04 10:00")
	past := workflows.Error{Code: workflows.Invalid, Text: "task.snooze_past", Field: "until"}
	refused(t, c, mine("2026-03-04"), tom, until("2026-03-03"), past)
	refused(t, c, mine("2026-03-04"), tom, until("2026-03-04"), past)
	do(t, c, mine("2026-03-04"), tom, until("2026-03-05"))
	do(t, c, mine("2026-03-04"), tom, until("2028-03-05")) // 732 days
	refused(t, c, mine("2026-03-04"), tom, until("2028-03-06"), workflows.Error{Code: workflows.Invalid, Text: "date.range", Field: "until"})
	refused(t, c, mine("2026-03-04"), tom, until("2026-02-30"), workflows.Error{Code: workflows.Invalid, Text: "date.impossible", Field: "until"})
	refused(t, c, mine("2026-03-04"), tom, until(""), workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "until"})
	c.people[tom].Zone = "Pacific/Kiritimati" // where it is 5 March by now
	c.now = at("Asia/Shanghai", "2026-03-04 20:00")
	refused(t, c, mine("2026-03-04"), tom, until("2026-03-05"), past)
	do(t, c, mine("2026-03-04"), tom, until("2026-03-06"))
}

// "You will be reminded on Sunday" has to hold: what is put off to a day off does not come back before that day, least of all at once.
func TestSnoozedReminderDoesNotComeEarly(t *testing.T) {
	for _, test := range []struct {
		name, now, until string
		task             task.Task
	}{
		{"on Friday at work to Sunday", "2026-03-06 10:00", "2026-03-08", mine("2026-03-04")},
		{"on Friday at work to Saturday, what a plan gave out", "2026-03-06 10:00", "2026-03-07", given("2026-03-04")},
		{"before the holidays into them, what a plan gave out", "2026-09-30 10:00", "2026-10-02", given("2026-09-30")},
		{"on Friday before 09:00 to Sunday", "2026-03-06 08:00", "2026-03-08", mine("2026-03-04")},
		{"on Wednesday to Sunday", "2026-03-04 10:00", "2026-03-08", mine("2026-03-04")},
	} {
		c := newCompany(test.now)
		_, o := do(t, c, test.task, tom, until(test.until))
		d := reminder(t, o)
		if d == nil {
			t.Errorf("%s: no reminder", test.name)
			continue
		}
		if there := workflows.Zone("Asia/Shanghai"); d.At.Before(on(test.until).At(0, there)) {
			t.Errorf("%s (%s): the reminder comes at %s", test.name, test.until, d.At.In(there).Format("Mon 2006-01-02 15:04"))
		}
	}
}
