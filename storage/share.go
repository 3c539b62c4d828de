package storage

import (
	"context"
	"sync"
	"time"
)

// What is noted of something that was sent or fired is small, and much of it comes at once: a morning's digests, what a mass of cards
// shows. Such writes, and what is looked up for them, share a trip and its commit: whatever comes while one is under way leaves with the
// next. One that is alone waits for none.
const (
	largestShare = 64
	shareTime    = 5 * time.Second
)

// sharing is what waits for the trip that is under way.
type sharing struct {
	mu      sync.Mutex
	waiting []*share
	busy    bool
}

// share is one's statements in a trip with others. No two of a trip write the same row, which row names; empty: it writes none.
type share struct {
	row  string
	trip *Trip
	done chan error
}

func (one *share) keys() []any {
	if one.row == "" {
		return nil
	}
	return []any{one.row}
}

// shared sends a trip, with others that come at the same moment. When that fails, whatever it is, each goes on its own: to note something
// a second time does no harm.
func (s *Store) shared(ctx context.Context, row string, t *Trip) error {
	mine := &share{row, t, make(chan error, 1)}
	q := &s.sharing
	q.mu.Lock()
	q.waiting = append(q.waiting, mine)
	first := !q.busy
	q.busy = true
	q.mu.Unlock()
	if first {
		go s.sendShares()
	}
	select {
	case err := <-mine.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendShares sends what waits until nothing does.
func (s *Store) sendShares() {
	q := &s.sharing
	for {
		q.mu.Lock()
		var list []*share
		list, q.waiting = oldest(q.waiting, largestShare, (*share).keys)
		q.busy = len(list) > 0
		q.mu.Unlock()
		if len(list) == 0 {
			return
		}
		s.sendShare(list)
	}
}

func (s *Store) sendShare(list []*share) {
	ctx, cancel := context.WithTimeout(context.Background(), shareTime)
	defer cancel()
	trips := make([]*Trip, len(list))
	for i, one := range list {
		trips[i] = one.trip
	}
	err := sendTogether(ctx, s.pool, trips...)
	for _, one := range list {
		if len(list) > 1 && err != nil {
			one.done <- one.trip.send(ctx, s.pool)
		} else {
			one.done <- err
		}
	}
}
