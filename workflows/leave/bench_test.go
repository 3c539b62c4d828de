package leave_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// pressed is lin's request for four days of annual leave out of two lots, and how it is pressed.
func pressed(b *testing.B) (m *memory, r workflows.Request, ask, approve workflows.Act, lin, zhao workflows.Actor) {
	m = newMemory(b, policy.Default(), company()...)
	m.now = time.Date(2026, time.March, 2, 1, 0, 0, 0, time.UTC)
	for i, left := range []workflows.Minutes{2, 10} {
		m.grants = append(m.grants, grant{3, workflows.Lot{ID: workflows.LotID(i + 1), Unit: "leave:annual", Granted: left * workflows.StandardDay,
			From: workflows.Date{Year: 2026, Month: time.January, Day: 1}, Until: workflows.Date{Year: 2026 + i, Month: time.December, Day: 31}}})
	}
	r = workflows.Request{Requester: 3, SubmittedBy: 3}
	r.ID, r.Kind, r.Definition = "0195596e-0000-7000-8000-000000000001", m.kind.Kind, m.kind.Hash()
	ask = workflows.Act{Event: approval.Submit, Form: workflows.Form{"type": "annual", "from": "2026-03-16", "to": "2026-03-19", "reason": "family visit"}}
	approve = workflows.Act{Event: approval.Approve}
	lin, zhao = workflows.PersonActor(m.person(3), "web"), workflows.PersonActor(m.person(2), "web")
	return m, r, ask, approve, lin, zhao
}

// Everything that a submission is checked for: the form, the calendar, limits, overlap and balance, then the route and the allocation.
func BenchmarkSubmit(b *testing.B) {
	m, r, ask, _, lin, _ := pressed(b)
	facts := m.facts(r, m.wants(r, ask))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := m.kind.Decide(r, ask, lin, facts); err != nil || len(d.Hold.Shares) != 4 {
			b.Fatalf("%+v, %v", d.Hold, err)
		}
	}
}

// An approval that ends the route, so that what is reserved becomes leave taken.
func BenchmarkApprove(b *testing.B) {
	m, r, ask, approve, lin, zhao := pressed(b)
	d, err := m.change(r, ask, lin)
	if err != nil {
		b.Fatal(err)
	}
	r = *m.request(d.Request.Number)
	approve.Digest = r.Digest
	facts := m.facts(r, m.wants(r, approve))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := m.kind.Decide(r, approve, zhao, facts); err != nil || d.Request.State != "approved" {
			b.Fatalf("%s, %v", d.Request.State, err)
		}
	}
}

// The row that a change leaves in the audit, with its values, salted and chained.
func BenchmarkSeal(b *testing.B) {
	m, r, ask, _, lin, _ := pressed(b)
	d, err := m.kind.Decide(r, ask, lin, m.facts(r, m.wants(r, ask)))
	if err != nil {
		b.Fatal(err)
	}
	prev, salt := make([]byte, 32), make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Audit.Seal(prev, salt); err != nil {
			b.Fatal(err)
		}
	}
}
