package approval

import "github.com/nod-chat/nod/workflows"

// Rejecting is the move of a rejection, for a kind's own move that comes to one.
func Rejecting() workflows.Move { return reject }

// reject says no, with a reason. One no ends the request, whatever the step's mode.
var reject = workflows.Move{By: workflows.Approver, Signs: true, Asks: []string{"comment"}, Style: workflows.Danger, Concerned: true,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		decide(c, workflows.TurnRejected)
		c.Request.CloseTurns(func(workflows.Turn) bool { return true })
		return Rejected, nil
	}}
