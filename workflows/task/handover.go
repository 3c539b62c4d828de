package task

import "github.com/nod-chat/nod/workflows"

func handOverAsks(Task) ([]workflows.Field, workflows.Form) {
	return []workflows.Field{{Name: "person", Type: workflows.Employee, Required: true}}, nil
}

// handOver gives a task to somebody else, who gets a card of it. The one who had it hears so when it was not they who did it.
func handOver(c *change) error {
	t, f := c.t, c.facts
	to, ok := f.Org.ByNo(c.form["person"])
	if !ok || !to.Active {
		return workflows.Fault("person", "person.not_found", workflows.Args{"Value": workflows.Cut(c.form["person"], 40)})
	}
	if to.ID == t.Owner {
		return workflows.Fault("person", "task.already_theirs", workflows.Args{"Name": to.Name})
	}
	c.give(to.ID, "notice.task_handed_over")
	return nil
}

// give makes somebody the owner.
func (c *change) give(to workflows.PersonID, text string) {
	t := c.t
	before := t.Owner
	t.Owner = to
	args := c.args()
	args["Before"] = c.facts.Org.Person(before).Name
	c.out.Cards = append(c.out.Cards, to.Party())
	c.tell(before, workflows.Notice{Text: text, Args: args})
	c.out.Told.Args = workflows.Args{"To": args["Owner"]}
	c.startClock()
}

// relieve takes an open task from somebody who has left: it goes to whom it names as helping, else to the one who leads them, else to hr.
func relieve(c *change) error {
	t, f := c.t, c.facts
	if f.Org.Person(t.Owner).Active {
		return workflows.Refuse(workflows.NotNow, "task.not_now", workflows.Args{"Number": t.Number})
	}
	people := t.StandIns(f)
	if len(people) == 0 {
		people = f.Org.Holders("admin")
	}
	if len(people) == 0 {
		return workflows.Refuse(workflows.NotNow, "task.not_now", workflows.Args{"Number": t.Number})
	}
	c.give(people[0], "notice.task_handed_over")
	return nil
}
