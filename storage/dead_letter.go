package storage

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

const sqlUnhandledKeep = `
INSERT INTO dead_letters (platform, key, body, why, at)
VALUES (@platform, @key, @body, @why, now())
ON CONFLICT (platform, key) DO NOTHING`

// KeepUnhandled keeps an update that could not be handled after several tries, for the administrator to look at.
func (s *Store) KeepUnhandled(ctx context.Context, platform, key string, body []byte, why string) error {
	_, err := s.pool.Exec(ctx, sqlUnhandledKeep, args{"platform": platform, "key": key, "body": body, "why": why})
	return err
}

// DeadLetter is an update that could not be handled.
type DeadLetter struct {
	Platform, Key string
	Body          []byte // as it came
	Why           string
	At            time.Time // when it was given up; the machine's clock
	RetryAt       time.Time // when it is handed in again; zero: not at all
	Retries       int       // how often it was, and failed
}

const sqlDeadLetters = `
SELECT d.platform, d.key, d.body, d.why, d.at, d.retry_at, d.retries
  FROM dead_letters d
 ORDER BY d.at, d.platform, d.key`

// DeadLetters gives every update that could not be handled, oldest first, one after the other: each may be as large as an update can be.
func (s *Store) DeadLetters(ctx context.Context, each func(DeadLetter) error) error {
	rows, err := s.pool.Query(ctx, sqlDeadLetters)
	if err != nil {
		return err
	}
	var d DeadLetter
	var retry pgtype.Timestamptz
	_, err = pgx.ForEachRow(rows, []any{&d.Platform, &d.Key, &d.Body, &d.Why, &d.At, &retry, &d.Retries}, func() error {
		d.RetryAt = instant(retry)
		return each(d)
	})
	return err
}

const sqlDeadLetterCount = `SELECT count(*) FROM dead_letters`

// DeadLetterCount tells how many updates could not be handled.
func (s *Store) DeadLetterCount(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, sqlDeadLetterCount).Scan(&n)
	return n, err
}

const sqlDeadLetterRetry = `
UPDATE dead_letters
   SET retry_at = now()
 WHERE @platform = '' OR platform = @platform AND key = @key`

// RetryDeadLetter has a running program take an update in again, or every one when platform is empty, and tells how many those are.
func (s *Store) RetryDeadLetter(ctx context.Context, platform, key string) (int64, error) {
	tag, err := s.pool.Exec(ctx, sqlDeadLetterRetry, args{"platform": platform, "key": key})
	return tag.RowsAffected(), err
}

const sqlDeadLetterDrop = `DELETE FROM dead_letters WHERE @platform = '' OR platform = @platform AND key = @key`

// DropDeadLetter forgets an update, or every one when platform is empty, and tells how many those were.
func (s *Store) DropDeadLetter(ctx context.Context, platform, key string) (int64, error) {
	tag, err := s.pool.Exec(ctx, sqlDeadLetterDrop, args{"platform": platform, "key": key})
	return tag.RowsAffected(), err
}

// Whoever takes one has a minute for it, unless they are gone sooner.
const sqlDeadLetterTake = `
UPDATE dead_letters d
   SET retry_at = now() + interval '1 minute', claimed_by = nullif(@me, 0)
  FROM (SELECT x.platform, x.key
          FROM dead_letters x
         WHERE x.platform = @platform AND x.retry_at <= now()
         ORDER BY x.at
         LIMIT 1
           FOR UPDATE SKIP LOCKED) one
 WHERE d.platform = one.platform AND d.key = one.key
RETURNING d.platform, d.key, d.body`

// TakeDeadLetter gives the next update of a platform that is to be handed in again. Not ok: there is none.
func (s *Store) TakeDeadLetter(ctx context.Context, platform string) (d DeadLetter, ok bool, err error) {
	err = s.pool.QueryRow(ctx, sqlDeadLetterTake, args{"platform": platform, "me": s.replica.Load()}).Scan(&d.Platform, &d.Key, &d.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, false, nil
	}
	return d, err == nil, err
}

const sqlDeadLetterFailed = `
UPDATE dead_letters
   SET retry_at = NULL, claimed_by = NULL, retries = retries + 1, why = @why
 WHERE platform = @platform AND key = @key`

// KeepDeadLetter says why an update that was handed in again could not be handled this time either.
func (s *Store) KeepDeadLetter(ctx context.Context, platform, key, why string) error {
	_, err := s.pool.Exec(ctx, sqlDeadLetterFailed, args{"platform": platform, "key": key, "why": why})
	return err
}
