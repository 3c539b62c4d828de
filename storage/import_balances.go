package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// BalanceColumns are those of a balances file.
var BalanceColumns = table.Required("employee_no", "leave_type", "days", "valid_from", "valid_until", "reason")

// ImportBalances imports a balances file: each line is one grant, beside those there are. A line that was imported before, or stands twice
// in the file, is skipped. units lists what can be granted to a person.
func (s *Store) ImportBalances(t table.Table, units Units, now time.Time) Import {
	return Import{store: s, table: t, lock: sqlImportBooksLock, plan: func(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error) {
		return planBalances(ctx, tx, t, units, now)
	}}
}

// Units lists what can be granted to a person.
type Units = func(p workflows.Person) []workflows.Unit

const sqlImportLots = `SELECT l.key FROM lots l WHERE l.key = ANY (@keys::text[])`

// A lot and the entry that fills it are one statement, so that neither can be without the other.
const sqlImportGrant = `
WITH lot AS (
	INSERT INTO lots (person_id, unit, valid_from, valid_until, reason, key)
	VALUES (@person, @unit, @from, @until, @reason, @key)
	RETURNING id
)
INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at)
SELECT @person::bigint, @unit::text, lot.id, 'grant', @from::date, @minutes::bigint, @now::timestamptz
  FROM lot`

// grant is a line of a balances file.
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
	key, _ := json.Marshal([]any{"grant", g.person.No, g.leaveType, g.minutes, g.from, g.until, g.reason})
	return string(key)
}

func planBalances(ctx context.Context, tx pgx.Tx, t table.Table, units Units, now time.Time) (Plan, error) {
	var plan Plan
	company, err := readStaff(ctx, tx)
	if err != nil {
		return plan, err
	}
	closed, err := closedBooks(ctx, tx)
	if err != nil {
		return plan, err
	}
	var grants []grant
	var keys []string
	for _, row := range t.Rows {
		before := len(plan.Faults)
		if g := (cells{row, &plan}).grant(company, closed, units); len(plan.Faults) == before {
			grants, keys = append(grants, g), append(keys, g.key())
		}
	}
	plan.sort()
	if len(plan.Faults) > 0 {
		return plan, nil
	}
	rows, err := tx.Query(ctx, sqlImportLots, args{"keys": orEmpty(keys)})
	if err != nil {
		return plan, err
	}
	stored, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return plan, err
	}
	known := map[string]string{}
	for _, key := range stored {
		known[key] = "it was imported before"
	}
	for i, g := range grants {
		if why, twice := known[keys[i]]; twice {
			plan.say(g.line, "skip: %s, the same line: %s", g, why)
			plan.Unchanged++
			continue
		}
		known[keys[i]] = fmt.Sprintf("it stands in line %d", g.line)
		plan.say(g.line, "grant: %s", g)
		plan.Changed++
		g.warn(&plan)
		plan.people = append(plan.people, g.person.ID)
		plan.write(sqlImportGrant, args{"person": int64(g.person.ID), "unit": g.unit, "from": dateArg(g.from), "until": dateArg(g.until),
			"reason": g.reason, "key": keys[i], "minutes": int64(g.minutes), "now": now})
	}
	return plan, nil
}

const sqlImportClosed = `SELECT b.person_id, b.closed_on FROM books b WHERE b.closed_on IS NOT NULL`

// closedBooks tells through which day somebody's books are closed.
func closedBooks(ctx context.Context, tx pgx.Tx) (map[workflows.PersonID]workflows.Date, error) {
	rows, err := tx.Query(ctx, sqlImportClosed, args{})
	if err != nil {
		return nil, err
	}
	closed := map[workflows.PersonID]workflows.Date{}
	var id workflows.PersonID
	var on pgtype.Date
	_, err = pgx.ForEachRow(rows, []any{&id, &on}, func() error { closed[id] = date(on); return nil })
	return closed, err
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
	return g
}

// called tells whether a cell names an option, by its code or as people say.
func called(o workflows.Option, cell string) bool {
	return o.Value == cell || slices.ContainsFunc(o.Alias, func(alias string) bool { return strings.EqualFold(alias, cell) })
}

func (g grant) String() string {
	until := "with no end"
	if !g.until.IsZero() {
		until = "until " + g.until.String()
	}
	return fmt.Sprintf("%s %s days of %s from %s %s", titled(g.person), g.days, g.leaveType, g.from, until)
}

// warn names what is allowed and seldom meant.
func (g grant) warn(plan *Plan) {
	if !g.until.IsZero() {
		if days := g.until.Days() - g.from.Days() + 1; g.minutes > workflows.StandardDay*workflows.Minutes(days) {
			plan.warn(g.line, "%s days are more than the %d days from %s until %s", g.days, days, g.from, g.until)
		}
	}
	if !g.person.Active {
		plan.warn(g.line, "%s is not active", titled(g.person))
	}
}

// parseDays reads a number of days as minutes of the standard day, exactly: 0.5 is half a day, and what is no whole number of minutes
// is refused.
func parseDays(s string) (m workflows.Minutes, wrong string) {
	const most, decimals = 3660, 6
	shown := table.Show(s)
	whole, fraction, point := strings.Cut(table.Decimal(s), ".")
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
	return workflows.Minutes(minutes / scale), ""
}

func plainDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
