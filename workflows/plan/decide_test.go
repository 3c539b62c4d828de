package plan_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// What is neither a press nor the clock's is an error for the operator, and changes nothing.
func TestUnknownEvent(t *testing.T) {
	r := inOne(t)
	for _, event := range []workflows.Event{"", "approve", "through", "again", "undecided", "start", plan.Begin} {
		for _, by := range []workflows.PersonID{kai, clock} {
			if err := r.try(by, workflows.Act{Event: event, Digest: r.p.Digest}); err == nil {
				t.Errorf("%d does %q", by, event)
			}
		}
	}
	if _, err := r.s.Asking(r.p, plan.Pass, r.actor(kai), r.facts(kai)); err == nil {
		t.Error("pass brings nothing, and a form opens")
	}
}

// A clock presses nothing that is a person's.
func TestClockPressesNothing_I3(t *testing.T) {
	for _, r := range []*run{inOne(t), deciding(t)} {
		for _, event := range plan.Events() {
			r.refused(clock, event, workflows.Form{"comment": "x", "verdict": "yes", "rating": "5"}, workflows.Error{Code: workflows.NotFound, Text: "plan.not_found"})
		}
	}
}

// The events that people press are those of the contract, in the order of their buttons.
func TestEvents(t *testing.T) {
	want := []workflows.Event{plan.BeginTest, plan.SignOff, plan.Feedback, plan.Pass, plan.Extend, plan.Fail, plan.Close}
	if got := plan.Events(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// Somebody goes through one plan at a time: each claims the same key as long as it is open.
func TestClaim(t *testing.T) {
	var keys []string
	for _, start := range []string{"2026-03-09", "2026-06-01"} {
		r := begin(t, newCompany("2026-03-04 10:00"), small(), start)
		keys = append(keys, r.o.Claims...)
	}
	if want := plan.Claim("E003"); !slices.Equal(keys, []string{want, want}) || plan.Claim("E004") == want {
		t.Errorf("two plans of Nia claim %v; somebody else's claims %q", keys, plan.Claim("E004"))
	}
}

// Whatever is pressed and fires, in whatever order and by whom, of whatever template: nothing panics, a refusal changes nothing, the audit always
// tells the plan (I5), phases are passed in their order and never taken back, nothing is given out or asked twice, the clock never stops before
// the end and never stands still, and what is offered is what is not refused. commit checks most of it.
func TestAnyOrderOfEvents_I5(t *testing.T) {
	events := append(plan.Events(), plan.Relieve)
	rapid.Check(t, func(rt *rapid.T) {
		s := small()
		if rapid.Bool().Draw(rt, "any script") {
			s = anyScript(rt)
		}
		c := newCompany("2026-09-14 10:00")
		r := begin(rt, c, s, on("2026-09-10").AddDays(rapid.IntRange(0, 25).Draw(rt, "start")).String())
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "happens") {
			case 0, 1, 2, 3:
				if r.next.IsZero() {
					return
				}
				if r.next.After(r.now) {
					r.now = r.next
				}
				r.tick()
			case 4:
				r.now = r.now.AddDate(0, 0, rapid.IntRange(0, 20).Draw(rt, "days"))
				if r.p.Open() {
					r.tick()
				}
			case 5:
				id := rapid.SampledFrom(everybody).Draw(rt, "leaves or comes")
				if id != nia || rapid.IntRange(0, 9).Draw(rt, "the new hire") == 0 {
					r.people[id].Active = !r.people[id].Active
				}
			case 6:
				id := rapid.SampledFrom(everybody).Draw(rt, "goes or comes back")
				r.people[id].Away = !r.people[id].Away
			default:
				r.random(rt, events)
			}
		}
	})
}

// random has somebody press something, as likely something that they are offered.
func (r *run) random(t *rapid.T, events []workflows.Event) {
	by := rapid.SampledFrom(everybody).Draw(t, "by")
	event := rapid.SampledFrom(events).Draw(t, "event")
	v, _ := r.s.View(r.p, r.actor(by), r.facts(by))
	if o := offered(v); len(o) > 0 && rapid.IntRange(0, 3).Draw(t, "offered") > 0 {
		event = rapid.SampledFrom(o).Draw(t, "button")
	}
	form := workflows.Form{
		"verdict": rapid.SampledFrom([]string{"yes", "yes", "no", ""}).Draw(t, "verdict"),
		"comment": rapid.SampledFrom([]string{"", "because"}).Draw(t, "comment"),
		"rating":  rapid.SampledFrom([]string{"", "1", "5", "9"}).Draw(t, "rating"),
	}
	if event == plan.BeginTest && by == nia {
		if _, err := r.s.Asking(r.p, event, r.actor(by), r.facts(by)); err == nil {
			form = r.answers(rapid.IntRange(0, 3).Draw(t, "wrong"))
		}
	}
	digest := r.p.Digest
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		digest = "AAAAAAAAAAA"
	}
	if event == plan.Relieve {
		by = clock
	}
	err := r.try(by, workflows.Act{Event: event, Digest: digest, Form: form})
	if err == nil && by != clock && !slices.Contains(offered(v), event) {
		t.Errorf("%s by %d is done, and was not offered", event, by)
	}
}
