package approval

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// BecauseReassigned: an administrator moved the turn.
const BecauseReassigned = "reassigned"

// reassign gives a place of the current step to somebody else, by an administrator: the place of the person named by From, or the only
// one open.
var reassign = workflows.Move{
	By: workflows.Administrator, Asks: []string{"person", "comment"},
	Needs: func(act workflows.Act) workflows.Wants {
		return workflows.Wants{Roles: LastResort, People: []string{act.Person}}
	},
	Do: func(c *workflows.Case) (workflows.Event, error) {
		r, org := c.Request, c.Facts.Org
		to, ok := org.ByNo(c.Act.Person)
		switch {
		case !ok || !to.Active:
			return "", workflows.Fault("person", "person.not_found", workflows.Args{"Value": c.Act.Person})
		case barred(to.ID, *r):
			return "", workflows.Fault("person", "request.own", number(c))
		case r.OpenTurn(to.ID) != nil:
			return "", workflows.Fault("person", "request.already_asked", workflows.Args{"Number": r.Number, "Person": to.Name})
		}
		place, fault := placeOf(c)
		if fault != nil {
			return "", fault
		}
		n := workflows.Notice{Text: "notice.reassigned", Args: workflows.Args{"Number": r.Number, "To": []string{to.Name}}}
		for _, t := range r.Open() {
			if t.Slot == place.Slot {
				c.Tell(t.Person, n)
			}
		}
		r.CloseTurns(func(t workflows.Turn) bool { return t.Slot == place.Slot })
		askBeside(c, place, only(to.ID), BecauseReassigned)
		c.Tell(r.Requester, n)
		c.About(to.Titled())
		return c.Act.Event, nil
	},
}

// placeOf finds the open turn whose place is given away.
func placeOf(c *workflows.Case) (workflows.Turn, *workflows.Error) {
	open, org := c.Request.Open(), c.Facts.Org
	if len(open) == 0 { // whoever was asked is gone: the step's first place
		return workflows.Turn{Revision: c.Request.Revision, Step: c.Request.Step}, nil
	}
	place := open[0]
	for _, t := range open {
		if org.Person(t.Person).No == c.Act.From {
			place = t
		}
	}
	several := slices.ContainsFunc(open, func(t workflows.Turn) bool { return t.Slot != place.Slot })
	if named := org.Person(place.Person).No == c.Act.From; named || c.Act.From == "" && !several {
		return place, nil
	}
	var who []string
	for _, t := range open {
		who = append(who, org.Person(t.Person).Titled())
	}
	return place, workflows.Fault("from", "request.reassign_from", workflows.Args{"Number": c.Request.Number, "Names": who})
}
