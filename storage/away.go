package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// The people near somebody are found by the indexes on managers and departments, whatever the size of the company.
const sqlAway = `
WITH me AS (
	SELECT id, manager_id, department FROM people WHERE id = @person
), near AS (
	SELECT p.id FROM me JOIN people p ON p.manager_id = me.id
	UNION SELECT p.id FROM me JOIN people p ON p.manager_id = me.manager_id
	UNION SELECT p.id FROM me JOIN people p ON p.department = me.department AND p.active WHERE me.department <> ''
)
SELECT p.id, p.name, lower(k.halves), upper(k.halves)
  FROM near
  JOIN people p ON p.id = near.id AND p.active
  JOIN bookings k ON k.person_id = p.id AND k.away AND k.approved AND upper(k.halves) > @start AND lower(k.halves) < @end
 WHERE p.id <> @person AND (cardinality(@of::bigint[]) = 0 OR p.id = ANY (@of::bigint[]))
 ORDER BY lower(k.halves), p.name, p.id
 LIMIT @limit`

// Away lists the approved absences, within some half-days, of those who share a person's department or manager or report to them: of all of
// them, or only of those who are among the people named. Whom they may see beside these is no affair of a list that everybody can ask for.
func (s *Store) Away(ctx context.Context, person workflows.PersonID, span workflows.Span, of []workflows.PersonID, limit int) (
	[]workflows.Busy, error,
) {
	rows, err := s.pool.Query(ctx, sqlAway,
		args{"person": int64(person), "start": span.Start, "end": span.End, "of": ids(of), "limit": limit})
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Busy, error) {
		b := workflows.Busy{Approved: true}
		err := row.Scan(&b.Person, &b.Name, &b.Span.Start, &b.Span.End)
		return b, err
	})
	return list, unread(err)
}
