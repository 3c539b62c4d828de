package approval

import "github.com/nod-chat/nod/workflows"

// returned is what the route makes of a return: it is the requester's turn, so they get a new card.
var returned = workflows.Move{By: workflows.Route, Told: func(c *workflows.Case) { c.Card(c.Request.Requester) }}
