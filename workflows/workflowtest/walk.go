package workflowtest

import (
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// Walk lets anybody do anything to one request of a kind, in any order, and holds it against a model of a few lines: which states follow
// on which, who may do what, and that a request is approved only by two steps of people who neither asked for it nor filed it. What must
// hold after each change is checked besides.
//
// dir/stages/walk.txtar sets the stage. It ends as the person whose request it will be; now and then their manager files it for them.
func Walk(t *testing.T, dir string, o Options) {
	t.Helper()
	a := o.open(t, filepath.Join(dir, "stages", "walk.txtar"))
	began := false
	rapid.Check(t, func(t *rapid.T) {
		m := NewMemory(t, a.rules)
		requester := a.play(t, m, quietly).actor.Person
		filer := requester
		if rapid.Bool().Draw(t, "filed by the manager") {
			filer = m.Person(requester.Manager)
		}
		act := workflows.Act{Event: approval.Submit, Form: o.Draw(t, m)}
		d, err := m.Change(m.Draft(o.Kind, requester.ID, filer.ID), act, workflows.PersonActor(filer, "web"))
		if err != nil {
			return // a form that cannot be sent: nothing has begun
		}
		began = true
		w := walk{T: t, m: m, number: d.Request.Number, draw: o.Draw}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			w.step()
		}
	})
	if !began {
		t.Error("no form that was drawn could be sent")
	}
}

// AnyFile draws a file of somebody's, or none.
func (m *Memory) AnyFile(t *rapid.T) string {
	return rapid.SampledFrom(append(m.Files(), "", "", "", "", "")).Draw(t, "file")
}

// walk is one request among people who do anything to it.
type walk struct {
	*rapid.T
	m      *Memory
	number string
	draw   func(t *rapid.T, m *Memory) workflows.Form
}

func (w walk) step() {
	m := w.m
	before := m.Request(w.number)
	before.Turns = slices.Clone(before.Turns)
	held := maps.Clone(m.holds)
	m.Now = m.Now.Add(time.Duration(rapid.IntRange(1, 48).Draw(w.T, "hours")) * time.Hour)

	act, actor := w.anything(before)
	if rapid.IntRange(0, 3).Draw(w.T, "sense") > 0 { // nearly all that anything makes is refused, and the walk would get nowhere
		act, actor = w.sensible(before)
	}
	d, err := m.Change(before, act, actor)
	after := m.Request(w.number)
	if err != nil {
		if after.Seq != before.Seq || !reflect.DeepEqual(held, m.holds) {
			w.Fatalf("%s was refused (%v) and changed something", act.Event, err)
		}
		return
	}
	kind := m.KindOf(before)
	transition, ok := kind.Transition(act.Event, before.State)
	if !ok || !slices.Contains(leads(kind, transition, before.State), after.State) {
		w.Fatalf("%s led from %s to %s", act.Event, before.State, after.State)
	}
	if after.Seq != before.Seq+1 || len(m.audit[after.ID]) != after.Seq {
		w.Fatalf("%s made seq %d of %d", act.Event, after.Seq, before.Seq)
	}
	if !may(kind, transition, before, act, actor) {
		w.Fatalf("%s by %q", act.Event, d.Audit.Values.Actor)
	}
	for _, id := range kind.FilesOf(after.Form) {
		if file := m.files[id]; file.Subject != after.ID || file.Owner != after.Requester && file.Owner != after.SubmittedBy {
			w.Fatalf("I3: %s holds the file %+v", after.Number, file)
		}
	}
}

// leads says where an event can lead from a state. An approval that is not the last leaves the state; a move of the kind's own that is an
// approver's does as the route says.
func leads(kind *workflows.Kind, t workflows.Transition, from workflows.State) []workflows.State {
	switch {
	case t.By == workflows.Office: // a part of what it does may be another event of theirs
		var states []workflows.State
		for _, other := range kind.Transitions {
			if other.By == workflows.Office && slices.Contains(other.From, from) {
				states = append(states, other.To)
			}
		}
		return states
	case t.To != "":
		return []workflows.State{t.To}
	case t.Event == approval.Approve:
		return append(led(kind, approval.Approved), from)
	case t.Event == approval.Reject:
		return led(kind, approval.Rejected)
	case t.Event == approval.Return:
		return led(kind, approval.Returned)
	}
	return append(slices.Concat(led(kind, approval.Approved), led(kind, approval.Rejected), led(kind, approval.Returned)), from)
}

// may says whose an act was, who cannot have done it, and that what is signed was seen.
func may(kind *workflows.Kind, t workflows.Transition, before workflows.Request, act workflows.Act, actor workflows.Actor) bool {
	me := actor.Person.ID
	own := me != 0 && (me == before.Requester || me == before.SubmittedBy)
	switch act.Event {
	case approval.Approve, approval.Reject, approval.Return, approval.Edit:
		if act.Digest != before.Digest {
			return false
		}
	}
	switch t.By {
	case workflows.Approver:
		return me != 0 && !own && before.OpenTurn(me) != nil && (act.Digest == before.Digest || !kind.Moves[act.Event].Signs)
	case workflows.Requester:
		return own
	case workflows.Office:
		return actor.Party.Kind == workflows.OperatorParty || !own && slices.ContainsFunc(kind.Offices, actor.Person.Has)
	case workflows.System:
		return actor.Party.Kind == workflows.ClockParty
	case workflows.Administrator:
		return actor.Party.Kind == workflows.OperatorParty
	}
	return false // an outcome is nobody's to press
}

// anything is any event by anybody, perhaps of an older card, perhaps without its reason.
func (w walk) anything(r workflows.Request) (workflows.Act, workflows.Actor) {
	act := workflows.Act{
		Event:   rapid.SampledFrom(events(w.m.KindOf(r))).Draw(w.T, "event"),
		Digest:  rapid.SampledFrom([]string{r.Digest, "of long ago", ""}).Draw(w.T, "digest"),
		Comment: rapid.SampledFrom([]string{"because", ""}).Draw(w.T, "comment"),
		Person:  rapid.SampledFrom(w.m.People).Draw(w.T, "person").No,
		Form:    w.draw(w.T, w.m),
	}
	if open := r.Open(); len(open) > 0 {
		act.Turn = rapid.SampledFrom(open).Draw(w.T, "turn").Key()
	}
	actors := []workflows.Actor{workflows.OperatorActor("root"), workflows.ClockActor(), contact(int64(r.Requester))}
	for _, p := range w.m.People {
		actors = append(actors, workflows.PersonActor(p, "web"))
	}
	return act, rapid.SampledFrom(actors).Draw(w.T, "actor")
}

// sensible is an event that the request's state knows, by somebody who may cause it; approvals more often than all others.
func (w walk) sensible(r workflows.Request) (workflows.Act, workflows.Actor) {
	act, _ := w.anything(r)
	act.Digest, act.Comment = r.Digest, "because"
	var can []workflows.Transition
	for _, t := range w.m.KindOf(r).Transitions {
		if !slices.Contains(t.From, r.State) || t.By == workflows.Route {
			continue
		}
		can = append(can, t)
		if t.Event == approval.Approve || t.Event == approval.Edit {
			can = append(can, t, t, t)
		}
	}
	if len(can) == 0 {
		return act, workflows.ClockActor()
	}
	chosen := rapid.SampledFrom(can).Draw(w.T, "transition")
	act.Event = chosen.Event
	switch chosen.By {
	case workflows.Requester:
		return act, workflows.PersonActor(w.m.Person(r.Requester), "web")
	case workflows.Approver:
		return act, workflows.PersonActor(w.m.Person(rapid.SampledFrom(r.Open()).Draw(w.T, "approver").Person), "web")
	case workflows.Administrator:
		return act, workflows.OperatorActor("root")
	}
	return act, workflows.ClockActor()
}
