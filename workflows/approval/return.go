package approval

import "github.com/nod-chat/nod/workflows"

// giveBack returns a request to its requester, with a reason, to be edited and sent again.
var giveBack = workflows.Move{By: workflows.Approver, Signs: true, Asks: []string{"comment"}, Concerned: true,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		decide(c, workflows.TurnReturned)
		c.Request.CloseTurns(func(workflows.Turn) bool { return true })
		return Returned, nil
	}}
