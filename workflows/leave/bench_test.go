package leave_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// press is lin's request for four days of annual leave out of two lots, and how it is pressed.
type press struct {
	*workflowtest.Memory
	kind         *workflows.Kind
	request      workflows.Request
	ask, approve workflows.Act
	lin, zhao    workflows.Actor
}

func pressed(b *testing.B) press {
	m := workflowtest.NewMemory(b, policy.Default())
	lin, zhao := m.Named("lin"), m.Named("zhao")
	for i, left := range []workflows.Minutes{2, 10} {
		m.Grant(lin.ID, workflows.Lot{Unit: "leave:annual", Granted: left * workflows.StandardDay,
			From:  workflows.Date{Year: 2026, Month: time.January, Day: 1},
			Until: workflows.Date{Year: 2026 + i, Month: time.December, Day: 31}})
	}
	r := m.Draft("leave", lin.ID, lin.ID)
	r.ID = "0195596e-0000-7000-8000-000000000001"
	form := workflows.Form{"type": "annual", "from": "2026-03-16", "to": "2026-03-19", "reason": "family visit"}
	return press{Memory: m, kind: m.KindOf(r), request: r, ask: workflows.Act{Event: approval.Submit, Form: form},
		approve: workflows.Act{Event: approval.Approve}, lin: workflows.PersonActor(lin, "web"), zhao: workflows.PersonActor(zhao, "web")}
}

// Everything that a submission is checked for: the form, the calendar, limits, overlap and balance, then the route and the allocation.
func BenchmarkSubmit(b *testing.B) {
	p := pressed(b)
	facts := p.Facts(p.request, p.Wants(p.request, p.ask))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := p.kind.Decide(p.request, p.ask, p.lin, facts); err != nil || len(d.Hold.Shares) != 4 {
			b.Fatalf("%+v, %v", d.Hold, err)
		}
	}
}

// The same after a year in which lin was away for four days of each week.
func BenchmarkSubmitAfterAYear(b *testing.B) {
	p := pressed(b)
	facts := p.Facts(p.request, p.Wants(p.request, p.ask))
	monday := workflows.Date{Year: 2026, Month: time.March, Day: 23}
	for week := range 52 {
		booking := workflows.Booking{Subject: workflows.SubjectID(fmt.Sprintf("0195596e-0000-7000-8000-%012d", 2+week)), Approved: true}
		for day := range 4 {
			booking.Shares = append(booking.Shares, workflows.Share{Date: monday.AddDays(7*week + day), Minutes: 1})
		}
		facts.Ledgers[0].Bookings = append(facts.Ledgers[0].Bookings, booking)
	}
	b.ReportAllocs()
	for b.Loop() {
		if d, err := p.kind.Decide(p.request, p.ask, p.lin, facts); err != nil || len(d.Hold.Shares) != 4 {
			b.Fatalf("%+v, %v", d.Hold, err)
		}
	}
}

// An approval that ends the route, so that what is reserved becomes leave taken.
func BenchmarkApprove(b *testing.B) {
	p := pressed(b)
	d, err := p.Change(p.request, p.ask, p.lin)
	if err != nil {
		b.Fatal(err)
	}
	r := p.Request(d.Request.Number)
	p.approve.Digest = r.Digest
	facts := p.Facts(r, p.Wants(r, p.approve))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := p.kind.Decide(r, p.approve, p.zhao, facts); err != nil || d.Request.State != "approved" {
			b.Fatalf("%s, %v", d.Request.State, err)
		}
	}
}

// The row that a change leaves in the audit, with its values, salted and chained.
func BenchmarkSeal(b *testing.B) {
	p := pressed(b)
	d, err := p.kind.Decide(p.request, p.ask, p.lin, p.Facts(p.request, p.Wants(p.request, p.ask)))
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
