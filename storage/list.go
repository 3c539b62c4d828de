package storage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// selectListed begins a query of lines; from when each stands in the list and the names of people follow, as scanLine reads them.
const selectListed = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, r.form, r.measures, r.submitted_at, s.changed_at,
       s.erased, `

// A page of a list begins behind a request and is read along an index, so that it costs the same wherever it is and however long the list
// is. What its lines say is looked up for them alone: LATERAL … OFFSET 0. What is counted is counted up to a bound.
const (
	// What is for somebody and what they filed for others lie along two indexes; a page takes as many of each as it has lines.
	ownLines   = `SELECT r.submitted_at AS at, r.id FROM requests r WHERE r.requester_id = @person`
	filedLines = `SELECT r.submitted_at AS at, r.id FROM requests r WHERE r.submitted_by_id = @person
	                 AND r.submitted_by_id <> r.requester_id`
	newer    = ` AND (r.submitted_at, r.id) > (coalesce(` + ownEdge + `, '-infinity'), ` + fromID + oldestFirst
	older    = ` AND (r.submitted_at, r.id) < (coalesce(` + ownEdge + `, 'infinity'), ` + toID + newestFirst
	inFront  = ` AND (r.submitted_at, r.id) > ` + firstLine + ` LIMIT @most`
	ownNewer = `SELECT at, id FROM ((` + ownLines + newer + `) UNION ALL (` + filedLines + newer + `)) own` + oldestFirst
	ownOlder = `SELECT at, id FROM ((` + ownLines + older + `) UNION ALL (` + filedLines + older + `)) own` + newestFirst
	ownAhead = `SELECT FROM ((` + ownLines + inFront + `) UNION ALL (` + filedLines + inFront + `)) own LIMIT @most`
	ownAll   = `SELECT FROM ((` + ownLines + ` LIMIT @most) UNION ALL (` + filedLines + ` LIMIT @most)) own LIMIT @most`

	turnLines = `SELECT t.opened_at AS at, t.request_id AS id FROM turns t WHERE t.person_id = @person AND t.state = 'open'`
	turnNewer = turnLines + ` AND (t.opened_at, t.request_id) > `
	turnOlder = turnLines + ` AND (t.opened_at, t.request_id) < `

	ownEdge  = `(SELECT e.submitted_at FROM requests e WHERE e.id = @edge::uuid AND @person IN (e.requester_id, e.submitted_by_id))`
	turnEdge = `(SELECT max(e.opened_at) FROM turns e WHERE e.request_id = @edge::uuid AND e.person_id = @person)`
	fromID   = `coalesce(@edge::uuid, '00000000-0000-0000-0000-000000000000'))`
	toID     = `coalesce(@edge::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`

	oldestFirst = ` ORDER BY at, id LIMIT @size`
	newestFirst = ` ORDER BY at DESC, id DESC LIMIT @size`
	firstLine   = `((SELECT at FROM first), (SELECT id FROM first))`

	lineColumns = selectListed + `page.at, w.names, (SELECT count(*) FROM ahead), (SELECT count(*) FROM everything)
  FROM page,
       LATERAL (SELECT * FROM subjects WHERE id = page.id OFFSET 0) s,
       LATERAL (SELECT * FROM requests WHERE id = page.id OFFSET 0) r,`

	ownRest = `), first AS (SELECT at, id FROM page ORDER BY at DESC, id DESC LIMIT 1),
	ahead AS (` + ownAhead + `), everything AS (` + ownAll + `)` + lineColumns + `
       LATERAL (SELECT coalesce(array_agg(p.name ORDER BY t.nr), '{}') AS names
                  FROM turns t
                  JOIN people p ON p.id = t.person_id
                 WHERE t.request_id = page.id AND t.state = 'open') w`

	turnRest = `), first AS (SELECT at, id FROM page ORDER BY at, id LIMIT 1),
	ahead AS (` + turnOlder + firstLine + ` LIMIT @most), everything AS (` + turnLines + ` LIMIT @most)` + lineColumns + `
       LATERAL (SELECT ARRAY[p.name] AS names FROM people p WHERE p.id = r.requester_id) w`
)

const (
	sqlRequestsAfter  = `WITH page AS (` + ownOlder + ownRest
	sqlRequestsBefore = `WITH page AS (` + ownNewer + ownRest

	sqlApprovalsAfter  = `WITH page AS (` + turnNewer + `(coalesce(` + turnEdge + `, '-infinity'), ` + fromID + oldestFirst + turnRest
	sqlApprovalsBefore = `WITH page AS (` + turnOlder + `(coalesce(` + turnEdge + `, 'infinity'), ` + toID + newestFirst + turnRest
)

// RequestsOf lists a person's own requests and those that they filed for others, newest first, with the names of those who hold them.
func (s *Store) RequestsOf(ctx context.Context, person workflows.PersonID, p workflows.Page) (workflows.List, error) {
	l, err := s.list(ctx, sqlRequestsAfter, sqlRequestsBefore, person, p)
	slices.SortFunc(l.Lines, func(a, b workflows.Listed) int { return earlier(b, a) })
	return l, err
}

// ApprovalsOf lists what waits for a person, oldest first, with the name of who asks.
func (s *Store) ApprovalsOf(ctx context.Context, person workflows.PersonID, p workflows.Page) (workflows.List, error) {
	l, err := s.list(ctx, sqlApprovalsAfter, sqlApprovalsBefore, person, p)
	slices.SortFunc(l.Lines, earlier)
	return l, err
}

func earlier(a, b workflows.Listed) int {
	return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Request.ID, b.Request.ID))
}

// list reads a page in one statement. Where there are no lines beyond its edge any more, it is the first.
func (s *Store) list(ctx context.Context, after, before string, person workflows.PersonID, p workflows.Page) (l workflows.List, err error) {
	sql, edge := after, p.After
	if p.Before != "" {
		sql, edge = before, p.Before
	}
	rows, err := s.pool.Query(ctx, sql,
		args{"person": int64(person), "edge": uuidArg(edge), "size": p.Size, "most": workflows.MostCounted})
	if err != nil {
		return l, unread(err)
	}
	ahead := 0
	l.Lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Listed, error) {
		return scanLine(row, &ahead, &l.Total)
	})
	if err == nil && len(l.Lines) == 0 && edge != "" {
		return s.list(ctx, after, before, person, workflows.Page{Size: p.Size})
	}
	l.First = ahead + 1
	return l, unread(err)
}

func scanLine(row pgx.CollectableRow, more ...any) (line workflows.Listed, err error) {
	r := &line.Request
	var digest []byte
	err = row.Scan(append([]any{&r.ID, &r.Number, &r.Kind, &r.Definition, &r.State, &r.Revision, &digest, &r.Form, &r.Measures,
		&r.SubmittedAt, &r.ChangedAt, &r.Erased, &line.Since, &line.People}, more...)...)
	r.Digest = workflows.RevisionDigest(digest)
	return line, err
}

const sqlHolding = selectListed + `s.changed_at, '{}'::text[]
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

const sqlWaitingFrom = selectListed + `t.opened_at, ARRAY[q.name]
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
	return s.listed(ctx, sqlWaitingFrom, args{"person": int64(person), "of": ids(of), "limit": limit})
}

// Read along the index of what is not over: a long backlog costs no more than a page, and few among many that are undecided a look at
// those.
const sqlInStates = selectListed + `s.changed_at, ARRAY[q.name]
  FROM (SELECT *
          FROM subjects s
         WHERE s.kind = @kind AND NOT s.final AND s.state = ANY (@states::text[]) AND s.changed_at <= @until
           AND s.id <= coalesce(@last::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
         ORDER BY s.id
         LIMIT @limit) s,
       LATERAL (SELECT * FROM requests WHERE id = s.id OFFSET 0) r,
       LATERAL (SELECT * FROM people WHERE id = r.requester_id OFFSET 0) q
 ORDER BY s.id`

// InStates lists everybody's requests of a kind that are in one of some states and have not changed since, the oldest first, with the name
// of who asks: up to the request last, where one is given.
func (s *Store) InStates(
	ctx context.Context, kind workflows.KindName, states []workflows.State, until time.Time, last workflows.SubjectID, limit int,
) ([]workflows.Listed, error) {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	return s.listed(ctx, sqlInStates, args{"kind": string(kind), "states": names, "until": until, "last": uuidArg(last), "limit": limit})
}

const sqlUnfinished = selectListed + `s.changed_at, coalesce(w.names, '{}')
  FROM requests r
  JOIN subjects s ON s.id = r.id
  LEFT JOIN LATERAL (SELECT array_agg(p.name ORDER BY t.nr) AS names
                       FROM turns t
                       JOIN people p ON p.id = t.person_id
                      WHERE t.request_id = r.id AND t.state = 'open') w ON true
 WHERE r.requester_id = @person AND s.kind = @kind AND NOT s.final
 ORDER BY r.submitted_at DESC, r.id DESC
 LIMIT @limit`

// Unfinished lists a person's own requests of a kind that are not over, newest first, with the names of those who hold them.
func (s *Store) Unfinished(ctx context.Context, person workflows.PersonID, kind workflows.KindName, limit int) (
	[]workflows.Listed, error,
) {
	return s.listed(ctx, sqlUnfinished, args{"person": int64(person), "kind": string(kind), "limit": limit})
}

func (s *Store) listed(ctx context.Context, sql string, a args) ([]workflows.Listed, error) {
	rows, err := s.pool.Query(ctx, sql, a)
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Listed, error) { return scanLine(row) })
	return list, unread(err)
}
