package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// claimed is how many due items one round takes; the rest are left to other replicas, or to the next round.
const claimed = 200

// Items fire side by side and within a time, so that one whose request is locked or whose rules do not come to an
// end holds up the others for no longer.
const (
	parallel = 64 // what they change goes together where it can, as with presses
	fireTime = 5 * time.Second
)

// Firing does what has fallen due. An item that it neither moves nor drops, nor ends with a change, fires again.
type Firing func(ctx context.Context, item workflows.DueItem) error

// On has due items of a kind fired by f. It is to be called before the engine runs.
func (e *Engine) On(kind string, f Firing) {
	if _, taken := e.fires[kind]; taken {
		panic("engine: due items of the kind " + kind + " are fired already")
	}
	e.fires[kind] = f
}

// Tick fires what has fallen due and gives the time at which the next item does; ok is false when nothing is waiting. An item that fails is
// logged, waits and is tried again; it holds up no other.
func (e *Engine) Tick(ctx context.Context) (next time.Time, ok bool, err error) {
	for {
		items, err := e.store.ClaimDue(ctx, e.Now(), claimed)
		if e.Looked != nil && ctx.Err() == nil {
			e.Looked(err)
		}
		if err != nil {
			return next, false, err
		}
		var firing sync.WaitGroup
		free := make(chan struct{}, parallel)
		for _, item := range items {
			free <- struct{}{}
			firing.Go(func() {
				defer func() { <-free }()
				if err := e.fire(ctx, item); err != nil {
					slog.ErrorContext(ctx, "due item failed; it will be tried again",
						"kind", item.Kind, "subject", item.Number, "slot", item.Slot, "attempt", item.Attempts, "error", err)
				}
			})
		}
		firing.Wait()
		if len(items) < claimed {
			break
		}
	}
	return e.store.NextDue(ctx, e.Now())
}

// Run fires due items until ctx ends. It sleeps until the next one, or until wake is signalled or the clock is moved; once a second it
// looks for what other replicas stored.
func (e *Engine) Run(ctx context.Context, wake <-chan struct{}) error {
	for {
		moved := e.clock.Moved()
		next, ok, err := e.Tick(ctx)
		if ctx.Err() != nil {
			return nil
		}
		pause := time.Second
		if err != nil {
			slog.ErrorContext(ctx, "looking for due items failed", "error", err)
		} else if ok {
			pause = min(pause, max(next.Sub(e.Now()), time.Millisecond))
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-wake:
		case <-moved:
		}
		timer.Stop()
	}
}

func (e *Engine) fire(ctx context.Context, item workflows.DueItem) (err error) {
	ctx, cancel := context.WithTimeout(ctx, fireTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	fire, ok := e.fires[item.Kind]
	if !ok {
		return fmt.Errorf("nothing fires due items of the kind %q", item.Kind)
	}
	return fire(ctx, item)
}
