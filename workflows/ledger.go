package workflows

import (
	"cmp"
	"slices"
)

// Minutes is an amount of working time. Leave is kept in minutes of the person's standard day, so that halves and hours are whole numbers and every
// sum is exact.
type Minutes int64

// StandardDay is the length of a day of leave where the person's own is not given.
const StandardDay Minutes = 480

// LotID names a lot. 0 is no lot: what was taken beyond all grants, a debt.
type LotID int64

// Lot is one grant of leave and what is left of it. Lots of a unit may overlap in time.
type Lot struct {
	ID            LotID
	Unit          string // the leave type whose minutes these are
	From, Until   Date   // valid on these dates and between; zero: without that end
	Granted, Left Minutes
	Reason        string
}

// ValidOn says whether leave on d may use l.
func (l Lot) ValidOn(d Date) bool {
	return !d.Before(l.From) && (l.Until.IsZero() || !d.After(l.Until))
}

// Share is what one date of a leave costs.
type Share struct {
	Date    Date
	Minutes Minutes
}

// EntryKind says why a balance changed.
type EntryKind string

// The kinds of ledger entries.
const (
	EntryGrant    EntryKind = "grant"    // given by hand or import
	EntryAccrual  EntryKind = "accrual"  // given by the type's rule
	EntryCarryIn  EntryKind = "carry_in" // brought from the period before
	EntryExpiry   EntryKind = "expiry"   // lost at the end of a lot
	EntryReserve  EntryKind = "reserve"  // kept for a pending request
	EntryRelease  EntryKind = "release"  // a reservation undone
	EntryUse      EntryKind = "use"      // taken by approved leave
	EntryReversal EntryKind = "reversal" // a use undone
	EntryAdjust   EntryKind = "adjust"   // corrected by hr
)

// Entry is one line of a leave ledger. Lines are only ever added; the balance is their sum.
type Entry struct {
	Kind    EntryKind `json:"kind"`
	Unit    string    `json:"unit"`
	Lot     LotID     `json:"lot,omitempty"` // 0: debt
	Date    Date      `json:"date"`          // the date of leave that is paid for; for other kinds the day on which it takes effect
	Minutes Minutes   `json:"minutes"`
}

// Allocate says which lots pay for a leave: on each date, in order, those valid on it, nearest to expiry first, then the earlier begun, then the lower
// number. So no minute lapses that could have been used, and a leave across an expiry is split. It returns reservations, one per date and lot, and how
// much no lot covers; that much stands among them as debt. lots are of one unit, with or without its debt (ID 0), which pays for nothing; shares
// without minutes cost nothing.
func Allocate(lots []Lot, shares []Share) (taken []Entry, short Minutes) {
	var unit string
	if len(lots) > 0 {
		unit = lots[0].Unit
	}
	lots = slices.DeleteFunc(slices.Clone(lots), func(l Lot) bool { return l.ID == 0 })
	slices.SortStableFunc(lots, byExpiry)
	shares = slices.SortedStableFunc(slices.Values(shares), func(a, b Share) int { return a.Date.Compare(b.Date) })

	for _, share := range shares {
		owed := share.Minutes
		for i := range lots {
			l := &lots[i]
			part := min(owed, l.Left)
			if part <= 0 || !l.ValidOn(share.Date) {
				continue
			}
			l.Left -= part
			owed -= part
			taken = reserve(taken, Entry{Kind: EntryReserve, Unit: unit, Lot: l.ID, Date: share.Date, Minutes: -part})
		}
		if owed > 0 {
			short += owed
			taken = reserve(taken, Entry{Kind: EntryReserve, Unit: unit, Date: share.Date, Minutes: -owed})
		}
	}
	return taken, short
}

// byExpiry puts the lot that lapses first in front; one that never ends comes last.
func byExpiry(a, b Lot) int {
	if a.Until.IsZero() != b.Until.IsZero() {
		if a.Until.IsZero() {
			return 1
		}
		return -1
	}
	return cmp.Or(a.Until.Compare(b.Until), a.From.Compare(b.From), cmp.Compare(a.ID, b.ID))
}

// reserve adds e to entries, or to the one of the same lot and date.
func reserve(entries []Entry, e Entry) []Entry {
	for i := len(entries) - 1; i >= 0 && entries[i].Date == e.Date; i-- {
		if entries[i].Lot == e.Lot {
			entries[i].Minutes += e.Minutes
			return entries
		}
	}
	return append(entries, e)
}

// Release returns the entries that undo reservations exactly.
func Release(reserved []Entry) []Entry {
	released := make([]Entry, len(reserved))
	for i, e := range reserved {
		e.Kind, e.Minutes = EntryRelease, -e.Minutes
		released[i] = e
	}
	return released
}

// Use returns the entries that turn reservations into leave taken: each is released and used at once, so the balance stays as it is.
func Use(reserved []Entry) []Entry {
	used := Release(reserved)
	for _, e := range reserved {
		e.Kind = EntryUse
		used = append(used, e)
	}
	return used
}
