package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// ImportRates imports the rates of a file, for one unit of base. Where the file has them for one of another currency, as those of the
// European Central Bank for one euro, each day's are turned about by the quote that the base has there on that day, exactly and rounded
// once, half up, to ten decimals; a day that has no quote of the base is left out with a warning. Rates that the file does not have stay as
// they are.
func (s *Store) ImportRates(file RateFile, base string, now time.Time) Import {
	return Import{store: s, lock: sqlImportPeopleLock, plan: func(ctx context.Context, tx pgx.Tx, _ table.Table) (Plan, error) {
		return planRates(ctx, tx, file, base, workflows.DateOf(now.UTC()))
	}}
}

const sqlImportRatesStored = `
SELECT r.currency, r.date, r.base, r.per_base
  FROM rates r
 WHERE r.currency = ANY (@currencies::text[]) AND r.date BETWEEN @from AND @to`

const sqlImportRates = `
INSERT INTO rates (currency, date, base, per_base)
SELECT n.currency, n.date, @base::text, n.per_base
  FROM unnest(@currencies::text[], @dates::date[], @rates::bigint[]) AS n (currency, date, per_base)
ON CONFLICT (currency, date) DO UPDATE SET base = excluded.base, per_base = excluded.per_base`

// storedRate is a rate, with the currency for one unit of which it is.
type storedRate struct {
	rate workflows.Rate
	base string
}

func (r storedRate) String() string { return fmt.Sprintf("%s for one %s", r.rate, r.base) }

// ratesNamed is how many of the rates that change are named; a file may change every one.
const ratesNamed = 20

func planRates(ctx context.Context, tx pgx.Tx, file RateFile, base string, today workflows.Date) (Plan, error) {
	plan := Plan{Warnings: slices.Clone(file.warnings)}
	from := cmp.Or(file.base, base)
	quotes := withoutBase(&plan, file.quotes, from)
	if from != base {
		quotes = turnAbout(&plan, quotes, from, base)
	}
	plan.sort()
	slices.SortStableFunc(quotes, func(a, b quote) int { return a.line - b.line })
	if len(plan.Faults) > 0 || len(quotes) == 0 {
		return plan, nil
	}
	stored, err := ratesStored(ctx, tx, quotes)
	if err != nil {
		return plan, err
	}
	var changed []quote
	more, ahead := 0, map[workflows.Date]bool{}
	for _, q := range quotes {
		if q.date.After(today.AddDays(1)) && !ahead[q.date] { // it is tomorrow somewhere already
			ahead[q.date] = true
			plan.warn(q.line, "%s is still to come; is the year right?", table.Show(q.date.String()))
		}
		was, known := stored[rateDay{q.currency, q.date}]
		is := storedRate{q.rate, base}
		switch {
		case known && was == is:
			plan.Unchanged++
			continue
		case !known:
			plan.New++
		case plan.Changed == ratesNamed:
			more++
		case q.date.Before(today):
			plan.Changed++
			plan.Warnings = append(plan.Warnings, table.Fault{Line: q.line, Sentence: fmt.Sprintf("%s of %s was %s and becomes %s; what "+
				"was sent with the old rate keeps it", q.currency, q.date, was, is)})
		default:
			plan.Changed++
			plan.say(q.line, "change: %s of %s: %s → %s", q.currency, q.date, was, is)
		}
		changed = append(changed, q)
	}
	if more > 0 {
		plan.warn(0, "%d more rates change", more)
		plan.Changed += more
	}
	plan.writeRates(changed, base)
	return plan, nil
}

// withoutBase leaves out the base itself, which needs no rate, and refuses another one than its own.
func withoutBase(plan *Plan, quotes []quote, base string) []quote {
	return slices.DeleteFunc(slices.Clone(quotes), func(q quote) bool {
		if q.currency == base && q.rate != workflows.BaseRate {
			plan.fault(q.line, "", "%s is the currency for one unit of which the rates are, so its own rate is 1 and not %s; delete "+
				"the line.", base, q.rate)
		}
		return q.currency == base
	})
}

// turnAbout gives rates for one unit of base of those for one of another currency.
func turnAbout(plan *Plan, quotes []quote, from, base string) []quote {
	bases, lineOf := map[workflows.Date]workflows.Rate{}, map[workflows.Date]int{}
	var days []workflows.Date
	for _, q := range quotes {
		if _, known := lineOf[q.date]; !known {
			days, lineOf[q.date] = append(days, q.date), q.line
		}
		if q.currency == base {
			bases[q.date] = q.rate
		}
	}
	var turned []quote
	turn := func(q quote) {
		rate, err := workflows.CrossRate(q.rate, bases[q.date])
		if err != nil {
			plan.fault(q.line, q.currency, "The rate of %s cannot be turned into one for %s: %v.", q.date, base, err)
			return
		}
		q.rate = rate
		turned = append(turned, q)
	}
	for _, day := range days {
		if _, known := bases[day]; known {
			turn(quote{lineOf[day], day, from, workflows.BaseRate})
			continue
		}
		plan.warn(lineOf[day], "%s is left out: the file has no rate of %s on that day, without which rates for one %s cannot be turned "+
			"into rates for one %s", table.Show(day.String()), base, from, base)
	}
	for _, q := range quotes {
		if _, known := bases[q.date]; known && q.currency != base {
			turn(q)
		}
	}
	return turned
}

func ratesStored(ctx context.Context, tx pgx.Tx, quotes []quote) (map[rateDay]storedRate, error) {
	from, to := quotes[0].date, quotes[0].date
	named := map[string]bool{}
	currencies := []string{}
	for _, q := range quotes {
		if q.date.Before(from) {
			from = q.date
		}
		if q.date.After(to) {
			to = q.date
		}
		if !named[q.currency] {
			named[q.currency], currencies = true, append(currencies, q.currency)
		}
	}
	rows, err := tx.Query(ctx, sqlImportRatesStored, args{"currencies": currencies, "from": dateArg(from), "to": dateArg(to)})
	if err != nil {
		return nil, err
	}
	stored := map[rateDay]storedRate{}
	var day rateDay
	var on pgtype.Date
	var r storedRate
	err = each(func() {
		day.date = date(on)
		stored[day] = r
	}, &day.currency, &on, &r.base, &r.rate).rows(rows)
	return stored, err
}

// writeRates plans the writes of rates, many in each.
func (p *Plan) writeRates(quotes []quote, base string) {
	const atOnce = 5000
	for part := range slices.Chunk(quotes, atOnce) {
		currencies, dates, rates := make([]string, len(part)), make([]pgtype.Date, len(part)), make([]int64, len(part))
		for i, q := range part {
			currencies[i], dates[i], rates[i] = q.currency, pgDate(q.date), int64(q.rate)
		}
		p.write(sqlImportRates, args{"base": base, "currencies": currencies, "dates": dates, "rates": rates})
	}
}
