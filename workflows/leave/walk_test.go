package leave_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

const walkPolicy = `
leave:
  types: [{code: annual, needs_balance: true, negative_to: 1}]
  route:
    - {name: either, approvers: [manager, "manager:2"], mode: any_of}
    - {name: both, approvers: ["role:hr", head], mode: all_of}
`

// TestWalk lets anybody do anything to one request, in any order, and holds it against a model of a few lines: which states follow on which, who may do
// what, and that a request is approved only by two steps of people who neither asked for it nor filed it. memory checks I3, I5 and I8 after each change.
func TestWalk(t *testing.T) {
	p, err := policy.Load("walk.yaml", []byte(walkPolicy))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory(t, p, company()...)
		m.now = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
		lin, filer := m.people[2], m.people[2]
		if rapid.Bool().Draw(t, "filed by the manager") {
			filer = m.people[1]
		}
		m.grants = []grant{
			{lin.ID, workflows.Lot{ID: 1, Unit: "leave:annual", Granted: 2 * workflows.StandardDay, Until: workflows.Date{Year: 2026, Month: 3, Day: 31}}},
			{lin.ID, workflows.Lot{ID: 2, Unit: "leave:annual", Granted: 3 * workflows.StandardDay}},
		}
		for i, id := range walkFiles {
			m.files[id] = workflows.File{ID: id, Owner: m.people[i].ID, Name: "f.pdf"} // of wang, zhao, lin and mei
		}
		r := workflows.Request{Requester: lin.ID, SubmittedBy: filer.ID}
		r.ID, r.Kind, r.Definition = "r1", "leave", m.kind.Hash()
		d, err := m.change(r, workflows.Act{Event: approval.Submit, Form: walkForm(t)}, workflows.PersonActor(filer, "web"))
		if err != nil {
			return // days off or too many: nothing has begun
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			step(t, m, d.Request.Number)
		}
	})
}

var walkFiles = []string{"00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002", "00000000-0000-7000-8000-000000000003",
	"00000000-0000-7000-8000-000000000004"}

func walkForm(t *rapid.T) workflows.Form {
	from := workflows.Date{Year: 2026, Month: time.March, Day: 2}.AddDays(rapid.IntRange(0, 40).Draw(t, "from"))
	part := rapid.SampledFrom([]string{"am", "pm"})
	return workflows.Form{"type": "annual", "from": from.String(), "to": from.AddDays(rapid.IntRange(0, 5).Draw(t, "length")).String(),
		"from_part": part.Draw(t, "from_part"), "to_part": part.Draw(t, "to_part"),
		"proof": rapid.SampledFrom(append(walkFiles, "", "", "", "", "")).Draw(t, "proof")}
}

// leads says where an event can lead from a state; a partial approval stays where it is.
var leads = map[workflows.Event]map[workflows.State][]workflows.State{
	approval.Edit:     {"returned": {"pending"}},
	approval.Withdraw: {"pending": {"withdrawn"}, "returned": {"withdrawn"}},
	approval.Approve:  {"pending": {"pending", "approved"}},
	approval.Reject:   {"pending": {"rejected"}},
	approval.Return:   {"pending": {"returned"}},
	approval.Nudge:    {"pending": {"pending"}},
	approval.Attach:   {"pending": {"pending"}, "approved": {"approved"}},
	approval.Chase:    {"approved": {"approved"}},
	approval.Remind:   {"pending": {"pending"}},
	approval.Escalate: {"pending": {"pending"}},
	approval.Relieve:  {"pending": {"pending"}},
	approval.Expire:   {"pending": {"expired"}},
	approval.Reassign: {"pending": {"pending"}},
	approval.Close:    {"pending": {"closed"}, "returned": {"closed"}},
	approval.Revive:   {"closed": {"pending"}, "expired": {"pending"}},
}

func step(t *rapid.T, m *memory, number string) {
	before := *m.request(number)
	before.Turns = slices.Clone(before.Turns)
	held := maps.Clone(m.holds)
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 48).Draw(t, "hours")) * time.Hour)

	act, actor := anything(t, m, before)
	if rapid.IntRange(0, 3).Draw(t, "sense") > 0 { // nearly all that anything makes is refused, and the walk would get nowhere
		act, actor = sensible(t, m, before)
	}

	d, err := m.change(before, act, actor)
	after := *m.request(number)
	if err != nil {
		if after.Seq != before.Seq || !reflect.DeepEqual(held, m.holds) {
			t.Fatalf("%s was refused (%v) and changed something", act.Event, err)
		}
		return
	}
	if !slices.Contains(leads[act.Event][before.State], after.State) {
		t.Fatalf("%s led from %s to %s", act.Event, before.State, after.State)
	}
	if after.Seq != before.Seq+1 || len(m.audit[after.ID]) != after.Seq {
		t.Fatalf("%s made seq %d of %d", act.Event, after.Seq, before.Seq)
	}
	me := actor.Person.ID
	switch act.Event {
	case approval.Approve, approval.Reject, approval.Return:
		if me == 0 || me == before.Requester || me == before.SubmittedBy || before.OpenTurn(me) == nil || act.Digest != before.Digest {
			t.Fatalf("%s by %q", act.Event, d.Audit.Values.Actor)
		}
	case approval.Edit, approval.Withdraw, approval.Nudge, approval.Attach:
		if me != before.Requester && me != before.SubmittedBy {
			t.Fatalf("%s by %q", act.Event, d.Audit.Values.Actor)
		}
	case approval.Remind, approval.Escalate, approval.Relieve, approval.Expire, approval.Chase:
		if actor.Party.Kind != workflows.ClockParty {
			t.Fatalf("%s by %q", act.Event, d.Audit.Values.Actor)
		}
	default:
		if actor.Party.Kind != workflows.OperatorParty {
			t.Fatalf("%s by %q", act.Event, d.Audit.Values.Actor)
		}
	}
	for _, id := range workflows.FileIDs(after.Form["proof"]) {
		if file := m.files[id]; file.Subject != after.ID || file.Owner != after.Requester && file.Owner != after.SubmittedBy {
			t.Fatalf("I3: %s holds the file %+v", after.Number, file)
		}
	}
	if after.State == "approved" {
		if err := signed(after); err != nil {
			t.Fatal(err)
		}
	}
	if after.State == "pending" && len(after.Open()) == 0 {
		t.Fatalf("I14: after %s nobody is asked: %+v", act.Event, after.Turns)
	}
}

// anything is any event by anybody, perhaps of an older card, perhaps without its reason.
func anything(t *rapid.T, m *memory, r workflows.Request) (workflows.Act, workflows.Actor) {
	act := workflows.Act{
		Event: rapid.SampledFrom([]workflows.Event{"submit", "edit", "withdraw", "approve", "reject", "return", "approved", "remind", "escalate", "expire",
			"reassign", "close", "revive", "attach", "chase"}).Draw(t, "event"),
		Digest:  rapid.SampledFrom([]string{r.Digest, "of long ago", ""}).Draw(t, "digest"),
		Comment: rapid.SampledFrom([]string{"because", ""}).Draw(t, "comment"),
		Person:  rapid.SampledFrom(m.people).Draw(t, "person").No,
		Form:    walkForm(t),
	}
	if open := r.Open(); len(open) > 0 {
		act.Turn = rapid.SampledFrom(open).Draw(t, "turn").Key()
	}
	actors := []workflows.Actor{workflows.OperatorActor("root"), workflows.ClockActor(), {Party: workflows.Party{Kind: workflows.ContactParty, ID: 3}}}
	for _, p := range m.people {
		actors = append(actors, workflows.PersonActor(p, "web"))
	}
	return act, rapid.SampledFrom(actors).Draw(t, "actor")
}

// sensible is an event that the request's state knows, by somebody who may cause it; approvals more often than all others.
func sensible(t *rapid.T, m *memory, r workflows.Request) (workflows.Act, workflows.Actor) {
	act, _ := anything(t, m, r)
	act.Digest, act.Comment = r.Digest, "because"
	var can []workflows.Transition
	for _, transition := range m.kind.Transitions {
		if !slices.Contains(transition.From, r.State) || transition.By == workflows.Route {
			continue
		}
		can = append(can, transition)
		if transition.Event == approval.Approve || transition.Event == approval.Edit {
			can = append(can, transition, transition, transition)
		}
	}
	if len(can) == 0 {
		return act, workflows.ClockActor()
	}
	chosen := rapid.SampledFrom(can).Draw(t, "transition")
	act.Event = chosen.Event
	switch chosen.By {
	case workflows.Requester:
		return act, workflows.PersonActor(m.person(r.Requester), "web")
	case workflows.Approver:
		return act, workflows.PersonActor(m.person(rapid.SampledFrom(r.Open()).Draw(t, "approver").Person), "web")
	case workflows.Administrator:
		return act, workflows.OperatorActor("root")
	}
	return act, workflows.ClockActor()
}

// signed says what is missing: each step of the route approved in this revision, in each place that its mode wants, by people who may.
func signed(r workflows.Request) error {
	for i, s := range r.Steps {
		done := map[int]bool{}
		for _, t := range r.Turns {
			if t.Revision != r.Revision || t.Step != i || t.State != workflows.TurnApproved {
				continue
			}
			if t.Person == r.Requester || t.Person == r.SubmittedBy {
				return fmt.Errorf("I3: person %d signed their own request", t.Person)
			}
			done[t.Slot] = true
		}
		if len(done) == 0 || s.Mode == workflows.AllOf && len(done) != len(s.Slots) {
			return errors.New("I3: approved without every approval of step " + s.Name)
		}
	}
	return nil
}
