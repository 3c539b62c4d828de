package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const (
	noticesDue = `
	SELECT n.id, n.next_at, n.about, n.party_kind, n.party_id, n.text, n.digest, n.binding_id
	  FROM notices n
	 WHERE n.sent_at IS NULL AND n.platform = @platform AND n.next_at <= now() AND coalesce(n.binding_id, 0) <> ALL (@busy::bigint[])`
	oldestNotices = ` ORDER BY n.next_at LIMIT @oldest FOR UPDATE OF n SKIP LOCKED`
	newestNotices = notOldest + ` AND n.id <> ALL (ARRAY(SELECT id FROM oldest))
	 ORDER BY n.next_at DESC LIMIT @newest FOR UPDATE OF n SKIP LOCKED`
)

// notOldest has a claim look for the newest only where the oldest are not all that there is. What is among both is left out by name: for a
// UNION Postgres would make room for a tenth of all that waits.
const notOldest = ` AND (SELECT count(*) FROM oldest) = @oldest`

const sqlNoticesClaim = `
WITH oldest AS (` + noticesDue + oldestNotices + `), newest AS (` + noticesDue + newestNotices + `),
claimed AS (
	SELECT * FROM oldest UNION ALL SELECT * FROM newest
), next AS (
	SELECT * FROM claimed
	UNION ALL
	SELECT d.*
	  FROM (SELECT DISTINCT party_kind, party_id, text FROM claimed WHERE digest) n, LATERAL (
		SELECT m.id, m.next_at, m.about, m.party_kind, m.party_id, m.text, m.digest, m.binding_id
		  FROM notices m
		 WHERE m.party_id = n.party_id AND m.party_kind = n.party_kind AND m.text = n.text AND m.digest AND m.sent_at IS NULL
		   AND m.next_at <= now() AND m.id <> ALL (ARRAY(SELECT id FROM claimed))
		 ORDER BY m.next_at
		 LIMIT 50
		   FOR UPDATE SKIP LOCKED) d
)
UPDATE notices n
   SET attempts = n.attempts + 1, next_at = now() + @lease * interval '1 second', claimed_by = nullif(@me, 0)
  FROM next
 CROSS JOIN LATERAL (SELECT p.language, p.timezone FROM parties p WHERE p.kind = next.party_kind AND p.id = next.party_id OFFSET 0) p
  LEFT JOIN LATERAL (SELECT s.kind, s.id, s.number FROM subjects s WHERE s.id = next.about OFFSET 0) s ON true
  LEFT JOIN LATERAL (SELECT b.team, b.user_id, b.ended_at FROM bindings b WHERE b.id = next.binding_id OFFSET 0) b ON true
 WHERE n.id = next.id AND n.id = ANY (ARRAY(SELECT id FROM next))
RETURNING n.id::text, coalesce(s.kind, ''), coalesce(s.id::text, ''), coalesce(s.number, ''), n.party_kind, n.party_id, n.text, n.args,
          n.tone, n.holds, n.digest, p.language, p.timezone, n.platform, coalesce(b.team, ''), coalesce(b.user_id, ''),
          coalesce(n.binding_id, 0), n.attempts, n.lost, next.next_at, b.ended_at IS NOT NULL`

// ClaimNotices claims notices that have to be sent to a platform; those that no chat of their party takes are of the platform "". With
// one of a digest come the others of it, however many were asked for.
func (s *Store) ClaimNotices(ctx context.Context, c workflows.Claim) ([]workflows.NoticeItem, error) {
	rows, err := s.pool.Query(ctx, sqlNoticesClaim, s.claimArgs(c))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.NoticeItem, error) {
		var n workflows.NoticeItem
		err := row.Scan(&n.ID, &n.Subject.Kind, &n.Subject.ID, &n.Subject.Number, &n.Notice.Party.Kind, &n.Notice.Party.ID,
			&n.Notice.Text, &n.Notice.Args, &n.Notice.Tone, &n.Notice.While, &n.Notice.Digest, &n.To.Language, &n.To.Zone, &n.To.Platform,
			&n.To.Team, &n.To.User, &n.To.Binding,
			&n.Attempts, &n.Lost, &n.Since, &n.To.Ended)
		n.To.Party = n.Notice.Party
		return n, err
	})
}

// chatOf finds the chat that a notice n goes to: the one that its party bound last, and one of a platform that it should avoid only
// when there is no other.
const chatOf = `
	SELECT b.id, b.platform
	  FROM bindings b
	 WHERE b.party_kind = n.party_kind AND b.party_id = n.party_id AND b.ended_at IS NULL AND b.gone_at IS NULL
	 ORDER BY b.platform = n.avoid, b.id DESC
	 LIMIT 1`

// When a chat ends or takes no more messages, what waits for it goes to another one of the same party, or waits for one.
const sqlNoticesRoute = `
UPDATE notices n
   SET binding_id = r.chat, platform = coalesce(r.platform, '')
  FROM (SELECT n.id, c.id AS chat, c.platform
          FROM bindings old
          JOIN notices n ON n.party_id = old.party_id AND n.party_kind = old.party_kind AND n.sent_at IS NULL AND n.binding_id = old.id
           AND n.holds <> '` + workflows.WhileEnded + `'
          LEFT JOIN LATERAL (` + chatOf + `) c ON true
         WHERE old.id = ANY (@bindings::bigint[])) r
 WHERE n.id = r.id`

// A chat that is new, or takes messages again, gets what waits for its party.
const sqlNoticesCome = `
UPDATE notices n
   SET binding_id = r.chat, platform = r.platform, next_at = CASE WHEN n.binding_id IS NULL THEN now() ELSE n.next_at END
  FROM (SELECT n.id, c.id AS chat, c.platform
          FROM bindings b
          JOIN notices n ON n.party_id = b.party_id AND n.party_kind = b.party_kind AND n.sent_at IS NULL
           AND n.holds <> '` + workflows.WhileEnded + `'
          CROSS JOIN LATERAL (` + chatOf + `) c
         WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL) r
 WHERE n.id = r.id AND n.binding_id IS DISTINCT FROM r.chat`

// Reroute has what waits for a chat that has ended go to another chat of its party, or wait for one. An ending and a change that is
// being written at the same moment do not see one another, so whoever claims looks again.
func (s *Store) Reroute(ctx context.Context, binding int64) error {
	_, err := s.pool.Exec(ctx, sqlNoticesRoute, args{"bindings": []int64{binding}})
	return err
}

const sqlNoticeSent = `
UPDATE notices n
   SET sent_at = @now::timestamptz, claimed_by = NULL
  FROM @each
 WHERE n.id = @id::uuid`

// NoticesSent ends notices: they were sent, or no longer hold.
func (s *Store) NoticesSent(ctx context.Context, list []workflows.NoticeItem, now time.Time) error {
	if len(list) == 0 {
		return nil
	}
	trip := &Trip{}
	for _, n := range list {
		trip.Queue(sqlNoticeSent, args{"id": n.ID, "now": now})
	}
	return s.shared(ctx, list[0].ID, trip)
}

const sqlNoticeRetry = `
UPDATE notices
   SET next_at = now() + @wait * interval '1 millisecond', claimed_by = NULL, lost = lost OR @lost
 WHERE id = @id`

// RetryNotice puts a notice off.
func (s *Store) RetryNotice(ctx context.Context, id string, after time.Duration, lost bool) error {
	_, err := s.pool.Exec(ctx, sqlNoticeRetry, args{"id": id, "wait": after.Milliseconds(), "lost": lost})
	return err
}

const sqlNoticeUntried = `
UPDATE notices
   SET attempts = attempts - 1, next_at = @since, claimed_by = NULL
 WHERE id = @id AND attempts = @attempts`

// NoticeUntried gives back a claimed notice that was not tried.
func (s *Store) NoticeUntried(ctx context.Context, n workflows.NoticeItem) error {
	_, err := s.pool.Exec(ctx, sqlNoticeUntried, args{"id": n.ID, "attempts": n.Attempts, "since": n.Since})
	return err
}
