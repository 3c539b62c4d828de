package telegram

import (
	"context"
	"slices"
	"sync"
)

// job is one update on its way. err may be read once done is closed: nil means that the update is done with.
type job struct {
	id    int64
	lane  int64 // the chat
	body  []byte
	in    *incoming
	fault error // why it cannot be read
	again bool  // it was given up before, and is handed in once more: what is known of it says nothing
	done  chan struct{}
	err   error
}

// lanes hands out jobs: one chat's in order, chats beside one another, and an update that is known already not a second time.
type lanes struct {
	mu       sync.Mutex
	waiting  map[int64][]*job
	jobs     map[int64]*job // by update: under way, or done well
	order    []int64
	busy     int
	empty    chan struct{}    // closed when nothing is under way
	deferred map[int64]*job   // by chat: what is done once nothing of the chat waits
	arrived  map[int64]func() // by chat: ends the wait for more
	// awaitMore waits for what else may come before what was put off is done.
	awaitMore func(context.Context)
}

// knownUpdates is how many done updates are remembered, so that one that is delivered twice is handled once. The database knows them for
// longer; this only keeps a repeated command from opening a second form.
const knownUpdates = 10000

// put adds a job, or gives the one that is there for the same update; work is called for each in turn.
func (l *lanes) put(j *job, work func(*job)) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.jobs == nil {
		l.jobs, l.waiting = map[int64]*job{}, map[int64][]*job{}
	}
	if old := l.jobs[j.id]; old != nil && !j.again {
		return old
	}
	if !j.again {
		l.jobs[j.id] = j
	}
	if l.busy == 0 {
		l.empty = make(chan struct{})
	}
	l.busy++
	line, running := l.waiting[j.lane]
	l.waiting[j.lane] = append(line, j)
	if end := l.arrived[j.lane]; end != nil {
		end()
	}
	if !running {
		go l.run(j.lane, work)
	}
	return j
}

func (l *lanes) run(lane int64, work func(*job)) {
	for {
		l.mu.Lock()
		line := l.waiting[lane]
		if len(line) == 0 && l.deferred[lane] != nil {
			l.mu.Unlock()
			l.runDeferred(lane, work)
			continue
		}
		if len(line) == 0 {
			delete(l.waiting, lane)
			l.mu.Unlock()
			return
		}
		l.waiting[lane] = line[1:]
		l.mu.Unlock()
		work(line[0])
		l.finish(line[0])
	}
}

// putOff has something done once nothing of its chat waits any more, in place of what was put off for it before. It is called from within
// work for that chat.
func (l *lanes) putOff(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deferred == nil {
		l.deferred, l.arrived = map[int64]*job{}, map[int64]func(){}
	}
	if l.deferred[j.lane] == nil {
		l.busy++
	}
	l.deferred[j.lane] = j
}

// runDeferred does what was put off for a chat, unless an update comes while it waits for more.
func (l *lanes) runDeferred(lane int64, work func(*job)) {
	ctx, cancel := context.WithCancel(context.Background())
	l.mu.Lock()
	l.arrived[lane] = cancel
	if len(l.waiting[lane]) > 0 {
		cancel()
	}
	l.mu.Unlock()
	l.awaitMore(ctx)
	cancel()
	l.mu.Lock()
	delete(l.arrived, lane)
	if len(l.waiting[lane]) > 0 {
		l.mu.Unlock()
		return
	}
	j := l.deferred[lane]
	delete(l.deferred, lane)
	l.mu.Unlock()
	work(j)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over()
}

// waits tells whether an update of a chat waits for its turn.
func (l *lanes) waits(lane int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting[lane]) > 0
}

func (l *lanes) finish(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case j.again:
	case j.err != nil:
		delete(l.jobs, j.id)
	default:
		l.order = append(l.order, j.id)
		if len(l.order) > knownUpdates {
			delete(l.jobs, l.order[0])
			l.order = slices.Delete(l.order, 0, 1)
		}
	}
	j.body, j.in = nil, nil
	close(j.done)
	l.over()
}

// over counts one thing less under way; l.mu is held.
func (l *lanes) over() {
	if l.busy--; l.busy == 0 {
		close(l.empty)
	}
}

// idle is closed once nothing is under way.
func (l *lanes) idle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	return l.empty
}
