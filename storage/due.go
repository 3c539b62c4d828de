package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// A lease keeps other replicas away from a due item while it fires; one whose holder is gone is taken again. An item that fails waits
// longer each time.
const sqlDueClaim = `
WITH next AS (
	SELECT d.id
	  FROM due d
	 WHERE d.at <= @now AND d.next_at <= now()
	 ORDER BY d.at
	 LIMIT @limit
	   FOR UPDATE SKIP LOCKED
)
UPDATE due d
   SET attempts = d.attempts + 1, claimed_by = nullif(@me, 0),
       next_at = now() + least(interval '10 minutes', interval '10 seconds' * power(2, least(d.attempts, 8)))
 WHERE d.id = ANY (ARRAY(SELECT id FROM next))
RETURNING d.id, d.kind, d.key, d.slot, d.at, coalesce(d.subject_id::text, ''), d.party_kind, d.party_id, d.data,
          coalesce((SELECT s.number FROM subjects s WHERE s.id = d.subject_id), ''), d.attempts`

// ClaimDue claims items that have fallen due, oldest first.
func (s *Store) ClaimDue(ctx context.Context, now time.Time, limit int) ([]workflows.DueItem, error) {
	rows, err := s.pool.Query(ctx, sqlDueClaim, args{"now": now, "limit": limit, "me": s.replica.Load()})
	if err != nil {
		return nil, err
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.DueItem, error) {
		var d workflows.DueItem
		var data []byte
		err := row.Scan(&d.ID, &d.Kind, &d.Key, &d.Slot, &d.At, &d.Subject, &d.Party.Kind, &d.Party.ID, &data, &d.Number, &d.Attempts)
		d.Data = data
		return d, err
	})
	slices.SortFunc(items, func(a, b workflows.DueItem) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return items, err
}

const sqlDueNext = `
SELECT min(d.at)
  FROM due d
 WHERE d.at > @now`

// NextDue is when the next item falls due; ok is false when there is none.
func (s *Store) NextDue(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	var next *time.Time
	if err := s.pool.QueryRow(ctx, sqlDueNext, args{"now": now}).Scan(&next); err != nil || next == nil {
		return time.Time{}, false, err
	}
	return *next, true, nil
}

// DropDue removes an item that no longer has anything to do.
func (s *Store) DropDue(ctx context.Context, id int64) error {
	trip := &Trip{}
	trip.Queue(sqlFired, args{"id": id})
	return s.shared(ctx, fmt.Sprint("due ", id), trip)
}

const sqlDueMove = `
UPDATE due d
   SET slot = @slot::integer, at = @at::timestamptz, attempts = 0, next_at = '-infinity', claimed_by = NULL
  FROM @each
 WHERE d.id = @id::bigint`

// MoveDue turns an item into the next slot of its series, or puts it off.
func (s *Store) MoveDue(ctx context.Context, id int64, slot int, at time.Time) error {
	trip := &Trip{}
	trip.Queue(sqlDueMove, args{"id": id, "slot": slot, "at": at})
	return s.shared(ctx, fmt.Sprint("due ", id), trip)
}

// ofSorts is whether a due item d is of one of some sorts, in SQL, and sortArgs what it takes.
const ofSorts = `EXISTS (
	SELECT FROM unnest(@kinds::text[], @slots::integer[]) AS k (kind, slot) WHERE k.kind = d.kind AND k.slot <= d.slot)`

func sortArgs(sorts []workflows.DueSort, more args) args {
	kinds, slots := []string{}, []int{}
	for _, s := range sorts {
		kinds, slots = append(kinds, s.Kind), append(slots, s.From)
	}
	return with(args{"kinds": kinds, "slots": slots}, more)
}

// AddDue stores an item that no change of a subject brings about, as a morning digest; the same one is stored once.
func (s *Store) AddDue(ctx context.Context, d workflows.Due) error {
	_, err := s.pool.Exec(ctx, sqlDue, dueArgs(d))
	return err
}

// When the first card of a party's current turn was posted, and whether any chat has one for them or will: somebody who bound a chat
// later has none.
const sqlPosted = `
SELECT @n::integer, min(c.posted_at), bool_or(c.id IS NOT NULL AND b.gone_at IS NULL AND NOT c.dead)
  FROM @each
  JOIN bindings b ON b.party_kind = @kind::text AND b.party_id = @party::bigint AND b.ended_at IS NULL
  LEFT JOIN LATERAL (
	SELECT * FROM cards WHERE subject_id = @subject::uuid AND NOT folded OFFSET 0) c ON c.binding_id = b.id
 GROUP BY 1`

// Posted says when a party's card of a subject was posted (zero: not yet) and whether any chat reaches them.
func (s *Store) Posted(ctx context.Context, id workflows.SubjectID, to workflows.Party) (at time.Time, reachable bool, err error) {
	var posted *time.Time
	var reach *bool
	trip := &Trip{}
	trip.Queue(sqlPosted, args{"subject": string(id), "kind": string(to.Kind), "party": to.ID}, &posted, &reach)
	if err := s.shared(ctx, "", trip); err != nil {
		return at, false, err
	}
	if posted != nil {
		at = *posted
	}
	return at, reach != nil && *reach, nil
}
