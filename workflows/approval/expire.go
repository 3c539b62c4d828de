package approval

import "github.com/nod-chat/nod/workflows"

// expire ends a request that nobody decided in time. It never approves.
var expire = workflows.Move{By: workflows.System, Undo: Revive, Told: func(c *workflows.Case) {
	tellEnded(c, workflows.Notice{Text: "notice.expire", Tone: workflows.Warn})
}}

// tellEnded tells those whose request it is, and everybody who no longer has to decide, that it has ended without a decision.
func tellEnded(c *workflows.Case, n workflows.Notice) {
	r := c.Request
	n.Args = endedArgs(c)
	tellOwn(c, n)
	for _, t := range r.Turns {
		if t.Revision == r.Revision && t.State == workflows.TurnClosed {
			c.Tell(t.Person, n)
		}
	}
}

func endedArgs(c *workflows.Case) workflows.Args {
	args := workflows.Args{"Number": c.Request.Number, "Kind": string(c.Request.Kind), "Comment": c.Decision.Audit.Values.Comment}
	if last := c.Request.LastDecision(); last != nil {
		args["By"] = c.Name(last.Person)
	}
	return args
}
