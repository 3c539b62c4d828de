package approval

import "github.com/nod-chat/nod/workflows"

// closing ends a request without a decision, by an administrator. It never approves.
var closing = workflows.Move{By: workflows.Administrator, Asks: []string{"comment"}, Undo: Revive, Told: func(c *workflows.Case) {
	tellEnded(c, workflows.Notice{Text: "notice.close"})
}}
