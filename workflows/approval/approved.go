package approval

import "github.com/nod-chat/nod/workflows"

// approved is what the route makes of its last approval.
var approved = workflows.Move{By: workflows.Route, Told: func(c *workflows.Case) {
	tellDecided(c, workflows.Notice{Text: "notice.approved", Tone: workflows.Good})
}}

// tellDecided tells those whose request it is what was decided, by whom and why.
func tellDecided(c *workflows.Case, n workflows.Notice) {
	last := c.Request.LastDecision()
	n.Args = workflows.Args{"Number": c.Request.Number, "Kind": string(c.Request.Kind), "By": c.Name(last.Person), "Comment": last.Comment}
	c.Tell(c.Request.Requester, n)
	tellFiler(c, n)
}
