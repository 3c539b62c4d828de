package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/workflows"
)

// A replica is a program that serves. Its row is its mark: as long as it is renewed, what the replica has claimed is left to it. Whoever
// sees that a mark has not been renewed for goneAfter takes it away, and with that all of its claims are free. All of it goes by the
// database's clock, so neither machines whose clocks differ nor one that was asleep are mistaken about it: a sender looks at its mark, and
// renews it, right before it sends (HoldsCard, HoldsNotices), and what it slept through is somebody else's by then.
const (
	renewEvery = time.Second
	renewTime  = time.Second // for one renewal
	goneAfter  = 4 * time.Second
	leaveTime  = 2 * time.Second
	// A mark that is younger was renewed without a break. One that is not, as after Postgres was away, takes nobody else's: all have to
	// be given their time first.
	unbroken = 2 * renewEvery
	// A mark that is older is renewed by a sender who looks at it.
	fresh = renewEvery + renewEvery/2
	// What was tried so often may be what kills its replicas; it waits until its lease has run out.
	mostFreed = 3
)

// LateLoop is a loop of a replica that has not done its work.
type LateLoop struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since"` // when it last did; the machine's clock
	Fault string    `json:"fault"` // what was wrong last; empty: it stands still
}

const sqlJoin = `
INSERT INTO replicas (name, started_at, seen_at)
VALUES (@name, clock_timestamp(), clock_timestamp())
RETURNING id`

// Join makes this program a replica: from now on its claims are its own, and free when it is gone. Renew has to go on from here.
func (s *Store) Join(ctx context.Context, name string) error {
	var id int64
	if err := s.pool.QueryRow(ctx, sqlJoin, args{"name": name}).Scan(&id); err != nil {
		return fmt.Errorf("join the replicas: %w", err)
	}
	s.replica.Store(id)
	return nil
}

// Renew renews this replica's mark until ctx ends, and then gives back what it still has. It frees what replicas that are gone had claimed,
// and calls freed then; renewed hears of every try. late tells which loops are to be written beside the mark. A replica that was taken for
// gone joins anew, under the same name.
func (s *Store) Renew(ctx context.Context, name string, late func() []LateLoop, freed func(), renewed func(error)) {
	var conn *pgx.Conn // its own: a pool of which every connection is in use must not cost the mark
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer cancel()
		if err := s.leave(ctx); err != nil {
			slog.WarnContext(ctx, "what this replica had claimed is free in some seconds", "error", err)
		}
		if conn != nil {
			conn.Close(ctx)
		}
	}()
	renew := func() error {
		trying, cancel := context.WithTimeout(ctx, renewTime)
		defer cancel()
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = pgx.ConnectConfig(trying, s.pool.Config().ConnConfig.Copy()); err != nil {
				conn = nil
				return err
			}
		}
		gone, err := s.renew(trying, conn, late())
		if errors.Is(err, errGone) {
			slog.WarnContext(ctx, "this replica was taken for gone, since its mark was not renewed in time; it joins anew", "name", name)
			return s.Join(trying, name)
		}
		if err != nil || len(gone) == 0 {
			return err
		}
		n, err := s.free(trying, gone)
		if n > 0 {
			slog.InfoContext(ctx, "what a replica that is gone had claimed is free", "replicas", n)
			freed()
		}
		return err
	}
	for {
		begun := time.Now()
		err := renew()
		if ctx.Err() != nil {
			return
		}
		renewed(err)
		if !wait(ctx, max(renewEvery-time.Since(begun), 0)) {
			return
		}
	}
}

var errGone = errors.New("the replica's mark is gone")

const sqlGone = `
SELECT r.id
  FROM replicas r
 WHERE r.id <> @me AND r.seen_at < clock_timestamp() - @gone * interval '1 millisecond'
   AND EXISTS (SELECT FROM replicas m WHERE m.id = @me AND m.seen_at > clock_timestamp() - @unbroken * interval '1 millisecond')`

const sqlRenew = `UPDATE replicas SET seen_at = clock_timestamp(), late = @late WHERE id = @me`

// renew renews the mark, and lists the replicas that are gone.
func (s *Store) renew(ctx context.Context, conn *pgx.Conn, late []LateLoop) (gone []int64, err error) {
	body, err := json.Marshal(append([]LateLoop{}, late...))
	if err != nil {
		return nil, err
	}
	me := s.replica.Load()
	b := &pgx.Batch{}
	var id int64
	b.Queue(sqlGone, args{"me": me, "gone": goneAfter.Milliseconds(), "unbroken": unbroken.Milliseconds()}).
		Query(each(func() { gone = append(gone, id) }, &id).rows)
	lost := false
	b.Queue(sqlRenew, args{"me": me, "late": body}).Exec(func(done pgconn.CommandTag) error {
		lost = done.RowsAffected() == 0
		return nil
	})
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	if lost {
		return nil, errGone
	}
	return gone, nil
}

// It is looked at once more: the mark may have been renewed, or taken away by another, since.
const sqlDismiss = `
DELETE FROM replicas
 WHERE id = ANY (@replicas::bigint[]) AND seen_at < clock_timestamp() - @gone * interval '1 millisecond'
RETURNING id`

const (
	sqlFreeCards = `
UPDATE cards
   SET claimed_by = NULL, next_at = CASE WHEN attempts <= @most THEN now() ELSE next_at END
 WHERE claimed_by = ANY (@replicas::bigint[])`
	sqlFreeNotices = `
UPDATE notices
   SET claimed_by = NULL, next_at = CASE WHEN attempts <= @most AND sent_at IS NULL THEN now() ELSE next_at END
 WHERE claimed_by = ANY (@replicas::bigint[])`
	sqlFreeDue = `
UPDATE due
   SET claimed_by = NULL, next_at = CASE WHEN attempts <= @most THEN now() ELSE next_at END
 WHERE claimed_by = ANY (@replicas::bigint[])`
	sqlFreeLetters = `UPDATE dead_letters SET claimed_by = NULL, retry_at = now() WHERE claimed_by = ANY (@replicas::bigint[])`
)

// free takes marks away that were not renewed, and with them their claims. It tells how many those were.
func (s *Store) free(ctx context.Context, replicas []int64) (n int, err error) {
	err = s.dismiss(ctx, sqlDismiss, args{"replicas": replicas, "gone": goneAfter.Milliseconds()}, &n)
	return n, err
}

const sqlLeave = `DELETE FROM replicas WHERE id = @me RETURNING id`

// leave ends this replica; nobody has to wait until it is gone.
func (s *Store) leave(ctx context.Context) error {
	var n int
	return s.dismiss(ctx, sqlLeave, args{"me": s.replica.Swap(0)}, &n)
}

func (s *Store) dismiss(ctx context.Context, sql string, a args, n *int) error {
	return withoutDeadlock(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			rows, err := tx.Query(ctx, sql, a)
			if err != nil {
				return err
			}
			gone, err := pgx.CollectRows(rows, pgx.RowTo[int64])
			if *n = len(gone); err != nil || *n == 0 {
				return err
			}
			b := &pgx.Batch{}
			for _, free := range []string{sqlFreeCards, sqlFreeNotices, sqlFreeDue} {
				b.Queue(free, args{"replicas": gone, "most": mostFreed})
			}
			b.Queue(sqlFreeLetters, args{"replicas": gone})
			return tx.SendBatch(ctx, b).Close()
		})
	})
}

// stillMine is, in SQL, whether this replica's mark stands, which is renewed when it is not quite new. How new it is, the statement looks
// at once, as it begins: another sender of the replica may renew it meanwhile, and then it is renewed again; one that was taken away
// meanwhile is not there to be. Who claims without a mark goes by the claim alone.
const stillMine = `
WITH renewed AS (
	UPDATE replicas r
	   SET seen_at = clock_timestamp()
	  FROM replicas was
	 WHERE r.id = @me AND was.id = r.id AND was.seen_at < clock_timestamp() - @fresh * interval '1 millisecond'
	RETURNING r.id
)
SELECT (@me = 0 OR EXISTS (SELECT FROM renewed)
        OR EXISTS (SELECT FROM replicas r WHERE r.id = @me AND r.seen_at >= clock_timestamp() - @fresh * interval '1 millisecond'))
   AND `

const sqlHoldsCard = stillMine + `EXISTS (
	SELECT FROM cards c WHERE c.id = @id AND c.attempts = @attempts AND c.claimed_by IS NOT DISTINCT FROM nullif(@me, 0))`

// HoldsCard tells whether a card that was claimed is still this replica's to send.
func (s *Store) HoldsCard(ctx context.Context, c workflows.CardItem) (holds bool, err error) {
	err = s.pool.QueryRow(ctx, sqlHoldsCard, args{"me": s.replica.Load(), "fresh": fresh.Milliseconds(), "id": c.ID,
		"attempts": c.Attempts}).Scan(&holds)
	return holds, err
}

const sqlHoldsNotices = stillMine + `NOT EXISTS (
	SELECT FROM unnest(@ids::uuid[], @attempts::integer[]) AS w (id, attempts)
	 WHERE NOT EXISTS (SELECT FROM notices n
	                    WHERE n.id = w.id AND n.attempts = w.attempts AND n.sent_at IS NULL
	                      AND n.claimed_by IS NOT DISTINCT FROM nullif(@me, 0)))`

// HoldsNotices tells whether all of the notices that were claimed are still this replica's to send.
func (s *Store) HoldsNotices(ctx context.Context, list []workflows.NoticeItem) (holds bool, err error) {
	var ids []string
	var attempts []int
	for _, n := range list {
		ids, attempts = append(ids, n.ID), append(attempts, n.Attempts)
	}
	err = s.pool.QueryRow(ctx, sqlHoldsNotices, args{"me": s.replica.Load(), "fresh": fresh.Milliseconds(), "ids": ids,
		"attempts": attempts}).Scan(&holds)
	return holds, err
}

// Replica is a program that serves, as its mark tells of it.
type Replica struct {
	Name    string
	Started time.Time
	Silent  time.Duration // since its mark was renewed
	Late    []LateLoop
}

// Gone tells whether it has not been heard of for as long as it takes to lose its claims.
func (r Replica) Gone() bool { return r.Silent > goneAfter }

const sqlReplicas = `
SELECT r.name, r.started_at, (extract(epoch FROM clock_timestamp() - r.seen_at) * 1000000)::bigint, r.late
  FROM replicas r
 ORDER BY r.id`

// Replicas lists the programs that serve over this database.
func (s *Store) Replicas(ctx context.Context) ([]Replica, error) {
	rows, err := s.pool.Query(ctx, sqlReplicas)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Replica, error) {
		var r Replica
		var silent int64 // microseconds
		err := row.Scan(&r.Name, &r.Started, &silent, &r.Late)
		r.Silent = time.Duration(silent) * time.Microsecond
		return r, err
	})
}
