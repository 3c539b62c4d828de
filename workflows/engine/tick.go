package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// claimed is how many due items one round takes; the rest are left to other replicas, or to the next round.
const claimed = 20

// postedSoon is how long the clock of a task waits before it looks again whether the task's card has been posted.
const postedSoon = time.Minute

// Tick fires what has fallen due and gives the time at which the next item does; ok is false when nothing is waiting. An item that fails is logged,
// waits and is tried again; it holds up no other.
func (e *Engine) Tick(ctx context.Context) (next time.Time, ok bool, err error) {
	for {
		items, err := e.store.ClaimDue(ctx, e.Now(), claimed)
		if err != nil {
			return next, false, err
		}
		for _, item := range items {
			if err := e.fire(ctx, item); err != nil {
				slog.ErrorContext(ctx, "due item failed; it will be tried again", "kind", item.Kind, "request", item.Number, "slot", item.Slot,
					"attempt", item.Attempts, "error", err)
			}
		}
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

func (e *Engine) fire(ctx context.Context, item workflows.DueItem) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	act := workflows.Act{Event: workflows.Expire}
	switch {
	case item.Kind == workflows.DueTask && item.Slot == workflows.SlotStart:
		return e.start(ctx, item)
	case item.Kind == workflows.DueTask:
		act = workflows.Act{Event: workflows.DueEvent(item.Slot), Task: item.Task, Slot: item.Slot, Due: item.At}
	case item.Kind == workflows.DueRelieve:
		act = workflows.Act{Event: workflows.Relieve, Task: item.Task}
	case item.Kind != workflows.DueExpire:
		return fmt.Errorf("unknown kind of due item %q", item.Kind)
	}
	cause := workflows.Cause{Platform: workflows.PlatformSystem, Key: fmt.Sprintf("due:%d:%d", item.ID, item.Slot)}
	c := workflows.Change{Cause: cause, Number: item.Number, Due: item.ID, Wants: workflows.Wants{Roles: lastResort}, Now: e.Now()}
	if item.Kind == workflows.DueTask {
		c.Wants.Clocks = []workflows.PersonID{item.Person}
	}
	answer, err := e.act(ctx, c, act)
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Code == workflows.NotNow || answer.Repeated {
		return e.store.DropDue(ctx, item.ID) // the task or request has moved on, or this very item has fired before
	}
	return err
}

// start begins the clock of a task at the moment its card was posted. A person whom no chat reaches is given the same time from the opening of the
// task, after which their manager is asked.
func (e *Engine) start(ctx context.Context, item workflows.DueItem) error {
	posted, reachable, err := e.store.Posted(ctx, item.Request, item.Person)
	if err != nil {
		return err
	}
	now := e.Now()
	if posted.IsZero() {
		if reachable {
			return e.store.MoveDue(ctx, item.ID, item.Slot, now.Add(postedSoon))
		}
		posted = item.At.Add(-workflows.StartAfter)
	}
	f, err := e.store.Facts(ctx, item.Number, 0, workflows.Wants{Clocks: []workflows.PersonID{item.Person}}, now)
	if err != nil {
		return err
	}
	f.Patterns = e.rules.Patterns()
	return e.store.MoveDue(ctx, item.ID, workflows.SlotFirst, workflows.NextDue(workflows.SlotFirst, posted, f.Hours(item.Person)))
}
