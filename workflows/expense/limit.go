package expense

import (
	"math"
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// limit finds the limit of a category for a period that counts for somebody in a city: the most specific one.
func (c Category) limit(per Period, city, tier string) (Limit, bool) {
	best, rank := Limit{}, -1
	for _, l := range c.Limits {
		if l.Per != per || l.Tier != "" && l.Tier != tier || l.City != "" && !strings.EqualFold(l.City, strings.TrimSpace(city)) {
			continue
		}
		specific := 0
		if l.Tier != "" {
			specific += 2
		}
		if l.City != "" {
			specific++
		}
		if specific > rank {
			best, rank = l, specific
		}
	}
	return best, rank >= 0
}

// spending is what a person spends by category and date, in minor units of the policy's currency: on other claims, and on the lines of
// this one before the line at hand.
type spending struct {
	rules
	tier  string
	other []workflows.Charged
	lines []workflows.Charge
}

func (k rules) spending(r workflows.Request, f workflows.Facts) *spending {
	return &spending{rules: k, tier: f.Org.Person(r.Requester).Tier, other: f.Charged}
}

func (s *spending) add(l line, base workflows.Money) {
	s.lines = append(s.lines, workflows.Charge{Line: l.id, Heading: l.category.Code, Date: l.date, Base: base.Minor})
}

// spent is what was spent already of the limit of a period.
func (s *spending) spent(l line, per Period) int64 {
	sum := int64(0)
	count := func(c workflows.Charge) {
		same := c.Heading == l.category.Code && c.Date.Year == l.date.Year && c.Date.Month == l.date.Month
		if same && (per == PerMonth || per == PerDay && c.Date.Day == l.date.Day) {
			sum = plus(sum, c.Base)
		}
	}
	for _, c := range s.other {
		count(c.Charge)
	}
	for _, c := range s.lines {
		count(c)
	}
	return sum
}

// plus is a + b, neither of them below zero, or the most there is where the sum does not fit: a sum that turned negative would be no limit.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// excess is a line that goes beyond a limit.
type excess struct {
	Limit
	line line
	room workflows.Money // what is left of the limit
	over workflows.Money // by how much the line goes beyond it
}

// excesses lists the limits that a line of so much goes beyond.
func (s *spending) excesses(l line, base workflows.Money) []excess {
	var list []excess
	for _, per := range []Period{PerLine, PerDay, PerMonth} {
		limit, ok := l.category.limit(per, l.city, s.tier)
		if !ok {
			continue
		}
		room := s.money(limit.Amount)
		room.Minor = max(0, room.Minor-s.spent(l, per))
		if base.Minor > room.Minor {
			over := workflows.Money{Minor: base.Minor - room.Minor, Currency: s.Currency}
			list = append(list, excess{Limit: limit, line: l, room: room, over: over})
		}
	}
	return list
}

// room is the least that is left of the limits up to which a line is paid; capped tells whether the line goes beyond it.
func (s *spending) room(l line, base workflows.Money) (room workflows.Money, capped bool) {
	room = base
	for _, e := range s.excesses(l, base) {
		if e.Over == Cap && e.room.Minor < room.Minor {
			room, capped = e.room, true
		}
	}
	return room, capped
}

// take counts a line, as far as it is paid: up to the room that there is. Of a room that is too small for a coin of the currency that the
// claim is paid in nothing is taken.
func (s *spending) take(l line, w worth) (worth, error) {
	if room, capped := s.room(l, w.base); capped {
		pays, err := scaled(w.pays, room, w.base)
		if err != nil {
			return w, err
		}
		if pays.Minor == 0 {
			room.Minor = 0
		}
		w.pays, w.base = pays, room
	}
	s.add(l, w.base)
	return w, nil
}

// found lists what all lines of a claim go beyond, as they were asked for.
func (k rules) found(r workflows.Request, f workflows.Facts) []excess {
	var list []excess
	s := k.spending(r, f)
	for _, l := range k.lines(r.Form) {
		w, fault := k.worth(l, f)
		if fault != nil {
			continue // which measure says
		}
		list = append(list, s.excesses(l, w.base)...)
		if _, err := s.take(l, w); err != nil {
			continue // which measure says as well
		}
	}
	return list
}

func (e excess) args() workflows.Args {
	return workflows.Args{"Line": e.line.id, "Category": e.line.category.textKey(), "Limit": e.limit().String(), "Over": e.over.String(),
		"Room": e.room.String(), "Per": "expense.per." + string(e.Per), "City": e.City}
}

func (e excess) limit() workflows.Money {
	m, err := workflows.ParseMoney(e.Amount, e.room.Currency)
	if err != nil {
		return e.room
	}
	return m
}

// limits refuses what goes beyond a limit that blocks.
func (k rules) limits(r workflows.Request, f workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	for _, e := range k.found(r, f) {
		if e.Over == Block {
			faults = append(faults, workflows.Fault(e.line.field("amount"), "expense.over_limit", e.args()))
		}
	}
	return faults
}

// stillFits refuses a claim that is taken up again although others have used its limits since: what is paid of it was worked out before.
func (k rules) stillFits(r workflows.Request, f workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	s := k.spending(r, f)
	for _, l := range k.lines(r.Form) {
		minor, err := k.sanctionedBase(r, l)
		if err != nil {
			return []*workflows.Error{tooLarge(l)}
		}
		base := workflows.Money{Minor: minor, Currency: k.Currency}
		for _, e := range s.excesses(l, base) {
			if e.Over != Warn {
				faults = append(faults, workflows.Fault(l.field("amount"), "expense.used_since", e.args()))
			}
		}
		s.add(l, base)
	}
	return faults
}

// needsReceipt tells whether a line needs a receipt. One whose worth is not known yet needs none.
func (k rules) needsReceipt(l line, f workflows.Facts) bool {
	if l.category.byPolicy() || !l.given() {
		return false
	}
	above := l.category.Receipt
	if above == "" {
		above = k.Receipt
	}
	if above == "" {
		return false
	}
	w, fault := k.worth(l, f)
	return fault == nil && w.base.Minor > k.money(above).Minor
}

// receipts refuses lines without a receipt that they need, where the policy does.
func (k rules) receipts(r workflows.Request, f workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	for _, l := range k.bare(r, f) {
		if k.NoReceipt == Block {
			faults = append(faults, workflows.Fault(l.field("receipt"), "expense.receipt_missing", k.bareArgs(l)))
		}
	}
	return faults
}

// bare lists the lines without a receipt that they need.
func (k rules) bare(r workflows.Request, f workflows.Facts) []line {
	return slices.DeleteFunc(k.lines(r.Form), func(l line) bool { return len(l.receipts) > 0 || !k.needsReceipt(l, f) })
}

func (k rules) bareArgs(l line) workflows.Args {
	above := l.category.Receipt
	if above == "" {
		above = k.Receipt
	}
	m := k.money(above)
	return workflows.Args{"Line": l.id, "Above": m.String()}
}

// age refuses lines that are too old, and those of days to come.
func (k rules) age(r workflows.Request, f workflows.Facts) []*workflows.Error {
	today := f.Today(f.Org.Person(r.Requester))
	first := today.AddDays(-*k.MaxAge)
	var faults []*workflows.Error
	for _, l := range k.lines(r.Form) {
		switch {
		case l.date.After(today):
			faults = append(faults, workflows.Fault(l.field("date"), "expense.future", workflows.Args{"Date": l.date.String()}))
		case l.until.After(today):
			faults = append(faults, workflows.Fault(l.field("until"), "expense.future", workflows.Args{"Date": l.until.String()}))
		case l.date.Before(first):
			faults = append(faults, workflows.Fault(l.field("date"), "expense.too_old",
				workflows.Args{"Date": l.date.String(), "First": first.String(), "Days": *k.MaxAge}))
		}
	}
	return faults
}

// complete refuses what a single field cannot know to be wrong.
func (k rules) complete(r workflows.Request, _ workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	for _, l := range k.lines(r.Form) {
		typed, number := r.Form[l.field("rate")], r.Form[l.field("invoice_no")]
		_, bad := workflows.ParseRate(typed)
		switch {
		case l.category.PerDiem != nil && l.until.Before(l.date):
			faults = append(faults, workflows.Fault(l.field("until"), "expense.until",
				workflows.Args{"Date": l.date.String(), "Until": l.until.String()}))
		case number != "" && !invoiceShape.MatchString(workflows.Folded(number)):
			faults = append(faults, workflows.Fault(l.field("invoice_no"), "expense.invoice_shape", nil))
		case l.tax.Minor > l.amount.Minor:
			faults = append(faults, workflows.Fault(l.field("tax"), "expense.tax", nil))
		case typed != "" && bad != nil:
			faults = append(faults, atField(l.field("rate"), bad))
		case typed != "" && l.note == "":
			faults = append(faults, workflows.Fault(l.field("note"), "expense.rate_reason", nil))
		}
	}
	return faults
}
