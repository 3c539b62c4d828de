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

// MostWaiting is how far what waits is counted, of each queue and platform: a look every few seconds must not cost more the more there is.
const MostWaiting = 10_000

// Each platform has its own stretch of an index: a walk from one to the next finds them, and what waits longest first.
const (
	postsWait   = `FROM cards WHERE wanted > shown AND NOT dead AND reference IS NULL`
	editsWait   = `FROM cards WHERE wanted > shown AND NOT dead AND reference IS NOT NULL`
	noticesWait = `FROM notices WHERE sent_at IS NULL`

	firstPlatform = `(SELECT platform `
	nextPlatform  = ` ORDER BY platform LIMIT 1) UNION ALL SELECT (SELECT platform `
	lastPlatform  = ` AND platform > w.platform ORDER BY platform LIMIT 1) FROM w WHERE w.platform IS NOT NULL`

	countEach = `coalesce(sum(x.n), 0)::bigint, coalesce(extract(epoch FROM now() - min(x.oldest)), 0)::bigint
  FROM w, LATERAL (SELECT count(*) AS n, min(y.next_at) AS oldest FROM (SELECT next_at `
	ofPlatform = ` AND platform = w.platform AND next_at <= now() ORDER BY next_at LIMIT @most) y) x`
)

const sqlBacklogPosts = `WITH RECURSIVE w AS (` + firstPlatform + postsWait + nextPlatform + postsWait + lastPlatform + `)
SELECT 'posts', ` + countEach + postsWait + ofPlatform

const sqlBacklogEdits = `WITH RECURSIVE w AS (` + firstPlatform + editsWait + nextPlatform + editsWait + lastPlatform + `)
SELECT 'edits', ` + countEach + editsWait + ofPlatform

const sqlBacklogNotices = `WITH RECURSIVE w AS (` + firstPlatform + noticesWait + nextPlatform + noticesWait + lastPlatform + `)
SELECT 'notices', ` + countEach + noticesWait + ofPlatform

const sqlBacklogDue = `
SELECT 'due', count(*), coalesce(extract(epoch FROM @now - min(x.at)), 0)::bigint
  FROM (SELECT d.at FROM due d WHERE d.at <= @now AND d.next_at <= now() ORDER BY d.at LIMIT @most) x`

const sqlPendingRequests = `
SELECT count(DISTINCT x.request_id) FROM (
	SELECT t.request_id FROM turns t WHERE t.state = 'open' ORDER BY t.person_id, t.opened_at, t.request_id LIMIT @most) x`

// Backlog tells what waits to be sent or fired, and how many requests wait for a decision, each counted up to MostWaiting.
func (s *Store) Backlog(ctx context.Context, now time.Time) (queues []Queue, pending int64, err error) {
	trip := &Trip{}
	var q Queue
	var seconds int64
	counted := each(func() {
		q.Oldest = time.Duration(seconds) * time.Second
		queues = append(queues, q)
	}, &q.Name, &q.Waiting, &seconds)
	for _, sql := range []string{sqlBacklogPosts, sqlBacklogEdits, sqlBacklogNotices} {
		queue(trip, sql, args{"most": MostWaiting}, counted)
	}
	queue(trip, sqlBacklogDue, args{"now": now, "most": MostWaiting}, counted)
	queue(trip, sqlPendingRequests, args{"most": MostWaiting}, one(&pending))
	return queues, pending, trip.send(ctx, s.pool)
}
