package approval

import (
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

// Why somebody besides an approver was asked.
const (
	BecauseAway     = "away"     // the approver is not at work: their manager was asked too
	BecauseInactive = "inactive" // the approver has left: their manager was asked instead
)

// relieve moves a turn whose approver has left, and asks for one whose approver's absence has begun their manager too.
var relieve = workflows.Move{By: workflows.System, Needs: lastResortWanted, Do: func(c *workflows.Case) (workflows.Event, error) {
	r := c.Request
	was, err := openTurn(c)
	if err != nil {
		return "", err
	}
	p := c.Facts.Org.Person(was.Person)
	why, notice := BecauseInactive, "notice.relieved"
	if p.Active {
		if !p.Away {
			return "", workflows.Refuse(workflows.NotNow, "request.not_now", number(c))
		}
		why, notice = BecauseAway, "notice.covered"
	}
	further := instead(was.Person, *r, c.Facts.Org)
	if !p.Active {
		if len(further) == 0 { // better with somebody who has left than with nobody: it is tried again, and an administrator reads of it
			return "", fmt.Errorf("%s: %s has left, and nobody can be found to decide instead; "+
				"import a manager, an administrator or somebody in hr", r.Number, p.No)
		}
		r.CloseTurns(func(t workflows.Turn) bool { return t.Key() == was.Key() })
	}
	asked := askBeside(c, was, further, why)
	if p.Active && len(asked) == 0 {
		return "", workflows.Refuse(workflows.NotNow, "request.not_now", number(c))
	}
	c.About(p.Titled())
	if len(asked) > 0 {
		c.Tell(r.Requester, workflows.Notice{Text: notice, Args: workflows.Args{"Number": r.Number, "Approver": p.Name, "To": asked}})
	}
	return c.Act.Event, nil
}}
