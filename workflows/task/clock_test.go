package task_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// I13: the first reminder comes on the working morning of the day on which a task is due, in its owner's zone, or on the last one before
// that where the day is off; where none is left, on the next.
func TestFirstReminder_I13(t *testing.T) {
	for _, test := range []struct {
		name, now, due, want string
		change               func(c *company)
	}{
		{"a working day", "2026-03-02 10:00", "2026-03-04", "2026-03-04 09:00", nil},
		{"today, before 09:00", "2026-03-04 08:59", "2026-03-04", "2026-03-04 09:00", nil},
		{"today, at 09:00", "2026-03-04 09:00", "2026-03-04", "2026-03-05 09:00", nil},
		{"today, a Friday, at work", "2026-03-06 10:00", "2026-03-06", "2026-03-09 09:00", nil},
		{"a Sunday", "2026-03-02 10:00", "2026-03-08", "2026-03-06 09:00", nil},
		{"a Sunday, from Friday at work on", "2026-03-06 10:00", "2026-03-08", "2026-03-09 09:00", nil},
		{"within the holidays", "2026-09-28 10:00", "2026-10-03", "2026-09-30 09:00", nil},
		{"within the holidays, from them on", "2026-10-01 10:00", "2026-10-03", "2026-10-08 09:00", nil},
		{"a Saturday that is worked", "2026-02-25 10:00", "2026-02-28", "2026-02-28 09:00", nil},
		{"a day of leave", "2026-03-02 10:00", "2026-03-04", "2026-03-03 09:00", func(c *company) {
			c.leave[tom] = []workflows.Span{days("2026-03-04", "2026-03-05")}
		}},
		{"afternoons only", "2026-03-02 10:00", "2026-03-04", "2026-03-04 09:00", func(c *company) { c.people[tom].Pattern = "afternoons" }},
	} {
		c := newCompany(test.now)
		if test.change != nil {
			test.change(c)
		}
		_, o := add(t, c, tom, task.Task{Title: workflows.Said("call Huaxin"), Owner: tom, Due: on(test.due)})
		if d := reminder(t, o); d == nil || d.Slot != task.SlotFirst || !d.At.Equal(at("Asia/Shanghai", test.want)) {
			t.Errorf("%s: %+v, want %s", test.name, d, test.want)
		}
	}
}

// What a plan gives out on the day itself, as after downtime, is told at once during 09:00–18:00, and on the next working morning else.
func TestFirstReminderOfWhatIsGivenOut_I13(t *testing.T) {
	for _, test := range []struct{ name, now, due, want string }{
		{"the evening before", "2026-03-03 18:00", "2026-03-04", "2026-03-04 09:00"},
		{"early on the day", "2026-03-04 08:59", "2026-03-04", "2026-03-04 09:00"},
		{"on the day, at 09:00", "2026-03-04 09:00", "2026-03-04", "2026-03-04 09:00"},
		{"on the day, at noon", "2026-03-04 12:30", "2026-03-04", "2026-03-04 12:30"},
		{"on the day, at 17:59", "2026-03-04 17:59", "2026-03-04", "2026-03-04 17:59"},
		{"on the day, at 18:00", "2026-03-04 18:00", "2026-03-04", "2026-03-05 09:00"},
		{"on the day, at night", "2026-03-04 23:30", "2026-03-04", "2026-03-05 09:00"},
		{"on a day that is off", "2026-03-07 12:00", "2026-03-07", "2026-03-09 09:00"},
		{"on a holiday", "2026-10-02 12:00", "2026-10-02", "2026-10-08 09:00"},
		{"on a Saturday that is worked", "2026-02-28 12:00", "2026-02-28", "2026-02-28 12:00"},
		{"weeks ahead", "2026-03-02 12:00", "2026-03-18", "2026-03-18 09:00"},
	} {
		c := newCompany(test.now)
		_, o := add(t, c, clock, given(test.due))
		if d := reminder(t, o); d == nil || d.Slot != task.SlotFirst || !d.At.Equal(at("Asia/Shanghai", test.want)) || d.Party != tom.Party() {
			t.Errorf("%s: %+v, want %s", test.name, d, test.want)
		}
	}
}

// Reminders come on the day, then as late on the next three working mornings, all in digests; on the morning after those who lead hear, once.
func TestRemindersAndWhoHearsAtLast(t *testing.T) {
	c := newCompany("2026-03-05 10:00")
	tk, o := add(t, c, tom, task.Task{Title: workflows.Said("call Huaxin"), Owner: tom, Due: on("2026-03-06")}) // a Friday
	for slot, want := range []struct {
		at, text string
		who      workflows.PersonID
		tone     workflows.Tone
	}{
		{"2026-03-06 09:00", "notice.task_today", tom, workflows.Wait},
		{"2026-03-09 09:00", "notice.task_late", tom, workflows.Warn},
		{"2026-03-10 09:00", "notice.task_late", tom, workflows.Warn},
		{"2026-03-11 09:00", "notice.task_late", tom, workflows.Warn},
		{"2026-03-12 09:00", "notice.task_overdue", kai, workflows.Warn},
	} {
		expectReminder(t, o, slot, at("Asia/Shanghai", want.at))
		c.now = at("Asia/Shanghai", want.at)
		tk, o = do(t, c, tk, clock, workflows.Act{Event: task.Remind, Slot: slot})
		if len(o.Notices) != 1 {
			t.Fatalf("slot %d: notices %+v", slot, o.Notices)
		}
		n := o.Notices[0]
		if n.Text != want.text || n.Party != want.who.Party() || n.Tone != want.tone || !n.Digest || n.While != task.WhileOpen {
			t.Errorf("slot %d: %+v", slot, n)
		}
		if n.Args["Title"] != workflows.Said("call Huaxin") || n.Args["Due"] != "2026-03-06" || n.Args["Since"] != "2026-03-06" || n.Args["Owner"] != "Tom Baker" {
			t.Errorf("slot %d says %v", slot, n.Args)
		}
		if len(o.Cards) > 0 {
			t.Errorf("slot %d: cards %v", slot, o.Cards)
		}
	}
	if d := reminder(t, o); d != nil {
		t.Errorf("when those who lead have heard, there is another reminder: %+v", d)
	}
	if task.SlotTell != 4 || tk.Seq != 6 {
		t.Errorf("slot %d, seq %d", task.SlotTell, tk.Seq)
	}
}

// What was reminded of before a day off is late only once that day is over: the next reminder is on the first working morning after it.
func TestReminderBeforeADayOff(t *testing.T) {
	c := newCompany("2026-09-30 09:00")
	_, o := do(t, c, mine("2026-10-03"), clock, workflows.Act{Event: task.Remind})
	if len(told(o, "notice.task_today")) != 1 {
		t.Errorf("notices %+v", o.Notices)
	}
	expectReminder(t, o, 1, at("Asia/Shanghai", "2026-10-08 09:00"))
}

// At last the mentor, who helps with what a plan gave out to a new hire, hears; with all else it is the nearest manager.
func TestWhoLeadsHears(t *testing.T) {
	for _, test := range []struct {
		name   string
		task   func() task.Task
		change func(c *company)
		want   []workflows.PersonID
	}{
		{"added by hand", func() task.Task { return mine("2026-03-02") }, nil, people(kai)},
		{"added by hand, with helpers", func() task.Task { tk := mine("2026-03-02"); tk.Helpers = people(lin); return tk }, nil, people(kai)},
		{"the manager has left", func() task.Task { return mine("2026-03-02") }, func(c *company) { c.left(kai) }, people(wei)},
		{"nobody leads", func() task.Task { tk := mine("2026-03-02"); tk.Owner = wei; return tk }, nil, nil},
		{"given out", func() task.Task { return given("2026-03-02") }, nil, people(lin)},
		{"given out, the first helper has left", func() task.Task { tk := given("2026-03-02"); tk.Helpers = people(bob, lin); return tk }, nil, people(lin)},
		{"given out, no helper is here", func() task.Task { return given("2026-03-02") }, func(c *company) { c.left(lin) }, people(kai)},
		{"given out, and no new hire's own", func() task.Task { tk := given("2026-03-02"); tk.About = ivo; return tk }, nil, people(kai)},
		{"given out without helpers", func() task.Task { tk := given("2026-03-02"); tk.Helpers = nil; return tk }, nil, people(kai)},
	} {
		c := newCompany("2026-03-09 09:00")
		if test.change != nil {
			test.change(c)
		}
		_, o := do(t, c, test.task(), clock, workflows.Act{Event: task.Remind, Slot: task.SlotTell})
		same(t, test.name, told(o, "notice.task_overdue"), test.want)
		if len(o.Notices) != len(test.want) || reminder(t, o) != nil {
			t.Errorf("%s: notices %+v, due %+v", test.name, o.Notices, o.Due)
		}
	}
}

// A task that has gone to one of its helpers is theirs to do by now: that they are late is for somebody else to hear.
func TestWhoLeadsHearsOfAHelperToo(t *testing.T) {
	c := newCompany("2026-03-04 10:00").left(tom)
	tk, _ := do(t, c, given("2026-03-02"), clock, press(task.Relieve))
	if tk.Owner != lin {
		t.Fatalf("the task went to %d", tk.Owner)
	}
	c.now = at("Asia/Shanghai", "2026-03-11 09:00")
	_, o := do(t, c, tk, clock, workflows.Act{Event: task.Remind, Slot: task.SlotTell})
	same(t, "told that Lin is late", told(o, "notice.task_overdue"), people(kai))
}

// I13: 09:00 is what the clock on the wall shows, also behind a change to or from summer time.
func TestRemindersOverAChangeOfClocks_I13(t *testing.T) {
	for _, test := range []struct {
		name, zone, due string
		first, late     time.Time
	}{
		{"Berlin in spring", "Europe/Berlin", "2026-03-27", time.Date(2026, 3, 27, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)},
		{"Berlin in autumn", "Europe/Berlin", "2026-10-23", time.Date(2026, 10, 23, 7, 0, 0, 0, time.UTC), time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)},
		{"New York in spring", "America/New_York", "2026-03-06", time.Date(2026, 3, 6, 14, 0, 0, 0, time.UTC), time.Date(2026, 3, 9, 13, 0, 0, 0, time.UTC)},
	} {
		c := newCompany("2026-03-02 10:00")
		c.people[tom].Zone, c.people[tom].Country = test.zone, ""
		c.now = test.first.Add(-48 * time.Hour)
		tk, o := add(t, c, tom, task.Task{Title: workflows.Said("call Huaxin"), Owner: tom, Due: on(test.due)})
		expectReminder(t, o, task.SlotFirst, test.first)
		c.now = test.first
		_, o = do(t, c, tk, clock, workflows.Act{Event: task.Remind})
		expectReminder(t, o, 1, test.late)
	}
}

// Reminders stop when there is nothing left to do: the change settles the clock, and a reminder that fires after all is refused.
func TestRemindersStop(t *testing.T) {
	for _, event := range []workflows.Event{task.Done, task.NotDone, task.HandIn, task.Skip} {
		c := newCompany("2026-03-04 10:00")
		c.file(fileOne, tom)
		by := tom
		if event == task.Skip {
			by = clock
		}
		after, o := do(t, c, shaped(event), by, press(event))
		if !o.Settled || !o.Final || reminder(t, o) != nil {
			t.Errorf("%s: settled %v, final %v, due %+v", event, o.Settled, o.Final, o.Due)
		}
		c.now = at("Asia/Shanghai", "2026-03-05 09:00")
		refused(t, c, after, clock, workflows.Act{Event: task.Remind, Slot: 1}, workflows.Error{Code: workflows.NotNow, Text: "task.not_now"})
	}
}

// days is a span of whole days.
func days(from, to string) workflows.Span {
	s, err := workflows.NewSpan(on(from), workflows.AM, on(to), workflows.PM)
	if err != nil {
		panic(err)
	}
	return s
}
