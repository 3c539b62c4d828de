package storage

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

const sqlHold = `
INSERT INTO bookings (subject_id, person_id, halves, away, unit, dates, amounts, approved)
VALUES (@subject, @person, int4range(@start, @end), @away, @unit, @dates, @amounts, false)
ON CONFLICT (subject_id) DO UPDATE
   SET halves = excluded.halves, away = excluded.away, unit = excluded.unit, dates = excluded.dates, amounts = excluded.amounts,
       approved = excluded.approved`

const sqlHeld = `UPDATE bookings k SET approved = true FROM @each WHERE k.subject_id = @subject::uuid`

const sqlFree = `DELETE FROM bookings k USING @each WHERE k.subject_id = @subject::uuid`

const sqlEntries = `
INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, subject_id, seq, nr, at)
SELECT @person, e.unit, nullif(e.lot, 0), e.kind, e.date, e.amount, @subject, @seq, e.nr, @at
  FROM unnest(@units::text[], @lots::bigint[], @kinds::text[], @dates::date[], @amounts::bigint[])
       WITH ORDINALITY AS e (unit, lot, kind, date, amount, nr)`

const sqlCloseBooks = `UPDATE books SET closed_on = @through WHERE person_id = @person`

// writeBooking stores what a decision says of the requester's time.
func writeBooking(trip *Trip, d workflows.Decision) {
	r := d.Request
	subject := args{"subject": string(r.ID)}
	switch {
	case d.Hold != nil:
		dates, minutes := []pgtype.Date{}, []int64{}
		for _, s := range d.Hold.Shares {
			dates, minutes = append(dates, pgDate(s.Date)), append(minutes, int64(s.Minutes))
		}
		trip.Queue(sqlHold, with(subject, args{"person": int64(r.Requester), "start": d.Hold.Span.Start, "end": d.Hold.Span.End,
			"away": d.Hold.Away, "unit": d.Hold.Unit, "dates": dates, "amounts": minutes}))
	case d.Used:
		trip.Queue(sqlHeld, subject)
	case d.Released:
		trip.Queue(sqlFree, subject)
	}
	if len(d.Entries) > 0 {
		trip.Queue(sqlEntries, entriesArgs(r, d.Entries))
	}
	if !d.Closed.IsZero() {
		trip.Queue(sqlCloseBooks, args{"person": int64(r.Requester), "through": dateArg(d.Closed)})
	}
}

// entriesArgs turns ledger entries into columns, so that they are written in one statement.
func entriesArgs(r workflows.Request, entries []workflows.Entry) args {
	var units, kinds []string
	var lots, minutes []int64
	var dates []pgtype.Date
	for _, e := range entries {
		units, kinds = append(units, e.Unit), append(kinds, string(e.Kind))
		lots, minutes = append(lots, int64(e.Lot)), append(minutes, int64(e.Minutes))
		dates = append(dates, pgDate(e.Date))
	}
	return args{"person": int64(r.Requester), "subject": string(r.ID), "seq": r.Seq, "at": r.ChangedAt,
		"units": units, "lots": lots, "kinds": kinds, "dates": dates, "amounts": minutes}
}

// Lots that ended in a closed period can pay for nothing any more and are not read. Entries without a lot are a debt, which is given as
// the lot 0; and through which day the books are closed is told even where there is nothing else.
const lotsOf = `
SELECT b.person_id, b.closed_on, l.id, l.unit, l.valid_from, l.valid_until, l.reason, l.granted, l.rest
  FROM books b
  LEFT JOIN LATERAL (
	SELECT l.id, l.unit, l.valid_from, l.valid_until, l.reason, e.granted, e.rest
	  FROM lots l
	 CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount) FILTER (WHERE e.kind IN ('grant', 'accrual', 'carry_in', 'adjust')), 0)::bigint
	                                AS granted,
	                            coalesce(sum(e.amount), 0)::bigint AS rest
	                       FROM ledger e
	                      WHERE e.lot_id = l.id) e
	 WHERE l.person_id = b.person_id AND coalesce(l.valid_until, 'infinity'::date) > coalesce(b.closed_on, '-infinity'::date)
	UNION ALL
	SELECT 0, e.unit, NULL, NULL, '', 0, sum(e.amount)::bigint
	  FROM ledger e
	 WHERE e.person_id = b.person_id AND e.lot_id IS NULL
	 GROUP BY e.unit
	HAVING sum(e.amount) <> 0) l ON true
 WHERE b.person_id `

const lotsInOrder = `
 ORDER BY b.person_id, l.unit, l.valid_until NULLS LAST, l.valid_from, l.id`

const (
	sqlLots      = lotsOf + `= ` + requester + lotsInOrder
	sqlLotsOfAll = lotsOf + `= ANY (@people::bigint[])` + lotsInOrder
)

const bookingsOf = `
SELECT b.person_id, k.subject_id::text, k.unit, k.approved, k.dates, k.amounts
  FROM books b
  JOIN bookings k ON k.person_id = b.person_id
   AND upper(k.halves) > 2 * (coalesce(b.closed_on, date '1970-01-01') - date '1970-01-01' + 1)
 WHERE k.unit <> '' AND b.person_id `

const (
	sqlBookings      = bookingsOf + `= ` + requester + ` ORDER BY lower(k.halves)`
	sqlBookingsOfAll = bookingsOf + `= ANY (@people::bigint[]) ORDER BY lower(k.halves)`
)

// books are somebody's ledgers, as far as they are open.
type books struct {
	closed  workflows.Date
	ledgers []workflows.Ledger
}

// ledger finds a ledger, or opens it.
func (own *books) ledger(unit string) *workflows.Ledger {
	if i := slices.IndexFunc(own.ledgers, func(l workflows.Ledger) bool { return l.Unit == unit }); i >= 0 {
		return &own.ledgers[i]
	}
	own.ledgers = append(own.ledgers, workflows.Ledger{Unit: unit, Settled: own.closed})
	return &own.ledgers[len(own.ledgers)-1]
}

// loadLedgers queues what the requester's lots and bookings are, as far as they are open.
func loadLedgers(trip *Trip, s whose, f *workflows.Facts) {
	own := &books{}
	of := func(workflows.PersonID) *books { return own }
	queue(trip, sqlLots, s.args(), readLots(of))
	queue(trip, sqlBookings, s.args(), all(func(rows pgx.Rows) error {
		err := readBookings(of).rows(rows)
		f.Closed, f.Ledgers = own.closed, own.ledgers
		return err
	}))
}

// queueBooks queues those of several people.
func queueBooks(trip *Trip, people []int64, into map[workflows.PersonID]*books) {
	of := func(id workflows.PersonID) *books {
		if into[id] == nil {
			into[id] = &books{}
		}
		return into[id]
	}
	queue(trip, sqlLotsOfAll, args{"people": people}, readLots(of))
	queue(trip, sqlBookingsOfAll, args{"people": people}, readBookings(of))
}

func readLots(of func(workflows.PersonID) *books) reading {
	var person workflows.PersonID
	var closed, from, until pgtype.Date
	var l struct {
		id            *workflows.LotID
		unit, reason  *string
		granted, rest *workflows.Minutes
	}
	return each(func() {
		own := of(person)
		own.closed = date(closed)
		if l.id == nil { // books without a lot
			return
		}
		in := own.ledger(*l.unit)
		in.Lots = append(in.Lots, workflows.Lot{ID: *l.id, Unit: *l.unit, From: date(from), Until: date(until),
			Reason: *l.reason, Granted: *l.granted, Left: *l.rest})
	}, &person, &closed, &l.id, &l.unit, &from, &until, &l.reason, &l.granted, &l.rest)
}

func readBookings(of func(workflows.PersonID) *books) reading {
	var person workflows.PersonID
	var k workflows.Booking
	var unit string
	var dates pgtype.FlatArray[pgtype.Date] // a plain slice would be filled by reflection, and a year's bookings are many
	var minutes pgtype.FlatArray[int64]
	return each(func() {
		k.Shares = make([]workflows.Share, len(dates))
		for i := range dates {
			k.Shares[i] = workflows.Share{Date: date(dates[i]), Minutes: workflows.Minutes(minutes[i])}
		}
		in := of(person).ledger(unit)
		in.Bookings = append(in.Bookings, k)
	}, &person, &k.Subject, &unit, &k.Approved, &dates, &minutes)
}

// Ledgers lists a person's lots and bookings of every unit, as far as they are open.
func (s *Store) Ledgers(ctx context.Context, person workflows.PersonID, now time.Time) ([]workflows.Ledger, error) {
	trip := &Trip{}
	f := workflows.Facts{Now: now}
	loadLedgers(trip, whose{Requester: person}, &f)
	if err := trip.send(ctx, s.pool); err != nil {
		return nil, unread(err)
	}
	return f.Ledgers, nil
}
