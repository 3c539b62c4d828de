package approval

import (
	"maps"

	"github.com/nod-chat/nod/workflows"
)

// cardOwn gives a new card to those whose request it is: who it is for, and whoever filed it for them.
func cardOwn(c *workflows.Case) {
	for _, own := range c.Request.Own() {
		c.Card(own)
	}
}

// tellOwn tells both the same.
func tellOwn(c *workflows.Case, n workflows.Notice) {
	for _, own := range c.Request.Own() {
		c.Tell(own, n)
	}
}

// tellFiler tells whoever filed a request for somebody else what its requester is told, in a text of its own.
func tellFiler(c *workflows.Case, n workflows.Notice) {
	if r := c.Request; r.Filed() {
		n.Text, n.Args = n.Text+"_filed", maps.Clone(n.Args)
		n.Args["For"] = c.Name(r.Requester)
		c.Tell(r.SubmittedBy, n)
	}
}
