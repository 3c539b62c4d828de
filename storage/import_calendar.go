package storage

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// CalendarColumns are those of a calendar file.
var CalendarColumns = table.Required("country", "date", "kind", "name")

// ImportCalendar imports a calendar file: each date of a country that departs from the weekly pattern. Its rows override the years that
// come with the program, and dates that the file does not name stay as they are.
func (s *Store) ImportCalendar(t table.Table) Import {
	return Import{store: s, table: t, lock: sqlImportPeopleLock, plan: planCalendar}
}

const sqlImportDays = `
SELECT d.country, d.date, d.kind, d.name
  FROM calendar_days d
 WHERE d.country = ANY (@countries::text[])`

const sqlImportDay = `
INSERT INTO calendar_days (country, date, kind, name)
VALUES (@country, @date, @kind, @name)
ON CONFLICT (country, date) DO UPDATE SET kind = excluded.kind, name = excluded.name`

type countryDate struct {
	country string
	date    workflows.Date
}

func planCalendar(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error) {
	var plan Plan
	days := map[countryDate]workflows.CalendarDay{}
	lineOf := map[countryDate]int{}
	var order []countryDate
	countries := []string{}
	for _, row := range t.Rows {
		c := cells{row, &plan}
		key := countryDate{c.country(), c.date("date")}
		if c.row.Cell("date") == "" {
			c.fault("date", "The date is missing.")
		}
		day := workflows.CalendarDay{Date: key.date, Name: c.text("name", 100),
			Kind: workflows.DayKind(c.choice("kind", string(workflows.Workday), string(workflows.Rest), string(workflows.Statutory)))}
		if first, twice := lineOf[key]; twice && !key.date.IsZero() {
			c.fault("date", "%s %s stands in line %d and in line %d; keep one of the two.", key.country, key.date, first, row.Line)
			continue
		}
		days[key], lineOf[key] = day, row.Line
		order = append(order, key)
		if !slices.Contains(countries, key.country) {
			countries = append(countries, key.country)
		}
	}
	plan.sort()
	if len(plan.Faults) > 0 {
		return plan, nil
	}
	stored, err := storedDays(ctx, tx, countries)
	if err != nil {
		return plan, err
	}
	for _, key := range order {
		is := days[key]
		was, known := stored[key]
		switch {
		case known && was == is:
			plan.Unchanged++
			continue
		case known:
			plan.say(lineOf[key], "change: %s %s: %s %s → %s %s", key.country, key.date, was.Kind, table.Show(was.Name), is.Kind,
				table.Show(is.Name))
		default:
			plan.say(lineOf[key], "new: %s %s: %s %s", key.country, key.date, is.Kind, table.Show(is.Name))
		}
		plan.Changed++
		plan.write(sqlImportDay, args{"country": key.country, "date": dateArg(key.date), "kind": string(is.Kind), "name": is.Name})
	}
	return plan, nil
}

func storedDays(ctx context.Context, tx pgx.Tx, countries []string) (map[countryDate]workflows.CalendarDay, error) {
	rows, err := tx.Query(ctx, sqlImportDays, args{"countries": countries})
	if err != nil {
		return nil, err
	}
	stored := map[countryDate]workflows.CalendarDay{}
	var country string
	var on pgtype.Date
	var d workflows.CalendarDay
	err = each(func() {
		d.Date = date(on)
		stored[countryDate{country, d.Date}] = d
	}, &country, &on, &d.Kind, &d.Name).rows(rows)
	return stored, err
}
