package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// grant is a line of a balances file. With negative minutes it corrects one.
type grant struct {
	line      int
	person    member
	leaveType string
	unit      string // of the ledger
	days      string // as written
	minutes   workflows.Minutes
	from      workflows.Date
	until     workflows.Date // zero: it never ends
	reason    string
}

// key is what makes a grant the same when it is imported again: all its columns, however their numbers were written.
func (g grant) key() string {
	// Text and integers always encode.
	what := "grant"
	if g.minutes < 0 {
		what = "adjust"
	}
	key, _ := json.Marshal([]any{what, g.person.No, g.leaveType, g.minutes, g.from, g.until, g.reason})
	return string(key)
}

func (c cells) grant(company staff, closed map[workflows.PersonID]workflows.Date, units Units) grant {
	g := grant{line: c.row.Line, days: c.row.Cell("days"), leaveType: table.Code(c.row.Cell("leave_type"))}
	no := c.key("employee_no")
	person, known := company.was[no]
	switch g.person = person; {
	case known:
		var codes []string
		for _, u := range units(person.Person) {
			codes = append(codes, u.Value)
			if called(u.Option, g.leaveType) {
				g.unit, g.leaveType = u.Ledger, u.Value
			}
		}
		if g.unit == "" {
			c.choice("leave_type", codes...)
		}
	case no != "":
		c.fault("employee_no", "%s is nobody's number; import people first.%s", table.Show(no), company.meant(no))
	}
	var wrong string
	if g.minutes, wrong = parseDays(g.days); wrong != "" {
		c.fault("days", "%s", wrong)
	}
	g.from, g.until = c.date("valid_from"), c.date("valid_until")
	switch {
	case c.row.Cell("valid_from") == "":
		c.fault("valid_from", "The first day on which the grant can be used is missing.")
	case !g.until.IsZero() && g.until.Before(g.from):
		c.fault("valid_until", "%s is before valid_from, %s; it is the last day on which the grant can be used.", g.until, g.from)
	case known && !g.until.IsZero() && !g.until.After(closed[person.ID]):
		c.fault("valid_until", "The accounts of %s are closed through %s, so a grant that ends by then changes nothing; give it a later "+
			"end.", titled(person), closed[person.ID])
	}
	g.reason = c.text("reason", 200)
	if g.minutes < 0 && g.reason == "" {
		c.fault("reason", "A negative number of days corrects a grant and needs a reason; say why.")
	}
	return g
}

// called tells whether a cell names an option, by its code or as people say.
func called(o workflows.Option, cell string) bool {
	return o.Value == cell || slices.ContainsFunc(o.Alias, func(alias string) bool { return strings.EqualFold(alias, cell) })
}

func (g grant) String() string {
	return fmt.Sprintf("%s %s days of %s %s", titled(g.person), g.days, g.leaveType, g.during())
}

// during says when the days can be used.
func (g grant) during() string {
	if g.until.IsZero() {
		return fmt.Sprintf("from %s with no end", g.from)
	}
	return fmt.Sprintf("from %s until %s", g.from, g.until)
}

// parseDays reads a number of days as minutes of the standard day, exactly: 0.5 is half a day, and what is no whole number of minutes
// is refused. A negative number corrects a grant.
func parseDays(s string) (m workflows.Minutes, wrong string) {
	const most, decimals = 3660, 6
	shown := table.Show(s)
	amount, negative := strings.CutPrefix(table.Decimal(s), "-")
	whole, fraction, point := strings.Cut(amount, ".")
	if !plainDigits(whole) || len(whole) > 9 || point && (!plainDigits(fraction) || len(fraction) > decimals) {
		return 0, shown + " is no number of days; write digits with a point, as 10 or 2.5."
	}
	scale := int64(1)
	n := int64(0)
	for _, digit := range whole + fraction {
		n = n*10 + int64(digit-'0')
	}
	for range fraction {
		scale *= 10
	}
	minutes := n * int64(workflows.StandardDay)
	switch {
	case n == 0:
		return 0, "A grant of no days changes nothing; delete the line."
	case n > most*scale:
		return 0, fmt.Sprintf("%s days are more than can be meant; at most %d.", shown, most)
	case minutes%scale != 0:
		return 0, fmt.Sprintf("%s days are no whole number of minutes; write halves, as 2.5, or quarters.", shown)
	}
	m = workflows.Minutes(minutes / scale)
	if negative {
		m = -m
	}
	return m, ""
}

func plainDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
