package storage

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// Presses that wait at the same moment share a transaction, and the two trips of it: each statement that they have in common is started
// once, and one commit is waited for. Each hears its own outcome. Nobody waits for more to come: a press that finds a seat free goes at
// once, on its own, and those that come while the seats are taken go together when one is free. What clocks change has seats of its own,
// so that no press waits behind a morning's reminders.
const (
	pressSeats = 2  // transactions under way before the next presses wait for each other
	clockSeats = 1  // with two, a press beside reminders took half as long again, and a twentieth more of them fired
	largest    = 64 // presses of one transaction

	// seatTime is how long a transaction keeps its seat. What takes longer waits for a lock, and keeps no others waiting.
	seatTime      = 30 * time.Millisecond
	clockSeatTime = 300 * time.Millisecond // there is but one seat, and more than one group at a time is what people would wait behind

	// giveWay is for how many times as long as a group of clocks took the next one lets people's presses go first, if there were any, but
	// never for longer than clockSeatTime. When it was once as long, one in a hundred presses took twice as long as without clocks.
	giveWay = 5

	// groupTime bounds the transaction of a group; each press has its own time besides.
	groupTime = 10 * time.Second
)

// A group waits for nobody: a subject or a binding that is locked is passed over, and goes alone. This is for the rest, as cards, which
// are locked for moments only.
const sqlShortWaits = `SET LOCAL lock_timeout = '200ms'`

// presses are those that wait for a seat.
type presses struct {
	seats    int
	seatTime time.Duration
	givesWay time.Duration // so many times as long as a group took the next one waits, if people pressed meanwhile

	mu      sync.Mutex
	waiting []*press
	taken   int // of the seats
}

// press is a change to a subject that waits for others.
type press struct {
	change   workflows.Change
	fresh    func() Part
	*attempt            // nil: it was in no group, and goes alone
	ready    chan *seat // for a press that goes alone, its seat, if there is one; for another, what came of it is there
	stage    atomic.Int32
}

const (
	open    int32 = iota
	writing       // its writes are about to be sent
	left          // its sender waits no more: it must not be written
)

// seat is the right to a transaction, until it is free or seatTime is over.
type seat struct {
	free func()
	late *time.Timer
}

func (s *Store) sit(q *presses) *seat {
	free := sync.OnceFunc(func() { s.next(q) })
	return &seat{free, time.AfterFunc(q.seatTime, free)}
}

func (x *seat) leave() { x.leaveIn(0) }

// leaveIn leaves a seat after a pause, unless seatTime is over, and with it the right to keep others waiting.
func (x *seat) leaveIn(pause time.Duration) {
	switch {
	case x == nil:
	case x.late.Stop() && pause > 0:
		time.AfterFunc(pause, x.free)
	default:
		x.free()
	}
}

// try is one try of a change.
func (s *Store) try(ctx context.Context, c workflows.Change, part func() Part) *attempt {
	q := &s.firings
	if c.Cause.Platform != workflows.PlatformSystem {
		q = &s.presses
		s.pressed.Add(1)
	}
	if c.Subject == "" || c.Contested { // it waits for books, which others may keep for longer
		return s.alone(ctx, c, part())
	}
	p := &press{change: c, fresh: part, ready: make(chan *seat, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, p)
	free := q.taken < q.seats
	if free {
		q.taken++
	}
	q.mu.Unlock()
	if free {
		runtime.Gosched() // whoever is ready to press does so now, and comes along
		s.next(q)
	}
	var x *seat
	select {
	case x = <-p.ready:
	case <-ctx.Done():
		if p.stage.CompareAndSwap(open, left) {
			return &attempt{err: ctx.Err()}
		}
		select {
		case x = <-p.ready:
		default: // it is being written, so nobody knows
			return &attempt{err: ctx.Err(), sent: true}
		}
	}
	defer x.leave()
	if p.attempt == nil || p.attempt.alone {
		return s.alone(ctx, c, part())
	}
	return p.attempt
}

// next gives a seat that is free to those who wait, or back.
func (s *Store) next(q *presses) {
	q.mu.Lock()
	group := q.group()
	if len(group) == 0 {
		q.taken--
	}
	q.mu.Unlock()
	switch len(group) {
	case 0:
	case 1:
		group[0].ready <- s.sit(q)
	default:
		go func() {
			x, begin, pressed := s.sit(q), time.Now(), s.pressed.Load()
			s.together(group)
			var pause time.Duration
			if s.pressed.Load() > pressed {
				pause = min(q.givesWay*time.Since(begin), q.seatTime)
			}
			x.leaveIn(pause)
		}()
	}
}

// group takes those that waited longest, of which no two are of the same subject or the same cause: these come after one another, in the
// order in which they came.
func (q *presses) group() (group []*press) {
	waiting := slices.DeleteFunc(q.waiting, func(p *press) bool { return p.stage.Load() == left })
	group, q.waiting = oldest(waiting, largest, func(p *press) []any { return []any{p.change.Subject, p.change.Cause} })
	return group
}

// together is one transaction for several presses. Whoever cannot be part of it goes alone: whose subject or binding is locked, or
// whose rules break down; and all of them when something is refused.
func (s *Store) together(group []*press) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	defer func() {
		for _, p := range group {
			p.ready <- nil
		}
	}()
	for _, p := range group {
		p.attempt = &attempt{change: p.change, part: p.fresh()}
	}
	b := &pgx.Batch{}
	b.Queue("begin")
	b.Queue(sqlShortWaits)
	var loads []*Trip
	for _, p := range group {
		loads = append(loads, p.load(passed))
	}
	merge(b, loads...)
	var written []*press
	failed := s.transact(ctx, b, func() (trips []*Trip) {
		for _, p := range group {
			if p.held() {
				p.attempt.alone = true
			} else if trip := p.judge(); trip != nil && p.stage.CompareAndSwap(open, writing) {
				written, trips = append(written, p), append(trips, trip)
			}
		}
		return trips
	})
	if failed == nil {
		for _, p := range written {
			p.committed()
		}
		return
	}
	ended := group
	if failed.sent { // those that were refused, and nothing was written of, have their answer
		ended = written
	}
	for _, p := range ended {
		// Where the connection holds, something of one of them was refused, by Postgres or before it was sent: nothing was committed.
		if p.attempt.alone = !failed.broken; failed.broken {
			p.err, p.sent = failed.error, failed.sent
		}
	}
}

// held tells that a lock was passed over, or that there was nothing to lock, which shows alone.
func (a *attempt) held() bool {
	return a.stored.s.ID == "" || a.actor.chats && a.actor.party.ID == 0
}

// judge decides; one that panics does so where its sender hears of it.
func (p *press) judge() (trip *Trip) {
	defer func() {
		if recover() != nil {
			p.attempt.alone, trip = true, nil
		}
	}()
	return p.decide()
}
