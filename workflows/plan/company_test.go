package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/task"
)

// The people of these tests, all in Shanghai. Nia is new: Kai leads her, Lin is her mentor, Tom works beside her. Wei is above Kai. Bob has
// left, and was Kai's. The clock is nobody.
const (
	clock workflows.PersonID = iota
	wei
	kai
	nia
	lin
	mei // hr, who asked for the plan
	han // hr as well
	ian // it
	ira // it as well
	ada // administrator
	tom
	ivo // in another team
	bob
)

var everybody = []workflows.PersonID{wei, kai, nia, lin, mei, han, ian, ira, ada, tom, ivo, bob}

// company is what is known of the people at some time.
type company struct {
	now    time.Time
	people map[workflows.PersonID]*workflows.Person
	leave  map[workflows.PersonID][]workflows.Span
}

func newCompany(now string) *company {
	c := &company{now: at(now), people: map[workflows.PersonID]*workflows.Person{}, leave: map[workflows.PersonID][]workflows.Span{}}
	for _, p := range []workflows.Person{
		{ID: wei, Name: "Chen Wei"},
		{ID: kai, Name: "Zhou Kai", Manager: wei},
		{ID: nia, Name: "Nia Okoro", Manager: kai},
		{ID: lin, Name: "Lin Lin", Manager: kai},
		{ID: mei, Name: "Mei Li", Manager: wei, Roles: []string{"hr"}},
		{ID: han, Name: "Han Mo", Manager: wei, Roles: []string{"hr"}},
		{ID: ian, Name: "Ian Bell", Manager: wei, Roles: []string{"it"}},
		{ID: ira, Name: "Ira Kaur", Manager: wei, Roles: []string{"it"}},
		{ID: ada, Name: "Ada Novak", Manager: wei, Roles: []string{"admin"}},
		{ID: tom, Name: "Tom Baker", Manager: kai},
		{ID: ivo, Name: "Ivo Rossi", Manager: wei},
		{ID: bob, Name: "Bob Gone", Manager: kai},
	} {
		p.No, p.Active, p.Zone, p.Country = fmt.Sprintf("E%03d", p.ID), p.ID != bob, shanghai, "CN"
		c.people[p.ID] = &p
	}
	return c
}

const shanghai = "Asia/Shanghai"

// at reads a wall time in Shanghai, as 2026-03-09 09:00.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, workflows.Zone(shanghai))
	if err != nil {
		panic(err)
	}
	return t
}

func on(s string) workflows.Date {
	d, err := workflows.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// away has somebody be on leave now, for some days.
func (c *company) away(id workflows.PersonID, from, to string) {
	span, err := workflows.NewSpan(on(from), workflows.AM, on(to), workflows.PM)
	if err != nil {
		panic(err)
	}
	c.people[id].Away, c.leave[id] = true, []workflows.Span{span}
}

func (c *company) actor(id workflows.PersonID) workflows.Actor {
	if id == clock {
		return workflows.ClockActor()
	}
	return workflows.PersonActor(*c.people[id], "web")
}

// facts are as storage loads them: a clock knows who works beside the new hire.
func (c *company) facts(by workflows.PersonID) plan.Facts {
	f := plan.Facts{Facts: workflows.Facts{Now: c.now, Clocks: map[workflows.PersonID]workflows.ClockFacts{},
		Reached: map[workflows.PersonID]bool{}}}
	var people []workflows.Person
	for _, id := range slices.Sorted(maps.Keys(c.people)) {
		p := *c.people[id]
		people = append(people, p)
		f.Clocks[id], f.Reached[id] = workflows.ClockFacts{Person: p, Away: c.leave[id]}, true
		if by == clock && p.Manager == c.people[nia].Manager && p.Active && id != nia {
			f.Team = append(f.Team, id)
		}
	}
	f.Org = workflows.NewOrg(people...)
	return f
}

func words(s string) workflows.Words { return workflows.Words{En: s, Zh: "中" + s} }

// small is a script of two phases: one on days 1 to 3 with a test that is signed off by the mentor and extended by two days, two on days 4
// and 5 that the manager signs off, and decides on at once.
func small() plan.Script {
	return plan.Script{
		Template: plan.Template{Code: "small", Name: words("Small"), Feedback: []int{3, 5},
			Before: []plan.Item{
				{Code: "laptop", Day: -1, Owner: plan.IT, Title: words("Laptop")},
				{Code: "desk", Day: 0, Owner: plan.HR, Title: words("Desk")},
			},
			Phases: []plan.Phase{
				{Code: "one", Name: words("One"), From: 1, To: 3, Gate: plan.Gate{Test: "quiz", SignOff: plan.Mentor, Extend: 2}, Tasks: []plan.Item{
					{Code: "guide", Day: 1, Owner: plan.Newcomer, Title: words("Guide"), Link: "https://wiki.example.com/guide"},
					{Code: "talk", Day: 2, Owner: plan.Mentor, Title: words("Talk")},
				}},
				{Code: "two", Name: words("Two"), From: 4, To: 5, Gate: plan.Gate{SignOff: plan.Manager}, Tasks: []plan.Item{
					{Code: "visit", Day: 4, Owner: plan.Newcomer, Title: words("Visit"), HandIn: true},
					{Code: "review", Day: 5, Owner: plan.Manager, Title: words("Review"), Checklist: []workflows.Words{words("Goals")}},
				}},
			}},
		Tests: []plan.Test{quiz()},
	}
}

// quiz asks all of its three questions: one with a right option, one with two, one for a number.
func quiz() plan.Test {
	number := int64(40)
	return plan.Test{Code: "quiz", Name: words("Quiz"), Pass: 66, Draw: 3, Attempts: 2, Wait: 4, Questions: []plan.Question{
		{Ask: words("Choose"), Options: []workflows.Words{words("a"), words("b"), words("c")}, Right: []int{2}},
		{Ask: words("Name all"), Options: []workflows.Words{words("d"), words("e"), words("f"), words("g")}, Right: []int{1, 3}},
		{Ask: words("Count"), Number: &number, Within: 2},
	}}
}

// shipped is the script of the shipped policy's template.
var shipped = sync.OnceValue(func() plan.Script {
	templates, tests := shippedPolicy()
	return plan.NewScript(templates[0], tests)
})

func shippedPolicy() ([]plan.Template, []plan.Test) {
	kind, ok := policy.Default().Kind("onboarding")
	if !ok {
		panic("the shipped policy has no onboarding")
	}
	var p struct {
		Templates []plan.Template
		Tests     []plan.Test
	}
	if err := json.Unmarshal(kind.Policy, &p); err != nil {
		panic(err)
	}
	return p.Templates, p.Tests
}

// items lists what a script gives out, as keys.
func items(s plan.Script) []string {
	var list []string
	for _, item := range s.Template.Before {
		list = append(list, "/"+item.Code)
	}
	for _, p := range s.Template.Phases {
		for _, item := range p.Tasks {
			list = append(list, p.Code+"/"+item.Code)
		}
	}
	return list
}

const planID workflows.SubjectID = "019c0000-0000-7000-8000-0000000000aa"

// run is a plan under way, with its clock and what has come of it. It stores the plan as the program does: as its audit tells it.
type run struct {
	t rapid.TB
	*company
	s     plan.Script
	p     plan.Plan
	tasks []plan.Given
	given map[string]givenOut // by key
	next  time.Time           // when its clock fires; zero: never
	o     workflows.Outcome   // of the last change
	sent  []workflows.Notice  // all of them
}

type givenOut struct {
	At  time.Time
	Due workflows.Date
}

// planned is a plan that has not begun: Lin mentors, Kai leads, Mei asked.
func planned(start string) plan.Plan {
	return plan.Plan{Request: "019c0000-0000-7000-8000-0000000000bb", Newcomer: nia, Mentor: lin, Manager: kai, By: mei, Start: on(start)}
}

func begin(t rapid.TB, c *company, s plan.Script, start string) *run {
	t.Helper()
	return beginAs(t, c, s, planned(start))
}

func beginAs(t rapid.TB, c *company, s plan.Script, p plan.Plan) *run {
	t.Helper()
	r := &run{t: t, company: c, s: s, given: map[string]givenOut{}}
	after, o, err := s.New(planID, p, c.actor(clock), c.facts(clock))
	if err != nil {
		t.Fatal(err)
	}
	r.commit(clock, plan.Begin, after, o)
	return r
}

// inOne is the small plan in its first phase, on the morning of day 1, which is Monday, 9 March 2026.
func inOne(t rapid.TB) *run {
	t.Helper()
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	r.to("2026-03-09 10:00")
	r.state("one")
	return r
}

// deciding is the small plan when the manager has to decide on its first phase: on the evening of Friday, 13 March.
func deciding(t rapid.TB) *run {
	t.Helper()
	r := inOne(t)
	r.to("2026-03-13 18:00")
	r.state("one_decision")
	return r
}

// facts are those of the plan.
func (r *run) facts(by workflows.PersonID) plan.Facts {
	f := r.company.facts(by)
	f.Tasks = r.tasks
	return f
}

// try does something and gives the refusal. What holds of each change is checked with it.
func (r *run) try(by workflows.PersonID, act workflows.Act) error {
	r.t.Helper()
	before := body(r.t, r.p)
	after, o, err := r.s.Decide(r.p, act, r.actor(by), r.facts(by))
	if !bytes.Equal(body(r.t, r.p), before) {
		r.t.Fatalf("%s changed the plan that it was given", act.Event)
	}
	if err != nil {
		if !bytes.Equal(body(r.t, after), before) || after.Subject != r.p.Subject || !cmp.Equal(o, workflows.Outcome{}) {
			r.t.Errorf("%s by %d was refused (%v), and something follows", act.Event, by, err)
		}
		return err
	}
	r.commit(by, act.Event, after, o)
	return nil
}

func body(t rapid.TB, p plan.Plan) []byte {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// commit checks a change and keeps what it leaves.
func (r *run) commit(by workflows.PersonID, event workflows.Event, after plan.Plan, o workflows.Outcome) {
	r.t.Helper()
	before := r.p
	told := plan.Plan{Subject: o.Subject}
	if err := json.Unmarshal(o.Audit.Values.Other, &told); err != nil {
		r.t.Fatalf("%s: %v", event, err)
	}
	if diff := cmp.Diff(after, told, cmpopts.EquateEmpty()); diff != "" { // I5
		r.t.Errorf("%s: the audit does not tell the plan (-plan +audit):\n%s", event, diff)
	}
	if a := o.Audit; a.Subject != after.ID || a.Seq != before.Seq+1 || after.Seq != a.Seq || !a.At.Equal(r.now) || a.Event != event ||
		a.Actor != r.actor(by).Party || a.From != before.State || a.To != after.State || a.Revision != after.Revision {
		r.t.Errorf("%s: the audit row is %+v", event, a)
	}
	ends := !after.Open() && before.State != after.State
	if over := !after.Open(); o.Final != over || after.EndedOn.IsZero() == over || (!over || ends) && (o.Settled != over || o.Freed != over) {
		r.t.Errorf("%s: state %s, final %v, settled %v, freed %v, ended on %s", event, after.State, o.Final, o.Settled, o.Freed, after.EndedOn)
	}
	if !before.EndedOn.IsZero() && (after.EndedOn != before.EndedOn || after.State != before.State) {
		r.t.Errorf("%s: ended as %s on %s, and now as %s on %s", event, before.State, before.EndedOn, after.State, after.EndedOn)
	}
	if skips := slices.ContainsFunc(o.Due, func(d workflows.Due) bool { return d.Kind == plan.DueSkip }); ends && skips == (after.State == plan.StatePassed) {
		r.t.Errorf("%s: the plan is %s, and what is open is skipped: %v", event, after.State, skips)
	}
	if o.Told.Event != event || o.Told.State != after.State || o.Told.Seq != after.Seq || o.Told.Text != "told."+string(event) {
		r.t.Errorf("%s: the actor is told %+v", event, o.Told)
	}
	r.forward(event, before, after)
	r.reaches(by, event, o)
	r.effects(event, after, o)
	number, digest := "TP-1", before.Digest
	if after.Revision != before.Revision {
		sum := sha256.Sum256(fmt.Append(nil, o.Audit.Seq))
		digest = workflows.RevisionDigest(sum[:])
	}
	r.p, r.o = told, o
	r.p.Number, r.p.Digest = number, digest
	r.sent = append(r.sent, o.Notices...)
}

// forward checks that a plan goes forward only: phases are passed in their order and stay so, and nothing is given out or asked twice.
func (r *run) forward(event workflows.Event, before, after plan.Plan) {
	r.t.Helper()
	passed := 0
	for i, ph := range after.Phases {
		if i < len(before.Phases) && !before.Phases[i].PassedOn.IsZero() && ph.PassedOn != before.Phases[i].PassedOn {
			r.t.Errorf("%s: phase %d was passed on %s, and now on %s", event, i, before.Phases[i].PassedOn, ph.PassedOn)
		}
		if ph.PassedOn.IsZero() {
			continue
		}
		if passed != i || i > 0 && ph.PassedOn.Before(after.Phases[i-1].PassedOn) {
			r.t.Errorf("%s: phase %d is passed on %s, out of its order", event, i, ph.PassedOn)
		}
		passed++
	}
	code, _ := strings.CutSuffix(string(after.State), "_decision")
	if i := slices.IndexFunc(r.s.Template.Phases, func(p plan.Phase) bool { return p.Code == code }); i >= 0 && i != passed ||
		after.State == plan.StatePassed && passed != len(after.Phases) || after.State == plan.StatePreparing && passed != 0 {
		r.t.Errorf("%s: %d phases are passed, and the plan is %s", event, passed, after.State)
	}
	if len(after.Given) < len(before.Given) || !slices.Equal(after.Given[:len(before.Given)], before.Given) || twice(after.Given) ||
		twice(after.Asked) {
		r.t.Errorf("%s: given out %v, asked on %v", event, after.Given, after.Asked)
	}
	answered := map[int]bool{}
	for _, a := range after.Feedback {
		if answered[a.Day] || !slices.Contains(after.Asked, a.Day) {
			r.t.Errorf("%s: asked on %v, answered %+v", event, after.Asked, after.Feedback)
		}
		answered[a.Day] = true
	}
}

func twice[T comparable](list []T) bool {
	for i, x := range list {
		if slices.Contains(list[:i], x) {
			return true
		}
	}
	return false
}

// reaches checks that notices and cards go to people who work here, each notice once, and none to whoever did it.
func (r *run) reaches(by workflows.PersonID, event workflows.Event, o workflows.Outcome) {
	r.t.Helper()
	seen := map[string]bool{}
	for _, n := range o.Notices {
		p, key := n.Party.Person(), fmt.Sprint(n.Party, n.Text)
		if p == by || !r.people[p].Active || seen[key] {
			r.t.Errorf("%s by %d: %s goes to %d, who did it or has left, or twice", event, by, n.Text, p)
		}
		seen[key] = true
	}
	for _, party := range o.Cards {
		if !r.people[party.Person()].Active {
			r.t.Errorf("%s: a card goes to %d, who has left", event, party.ID)
		}
	}
}

// effects keeps what a change leaves to be done: one tick as long as the plan is open, and each task once.
func (r *run) effects(event workflows.Event, after plan.Plan, o workflows.Outcome) {
	r.t.Helper()
	r.next = time.Time{}
	for _, d := range o.Due {
		if d.Subject != planID {
			r.t.Errorf("%s: %+v is about another subject", event, d)
		}
		switch d.Kind {
		case plan.DueTick:
			if !r.next.IsZero() || d.At.Before(r.now) || event == plan.Tick && !d.At.After(r.now) || d.Slot != 0 || d.Party != nia.Party() {
				r.t.Errorf("%s: the clock fires next by %+v", event, d)
			}
			r.next = d.At
		case plan.DueTask:
			var g struct {
				Phase, Item string
				Due         workflows.Date
			}
			if err := json.Unmarshal(d.Data, &g); err != nil {
				r.t.Fatal(err)
			}
			key := g.Phase + "/" + g.Item
			if _, twice := r.given[key]; twice || d.Key != string(planID)+"/"+key || d.Slot == 0 || !d.At.Equal(r.now) {
				r.t.Errorf("%s: %s is given out twice, or as %+v", event, key, d)
			}
			r.given[key] = givenOut{At: r.now, Due: g.Due}
			tk, ok := r.s.Task(after, g.Phase, g.Item, g.Due, r.facts(clock))
			if !ok || !r.people[tk.Owner].Active && tk.Owner != nia {
				r.t.Errorf("%s: %s goes to %d", event, key, tk.Owner)
			}
			r.tasks = append(r.tasks, plan.Given{Phase: g.Phase, Item: g.Item, State: task.StateOpen, Due: g.Due, Owner: tk.Owner})
		}
	}
	if after.Open() == r.next.IsZero() {
		r.t.Errorf("%s: the plan is %s, and its clock fires at %v", event, after.State, r.next)
	}
}

// press has somebody press something that they see now, which succeeds.
func (r *run) press(by workflows.PersonID, event workflows.Event, form workflows.Form) {
	r.t.Helper()
	if err := r.try(by, workflows.Act{Event: event, Digest: r.p.Digest, Form: form}); err != nil {
		r.t.Fatalf("%s by %d: %v", event, by, err)
	}
}

// refused has somebody press what is refused with a class and a sentence, at a field if one is at fault.
func (r *run) refused(by workflows.PersonID, event workflows.Event, form workflows.Form, want workflows.Error) {
	r.t.Helper()
	refusal(r.t, r.try(by, workflows.Act{Event: event, Digest: r.p.Digest, Form: form}), want)
}

func refusal(t rapid.TB, err error, want workflows.Error) {
	t.Helper()
	var e *workflows.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want the refusal %s", err, want.Error())
		return
	}
	if e.Code != want.Code || e.Text != want.Text || e.Field != want.Field {
		t.Errorf("refused with %s, want %s", e.Error(), want.Error())
	}
}

// tick fires the clock now.
func (r *run) tick() {
	r.t.Helper()
	if err := r.try(clock, workflows.Act{Event: plan.Tick}); err != nil {
		r.t.Fatalf("tick at %s: %v", r.now, err)
	}
}

// to fires the clock whenever it falls due, up to a time, which it is then.
func (r *run) to(when string) {
	r.t.Helper()
	until := at(when)
	for i := 0; !r.next.IsZero() && !r.next.After(until); i++ {
		if i == 1000 {
			r.t.Fatalf("the clock does not come past %s", r.next)
		}
		if r.next.After(r.now) {
			r.now = r.next
		}
		r.tick()
	}
	r.now = until
}

func (r *run) state(want workflows.State) {
	r.t.Helper()
	if r.p.State != want {
		r.t.Errorf("at %s the plan is %s, want %s", r.now.Format("Mon 2006-01-02 15:04"), r.p.State, want)
	}
}

// told lists who was sent a text with the last change.
func (r *run) told(text string) []workflows.PersonID { return to(r.o.Notices, text) }

// to lists to whom notices of a text go.
func to(notices []workflows.Notice, text string) []workflows.PersonID {
	var list []workflows.PersonID
	for _, n := range notices {
		if n.Text == text {
			list = append(list, n.Party.Person())
		}
	}
	slices.Sort(list)
	return list
}

func (r *run) same(what string, got []workflows.PersonID, want ...workflows.PersonID) {
	r.t.Helper()
	if !slices.Equal(got, want) {
		r.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// cards lists who got a card with the last change.
func (r *run) cards() []workflows.PersonID {
	var list []workflows.PersonID
	for _, p := range r.o.Cards {
		list = append(list, p.Person())
	}
	slices.Sort(list)
	return list
}

// dues lists the kinds of what the last change leaves to be done.
func (r *run) dues(kind string) (list []workflows.Due) {
	for _, d := range r.o.Due {
		if d.Kind == kind {
			list = append(list, d)
		}
	}
	return list
}

// questions are those of the next attempt, found again by what they ask.
func (r *run) questions() []plan.Question {
	r.t.Helper()
	a, err := r.s.Asking(r.p, plan.BeginTest, r.actor(nia), r.facts(nia))
	if err != nil {
		r.t.Fatal(err)
	}
	var list []plan.Question
	for i, f := range a.Fields {
		if f.Name != fmt.Sprintf("q%d", i+1) || !f.Required {
			r.t.Fatalf("field %d is %+v", i, f)
		}
		found := false
		for _, t := range r.s.Tests {
			for _, q := range t.Questions {
				if !found && q.Ask == f.Label.Args["Ask"] {
					list, found = append(list, q), true
				}
			}
		}
		if !found {
			r.t.Fatalf("%s asks what no test does", f.Name)
		}
	}
	return list
}

// answers are those to the next attempt, of which the first are wrong.
func (r *run) answers(wrong int) workflows.Form {
	r.t.Helper()
	form := workflows.Form{}
	for i, q := range r.questions() {
		answer := right(q)
		if i < wrong {
			answer = wrongFor(q)
		}
		form[fmt.Sprintf("q%d", i+1)] = answer
	}
	return form
}

func right(q plan.Question) string {
	switch {
	case q.Number != nil:
		return fmt.Sprint(*q.Number)
	case len(q.Right) == 1:
		return fmt.Sprint(q.Right[0])
	}
	var letters string
	for _, n := range q.Right {
		letters += string(rune('A' + n - 1))
	}
	return letters
}

func wrongFor(q plan.Question) string {
	switch {
	case q.Number != nil:
		return fmt.Sprint(*q.Number + q.Within + 1)
	case len(q.Right) == 1:
		return fmt.Sprint(q.Right[0]%len(q.Options) + 1)
	}
	return right(q)[1:]
}

// signOff has somebody sign the phase off.
func (r *run) signOff(by workflows.PersonID) {
	r.t.Helper()
	r.press(by, plan.SignOff, workflows.Form{"verdict": "yes"})
}

// passTest has the new hire pass the test of the phase.
func (r *run) passTest() {
	r.t.Helper()
	r.press(nia, plan.BeginTest, r.answers(0))
}
