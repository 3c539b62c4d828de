package approval

import "github.com/nod-chat/nod/workflows"

// approve says yes in the approver's place. What becomes of the request is the route's to say: more people, the next step, or its approval.
var approve = workflows.Move{
	By: workflows.Approver, Signs: true, Style: workflows.Primary, Needs: lastResortWanted, Concerned: true,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		r := c.Request
		slot := decide(c, workflows.TurnApproved).Slot
		r.CloseTurns(func(t workflows.Turn) bool { return t.Slot == slot })
		if stepDone(r) {
			r.CloseTurns(func(workflows.Turn) bool { return true })
			if r.Step+1 == len(r.Steps) {
				return Approved, nil
			}
			r.Step++
		}
		if err := openNext(c); err != nil {
			return "", err
		}
		tellStep(c)
		return "", nil
	},
}

// Approving is the move of an approval, for a kind's own move that approves in part.
func Approving() workflows.Move { return approve }

// decide settles the turn of whoever presses.
func decide(c *workflows.Case, as workflows.TurnState) *workflows.Turn {
	turn := c.Request.OpenTurn(c.Actor.Party.Person())
	turn.State, turn.DecidedAt, turn.DecidedSeq, turn.Comment = as, c.Facts.Now, c.Request.Seq+1, c.Act.Comment
	audit := &c.Decision.Audit
	audit.For = turn.For
	for _, shown := range []*workflows.Shown{c.Act.Seen, c.Facts.Shown} {
		if shown != nil && shown.Revision == c.Request.Revision { // an older card says nothing of what was decided
			audit.Values.Shown = shown
		}
	}
	if turn.For != 0 {
		audit.Values.For = c.Facts.Org.Person(turn.For).Titled()
	}
	return turn
}

// tellStep tells the requester that one approval is there and who is next.
func tellStep(c *workflows.Case) {
	var next []string
	for _, t := range c.Request.Open() {
		next = append(next, c.Name(t.Person))
	}
	c.Tell(c.Request.Requester, workflows.Notice{Text: "notice.step",
		Args: workflows.Args{"Number": c.Request.Number, "By": c.Actor.Person.Name, "Next": next}})
}
