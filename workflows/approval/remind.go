package approval

import (
	"time"

	"github.com/nod-chat/nod/workflows"
)

// remind tells an approver that a turn still waits, and sets the clock for the next slot.
var remind = workflows.Move{By: workflows.System, Needs: turnClock, Concerned: true, Do: func(c *workflows.Case) (workflows.Event, error) {
	r := c.Request
	turn, err := openTurn(c)
	if err != nil {
		return "", err
	}
	c.Tell(turn.Person, workflows.Notice{Text: "notice.remind", Tone: workflows.Warn, While: workflows.WhileOpen,
		Digest: c.Act.Slot > SlotFirst,
		Args: workflows.Args{"Number": r.Number, "Kind": string(r.Kind), "Requester": c.Name(r.Requester),
			"Since": turn.OpenedAt.Format(time.RFC3339)}})
	c.About(c.Facts.Org.Person(turn.Person).Titled())
	c.Decision.Due = append(c.Decision.Due, nextClock(*r, turn, c.Act.Slot+1, c.Facts))
	return c.Act.Event, nil
}}

// openTurn finds the turn that a clock's event is about, as long as it is open.
func openTurn(c *workflows.Case) (workflows.Turn, error) {
	turn := c.Request.Turn(c.Act.Turn)
	if turn == nil || turn.State != workflows.TurnOpen {
		return workflows.Turn{}, workflows.Refuse(workflows.NotNow, "request.not_now", number(c))
	}
	return *turn, nil // by value: whoever asks somebody else moves the slice
}
