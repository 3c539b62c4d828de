package workflows

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mode says how the approvals of one step combine.
type Mode string

// The modes of a step.
const (
	AnyOf   Mode = "any_of"   // 或签: the first decision is the step's
	AllOf   Mode = "all_of"   // 会签: everyone must approve, any rejection rejects
	InOrder Mode = "in_order" // 依次: one after the other
)

// StepPlan is a step of a route as the policy states it.
//
// An approver is written as one of: manager, manager:N (the N-th above the requester), head (of the requester's department), director (the role, else
// the topmost manager), role:NAME, person:EMPLOYEE_NO, field:NAME (the employee number chosen in that field of the form).
type StepPlan struct {
	Name      string   `json:"name"`
	Approvers []string `json:"approvers"`
	Mode      Mode     `json:"mode"`
	When      string   `json:"when,omitempty"` // a condition on the form's fields and measures; empty: always
}

// Step is a step of a route as worked out for one request.
type Step struct {
	Name  string `json:"name"`
	Mode  Mode   `json:"mode"`
	Slots []Slot `json:"slots"`
}

// Slot is one place in a step that has to be decided; any of its people can do that.
type Slot struct {
	Approver string     `json:"approver"` // as the plan wrote it
	People   []PersonID `json:"people"`
	Notes    []Note     `json:"notes,omitempty"`
}

// Note is something about a slot that the requester sees and the audit keeps, as "nobody found: the administrators decide".
type Note struct {
	Text   string   `json:"text"`
	Person PersonID `json:"person,omitempty"`
}

// What a note says; each is also the key of its sentence.
const (
	NoteNobody   = "route.nobody_found"
	NoteInactive = "route.inactive"
	NoteOwn      = "route.own_request"
)

// WorkRoute works out the whole route of a request before it is sent: who decides, in which order. It refuses when somebody has to decide and nobody
// at all can be found: nothing is ever approved for want of an approver.
func WorkRoute(plans []StepPlan, holds func(condition string) (bool, error), r Request, org Org) ([]Step, error) {
	var steps []Step
	for _, plan := range plans {
		if plan.When != "" {
			ok, err := holds(plan.When)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		step := Step{Name: plan.Name, Mode: plan.Mode}
		for _, approver := range plan.Approvers {
			slot, err := workSlot(approver, r, org)
			if err != nil {
				return nil, err
			}
			step.Slots = append(step.Slots, slot)
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 { // every condition was false: the request still needs somebody's yes
		slot, err := workSlot("manager", r, org)
		if err != nil {
			return nil, err
		}
		steps = []Step{{Name: "manager", Mode: AnyOf, Slots: []Slot{slot}}}
	}
	return askOnce(steps), nil
}

func workSlot(approver string, r Request, org Org) (Slot, error) {
	slot := Slot{Approver: approver}
	named, group := candidates(approver, r, org)
	for _, id := range named {
		p := org.Person(id)
		switch {
		case !p.Active:
			slot.note(NoteInactive, id)
			id = above(id, r, org)
		case barred(id, r) && !group:
			slot.note(NoteOwn, id)
			id = above(id, r, org)
		}
		slot.add(id, r)
	}
	if len(slot.People) > 0 {
		return slot, nil
	}
	slot.note(NoteNobody, 0)
	slot.People = lastResort(r, org)
	if len(slot.People) == 0 {
		return Slot{}, Refuse(Unroutable, "route.unroutable", Args{"Approver": approver})
	}
	return slot, nil
}

// LastResort are the roles that decide when nobody else can be found, in this order. Whoever loads facts for a route loads their holders.
var LastResort = []string{"admin", "hr"}

// lastResort is who decides when nobody else can be found: any of the flow's administrators, else anyone in hr.
func lastResort(r Request, org Org) []PersonID {
	for _, role := range LastResort {
		holders := slices.DeleteFunc(org.Holders(role), func(id PersonID) bool { return barred(id, r) })
		if len(holders) > 0 {
			return holders
		}
	}
	return nil
}

// instead is who answers for an approver who is slow or gone: the nearest manager who may, else the last resort.
func instead(approver PersonID, r Request, org Org) []PersonID {
	if id := above(approver, r, org); id != 0 {
		return only(id)
	}
	return slices.DeleteFunc(lastResort(r, org), func(id PersonID) bool { return id == approver })
}

// candidates lists who is meant, before anyone is ruled out; group tells that any of them will do, so that one who is barred is simply left out.
func candidates(approver string, r Request, org Org) (ids []PersonID, group bool) {
	word, arg, _ := strings.Cut(approver, ":")
	switch word {
	case "manager":
		n, err := strconv.Atoi(arg)
		if err != nil {
			n = 1
		}
		return only(org.Manager(r.Requester, n)), false
	case "head":
		heads := org.Heads(org.Person(r.Requester).Department)
		return heads, len(heads) > 1
	case "director":
		if holders := org.Holders("director"); len(holders) > 0 {
			return holders, len(holders) > 1
		}
		return only(org.Top(r.Requester)), false
	case "role":
		return org.Holders(arg), true
	case "person":
		p, _ := org.ByNo(arg)
		return only(p.ID), false
	case "field":
		p, _ := org.ByNo(r.Form[arg])
		return only(p.ID), false
	}
	return nil, false
}

func only(id PersonID) []PersonID {
	if id == 0 {
		return nil
	}
	return []PersonID{id}
}

// barred: nobody decides their own request, nor one that they filed for somebody else.
func barred(id PersonID, r Request) bool { return id == r.Requester || id == r.SubmittedBy }

// above gives the nearest manager above a person who may decide, 0 when there is none. One level may not be enough: the manager found can be the
// requester, or whoever filed it for them.
func above(id PersonID, r Request, org Org) PersonID {
	for n := 1; ; n++ {
		if m := org.Manager(id, n); m == 0 || !barred(m, r) {
			return m
		}
	}
}

func (s *Slot) note(text string, id PersonID) {
	s.Notes = append(s.Notes, Note{Text: text, Person: id})
}

func (s *Slot) add(id PersonID, r Request) {
	if id != 0 && !barred(id, r) && !slices.Contains(s.People, id) {
		s.People = append(s.People, id)
	}
}

// askOnce leaves each approver only the last of the places that are theirs alone. A place shared with others stays: dropping it would let them
// decide without the one who stood there.
func askOnce(steps []Step) []Step {
	last := map[PersonID][2]int{}
	for i, step := range steps {
		for j, slot := range step.Slots {
			if len(slot.People) == 1 {
				last[slot.People[0]] = [2]int{i, j}
			}
		}
	}
	var kept []Step
	for i, step := range steps {
		var slots []Slot
		for j, slot := range step.Slots {
			if len(slot.People) == 1 && last[slot.People[0]] != [2]int{i, j} {
				continue
			}
			slots = append(slots, slot)
		}
		if len(slots) > 0 {
			step.Slots = slots
			kept = append(kept, step)
		}
	}
	return kept
}

// openStep makes the turns with which a step begins: all its slots at once, or the first that is left of a step in order. Facts have moved since the
// route was worked out, so whoever has left or is away by now is seen to here.
func openStep(r *Request, org Org, now time.Time) []Turn {
	step := r.Steps[r.Step]
	order := make([]int, len(step.Slots))
	for i := range order {
		order[i] = i
	}
	if step.Mode != InOrder { // nobody has two open turns of a request, so a place that is one person's alone comes before those they share
		slices.SortStableFunc(order, func(a, b int) int { return len(step.Slots[a].People) - len(step.Slots[b].People) })
	}
	var opened []Turn
	for _, i := range order {
		if slotDone(r, i) || slotOpen(r, i) {
			continue
		}
		for _, t := range openSlot(r, org, i, now) {
			r.ask(t)
			opened = append(opened, t)
		}
		if step.Mode == InOrder {
			break
		}
	}
	return opened
}

// openSlot makes the turns of one place. None, when all its people have a turn elsewhere in the step: they come to it once that one is decided.
func openSlot(r *Request, org Org, slot int, now time.Time) []Turn {
	var turns []Turn
	busy := false
	add := func(person, instead PersonID, why string) {
		if person == 0 || barred(person, *r) || slices.ContainsFunc(turns, func(t Turn) bool { return t.Person == person }) {
			return
		}
		if r.OpenTurn(person) != nil {
			busy = true
			return
		}
		turns = append(turns, Turn{Revision: r.Revision, Step: r.Step, Slot: slot, Person: person, For: instead, Why: why, State: TurnOpen, OpenedAt: now})
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
func slotOpen(r *Request, slot int) bool {
	return slices.ContainsFunc(r.Turns, func(t Turn) bool {
		return t.Revision == r.Revision && t.Step == r.Step && t.Slot == slot && t.State == TurnOpen
	})
}

// slotDone tells whether a slot of the current step has been approved in this revision.
func slotDone(r *Request, slot int) bool {
	return slices.ContainsFunc(r.Turns, func(t Turn) bool {
		return t.Revision == r.Revision && t.Step == r.Step && t.Slot == slot && t.State == TurnApproved
	})
}

// stepDone tells whether the current step is approved.
func stepDone(r *Request) bool {
	step := r.Steps[r.Step]
	for i := range step.Slots {
		done := slotDone(r, i)
		if done && step.Mode == AnyOf {
			return true
		}
		if !done && step.Mode != AnyOf {
			return false
		}
	}
	return step.Mode != AnyOf
}

// press applies an approver's press to the current step and gives the route's outcome, empty while more is to come. changed are the turns that are
// new or no longer what they were.
func press(r *Request, turn *Turn, event Event, comment string, org Org, now time.Time) (outcome Event, opened []Turn) {
	turn.DecidedAt, turn.Comment = now, comment
	slot := turn.Slot
	switch event {
	case Reject:
		turn.State = TurnRejected
		closeTurns(r, func(Turn) bool { return true })
		return Rejected, nil
	case Return:
		turn.State = TurnReturned
		closeTurns(r, func(Turn) bool { return true })
		return Returned, nil
	}
	turn.State = TurnApproved
	closeTurns(r, func(t Turn) bool { return t.Slot == slot })
	if !stepDone(r) {
		return "", openStep(r, org, now)
	}
	closeTurns(r, func(Turn) bool { return true })
	if r.Step+1 == len(r.Steps) {
		return Approved, nil
	}
	r.Step++
	return "", openStep(r, org, now)
}

func closeTurns(r *Request, which func(Turn) bool) {
	for i := range r.Turns {
		if r.Turns[i].State == TurnOpen && which(r.Turns[i]) {
			r.Turns[i].State = TurnClosed
		}
	}
}
