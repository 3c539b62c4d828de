package plan_test

import (
	"slices"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// decisions are what the manager can decide, with what that brings.
var decisions = []struct {
	event workflows.Event
	form  workflows.Form
	state workflows.State
}{
	{plan.Pass, nil, "two"},
	{plan.Extend, nil, "one"},
	{plan.Fail, workflows.Form{"comment": "sold nothing"}, plan.StateFailed},
}

// Rules §5: the manager decides when a phase is not passed; while they are away the one above may as well, when they have left only that one.
// Mentor, hr, new hire, it and everybody else are refused (I3).
func TestWhoDecides_Rules5(t *testing.T) {
	yours := workflows.Error{Code: workflows.NotYours, Text: "plan.not_yours"}
	nothing := workflows.Error{Code: workflows.NotFound, Text: "plan.not_found"}
	for _, test := range []struct {
		name   string
		change func(r *run)
		may    []workflows.PersonID
		none   []workflows.PersonID // to whom there is no plan
	}{
		{"the manager is here", func(*run) {}, []workflows.PersonID{kai}, []workflows.PersonID{ada, tom, ivo, bob}},
		{"the manager is away", func(r *run) { r.away(kai, "2026-03-09", "2026-03-31") }, []workflows.PersonID{kai, wei},
			[]workflows.PersonID{ada, tom, ivo, bob}},
		{"the manager has left", func(r *run) { r.people[kai].Active = false }, []workflows.PersonID{wei}, []workflows.PersonID{kai, ada, tom, ivo, bob}},
		{"the manager is away, and nobody is above", func(r *run) { r.away(kai, "2026-03-09", "2026-03-31"); r.people[wei].Active = false },
			[]workflows.PersonID{kai}, []workflows.PersonID{wei, ada, tom, ivo, bob}},
	} {
		waits := deciding(t)
		test.change(waits)
		for _, by := range everybody {
			for _, d := range decisions {
				switch {
				case slices.Contains(test.may, by):
					r := deciding(t)
					test.change(r)
					r.press(by, d.event, d.form)
					r.state(d.state)
					if r.p.Phases[0].DecidedBy != by {
						t.Errorf("%s: decided by %d", test.name, r.p.Phases[0].DecidedBy)
					}
				case slices.Contains(test.none, by):
					waits.refused(by, d.event, d.form, nothing)
				default:
					waits.refused(by, d.event, d.form, yours)
				}
			}
		}
	}
}

// Nothing is decided where no decision is due, and nothing is signed or tried while one is.
func TestDecisionsInTheirTime(t *testing.T) {
	not := workflows.Error{Code: workflows.NotNow, Text: "plan.not_deciding"}
	for _, d := range decisions {
		inOne(t).refused(kai, d.event, d.form, not)
		begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09").refused(kai, d.event, d.form, not)
	}
	r := deciding(t)
	r.refused(lin, plan.SignOff, workflows.Form{"verdict": "yes"}, workflows.Error{Code: workflows.NotNow, Text: "plan.nothing_to_sign"})
	r.press(kai, plan.Pass, nil)
	r.refused(kai, plan.Pass, nil, not)
}

// To let the new hire go on passes the phase on that day, in spite of its gate; at the last gate it passes the plan.
func TestPass(t *testing.T) {
	r := deciding(t)
	r.now = at("2026-03-14 11:00")
	r.press(kai, plan.Pass, nil)
	r.state("two")
	if ph := r.p.Phases[0]; ph.PassedOn != on("2026-03-14") || ph.DecidedBy != kai || ph.Signed != 0 {
		t.Errorf("the phase is %+v", ph)
	}
	r.same("told that they go on", r.told("notice.plan_through"), nia, lin, mei)
	r.to("2026-03-16 18:00") // day 5 and the two days of the extension: a Sunday, so Monday
	r.state("two_decision")
	r.press(kai, plan.Pass, nil)
	r.state(plan.StatePassed)
	r.same("told that the plan is passed", r.told("notice.plan_passed"), nia, lin, mei)
	r.same("the new hire gets a card of it", r.cards(), nia)
	if len(r.dues(plan.DueSkip)) > 0 {
		t.Error("what is open of a plan that is passed stays")
	}
}

// Whoever is let go on after a while has some time for the next phase: its gate does not close in the moment in which it begins.
func TestNextPhaseDoesNotEndAsItBegins(t *testing.T) {
	r := deciding(t)
	r.to("2026-03-19 10:00") // phase two was laid out for the 14th and 15th
	r.press(kai, plan.Pass, nil)
	r.to("2026-03-19 12:00")
	r.state("two")
}

// An extension by the manager gives the phase its days from that day on, the tries of the test again, and pushes what follows; it can be given
// again and again.
func TestExtend(t *testing.T) {
	r := inOne(t)
	r.press(nia, plan.BeginTest, r.answers(3))
	r.to("2026-03-10 10:00")
	r.press(nia, plan.BeginTest, r.answers(3))
	r.to("2026-03-13 18:00")
	r.now = at("2026-03-14 11:00") // a Saturday
	r.press(kai, plan.Extend, nil)
	r.state("one")
	if ph := r.p.Phases[0]; ph.Rounds != 2 || ph.Extended != 5 || ph.DecidedBy != kai || !ph.PassedOn.IsZero() { // day 3 + 5 is Monday, the 16th
		t.Errorf("the phase is %+v", ph)
	}
	r.same("told of the extension", r.told("notice.plan_extended"), nia, lin, mei)
	r.to("2026-03-16 10:00")
	r.press(nia, plan.BeginTest, r.answers(3)) // a try of the new round
	r.to("2026-03-16 18:00")
	r.state("one_decision")
	r.press(kai, plan.Extend, nil)
	if ph := r.p.Phases[0]; ph.Rounds != 3 || ph.Extended != 7 {
		t.Errorf("the phase is %+v", ph)
	}
	r.to("2026-03-18 09:30")
	r.signOff(lin)
	r.passTest()
	r.state("two")
	r.to("2026-03-31 10:00")
	if g := r.given["two/review"]; g.Due != on("2026-03-20") { // day 5 + 7
		t.Errorf("the task of day 5 is due on %s", g.Due)
	}
	r = begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	r.to("2026-03-11 10:00")
	r.passTest()
	r.signOff(lin)
	r.to("2026-03-13 18:00")
	r.press(kai, plan.Extend, nil) // of a phase that the template extends by nothing: a day
	if ph := r.p.Phases[1]; ph.Extended != 1 {
		t.Errorf("the phase is %+v", ph)
	}
}

// Not passed needs a reason, which everybody of the plan reads; what is open is skipped, and nobody goes through it any more.
func TestFail(t *testing.T) {
	r := deciding(t)
	for _, comment := range []string{"", " \n", "\u200b"} {
		if err := r.try(kai, workflows.Act{Event: plan.Fail, Digest: r.p.Digest, Form: workflows.Form{"comment": comment}}); err == nil {
			t.Errorf("the reason %q will do", comment)
		}
	}
	r.press(kai, plan.Fail, workflows.Form{"comment": "sold nothing"})
	r.over(plan.StateFailed, "sold nothing")
	r.same("told that it is not passed", r.told("notice.plan_failed"), nia, lin, mei)
	for _, n := range r.o.Notices {
		if n.Args["Reason"] != "sold nothing" || n.Args["By"] != "Zhou Kai" {
			t.Errorf("the notice says %v", n.Args)
		}
	}
}

// over checks a plan that has ended otherwise than passed: its tasks are skipped, and nothing can be done to it any more.
func (r *run) over(state workflows.State, reason string) {
	r.t.Helper()
	r.state(state)
	if r.p.Reason != reason || r.p.EndedOn != workflows.DateOf(r.now) || len(r.dues(plan.DueSkip)) != 1 || len(r.dues(plan.DueTick)) > 0 {
		r.t.Errorf("reason %q, ended on %s, due %+v", r.p.Reason, r.p.EndedOn, r.o.Due)
	}
	r.ended()
}

// ended checks that nothing can be done to a plan any more, but that the new hire may answer what they were asked.
func (r *run) ended() {
	r.t.Helper()
	over := workflows.Error{Code: workflows.NotNow, Text: "plan.over"}
	for _, event := range plan.Events() {
		if event == plan.Feedback {
			continue
		}
		for _, by := range []workflows.PersonID{nia, lin, kai, mei} {
			if r.people[by].Active {
				r.refused(by, event, workflows.Form{"comment": "again", "verdict": "yes"}, over)
			}
		}
	}
	for _, event := range []workflows.Event{plan.Tick, plan.Relieve} {
		r.refused(clock, event, nil, over)
	}
}

// Rules §7: hr may close a plan early, at any time and with a reason; nobody else may. Nothing is said of the new hire.
func TestClose_Rules7(t *testing.T) {
	why := workflows.Form{"comment": "she moves to another team"}
	for _, began := range []func() *run{
		func() *run { return begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09") },
		func() *run { return inOne(t) },
		func() *run { return deciding(t) },
	} {
		waits := began()
		for _, by := range everybody {
			switch by {
			case mei, han:
				r := began()
				r.refused(by, plan.Close, workflows.Form{"comment": " "}, workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "comment"})
				r.press(by, plan.Close, why)
				told := []workflows.PersonID{kai, nia, lin}
				if by == han {
					told = append(told, mei)
				}
				r.same("told that it is closed", r.told("notice.plan_closed"), told...)
				r.over(plan.StateClosed, "she moves to another team")
			case ada, tom, ivo, bob:
				waits.refused(by, plan.Close, why, workflows.Error{Code: workflows.NotFound, Text: "plan.not_found"})
			default:
				waits.refused(by, plan.Close, why, workflows.Error{Code: workflows.NotYours, Text: "plan.not_yours"})
			}
		}
	}
}

// A plan that is passed ends as such: its open tasks stay, and nothing can be done to it any more.
func TestPassedPlan(t *testing.T) {
	r := inOne(t)
	r.passTest()
	r.signOff(lin)
	r.to("2026-03-13 10:00")
	r.signOff(kai)
	r.state(plan.StatePassed)
	r.same("told that the plan is passed", r.told("notice.plan_passed"), nia, lin, mei)
	if len(r.dues(plan.DueSkip)) > 0 || r.p.EndedOn != on("2026-03-13") || r.p.Reason != "" {
		t.Errorf("due %+v, ended on %s", r.o.Due, r.p.EndedOn)
	}
	r.ended()
}

// The manager is reminded each working morning, from the third on hr is told too.
func TestManagerIsRemindedToDecide(t *testing.T) {
	r := deciding(t) // a Friday evening
	for _, want := range []struct {
		at string
		hr bool
	}{{"2026-03-16 09:00", false}, {"2026-03-17 09:00", false}, {"2026-03-18 09:00", true}, {"2026-03-19 09:00", true}} {
		r.sent = nil
		r.to(want.at)
		r.same(want.at+": reminded", to(r.sent, "notice.plan_decide"), kai)
		var hr []workflows.PersonID
		if want.hr {
			hr = append(hr, mei)
		}
		r.same(want.at+": hr is told", to(r.sent, "notice.plan_undecided"), hr...)
	}
	r.press(kai, plan.Extend, nil)
	r.sent = nil
	r.to("2026-03-20 12:00")
	r.same("reminded after that", to(r.sent, "notice.plan_decide"))
}

// I14: a decision waits for somebody who is there: while the manager is on leave, whoever decides in their place is reminded each working
// morning, and hr hears of it at last.
func TestWhoDecidesForTheManagerIsReminded_I14(t *testing.T) {
	r := inOne(t)
	r.to("2026-03-13 12:00")
	r.away(kai, "2026-03-13", "2026-04-03")
	r.to("2026-03-13 18:00")
	r.state("one_decision")
	r.same("asked", r.told("notice.plan_decide"), wei, kai)
	r.sent = nil
	r.to("2026-03-18 12:00")
	if n := len(slices.DeleteFunc(to(r.sent, "notice.plan_decide"), func(id workflows.PersonID) bool { return id != wei })); n != 3 {
		t.Errorf("by Wednesday Wei was reminded %d times, want 3", n)
	}
	r.same("hr is told", to(r.sent, "notice.plan_undecided"), mei)
}
