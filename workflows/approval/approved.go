package approval

import (
	"maps"

	"github.com/nod-chat/nod/workflows"
)

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

// tellFiler tells whoever filed a request for somebody else what its requester is told, in a text of its own.
func tellFiler(c *workflows.Case, n workflows.Notice) {
	if r := c.Request; r.Filed() {
		n.Text, n.Args = n.Text+"_filed", maps.Clone(n.Args)
		n.Args["For"] = c.Name(r.Requester)
		c.Tell(r.SubmittedBy, n)
	}
}
