package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// claimed is how many due items one round takes; the rest are left to other replicas, or to the next round.
const claimed = 20

// Items fire side by side and within a time, so that one whose request is locked or whose rules do not come to an end holds up the others for no longer.
const (
	parallel = 4 // the pool of database connections is small
	fireTime = 5 * time.Second
)

// postedSoon is how long the clock of a turn waits before it looks again whether the turn's card has been posted.
const postedSoon = time.Minute

// Tick fires what has fallen due and gives the time at which the next item does; ok is false when nothing is waiting. An item that fails is logged,
// waits and is tried again; it holds up no other.
func (e *Engine) Tick(ctx context.Context) (next time.Time, ok bool, err error) {
	for {
		items, err := e.store.ClaimDue(ctx, e.Now(), claimed)
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
					slog.ErrorContext(ctx, "due item failed; it will be tried again", "kind", item.Kind, "request", item.Number, "slot", item.Slot,
						"attempt", item.Attempts, "error", err)
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

// Run fires due items until ctx ends. It sleeps until the next one, or until wake is signalled or the clock is moved; once a second it looks for
// what other replicas stored.
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
	act := workflows.Act{Turn: item.Turn, Slot: item.Slot}
	if item.Kind == workflows.DueTurn {
		if item.Slot == workflows.SlotStart {
			return e.start(ctx, item)
		}
		if act.Slot, err = e.slot(ctx, item); err != nil {
			return err
		}
	}
	var known bool
	if act.Event, known = workflows.DueEvent(item.Kind, act.Slot); !known {
		return fmt.Errorf("unknown kind of due item %q", item.Kind)
	}
	cause := workflows.Cause{Platform: workflows.PlatformSystem, Key: fmt.Sprintf("due:%d:%d", item.ID, item.Slot)}
	c := workflows.Change{Cause: cause, Number: item.Number, Due: item.ID, Wants: workflows.Wants{Roles: workflows.LastResort}, Now: e.Now()}
	if item.Kind == workflows.DueTurn {
		c.Wants.Clocks = []workflows.PersonID{item.Person}
	}
	answer, err := e.act(ctx, c, act)
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Code == workflows.NotNow || answer.Repeated {
		return e.store.DropDue(ctx, item.ID) // the turn or request has moved on, or this very item has fired before
	}
	return err
}

// slot is what an item of a turn's clock does now. To remind somebody of a card that never reached them, or in a chat that they have left, would only
// cost time: their manager is asked instead.
func (e *Engine) slot(ctx context.Context, item workflows.DueItem) (int, error) {
	if item.Slot >= workflows.SlotEscalate {
		return item.Slot, nil
	}
	posted, reachable, err := e.store.Posted(ctx, item.Request, item.Person)
	if err != nil {
		return 0, err
	}
	if posted.IsZero() || !reachable {
		return workflows.SlotEscalate, nil
	}
	return item.Slot, nil
}

// start begins the clock of a turn at the moment its card was posted. For somebody whom no chat reaches it began when the turn opened; a card that is
// still being sent is waited for, but no longer than a day's work.
func (e *Engine) start(ctx context.Context, item workflows.DueItem) error {
	posted, reachable, err := e.store.Posted(ctx, item.Request, item.Person)
	if err != nil {
		return err
	}
	r, err := e.store.Request(ctx, item.Number)
	if err != nil {
		return err
	}
	turn := r.OpenTurn(item.Person)
	if turn == nil || turn.Key() != item.Turn {
		return e.store.DropDue(ctx, item.ID)
	}
	now := e.Now()
	f, err := e.store.Facts(ctx, item.Number, 0, workflows.Wants{Clocks: []workflows.PersonID{item.Person}}, now)
	if err != nil {
		return err
	}
	f.Patterns = e.rules.Patterns()
	hours := f.Hours(item.Person)
	if posted.IsZero() {
		if reachable && now.Before(hours.Add(turn.OpenedAt, 2*workflows.ReminderAfter)) {
			return e.store.MoveDue(ctx, item.ID, item.Slot, now.Add(postedSoon))
		}
		posted = turn.OpenedAt
	}
	return e.store.MoveDue(ctx, item.ID, workflows.SlotFirst, workflows.NextDue(workflows.SlotFirst, posted, hours))
}
