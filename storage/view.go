package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// Facts loads what a kind's rules want to know of a request, or of a person who may be about to make one. It takes no lock: it is for
// showing.
func (s *Store) Facts(ctx context.Context, id workflows.SubjectID, requester workflows.PersonID, w workflows.Wants,
	now time.Time) (workflows.Facts, error) {
	trip := &Trip{}
	var f workflows.Facts
	finish := load(trip, whose{Subject: id, Requester: requester}, w, now, &f)
	if err := trip.send(ctx, s.pool); err != nil {
		return f, unread(err)
	}
	finish()
	return f, nil
}

const sqlDaysOf = `
SELECT c.date, c.kind, c.name
  FROM calendar_days c
 WHERE c.country = @country AND c.date BETWEEN @from AND @to`

// CalendarDays lists the imported days of a country in a range.
func (s *Store) CalendarDays(ctx context.Context, country string, from, to workflows.Date) ([]workflows.CalendarDay, error) {
	rows, err := s.pool.Query(ctx, sqlDaysOf, args{"country": country, "from": dateArg(from), "to": dateArg(to)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.CalendarDay, error) {
		var d workflows.CalendarDay
		var on pgtype.Date
		err := row.Scan(&on, &d.Kind, &d.Name)
		d.Date = date(on)
		return d, err
	})
}
