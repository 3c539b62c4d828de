package storage

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const sqlLead = `SELECT pg_try_advisory_lock(hashtextextended(@name, 7236106))`

const sqlStillLeading = `SELECT 1`

const (
	leadAgain = 2 * time.Second // until a lock that somebody else holds is tried again
	leadCheck = 2 * time.Second // how often the connection that holds it is asked whether it lives
)

// Lead runs f while this process holds the lock of that name, which one process at a time can hold. It waits for the lock; when the
// connection that holds it breaks, f's context ends and everything begins again. It returns when ctx ends, or with f's error.
func (s *Store) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	for {
		led, err := s.lead(ctx, name, f)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && led:
			return err
		case err != nil:
			slog.WarnContext(ctx, "the lock of a loop that runs once could not be taken; it is tried again", "lock", name, "error", err)
		}
		if !wait(ctx, leadAgain) {
			return nil
		}
	}
}

// lead takes the lock once, if it is free, and tells whether f has ended by itself. The lock has a connection of its own: it must not
// go back to the pool.
func (s *Store) lead(ctx context.Context, name string, f func(ctx context.Context) error) (ended bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig.Copy())
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var mine bool
	if err := conn.QueryRow(ctx, sqlLead, args{"name": name}).Scan(&mine); err != nil || !mine {
		return false, err
	}
	leading, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- f(leading) }()
	check := time.NewTicker(leadCheck)
	defer check.Stop()
	for {
		select {
		case err := <-done:
			return true, err
		case <-check.C:
			asking, cancel := context.WithTimeout(ctx, leadCheck)
			_, err := conn.Exec(asking, sqlStillLeading)
			cancel()
			if err != nil && ctx.Err() == nil {
				stop()
				return false, errors.Join(err, <-done)
			}
		}
	}
}
