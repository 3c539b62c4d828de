package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/workflows"
)

// numberGap is how many numbers of each kind are left out after a restore: as many as may have been given out since the backup.
const numberGap = 1000

// What waited for a chat when the backup was made went out within moments. What no chat took still waits.
const sqlRestoredNotices = `UPDATE notices SET sent_at = @now WHERE sent_at IS NULL AND platform <> ''`

// A card that was not posted yet may have been since: it is looked for in its chat first, where the platform lets one look.
const sqlRestoredPosts = `UPDATE cards SET lost = true WHERE reference IS NULL AND NOT dead`

// Reminders that fell due since may have gone out: they come at the same hour of the next day. Whatever else falls due changes something
// that the backup does not know of, so it happens again.
const sqlRestoredReminders = `
UPDATE due d
   SET at = d.at + (1 + floor(extract(epoch FROM @now::timestamptz - d.at) / 86400)) * interval '1 day'
 WHERE d.at <= @now AND ` + ofSorts

// nextval asks for no more than the right to give out numbers.
const sqlRestoredNumbers = `
SELECT max(nextval(format('%I.%I', q.schemaname, q.sequencename)::regclass))
  FROM pg_sequences q, generate_series(1, @gap)
 WHERE q.schemaname = current_schema() AND q.sequencename LIKE 'number\_%'`

// Restored is to be called once, before anything is served, when a backup has been put in the place of the database. Nothing that went out
// since the backup goes out again, no number is given out twice, and the cards of what is open are drawn as the backup knows it; it tells
// how many those are. reminders are the due items that only remind.
func (s *Store) Restored(ctx context.Context, reminders []workflows.DueSort, now time.Time) (cards int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(sqlRestoredNotices, args{"now": now})
		b.Queue(sqlRestoredPosts)
		b.Queue(sqlRestoredReminders, sortArgs(reminders, args{"now": now}))
		b.Queue(sqlRestoredNumbers, args{"gap": numberGap})
		b.Queue(sqlRedraw).Exec(func(done pgconn.CommandTag) error { cards = done.RowsAffected(); return nil })
		return tx.SendBatch(ctx, b).Close()
	})
	return cards, err
}
