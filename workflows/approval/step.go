package approval

import (
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// openNext asks whoever decides next. A request that nobody at all could decide is refused rather than left with nobody.
func openNext(c *workflows.Case) error {
	r := c.Request
	c.Opened(openStep(r, c.Facts.Org, c.Facts.Now))
	if len(r.Open()) == 0 {
		return workflows.Refuse(workflows.Unroutable, "route.unroutable", workflows.Args{"Approver": r.Steps[r.Step].Name})
	}
	return nil
}

// openStep makes the turns with which a step begins: all its slots at once, or the first that is left of a step in order. Facts have
// moved since the route was worked out, so whoever has left or is away by now is seen to here.
func openStep(r *workflows.Request, org workflows.Org, now time.Time) []workflows.Turn {
	step := r.Steps[r.Step]
	order := make([]int, len(step.Slots))
	for i := range order {
		order[i] = i
	}
	// Nobody has two open turns of a request, so a place that is one person's alone comes before those they share.
	if step.Mode != workflows.InOrder {
		slices.SortStableFunc(order, func(a, b int) int { return len(step.Slots[a].People) - len(step.Slots[b].People) })
	}
	var opened []workflows.Turn
	for _, i := range order {
		if slotDone(r, i) || slotOpen(r, i) {
			continue
		}
		for _, t := range openSlot(r, org, i, now) {
			r.Ask(t)
			opened = append(opened, t)
		}
		if step.Mode == workflows.InOrder {
			break
		}
	}
	return opened
}

// openSlot makes the turns of one place. None, when all its people have a turn elsewhere in the step: they come to it once that one is
// decided.
func openSlot(r *workflows.Request, org workflows.Org, slot int, now time.Time) []workflows.Turn {
	var turns []workflows.Turn
	busy := false
	add := func(person, instead workflows.PersonID, why string) {
		if person == 0 || barred(person, *r) || slices.ContainsFunc(turns, func(t workflows.Turn) bool { return t.Person == person }) {
			return
		}
		if r.OpenTurn(person) != nil {
			busy = true
			return
		}
		turns = append(turns, workflows.Turn{Revision: r.Revision, Step: r.Step, Slot: slot, Person: person, For: instead, Why: why,
			State: workflows.TurnOpen, OpenedAt: now})
	}
	for _, id := range r.Steps[r.Step].Slots[slot].People {
		p := org.Person(id)
		switch {
		case !p.Active:
			add(above(id, *r, org), id, BecauseInactive)
		case p.Away:
			add(id, 0, "")
			add(above(id, *r, org), id, BecauseAway)
		default:
			add(id, 0, "")
		}
	}
	if len(turns) == 0 && !busy {
		for _, id := range lastResort(*r, org) {
			add(id, 0, BecauseInactive)
		}
	}
	return turns
}

// slotOpen tells whether somebody is being asked for a slot of the current step.
func slotOpen(r *workflows.Request, slot int) bool {
	return slices.ContainsFunc(r.Turns, func(t workflows.Turn) bool {
		return t.Revision == r.Revision && t.Step == r.Step && t.Slot == slot && t.State == workflows.TurnOpen
	})
}

// slotDone tells whether a slot of the current step has been approved in this revision.
func slotDone(r *workflows.Request, slot int) bool {
	return slices.ContainsFunc(r.Turns, func(t workflows.Turn) bool {
		return t.Revision == r.Revision && t.Step == r.Step && t.Slot == slot && t.State == workflows.TurnApproved
	})
}

// stepDone tells whether the current step is approved.
func stepDone(r *workflows.Request) bool {
	step := r.Steps[r.Step]
	for i := range step.Slots {
		done := slotDone(r, i)
		if done && step.Mode == workflows.AnyOf {
			return true
		}
		if !done && step.Mode != workflows.AnyOf {
			return false
		}
	}
	return step.Mode != workflows.AnyOf
}
