package workflowtest

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

type grant struct {
	owner workflows.PersonID
	lot   workflows.Lot
}

type settled struct {
	owner workflows.PersonID
	entry workflows.Entry
}

// Grant gives somebody a lot, and the lot its ID: 1 for the first of all.
func (m *Memory) Grant(owner workflows.PersonID, lot workflows.Lot) {
	lot.ID = workflows.LotID(len(m.grants) + 1)
	m.grants = append(m.grants, grant{owner, lot})
}

// ledgers are somebody's lots and bookings, as far as their books are open.
func (m *Memory) ledgers(owner workflows.PersonID) []workflows.Ledger {
	var list []workflows.Ledger
	ledger := func(unit string) *workflows.Ledger {
		i := slices.IndexFunc(list, func(a workflows.Ledger) bool { return a.Unit == unit })
		if i < 0 {
			i = len(list)
			list = append(list, workflows.Ledger{Unit: unit, Settled: m.closed[owner]})
		}
		return &list[i]
	}
	for _, g := range m.grants {
		if g.owner == owner && (g.lot.Until.IsZero() || g.lot.Until.After(m.closed[owner])) {
			g.lot.Left = g.lot.Granted
			a := ledger(g.lot.Unit)
			a.Lots = append(a.Lots, g.lot)
		}
	}
	for _, s := range m.settled {
		if s.owner != owner {
			continue
		}
		a := ledger(s.entry.Unit)
		i := slices.IndexFunc(a.Lots, func(l workflows.Lot) bool { return l.ID == s.entry.Lot })
		if i < 0 && s.entry.Lot == 0 {
			i = len(a.Lots)
			a.Lots = append(a.Lots, workflows.Lot{Unit: s.entry.Unit})
		}
		if i >= 0 {
			a.Lots[i].Left += s.entry.Minutes
		}
	}
	for id, h := range m.holds {
		last, _ := h.Span.Last()
		if h.owner == owner && h.Unit != "" && last.After(m.closed[owner]) {
			a := ledger(h.Unit)
			a.Bookings = append(a.Bookings, workflows.Booking{Subject: id, Approved: h.approved, Shares: h.Shares})
		}
	}
	return list
}

// payment is how somebody's lots of a unit pay for what is booked.
func (m *Memory) payment(owner workflows.PersonID, unit string) workflows.Payment {
	return workflows.Facts{Ledgers: m.ledgers(owner)}.Ledger(unit).Pay()
}

func (m *Memory) balance(owner workflows.PersonID, unit string) workflows.Minutes {
	paid := m.payment(owner, unit)
	sum := -paid.Debt
	for _, l := range paid.Lots {
		if l.ID != 0 {
			sum += l.Left
		}
	}
	return sum
}

// checkLedgers holds what is granted against what is left and what is booked.
func (m *Memory) checkLedgers(r workflows.Request) {
	m.t.Helper()
	for _, a := range m.ledgers(r.Requester) {
		var have, booked, left, paid workflows.Minutes
		for _, l := range a.Lots {
			have += max(l.Left, 0)
		}
		for _, b := range a.Bookings {
			for _, s := range b.Shares {
				if s.Date.After(a.Settled) {
					booked += s.Minutes
				}
			}
		}
		p := a.Pay()
		for _, l := range p.Lots {
			left += max(l.Left, 0)
		}
		owed := p.Debt
		for _, l := range a.Lots {
			owed += min(l.Left, 0) // of closed books
		}
		for _, part := range p.Parts {
			paid += part.Minutes
		}
		if paid != booked || have-left != booked-owed {
			m.t.Fatalf("I8: %s: %d were there, %d are left; %d are booked, %d accounted for, %d owed", a.Unit, have, left, booked, paid,
				owed)
		}
	}
}
