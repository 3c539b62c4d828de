package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// The new hire is asked on the mornings that the template says, once each, and answers each once; hr reads it, and nobody else.
func TestFeedback(t *testing.T) {
	none := workflows.Error{Code: workflows.NotNow, Text: "plan.not_asked"}
	answer := workflows.Form{"rating": "4", "words": "more time\nwith customers"}
	r := inOne(t)
	r.refused(nia, plan.Feedback, answer, none)
	r.to("2026-03-11 08:59")
	r.refused(nia, plan.Feedback, answer, none)
	r.to("2026-03-11 09:00")
	r.same("asked", r.told("notice.plan_feedback"), nia)
	for _, by := range []workflows.PersonID{lin, kai, wei, mei, ian} {
		r.refused(by, plan.Feedback, answer, workflows.Error{Code: workflows.NotYours, Text: "plan.not_yours"})
	}
	r.refused(nia, plan.Feedback, workflows.Form{"words": "well"}, workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "rating"})
	r.refused(nia, plan.Feedback, workflows.Form{"rating": "6"}, workflows.Error{Code: workflows.Invalid, Text: "field.choice", Field: "rating"})
	r.press(nia, plan.Feedback, answer)
	r.same("hr reads it", r.told("notice.plan_answered"), mei)
	if len(r.o.Notices) != 1 || len(r.o.Cards) > 0 {
		t.Errorf("notices %+v, cards %v", r.o.Notices, r.o.Cards)
	}
	r.refused(nia, plan.Feedback, answer, none)
	r.to("2026-03-16 10:00") // day 5 and the two days of the extension: a Sunday, so Monday
	r.press(nia, plan.Feedback, workflows.Form{"rating": "2"})
	r.refused(nia, plan.Feedback, answer, none)
	want := []plan.Answer{{Day: 3, Rating: 4, Words: "more time\nwith customers"}, {Day: 5, Rating: 2}}
	if diff := cmp.Diff(want, r.p.Feedback); diff != "" {
		t.Errorf("the answers are (-want +got):\n%s", diff)
	}
	r.same("asked in all", to(r.sent, "notice.plan_feedback"), nia, nia)
}

// Who was asked twice and has not answered answers the latest first, then the one before. Where no one of hr asked for
// the plan, the first of hr reads it.
func TestFeedbackThatIsLate(t *testing.T) {
	c := newCompany("2026-03-04 10:00")
	p := planned("2026-03-09")
	p.By = wei // no hr: then the first of hr reads it
	r := beginAs(t, c, small(), p)
	r.to("2026-03-16 10:00")
	if !slices.Equal(r.p.Asked, []int{3, 5}) {
		t.Fatalf("asked on %v", r.p.Asked)
	}
	for _, day := range []int{5, 3} {
		r.press(nia, plan.Feedback, workflows.Form{"rating": "5"})
		if got := r.p.Feedback[len(r.p.Feedback)-1].Day; got != day {
			t.Errorf("the answer is to day %d, want %d", got, day)
		}
		r.same("hr reads it", r.told("notice.plan_answered"), mei)
	}
	r.refused(nia, plan.Feedback, workflows.Form{"rating": "5"}, workflows.Error{Code: workflows.NotNow, Text: "plan.not_asked"})
}

// What the new hire was asked before the end they may answer after it, once; that changes nothing else of the plan.
func TestFeedbackAfterTheEnd(t *testing.T) {
	for _, end := range []func(r *run){
		func(r *run) {
			r.passTest()
			r.signOff(lin)
			r.to("2026-03-13 10:00") // the last day, on which she is asked for the second time
			r.signOff(kai)
			r.state(plan.StatePassed)
		},
		func(r *run) {
			r.to("2026-03-13 10:00")
			r.press(mei, plan.Close, workflows.Form{"comment": "moved on"})
		},
	} {
		r := inOne(t)
		end(r)
		asked := len(r.p.Asked)
		if asked == 0 {
			t.Fatal("nothing was asked")
		}
		r.now = at("2026-03-20 10:00")
		for range asked {
			r.press(nia, plan.Feedback, workflows.Form{"rating": "4"})
			r.same("hr reads it", r.told("notice.plan_answered"), mei)
		}
		r.refused(nia, plan.Feedback, workflows.Form{"rating": "4"}, workflows.Error{Code: workflows.NotNow, Text: "plan.not_asked"})
		if got := offered(r.view(nia)); len(got) > 0 {
			t.Errorf("offered is %v", got)
		}
	}
}

// I6: what is to be skipped when a plan ends is not forgotten because the new hire answers at that moment: to settle the plan takes away what is
// still to be done for it.
func TestAnswerAfterTheEndForgetsNothing_I6(t *testing.T) {
	r := inOne(t)
	r.to("2026-03-11 10:00")
	r.press(mei, plan.Close, workflows.Form{"comment": "moved on"})
	if len(r.dues(plan.DueSkip)) != 1 {
		t.Fatalf("due %+v", r.o.Due)
	}
	r.press(nia, plan.Feedback, workflows.Form{"rating": "4"}) // before the clock has fired
	if r.o.Settled && len(r.dues(plan.DueSkip)) == 0 {
		t.Error("the answer settles the plan, and with it goes the due item that skips its tasks")
	}
}

// What the new hire answers stands on the cards of hr alone: not on those of mentor, manager, whoever is above, it, nor whoever asked for
// the plan without being of hr.
func TestOnlyHRReadsFeedback(t *testing.T) {
	for _, asker := range []workflows.PersonID{mei, kai, wei, ivo} {
		p := planned("2026-03-09")
		p.By = asker
		r := beginAs(t, newCompany("2026-03-04 10:00"), small(), p)
		r.to("2026-03-11 10:00")
		r.press(nia, plan.Feedback, workflows.Form{"rating": "1", "words": "nobody has time for me"})
		for _, by := range everybody {
			v, ok := r.s.View(r.p, r.actor(by), r.facts(by))
			reads := slices.ContainsFunc(v.Rows, func(row workflows.Row) bool {
				return row.Label == "plan.label.feedback" || row.Args["Words"] == "nobody has time for me"
			})
			if hr := r.people[by].Has("hr"); ok && reads != hr || hr && !ok {
				t.Errorf("asked for by %d: %d sees the plan %v as %q, and reads the answer %v", asker, by, ok, v.Relation, reads)
			}
		}
	}
}
