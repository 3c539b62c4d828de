package plan_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// I14: whoever leads takes the place of a mentor or manager who has left, gets a card, and everybody of the plan is told.
func TestMentorOrManagerLeaves_I14(t *testing.T) {
	for _, test := range []struct {
		name            string
		left            []workflows.PersonID
		mentor, manager workflows.PersonID
		cards, told     []workflows.PersonID
	}{
		{"the mentor", []workflows.PersonID{lin}, kai, kai, []workflows.PersonID{kai}, []workflows.PersonID{kai, nia, mei}},
		{"the manager", []workflows.PersonID{kai}, lin, wei, []workflows.PersonID{wei}, []workflows.PersonID{wei, nia, lin, mei}},
		{"both", []workflows.PersonID{lin, kai}, wei, wei, []workflows.PersonID{wei}, []workflows.PersonID{wei, nia, mei}},
		{"the manager and all above", []workflows.PersonID{kai, wei}, lin, mei, []workflows.PersonID{mei}, []workflows.PersonID{nia, lin, mei}},
		{"and hr", []workflows.PersonID{kai, wei, mei, han}, lin, ada, []workflows.PersonID{ada}, []workflows.PersonID{nia, lin, ada}},
	} {
		r := inOne(t)
		for _, id := range test.left {
			r.people[id].Active = false
		}
		if err := r.try(clock, workflows.Act{Event: plan.Relieve}); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		r.state("one")
		if r.p.Mentor != test.mentor || r.p.Manager != test.manager {
			t.Errorf("%s: the mentor is %d, the manager %d", test.name, r.p.Mentor, r.p.Manager)
		}
		r.same(test.name+": cards", r.cards(), test.cards...)
		r.same(test.name+": told", r.told("notice.plan_relieved"), test.told...)
		refusal(t, r.try(clock, workflows.Act{Event: plan.Relieve}), workflows.Error{Code: workflows.NotNow, Text: "plan.over"}) // once
	}
}

// The new manager decides, the new mentor signs, and the plan goes on.
func TestPlanGoesOnWithOthers(t *testing.T) {
	r := deciding(t)
	r.people[kai].Active = false
	if err := r.try(clock, workflows.Act{Event: plan.Relieve}); err != nil {
		t.Fatal(err)
	}
	r.state("one_decision")
	r.sent = nil
	r.to("2026-03-16 09:00")
	r.same("reminded", to(r.sent, "notice.plan_decide"), wei)
	r.press(wei, plan.Extend, nil)
	r.people[lin].Active = false
	if err := r.try(clock, workflows.Act{Event: plan.Relieve}); err != nil {
		t.Fatal(err)
	}
	r.signOff(wei)
	r.passTest()
	r.to("2026-03-18 18:00")
	r.state("two")
	r.to("2026-03-20 12:00")
	r.signOff(wei)
	r.to("2026-03-31 12:00")
	r.state(plan.StatePassed)
}

// A new hire who has left goes through nothing: the plan is closed, and everybody else of it is told.
func TestNewHireLeaves(t *testing.T) {
	for _, r := range []*run{begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09"), inOne(t), deciding(t)} {
		r.people[nia].Active = false
		if err := r.try(clock, workflows.Act{Event: plan.Relieve}); err != nil {
			t.Fatal(err)
		}
		r.same("told that the new hire has left", r.told("notice.plan_left"), kai, lin, mei)
		r.over(plan.StateClosed, "")
	}
}

// A phase that is over before the leaver's plan is closed gives them no card.
func TestNewHireWhoHasLeftGetsNoCard(t *testing.T) {
	s := small()
	for i := range s.Template.Phases {
		s.Template.Phases[i].Gate = plan.Gate{}
	}
	s.Tests = nil
	r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
	r.people[nia].Active = false
	for r.p.Open() {
		r.now = r.next
		r.tick() // which looks at whom its cards go to
	}
}

// As long as everybody of the plan is here there is nothing to relieve; who is away keeps their place.
func TestNothingToRelieve(t *testing.T) {
	r := inOne(t)
	r.away(kai, "2026-03-09", "2026-03-20")
	r.away(lin, "2026-03-09", "2026-03-20")
	r.people[tom].Active = false
	r.refused(clock, plan.Relieve, nil, workflows.Error{Code: workflows.NotNow, Text: "plan.over"})
	if r.p.Mentor != lin || r.p.Manager != kai {
		t.Errorf("the mentor is %d, the manager %d", r.p.Mentor, r.p.Manager)
	}
}
