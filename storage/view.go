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
	b := &pgx.Batch{}
	var f workflows.Facts
	finish := load(b, whose{Subject: id, Requester: requester}, w, now, &f)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return f, unread(err)
	}
	finish()
	return f, nil
}

const sqlRequestsOf = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, r.form, r.measures, r.submitted_at, s.changed_at,
       s.erased,
       coalesce((SELECT array_agg(p.name ORDER BY t.nr) FROM turns t JOIN people p ON p.id = t.person_id WHERE t.request_id = r.id
       AND t.state = 'open'), '{}')
  FROM requests r
  JOIN subjects s ON s.id = r.id
 WHERE r.requester_id = @person
 ORDER BY r.submitted_at DESC
 LIMIT @limit`

const sqlApprovalsOf = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, r.form, r.measures, r.submitted_at, s.changed_at,
       s.erased,
       ARRAY[q.name]
  FROM turns t
  JOIN requests r ON r.id = t.request_id
  JOIN subjects s ON s.id = t.request_id
  JOIN people q ON q.id = r.requester_id
 WHERE t.person_id = @person AND t.state = 'open'
 ORDER BY t.opened_at
 LIMIT @limit`

// RequestsOf lists a person's own requests, newest first, with the names of those who hold them.
func (s *Store) RequestsOf(ctx context.Context, person workflows.PersonID, limit int) ([]workflows.Listed, error) {
	return s.list(ctx, sqlRequestsOf, person, limit)
}

// ApprovalsOf lists what waits for a person, oldest first, with the name of who asks.
func (s *Store) ApprovalsOf(ctx context.Context, person workflows.PersonID, limit int) ([]workflows.Listed, error) {
	return s.list(ctx, sqlApprovalsOf, person, limit)
}

const sqlHolding = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, r.form, r.measures, r.submitted_at, s.changed_at,
       s.erased, '{}'::text[]
  FROM bookings k
  JOIN requests r ON r.id = k.subject_id
  JOIN subjects s ON s.id = k.subject_id
 WHERE k.person_id = @person AND k.halves && int4range(@start, @end)
 ORDER BY lower(k.halves)
 LIMIT @limit`

// Holding lists a person's open and approved requests that take some of the half-days, in their order.
func (s *Store) Holding(ctx context.Context, person workflows.PersonID, span workflows.Span, limit int) ([]workflows.Listed, error) {
	return s.listed(ctx, sqlHolding, args{"person": int64(person), "start": span.Start, "end": span.End, "limit": limit})
}

const sqlWaitingFrom = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, r.form, r.measures, r.submitted_at, s.changed_at,
       s.erased, ARRAY[q.name]
  FROM turns t
  JOIN requests r ON r.id = t.request_id
  JOIN subjects s ON s.id = t.request_id
  JOIN people q ON q.id = r.requester_id
 WHERE t.person_id = @person AND t.state = 'open' AND r.requester_id = ANY (@of::bigint[])
 ORDER BY t.opened_at
 LIMIT @limit`

// WaitingFrom lists what waits for a person of what some others asked for, oldest first.
func (s *Store) WaitingFrom(ctx context.Context, person workflows.PersonID, of []workflows.PersonID, limit int) (
	[]workflows.Listed, error,
) {
	ids := make([]int64, len(of))
	for i, id := range of {
		ids[i] = int64(id)
	}
	return s.listed(ctx, sqlWaitingFrom, args{"person": int64(person), "of": ids, "limit": limit})
}

func (s *Store) list(ctx context.Context, sql string, person workflows.PersonID, limit int) ([]workflows.Listed, error) {
	return s.listed(ctx, sql, args{"person": int64(person), "limit": limit})
}

func (s *Store) listed(ctx context.Context, sql string, a args) ([]workflows.Listed, error) {
	rows, err := s.pool.Query(ctx, sql, a)
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Listed, error) {
		var l workflows.Listed
		r := &l.Request
		var digest []byte
		err := row.Scan(&r.ID, &r.Number, &r.Kind, &r.Definition, &r.State, &r.Revision, &digest, &r.Form, &r.Measures, &r.SubmittedAt,
			&r.ChangedAt, &r.Erased, &l.People)
		r.Digest = workflows.RevisionDigest(digest)
		return l, err
	})
	return list, unread(err)
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
