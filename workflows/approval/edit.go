package approval

import "github.com/nod-chat/nod/workflows"

// edit sends the form of a request that was returned, or still waits, again: as a new revision.
var edit = workflows.Move{By: workflows.Requester, Form: workflows.NewForm, Signs: true, Undo: Withdraw, Style: workflows.Primary,
	Do: takeIn}
