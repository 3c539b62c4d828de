package task

import (
	"time"

	"github.com/nod-chat/nod/workflows"
)

var comment = workflows.Field{Name: "comment", Type: workflows.Long, Required: true, Max: MaxReason}

func notDoneAsks(Task) ([]workflows.Field, workflows.Form) { return []workflows.Field{comment}, nil }

// end closes a task as done, not done or skipped. Whoever added it hears of it, or those who help with it when it is not done.
func end(c *change) error {
	t := c.t
	t.EndedAt, t.EndedBy, t.Reason = c.facts.Now, c.actor.Party.Person(), c.form["comment"]
	args := c.args()
	args["Reason"] = t.Reason
	switch t.State {
	case StateDone:
		c.tell(t.By, workflows.Notice{Text: "notice.task_done", Args: args, Tone: workflows.Good})
	case StateNotDone:
		n := workflows.Notice{Text: "notice.task_not_done", Args: args, Tone: workflows.Warn}
		if t.By != 0 {
			c.tell(t.By, n)
		}
		for _, id := range t.Helpers {
			if id != t.By {
				c.tell(id, n)
			}
		}
	}
	return nil
}

// reopen takes back that a task was done or not done, as after a wrong press.
func reopen(c *change) error {
	t := c.t
	t.EndedAt, t.EndedBy, t.Reason = time.Time{}, 0, ""
	c.startClock()
	return nil
}
