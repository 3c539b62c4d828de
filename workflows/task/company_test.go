package task_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// The people of these tests, all in China. Wei leads the house: Kai with Tom and Lin below him, Ivo, and the offices. Bob has left, and was
// Kai's. The clock is nobody.
const (
	clock workflows.PersonID = iota
	wei
	kai
	tom
	lin
	ivo
	mei // hr
	han // hr as well
	ada // administrator
	bob
)

// company is what is known of the people at some time.
type company struct {
	now    time.Time
	people map[workflows.PersonID]*workflows.Person
	silent map[workflows.PersonID]bool // whom no chat reaches
	leave  map[workflows.PersonID][]workflows.Span
	files  map[string]workflows.File
}

func newCompany(now string) *company {
	c := &company{now: at("Asia/Shanghai", now), people: map[workflows.PersonID]*workflows.Person{}, silent: map[workflows.PersonID]bool{},
		leave: map[workflows.PersonID][]workflows.Span{}, files: map[string]workflows.File{}}
	for _, p := range []workflows.Person{
		{ID: wei, No: "E001", Name: "Chen Wei"},
		{ID: kai, No: "E002", Name: "Zhou Kai", Manager: wei},
		{ID: tom, No: "E003", Name: "Tom Baker", Manager: kai},
		{ID: lin, No: "E004", Name: "Lin Lin", Manager: kai},
		{ID: ivo, No: "E005", Name: "Ivo Rossi", Manager: wei},
		{ID: mei, No: "E006", Name: "Mei Li", Manager: wei, Roles: []string{"hr"}},
		{ID: han, No: "E007", Name: "Han Mo", Manager: wei, Roles: []string{"hr"}},
		{ID: ada, No: "E008", Name: "Ada Novak", Manager: wei, Roles: []string{"admin"}},
		{ID: bob, No: "E009", Name: "Bob Gone", Manager: kai},
	} {
		p.Active, p.Zone, p.Country = p.ID != bob, "Asia/Shanghai", "CN"
		c.people[p.ID] = &p
	}
	return c
}

// left has people leave.
func (c *company) left(people ...workflows.PersonID) *company {
	for _, id := range people {
		c.people[id].Active = false
	}
	return c
}

// away has people be on leave now.
func (c *company) away(people ...workflows.PersonID) *company {
	for _, id := range people {
		c.people[id].Away = true
	}
	return c
}

// unreached has no chat reach people.
func (c *company) unreached(people ...workflows.PersonID) *company {
	for _, id := range people {
		c.silent[id] = true
	}
	return c
}

// file puts in a file that somebody sent.
func (c *company) file(id string, owner workflows.PersonID) string {
	c.files[id] = workflows.File{ID: id, Owner: owner, Name: "photo.jpg", Type: "image/jpeg", Size: 1}
	return id
}

func (c *company) facts() workflows.Facts {
	f := workflows.Facts{Now: c.now, Clocks: map[workflows.PersonID]workflows.ClockFacts{}, Reached: map[workflows.PersonID]bool{},
		Files: maps.Clone(c.files), Patterns: map[string]workflows.Pattern{"afternoons": afternoons()}}
	var people []workflows.Person
	for _, id := range slices.Sorted(maps.Keys(c.people)) {
		p := *c.people[id]
		people = append(people, p)
		f.Clocks[id] = workflows.ClockFacts{Person: p, Away: c.leave[id]}
		f.Reached[id] = !c.silent[id]
	}
	f.Org = workflows.NewOrg(people...)
	return f
}

func afternoons() workflows.Pattern {
	var p workflows.Pattern
	for d := time.Monday; d <= time.Friday; d++ {
		p.Week[d].PM = workflows.Shift{From: 13 * 60, To: 18 * 60}
	}
	return p
}

func (c *company) actor(id workflows.PersonID) workflows.Actor {
	if id == clock {
		return workflows.ClockActor()
	}
	return workflows.PersonActor(*c.people[id], "web")
}

// at reads a wall time like 2026-03-02 09:30.
func at(zone, s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, workflows.Zone(zone))
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

const taskID workflows.SubjectID = "019c0000-0000-7000-8000-000000000001"

// mine is an open task that Tom gave himself.
func mine(due string) task.Task {
	return task.Task{
		Subject: workflows.Subject{Ref: workflows.Ref{Kind: task.Kind, ID: taskID, Number: "TK-1"}, State: task.StateOpen, Revision: 1, Seq: 1},
		Title:   workflows.Said("call Huaxin"), Owner: tom, By: tom, Source: task.Source{Kind: task.Manual}, Due: on(due)}
}

// given is an open task that a plan gave out to Tom, who is new, with Lin as his mentor.
func given(due string) task.Task {
	t := mine(due)
	t.By, t.About, t.Helpers = 0, tom, []workflows.PersonID{lin}
	t.Source = task.Source{Kind: task.FromPlan, Subject: "019c0000-0000-7000-8000-0000000000aa", Part: "product", Item: "handbook"}
	return t
}

// do has somebody do something that succeeds. What holds of each change is checked with it: the audit tells the whole task (I5), the changes
// are counted, and nothing of what was handed in has changed.
func do(t rapid.TB, c *company, tk task.Task, by workflows.PersonID, act workflows.Act) (task.Task, workflows.Outcome) {
	t.Helper()
	before, f := encoded(t, tk), c.facts()
	after, o, err := task.Decide(tk, act, c.actor(by), f)
	if err != nil {
		t.Fatalf("%s by %d: %v", act.Event, by, err)
	}
	if !bytes.Equal(encoded(t, tk), before) {
		t.Errorf("%s changed the task that it was given", act.Event)
	}
	audited(t, c, tk, after, by, act.Event, o)
	return after, o
}

func encoded(t rapid.TB, tk task.Task) []byte {
	t.Helper()
	body, err := json.Marshal(tk)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// audited holds the audit row of a change against the task after it.
func audited(t rapid.TB, c *company, before, after task.Task, by workflows.PersonID, event workflows.Event, o workflows.Outcome) {
	t.Helper()
	if after.Seq != before.Seq+1 || !after.ChangedAt.Equal(c.now) || after.Revision != 1 {
		t.Errorf("%s: seq %d after %d, changed at %v, revision %d", event, after.Seq, before.Seq, after.ChangedAt, after.Revision)
	}
	if diff := cmp.Diff(after.Subject, o.Subject); diff != "" {
		t.Errorf("%s: the subject of the outcome is not the task's (-task +outcome):\n%s", event, diff)
	}
	told := task.Task{Subject: after.Subject}
	if err := json.Unmarshal(o.Audit.Values.Other, &told); err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	if diff := cmp.Diff(after, told, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: the audit does not tell the task (-task +audit):\n%s", event, diff)
	}
	a := o.Audit
	if a.Subject != after.ID || a.Seq != after.Seq || !a.At.Equal(c.now) || a.Event != event || a.Actor != c.actor(by).Party ||
		a.From != before.State || a.To != after.State || a.Values.Actor != c.actor(by).Name() {
		t.Errorf("%s: the audit row is %+v", event, a)
	}
	if final := after.State != task.StateOpen; o.Final != final || o.Settled != final {
		t.Errorf("%s: state %s, final %v, settled %v", event, after.State, o.Final, o.Settled)
	}
	if o.Told.Event != event || o.Told.State != after.State || o.Told.Seq != after.Seq || o.Told.Text != "told."+string(event) {
		t.Errorf("%s: the actor is told %+v", event, o.Told)
	}
	for _, n := range o.Notices {
		if p := n.Party.Person(); p == by || !c.people[p].Active {
			t.Errorf("%s by %d: %s goes to %d, who did it or has left", event, by, n.Text, p)
		}
	}
}

// refused has somebody try something that is refused with a class and a sentence, at a field if one is at fault; nothing follows.
func refused(t rapid.TB, c *company, tk task.Task, by workflows.PersonID, act workflows.Act, want workflows.Error) {
	t.Helper()
	after, o, err := task.Decide(tk, act, c.actor(by), c.facts())
	refusal(t, err, want)
	if diff := cmp.Diff(tk, after); diff != "" {
		t.Errorf("%s was refused and changed the task:\n%s", act.Event, diff)
	}
	if diff := cmp.Diff(workflows.Outcome{}, o); diff != "" {
		t.Errorf("%s was refused and something follows:\n%s", act.Event, diff)
	}
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

// told lists who gets a notice of a text.
func told(o workflows.Outcome, text string) []workflows.PersonID {
	var list []workflows.PersonID
	for _, n := range o.Notices {
		if n.Text == text {
			list = append(list, n.Party.Person())
		}
	}
	slices.Sort(list)
	return list
}

// reminder is the due item of a task's clock; nil: none.
func reminder(t rapid.TB, o workflows.Outcome) *workflows.Due {
	t.Helper()
	var found *workflows.Due
	for _, d := range o.Due {
		if d.Kind != task.DueRemind {
			continue
		}
		if found != nil {
			t.Errorf("two reminders: %+v and %+v", *found, d)
		}
		found = &d
	}
	return found
}

// expectReminder wants one reminder of a slot, at a time of its owner's.
func expectReminder(t rapid.TB, o workflows.Outcome, slot int, want time.Time) {
	t.Helper()
	d := reminder(t, o)
	if d == nil {
		t.Errorf("no reminder, want slot %d at %s", slot, want)
		return
	}
	if d.Slot != slot || !d.At.Equal(want) {
		t.Errorf("the reminder is slot %d at %s, want slot %d at %s", d.Slot, d.At.In(want.Location()), slot, want)
	}
	if d.Key != string(o.Subject.ID) || d.Subject != o.Subject.ID {
		t.Errorf("the reminder is about %q and %q", d.Key, d.Subject)
	}
}

func people(list ...workflows.PersonID) []workflows.PersonID { return list }

func same(t rapid.TB, what string, got, want []workflows.PersonID) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
