package storage

import (
	"context"
	"time"
)

// Queue is how much of something waits although it could go out.
type Queue struct {
	Name    string
	Waiting int64
	Oldest  time.Duration // how long the oldest has waited
}

const sqlBacklog = `
SELECT 'posts' AS name, count(*), coalesce(extract(epoch FROM now() - min(next_at)), 0)::bigint
  FROM cards
 WHERE wanted > shown AND NOT dead AND reference IS NULL AND next_at <= now()
UNION ALL
SELECT 'edits', count(*), coalesce(extract(epoch FROM now() - min(next_at)), 0)::bigint
  FROM cards
 WHERE wanted > shown AND NOT dead AND reference IS NOT NULL AND next_at <= now()
UNION ALL
SELECT 'notices', count(*), coalesce(extract(epoch FROM now() - min(next_at)), 0)::bigint
  FROM notices
 WHERE sent_at IS NULL AND next_at <= now()
UNION ALL
SELECT 'due', count(*), coalesce(extract(epoch FROM @now - min(at)), 0)::bigint
  FROM due
 WHERE at <= @now AND next_at <= now()`

const sqlPendingRequests = `SELECT count(DISTINCT t.request_id) FROM turns t WHERE t.state = 'open'`

// Backlog tells what waits to be sent or fired, and how many requests wait for a decision.
func (s *Store) Backlog(ctx context.Context, now time.Time) (queues []Queue, pending int64, err error) {
	trip := &Trip{}
	var q Queue
	var seconds int64
	queue(trip, sqlBacklog, args{"now": now}, each(func() {
		q.Oldest = time.Duration(seconds) * time.Second
		queues = append(queues, q)
	}, &q.Name, &q.Waiting, &seconds))
	queue(trip, sqlPendingRequests, args{}, one(&pending))
	return queues, pending, trip.send(ctx, s.pool)
}
