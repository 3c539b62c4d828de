package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const sqlPruneCauses = `DELETE FROM causes WHERE at < @before`

const sqlPruneNotices = `DELETE FROM notices WHERE sent_at < @before`

// What nobody could be told for a week is no news any more.
const sqlPruneTellings = `
DELETE FROM notices n
 USING alerts a
 WHERE a.id = n.about AND n.sent_at IS NULL AND a.last_at < @now::timestamptz - interval '7 days'`

const sqlPruneAlerts = `DELETE FROM alerts a WHERE a.last_at < @before AND NOT EXISTS (SELECT FROM notices n WHERE n.about = a.id)`

const sqlPruneDrafts = `DELETE FROM drafts WHERE saved_at < now() - interval '1 day'`

// What was handed in for a form that was never sent. Twice as old as any draft of one can be.
const sqlPruneFiles = `DELETE FROM files WHERE subject_id IS NULL AND added_at < now() - interval '2 days'`

const sqlPruneCodes = `DELETE FROM link_codes WHERE expires_at < now() - interval '1 day'`

const sqlPruneFailures = `DELETE FROM link_failures WHERE until < now()`

const sqlPruneLetters = `DELETE FROM dead_letters WHERE at < now() - @kept * interval '1 second'`

// Kept is how long answers to deliveries, sent notices and updates that could not be handled are kept. No platform repeats a delivery
// after that.
const Kept = 30 * 24 * time.Hour

// Prune removes what nobody can ask for any more.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	b := &pgx.Batch{}
	b.Queue(sqlPruneCauses, args{"before": now.Add(-Kept)})
	b.Queue(sqlPruneNotices, args{"before": now.Add(-Kept)})
	b.Queue(sqlPruneTellings, args{"now": now})
	b.Queue(sqlPruneAlerts, args{"before": now.Add(-Kept)})
	b.Queue(sqlPruneDrafts)
	b.Queue(sqlPruneLetters, args{"kept": int(Kept.Seconds())})
	b.Queue(sqlPruneFiles)
	b.Queue(sqlPruneCodes)
	b.Queue(sqlPruneFailures)
	return s.pool.SendBatch(ctx, b).Close()
}
