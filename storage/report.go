package storage

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// What is spent is read once, along the index on dates for a company and along that on people for anybody else, within the months that are
// wanted, so that years of history cost nothing; LATERAL … OFFSET 0 keeps the planner from reading a whole table instead. All sums are of
// one moment. Lines are those of requests that were approved and of others, which only the sums of states count.
const (
	spentLines = `lines AS MATERIALIZED (
	SELECT c.subject_id, c.person_id, c.heading, date_trunc('month', c.date::timestamp)::date AS month, c.base, s.state, s.definition
	  FROM `
	spentOf = `,
	       LATERAL (SELECT kind, state, definition FROM subjects WHERE id = c.subject_id OFFSET 0) s
	 WHERE s.kind = @kind`
	inMonths = `date >= @from AND date < @before`

	spentByAll   = `WITH ` + spentLines + `(SELECT * FROM charges WHERE ` + inMonths + ` OFFSET 0) c` + spentOf
	spentByOne   = `WITH ` + spentLines + `(SELECT * FROM charges WHERE person_id = @manager AND ` + inMonths + ` OFFSET 0) c` + spentOf
	spentByBelow = below + `, ` + spentLines + `below,
	       LATERAL (SELECT * FROM charges WHERE person_id = below.id AND ` + inMonths + ` OFFSET 0) c` + spentOf

	spentSums = `
), approved AS (
	SELECT * FROM lines WHERE state = ANY (@approved::text[])
)
SELECT 'heading', heading, '', month, definition, sum(base)::bigint, 0
  FROM approved
 GROUP BY heading, month, definition
UNION ALL
SELECT 'cost_center', coalesce(nullif(r.form ->> @cost_center, ''), p.department), '', month, definition, sum(base)::bigint, 0
  FROM approved
  JOIN people p ON p.id = person_id,
       LATERAL (SELECT form FROM requests WHERE id = subject_id OFFSET 0) r
 WHERE month = @month
 GROUP BY 2, month, definition
UNION ALL
SELECT 'person', p.employee_no, p.name, month, definition, sum(base)::bigint, 0
  FROM approved
  JOIN people p ON p.id = person_id
 WHERE month = @month
 GROUP BY p.id, month, definition
UNION ALL
SELECT 'state', state, '', month, definition, sum(base)::bigint, count(DISTINCT subject_id)
  FROM lines
 WHERE month = @month
 GROUP BY state, month, definition
 ORDER BY 1, 2, 4, 5`
)

const (
	sqlSpentByAll   = spentByAll + spentSums
	sqlSpentByOne   = spentByOne + spentSums
	sqlSpentByBelow = spentByBelow + spentSums
)

// numericOverflow is what Postgres calls a number that does not fit: www.postgresql.org/docs/current/errcodes-appendix.html.
const numericOverflow = "22003"

// Spending sums what requests of a kind spend, by the dates of their charges. Sums that are too large for their type are refused. What
// somebody may see is for workflows.Kind.Scope to say.
func (s *Store) Spending(ctx context.Context, w workflows.SpendingWanted) (sums workflows.Spending, err error) {
	sql, whose := sqlSpentByAll, args{}
	switch w.Scope {
	case workflows.CompanyScope:
	case workflows.BelowScope:
		sql, whose = sqlSpentByBelow, args{"manager": int64(w.Person)}
	case workflows.OwnScope:
		sql, whose = sqlSpentByOne, args{"manager": int64(w.Person)}
	default:
		return sums, errors.New("whose spending is wanted is not said")
	}
	rows, err := s.pool.Query(ctx, sql, with(whose, args{"kind": w.Kind, "month": pgDate(w.Month), "approved": w.Approved,
		"from": pgDate(w.Month.FirstOfMonth(1 - w.Months)), "before": pgDate(w.Month.FirstOfMonth(1)), "cost_center": w.CostCenter}))
	if err != nil {
		return sums, unread(err)
	}
	lists := map[string]*[]workflows.Sum{"heading": &sums.Headings, "cost_center": &sums.CostCenters, "person": &sums.People,
		"state": &sums.States}
	var list string
	var sum workflows.Sum
	var month pgtype.Date
	err = each(func() {
		sum.Month = date(month)
		*lists[list] = append(*lists[list], sum)
	}, &list, &sum.Key, &sum.Name, &month, &sum.Definition, &sum.Base, &sum.Requests).rows(rows)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == numericOverflow {
		return workflows.Spending{}, errors.Join(workflows.Refuse(workflows.Invalid, "report.too_large", nil), err)
	}
	return sums, unread(err)
}

const sqlLeadsPeople = `SELECT EXISTS (SELECT FROM people WHERE manager_id = @manager)`

// LeadsPeople tells whether anybody reports to a person, or did when they left.
func (s *Store) LeadsPeople(ctx context.Context, person workflows.PersonID) (leads bool, err error) {
	err = s.pool.QueryRow(ctx, sqlLeadsPeople, args{"manager": int64(person)}).Scan(&leads)
	return leads, unread(err)
}
