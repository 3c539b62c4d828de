package approval

import "github.com/nod-chat/nod/workflows"

// withdraw takes a request back before it is decided. Of one that was filed for somebody, the other of the two hears of it.
var withdraw = workflows.Move{By: workflows.Requester, Concerned: true, Told: func(c *workflows.Case) {
	n := workflows.Notice{Text: "notice.withdrawn", Args: workflows.Args{"Number": c.Request.Number, "By": c.Actor.Person.Name}}
	switch r := c.Request; {
	case !r.Filed():
	case c.Actor.Party.Person() == r.Requester:
		tellFiler(c, n)
	default:
		c.Tell(r.Requester, n)
	}
}}
