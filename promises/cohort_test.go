package promises

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/task"
)

// A small plan: two phases of five days, with three tasks each; a test ends the first, the mentor both.
const smallPlan = `
onboarding:
  route: [{name: manager, approvers: ["field:manager"], mode: any_of}]
  templates:
    - code: small
      name: {en: Small, zh: 小}
      feedback: [3]
      phases:
        - code: learn
          name: {en: Learn, zh: 学}
          from: 1
          to: 5
          tasks:
            - {code: a, day: 1, owner: newcomer, title: {en: A, zh: 一}}
            - {code: b, day: 2, owner: newcomer, title: {en: B, zh: 二}}
            - {code: c, day: 3, owner: newcomer, title: {en: C, zh: 三}}
          gate: {test: sums, sign_off: mentor, extend: 3}
        - code: work
          name: {en: Work, zh: 做}
          from: 6
          to: 10
          tasks:
            - {code: d, day: 6, owner: newcomer, title: {en: D, zh: 四}}
            - {code: e, day: 7, owner: newcomer, title: {en: E, zh: 五}}
            - {code: f, day: 8, owner: newcomer, title: {en: F, zh: 六}}
          gate: {sign_off: mentor}
  tests:
    - code: sums
      name: {en: Sums, zh: 加法}
      pass: 100
      draw: 1
      attempts: 1
      wait: 0
      questions: [{ask: {en: One and one, zh: 一加一}, number: 2}]
`

// hire is one of the simulated new hires, with what is planted.
type hire struct {
	no     string
	start  workflows.Date
	passes bool // else the test goes wrong twice, and the manager says no
	late   int  // how many of the three tasks of the second phase are done two days late
	asked  bool
}

const (
	planted    = 60 // of a hundred who begin in the first half of the year pass, and of those of the second
	later      = 85
	yearOfDays = 365
)

// plant gives the new hires of a year, one after the other: a few in every run of the tests, 200 where make year asks for them.
func plant(t *testing.T, first workflows.Date) []*hire {
	t.Helper()
	hires := 40
	if given := os.Getenv("NOD_HIRES"); given != "" {
		var err error
		if hires, err = strconv.Atoi(given); err != nil {
			t.Fatal(err)
		}
	}
	var list []*hire
	for i := range hires {
		h := &hire{no: fmt.Sprintf("n%03d", i), start: first.AddDays(i * yearOfDays / hires), late: i % 4}
		rate := planted
		if i >= hires/2 {
			rate = later
		}
		h.passes = i*rate%100 < rate // spread evenly: of each hundred in a row so many
		list = append(list, h)
	}
	return list
}

// A year of new hires, each a plan with its tasks, tests and gates, lived through by the clock: the pass rate of each month and where they
// were late come out as planted, and the audit replays to all of it (I5).
func TestCohortsComeOutAsPlanted(t *testing.T) {
	t.Parallel()
	c := openWith(t, func(*policy.Policy) rules {
		p, err := policy.Load("small", []byte(smallPlan))
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
	first := workflows.Date{Year: 2027, Month: time.January, Day: 1}
	list := plant(t, first)
	for _, h := range list {
		c.exec(`INSERT INTO people (employee_no, name, manager_id, timezone, roles)
			SELECT $1, 'New ' || $1, id, 'UTC', '{sales}' FROM people WHERE employee_no = 'zhou'`, h.no)
		c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
			SELECT 'person', id, 'memory', 'test', employee_no, now() FROM people WHERE employee_no = $1`, h.no)
	}
	s := &season{company: c, hires: list, byID: map[workflows.PersonID]*hire{}}
	for _, h := range list {
		p, err := c.store.PersonByNo(t.Context(), h.no)
		c.must(err)
		s.byID[p.ID] = h
	}
	for day := first.AddDays(-1); day.Before(first.AddDays(yearOfDays + 40)); day = day.AddDays(1) {
		s.live(day)
	}

	var months []workflows.Date
	for m := range 12 {
		months = append(months, first.FirstOfMonth(m))
	}
	runs, err := c.store.Runs(t.Context(), 0, true, first, first.FirstOfMonth(12), first.AddDays(yearOfDays+40))
	c.must(err)
	want := make([]string, 12)
	have := make([]string, 12)
	for i, m := range months {
		var passed, failed, late, tasks int
		for _, h := range list {
			if h.start.FirstOfMonth(0) != m {
				continue
			}
			if h.passes {
				passed, late, tasks = passed+1, late+h.late, tasks+3
			} else {
				failed++
			}
		}
		want[i] = fmt.Sprintf("%s: %d passed, %d failed, %d of %d late", m, passed, failed, late, tasks)
	}
	through := slices.DeleteFunc(slices.Clone(runs), func(r plan.Run) bool { return r.State != plan.StatePassed })
	for i, cohort := range plan.Cohorts(runs, months) {
		work := plan.Cohorts(through, months)[i].Phases[1] // what the others were given of it before their gate closed counts for nothing here
		if learn := cohort.Phases[0]; learn.Late != 0 || learn.Extended != cohort.Failed || learn.Reached != cohort.Began() {
			t.Errorf("%s: %+v", cohort.Month, learn)
		}
		have[i] = fmt.Sprintf("%s: %d passed, %d failed, %d of %d late", cohort.Month, cohort.Passed, cohort.Failed, work.Late, work.Tasks)
		if cohort.UnderWay+cohort.Ended != 0 || len(cohort.Ratings) != 0 {
			t.Errorf("%+v", cohort)
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-planted +come out):\n%s", diff)
	}
	for half, rate := range map[int]int{0: planted, 6: later} {
		passed, over := 0, 0
		for _, cohort := range plan.Cohorts(runs, months)[half : half+6] {
			passed, over = passed+cohort.Passed, over+cohort.Over()
		}
		if got := passed * 100 / over; got < rate-5 || got > rate+5 { // of few hires one more or less is that much
			t.Errorf("from month %d on %d %% pass, planted are %d %%", half+1, got, rate)
		}
	}
	if open := value[int](c, "SELECT count(*) FROM tasks WHERE open"); open != 0 {
		t.Errorf("%d tasks are open", open)
	}
}

// season is a year being lived through.
type season struct {
	*company
	hires []*hire
	byID  map[workflows.PersonID]*hire
	n     int // of causes
}

func (s *season) cause(who string) workflows.Cause {
	s.n++
	return workflows.Cause{ChatUser: user(who), Key: fmt.Sprint("season ", s.n)}
}

// live has everybody do on a day what they are planted to do: in the evening, when the clock has done its part.
func (s *season) live(day workflows.Date) {
	s.Helper()
	s.at(day.At(9*60+1, time.UTC)) // gates are called
	s.fire()
	s.work(day)
	s.at(day.At(18*60+1, time.UTC)) // gates close, tomorrow's tasks are given out
	s.fire()
	for _, h := range s.hires {
		if !h.asked && h.start.AddDays(-1) == day {
			h.asked = true
			s.begin(h)
		}
	}
	s.fire()
}

// fire does all that is due; nothing of it is sent.
func (s *season) fire() {
	s.Helper()
	for range 6 {
		_, _, err := s.engine.Tick(s.Context())
		s.must(err)
		if value[int](s.company, "SELECT count(*) FROM due WHERE at <= $1", s.engine.Now()) == 0 {
			return
		}
	}
	s.Fatalf("at %v something stays due", s.engine.Now())
}

func (s *season) begin(h *hire) {
	s.Helper()
	hana, err := s.store.PersonByNo(s.Context(), "hana")
	s.must(err)
	form := workflows.Form{"newcomer": h.no, "mentor": "tom", "manager": "zhou", "start": h.start.String(), "template": "small"}
	answer, err := s.engine.Submit(s.Context(), s.cause("hana"), "onboarding", hana, form)
	s.must(err)
	r, err := s.store.Request(s.Context(), answer.ID)
	s.must(err)
	_, err = s.engine.Act(s.Context(), s.cause("zhou"), answer.ID, workflows.Act{Event: approval.Approve, Digest: r.Digest,
		Seen: &workflows.Shown{Revision: 1, Facts: []byte("[]")}})
	s.must(err)
}

// work does the tasks that are due, takes tests, signs off, and decides.
func (s *season) work(day workflows.Date) {
	s.Helper()
	type open struct {
		id    workflows.SubjectID
		owner workflows.PersonID
		item  string
		due   string
	}
	var todo []open
	rows, err := s.look.Query(s.Context(), "SELECT id::text, owner_id, body #>> '{source,item}', due_on FROM tasks WHERE open AND due_on <= $1", day.String())
	s.must(err)
	for rows.Next() {
		var o open
		s.must(rows.Scan(&o.id, &o.owner, &o.item, &o.due))
		todo = append(todo, o)
	}
	s.must(rows.Err())
	for _, o := range todo {
		h := s.byID[o.owner]
		due, err := workflows.ParseDate(o.due)
		s.must(err)
		if i := slices.Index([]string{"d", "e", "f"}, o.item); i >= 0 && i < h.late {
			due = due.AddDays(2)
		}
		if day.Before(due) {
			continue
		}
		_, err = s.engine.Tasks.Act(s.Context(), s.cause(h.no), o.id, workflows.Act{Event: task.Done})
		s.must(err)
	}
	var plans []workflows.SubjectID
	rows, err = s.look.Query(s.Context(), "SELECT id::text FROM plans WHERE open")
	s.must(err)
	for rows.Next() {
		var id workflows.SubjectID
		s.must(rows.Scan(&id))
		plans = append(plans, id)
	}
	s.must(rows.Err())
	for _, id := range plans {
		s.goOn(id, day)
	}
}

// goOn has a plan's people do their part of it.
func (s *season) goOn(id workflows.SubjectID, day workflows.Date) {
	s.Helper()
	p, _, err := s.store.Plan(s.Context(), id, nil, workflows.Wants{}, s.engine.Now())
	s.must(err)
	h := s.byID[p.Newcomer]
	press := func(who string, event workflows.Event, form workflows.Form) {
		s.Helper()
		_, err := s.engine.Plans.Act(s.Context(), s.cause(who), id, workflows.Act{Event: event, Digest: p.Digest, Form: form})
		s.must(err)
	}
	i := slices.IndexFunc(p.Phases, func(ph plan.Progress) bool { return ph.Code == string(p.State) })
	switch {
	case p.State == "learn_decision":
		press("zhou", plan.Fail, workflows.Form{"comment": "not yet"})
	case i < 0 || p.Day(day) < 4: // nobody is in a hurry
	case p.State == "learn" && len(p.Phases[0].Attempts) == p.Phases[0].Rounds:
		press(h.no, plan.BeginTest, workflows.Form{"q1": map[bool]string{true: "2", false: "3"}[h.passes]})
	case p.Phases[i].Signed == 0:
		press("tom", plan.SignOff, workflows.Form{"verdict": "yes"})
	}
}
