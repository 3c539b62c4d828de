package approval

import "github.com/nod-chat/nod/workflows"

// revive takes up again what was closed or has expired, by an administrator: its step is asked anew.
var revive = workflows.Move{
	By: workflows.Administrator, Asks: []string{"comment"}, Form: workflows.StoredForm, Undo: Close, Needs: lastResortWanted,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		c.Opened(openStep(c.Request, c.Facts.Org, c.Facts.Now))
		return c.Act.Event, nil
	},
	Told: func(c *workflows.Case) {
		c.Tell(c.Request.Requester, workflows.Notice{Text: "notice.revive", Args: endedArgs(c)})
	},
}
