package storage

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// WebPeople lists whose chats the demonstration can open.
func (s *Store) WebPeople(ctx context.Context) ([]workflows.Person, error) {
	return s.ActivePeople(ctx)
}

const sqlWebPost = `
WITH u AS (
	INSERT INTO web_users (user_id, change) VALUES (@user, 1)
	ON CONFLICT (user_id) DO UPDATE SET change = web_users.change + 1
	RETURNING change
), m AS (
	INSERT INTO web_messages (user_id, key, body, posted_at, change)
	SELECT @user, @key, @body, @at, u.change FROM u
	ON CONFLICT (key) DO NOTHING
	RETURNING id
)
SELECT m.id FROM m
UNION ALL
SELECT w.id FROM web_messages w WHERE w.key = @key AND w.user_id = @user
LIMIT 1`

// WebPost stores a message once for its key and gives its id, also when it was stored before.
func (s *Store) WebPost(ctx context.Context, user, key string, body []byte, at time.Time) (id int64, err error) {
	err = s.pool.QueryRow(ctx, sqlWebPost, args{"user": user, "key": key, "body": string(body), "at": at}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) { // the same post at the same moment: committed after this statement began, so unseen by it
		id, _, err = s.WebFind(ctx, user, key)
	}
	return id, err
}

const sqlWebEdit = `
WITH w AS (
	SELECT id FROM web_messages WHERE id = @id AND user_id = @user
), u AS (
	UPDATE web_users SET change = change + 1 WHERE user_id = @user AND EXISTS (SELECT FROM w) RETURNING change
)
UPDATE web_messages m
   SET body = @body, edited_at = @at, change = u.change
  FROM w, u
 WHERE m.id = w.id`

// WebEdit replaces a user's message; found is false when they have no such message.
func (s *Store) WebEdit(ctx context.Context, user string, id int64, body []byte, at time.Time) (found bool, err error) {
	done, err := s.pool.Exec(ctx, sqlWebEdit, args{"user": user, "id": id, "body": string(body), "at": at})
	return done.RowsAffected() > 0, err
}

const sqlWebFind = `SELECT m.id FROM web_messages m WHERE m.key = @key AND m.user_id = @user`

// WebFind looks a user's message up by its key.
func (s *Store) WebFind(ctx context.Context, user, key string) (id int64, found bool, err error) {
	err = s.pool.QueryRow(ctx, sqlWebFind, args{"user": user, "key": key}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	return id, err == nil, err
}

// webStored is a message as the web chat keeps it.
type webStored = struct {
	ID       int64
	Change   int64
	Body     []byte
	PostedAt time.Time
	Edited   bool
}

const sqlWebHistory = `
SELECT h.id, h.change, h.body, h.posted_at, h.edited_at IS NOT NULL
  FROM (SELECT m.id, m.change, m.body, m.posted_at, m.edited_at
          FROM web_messages m
         WHERE m.user_id = @user
         ORDER BY m.id DESC
         LIMIT @limit) h
 ORDER BY h.id`

// WebHistory gives the newest messages of a user, oldest first.
func (s *Store) WebHistory(ctx context.Context, user string, limit int) ([]webStored, error) {
	return s.webMessages(ctx, sqlWebHistory, args{"user": user, "limit": limit})
}

const sqlWebSince = `
SELECT m.id, m.change, m.body, m.posted_at, m.edited_at IS NOT NULL
  FROM web_messages m
 WHERE m.user_id = @user AND m.change > @change
 ORDER BY m.change
 LIMIT @limit`

// WebSince gives what was posted or edited after a change, in the order of changes.
func (s *Store) WebSince(ctx context.Context, user string, change int64, limit int) ([]webStored, error) {
	return s.webMessages(ctx, sqlWebSince, args{"user": user, "change": change, "limit": limit})
}

func (s *Store) webMessages(ctx context.Context, sql string, a args) ([]webStored, error) {
	rows, err := s.pool.Query(ctx, sql, a)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (webStored, error) {
		var m webStored
		err := row.Scan(&m.ID, &m.Change, &m.Body, &m.PostedAt, &m.Edited)
		return m, err
	})
}

const sqlWebRead = `SELECT coalesce((SELECT u.read FROM web_users u WHERE u.user_id = @user), 0)`

// WebRead gives the last change that the user has seen.
func (s *Store) WebRead(ctx context.Context, user string) (change int64, err error) {
	err = s.pool.QueryRow(ctx, sqlWebRead, args{"user": user}).Scan(&change)
	return change, err
}

const sqlWebMarkRead = `UPDATE web_users SET read = least(change, @change) WHERE user_id = @user AND read < @change`

// WebMarkRead notes how far a user has read; it never goes back.
func (s *Store) WebMarkRead(ctx context.Context, user string, change int64) error {
	_, err := s.pool.Exec(ctx, sqlWebMarkRead, args{"user": user, "change": change})
	return err
}

const sqlWebUnread = `
SELECT m.user_id, count(*)
  FROM web_messages m
  JOIN web_users u ON u.user_id = m.user_id
 WHERE m.change > u.read AND m.body #>> '{card,folded}' IS DISTINCT FROM 'true' -- a folded card is nothing to read
 GROUP BY m.user_id`

// WebUnread counts for each user what they have not seen yet.
func (s *Store) WebUnread(ctx context.Context) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, sqlWebUnread)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	var user string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&user, &n}, func() error { counts[user] = n; return nil })
	return counts, err
}

const sqlWebMoveClock = `
INSERT INTO web_clock (offset_us) VALUES (@by)
ON CONFLICT (one) DO UPDATE SET offset_us = web_clock.offset_us + excluded.offset_us`

// WebMoveClock keeps that the demonstration's clock was moved on, so that a restart does not turn it back.
func (s *Store) WebMoveClock(ctx context.Context, by time.Duration) error {
	_, err := s.pool.Exec(ctx, sqlWebMoveClock, args{"by": by.Microseconds()})
	return err
}

const sqlWebClock = `SELECT coalesce((SELECT c.offset_us FROM web_clock c), 0)`

// WebClock is how far the demonstration's clock was moved on.
func (s *Store) WebClock(ctx context.Context) (time.Duration, error) {
	var us int64
	err := s.pool.QueryRow(ctx, sqlWebClock).Scan(&us)
	return time.Duration(us) * time.Microsecond, err
}
