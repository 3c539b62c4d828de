package task

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// DoneBy is the event with which the task is done: its file is handed in, where it asks for one.
func (t Task) DoneBy() workflows.Event {
	if t.HandIn {
		return HandIn
	}
	return Done
}

func withFile(t Task) bool    { return t.HandIn }
func withoutFile(t Task) bool { return !t.HandIn }

func handInAsks(Task) ([]workflows.Field, workflows.Form) {
	return []workflows.Field{{Name: "files", Type: workflows.Files, Required: true}}, nil
}

// handIn hands in the files that a task asks for, which does it.
func handIn(c *change) error {
	t := c.t
	ids := workflows.FileIDs(c.form["files"])
	for _, id := range ids {
		if !slices.Contains(t.Files, id) {
			t.Files = append(slices.Clip(t.Files), id)
		}
	}
	c.out.Files = ids
	if err := end(c); err != nil {
		return err
	}
	args := c.args()
	args["Count"] = len(ids)
	for _, id := range t.Helpers {
		c.tell(id, workflows.Notice{Text: "notice.task_handed_in", Args: args, Tone: workflows.Good})
	}
	return nil
}
