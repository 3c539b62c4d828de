package task

import "github.com/nod-chat/nod/workflows"

func snoozeAsks(Task) ([]workflows.Field, workflows.Form) {
	return []workflows.Field{{Name: "until", Type: workflows.DateDay, Required: true}}, nil
}

// snooze has the reminders come from another day on. The day on which the task is due stays: who looks on sees that it is late.
func snooze(c *change) error {
	until, err := workflows.ParseDate(c.form["until"])
	if err != nil {
		return err
	}
	today := c.facts.Today(c.facts.Org.Person(c.t.Owner))
	switch {
	case !until.After(today):
		return workflows.Fault("until", "task.snooze_past", nil)
	case until.Days()-today.Days() > farthest:
		return workflows.Fault("until", "date.range", workflows.Args{"Value": until.String()})
	}
	c.remindFrom(until)
	c.out.Told.Args = workflows.Args{"Until": until.String()}
	return nil
}
