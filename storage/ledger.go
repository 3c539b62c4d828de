package storage

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// lotSums begins and lotSumsEnd ends a query of what was granted and what is left of each lot; between them stands whose. Entries outside any lot sum under
// lot 0.
const (
	lotSums = `
SELECT coalesce(g.lot_id, 0), g.unit, l.valid_from, l.valid_until, coalesce(l.reason, ''), g.granted, g.rest
  FROM (SELECT lot_id, unit, sum(minutes)::bigint AS rest,
               coalesce(sum(minutes) FILTER (WHERE kind IN ('grant', 'accrual', 'carry_in', 'adjust')), 0)::bigint AS granted
          FROM ledger
         WHERE `
	lotSumsEnd = `
         GROUP BY lot_id, unit) g
  LEFT JOIN lots l ON l.id = g.lot_id
 ORDER BY g.unit, l.valid_until NULLS LAST, l.valid_from, g.lot_id`
)

const sqlBalances = lotSums + `person_id = @person` + lotSumsEnd

// Balances lists a person's lots of every unit with what is left of each. Lot 0 of a unit holds what no grant covers.
func (s *Store) Balances(ctx context.Context, person workflows.PersonID) ([]workflows.Lot, error) {
	rows, err := s.pool.Query(ctx, sqlBalances, args{"person": int64(person)})
	if err != nil {
		return nil, unread(err)
	}
	lots, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Lot, error) {
		var l workflows.Lot
		var from, until pgtype.Date
		err := row.Scan(&l.ID, &l.Unit, &from, &until, &l.Reason, &l.Granted, &l.Left)
		l.From, l.Until = date(from), date(until)
		return l, err
	})
	return lots, unread(err)
}
