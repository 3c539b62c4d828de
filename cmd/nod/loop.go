package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// standstill is how long a loop may fail, or be behind its time, until it counts as one that does not do its work.
const standstill = time.Minute

// duty is something that a running service has to do again and again.
type duty struct {
	name     string        // as /readyz, /metrics and nod check say it: docs/running.md lists them
	interval time.Duration // in which it is done once; 0: it is only done when there is something to do
	needed   bool          // without it the replica serves nobody
	platform string        // whose updates come in by it and by nothing else; empty: there is none
}

// loop does a duty, and knows when that last went well; to find nothing to do is to do well.
type loop struct {
	duty
	now func() time.Time

	mu       sync.Mutex
	done     time.Time // when it last did its work, or began
	failing  time.Time // since when it fails; zero: it does not
	row      int       // failures in a row
	failures int64     // all
	fault    string    // the last
}

// did says how a round of its work ended.
func (l *loop) did(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if err == nil {
		l.done, l.failing, l.row, l.fault = now, time.Time{}, 0, ""
		return
	}
	if l.row == 0 {
		l.failing = now
	}
	l.row++
	l.failures++
	l.fault = workflows.InertLine(workflows.Cut(oneLine(err), 200))
}

// late tells whether it has not done its work for a minute: every round has failed for so long, or none ended although one had to.
func (l *loop) late() (storage.LateLoop, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	fails := l.row > 1 && now.Sub(l.failing) > standstill
	stands := l.interval > 0 && now.Sub(l.done) > l.interval+standstill
	return storage.LateLoop{Name: l.name, Since: l.done, Fault: l.fault}, fails || stands
}

// figures are what it shows at /metrics.
func (l *loop) figures() (age time.Duration, failures int64, late float64) {
	if _, is := l.late(); is {
		late = 1
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Sub(l.done), l.failures, late
}

// run does its work in each interval until ctx ends, first after one. What fails is tried again within a minute.
func (l *loop) run(ctx context.Context, do func(ctx context.Context) error) error {
	for again := l.interval; ; {
		timer := time.NewTimer(again)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		err := do(ctx)
		if ctx.Err() != nil {
			return nil
		}
		l.did(err)
		if again = l.interval; err != nil {
			again = min(again, standstill/2)
			slog.ErrorContext(ctx, "a part of nod failed; it will be tried again", "part", l.name, "error", err)
		}
	}
}

// loops are all of a service.
type loops struct {
	now func() time.Time // the machine's; what is late is about this process, not about business

	mu     sync.Mutex
	all    []*loop
	asked  []func(ctx context.Context) // look at what goes on without rounds
	untold map[string]span             // stood still, and the administrators were not told yet
	told   map[string]bool             // stand still, and the administrators know
}

// span is from when to when a loop did not do its work; until is zero while it goes on.
type span struct{ since, until time.Time }

func newLoops() *loops {
	return &loops{now: time.Now, untold: map[string]span{}, told: map[string]bool{}}
}

// add makes a loop, which begins its work now.
func (s *loops) add(d duty) *loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := &loop{duty: d, now: func() time.Time { return s.now() }}
	made.done = made.now()
	s.all = append(s.all, made)
	return made
}

// ask has a loop that works without rounds be asked how it does, every second.
func (s *loops) ask(l *loop, question func(ctx context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, func(ctx context.Context) { l.did(question(ctx)) })
}

// ended has a loop that is over count as failing.
func (s *loops) ended(l *loop, why error) {
	s.ask(l, func(context.Context) error { return why })
}

func (s *loops) list() []*loop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// late lists those that do not do their work.
func (s *loops) late() []storage.LateLoop {
	var late []storage.LateLoop
	for _, l := range s.list() {
		if which, is := l.late(); is {
			late = append(late, which)
		}
	}
	return late
}

// serves tells whether the replica can do what it is for: every loop that is needed does its work, and updates come in from one of its
// chats at least. A platform's bad day is no reason to take the others' updates away. chats are those that are on.
func (s *loops) serves(chats int) bool {
	silent := 0
	for _, l := range s.list() {
		_, late := l.late()
		if late && l.needed {
			return false
		}
		if late && l.platform != "" {
			silent++
		}
	}
	return silent == 0 || silent < chats
}

const watchEvery = time.Second

// watch looks at all loops every second, and tells the administrators which did not do their work, and until when if that is over: what
// keeps a loop from its work may keep this from being written.
func (s *loops) watch(ctx context.Context, tell func(ctx context.Context, names []string, from span) error) {
	for {
		s.mu.Lock()
		asked := slices.Clone(s.asked)
		s.mu.Unlock()
		for _, ask := range asked {
			ask(ctx)
		}
		if err := s.look(ctx, tell); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the administrators could not be told yet of what stood still", "error", err)
		}
		timer := time.NewTimer(watchEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// look does so once. What is found at the same time is told together.
func (s *loops) look(ctx context.Context, tell func(ctx context.Context, names []string, from span) error) error {
	now := s.now()
	is := map[string]bool{}
	for _, l := range s.late() {
		is[l.Name] = true
		if _, waits := s.untold[l.Name]; !waits && !s.told[l.Name] {
			s.untold[l.Name] = span{since: l.Since}
			slog.ErrorContext(ctx, "a part of nod has not done its work for a minute", "part", l.Name, "since", l.Since, "error", l.Fault)
		}
	}
	for name := range s.told {
		if !is[name] {
			delete(s.told, name)
			slog.InfoContext(ctx, "a part of nod does its work again", "part", name)
		}
	}
	if len(s.untold) == 0 {
		return nil
	}
	from := span{since: now}
	for name, w := range s.untold {
		if !is[name] && w.until.IsZero() {
			w.until = now
			s.untold[name] = w
		}
		if w.since.Before(from.since) {
			from.since = w.since
		}
		if w.until.After(from.until) {
			from.until = w.until
		}
	}
	names := slices.Sorted(maps.Keys(s.untold))
	if slices.ContainsFunc(names, func(name string) bool { return is[name] }) {
		from.until = time.Time{}
	}
	if err := tell(ctx, names, from); err != nil {
		return err
	}
	clear(s.untold)
	for name := range is {
		s.told[name] = true
	}
	return nil
}

// sends watches what goes out to a platform: it is late when nothing got through for a minute that was tried.
func (s *service) sends(platform string) {
	s.deliverer.Sent[platform] = s.health.add(duty{name: platform + ".send"}).did
}

// tellLate leaves the administrators an alert of loops that did not do their work.
func (s *service) tellLate(ctx context.Context, names []string, from span) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	err := s.store.Alert(ctx, "loop:"+strings.Join(names, ","), textLoop, workflows.Args{"Names": names, "Replica": s.name,
		"Since": moment(from.since), "Until": moment(from.until)}, s.clock.Now())
	if err != nil {
		return fmt.Errorf("write an alert: %w", err)
	}
	s.deliverer.Wake()
	return nil
}

// textLoop is the alert about loops. Whether that goes on, the replicas' marks tell.
const textLoop = "alert.loop"
