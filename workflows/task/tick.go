package task

import (
	"fmt"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

func hasChecklist(t Task) bool { return len(t.Checklist) > 0 }

// ticks are what can be said of an entry of the checklist.
var ticks = []workflows.Option{{Value: "open", Text: "task.tick.open"}, {Value: "done", Text: "task.tick.done"}}

func tickName(i int) string { return fmt.Sprintf("check_%c", 'a'+i) }

func tickAsks(t Task) ([]workflows.Field, workflows.Form) {
	var fields []workflows.Field
	values := workflows.Form{}
	for i, check := range t.Checklist {
		label := check.Text.Row()
		fields = append(fields, workflows.Field{Name: tickName(i), Type: workflows.Choice, From: "task.ticks", Required: true,
			Label: &label})
		values[tickName(i)] = "open"
		if check.Done {
			values[tickName(i)] = "done"
		}
	}
	return fields, values
}

// tick notes which entries of the checklist are done.
func tick(c *change) error {
	t, left := c.t, 0
	t.Checklist = slices.Clone(t.Checklist) // the caller's stays as it is: it may have to decide again
	for i := range t.Checklist {
		t.Checklist[i].Done = c.form[tickName(i)] == "done"
		if !t.Checklist[i].Done {
			left++
		}
	}
	c.out.Told.Args = workflows.Args{"Count": left}
	return nil
}
