package workflowtest

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// check holds a changed request against the promises: I3 (never approved but by somebody else), I5 (audit = state), I8 (the ledger adds
// up), I14 (somebody is asked), and against those of its own kind.
func (m *Memory) check(r workflows.Request) {
	m.t.Helper()
	replayed, err := workflows.Replay(m.audit[r.ID])
	if err != nil {
		m.t.Fatalf("I5: %s: %v", r.Number, err)
	}
	replayed.Number = r.Number
	if !reflect.DeepEqual(replayed, r) {
		m.t.Fatalf("I5: the audit of %s gives\n%+v\nand the state is\n%+v", r.Number, replayed, r)
	}
	if err := m.filed(r); err != nil {
		m.t.Fatalf("I3: %s: %v", r.Number, err)
	}
	kind := m.KindOf(r)
	if approves(kind, r.State) {
		last := r.LastDecision()
		if last == nil || last.State != workflows.TurnApproved || last.Revision != r.Revision || last.Person == r.Requester ||
			last.Person == r.SubmittedBy {
			m.t.Fatalf("I3: %s is %s and its last decision is %+v", r.Number, r.State, last)
		}
		if err := signed(r); err != nil {
			m.t.Fatalf("%s: %v", r.Number, err)
		}
	}
	if info, _ := kind.State(r.State); info.Routed && len(r.Open()) == 0 {
		m.t.Fatalf("I14: %s is %s and nobody is asked: %+v", r.Number, r.State, r.Turns)
	}
	m.checkLedgers(r)
	if m.Check != nil {
		if err := m.Check(m, r); err != nil {
			m.t.Fatalf("%s: %v", r.Number, err)
		}
	}
}

// filed says what is wrong with a request that somebody may have filed for somebody else: neither is ever asked to decide it, whatever the
// route, and the audit says of each change by whoever filed it in whose place that was.
func (m *Memory) filed(r workflows.Request) error {
	for _, t := range r.Turns {
		if t.Person == r.Requester || t.Person == r.SubmittedBy {
			return fmt.Errorf("person %d is asked to decide their own request: %+v", t.Person, t)
		}
	}
	rows := m.audit[r.ID]
	last, want := rows[len(rows)-1], workflows.PersonID(0)
	if r.SubmittedBy != r.Requester && last.Actor.Person() == r.SubmittedBy {
		want = r.Requester
	}
	if own := last.Actor.Person(); (own == r.Requester || own == r.SubmittedBy) && last.For != want {
		return fmt.Errorf("%s by person %d is noted as in the place of %d, want %d", last.Event, own, last.For, want)
	}
	return nil
}

// approves tells whether a state is one to which an approval leads.
func approves(kind *workflows.Kind, state workflows.State) bool {
	return slices.Contains(led(kind, approval.Approved), state)
}

// led lists the states to which an event leads.
func led(kind *workflows.Kind, event workflows.Event) []workflows.State {
	var states []workflows.State
	for _, t := range kind.Transitions {
		if t.Event == event && t.To != "" {
			states = append(states, t.To)
		}
	}
	return states
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
			return fmt.Errorf("I3: approved without every approval of step %s", s.Name)
		}
	}
	return nil
}
