package approval

import (
	"time"

	"github.com/nod-chat/nod/workflows"
)

// revive takes up again what was closed or has expired, by an administrator: its step is asked anew.
var revive = workflows.Move{
	By: workflows.Administrator, Asks: []string{"comment"}, Form: workflows.StoredForm, Undo: Close, Needs: lastResortWanted,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		r := c.Request
		for i, t := range r.Turns { // a return was taken back by the closing: its place is decided by nobody now
			if t.Revision == r.Revision && t.Step == r.Step && t.State == workflows.TurnReturned {
				r.Turns[i].State, r.Turns[i].DecidedAt, r.Turns[i].DecidedSeq = workflows.TurnClosed, time.Time{}, 0
			}
		}
		if err := openNext(c); err != nil {
			return "", err
		}
		return c.Act.Event, nil
	},
	Told: func(c *workflows.Case) {
		tellOwn(c, workflows.Notice{Text: "notice.revive", Args: endedArgs(c)})
	},
}
