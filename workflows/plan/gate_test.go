package plan_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// Rules §5: what is there before a phase's last day passes it on the evening of that day, not before.
func TestGateOnTheEvening_Rules5(t *testing.T) {
	r := inOne(t)
	r.passTest()
	r.signOff(lin)
	r.state("one")
	r.to("2026-03-11 17:59")
	r.state("one")
	r.same("called to the gate", append(to(r.sent, "notice.plan_test_due"), to(r.sent, "notice.plan_sign_due")...))
	r.to("2026-03-11 18:00")
	r.state("two")
	r.same("told that the phase is passed", r.told("notice.plan_through"), kai, nia, lin, mei)
	if r.p.Phases[0].PassedOn != on("2026-03-11") || r.p.Phases[0].DecidedBy != 0 || r.p.Phases[0].Signed != lin {
		t.Errorf("the phase is %+v", r.p.Phases[0])
	}
}

// Rules §5: when the last of it comes on the last day after 09:00, the phase is passed at once.
func TestGateAtOnce_Rules5(t *testing.T) {
	for _, test := range []struct {
		name, at string
		state    workflows.State
	}{
		{"before the morning", "2026-03-11 08:59", "one"},
		{"in the morning", "2026-03-11 09:00", "two"},
		{"in the afternoon", "2026-03-11 17:00", "two"},
	} {
		r := inOne(t)
		r.passTest()
		r.to(test.at)
		r.signOff(lin)
		r.state(test.state)
		r = inOne(t)
		r.signOff(lin)
		r.to(test.at)
		r.passTest()
		r.state(test.state)
		r.to("2026-03-11 18:00")
		r.state("two")
	}
}

// On the morning of the last day those hear from whom something is missing, for as long as the phase lasts.
func TestGateIsCalled(t *testing.T) {
	for _, test := range []struct {
		name           string
		tested, signed bool
	}{{"nothing is there", false, false}, {"the test is passed", true, false}, {"it is signed off", false, true}} {
		r := inOne(t)
		if test.tested {
			r.passTest()
		}
		if test.signed {
			r.signOff(lin)
		}
		r.to("2026-03-11 08:59")
		r.sent = nil
		r.to("2026-03-11 12:00")
		var newcomer, mentor []workflows.PersonID
		if !test.tested {
			newcomer = append(newcomer, nia)
		}
		if !test.signed {
			mentor = append(mentor, lin)
		}
		r.same(test.name+": the test is due", to(r.sent, "notice.plan_test_due"), newcomer...)
		r.same(test.name+": the sign-off is due", to(r.sent, "notice.plan_sign_due"), mentor...)
		for _, n := range r.sent {
			if n.Text != "notice.plan_feedback" && n.While != "one" {
				t.Errorf("%s: %s holds while %q", test.name, n.Text, n.While)
			}
		}
	}
}

// Rules §5: what is missing extends the phase once, and what follows comes later by as many days; the second time the manager decides.
func TestExtendedOnceThenDecided_Rules5(t *testing.T) {
	r := inOne(t)
	r.signOff(lin)
	r.to("2026-03-11 18:00") // a Wednesday
	r.state("one")
	if ph := r.p.Phases[0]; ph.Extended != 2 || ph.Rounds != 1 || !ph.PassedOn.IsZero() {
		t.Errorf("the phase is %+v", ph)
	}
	r.same("told that it is extended", r.told("notice.plan_extended"), kai, nia, lin, mei)
	for _, n := range r.o.Notices {
		if n.Text == "notice.plan_extended" && (n.Args["Until"] != "2026-03-13" || n.Args["Tested"] != false || n.Args["Signed"] != true) {
			t.Errorf("the notice says %v", n.Args)
		}
	}
	if _, given := r.given["two/visit"]; given {
		t.Error("the task of day 4 is given out on the evening on which day 4 moved")
	}
	r.sent = nil
	r.to("2026-03-13 17:59")
	r.same("called to the gate again", to(r.sent, "notice.plan_test_due"), nia)
	r.same("who signed is not", to(r.sent, "notice.plan_sign_due"))
	revision := r.p.Revision
	r.to("2026-03-13 18:00")
	r.state("one_decision")
	if r.p.Revision != revision+1 || r.p.Phases[0].Extended != 2 {
		t.Errorf("revision %d after %d, extended by %d", r.p.Revision, revision, r.p.Phases[0].Extended)
	}
	r.same("the manager is asked", r.told("notice.plan_decide"), kai)
	r.same("by a card", r.cards(), kai)
	r.to("2026-03-16 10:00")
	if got, given := r.given["two/visit"]; given { // how it goes on, and when, is not known
		t.Errorf("the task of day 4 is given out, due on %s", got.Due)
	}
	if r.p.Asked[0] != 3 || len(r.p.Asked) != 2 { // day 5 + 2 is Sunday, the 15th
		t.Errorf("asked on %v", r.p.Asked)
	}
}

// Where the template extends by nothing, the manager decides at once.
func TestGateWithoutExtension(t *testing.T) {
	r := inOne(t)
	r.passTest()
	r.signOff(lin)
	r.to("2026-03-13 17:00")
	r.same("the manager signs", to(r.sent, "notice.plan_sign_due"), kai)
	r.to("2026-03-13 18:00")
	r.state("two_decision")
	if r.p.Phases[1].Rounds != 0 {
		t.Errorf("the phase is %+v", r.p.Phases[1])
	}
}

// A gate that asks for nothing is passed on the evening of its day.
func TestGateThatAsksForNothing(t *testing.T) {
	r := begin(t, newCompany("2026-03-04 10:00"), daily(3), "2026-03-09")
	r.to("2026-03-11 17:59")
	r.state("all")
	r.to("2026-03-11 18:00")
	r.state(plan.StatePassed)
}

// A gate on a day that is off is on the next working day, and its extension counts from the evening on which it was missed.
func TestGateOnADayOff(t *testing.T) {
	s := small()
	s.Template.Phases[0].To, s.Template.Phases[1].From, s.Template.Phases[1].To = 6, 7, 9 // day 6 is Saturday
	s.Template.Phases[1].Tasks, s.Template.Feedback = nil, nil
	r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
	r.to("2026-03-16 17:59")
	r.state("one")
	r.to("2026-03-16 18:00")
	if r.p.Phases[0].Rounds != 1 || r.p.Phases[0].Extended != 4 { // to Wednesday, the 18th
		t.Errorf("the phase is %+v", r.p.Phases[0])
	}
	r.to("2026-03-18 17:59")
	r.state("one")
	r.to("2026-03-18 18:00")
	r.state("one_decision")
}

// The mentor signs off; "not yet" needs a reason, which new hire and manager read, and "ready" may follow.
func TestSignOff(t *testing.T) {
	r := inOne(t)
	r.refused(lin, plan.SignOff, workflows.Form{"verdict": "no"}, workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "comment"})
	r.refused(lin, plan.SignOff, nil, workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "verdict"})
	r.refused(lin, plan.SignOff, workflows.Form{"verdict": "maybe"}, workflows.Error{Code: workflows.Invalid, Text: "field.choice", Field: "verdict"})
	r.press(lin, plan.SignOff, workflows.Form{"verdict": "no", "comment": "knows no prices"})
	ph := r.p.Phases[0]
	if ph.Refused != "knows no prices" || ph.Signed != 0 || r.o.Told.Args["Signed"] != false || r.o.Audit.Values.Comment != "knows no prices" {
		t.Errorf("the phase is %+v, told %v", ph, r.o.Told.Args)
	}
	r.same("told why not", r.told("notice.plan_refused"), kai, nia)
	for _, n := range r.o.Notices {
		if n.Args["Comment"] != "knows no prices" || n.Args["By"] != "Lin Lin" {
			t.Errorf("the notice says %v", n.Args)
		}
	}
	r.to("2026-03-10 10:00")
	r.signOff(lin)
	if ph = r.p.Phases[0]; ph.Refused != "" || ph.Signed != lin || !ph.SignedAt.Equal(r.now) || len(r.o.Notices) > 0 {
		t.Errorf("the phase is %+v, notices %v", ph, r.o.Notices)
	}
	r.refused(lin, plan.SignOff, workflows.Form{"verdict": "yes"}, workflows.Error{Code: workflows.NotNow, Text: "plan.nothing_to_sign"})
}

// I3: the phase is signed off by the mentor, or by the manager where the gate says so; by whoever stands in while they are away, and by
// nobody else. Both may, as long as the one who is away looks in.
func TestWhoSignsOff_I3(t *testing.T) {
	yours := workflows.Error{Code: workflows.NotYours, Text: "plan.not_yours"}
	yes := workflows.Form{"verdict": "yes"}
	r := inOne(t)
	for _, by := range []workflows.PersonID{nia, kai, wei, mei, han, ian} {
		r.refused(by, plan.SignOff, yes, yours)
	}
	r.passTest()
	r.signOff(lin)
	r.to("2026-03-12 10:00")
	r.state("two")
	for _, by := range []workflows.PersonID{nia, lin, wei, mei, han, ian} {
		r.refused(by, plan.SignOff, yes, yours)
	}
	r.signOff(kai)
	for _, by := range []workflows.PersonID{lin, kai} { // in phase one, while Lin is away
		r := inOne(t)
		r.away(lin, "2026-03-09", "2026-03-20")
		r.refused(wei, plan.SignOff, yes, yours)
		r.signOff(by)
		if r.p.Phases[0].Signed != by {
			t.Errorf("signed by %d", r.p.Phases[0].Signed)
		}
	}
	r = inOne(t)
	r.people[lin].Active = false
	r.refused(lin, plan.SignOff, yes, workflows.Error{Code: workflows.NotFound, Text: "plan.not_found"})
	r.signOff(kai)
}

// I4: what somebody presses holds for what they saw: when the plan has a new revision, nothing happens but that they hear so.
func TestStaleDigest_I4(t *testing.T) {
	changed := workflows.Error{Code: workflows.Changed, Text: "plan.changed"}
	stale := func(r *run, by workflows.PersonID, event workflows.Event, form workflows.Form, digest string) {
		t.Helper()
		refusal(t, r.try(by, workflows.Act{Event: event, Digest: digest, Form: form}), changed)
	}
	r := inOne(t)
	digest := r.p.Digest
	if digest == "" {
		t.Fatal("the revision has no digest")
	}
	yes := workflows.Form{"verdict": "yes"}
	stale(r, lin, plan.SignOff, yes, "")
	stale(r, lin, plan.SignOff, yes, "AAAAAAAAAAA")
	stale(r, nia, plan.BeginTest, r.answers(0), "")
	r.press(nia, plan.BeginTest, r.answers(3))
	stale(r, lin, plan.SignOff, yes, digest) // another score than the one she saw
	r.signOff(lin)
	r = deciding(t)
	for _, event := range []workflows.Event{plan.Pass, plan.Extend, plan.Fail} {
		stale(r, kai, event, workflows.Form{"comment": "no"}, digest)
	}
	digest = r.p.Digest
	r.press(kai, plan.Extend, nil)
	r.to("2026-03-31 10:00")
	r.state("one_decision") // again, and he decides on what he sees now
	stale(r, kai, plan.Pass, nil, digest)
	// What depends on nothing that was seen needs no digest.
	if err := r.try(nia, workflows.Act{Event: plan.Feedback, Form: workflows.Form{"rating": "4"}}); err != nil {
		t.Error(err)
	}
	if err := r.try(mei, workflows.Act{Event: plan.Close, Form: workflows.Form{"comment": "moved on"}}); err != nil {
		t.Error(err)
	}
}
