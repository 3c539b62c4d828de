package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// halfNow is the half-day that it is at a person's place, in SQL.
const halfNow = `(2 * ((@now::timestamptz AT TIME ZONE p.timezone)::date - date '1970-01-01')
	+ CASE WHEN (@now::timestamptz AT TIME ZONE p.timezone)::time < time '12:00' THEN 0 ELSE 1 END)`

// What people who have left, or whose leave has begun, were asked to decide falls due at once: a running service moves it to their
// managers, or asks those too, within a second or two. The import that deactivates somebody runs it in its own transaction; a look from
// time to time finds all others.
const sqlRelieve = `
INSERT INTO due (kind, key, slot, at, subject_id, party_kind, party_id, data)
SELECT 'relieve', t.request_id || '/' || t.revision || '/' || t.step || '/' || t.slot || '/' || t.person_id, 0, @now, t.request_id,
       'person', t.person_id, jsonb_build_object('revision', t.revision, 'step', t.step, 'slot', t.slot, 'person', t.person_id)
  FROM turns t
  JOIN people p ON p.id = t.person_id
 WHERE t.state = 'open'
   AND (NOT p.active
        OR EXISTS (SELECT FROM bookings k WHERE k.person_id = p.id AND k.approved AND k.away AND k.halves @> ` + halfNow + `)
           AND NOT EXISTS (SELECT FROM turns o
                            WHERE o.request_id = t.request_id AND o.revision = t.revision AND o.step = t.step AND o.slot = t.slot
                              AND o.for_id = t.person_id))
ON CONFLICT (kind, key, slot) DO NOTHING`

// What people who have left have to do goes to others, and a plan of which one has left is seen to. Both are looked up by who has left.
const sqlRelieveTasks = `
INSERT INTO due (kind, key, slot, at, subject_id)
SELECT 'relieve_task', t.id::text, 0, @now, t.id
  FROM people p, LATERAL (SELECT t.id FROM tasks t WHERE t.owner_id = p.id AND t.open OFFSET 0) t
 WHERE NOT p.active
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlRelievePlans = `
INSERT INTO due (kind, key, slot, at, subject_id)
SELECT 'relieve_plan', l.id::text, 0, @now, l.id
  FROM plans l
 WHERE l.open AND EXISTS (SELECT FROM people p WHERE p.id IN (l.newcomer_id, l.mentor_id, l.manager_id) AND NOT p.active)
ON CONFLICT (kind, key, slot) DO NOTHING`

// relieving has whatever waits for somebody who has left fall due.
var relieving = []string{sqlRelieve, sqlRelieveTasks, sqlRelievePlans}

// Relieve has every open turn and task of somebody who has left move to others, has the managers of those whose leave has begun asked too,
// and sees to plans of which somebody has left.
func (s *Store) Relieve(ctx context.Context, now time.Time) error {
	b := &pgx.Batch{}
	for _, sql := range relieving {
		b.Queue(sql, args{"now": now})
	}
	return s.pool.SendBatch(ctx, b).Close()
}
