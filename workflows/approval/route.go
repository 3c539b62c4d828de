package approval

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// What a note about a slot says; each is also the key of its sentence.
const (
	NoteNobody    = "route.nobody_found"
	NoteInactive  = "route.inactive"
	NoteOwn       = "route.own_request"
	NoteCondition = "route.condition_failed"
)

// CheckStep says what is wrong with a step of a plan, other than its condition.
func CheckStep(step workflows.StepPlan, fields []workflows.Field) []error {
	var faults []error
	if step.Mode != workflows.AnyOf && step.Mode != workflows.AllOf && step.Mode != workflows.InOrder {
		faults = append(faults, fmt.Errorf("step %s: unknown mode %q (any_of, all_of or in_order)", step.Name, step.Mode))
	}
	if len(step.Approvers) == 0 {
		faults = append(faults, fmt.Errorf("step %s names no approver", step.Name))
	}
	for _, a := range step.Approvers {
		if !known(a, fields) {
			faults = append(faults, fmt.Errorf("step %s: unknown approver %q "+
				"(manager, manager:N, head, director, role:NAME, person:EMPLOYEE_NO, field:NAME)", step.Name, a))
		}
	}
	return faults
}

func known(approver string, fields []workflows.Field) bool {
	word, arg, has := strings.Cut(approver, ":")
	switch word {
	case "manager":
		return !has || strings.Trim(arg, "123456789") == "" && arg != ""
	case "head", "director":
		return !has
	case "role", "person":
		return arg != ""
	case "field":
		return slices.ContainsFunc(fields, func(f workflows.Field) bool { return f.Name == arg })
	}
	return false
}

// RouteWants says whom a route may name other than by their place above the requester.
func RouteWants(plans []workflows.StepPlan, form workflows.Form) workflows.Wants {
	w := workflows.Wants{Roles: slices.Clone(LastResort)}
	for _, step := range plans {
		for _, approver := range step.Approvers {
			word, arg, _ := strings.Cut(approver, ":")
			switch word {
			case "director":
				w.Roles = append(w.Roles, word)
			case "role":
				w.Roles = append(w.Roles, arg)
			case "person":
				w.People = append(w.People, arg)
			case "field":
				if no := strings.TrimSpace(form[arg]); no != "" {
					w.People = append(w.People, no)
				}
			}
		}
	}
	return w
}

// WorkRoute works out the whole route of a request before it is sent: who decides, in which order. It refuses when somebody has to
// decide and nobody at all can be found: nothing is ever approved for want of an approver. A step whose condition cannot be worked out is
// neither left out nor a reason to refuse what the requester can do nothing about: the administrators decide it. What a condition itself
// refuses, as an amount in another currency than the limit's, the requester can mend.
func WorkRoute(
	plans []workflows.StepPlan, holds func(condition string) (bool, error), r workflows.Request, org workflows.Org,
) ([]workflows.Step, error) {
	var steps []workflows.Step
	for _, plan := range plans {
		if plan.When != "" {
			ok, err := holds(plan.When)
			var refused *workflows.Error
			switch {
			case errors.As(err, &refused):
				return nil, err
			case err != nil:
				slot := workflows.Slot{Approver: "role:" + LastResort[0], People: lastResort(r, org),
					Notes: []workflows.Note{{Text: NoteCondition, Condition: plan.When}}}
				if len(slot.People) == 0 {
					return nil, workflows.Refuse(workflows.Unroutable, "route.unroutable", workflows.Args{"Approver": slot.Approver})
				}
				steps = append(steps, workflows.Step{Name: plan.Name, Mode: workflows.AnyOf, Slots: []workflows.Slot{slot}})
				continue
			case !ok:
				continue
			}
		}
		step := workflows.Step{Name: plan.Name, Mode: plan.Mode}
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
		steps = []workflows.Step{{Name: "manager", Mode: workflows.AnyOf, Slots: []workflows.Slot{slot}}}
	}
	return askOnce(steps), nil
}

func workSlot(approver string, r workflows.Request, org workflows.Org) (workflows.Slot, error) {
	slot := workflows.Slot{Approver: approver}
	named, group := candidates(approver, r, org)
	for _, id := range named {
		p := org.Person(id)
		switch {
		case !p.Active:
			note(&slot, NoteInactive, id)
			id = above(id, r, org)
		case barred(id, r) && !group:
			note(&slot, NoteOwn, id)
			id = above(id, r, org)
		}
		add(&slot, id, r)
	}
	if len(slot.People) > 0 {
		return slot, nil
	}
	note(&slot, NoteNobody, 0)
	slot.People = lastResort(r, org)
	if len(slot.People) == 0 {
		return workflows.Slot{}, workflows.Refuse(workflows.Unroutable, "route.unroutable", workflows.Args{"Approver": approver})
	}
	return slot, nil
}

// LastResort are the roles that decide when nobody else can be found, in this order. Whoever loads facts for a route loads their holders.
var LastResort = []string{"admin", "hr"}

// lastResort is who decides when nobody else can be found: any of the flow's administrators, else anyone in hr.
func lastResort(r workflows.Request, org workflows.Org) []workflows.PersonID {
	for _, role := range LastResort {
		holders := slices.DeleteFunc(org.Holders(role), func(id workflows.PersonID) bool { return barred(id, r) })
		if len(holders) > 0 {
			return holders
		}
	}
	return nil
}

// instead is who answers for an approver who is slow or gone: the nearest manager who may, else the last resort.
func instead(approver workflows.PersonID, r workflows.Request, org workflows.Org) []workflows.PersonID {
	if id := above(approver, r, org); id != 0 {
		return only(id)
	}
	return slices.DeleteFunc(lastResort(r, org), func(id workflows.PersonID) bool { return id == approver })
}

// candidates lists who is meant, before anyone is ruled out; group tells that any of them will do, so that one who is barred is simply
// left out.
func candidates(approver string, r workflows.Request, org workflows.Org) (ids []workflows.PersonID, group bool) {
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

func only(id workflows.PersonID) []workflows.PersonID {
	if id == 0 {
		return nil
	}
	return []workflows.PersonID{id}
}

// barred: nobody decides their own request, nor one that they filed for somebody else.
func barred(id workflows.PersonID, r workflows.Request) bool {
	return slices.Contains(r.Own(), id)
}

// above gives the nearest manager above a person who may decide, 0 when there is none. One level may not be enough: the manager found
// can be the requester, or whoever filed it for them.
func above(id workflows.PersonID, r workflows.Request, org workflows.Org) workflows.PersonID {
	for n := 1; ; n++ {
		if m := org.Manager(id, n); m == 0 || !barred(m, r) {
			return m
		}
	}
}

func note(s *workflows.Slot, text string, id workflows.PersonID) {
	s.Notes = append(s.Notes, workflows.Note{Text: text, Person: id})
}

func add(s *workflows.Slot, id workflows.PersonID, r workflows.Request) {
	if id != 0 && !barred(id, r) && !slices.Contains(s.People, id) {
		s.People = append(s.People, id)
	}
}

// askOnce leaves each approver only the last of the places that are theirs alone. A place shared with others stays: dropping it would
// let them decide without the one who stood there. That a condition could not be worked out is said in the place that is left.
func askOnce(steps []workflows.Step) []workflows.Step {
	last := map[workflows.PersonID][2]int{}
	for i, step := range steps {
		for j, slot := range step.Slots {
			if len(slot.People) == 1 {
				last[slot.People[0]] = [2]int{i, j}
			}
		}
	}
	failed := map[workflows.PersonID][]workflows.Note{}
	var kept []workflows.Step
	for i, step := range steps {
		var slots []workflows.Slot
		for j, slot := range step.Slots {
			if len(slot.People) == 1 {
				alone := slot.People[0]
				if last[alone] != [2]int{i, j} {
					failed[alone] = append(failed[alone], slices.DeleteFunc(slices.Clone(slot.Notes), func(n workflows.Note) bool {
						return n.Text != NoteCondition
					})...)
					continue
				}
				slot.Notes = append(failed[alone], slot.Notes...)
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
