package approval

import "github.com/nod-chat/nod/workflows"

// withdraw takes a request back before it is decided.
var withdraw = workflows.Move{By: workflows.Requester}
