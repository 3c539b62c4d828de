package approval

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// ReminderAfter is how long an approver has before the first reminder, in their own working time.
const ReminderAfter = 4 * 60 * workflows.Minutes(1)

// StartAfter is how long after a turn opened its card is expected to be posted.
const StartAfter = time.Minute

// The kinds of due items: a slot of a turn's clock, the end of a request that nobody decided in time, a turn whose approver has left,
// and something that was to be handed in later.
const (
	DueTurn    = "turn"
	DueExpire  = "expire"
	DueRelieve = "relieve"
	DueChase   = "chase"
)

// The slots of a turn's clock: the first reminder, two more in the next working mornings, then the manager is asked too.
const (
	SlotStart    = 0 // looks for the posted card, which is t0; begins the series, as the only slot of other kinds does
	SlotFirst    = 1
	SlotEscalate = 4
)

var (
	// TimesOfDay are the due items that come at a time of their person's day, wherever they are. The first look at a turn's card is none:
	// it comes a minute after the turn has opened.
	TimesOfDay = []workflows.DueSort{{Kind: DueTurn, From: SlotFirst}, {Kind: DueExpire}, {Kind: DueChase}}
	// Reminders are those that only tell somebody something, or ask one person more. What they miss by a day is not lost.
	Reminders = []workflows.DueSort{{Kind: DueTurn, From: SlotFirst}, {Kind: DueChase}}
)

// Clocks says which event a due item of each kind brings about. Kinds of requests add none: what falls due for one is an event of its
// definition.
func Clocks() map[string]func(slot int) workflows.Event {
	always := func(e workflows.Event) func(int) workflows.Event { return func(int) workflows.Event { return e } }
	return map[string]func(int) workflows.Event{
		DueTurn: TurnEvent, DueExpire: always(Expire), DueRelieve: always(Relieve), DueChase: always(Chase)}
}

// TurnEvent is what a slot of a turn's clock does.
func TurnEvent(slot int) workflows.Event {
	if slot >= SlotEscalate {
		return Escalate
	}
	return Remind
}

// NextDue works out when slot of a turn's clock falls due. before is when the slot before it fired (t0 for the first), so that slots
// missed while nothing ran do not fire in a heap.
func NextDue(slot int, before time.Time, h workflows.Hours) time.Time {
	if slot <= SlotFirst {
		return h.Add(before, ReminderAfter)
	}
	return h.NextMorning(before)
}

// DueTurnKey reads which turn a due item is about; the zero key when it is about none.
func DueTurnKey(d workflows.Due) (key workflows.TurnKey, err error) {
	if d.Data == nil {
		return key, nil
	}
	if err := json.Unmarshal(d.Data, &key); err != nil {
		return key, fmt.Errorf("due item %s %s: %w", d.Kind, d.Key, err)
	}
	return key, nil
}

// startClock asks to look, soon after a turn has opened, whether its card has been posted: that moment is t0.
func startClock(r workflows.Request, t workflows.Turn, now time.Time) workflows.Due {
	return turnDue(r, t, SlotStart, now.Add(StartAfter))
}

func nextClock(r workflows.Request, t workflows.Turn, slot int, f workflows.Facts) workflows.Due {
	return turnDue(r, t, slot, NextDue(slot, f.Now, f.Hours(t.Person)))
}

func turnDue(r workflows.Request, t workflows.Turn, slot int, at time.Time) workflows.Due {
	data, err := json.Marshal(t.Key())
	if err != nil {
		panic("approval: a turn's key is plain data: " + err.Error())
	}
	return workflows.Due{Kind: DueTurn, Key: string(r.ID) + "/" + t.Key().String(), Slot: slot, At: at,
		Subject: r.ID, Party: t.Person.Party(), Data: data}
}

// turnClock is what a slot of a turn's clock needs: the approver's working hours, and whoever decides when nobody else can be found.
func turnClock(act workflows.Act) workflows.Wants {
	return workflows.Wants{Roles: LastResort, Clocks: []workflows.PersonID{act.Turn.Person}}
}
