package approval

import "github.com/nod-chat/nod/workflows"

// BecauseEscalated: nobody answered, so the manager was asked too.
const BecauseEscalated = "escalated"

// escalate asks the manager of an approver who has not answered, or the administrators when there is none; both may decide from now on.
var escalate = workflows.Move{By: workflows.System, Needs: turnClock, Do: func(c *workflows.Case) (workflows.Event, error) {
	late, err := openTurn(c)
	if err != nil {
		return "", err
	}
	asked := askBeside(c, late, instead(late.Person, *c.Request, c.Facts.Org), BecauseEscalated)
	c.About(c.Facts.Org.Person(late.Person).Titled())
	if len(asked) > 0 {
		n := workflows.Notice{Text: "notice.escalated", Tone: workflows.Warn,
			Args: workflows.Args{"Number": c.Request.Number, "Approver": c.Name(late.Person), "To": asked}}
		c.Tell(late.Person, n)
		c.Tell(c.Request.Requester, n)
	}
	return c.Act.Event, nil
}}

// askBeside asks further people in the place of a turn and gives the names of those who were not asked already.
func askBeside(c *workflows.Case, like workflows.Turn, people []workflows.PersonID, why string) []string {
	r := c.Request
	var names []string
	for _, id := range people {
		if barred(id, *r) || r.OpenTurn(id) != nil {
			continue
		}
		r.Ask(workflows.Turn{Revision: r.Revision, Step: like.Step, Slot: like.Slot, Person: id, For: like.Person, Why: why,
			State: workflows.TurnOpen, OpenedAt: c.Facts.Now})
		c.Card(id)
		names = append(names, c.Name(id))
	}
	return names
}
