package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// noticeChat orders a person's chats: the one that they bound last comes first, and for an alert about a platform any other before that one.
const noticeChat = `coalesce(starts_with(n.alert, b.platform), false), b.bound_at DESC, b.id DESC`

// CASE keeps the planner from believing that hardly any notice is of the platform, for which it would read them all.
const (
	sqlNoticesDue = `
	SELECT n.id, n.next_at
	  FROM notices n
	  LEFT JOIN LATERAL (SELECT b.id, b.platform
	                       FROM bindings b
	                      WHERE b.person_id = n.person_id AND b.ended_at IS NULL AND b.gone_at IS NULL
	                      ORDER BY ` + noticeChat + `
	                      LIMIT 1) b ON true
	 WHERE n.sent_at IS NULL AND n.next_at <= now() AND CASE WHEN coalesce(b.platform, '') = @platform THEN coalesce(b.id, 0) <> ALL (@busy::bigint[]) END`
	oldestNotices = ` ORDER BY n.next_at LIMIT @oldest FOR UPDATE OF n SKIP LOCKED`
	newestNotices = ` AND (SELECT count(*) FROM oldest) = @oldest ORDER BY n.next_at DESC LIMIT @newest FOR UPDATE OF n SKIP LOCKED`
)

const sqlNoticesClaim = `
WITH oldest AS (` + sqlNoticesDue + oldestNotices + `), newest AS (` + sqlNoticesDue + newestNotices + `),
next AS (
	SELECT * FROM oldest UNION SELECT * FROM newest
	UNION
	SELECT d.*
	  FROM notices n, LATERAL (
		SELECT m.id, m.next_at
		  FROM notices m
		 WHERE m.person_id = n.person_id AND m.kind = n.kind AND m.digest AND m.sent_at IS NULL AND m.next_at <= now()
		 ORDER BY m.next_at
		 LIMIT 50
		   FOR UPDATE SKIP LOCKED) d
	 WHERE n.digest AND n.id = ANY (ARRAY(SELECT id FROM oldest UNION SELECT id FROM newest))
)
UPDATE notices n
   SET attempts = n.attempts + 1, next_at = now() + @lease * interval '1 second'
  FROM people p
 WHERE n.id = ANY (ARRAY(SELECT id FROM next)) AND p.id = n.person_id
RETURNING n.id::text, coalesce((SELECT r.number FROM requests r WHERE r.id = n.request_id), ''), n.person_id, n.kind, n.args, n.digest, p.language, p.timezone, n.attempts, n.lost,
          (SELECT next_at FROM next WHERE next.id = n.id),
          EXISTS (SELECT FROM turns t WHERE t.request_id = n.request_id AND t.person_id = n.person_id AND t.state = 'open'),
          (SELECT jsonb_build_object('id', b.id, 'platform', b.platform, 'team', b.team, 'user', b.user_id)
             FROM bindings b
            WHERE b.person_id = n.person_id AND b.ended_at IS NULL AND b.gone_at IS NULL
            ORDER BY ` + noticeChat + `
            LIMIT 1)`

// ClaimNotices claims notices that have to be sent, each to the chat that its person bound last; those of people without a chat are of the platform "".
// With one of a digest come the others of it, however many were asked for.
func (s *Store) ClaimNotices(ctx context.Context, c workflows.Claim) ([]workflows.NoticeItem, error) {
	rows, err := s.pool.Query(ctx, sqlNoticesClaim, claimArgs(c))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.NoticeItem, error) {
		var n workflows.NoticeItem
		var chat *struct {
			ID                   int64
			Platform, Team, User string
		}
		err := row.Scan(&n.ID, &n.Number, &n.Notice.Person, &n.Notice.Text, &n.Notice.Args, &n.Notice.Digest, &n.Language, &n.Zone, &n.Attempts, &n.Lost, &n.Since, &n.Open, &chat)
		if chat != nil {
			n.Binding, n.Platform, n.Team, n.User = chat.ID, chat.Platform, chat.Team, chat.User
		}
		return n, err
	})
}

const sqlNoticeSent = `UPDATE notices SET sent_at = @now WHERE id = @id`

// NoticeSent ends a notice: it was sent, or it no longer holds.
func (s *Store) NoticeSent(ctx context.Context, id string, now time.Time) error {
	_, err := s.pool.Exec(ctx, sqlNoticeSent, args{"id": id, "now": now})
	return err
}

const sqlNoticeRetry = `UPDATE notices SET next_at = now() + @wait * interval '1 millisecond', lost = lost OR @lost WHERE id = @id`

// RetryNotice puts a notice off.
func (s *Store) RetryNotice(ctx context.Context, id string, after time.Duration, lost bool) error {
	_, err := s.pool.Exec(ctx, sqlNoticeRetry, args{"id": id, "wait": after.Milliseconds(), "lost": lost})
	return err
}

const sqlNoticeUntried = `UPDATE notices SET attempts = attempts - 1, next_at = @since WHERE id = @id AND attempts = @attempts`

// NoticeUntried gives back a claimed notice that was not tried.
func (s *Store) NoticeUntried(ctx context.Context, n workflows.NoticeItem) error {
	_, err := s.pool.Exec(ctx, sqlNoticeUntried, args{"id": n.ID, "attempts": n.Attempts, "since": n.Since})
	return err
}
