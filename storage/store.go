// Package storage keeps everything in Postgres, by hand-written SQL that stands beside the method that runs it.
//
// The shell (Change, subjects, the audit, cards, notices, due items, causes, files) is shared by everything that has a story; a sort of
// subject adds a Part with its own tables, as requests do with turns and bookings. It knows no kind, and decides nothing: Change asks a
// pure function what follows and commits that. To store something new, add a file named after the noun.
//
// Every statement is a constant whose name begins with sql, so that a test can prepare each against the migrated database.
package storage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/workflows"
)

// poolSize: more connections than this gain nothing on one Postgres, measured, and cost it memory.
const poolSize = 8

// Store is the database.
type Store struct {
	pool    *pgxpool.Pool
	replica atomic.Int64 // whose claims it makes; 0: nobody's, which are free when their lease has run out
	presses presses      // of people
	firings presses      // of clocks
	pressed atomic.Int64 // how often people pressed so far
	sharing sharing
}

// Open connects to the database at url. When nod cannot work with it, the error is an Unusable that says why.
func Open(ctx context.Context, url string, configure ...func(*pgxpool.Config)) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The error of pgx would repeat the password.
		return nil, errNoAddress
	}
	config.MaxConns = poolSize
	config.ConnConfig.ConnectTimeout = connectTime
	config.ConnConfig.RuntimeParams["application_name"] = "nod"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	for name, value := range planning {
		config.ConnConfig.RuntimeParams[name] = value
	}
	for _, f := range configure {
		f(config)
	}
	pooled, err := examine(ctx, config.ConnConfig)
	if err != nil {
		return nil, err
	}
	if pooled {
		setPlanning(config)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return &Store{pool: pool, presses: presses{seats: pressSeats, seatTime: seatTime},
		firings: presses{seats: clockSeats, seatTime: clockSeatTime, givesWay: giveWay}}, nil
}

var errNoAddress = unusable(nil, "it is no Postgres address; write it as postgres://user:password@host:port/database")

// Close waits for connections in use and closes all.
func (s *Store) Close() { s.pool.Close() }

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	if err := s.pool.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	return nil
}

// Now is the database's time, which business time follows.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	err = s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now)
	return now, err
}

// snapshot reads a database that stands still: all that do reads is of one moment. Nothing can be changed in it.
func (s *Store) snapshot(ctx context.Context, do func(tx pgx.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return do(tx)
}

// deadlockTries is how often a transaction is tried that others got in the way of.
const deadlockTries = 10

// withoutDeadlock does a whole transaction, again when Postgres has ended it since it and another waited for one another.
func withoutDeadlock(ctx context.Context, transaction func() error) error {
	for try := 0; ; try++ {
		err := transaction()
		var pg *pgconn.PgError
		met := errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
		if !met || try >= deadlockTries || !wait(ctx, time.Duration(try+1)*50*time.Millisecond) {
			return err
		}
	}
}

// unread makes a failed read a refusal that its sender understands, when it is the database that did not answer. Whatever they sent can
// come again.
func unread(err error) error {
	if err == nil || !passing(err) {
		return err
	}
	return errors.Join(workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil), err)
}

// violated tells whether err is the violation of the constraint.
func violated(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

func date(d pgtype.Date) workflows.Date {
	if !d.Valid {
		return workflows.Date{}
	}
	return workflows.DateOf(d.Time)
}

// dateArg passes a date; the zero one is NULL.
func dateArg(d workflows.Date) any {
	if d.IsZero() {
		return nil
	}
	return pgDate(d)
}

func pgDate(d workflows.Date) pgtype.Date {
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

// uuidArg passes an ID; the empty one is NULL.
func uuidArg(id workflows.SubjectID) any {
	if id == "" {
		return nil
	}
	return string(id)
}

func idArg(id workflows.PersonID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// ids passes several people; none are an empty array, not NULL.
func ids(people []workflows.PersonID) []int64 {
	list := make([]int64, len(people))
	for i, id := range people {
		list[i] = int64(id)
	}
	return list
}

func seqArg(seq int) any {
	if seq == 0 {
		return nil
	}
	return seq
}

func timeArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// instant reads a time that may be NULL, which is the zero time.
func instant(t pgtype.Timestamptz) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
