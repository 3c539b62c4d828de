package approval

import (
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// nudge reminds the approvers at the requester's wish, each at most once in four of their working hours.
var nudge = workflows.Move{
	By:    workflows.Requester,
	Needs: func(workflows.Act) workflows.Wants { return workflows.Wants{OpenClocks: true} },
	Do: func(c *workflows.Case) (workflows.Event, error) {
		r, f := c.Request, c.Facts
		var asked []string
		var soonest time.Time
		for i := range r.Turns {
			turn := &r.Turns[i]
			if turn.State != workflows.TurnOpen {
				continue
			}
			if !turn.NudgedAt.IsZero() {
				if again := f.Hours(turn.Person).Add(turn.NudgedAt, ReminderAfter); f.Now.Before(again) {
					if soonest.IsZero() || again.Before(soonest) {
						soonest = again
					}
					continue
				}
			}
			turn.NudgedAt = f.Now
			asked = append(asked, c.Name(turn.Person))
			c.Tell(turn.Person, workflows.Notice{Text: "notice.nudge", Tone: workflows.Warn, While: workflows.WhileOpen,
				Args: workflows.Args{"Number": r.Number, "Requester": c.Name(r.Requester), "Since": turn.OpenedAt.Format(time.RFC3339)}})
		}
		if len(asked) == 0 {
			return "", workflows.Refuse(workflows.TooSoon, "request.nudged", workflows.Args{
				"Number": r.Number, "At": soonest.Format(time.RFC3339)})
		}
		c.About(strings.Join(asked, ", "))
		c.Decision.Told.Args = workflows.Args{"Names": asked, "Count": len(asked)}
		return c.Act.Event, nil
	},
}
