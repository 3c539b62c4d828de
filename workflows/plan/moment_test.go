package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// daily is a script of one phase that passes by itself, with a task on each day from -9 on.
func daily(last int) plan.Script {
	s := plan.Script{Template: plan.Template{Code: "daily", Name: words("Daily"), Phases: []plan.Phase{{Code: "all", Name: words("All"), From: 1, To: last}}}}
	for day := -9; day <= last; day++ {
		item := plan.Item{Code: fmt.Sprintf("d%d", day+100), Day: day, Owner: plan.Newcomer, Title: words("Do")}
		if day < 1 {
			s.Template.Before = append(s.Template.Before, item)
		} else {
			s.Template.Phases[0].Tasks = append(s.Template.Phases[0].Tasks, item)
		}
	}
	return s
}

// due tells on which days the tasks of a daily script were due.
func (r *run) due() map[int]string {
	got := map[int]string{}
	for _, g := range r.tasks {
		var day int
		if _, err := fmt.Sscanf(g.Item, "d%d", &day); err != nil {
			r.t.Fatal(err)
		}
		got[day-100] = g.Due.String()
	}
	return got
}

// Rules §7, onboarding: day N is calendar day N, moved to the next working day of the new hire's calendar, and later days are not pushed by
// that. What is to be ready before day 1 is due on the working day before. Over China's national day, with its make-up workdays.
func TestDaysOverHolidays_Rules7(t *testing.T) {
	r := begin(t, newCompany("2026-09-01 10:00"), daily(16), "2026-09-28")
	r.to("2026-10-31 10:00")
	r.state(plan.StatePassed)
	want := map[int]string{
		-9: "2026-09-18",                                                       // a Friday
		-8: "2026-09-18",                                                       // a Saturday
		-7: "2026-09-20",                                                       // a Sunday that is worked
		-6: "2026-09-21", -5: "2026-09-22", -4: "2026-09-23", -3: "2026-09-24", //
		-2: "2026-09-24", -1: "2026-09-24", 0: "2026-09-24", // Mid-Autumn Festival, off from 25 to 27
		1: "2026-09-28", 2: "2026-09-29", 3: "2026-09-30", //
		4: "2026-10-08", 5: "2026-10-08", 6: "2026-10-08", 7: "2026-10-08", // National Day, off from 1 to 7
		8: "2026-10-08", 9: "2026-10-08", 10: "2026-10-08", 11: "2026-10-08", // which is day 11
		12: "2026-10-09", 13: "2026-10-10", 14: "2026-10-12", 15: "2026-10-12", 16: "2026-10-13", // a Saturday that is worked, and a Sunday
	}
	if diff := cmp.Diff(want, r.due()); diff != "" {
		t.Errorf("tasks are due on other days (-want +got):\n%s", diff)
	}
	if got := r.p.Phases[0].PassedOn; got != on("2026-10-13") {
		t.Errorf("passed on %s", got)
	}
}

// The calendar is the new hire's: in a country without those holidays, and for whoever works another week, days stay where they are. Their
// leave moves nothing.
func TestDaysOfAnotherCalendar(t *testing.T) {
	c := newCompany("2026-09-01 10:00")
	c.people[nia].Country = "US"
	r := begin(t, c, daily(8), "2026-09-28")
	r.to("2026-10-31 10:00")
	got := r.due()
	for day, want := range map[int]string{-7: "2026-09-18", 0: "2026-09-25", 1: "2026-09-28", 4: "2026-10-01", 6: "2026-10-05", 8: "2026-10-05"} {
		if got[day] != want {
			t.Errorf("day %d is %s, want %s", day, got[day], want)
		}
	}
	c = newCompany("2026-03-01 10:00")
	c.away(nia, "2026-03-10", "2026-03-12")
	r = begin(t, c, daily(4), "2026-03-09")
	r.to("2026-03-31 10:00")
	if got := r.due(); got[2] != "2026-03-10" || got[4] != "2026-03-12" {
		t.Errorf("leave moves days: %v", got)
	}
}

// A plan that is approved after its first day begins on the day of the approval, by the date at the new hire's place.
func TestPlanThatIsApprovedLate(t *testing.T) {
	r := begin(t, newCompany("2026-03-11 15:00"), small(), "2026-03-09")
	if r.p.Start != on("2026-03-11") || !r.next.Equal(r.now) {
		t.Errorf("it starts on %s, and its clock fires at %s", r.p.Start, r.next)
	}
	r.tick()
	r.state("one")
	c := newCompany("2026-03-11 15:00") // still the 10th in Samoa
	c.people[nia].Zone = "Pacific/Pago_Pago"
	if r = begin(t, c, small(), "2026-03-09"); r.p.Start != on("2026-03-10") {
		t.Errorf("in Samoa it starts on %s", r.p.Start)
	}
}

// Each item of the shipped plan is given out once, at 18:00 on the evening before the day on which it is due; the plan is passed on day 30.
func TestShippedPlanFromBeginningToEnd(t *testing.T) {
	r := begin(t, newCompany("2026-10-20 10:00"), shipped(), "2026-11-02") // a Monday; China has no holiday until the new year
	for _, gate := range []struct {
		at, state string
		signs     workflows.PersonID
		tested    bool
	}{
		{"2026-11-09 10:00", "product", lin, true}, // day 7 is a Sunday
		{"2026-11-16 10:00", "skills", lin, true},
		{"2026-11-23 10:00", "shadowing", lin, false},
		{"2026-12-01 10:00", "own", kai, true},
	} {
		r.to(gate.at)
		r.state(workflows.State(gate.state))
		if gate.tested {
			r.passTest()
		}
		r.signOff(gate.signs)
	}
	r.state(plan.StatePassed)
	if !r.next.IsZero() || r.p.EndedOn != on("2026-12-01") {
		t.Errorf("the clock fires at %s, ended on %s", r.next, r.p.EndedOn)
	}
	r.complete()
	days := map[string]int{}
	for _, item := range shipped().Template.Before {
		days["/"+item.Code] = item.Day
	}
	for _, ph := range shipped().Template.Phases {
		for _, item := range ph.Tasks {
			days[ph.Code+"/"+item.Code] = item.Day
		}
	}
	for key, day := range days {
		d, step := on("2026-11-02").AddDays(day-1), 1
		if day < 1 {
			step = -1
		}
		for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
			d = d.AddDays(step)
		}
		want := givenOut{At: d.AddDays(-1).At(18*60, workflows.Zone(shanghai)), Due: d}
		if got := r.given[key]; !got.At.Equal(want.At) || got.Due != want.Due {
			t.Errorf("%s was given out at %s, due %s; want %s, %s", key, got.At, got.Due, want.At, want.Due)
		}
	}
}

// complete checks that all of the script was given out; that nothing was twice is checked with each change.
func (r *run) complete() {
	r.t.Helper()
	want := items(r.s)
	if got := slices.Sorted(slices.Values(r.p.Given)); !slices.Equal(got, slices.Sorted(slices.Values(want))) || len(r.given) != len(want) {
		r.t.Errorf("%d items were given out, %d tasks, of %d", len(got), len(r.given), len(want))
	}
}

// I13: after three weeks of downtime all that fell due is done in one go, each thing once and in its order; nothing is due before it was given
// out, and a phase that was over gets its extension from now on.
func TestThreeWeeksOfDowntime_I13(t *testing.T) {
	r := begin(t, newCompany("2026-10-20 10:00"), shipped(), "2026-11-02")
	r.to("2026-11-04 10:00")
	before := len(r.given)
	r.now = at("2026-11-25 12:30") // a Wednesday
	r.tick()
	r.state("product")
	if ph := r.p.Phases[0]; ph.Rounds != 1 || ph.Extended != 20 { // day 7 was the 8th, three days from today are the 28th
		t.Errorf("the phase is extended by %d in %d rounds", ph.Extended, ph.Rounds)
	}
	if want := at("2026-11-29 18:00"); !r.next.Equal(want) { // tasks of the 30th: the next phase comes later by as much
		t.Errorf("the clock fires next at %s, want %s", r.next, want)
	}
	if len(r.given) <= before {
		t.Error("nothing was given out")
	}
	if !slices.Equal(r.p.Asked, []int{7}) || len(r.told("notice.plan_feedback")) != 1 {
		t.Errorf("asked on %v, told %v", r.p.Asked, r.told("notice.plan_feedback"))
	}
	for key, g := range r.given {
		if g.Due.Before(workflows.DateOf(g.At)) {
			t.Errorf("%s was given out at %s, due on %s", key, g.At, g.Due)
		}
	}
	for _, gate := range []struct {
		at    string
		signs workflows.PersonID
	}{{"2026-11-30 10:00", lin}, {"2026-12-07 10:00", lin}, {"2026-12-14 10:00", lin}, {"2026-12-21 10:00", kai}} {
		r.to(gate.at)
		if r.p.State != "shadowing" {
			r.passTest()
		}
		r.signOff(gate.signs)
	}
	r.state(plan.StatePassed)
	r.complete()
}

// After downtime from before the first day on: the introductions are made once, and the plan goes on from there.
func TestDowntimeOverTheFirstDay_I13(t *testing.T) {
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	r.now = at("2026-03-30 11:00")
	r.tick()
	r.state("one")
	r.same("welcomed", r.told("notice.plan_welcome"), nia)
	if r.p.Phases[0].Rounds != 1 || len(r.dues(plan.DueDay)) != 1 {
		t.Errorf("rounds %d, due %+v", r.p.Phases[0].Rounds, r.o.Due)
	}
	r.to("2026-05-30 10:00")
	r.same("welcomed in all", to(r.sent, "notice.plan_welcome"), nia)
}

// Rules §2: what is too late after downtime is dropped: nobody reads that a test is due today by 18:00 when that day is long over.
func TestNobodyIsCalledToAGateThatIsOver_Rules2(t *testing.T) {
	r := inOne(t)
	r.now = at("2026-03-30 11:00") // the gate was on the 11th
	r.tick()
	r.state("one")
	r.same("told that the test is due today", r.told("notice.plan_test_due"))
	r.same("told that the sign-off is due today", r.told("notice.plan_sign_due"))
}

// Nobody is late before they heard of a task: what is given out late, on a day off or after work, is not due before the first reminder.
func TestNobodyIsLateBeforeTheyHeard(t *testing.T) {
	for _, test := range []struct{ name, now string }{
		{"on time", "2026-03-02 10:00"},
		{"on the last day before, at work", "2026-03-06 11:00"},
		{"on Friday night", "2026-03-06 20:00"},
		{"on Saturday", "2026-03-07 12:00"},
	} {
		r := begin(t, newCompany(test.now), small(), "2026-03-09")
		r.to("2026-03-08 12:00")
		for _, key := range slices.Sorted(maps.Keys(r.given)) {
			g := r.given[key]
			r.now = g.At
			phase, item, _ := strings.Cut(key, "/")
			tk, ok := r.s.Task(r.p, phase, item, g.Due, r.facts(clock))
			if !ok {
				t.Fatalf("%s: there is no task of %s", test.name, key)
			}
			_, o, err := task.New("019c0000-0000-7000-8000-000000000001", tk, r.actor(clock), r.facts(clock).Facts)
			if err != nil || len(o.Due) == 0 {
				t.Fatalf("%s: %s: %v, due %v", test.name, key, err, o.Due)
			}
			if heard := workflows.DateOf(o.Due[0].At.In(workflows.Zone(shanghai))); tk.Due.Before(heard) {
				t.Errorf("%s: %s is given out at %s, due on %s, and its owner hears of it on %s", test.name, key,
					g.At.Format("Mon 2006-01-02 15:04"), tk.Due, heard)
			}
		}
	}
}

// Rules §5: on the morning of day 1 new hire, mentor, manager and team are introduced to one another, each once, and nobody else.
func TestIntroductions_Rules5(t *testing.T) {
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	r.same("cards of the new plan", r.cards(), kai, nia, lin, mei)
	r.same("the offices hear of it", r.told("notice.plan_begun"), mei, ian)
	if !slices.Equal(r.o.Claims, []string{plan.Claim("E003")}) || r.o.Prefix != plan.Prefix {
		t.Errorf("claims %v, prefix %q", r.o.Claims, r.o.Prefix)
	}
	r.to("2026-03-09 08:59")
	r.state(plan.StatePreparing)
	r.to("2026-03-09 09:00")
	r.state("one")
	want := map[string][]workflows.PersonID{"notice.plan_welcome": {nia}, "notice.plan_first_day_mentor": {lin}, "notice.plan_first_day_manager": {kai},
		"notice.plan_team": {tom}}
	for text, people := range want {
		r.same(text, r.told(text), people...)
	}
	for _, n := range r.o.Notices {
		if n.Args["Newcomer"] != "Nia Okoro" || n.Args["Mentor"] != "Lin Lin" || n.Args["Manager"] != "Zhou Kai" || n.Args["Phase"] != words("One") {
			t.Errorf("%s says %v", n.Text, n.Args)
		}
	}
	days := r.dues(plan.DueDay)
	if len(days) != 1 || !days[0].At.Equal(plan.NextDay(r.now, workflows.Zone(shanghai))) || !days[0].At.Equal(at("2026-03-10 00:01")) {
		t.Errorf("the cards are drawn anew at %+v", days)
	}
	r.to("2026-06-01 10:00")
	for text, people := range want {
		r.same(text+", in all", to(r.sent, text), people...)
	}
}

// A first day that is off moves to the next working day, with all that is said on it.
func TestFirstDayThatIsOff(t *testing.T) {
	r := begin(t, newCompany("2026-09-20 10:00"), small(), "2026-10-03")
	r.to("2026-10-08 08:59")
	r.state(plan.StatePreparing)
	r.to("2026-10-08 09:00")
	r.state("one")
}

// I13: the clock is that on the new hire's wall, also over a change to summer time.
func TestPlanOverAChangeOfClocks_I13(t *testing.T) {
	c := newCompany("2026-03-20 10:00")
	c.people[nia].Zone, c.people[nia].Country = "Europe/Berlin", ""
	r := begin(t, c, daily(5), "2026-03-27") // a Friday; summer time begins on Sunday
	r.to("2026-05-01 10:00")
	for key, want := range map[string]string{"all/d101": "2026-03-26T17:00:00Z", "all/d105": "2026-03-30T16:00:00Z"} {
		if got := r.given[key].At.UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s was given out at %s, want %s", key, got, want)
		}
	}
}

// The task of an item is whose the template says, with who stands in behind them; nobody of them has left, and who is away comes last.
func TestTaskOfAnItem(t *testing.T) {
	for _, test := range []struct {
		name, phase, item string
		change            func(c *company)
		owner             workflows.PersonID
		helpers           []workflows.PersonID
	}{
		{"the new hire's", "one", "guide", nil, nia, []workflows.PersonID{lin, kai}},
		{"the new hire's, who is away", "one", "guide", func(c *company) { c.people[nia].Away = true }, nia, []workflows.PersonID{lin, kai}},
		{"the mentor's", "one", "talk", nil, lin, []workflows.PersonID{kai}},
		{"the mentor's, who is away", "one", "talk", func(c *company) { c.people[lin].Away = true }, kai, []workflows.PersonID{lin}},
		{"the mentor's, who has left", "one", "talk", func(c *company) { c.people[lin].Active = false }, kai, nil},
		{"the manager's", "two", "review", nil, kai, []workflows.PersonID{wei}},
		{"the manager's, who has left", "two", "review", func(c *company) { c.people[kai].Active = false }, wei, nil},
		{"it's", "", "laptop", nil, ian, []workflows.PersonID{ira}},
		{"it's, of whom one is away", "", "laptop", func(c *company) { c.people[ian].Away = true }, ira, []workflows.PersonID{ian}},
		{"it's, and there is none", "", "laptop", func(c *company) { c.people[ian].Active, c.people[ira].Active = false, false }, mei, []workflows.PersonID{han}},
		{"hr's", "", "desk", nil, mei, []workflows.PersonID{han}},
		{"hr's, and there is none", "", "desk", func(c *company) { c.people[mei].Active, c.people[han].Active = false, false }, ada, nil},
		{"the new hire's own office", "", "desk", func(c *company) { c.people[nia].Roles = []string{"hr"} }, mei, []workflows.PersonID{han}},
	} {
		c := newCompany("2026-03-04 10:00")
		if test.change != nil {
			test.change(c)
		}
		p := planned("2026-03-09")
		p.ID = planID
		tk, ok := small().Task(p, test.phase, test.item, on("2026-03-10"), c.facts(clock))
		if !ok || tk.Owner != test.owner || !slices.Equal(tk.Helpers, test.helpers) || tk.About != nia || tk.By != 0 || tk.Due != on("2026-03-10") {
			t.Errorf("%s: owner %d, helpers %v, about %d (%v)", test.name, tk.Owner, tk.Helpers, tk.About, ok)
		}
		if office := test.phase == ""; tk.Shared != office { // laptop and desk
			t.Errorf("%s: shared %v", test.name, tk.Shared)
		}
		if want := (task.Source{Kind: task.FromPlan, Subject: planID, Part: test.phase, Item: test.item}); tk.Source != want {
			t.Errorf("%s: the source is %+v", test.name, tk.Source)
		}
	}
	c := newCompany("2026-03-04 10:00")
	tk, _ := small().Task(planned("2026-03-09"), "two", "review", on("2026-03-10"), c.facts(clock))
	if len(tk.Checklist) != 1 || tk.Checklist[0].Text != words("Goals") || tk.Checklist[0].Done || tk.Title != words("Review") {
		t.Errorf("the task is %+v", tk)
	}
	for _, at := range [][2]string{{"two", "guide"}, {"", "guide"}, {"three", "x"}} {
		if _, ok := small().Task(planned("2026-03-09"), at[0], at[1], on("2026-03-10"), c.facts(clock)); ok {
			t.Errorf("there is a task %v", at)
		}
	}
}

// A tick that finds nothing to do leaves the plan as it is, and the clock where it was; one of somebody who is no clock is refused.
func TestTickOfAClock(t *testing.T) {
	r := inOne(t)
	next, before := r.next, r.p
	r.tick()
	if !r.next.Equal(next) || len(r.o.Notices) > 0 {
		t.Errorf("the clock fires at %s, before at %s; notices %v", r.next, next, r.o.Notices)
	}
	if got, want := body(t, r.p), body(t, before); !json.Valid(got) || string(got) != string(want) {
		t.Errorf("the plan is %s, and was %s", got, want)
	}
	for _, by := range everybody {
		for _, event := range []workflows.Event{plan.Tick, plan.Relieve} {
			if err := r.try(by, workflows.Act{Event: event, Digest: r.p.Digest}); err == nil {
				t.Errorf("%d fires %s", by, event)
			}
		}
	}
}
