package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nod-chat/nod/bot/answer"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/session"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// service is the bot without its chats.
type service struct {
	store    *storage.Store
	sessions *session.Sessions // nil: there is no Redis
	drafts   *chat.Drafts      // of all chats
	bodies   *chat.Bodies      // what all chats receive over HTTP
	clock    *workflows.Clock
	rules    *policy.Policy
	engine   *engine.Engine
	texts    *texts.Texts
	bot      *answer.Bot
	senders  map[string]deliver.Sender // chats add theirs before run
	pace     *deliver.Pacer            // of all chats; shared with other replicas when there is a Redis
	metrics  *metrics
	alarm    *alarm
	health   *loops // of everything that is done again and again
	name     string // of this replica, for administrators

	deliverer *deliver.Deliverer
	due       chan struct{} // wakes the loop of due items
	stopping  atomic.Bool
	checks    []check                           // what /readyz asks beside the database and Redis
	intakes   []func(ctx context.Context) error // take updates until ctx ends, then finish what they have begun
	closers   []func(ctx context.Context) error // finish what came over HTTP, once nothing more comes
	loops     []func(ctx context.Context) error // work on what is stored; stopped after the intakes
}

// newService wires the rooms together.
func newService(ctx context.Context, store *storage.Store, rules *policy.Policy, clock *workflows.Clock) (*service, error) {
	s := &service{store: store, rules: rules, clock: clock, senders: map[string]deliver.Sender{},
		drafts: &chat.Drafts{Slow: store}, bodies: new(chat.Bodies), pace: &deliver.Pacer{}, due: make(chan struct{}, 1),
		health: newLoops(), name: replicaName()}
	s.metrics = newMetrics(store, clock, s.health)
	words, err := frames()
	if err != nil {
		return nil, err
	}
	if s.texts, err = texts.New(rules.Kinds(), words...); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	if s.engine, err = engine.New(ctx, store, rules, clock, s.committed); err != nil {
		return nil, err
	}
	s.deliverer = deliver.New(store, draw.NewDisplays(s.engine, s.engine.Sorts()...), s.engine.Now, s.texts, s.senders)
	s.alarm = &alarm{store: store, clock: clock, tell: s.deliverer.Wake}
	s.deliverer.Throttled = s.metrics.throttled
	s.engine.Looked = s.health.add(duty{name: "due", interval: time.Second, needed: true}).did
	s.deliverer.Looked = s.health.add(duty{name: "outbox", interval: time.Second, needed: true}).did
	s.bot = answer.New(s.engine, store, s.texts, s.deliverer.Wake)
	return s, nil
}

// frames are the texts of the chats that have a frame of their own.
func frames() ([]fs.FS, error) {
	var all []fs.FS
	for _, files := range []embed.FS{web.Texts, slack.Texts, telegram.Texts} {
		words, err := fs.Sub(files, "texts")
		if err != nil {
			return nil, err
		}
		all = append(all, words)
	}
	return all, nil
}

// committed has what a transaction left go out at once, rather than at the next look.
func (s *service) committed() {
	s.deliverer.Wake()
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// drain is how long a stopping service may finish what it is doing.
const drain = 10 * time.Second

// face is where the service listens: a server on a listener that is open already, so that a port that is taken is known before anything
// starts.
type face struct {
	listener net.Listener
	server   *http.Server
}

// followEvery is how often the business clock is set by the database's: a machine's clock may be put right at any time.
const followEvery = 10 * time.Second

// followDatabase keeps the business clock with the database's. While the database does not answer the clock goes on as it was.
func (s *service) followDatabase(ctx context.Context) error { return s.clock.Follow(ctx, s.store.Now) }

// replicaName is how administrators tell one replica from another.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// repeat has something done in each interval.
func (s *service) repeat(d duty, do func(ctx context.Context) error) {
	made := s.health.add(d)
	s.loops = append(s.loops, func(ctx context.Context) error { return made.run(ctx, do) })
}

// run serves until ctx ends, then stops in order: no new updates, those under way finish, then the loops, so that nothing is cut off
// that was accepted.
func (s *service) run(ctx context.Context, faces ...face) error {
	if err := s.store.Join(ctx, s.name); err != nil {
		for _, f := range faces {
			f.listener.Close()
		}
		return err
	}
	marked, leave := context.WithCancel(context.WithoutCancel(ctx))
	var mark sync.WaitGroup
	defer mark.Wait()
	defer leave() // last of all: what is claimed until then is this replica's
	renewed := s.health.add(duty{name: "replica", interval: time.Second, needed: true}).did
	mark.Go(func() { s.store.Renew(marked, s.name, s.health.late, s.committed, renewed) })
	s.sweep()
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	var g errgroup.Group
	failed := make(chan struct{}, len(faces)+len(s.intakes))
	for _, f := range faces {
		g.Go(func() error {
			err := f.server.Serve(f.listener)
			if errors.Is(err, http.ErrServerClosed) {
				return nil
			}
			failed <- struct{}{}
			return fmt.Errorf("serve %s: %w", f.listener.Addr(), err)
		})
	}
	var intakes sync.WaitGroup
	for _, take := range s.intakes {
		intakes.Add(1)
		g.Go(func() error {
			defer intakes.Done()
			err := take(ctx)
			if err != nil {
				failed <- struct{}{}
			}
			return err
		})
	}
	for _, loop := range s.loops {
		g.Go(func() error { return loop(loops) })
	}
	g.Go(func() error { return s.deliverer.Run(loops) })
	g.Go(func() error { return s.engine.Run(loops, s.due) })
	g.Go(func() error { s.health.watch(loops, s.tellLate); return nil })
	g.Go(func() error { s.warnOfOffset(loops); return nil })

	select {
	case <-ctx.Done():
		slog.Info("stopping: no new work is taken, what is under way finishes")
	case <-failed:
	}
	s.stopping.Store(true)
	deadline, cancel := context.WithTimeout(context.Background(), drain-time.Second)
	defer cancel()
	for _, f := range faces {
		if err := f.server.Shutdown(deadline); err != nil {
			f.server.Close()
		}
	}
	s.finish(deadline, &intakes)
	for _, end := range s.closers {
		if err := end(deadline); err != nil {
			slog.Warn("a chat was closed before it had finished", "error", err)
		}
	}
	if err := s.alarm.Close(deadline); err != nil {
		slog.Warn("what the administrators are to be told was not all written", "error", err)
	}
	stopLoops()
	return g.Wait()
}

// finish waits for what the intakes have begun, but not beyond the deadline.
func (s *service) finish(deadline context.Context, intakes *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { intakes.Wait(); close(done) }()
	select {
	case <-done:
	case <-deadline.Done():
	}
}

// sweep has the business clock follow the database's, turns taken from people who have left or whose leave has begun (each minute), looked
// for what an administrator should know (each ten minutes), and removed what nobody can ask for any more (each hour).
func (s *service) sweep() {
	s.repeat(duty{name: "clock", interval: followEvery, needed: true}, s.followDatabase)
	s.repeat(duty{name: "relieve", interval: time.Minute}, func(ctx context.Context) error { return s.store.Relieve(ctx, s.clock.Now()) })
	s.repeat(duty{name: "watch", interval: 10 * time.Minute}, s.alarm.watch)
	s.repeat(duty{name: "prune", interval: time.Hour}, func(ctx context.Context) error { return s.store.Prune(ctx, s.clock.Now()) })
}

// warnOfOffset keeps anybody from forgetting that the business clock is not the machine's.
func (s *service) warnOfOffset(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if offset := s.clock.Offset(); offset != 0 {
			slog.Warn("the business clock is offset: reminders, expiry and dates follow it, not the machine's clock", "offset",
				offset.Round(time.Second), "now", s.clock.Now())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
