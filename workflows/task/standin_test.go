package task_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// While the owner is in no chat, away, or has left, those whom the task names stand in, else the manager; hr too for whom no chat reaches.
// Nobody who has left ever does.
func TestWhoStandsIn(t *testing.T) {
	helped := func(helpers ...workflows.PersonID) task.Task {
		tk := given("2026-03-04")
		tk.Helpers = helpers
		return tk
	}
	for _, test := range []struct {
		name   string
		task   task.Task
		change func(c *company)
		want   []workflows.PersonID
	}{
		{"here", helped(lin), func(*company) {}, nil},
		{"no chat", helped(lin), func(c *company) { c.unreached(tom) }, people(lin, mei, han)},
		{"no chat, no helper", helped(), func(c *company) { c.unreached(tom) }, people(kai, mei, han)},
		{"no chat, hr helps", helped(han, lin), func(c *company) { c.unreached(tom) }, people(han, lin, mei)},
		{"away", helped(lin), func(c *company) { c.away(tom) }, people(lin)},
		{"away, no helper", helped(), func(c *company) { c.away(tom) }, people(kai)},
		{"away, the helper has left", helped(bob), func(c *company) { c.away(tom) }, people(kai)},
		{"away, the manager has left as well", helped(bob), func(c *company) { c.away(tom).left(kai) }, people(wei)},
		{"left", helped(bob, lin), func(c *company) { c.left(tom) }, people(lin)},
		{"left, nobody leads", helped(bob), func(c *company) { c.left(tom, kai, wei) }, people(mei, han)},
		{"left, of hr one is left", helped(), func(c *company) { c.left(tom, kai, wei, mei) }, people(han)},
		{"left, and nobody is left", helped(bob), func(c *company) { c.left(tom, kai, wei, mei, han) }, nil},
		{"the owner helps themselves", helped(tom, lin), func(c *company) { c.away(tom) }, people(lin)},
	} {
		c := newCompany("2026-03-04 09:00")
		test.change(c)
		same(t, test.name, test.task.StandIns(c.facts()), test.want)
	}
}

// Who stands in may do what the owner may, is told in their place, and the audit says for whom they did it.
func TestStandInsActAndAreTold(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(c *company)
		who    []workflows.PersonID
		others []workflows.PersonID // who see it, and are not to do it
	}{
		{"no chat reaches the owner", func(c *company) { c.unreached(tom) }, people(lin, mei, han), people(kai)},
		{"the owner is away", func(c *company) { c.away(tom) }, people(lin), people(kai, mei)},
		{"the owner has left", func(c *company) { c.left(tom) }, people(lin), people(kai, mei)},
	} {
		c := newCompany("2026-03-04 09:00")
		test.change(c)
		for _, by := range test.who {
			c.file(fileOne, by)
			for _, event := range []workflows.Event{task.Done, task.HandIn, task.Tick, task.NotDone, task.Snooze, task.Reopen} {
				tk := given("2026-03-04")
				switch event {
				case task.HandIn, task.Tick:
					tk.HandIn, tk.Checklist = shaped(event).HandIn, shaped(event).Checklist
				case task.Reopen:
					tk.State = task.StateNotDone
				}
				after, o := do(t, c, tk, by, press(event))
				if o.Audit.For != tom || o.Audit.Values.For != "E003 Tom Baker" || after.Owner != tom {
					t.Errorf("%s: %s by %d: for %d (%q), owner %d", test.name, event, by, o.Audit.For, o.Audit.Values.For, after.Owner)
				}
			}
			if rel := given("2026-03-04").Relation(c.actor(by), c.facts()); rel != task.ToStandIn {
				t.Errorf("%s: %d is %q", test.name, by, rel)
			}
		}
		for _, by := range test.others {
			refused(t, c, given("2026-03-04"), by, press(task.Done), workflows.Error{Code: workflows.NotYours, Text: "task.not_yours"})
		}
		refused(t, c, given("2026-03-04"), ivo, press(task.Done), workflows.Error{Code: workflows.NotFound, Text: "task.not_found"})
		_, o := do(t, c, given("2026-03-04"), clock, workflows.Act{Event: task.Remind})
		same(t, test.name+": told", told(o, "notice.task_today"), test.who)
		for _, n := range o.Notices { // whose it is, say the reminders of others only
			want := "Tom Baker"
			if n.Party == tom.Party() {
				want = ""
			}
			if n.Args["Whose"] != want {
				t.Errorf("%s: %v is told of a task of %q, want %q", test.name, n.Party, n.Args["Whose"], want)
			}
		}
	}
}

// What an office has to do may be done by any of it at any time; its reminders are the owner's, whom the audit names.
func TestTaskOfAnOffice(t *testing.T) {
	c := newCompany("2026-03-04 09:00")
	tk := given("2026-03-04")
	tk.Owner, tk.Helpers, tk.Shared = mei, people(han, bob), true
	if _, o := do(t, c, tk, han, press(task.Done)); o.Audit.For != mei {
		t.Errorf("for %d", o.Audit.For)
	}
	refused(t, c, tk, bob, press(task.Done), workflows.Error{Code: workflows.NotFound, Text: "task.not_found"})
	_, o := do(t, c, tk, clock, workflows.Act{Event: task.Remind})
	same(t, "told", told(o, "notice.task_today"), people(mei))
	tk.Shared = false
	refused(t, c, tk, han, press(task.Done), workflows.Error{Code: workflows.NotYours, Text: "task.not_yours"}) // han is of hr, and sees it
}

// Where others stand in while the owner is on leave, the reminders do not wait for their return; a task with which nobody helps does.
func TestRemindersDuringLeave(t *testing.T) {
	leave := []workflows.Span{days("2026-03-02", "2026-03-13")}
	c := newCompany("2026-03-03 18:00").away(tom)
	c.leave[tom] = leave
	tk, o := add(t, c, clock, given("2026-03-04"))
	for slot, day := range []string{"2026-03-04 09:00", "2026-03-05 09:00", "2026-03-06 09:00", "2026-03-09 09:00"} {
		expectReminder(t, o, slot, at("Asia/Shanghai", day))
		c.now = at("Asia/Shanghai", day)
		tk, o = do(t, c, tk, clock, workflows.Act{Event: task.Remind, Slot: slot})
		same(t, "told on "+day, append(told(o, "notice.task_today"), told(o, "notice.task_late")...), people(lin))
	}
	c = newCompany("2026-02-25 10:00") // the leave is still to come
	c.leave[tom] = leave
	_, o = add(t, c, tom, task.Task{Title: workflows.Said("call Huaxin"), Owner: tom, Due: on("2026-03-04")})
	expectReminder(t, o, task.SlotFirst, at("Asia/Shanghai", "2026-02-28 09:00")) // a Saturday that is worked
}

// An owner who is away does their task themselves if they look in; one who has left does nothing any more.
func TestOwnerWhoIsAway(t *testing.T) {
	c := newCompany("2026-03-04 09:00").away(tom)
	if _, o := do(t, c, given("2026-03-04"), tom, press(task.Done)); o.Audit.For != 0 {
		t.Errorf("for %d", o.Audit.For)
	}
	refused(t, c.left(tom), given("2026-03-04"), tom, press(task.Done), workflows.Error{Code: workflows.NotFound, Text: "task.not_found"})
}

// I14: what somebody had to do who has left goes to whom the task names, else to the manager, else to hr, else to an administrator, and
// never to somebody inactive. The new owner gets a card and a clock.
func TestRelieve_I14(t *testing.T) {
	for _, test := range []struct {
		name    string
		helpers []workflows.PersonID
		left    []workflows.PersonID
		want    workflows.PersonID
	}{
		{"to a helper", people(lin), people(tom), lin},
		{"to the first helper who is here", people(bob, lin), people(tom), lin},
		{"to the manager", nil, people(tom), kai},
		{"to the manager, since the helpers have left", people(bob, lin), people(tom, lin), kai},
		{"to the manager's manager", nil, people(tom, kai), wei},
		{"to hr", nil, people(tom, kai, wei), mei},
		{"to an administrator", nil, people(tom, kai, wei, mei, han), ada},
	} {
		c := newCompany("2026-03-02 10:00").left(test.left...)
		tk := given("2026-03-04")
		tk.Helpers = test.helpers
		after, o := do(t, c, tk, clock, press(task.Relieve))
		if after.Owner != test.want || !c.people[after.Owner].Active || after.State != task.StateOpen || after.Due != tk.Due {
			t.Errorf("%s: owner %d, state %s", test.name, after.Owner, after.State)
		}
		if len(o.Cards) != 1 || o.Cards[0] != test.want.Party() || len(o.Notices) > 0 {
			t.Errorf("%s: cards %v, notices %v", test.name, o.Cards, o.Notices)
		}
		expectReminder(t, o, task.SlotFirst, at("Asia/Shanghai", "2026-03-04 09:00"))
		if d := reminder(t, o); d.Party != test.want.Party() {
			t.Errorf("%s: the clock is of %v", test.name, d.Party)
		}
	}
}

// Nothing is taken from somebody who works here, and nothing is given to nobody.
func TestRelieveRefuses(t *testing.T) {
	notNow := workflows.Error{Code: workflows.NotNow, Text: "task.not_now"}
	refused(t, newCompany("2026-03-02 10:00"), given("2026-03-04"), clock, press(task.Relieve), notNow)
	refused(t, newCompany("2026-03-02 10:00").away(tom).unreached(tom), given("2026-03-04"), clock, press(task.Relieve), notNow)
	c := newCompany("2026-03-02 10:00").left(tom, kai, wei, lin, mei, han, ada)
	refused(t, c, given("2026-03-04"), clock, press(task.Relieve), notNow)
}
