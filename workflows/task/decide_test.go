package task_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

const (
	fileOne = "11111111-1111-4111-8111-111111111111"
	fileTwo = "22222222-2222-4222-8222-222222222222"
)

// shaped is Tom's open task to which an event can be done, apart from its state.
func shaped(event workflows.Event) task.Task {
	tk := mine("2026-03-04")
	switch event {
	case task.HandIn:
		tk.HandIn = true
	case task.Tick:
		tk.Checklist = []task.Check{{Text: workflows.Said("one")}, {Text: workflows.Said("two")}}
	}
	return tk
}

// press is an event with all that its press has to bring.
func press(event workflows.Event) workflows.Act {
	act := workflows.Act{Event: event}
	switch event {
	case task.NotDone:
		act.Form = workflows.Form{"comment": "they closed early"}
	case task.HandIn:
		act.Form = workflows.Form{"files": fileOne}
	case task.Tick:
		act.Form = workflows.Form{"check_a": "done", "check_b": "open"}
	case task.Snooze:
		act.Form = workflows.Form{"until": "2026-03-06"}
	case task.HandOver:
		act.Form = workflows.Form{"person": "E004"}
	}
	return act
}

var states = []workflows.State{task.StateOpen, task.StateDone, task.StateNotDone, task.StateSkipped}

// Every event leads from the states that it is for to where it leads; from every other it is refused, and nothing follows.
func TestEachEventFromEachState(t *testing.T) {
	for _, test := range []struct {
		event workflows.Event
		by    workflows.PersonID
		from  []workflows.State
		to    workflows.State
	}{
		{task.Done, tom, []workflows.State{task.StateOpen}, task.StateDone},
		{task.HandIn, tom, []workflows.State{task.StateOpen}, task.StateDone},
		{task.Tick, tom, []workflows.State{task.StateOpen}, task.StateOpen},
		{task.NotDone, tom, []workflows.State{task.StateOpen}, task.StateNotDone},
		{task.Snooze, tom, []workflows.State{task.StateOpen}, task.StateOpen},
		{task.HandOver, tom, []workflows.State{task.StateOpen}, task.StateOpen},
		{task.Reopen, tom, []workflows.State{task.StateDone, task.StateNotDone}, task.StateOpen},
		{task.Remind, clock, []workflows.State{task.StateOpen}, task.StateOpen},
		{task.Relieve, clock, []workflows.State{task.StateOpen}, task.StateOpen},
		{task.Skip, clock, []workflows.State{task.StateOpen}, task.StateSkipped},
	} {
		for _, state := range states {
			c := newCompany("2026-03-02 10:00")
			c.file(fileOne, tom)
			tk := shaped(test.event)
			tk.State = state
			if test.event == task.Relieve {
				c.left(tom)
			}
			switch {
			case slices.Contains(test.from, state):
				after, _ := do(t, c, tk, test.by, press(test.event))
				if after.State != test.to {
					t.Errorf("%s leads from %s to %s, want %s", test.event, state, after.State, test.to)
				}
			case test.by == clock:
				refused(t, c, tk, test.by, press(test.event), workflows.Error{Code: workflows.NotNow, Text: "task.not_now"})
			default:
				refused(t, c, tk, test.by, press(test.event), workflows.Error{Code: workflows.NotNow, Text: "task.over"})
			}
		}
	}
}

// I3: to a stranger there is no task; those who see it and are not to do it hear so; a clock does what is a clock's and nothing else.
func TestWhoMayPressWhat_I3(t *testing.T) {
	theirs := []workflows.Event{task.Done, task.HandIn, task.Tick, task.NotDone, task.Snooze, task.Reopen}
	clocks := []workflows.Event{task.Remind, task.Relieve, task.Skip}
	notFound := workflows.Error{Code: workflows.NotFound, Text: "task.not_found"}
	notYours := workflows.Error{Code: workflows.NotYours, Text: "task.not_yours"}
	for _, test := range []struct {
		name     string
		by       workflows.PersonID
		relation workflows.Relation
	}{
		{"the owner", tom, task.ToOwner},
		{"the manager", kai, task.ToOverseer},
		{"the manager's manager", wei, task.ToOverseer},
		{"who added it", ada, task.ToMaker},
		{"hr", mei, workflows.ToHR},
		{"a colleague of the same team", lin, workflows.ToNobody},
		{"a manager of others", ivo, workflows.ToNobody},
		{"the manager of before, who has left", bob, workflows.ToNobody},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCompany("2026-03-02 10:00")
			c.people[bob].Roles = []string{"hr"}
			c.file(fileOne, test.by)
			tried := func(event workflows.Event) task.Task {
				tk := shaped(event)
				tk.By = ada // as a manager who has moved on
				if event == task.Reopen {
					tk.State = task.StateDone
				}
				return tk
			}
			if got := tried(task.Done).Relation(c.actor(test.by), c.facts()); got != test.relation {
				t.Errorf("the relation is %q, want %q", got, test.relation)
			}
			for _, event := range append(slices.Clone(theirs), task.HandOver) {
				switch {
				case test.relation == workflows.ToNobody:
					refused(t, c, tried(event), test.by, press(event), notFound)
				case test.relation == task.ToOwner || event == task.HandOver:
					do(t, c, tried(event), test.by, press(event))
				default:
					refused(t, c, tried(event), test.by, press(event), notYours)
				}
			}
			for _, event := range clocks {
				if test.relation == workflows.ToNobody {
					refused(t, c, tried(event), test.by, press(event), notFound)
				} else {
					refused(t, c, tried(event), test.by, press(event), notYours)
				}
			}
		})
	}
	c := newCompany("2026-03-02 10:00")
	for _, event := range append(slices.Clone(theirs), task.HandOver) {
		refused(t, c, shaped(event), clock, press(event), workflows.Error{Code: workflows.NotNow, Text: "task.not_now"})
	}
	for _, event := range append(append(slices.Clone(theirs), task.HandOver), clocks...) {
		_, o, err := task.Decide(shaped(event), press(event), workflows.OperatorActor("root"), c.facts())
		refusal(t, err, notFound)
		if diff := cmp.Diff(workflows.Outcome{}, o); diff != "" {
			t.Errorf("%s: an operator is refused, and something follows:\n%s", event, diff)
		}
	}
}

// What is neither a move nor known is an error for the operator, and changes nothing.
func TestUnknownEvent(t *testing.T) {
	c := newCompany("2026-03-02 10:00")
	for _, event := range []workflows.Event{"", "approve", task.Add} {
		if _, o, err := task.Decide(mine("2026-03-04"), workflows.Act{Event: event}, c.actor(tom), c.facts()); err == nil ||
			!cmp.Equal(o, workflows.Outcome{}) {
			t.Errorf("%q: error %v, outcome %+v", event, err, o)
		}
		if err := mine("2026-03-04").May(event, c.actor(tom), c.facts()); err == nil {
			t.Errorf("%q may be done", event)
		}
	}
}

// I15: nothing can be done any more to a task of which the words are erased.
func TestErasedTask_I15(t *testing.T) {
	c := newCompany("2026-03-02 10:00")
	c.file(fileOne, tom)
	for _, event := range task.Events() {
		tk := shaped(event)
		tk.Erased = true
		refused(t, c, tk, tom, press(event), workflows.Error{Code: workflows.NotNow, Text: "request.erased"})
	}
}

// Done: whoever added it for somebody else hears that it is done; nobody hears of what they did themselves.
func TestDone(t *testing.T) {
	c := newCompany("2026-03-04 11:00")
	after, o := do(t, c, mine("2026-03-04"), tom, press(task.Done))
	if !after.EndedAt.Equal(c.now) || after.EndedBy != tom || after.Reason != "" || len(o.Notices) > 0 || o.Audit.For != 0 {
		t.Errorf("ended at %v by %d (%q), notices %v, for %d", after.EndedAt, after.EndedBy, after.Reason, o.Notices, o.Audit.For)
	}
	tk := mine("2026-03-04")
	tk.By = kai
	_, o = do(t, c, tk, tom, press(task.Done))
	same(t, "told that it is done", told(o, "notice.task_done"), people(kai))
	_, o = do(t, c.left(kai), tk, tom, press(task.Done))
	same(t, "told that it is done, though they have left", told(o, "notice.task_done"), nil)
}

// A task that asks for a file is done by handing one in; one without a file or a checklist has neither press.
func TestDoneIsRefusedWhereAFileIsAskedFor(t *testing.T) {
	c := newCompany("2026-03-04 11:00")
	c.file(fileOne, tom)
	unfit := workflows.Error{Code: workflows.NotNow, Text: "task.unfit"}
	refused(t, c, shaped(task.HandIn), tom, press(task.Done), unfit)
	refused(t, c, mine("2026-03-04"), tom, press(task.HandIn), unfit)
	refused(t, c, mine("2026-03-04"), tom, press(task.Tick), unfit)
}

// Not done needs a reason. Whoever added it hears it, or those who help with it, each once.
func TestNotDone(t *testing.T) {
	c := newCompany("2026-03-04 11:00")
	required := workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "comment"}
	refused(t, c, mine("2026-03-04"), tom, workflows.Act{Event: task.NotDone}, required)
	refused(t, c, mine("2026-03-04"), tom, workflows.Act{Event: task.NotDone, Form: workflows.Form{"comment": " \n "}}, required)
	refused(t, c, mine("2026-03-04"), tom, workflows.Act{Event: task.NotDone, Form: workflows.Form{"comment": "\u200b"}},
		workflows.Error{Code: workflows.Invalid, Text: "text.invisible", Field: "comment"})
	refused(t, c, mine("2026-03-04"), tom, workflows.Act{Event: task.NotDone, Form: workflows.Form{"comment": strings.Repeat("长", 501)}},
		workflows.Error{Code: workflows.Invalid, Text: "text.too_long", Field: "comment"})

	tk := given("2026-03-04")
	tk.Helpers = people(lin, kai, bob)
	after, o := do(t, c, tk, tom, press(task.NotDone))
	if after.Reason != "they closed early" || after.EndedBy != tom || o.Audit.Values.Comment != "they closed early" {
		t.Errorf("reason %q, by %d, audit %q", after.Reason, after.EndedBy, o.Audit.Values.Comment)
	}
	same(t, "told that it is not done", told(o, "notice.task_not_done"), people(kai, lin))
	for _, n := range o.Notices {
		if n.Args["Reason"] != "they closed early" || n.Args["By"] != "Tom Baker" {
			t.Errorf("the notice says %v", n.Args)
		}
	}
	tk = mine("2026-03-04")
	tk.By, tk.Helpers = kai, people(kai)
	_, o = do(t, c, tk, tom, press(task.NotDone))
	same(t, "who added it and helps", told(o, "notice.task_not_done"), people(kai))
}

// Handing in needs files, one's own and at most five; it does the task, and those who help with it hear so.
func TestHandIn(t *testing.T) {
	c := newCompany("2026-03-04 11:00")
	c.file(fileOne, tom)
	c.file(fileTwo, lin)
	tk := given("2026-03-04")
	tk.HandIn = true
	in := func(files string) workflows.Act {
		return workflows.Act{Event: task.HandIn, Form: workflows.Form{"files": files}}
	}
	refused(t, c, tk, tom, in(""), workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "files"})
	unknown := workflows.Error{Code: workflows.Invalid, Text: "file.unknown", Field: "files"}
	refused(t, c, tk, tom, in("../../etc/passwd"), unknown)
	refused(t, c, tk, tom, in("33333333-3333-4333-8333-333333333333"), unknown)
	refused(t, c, tk, tom, in(fileTwo), unknown) // somebody else's
	taken := c.files[fileOne]
	taken.Subject = "019c0000-0000-7000-8000-0000000000ff"
	c.files[fileOne] = taken
	refused(t, c, tk, tom, in(fileOne), unknown) // it belongs to something else
	c.file(fileOne, tom)

	after, o := do(t, c, tk, tom, in(fileOne+" "+fileOne))
	if after.State != task.StateDone || !slices.Equal(after.Files, []string{fileOne}) || !slices.Equal(o.Files, []string{fileOne}) {
		t.Errorf("state %s, files %v, of the outcome %v", after.State, after.Files, o.Files)
	}
	same(t, "told of the file", told(o, "notice.task_handed_in"), people(lin))

	// After a wrong press another is handed in beside it.
	third := c.file("44444444-4444-4444-8444-444444444444", tom)
	after, _ = do(t, c, after, tom, press(task.Reopen))
	after, _ = do(t, c, after, tom, in(third))
	if !slices.Equal(after.Files, []string{fileOne, third}) || after.State != task.StateDone {
		t.Errorf("files %v, state %s", after.Files, after.State)
	}
}

// Ticking says of each entry whether it is done; what is left is counted, and the task stays open.
func TestTick(t *testing.T) {
	c := newCompany("2026-03-04 11:00")
	tk := shaped(task.Tick)
	tk.Checklist = append(tk.Checklist, task.Check{Text: workflows.Words{En: "three", Zh: "三"}})
	a, ok := tk.Asking(task.Tick)
	if !ok || len(a.Fields) != 3 || a.Values["check_a"] != "open" || a.Fields[2].Label.Args["Words"] != (workflows.Words{En: "three", Zh: "三"}) {
		t.Fatalf("it asks for %+v", a)
	}
	for _, test := range []struct {
		form workflows.Form
		want []bool
		left int
	}{
		{workflows.Form{"check_a": "done", "check_b": "open", "check_c": "done"}, []bool{true, false, true}, 1},
		{workflows.Form{"check_a": "open", "check_b": "open", "check_c": "done"}, []bool{false, false, true}, 2}, // taken back
		{workflows.Form{"check_a": "done", "check_b": "done", "check_c": "done"}, []bool{true, true, true}, 0},
	} {
		var o workflows.Outcome
		tk, o = do(t, c, tk, tom, workflows.Act{Event: task.Tick, Form: test.form})
		var got []bool
		for _, check := range tk.Checklist {
			got = append(got, check.Done)
		}
		if !slices.Equal(got, test.want) || o.Told.Args["Count"] != test.left || tk.State != task.StateOpen {
			t.Errorf("ticked %v, left %v, want %v, %d", got, o.Told.Args["Count"], test.want, test.left)
		}
		if reminder(t, o) != nil || len(o.Notices) > 0 {
			t.Errorf("ticking moved the clock or told somebody: %+v %+v", o.Due, o.Notices)
		}
	}
	if a, _ := tk.Asking(task.Tick); a.Values["check_b"] != "done" {
		t.Errorf("the form does not show what is ticked: %v", a.Values)
	}
	refused(t, c, tk, tom, workflows.Act{Event: task.Tick, Form: workflows.Form{"check_a": "done"}},
		workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "check_b"})
	refused(t, c, tk, tom, workflows.Act{Event: task.Tick, Form: workflows.Form{"check_a": "1", "check_b": "done", "check_c": "done"}},
		workflows.Error{Code: workflows.Invalid, Text: "field.choice", Field: "check_a"})
}

// Reopening takes back that a task is done or not done, with its reason, and starts its clock anew.
func TestReopen(t *testing.T) {
	for _, event := range []workflows.Event{task.Done, task.NotDone} {
		c := newCompany("2026-03-02 11:00")
		ended, _ := do(t, c, mine("2026-03-04"), tom, press(event))
		c.now = at("Asia/Shanghai", "2026-03-02 11:01")
		after, o := do(t, c, ended, tom, press(task.Reopen))
		if !after.EndedAt.IsZero() || after.EndedBy != 0 || after.Reason != "" || after.Seq != 3 {
			t.Errorf("after %s: %+v", event, after)
		}
		expectReminder(t, o, task.SlotFirst, at("Asia/Shanghai", "2026-03-04 09:00"))
	}
}

// What a plan gave out has its plan's cards drawn again whenever its state changes, and only then.
func TestSourceHearsOfTheState(t *testing.T) {
	c := newCompany("2026-03-02 11:00")
	c.file(fileOne, tom)
	hears := func(tk task.Task, by workflows.PersonID, act workflows.Act) task.Task {
		t.Helper()
		after, o := do(t, c, tk, by, act)
		n := 0
		for _, d := range o.Due {
			if d.Kind == task.DueSource(task.FromPlan) {
				n++
				if d.Subject != tk.Source.Subject || !d.At.Equal(c.now) {
					t.Errorf("%s: the plan hears by %+v", act.Event, d)
				}
			}
		}
		if want := after.State != tk.State; (n == 1) != want || n > 1 {
			t.Errorf("%s: from %s to %s the plan hears %d times", act.Event, tk.State, after.State, n)
		}
		return after
	}
	tk := given("2026-03-04")
	hears(tk, tom, press(task.Snooze))
	hears(tk, tom, press(task.HandOver))
	hears(tk, clock, press(task.Skip))
	hears(tk, tom, press(task.NotDone))
	hears(hears(tk, tom, press(task.Done)), tom, press(task.Reopen))
	if _, o := do(t, c, mine("2026-03-04"), tom, press(task.Done)); len(o.Due) > 0 {
		t.Errorf("a task of nobody's plan leaves %v", o.Due)
	}
}

// Skipping ends a task as nobody's fault: no reason, nobody is told, the clock stops.
func TestSkip(t *testing.T) {
	c := newCompany("2026-03-05 11:00")
	tk := given("2026-03-04")
	tk.By = kai
	after, o := do(t, c, tk, clock, press(task.Skip))
	if after.State != task.StateSkipped || after.EndedBy != 0 || !after.EndedAt.Equal(c.now) || len(o.Notices) > 0 || after.Late(on("2026-03-05")) {
		t.Errorf("skipped: %+v, notices %v", after, o.Notices)
	}
}

// What is offered is what may be done, a form opens where something has to be brought, and nothing that is refused is offered.
func TestAskingAndMay(t *testing.T) {
	want := map[workflows.Event][]string{task.HandIn: {"files"}, task.Tick: {"check_a", "check_b"}, task.NotDone: {"comment"},
		task.Snooze: {"until"}, task.HandOver: {"person"}}
	for _, event := range append(task.Events(), task.Remind, task.Relieve, task.Skip, "approve") {
		a, asks := shaped(event).Asking(event)
		var names []string
		for _, f := range a.Fields {
			names = append(names, f.Name)
		}
		if asks != (want[event] != nil) || !slices.Equal(names, want[event]) {
			t.Errorf("%s asks for %v", event, names)
		}
	}
}

// Whatever is pressed and fires, in whatever order and by whom: nothing panics, a refusal changes nothing, the audit always tells the task
// (I5), the changes are counted, an open task of somebody who is here has a clock until it has told those who lead, and what is offered is
// what is not refused.
func TestAnyOrderOfEvents_I5(t *testing.T) {
	events := append(task.Events(), task.Remind, task.Relieve, task.Skip)
	everybody := people(clock, wei, kai, tom, lin, ivo, mei, han, ada, bob)
	rapid.Check(t, func(rt *rapid.T) {
		c := newCompany("2026-03-02 10:00")
		c.file(fileOne, tom)
		c.file(fileTwo, lin)
		var tk task.Task
		if rapid.Bool().Draw(rt, "given") {
			tk = given("2026-03-04")
			tk.HandIn = rapid.Bool().Draw(rt, "hand in")
			tk.Checklist = []task.Check{{Text: workflows.Said("one")}}
		} else {
			tk = mine("2026-03-04")
		}
		slot := 0
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			c.now = c.now.AddDate(0, 0, rapid.IntRange(0, 2).Draw(rt, "days"))
			who := rapid.SampledFrom(everybody[1:]).Draw(rt, "of")
			switch rapid.IntRange(0, 5).Draw(rt, "happens") {
			case 0:
				c.people[who].Active = !c.people[who].Active
			case 1:
				c.people[who].Away = !c.people[who].Away
			case 2:
				c.silent[who] = !c.silent[who]
			}
			by := rapid.SampledFrom(everybody).Draw(rt, "by")
			act := workflows.Act{Event: rapid.SampledFrom(events).Draw(rt, "event"), Slot: slot, Form: workflows.Form{
				"comment": rapid.SampledFrom([]string{"", "late", "\u200b"}).Draw(rt, "comment"),
				"files":   rapid.SampledFrom([]string{"", fileOne, fileTwo, "x"}).Draw(rt, "files"),
				"check_a": rapid.SampledFrom([]string{"", "open", "done"}).Draw(rt, "check"),
				"until":   rapid.SampledFrom([]string{"", "2026-03-01", "2026-03-20", "2026-02-30"}).Draw(rt, "until"),
				"person":  rapid.SampledFrom([]string{"", "E002", "E003", "E004", "E009", "E999"}).Draw(rt, "person"),
			}}
			f := c.facts()
			after, o, err := task.Decide(tk, act, c.actor(by), f)
			may := tk.May(act.Event, c.actor(by), f)
			if v, sees := tk.View(c.actor(by), f); by != clock && sees != (tk.Relation(c.actor(by), f) != workflows.ToNobody) ||
				slices.ContainsFunc(v.Offers, func(o workflows.Offer) bool { return o.Event == act.Event }) != (may == nil && by != clock) {
				rt.Fatalf("%s by %d: sees %v, offers %+v, may %v", act.Event, by, sees, v.Offers, may)
			}
			if err != nil {
				if !cmp.Equal(tk, after) || !cmp.Equal(o, workflows.Outcome{}) {
					rt.Fatalf("%s was refused (%v), and something follows", act.Event, err)
				}
				continue
			}
			if may != nil {
				rt.Fatalf("%s by %d is done although it may not be: %v", act.Event, by, may)
			}
			audited(rt, c, tk, after, by, act.Event, o)
			if after.State == task.StateOpen && !c.people[after.Owner].Active && after.Owner != tk.Owner {
				rt.Fatalf("%s made somebody the owner who has left", act.Event)
			}
			if d := reminder(rt, o); d != nil {
				if after.State != task.StateOpen || d.At.Before(c.now) || d.Party != after.Owner.Party() {
					rt.Fatalf("%s leaves the reminder %+v of a task that is %s", act.Event, d, after.State)
				}
				slot = d.Slot
			}
			tk = after
		}
	})
}
