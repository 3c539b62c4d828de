package approval

import "github.com/nod-chat/nod/workflows"

// returned is what the route makes of a return: it is the turn of those whose request it is, so they get a new card.
var returned = workflows.Move{By: workflows.Route, Told: cardOwn}
