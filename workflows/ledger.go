package workflows

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Minutes is an amount of working time. Leave is kept in minutes of the person's standard day, so that halves and hours are
// whole numbers and every sum is exact.
type Minutes int64

// StandardDay is the length of a day of leave where the person's own is not given.
const StandardDay Minutes = 480

// Days writes m as a decimal number of standard days, exactly where up to six decimals can say it: 2.5, -0.125. What they cannot is rounded
// towards zero.
func (m Minutes) Days() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	const scale = 1_000_000
	text := strconv.FormatInt(int64(m/StandardDay), 10)
	if rest := m % StandardDay * scale / StandardDay; rest > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	}
	return sign + text
}

// LotID names a lot. 0 is no lot: what was taken beyond all grants, a debt.
type LotID int64

// Unit is something that is granted to people, as a type of leave, and what they call it.
type Unit struct {
	Ledger string // its name in ledgers: leave:annual
	Option
}

// Lot is one grant of leave and what is left of it. Lots of a unit may overlap in time.
type Lot struct {
	ID            LotID
	Unit          string // what these minutes are of
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
	EntryGrant   EntryKind = "grant"    // given by hand or import
	EntryAccrual EntryKind = "accrual"  // given by the type's rule
	EntryCarryIn EntryKind = "carry_in" // brought from the period before
	EntryExpiry  EntryKind = "expiry"   // lost at the end of a lot
	EntryAdjust  EntryKind = "adjust"   // corrected by hr
	EntrySettle  EntryKind = "settle"   // used by the dates of a period that is closed
)

// Entry is one line of a leave ledger. Lines are only ever added; the balance is their sum less what is booked.
type Entry struct {
	Kind    EntryKind `json:"kind"`
	Unit    string    `json:"unit"`
	Lot     LotID     `json:"lot,omitempty"` // 0: debt
	Date    Date      `json:"date"`          // the day on which it takes effect; of a settlement the last day that it settles
	Minutes Minutes   `json:"minutes"`
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
