package approval

import "github.com/nod-chat/nod/workflows"

// rejected is what the route makes of a rejection.
var rejected = workflows.Move{By: workflows.Route, Told: func(c *workflows.Case) {
	tellDecided(c, workflows.Notice{Text: "notice.rejected", Tone: workflows.Bad})
}}
