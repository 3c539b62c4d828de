package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReminderAfter is how long an approver has before the first reminder, in their own working time.
const ReminderAfter = 4 * 60 * Minutes(1)

// StartAfter is how long after a turn opened its card is expected to be posted.
const StartAfter = time.Minute

// The kinds of due items: a slot of a turn's clock, the end of a request that nobody decided in time, a turn whose approver has left, and something that
// was to be handed in later.
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

// NextDue works out when slot of a turn's clock falls due. before is when the slot before it fired (t0 for the first), so that slots missed while
// nothing ran do not fire in a heap.
func NextDue(slot int, before time.Time, h Hours) time.Time {
	if slot <= SlotFirst {
		return h.Add(before, ReminderAfter)
	}
	return h.NextMorning(before)
}

// DueEvent says what a due item does; false when its kind is unknown.
func DueEvent(kind string, slot int) (Event, bool) {
	switch kind {
	case DueTurn:
		if slot >= SlotEscalate {
			return Escalate, true
		}
		return Remind, true
	case DueExpire:
		return Expire, true
	case DueRelieve:
		return Relieve, true
	case DueChase:
		return Chase, true
	}
	return "", false
}

func (r *Request) turn(key [4]int64) *Turn {
	for i := range r.Turns {
		if r.Turns[i].Key() == key {
			return &r.Turns[i]
		}
	}
	return nil
}

// clockStart asks to look, soon after a turn has opened, whether its card has been posted: that moment is t0.
func clockStart(r Request, t Turn, now time.Time) Due {
	return Due{Kind: DueTurn, Key: turnKey(r, t), Slot: SlotStart, Request: r.ID, Person: t.Person, Turn: t.Key(), At: now.Add(StartAfter)}
}

func turnKey(r Request, t Turn) string {
	return fmt.Sprintf("%s/%d/%d/%d/%d", r.ID, t.Revision, t.Step, t.Slot, t.Person)
}

// remind tells an approver that a turn still waits, and sets the clock for the next slot.
func remind(r *Request, act Act, f Facts, d *Decision) error {
	turn := r.turn(act.Turn)
	if turn == nil || turn.State != TurnOpen {
		return Refuse(NotNow, "request.not_now", Args{"Number": r.Number})
	}
	d.Notices = append(d.Notices, Notice{Person: turn.Person, Text: "notice.remind",
		Args:   Args{"Number": r.Number, "Kind": string(r.Kind), "Requester": f.Org.Person(r.Requester).Name, "Since": turn.OpenedAt.Format(time.RFC3339)},
		Digest: act.Slot > SlotFirst})
	d.Audit.Values.Subject = personName(f.Org.Person(turn.Person))
	d.Due = append(d.Due, turnDue(*r, *turn, act.Slot+1, f))
	return nil
}

func turnDue(r Request, t Turn, slot int, f Facts) Due {
	return Due{Kind: DueTurn, Key: turnKey(r, t), Slot: slot, Request: r.ID, Person: t.Person, Turn: t.Key(), At: NextDue(slot, f.Now, f.Hours(t.Person))}
}

// nudge reminds the approvers at the requester's wish, each at most once in four of their working hours.
func nudge(r *Request, f Facts, d *Decision) error {
	var asked []string
	var soonest time.Time
	for i := range r.Turns {
		turn := &r.Turns[i]
		if turn.State != TurnOpen {
			continue
		}
		if !turn.NudgedAt.IsZero() {
			if again := f.Hours(turn.Person).Add(turn.NudgedAt, ReminderAfter); f.Now.Before(again) {
				if soonest.IsZero() || again.Before(soonest) {
					soonest = again
				}
				continue
			}
		}
		turn.NudgedAt = f.Now
		asked = append(asked, f.Org.Person(turn.Person).Name)
		d.Notices = append(d.Notices, Notice{Person: turn.Person, Text: "notice.nudge",
			Args: Args{"Number": r.Number, "Requester": f.Org.Person(r.Requester).Name, "Since": turn.OpenedAt.Format(time.RFC3339)}})
	}
	if len(asked) == 0 {
		return Refuse(TooSoon, "request.nudged", Args{"Number": r.Number, "At": soonest.Format(time.RFC3339)})
	}
	d.Audit.Values.Subject = strings.Join(asked, ", ")
	return nil
}

// escalate asks the manager of an approver who has not answered, or the administrators when there is none; both may decide from now on.
func escalate(r *Request, act Act, f Facts, d *Decision) error {
	turn := r.turn(act.Turn)
	if turn == nil || turn.State != TurnOpen {
		return Refuse(NotNow, "request.not_now", Args{"Number": r.Number})
	}
	late := *turn // the slice may move below
	asked := addTurns(r, late, instead(late.Person, *r, f.Org), BecauseEscalated, f, d)
	d.Audit.Values.Subject = personName(f.Org.Person(late.Person))
	args := Args{"Number": r.Number, "Approver": f.Org.Person(late.Person).Name, "To": asked}
	if len(asked) > 0 {
		d.Notices = append(d.Notices,
			Notice{Person: late.Person, Text: "notice.escalated", Args: args},
			Notice{Person: r.Requester, Text: "notice.escalated", Args: args})
	}
	return nil
}

// relieve moves a turn whose approver has left, and asks for one whose approver's leave has begun their manager too.
func relieve(r *Request, act Act, f Facts, d *Decision) error {
	turn := r.turn(act.Turn)
	notNow := Refuse(NotNow, "request.not_now", Args{"Number": r.Number})
	if turn == nil || turn.State != TurnOpen {
		return notNow
	}
	was := *turn // the slice may move below
	p := f.Org.Person(was.Person)
	why, notice := BecauseInactive, "notice.relieved"
	if p.Active {
		if !p.Away {
			return notNow
		}
		why, notice = BecauseAway, "notice.covered"
	}
	further := instead(was.Person, *r, f.Org)
	if !p.Active {
		if len(further) == 0 { // better with somebody who has left than with nobody: it is tried again, and an administrator reads of it
			return fmt.Errorf("%s: %s has left, and nobody can be found to decide instead; import a manager, an administrator or somebody in hr", r.Number, p.No)
		}
		closeTurns(r, func(t Turn) bool { return t.Key() == was.Key() })
	}
	asked := addTurns(r, was, further, why, f, d)
	if p.Active && len(asked) == 0 {
		return notNow
	}
	d.Audit.Values.Subject = personName(p)
	if len(asked) > 0 {
		d.Notices = append(d.Notices, Notice{Person: r.Requester, Text: notice, Args: Args{"Number": r.Number, "Approver": p.Name, "To": asked}})
	}
	return nil
}

// reassign gives a place of the current step to somebody else, by an administrator: the place of the person named by act.From, or the only one open.
func reassign(r *Request, act Act, f Facts, d *Decision) error {
	to, ok := f.Org.ByNo(act.Person)
	switch {
	case !ok || !to.Active:
		return Fault("person", "person.not_found", Args{"Value": act.Person})
	case barred(to.ID, *r):
		return Fault("person", "request.own", Args{"Number": r.Number})
	case r.OpenTurn(to.ID) != nil:
		return Fault("person", "request.already_asked", Args{"Number": r.Number, "Person": to.Name})
	}
	open := r.Open()
	place := open[0]
	for _, t := range open {
		if f.Org.Person(t.Person).No == act.From {
			place = t
		}
	}
	if named := f.Org.Person(place.Person).No == act.From; !named && (act.From != "" || slices.ContainsFunc(open, func(t Turn) bool { return t.Slot != place.Slot })) {
		var who []string
		for _, t := range open {
			who = append(who, personName(f.Org.Person(t.Person)))
		}
		return Fault("from", "request.reassign_from", Args{"Number": r.Number, "Names": who})
	}
	args := Args{"Number": r.Number, "To": []string{to.Name}}
	for _, t := range open {
		if t.Slot == place.Slot {
			d.Notices = append(d.Notices, Notice{Person: t.Person, Text: "notice.reassigned", Args: args})
		}
	}
	closeTurns(r, func(t Turn) bool { return t.Slot == place.Slot })
	addTurns(r, place, only(to.ID), BecauseReassigned, f, d)
	d.Notices = append(d.Notices, Notice{Person: r.Requester, Text: "notice.reassigned", Args: args})
	d.Audit.Values.Subject = personName(to)
	return nil
}

// addTurns asks further people in the place of a turn and gives the names of those who were not asked already.
func addTurns(r *Request, like Turn, people []PersonID, why string, f Facts, d *Decision) []string {
	var names []string
	for _, id := range people {
		if barred(id, *r) || r.OpenTurn(id) != nil {
			continue
		}
		r.ask(Turn{Revision: r.Revision, Step: like.Step, Slot: like.Slot, Person: id, For: like.Person, Why: why, State: TurnOpen, OpenedAt: f.Now})
		d.Cards = append(d.Cards, CardWish{Person: id, Fresh: true})
		names = append(names, f.Org.Person(id).Name)
	}
	return names
}
