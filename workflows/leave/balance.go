package leave

import (
	"time"

	"github.com/nod-chat/nod/workflows"
)

// balance refuses a leave that the person's lots do not cover, beyond what the type lets them owe.
func (k rules) balance(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 || !l.Type.NeedsBalance {
		return faults
	}
	if l.From.Days() <= f.Closed.Days() && !f.Closed.IsZero() {
		return []*workflows.Error{workflows.Fault("from", "leave.closed", workflows.Args{"Closed": f.Closed.String()})}
	}
	others := l.others(r, f)
	before, cost := others.Debt(), total(l.Shares)
	short := others.With(workflows.Booking{Subject: r.ID, Shares: l.Shares}).Debt() - before
	left, owed := l.free(others, before), workflows.Minutes(l.Type.NegativeTo)*workflows.StandardDay
	// Lots can be left over and yet not cover a date, and an old debt can outweigh lots that do: both are looked at.
	if short <= owed && left-cost >= -owed {
		return nil
	}
	return []*workflows.Error{workflows.Fault("to", "leave.balance",
		workflows.Args{"Type": typeKey(l.Type.Code), "Left": int64(left), "Minutes": int64(cost), "Owed": int64(owed)})}
}

// others is the person's ledger of the type, without what this very request takes.
func (l leave) others(r workflows.Request, f workflows.Facts) workflows.Ledger {
	return f.Ledger(l.Type.ledger()).Without(r.ID)
}

// free is what the lots could still pay for on the dates of the leave, less what is owed already.
func (l leave) free(others workflows.Ledger, debt workflows.Minutes) workflows.Minutes {
	var dates []workflows.Date
	for _, s := range l.Shares {
		dates = append(dates, s.Date)
	}
	return others.Free(dates...) - debt
}

// reserve holds the half-days of a request that has been sent, and reserves what it costs. It also closes books that nobody can ask for
// any more.
func (k rules) reserve(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return workflows.Joined(faults)
	}
	if int64(total(l.Shares)) != r.Measures[MeasureMinutes] { // what is revived was counted by another calendar
		return workflows.Fault("to", "leave.recounted", workflows.Args{
			"Minutes": int64(total(l.Shares)), "Was": r.Measures[MeasureMinutes]})
	}
	d.Hold = &workflows.Hold{Span: l.Span, Away: true}
	if !l.Type.NeedsBalance {
		return nil
	}
	d.Hold.Unit, d.Hold.Shares = l.Type.ledger(), l.Shares
	through := closable(f.Today(f.Org.Person(r.Requester)))
	if !l.From.After(through) {
		through = l.From.AddDays(-1) // what is asked for now has to be paid for first
	}
	if !through.After(f.Closed) {
		return nil
	}
	if entries, ok := workflows.CloseBooks(f.Ledgers, through); ok {
		d.Entries, d.Closed = entries, through
	}
	return nil
}

// closable is the last day whose leave is settled: the end of the year before last, since leave is asked for up to some weeks
// afterwards. What a submission has to read is then never more than about three years, however long somebody has been here.
func closable(today workflows.Date) workflows.Date {
	return workflows.Date{Year: today.Year - 2, Month: time.December, Day: 31}
}

// use makes the reservation leave taken.
func use(_ workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Used = true
	return nil
}

// release gives back what the request reserved and held.
func release(_ workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Released = true
	return nil
}
