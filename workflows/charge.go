package workflows

import "cmp"

// Charge is an amount of money that a line of a request spends on a date, as far as it is asked for: what limits of a day or a month
// count, and what reports sum.
type Charge struct {
	Line    int    `json:"line"`
	Heading string `json:"heading"` // what it is spent on, a category's code
	Date    Date   `json:"date"`
	Amount  Money  `json:"amount"` // as the receipt says
	Base    int64  `json:"base"`   // what is paid of it, in minor units of the kind's base currency
}

// Charged is a charge of another request of the same person.
type Charged struct {
	Charge
	Number string // of the request
}

// DateSpan is a range of dates, both included; the zero one is none.
type DateSpan struct{ From, To Date }

// And is the range that covers both.
func (s DateSpan) And(other DateSpan) DateSpan {
	switch {
	case s.From.IsZero():
		return other
	case other.From.IsZero():
		return s
	}
	if other.From.Before(s.From) {
		s.From = other.From
	}
	if other.To.After(s.To) {
		s.To = other.To
	}
	return s
}

// byLine puts charges in the order of their lines.
func byLine(a, b Charge) int { return cmp.Compare(a.Line, b.Line) }
