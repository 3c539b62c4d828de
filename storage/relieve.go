package storage

import (
	"context"
	"time"
)

// What people who have left were asked to decide falls due at once: a running service moves it to their managers within a second or two. The import
// that deactivates somebody runs it in its own transaction; whoever looks from time to time finds those who were asked in that very moment.
const sqlRelieve = `
INSERT INTO due (kind, key, slot, at, request_id, person_id, task)
SELECT 'relieve', t.request_id || '/' || t.revision || '/' || t.step || '/' || t.slot || '/' || t.person_id, 0, @now, t.request_id, t.person_id,
       ARRAY[t.revision, t.step, t.slot, t.person_id]::bigint[]
  FROM tasks t
  JOIN people p ON p.id = t.person_id
 WHERE t.state = 'open' AND NOT p.active
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlEndBindings = `UPDATE bindings SET ended_at = @now WHERE person_id = ANY (@people::bigint[]) AND ended_at IS NULL`

// RelieveLeavers has every open task of somebody who has left move to their manager.
func (s *Store) RelieveLeavers(ctx context.Context, now time.Time) error {
	_, err := s.pool.Exec(ctx, sqlRelieve, args{"now": now})
	return err
}
