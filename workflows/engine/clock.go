package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// clocks are what fires the due items of requests.
func (e *Engine) clocks() map[string]Firing {
	fires := map[string]Firing{}
	for kind, event := range approval.Clocks() {
		fires[kind] = func(ctx context.Context, item workflows.DueItem) error {
			return e.bringAbout(ctx, item, event(item.Slot), item.Slot)
		}
	}
	fires[approval.DueTurn] = e.turn
	return fires
}

// bringAbout has a due item do an event to its request.
func (e *Engine) bringAbout(ctx context.Context, item workflows.DueItem, event workflows.Event, slot int) error {
	key, err := approval.DueTurnKey(item.Due)
	if err != nil {
		return err
	}
	answer, err := e.prepared(ctx, ofDue(item), workflows.Act{Event: event, Turn: key, Slot: slot})
	var refusal *workflows.Error
	switch errors.As(err, &refusal); {
	case refusal != nil && !refusal.Until.IsZero():
		return e.store.MoveDue(ctx, item.ID, item.Slot, refusal.Until) // what it waits for was put off, as when its person moved west
	case refusal != nil && refusal.Code == workflows.NotNow || answer.Repeated:
		return e.store.DropDue(ctx, item.ID) // the turn or request has moved on, or this very item has fired before
	}
	return err
}

// byClock is the cause of what a clock brings about.
func byClock(key string) workflows.Cause {
	return workflows.Cause{ChatUser: workflows.ChatUser{Platform: workflows.PlatformSystem}, Key: key}
}

// ofDue is the change that a due item brings about, of its subject.
func ofDue(item workflows.DueItem) workflows.Change {
	return workflows.Change{Subject: item.Subject, Due: item.ID, Cause: byClock(fmt.Sprintf("due:%d:%d", item.ID, item.Slot))}
}

// ofNew is the change by which a due item makes a new subject.
func ofNew(item workflows.DueItem) workflows.Change {
	c := ofDue(item)
	c.Subject = ""
	return c
}

// turn fires a slot of a turn's clock. To remind somebody of a card that never reached them, or in a chat that they have left, would
// only cost time: their manager is asked instead.
func (e *Engine) turn(ctx context.Context, item workflows.DueItem) error {
	if item.Slot == approval.SlotStart {
		return e.start(ctx, item)
	}
	slot := item.Slot
	if slot < approval.SlotEscalate {
		posted, reachable, err := e.store.Posted(ctx, item.Subject, item.Party)
		if err != nil {
			return err
		}
		if posted.IsZero() || !reachable {
			slot = approval.SlotEscalate
		}
	}
	return e.bringAbout(ctx, item, approval.TurnEvent(slot), slot)
}

// start begins the clock of a turn at the moment its card was posted. For somebody whom no chat reaches it began when the turn opened;
// a card that is still being sent is waited for, but no longer than a day's work.
func (e *Engine) start(ctx context.Context, item workflows.DueItem) error {
	key, err := approval.DueTurnKey(item.Due)
	if err != nil {
		return err
	}
	posted, reachable, err := e.store.Posted(ctx, item.Subject, item.Party)
	if err != nil {
		return err
	}
	r, err := e.store.Request(ctx, item.Subject)
	if err != nil {
		return err
	}
	turn := r.Turn(key)
	if turn == nil || turn.State != workflows.TurnOpen {
		return e.store.DropDue(ctx, item.ID)
	}
	now := e.Now()
	f, err := e.store.Facts(ctx, item.Subject, 0, workflows.Wants{Clocks: []workflows.PersonID{turn.Person}}, now)
	if err != nil {
		return err
	}
	f.Patterns = e.rules.Patterns()
	hours := f.Hours(turn.Person)
	if posted.IsZero() {
		if reachable && now.Before(hours.Add(turn.OpenedAt, 2*approval.ReminderAfter)) {
			return e.store.MoveDue(ctx, item.ID, item.Slot, now.Add(approval.StartAfter))
		}
		posted = turn.OpenedAt
	}
	return e.store.MoveDue(ctx, item.ID, approval.SlotFirst, approval.NextDue(approval.SlotFirst, posted, hours))
}
