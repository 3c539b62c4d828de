package storage

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

const sqlCharged = `
SELECT s.number, c.line, c.heading, c.date, c.amount, c.currency, c.base
  FROM charges c
  JOIN subjects s ON s.id = c.subject_id
 WHERE c.person_id = ` + requester + ` AND c.date BETWEEN @from AND @to AND c.subject_id IS DISTINCT FROM @subject::uuid
 ORDER BY c.date, s.number, c.line`

// loadCharges queues what the requester's other requests spend on some dates.
func loadCharges(trip *Trip, s whose, on workflows.DateSpan, f *workflows.Facts) {
	var c workflows.Charged
	var day pgtype.Date
	queue(trip, sqlCharged, s.args(args{"from": dateArg(on.From), "to": dateArg(on.To)}), each(func() {
		c.Date = date(day)
		f.Charged = append(f.Charged, c)
	}, &c.Number, &c.Line, &c.Heading, &day, &c.Amount.Minor, &c.Amount.Currency, &c.Base))
}

const (
	sqlUncharge = `DELETE FROM charges WHERE subject_id = @subject`
	sqlCharge   = `
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT @subject, c.line, @person, c.heading, c.date, c.amount, c.currency, c.base
  FROM unnest(@lines::integer[], @headings::text[], @dates::date[], @amounts::bigint[], @currencies::text[], @bases::bigint[])
       AS c (line, heading, date, amount, currency, base)`
)

// writeCharges stores what a request spends from now on.
func writeCharges(trip *Trip, d workflows.Decision) {
	if d.Charges == nil && !d.Released {
		return
	}
	subject := args{"subject": string(d.Request.ID)}
	if d.Request.Seq > 1 {
		trip.Queue(sqlUncharge, subject)
	}
	if len(d.Charges) == 0 {
		return
	}
	var lines []int32
	var headings, currencies []string
	var dates []pgtype.Date
	var amounts, bases []int64
	for _, c := range d.Charges {
		lines, headings, dates = append(lines, int32(c.Line)), append(headings, c.Heading), append(dates, pgDate(c.Date))
		amounts, currencies, bases = append(amounts, c.Amount.Minor), append(currencies, c.Amount.Currency), append(bases, c.Base)
	}
	trip.Queue(sqlCharge, with(subject, args{"person": int64(d.Request.Requester), "lines": lines, "headings": headings, "dates": dates,
		"amounts": amounts, "currencies": currencies, "bases": bases}))
}
