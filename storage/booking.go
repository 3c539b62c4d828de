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

const sqlHeld = `UPDATE bookings SET approved = true WHERE subject_id = @subject`

const sqlFree = `DELETE FROM bookings WHERE subject_id = @subject`

const sqlEntries = `
INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, subject_id, seq, nr, at)
SELECT @person, e.unit, nullif(e.lot, 0), e.kind, e.date, e.amount, @subject, @seq, e.nr, @at
  FROM unnest(@units::text[], @lots::bigint[], @kinds::text[], @dates::date[], @amounts::bigint[])
       WITH ORDINALITY AS e (unit, lot, kind, date, amount, nr)`

const sqlCloseBooks = `UPDATE books SET closed_on = @through WHERE person_id = @person`

// writeBooking stores what a decision says of the requester's time.
func writeBooking(b *pgx.Batch, d workflows.Decision) {
	r := d.Request
	subject := args{"subject": string(r.ID)}
	switch {
	case d.Hold != nil:
		dates, minutes := []pgtype.Date{}, []int64{}
		for _, s := range d.Hold.Shares {
			dates, minutes = append(dates, pgDate(s.Date)), append(minutes, int64(s.Minutes))
		}
		b.Queue(sqlHold, with(subject, args{"person": int64(r.Requester), "start": d.Hold.Span.Start, "end": d.Hold.Span.End,
			"away": d.Hold.Away, "unit": d.Hold.Unit, "dates": dates, "amounts": minutes}))
	case d.Used:
		b.Queue(sqlHeld, subject)
	case d.Released:
		b.Queue(sqlFree, subject)
	}
	if len(d.Entries) > 0 {
		b.Queue(sqlEntries, entriesArgs(r, d.Entries))
	}
	if !d.Closed.IsZero() {
		b.Queue(sqlCloseBooks, args{"person": int64(r.Requester), "through": dateArg(d.Closed)})
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
const sqlLots = `
SELECT b.closed_on, l.id, l.unit, l.valid_from, l.valid_until, l.reason, l.granted, l.rest
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
 WHERE b.person_id = ` + requester + `
 ORDER BY l.unit, l.valid_until NULLS LAST, l.valid_from, l.id`

const sqlBookings = `
SELECT k.subject_id::text, k.unit, k.approved, k.dates, k.amounts
  FROM books b
  JOIN bookings k ON k.person_id = b.person_id
   AND k.halves && int4range((2 * (coalesce(b.closed_on, date '1970-01-01') - date '1970-01-01' + 1))::integer, NULL)
 WHERE b.person_id = ` + requester + ` AND k.unit <> ''
 ORDER BY lower(k.halves)`

// loadLedgers queues what somebody's lots and bookings are, as far as they are open.
func loadLedgers(b *pgx.Batch, s whose, f *workflows.Facts) {
	ledger := func(unit string) *workflows.Ledger {
		if i := slices.IndexFunc(f.Ledgers, func(a workflows.Ledger) bool { return a.Unit == unit }); i >= 0 {
			return &f.Ledgers[i]
		}
		f.Ledgers = append(f.Ledgers, workflows.Ledger{Unit: unit, Settled: f.Closed})
		return &f.Ledgers[len(f.Ledgers)-1]
	}
	var closed, from, until pgtype.Date
	var l struct {
		id            *workflows.LotID
		unit, reason  *string
		granted, rest *workflows.Minutes
	}
	queue(b, sqlLots, s.args(nil), each(func() {
		f.Closed = date(closed)
		if l.id == nil { // books without a lot
			return
		}
		of := ledger(*l.unit)
		of.Lots = append(of.Lots, workflows.Lot{ID: *l.id, Unit: *l.unit, From: date(from), Until: date(until),
			Reason: *l.reason, Granted: *l.granted, Left: *l.rest})
	}, &closed, &l.id, &l.unit, &from, &until, &l.reason, &l.granted, &l.rest))
	var k workflows.Booking
	var unit string
	var dates []pgtype.Date
	var minutes []int64
	queue(b, sqlBookings, s.args(nil), each(func() {
		k.Shares = nil
		for i := range dates {
			k.Shares = append(k.Shares, workflows.Share{Date: date(dates[i]), Minutes: workflows.Minutes(minutes[i])})
		}
		of := ledger(unit)
		of.Bookings = append(of.Bookings, k)
	}, &k.Subject, &unit, &k.Approved, &dates, &minutes))
}

// Ledgers lists a person's lots and bookings of every unit, as far as they are open.
func (s *Store) Ledgers(ctx context.Context, person workflows.PersonID, now time.Time) ([]workflows.Ledger, error) {
	b := &pgx.Batch{}
	f := workflows.Facts{Now: now}
	loadLedgers(b, whose{Requester: person}, &f)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, unread(err)
	}
	return f.Ledgers, nil
}
