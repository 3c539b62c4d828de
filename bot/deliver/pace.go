package deliver

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Limit is how fast a platform lets something be done that it counts under one key. Adapters keep below what the platform allows and leave
// the rest to the answers that people wait for, which are not paced.
type Limit struct {
	Key   string        // unique among all platforms and installations
	Every time.Duration // one in so long
	Burst int           // as many at once after a rest; 0 means 1
	Wide  bool          // it counts the sends to all chats, not to one
}

// ahead is how far the sends may run before the pace.
func (l Limit) ahead() time.Duration { return time.Duration(max(l.Burst, 1)-1) * l.Every }

// Shared keeps the pace of several processes, and may be away. A key's places are every apart; ahead is how far they may be used before
// their time.
type Shared interface {
	// Take takes a place under every key, or under none when one of them is further off than patience. It gives the longest wait, and which
	// key has it.
	Take(ctx context.Context, patience time.Duration, keys []string, every, ahead []time.Duration) (
		wait time.Duration, longest int, err error)
	// Hold moves a key's next place to at least so long from now.
	Hold(ctx context.Context, key string, wait time.Duration) error
}

const (
	patience  = 2 * time.Second // what is sent within it waits where it is; what is not is given back, since others could be sent meanwhile
	awayTime  = 5 * time.Second // until what did not answer is asked again: no send pays for its time-outs before
	awayNotes = time.Minute     // between two lines of the log about it
	mostKeys  = 10000           // remembered; those that matter no more are forgotten then
)

// Pacer spaces the sends of all processes that have the same Shared, by the generic cell rate algorithm: a key is the time at which its
// next place would be if none were ever used early. While Shared is away each process keeps the same pace by itself: together they may be
// too fast, and then the platform's own refusals, which are held to, slow them down. The zero value paces one process.
type Pacer struct {
	Shared Shared                                           // nil: this process only
	Now    func() time.Time                                 // the machine's clock; nil: really
	Pause  func(ctx context.Context, d time.Duration) error // waits; nil: really
	Log    *slog.Logger

	mu    sync.Mutex
	next  map[string]time.Time // what this process took and held, also while Shared answers
	away  time.Time            // Shared is not asked until then
	noted time.Time            // when it was last logged that it is away
}

// Turn waits for a send's turn under its limits. When that is far off it gives NotYet and no place is used up.
func (p *Pacer) Turn(ctx context.Context, limits ...Limit) error {
	wait, longest := p.take(ctx, limits)
	switch {
	case wait > patience:
		return NotYet{Wait: wait, Wide: limits[longest].Wide}
	case wait <= 0:
		return nil
	case p.pause(ctx, wait) != nil:
		return NotYet{} // its sender has no more time
	}
	return nil
}

func (p *Pacer) pause(ctx context.Context, d time.Duration) error {
	if p.Pause != nil {
		return p.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hold keeps everybody from sending under a limit for as long as its platform asked. After that the sends begin again one by one.
func (p *Pacer) Hold(ctx context.Context, l Limit, wait time.Duration) {
	wait += l.ahead()
	p.mu.Lock()
	at := p.now().Add(wait)
	if p.next == nil {
		p.next = map[string]time.Time{}
	}
	if at.After(p.next[l.Key]) {
		p.next[l.Key] = at
	}
	p.mu.Unlock()
	if p.asks() {
		p.answered(ctx, p.Shared.Hold(context.WithoutCancel(ctx), l.Key, wait))
	}
}

func (p *Pacer) take(ctx context.Context, limits []Limit) (wait time.Duration, longest int) {
	if !p.asks() {
		return p.here(limits, patience)
	}
	// What this process alone has used is the least that all have: often that says enough.
	if wait, longest = p.here(limits, -1); wait > patience {
		return wait, longest
	}
	keys, every, ahead := make([]string, len(limits)), make([]time.Duration, len(limits)), make([]time.Duration, len(limits))
	for i, l := range limits {
		keys[i], every[i], ahead[i] = l.Key, l.Every, l.ahead()
	}
	wait, longest, err := p.Shared.Take(ctx, patience, keys, every, ahead)
	if err != nil {
		p.answered(ctx, err)
		return p.here(limits, patience)
	}
	if wait <= patience {
		p.here(limits, patience)
	}
	return wait, longest
}

// here takes places by what this process knows, if none of them is further off than so long.
func (p *Pacer) here(limits []Limit, within time.Duration) (wait time.Duration, longest int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for i, l := range limits {
		if w := p.next[l.Key].Add(-l.ahead()).Sub(now); w > wait {
			wait, longest = w, i
		}
	}
	if wait > within {
		return wait, longest
	}
	if len(p.next) > mostKeys {
		for key, at := range p.next {
			if at.Before(now) {
				delete(p.next, key)
			}
		}
	}
	if p.next == nil {
		p.next = map[string]time.Time{}
	}
	for _, l := range limits {
		at := p.next[l.Key]
		if at.Before(now) {
			at = now
		}
		p.next[l.Key] = at.Add(l.Every)
	}
	return wait, longest
}

func (p *Pacer) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// asks tells whether Shared is worth asking.
func (p *Pacer) asks() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Shared != nil && !p.now().Before(p.away)
}

// answered remembers that Shared did not answer.
func (p *Pacer) answered(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil { // a send that is given up says nothing of it
		return
	}
	p.mu.Lock()
	now := p.now()
	p.away = now.Add(awayTime)
	quiet := now.Sub(p.noted) < awayNotes
	if !quiet {
		p.noted = now
	}
	p.mu.Unlock()
	if quiet {
		return
	}
	log := p.Log
	if log == nil {
		log = slog.Default()
	}
	log.WarnContext(ctx, "Redis does not answer, so each replica paces its messages by itself", "error", err)
}
