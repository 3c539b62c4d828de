package storage

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Who leads is a row that names a replica; it goes with the replica's mark. Where somebody else's stands, nothing happens.
const sqlLead = `
INSERT INTO leaders (name, replica_id)
SELECT @name, r.id
  FROM replicas r
 WHERE r.id = @me
    ON CONFLICT (name) DO NOTHING`

const sqlLeads = `SELECT EXISTS (SELECT FROM leaders l WHERE l.name = @name AND l.replica_id = @me)`

const sqlLeadNoMore = `DELETE FROM leaders WHERE name = @name AND replica_id = @me`

const (
	leadEvery = time.Second             // how often it is tried to lead, or looked whether one still does
	leadTime  = time.Second             // for one such look
	leadLost  = goneAfter - time.Second // without an answer, until somebody else may lead
)

// errNotLeading ends what a leader does.
var errNotLeading = errors.New("another replica leads by now, or may lead")

// Lead runs f while this replica leads in something, as one at a time does. It waits for its turn; when the mark of the replica is gone,
// or cannot be looked at for so long that it may be, f's context ends and everything begins again. It returns when ctx ends, or with f's
// error. waits hears of each try to lead; what f does it says itself. The replica must have joined.
func (s *Store) Lead(ctx context.Context, name string, waits func(error), f func(ctx context.Context) error) error {
	for {
		leads, err := s.tryToLead(ctx, name)
		if ctx.Err() != nil {
			return nil
		}
		waits(err)
		if leads {
			ended, err := s.lead(ctx, name, f)
			if ctx.Err() != nil {
				return nil
			}
			if ended {
				return err
			}
			slog.WarnContext(ctx, "this replica leads no more; another may", "in", name)
		}
		if !wait(ctx, leadEvery) {
			return nil
		}
	}
}

func (s *Store) tryToLead(ctx context.Context, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, leadTime)
	defer cancel()
	if _, err := s.pool.Exec(ctx, sqlLead, args{"name": name, "me": s.replica.Load()}); err != nil {
		return false, err
	}
	return s.leads(ctx, name)
}

func (s *Store) leads(ctx context.Context, name string) (leads bool, err error) {
	err = s.pool.QueryRow(ctx, sqlLeads, args{"name": name, "me": s.replica.Load()}).Scan(&leads)
	return leads, err
}

// lead runs f, and tells whether it has ended by itself.
func (s *Store) lead(ctx context.Context, name string, f func(ctx context.Context) error) (ended bool, err error) {
	leading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan error, 1)
	go func() { done <- f(leading) }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leadTime)
		defer cancel()
		if _, err := s.pool.Exec(ctx, sqlLeadNoMore, args{"name": name, "me": s.replica.Load()}); err != nil {
			slog.WarnContext(ctx, "another replica leads in some seconds", "in", name, "error", err)
		}
	}()
	look := time.NewTicker(leadEvery)
	defer look.Stop()
	known := time.Now()
	for {
		select {
		case err := <-done:
			return true, err
		case <-look.C:
			asked := time.Now()
			asking, cancel := context.WithTimeout(ctx, leadTime)
			leads, err := s.leads(asking, name)
			cancel()
			if leads {
				known = asked
			}
			if err == nil && !leads || time.Since(known) > leadLost {
				stop(errNotLeading)
				<-done
				return false, nil
			}
		}
	}
}
