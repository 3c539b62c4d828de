package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// BalanceColumns are those of a balances file. The last ones are what an export says beside it; an import does not read them.
var BalanceColumns = append(table.Required("employee_no", "leave_type", "days", "valid_from", "valid_until", "reason"),
	table.Optional("name", "leave_type_name", "used", "reserved", "left")...)

// ImportBalances imports a balances file: each line is one grant, beside those there are, or with a negative number of days a correction
// of what was granted for the same days. A line that was imported before, or stands twice in the file, is skipped. units lists what can be
// granted to a person.
func (s *Store) ImportBalances(t table.Table, units Units, now time.Time) Import {
	return Import{store: s, table: t, lock: sqlImportBooksLock, plan: func(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error) {
		return planBalances(ctx, tx, t, units, now)
	}}
}

// Units lists what can be granted to a person.
type Units = func(p workflows.Person) []workflows.Unit

const sqlImportKeys = `
SELECT l.key FROM lots l WHERE l.key = ANY (@keys::text[])
UNION ALL
SELECT e.key FROM ledger e WHERE e.key = ANY (@keys::text[]) AND e.nr = 1`

const sqlImportNumbers = `SELECT s.id::text, s.number FROM subjects s WHERE s.id = ANY (@subjects::uuid[])`

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

// A lot that the same file grants has no id yet, but a key.
const sqlImportCorrection = `
INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, reason, key, nr, at)
SELECT l.person_id, l.unit, l.id, 'adjust', @from::date, @minutes::bigint, @reason::text, @key::text, @nr::integer, @now::timestamptz
  FROM lots l
 WHERE l.id = @lot::bigint OR l.key = nullif(@lot_key::text, '')`

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
	if t.Has("left") {
		plan.warn(0, "the columns name, leave_type_name, used, reserved and left are not read: they are worked out")
	}
	for _, row := range t.Rows {
		before := len(plan.Faults)
		if strings.HasPrefix(row.Cell("left"), "-") && row.Cell("days") == "" && row.Cell("valid_from") == "" {
			plan.say(row.Line, "skip: what somebody owes is worked out, and not granted")
			plan.Unchanged++
			continue
		}
		if g := (cells{row, &plan}).grant(company, closed, units); len(plan.Faults) == before {
			grants, keys = append(grants, g), append(keys, g.key())
		}
	}
	plan.sort()
	if len(plan.Faults) > 0 {
		return plan, nil
	}
	rows, err := tx.Query(ctx, sqlImportKeys, args{"keys": orEmpty(keys)})
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
	p := posting{plan: &plan, now: now, keys: map[workflows.LotID]string{}, changing: map[ledgerOf]*changedLedger{}}
	if err := p.read(ctx, tx, grants); err != nil {
		return plan, err
	}
	for i, g := range grants {
		if why, twice := known[keys[i]]; twice {
			plan.say(g.line, "skip: %s, the same line: %s", g, why)
			plan.Unchanged++
			continue
		}
		known[keys[i]] = fmt.Sprintf("it stands in line %d", g.line)
		if g.minutes < 0 {
			p.correct(g, keys[i])
		} else {
			p.grant(g, keys[i])
		}
		plan.Changed++
		plan.people = append(plan.people, g.person.ID)
		if !g.person.Active {
			plan.warn(g.line, "%s is not active", titled(g.person))
		}
	}
	plan.sort()
	if len(plan.Faults) == 0 {
		err = p.balances(ctx, tx)
	}
	return plan, err
}

// newLot is behind every id that there is.
const newLot workflows.LotID = 1 << 62

// posting writes the lines of a balances file into the ledgers of its people, one after the other.
type posting struct {
	plan     *Plan
	now      time.Time
	owned    map[workflows.PersonID]*books
	keys     map[workflows.LotID]string // of the lots that the file grants, which have no id yet: theirs begin with newLot
	changed  []*changedLedger           // in the order of the file
	changing map[ledgerOf]*changedLedger
}

type ledgerOf struct {
	person workflows.PersonID
	unit   string
}

// changedLedger is what becomes of one unit of somebody.
type changedLedger struct {
	first       grant // the line that changes it first
	was, ledger workflows.Ledger
}

func (p *posting) read(ctx context.Context, tx pgx.Tx, grants []grant) error {
	var people []workflows.PersonID
	for _, g := range grants {
		people = append(people, g.person.ID)
	}
	slices.Sort(people)
	p.owned = map[workflows.PersonID]*books{}
	trip := &Trip{}
	queueBooks(trip, ids(slices.Compact(people)), p.owned)
	return trip.send(ctx, tx)
}

// of finds what a line changes, and notes that it does.
func (p *posting) of(g grant) *changedLedger {
	is := ledgerOf{g.person.ID, g.unit}
	if c := p.changing[is]; c != nil {
		return c
	}
	ledger := workflows.Ledger{Unit: g.unit}
	if own := p.owned[g.person.ID]; own != nil {
		ledger = *own.ledger(g.unit)
	}
	c := &changedLedger{first: g, was: ledger, ledger: ledger}
	p.changed, p.changing[is] = append(p.changed, c), c
	return c
}

func (p *posting) grant(g grant, key string) {
	c := p.of(g)
	lot := workflows.Lot{ID: newLot + workflows.LotID(len(p.keys)), Unit: g.unit, From: g.from, Until: g.until, Granted: g.minutes,
		Left: g.minutes}
	p.keys[lot.ID] = key
	c.ledger.Lots = append(slices.Clone(c.ledger.Lots), lot)
	p.plan.say(g.line, "grant: %s", g)
	if !g.until.IsZero() {
		if days := g.until.Days() - g.from.Days() + 1; g.minutes > workflows.StandardDay*workflows.Minutes(days) {
			p.plan.warn(g.line, "%s days are more than the %d days from %s until %s", g.days, days, g.from, g.until)
		}
	}
	p.plan.write(sqlImportGrant, args{"person": int64(g.person.ID), "unit": g.unit, "from": dateArg(g.from), "until": dateArg(g.until),
		"reason": g.reason, "key": key, "minutes": int64(g.minutes), "now": p.now})
}

func (p *posting) correct(g grant, key string) {
	c := p.of(g)
	entries, missing := c.ledger.Cut(g.from, g.until, -g.minutes)
	if missing > 0 {
		there := -g.minutes - missing
		p.plan.fault(g.line, "days", "%s days are to be taken off, but %s of %s were granted to %s %s; correct no more than that, and "+
			"write the same days as the grant.", table.Show(g.days), showDays(there), g.leaveType, titled(g.person), g.during())
		return
	}
	owed := c.ledger.Pay().Debt
	c.ledger = c.ledger.Adjusted(entries)
	p.plan.say(g.line, "correction: %s", g)
	if more := c.ledger.Pay().Debt - owed; more > 0 {
		p.plan.warn(g.line, "%s then owes %s of %s, which stay booked", titled(g.person), showDays(more), g.leaveType)
	}
	for i, e := range entries {
		lot, lotKey := e.Lot, ""
		if lot >= newLot {
			lot, lotKey = 0, p.keys[e.Lot]
		}
		p.plan.write(sqlImportCorrection, args{"lot": int64(lot), "lot_key": lotKey, "from": dateArg(e.Date), "minutes": int64(e.Minutes),
			"reason": g.reason, "key": key, "nr": i + 1, "now": p.now})
	}
}

// balances says what becomes of everybody's balance, and which requests nothing pays for any more.
func (p *posting) balances(ctx context.Context, tx pgx.Tx) error {
	var all []workflows.SubjectID
	unpaid := make([][]workflows.SubjectID, len(p.changed))
	for i, c := range p.changed {
		unpaid[i] = c.newlyUnpaid()
		all = append(all, unpaid[i]...)
	}
	numbers, err := numbersOf(ctx, tx, all)
	if err != nil {
		return err
	}
	for i, c := range p.changed {
		g := c.first
		today := workflows.DateOf(p.now.In(g.person.Location()))
		text := fmt.Sprintf("%s, %s: %s → %s", titled(g.person), g.leaveType, showDays(c.was.Balance(today)),
			showDays(c.ledger.Balance(today)))
		var booked []string
		for _, id := range unpaid[i] {
			booked = append(booked, numbers[id])
		}
		if len(booked) > 0 {
			text += "; not covered any more: " + strings.Join(booked, ", ")
		}
		p.plan.Balances = append(p.plan.Balances, text)
	}
	return nil
}

// newlyUnpaid lists the requests that lots paid for and do not any more.
func (c *changedLedger) newlyUnpaid() (list []workflows.SubjectID) {
	debts := func(a workflows.Ledger) map[workflows.SubjectID]workflows.Minutes {
		sum := map[workflows.SubjectID]workflows.Minutes{}
		for _, part := range a.Pay().Parts {
			if part.Lot == 0 {
				sum[part.Subject] += part.Minutes
			}
		}
		return sum
	}
	was := debts(c.was)
	for id, owed := range debts(c.ledger) {
		if owed > was[id] {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

func numbersOf(ctx context.Context, tx pgx.Tx, subjects []workflows.SubjectID) (map[workflows.SubjectID]string, error) {
	numbers := map[workflows.SubjectID]string{}
	if len(subjects) == 0 {
		return numbers, nil
	}
	var list []string
	for _, id := range subjects {
		list = append(list, string(id))
	}
	rows, err := tx.Query(ctx, sqlImportNumbers, args{"subjects": list})
	if err != nil {
		return nil, err
	}
	var id workflows.SubjectID
	var number string
	err = each(func() { numbers[id] = number }, &id, &number).rows(rows)
	return numbers, err
}

// showDays writes minutes as days of the standard length, exactly.
func showDays(m workflows.Minutes) string {
	unit := " days"
	if m == workflows.StandardDay || m == -workflows.StandardDay {
		unit = " day"
	}
	return m.Days() + unit
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
