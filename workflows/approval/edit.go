package approval

import "github.com/nod-chat/nod/workflows"

// edit sends a returned request's form again, as a new revision.
var edit = workflows.Move{By: workflows.Requester, Form: workflows.NewForm, Signs: true, Undo: Withdraw, Style: workflows.Primary,
	Do: takeIn}
