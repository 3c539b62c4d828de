package storage

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// LATERAL has each of the few looked up by key, from its date backwards.
const sqlRates = `
SELECT w.currency, w.date, r.per_base, r.date, r.base
  FROM unnest(@currencies::text[], @dates::date[]) AS w (currency, date)
 CROSS JOIN LATERAL (SELECT q.per_base, q.date, q.base
                       FROM rates q
                      WHERE q.currency = w.currency AND q.date BETWEEN w.date - @days::integer AND w.date
                      ORDER BY q.date DESC
                      LIMIT 1) r`

// loadRates queues the rates that are wanted.
func loadRates(trip *Trip, wanted []workflows.RateWanted, f *workflows.Facts) {
	currencies, dates := make([]string, len(wanted)), make([]pgtype.Date, len(wanted))
	for i, w := range wanted {
		currencies[i], dates[i] = w.Currency, pgDate(w.Date)
	}
	f.Rates = make(map[workflows.RateWanted]workflows.QuotedRate, len(wanted))
	var w workflows.RateWanted
	var q workflows.QuotedRate
	var on, of pgtype.Date
	given := args{"currencies": currencies, "dates": dates, "days": workflows.RateDays}
	queue(trip, sqlRates, given, each(func() {
		w.Date, q.Date = date(on), date(of)
		f.Rates[w] = q
	}, &w.Currency, &on, &q.Rate, &of, &q.Base))
}
