package workflows

import (
	"cmp"
	"slices"
)

// Booking is what one request takes of what somebody was granted: its dates and minutes.
type Booking struct {
	Subject  SubjectID // the request
	Approved bool      // used; else reserved
	Shares   []Share   // in order of dates; dates that cost nothing are left out
}

// Hold is what a request takes of its requester's time: half-days that nothing else of theirs may hold, and what they cost of a unit.
type Hold struct {
	Span   Span    `json:"span"`
	Away   bool    `json:"away,omitempty"` // once it is approved, they are not at work then
	Unit   string  `json:"unit,omitempty"` // empty: no ledger pays for it
	Shares []Share `json:"shares,omitempty"`
}

// Ledger is somebody's lots and bookings of one unit, as far as they are open.
type Ledger struct {
	Unit     string
	Lots     []Lot     // Left: what the entries sum to; lot 0, if there is one, is the debt of settled dates, so its Left is negative
	Settled  Date      // dates of bookings up to and including it are paid for by entries and count no more; zero: none
	Bookings []Booking // one of a request
}

// Part is what one lot pays of what one request takes on one date.
type Part struct {
	Subject SubjectID
	Date    Date
	Lot     LotID // 0: no lot covers it, a debt
	Minutes Minutes
}

// Payment is how the lots of a ledger pay for its bookings.
type Payment struct {
	Parts []Part  // in order of dates; one per request, date and lot
	Lots  []Lot   // with what is Left of them, the first to end in front
	Debt  Minutes // what is unpaid, of open dates and of settled ones
}

// Pay works out which lot pays for what: dates in order, each from the lot that covers it and ends first; what no lot covers is a debt. A
// lot covers one run of dates, so no other way of paying leaves less unpaid. Requests that share a date are paid in order of their IDs, so
// that the order of Bookings means nothing. A lot that was cut below what it has paid for is a debt too.
func (a Ledger) Pay() Payment {
	var parts []Part
	lots, debt := a.pay(func(part Part) { parts = add(parts, part) })
	return Payment{Parts: parts, Lots: lots, Debt: debt}
}

// Debt is what is unpaid, as Pay says it.
func (a Ledger) Debt() Minutes {
	_, debt := a.pay(func(Part) {})
	return debt
}

// pay gives what is left of the lots, and what is unpaid, and tells of each part.
func (a Ledger) pay(paid func(Part)) (lots []Lot, debt Minutes) {
	lots = slices.SortedFunc(slices.Values(a.Lots), byExpiry)
	for _, l := range lots {
		debt -= min(l.Left, 0)
	}
	for _, part := range a.due() {
		owed := part.Minutes
		for i := range lots {
			l := &lots[i]
			if l.ID == 0 || l.Left <= 0 || owed == 0 || !l.ValidOn(part.Date) {
				continue
			}
			part.Lot, part.Minutes = l.ID, min(owed, l.Left)
			l.Left -= part.Minutes
			owed -= part.Minutes
			paid(part)
		}
		if owed > 0 {
			part.Lot, part.Minutes = 0, owed
			debt += owed
			paid(part)
		}
	}
	return lots, debt
}

// due lists what the bookings cost that no entry has settled, in the order in which it is paid.
func (a Ledger) due() []Part {
	bookings, n := a.Bookings, 0
	for _, b := range bookings {
		n += len(b.Shares)
	}
	if !slices.IsSortedFunc(bookings, firstShare) {
		bookings = slices.SortedFunc(slices.Values(bookings), firstShare)
	}
	due := make([]Part, 0, n)
	for _, b := range bookings {
		for _, s := range b.Shares {
			if a.open(s) {
				due = append(due, Part{Subject: b.Subject, Date: s.Date, Minutes: s.Minutes})
			}
		}
	}
	if !slices.IsSortedFunc(due, dueFirst) { // bookings that overlap
		slices.SortFunc(due, dueFirst)
	}
	return due
}

// firstShare orders bookings by the first date that each costs something, and dueFirst what is paid.
func firstShare(x, y Booking) int {
	if len(x.Shares) == 0 || len(y.Shares) == 0 {
		return len(x.Shares) - len(y.Shares)
	}
	return x.Shares[0].Date.Compare(y.Shares[0].Date)
}

func dueFirst(x, y Part) int {
	if c := x.Date.Compare(y.Date); c != 0 {
		return c
	}
	return cmp.Compare(x.Subject, y.Subject)
}

// open says whether s costs anything that no entry has settled.
func (a Ledger) open(s Share) bool { return s.Minutes > 0 && s.Date.After(a.Settled) }

// add appends part, or adds it to the last one when only the minutes differ: a request may have two shares of one date.
func add(parts []Part, part Part) []Part {
	if n := len(parts) - 1; n >= 0 {
		last := &parts[n]
		if last.Subject == part.Subject && last.Date == part.Date && last.Lot == part.Lot {
			last.Minutes += part.Minutes
			return parts
		}
	}
	return append(parts, part)
}

// Without returns a without what that request takes. a stays as it is.
func (a Ledger) Without(subject SubjectID) Ledger {
	a.Bookings = slices.DeleteFunc(slices.Clone(a.Bookings), func(b Booking) bool { return b.Subject == subject })
	return a
}

// With returns a with b in place of what its request took before. a stays as it is.
func (a Ledger) With(b Booking) Ledger {
	a = a.Without(b.Subject)
	a.Bookings = append(a.Bookings, b)
	return a
}

// Free is the most that further leave on these dates together could cost without more being unpaid than now. Settled dates have nothing
// free.
func (a Ledger) Free(dates ...Date) Minutes {
	all := Booking{}
	for _, d := range dates {
		all.Shares = append(all.Shares, Share{d, left(a.Lots)})
	}
	greedy := a
	greedy.Bookings = append(slices.Clone(a.Bookings), all)
	now, _ := a.pay(func(Part) {})
	then, _ := greedy.pay(func(Part) {})
	return left(now) - left(then)
}

// left is what lots have left to pay with.
func left(lots []Lot) (sum Minutes) {
	for _, l := range lots {
		sum += max(0, l.Left)
	}
	return sum
}

// Cut returns the entries that take m minutes off what was granted for exactly the days from–until: first off what no entry has settled,
// the newest lot in front, and from none more than was granted by it. What is booked stays booked, so a cut can leave a debt. missing is
// what was not granted, and so cannot be cut.
func (a Ledger) Cut(from, until Date, m Minutes) (entries []Entry, missing Minutes) {
	lots := slices.Clone(a.Lots)
	slices.SortFunc(lots, func(x, y Lot) int { return cmp.Compare(y.ID, x.ID) })
	cut := map[LotID]Minutes{}
	for _, atMost := range []func(l Lot) Minutes{
		func(l Lot) Minutes { return min(l.Left, l.Granted) },
		func(l Lot) Minutes { return l.Granted - cut[l.ID] },
	} {
		for _, l := range lots {
			if l.ID == 0 || l.From != from || l.Until != until {
				continue
			}
			part := max(0, min(m, atMost(l)))
			cut[l.ID] += part
			m -= part
		}
	}
	for _, l := range lots {
		if cut[l.ID] > 0 {
			entries = append(entries, Entry{Kind: EntryAdjust, Unit: a.Unit, Lot: l.ID, Date: from, Minutes: -cut[l.ID]})
		}
	}
	return entries, m
}

// Adjusted returns a after entries that grant or correct. a stays as it is.
func (a Ledger) Adjusted(entries []Entry) Ledger {
	a.Lots = slices.Clone(a.Lots)
	for _, e := range entries {
		for i := range a.Lots {
			if l := &a.Lots[i]; l.ID == e.Lot {
				l.Granted += e.Minutes
				l.Left += e.Minutes
			}
		}
	}
	return a
}

// Balance is what is left on a day for it and those that follow, less what is owed.
func (a Ledger) Balance(today Date) Minutes {
	paid := a.Pay()
	sum := -paid.Debt
	for _, l := range paid.Lots {
		if l.ID != 0 && (l.Until.IsZero() || !l.Until.Before(today)) {
			sum += max(0, l.Left)
		}
	}
	return sum
}

// Undecided tells whether a request for a date that is open, up to and including through, still waits for its decision.
func (a Ledger) Undecided(through Date) bool {
	return slices.ContainsFunc(a.Bookings, func(b Booking) bool { return !b.Approved && a.costs(b, through) })
}

// costs tells whether a booking costs anything up to and including a day that no entry has settled.
func (a Ledger) costs(b Booking, through Date) bool {
	return slices.ContainsFunc(b.Shares, func(s Share) bool { return a.open(s) && !s.Date.After(through) })
}

// Settle returns the entries that close the dates up to and including through: one per lot (0: debt) with what they have used of it. Dates
// are paid in order, so once the entries are added and Settled is through, the same lots pay for every later date as before. Not ok, and
// no entries: a request for one of these dates is undecided, or nothing is to be settled.
func (a Ledger) Settle(through Date) (entries []Entry, ok bool) {
	if !through.After(a.Settled) || a.Undecided(through) {
		return nil, false
	}
	add := func(lot LotID, m Minutes) {
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Lot == lot })
		if i < 0 {
			i = len(entries)
			entries = append(entries, Entry{Kind: EntrySettle, Unit: a.Unit, Lot: lot, Date: through})
		}
		entries[i].Minutes += m
	}
	if slices.ContainsFunc(a.Bookings, func(b Booking) bool { return a.costs(b, through) }) {
		for _, part := range a.Pay().Parts {
			if part.Date.After(through) {
				break
			}
			add(part.Lot, -part.Minutes)
		}
	}
	for _, l := range a.Lots { // one that was cut and ends with the period is not read again, so its debt goes on without it
		if l.ID != 0 && l.Left < 0 && !l.Until.IsZero() && !l.Until.After(through) {
			add(l.ID, -l.Left)
			add(0, l.Left)
		}
	}
	return entries, len(entries) > 0
}

// CloseBooks settles all of somebody's ledgers through a day, so that nothing before it has to be read again. Not ok, and no entries:
// something there is undecided, or nothing is to be settled.
func CloseBooks(ledgers []Ledger, through Date) (entries []Entry, ok bool) {
	if slices.ContainsFunc(ledgers, func(a Ledger) bool { return a.Undecided(through) }) {
		return nil, false
	}
	for _, a := range ledgers {
		settled, _ := a.Settle(through)
		entries = append(entries, settled...)
	}
	return entries, len(entries) > 0
}
