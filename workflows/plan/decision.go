package plan

import "github.com/nod-chat/nod/workflows"

// decisionFits refuses a decision where none is due.
func decisionFits(c *view) error {
	if _, decides := c.p.phase(c.s); !decides {
		return workflows.Refuse(workflows.NotNow, "plan.not_deciding", workflows.Args{"Number": c.p.Number})
	}
	return nil
}

func openFits(*view) error { return nil }

// reasonAsks asks for the reason of a press.
func reasonAsks(event workflows.Event) func(*view) (workflows.Asking, bool) {
	return func(*view) (workflows.Asking, bool) {
		return workflows.Asking{Kind: Kind, Event: event, Style: workflows.Danger,
			Fields: []workflows.Field{{Name: "comment", Type: workflows.Long, Required: true, Max: 500}}}, true
	}
}

// remindDecider reminds the manager to decide, and after some time hr.
func (c *change) remindDecider() error {
	c.p.Waiting++
	c.p.ChangedAt = c.f.Now
	phase, _ := c.p.phase(c.s)
	n := workflows.Notice{Text: "notice.plan_decide", Args: c.missing(phase), Tone: workflows.Warn, While: string(c.p.State)}
	for _, id := range deciders(c.view) {
		c.tell(id, n)
	}
	if c.p.Waiting > decideReminders {
		n.Text, n.While = "notice.plan_undecided", ""
		n.Args["Manager"] = c.name(c.p.Manager)
		for i, id := range c.p.Who(HR, c.f.Facts) {
			if i == 0 {
				c.tell(id, n)
			}
		}
	}
	return nil
}

// pass lets the new hire go on in spite of the gate.
func pass(c *change) error {
	phase, _ := c.p.phase(c.s)
	c.progress(phase).DecidedBy = c.actor.Party.Person()
	return c.through(phase, Pass)
}

// extend gives the phase more days once more.
func extend(c *change) error {
	phase, _ := c.p.phase(c.s)
	c.progress(phase).DecidedBy = c.actor.Party.Person()
	return c.longer(phase, Extend)
}

// fail ends the plan: the new hire has not got through.
func fail(c *change) error {
	phase, _ := c.p.phase(c.s)
	c.progress(phase).DecidedBy = c.actor.Party.Person()
	if err := c.fire(Fail); err != nil {
		return err
	}
	c.over("notice.plan_failed", workflows.Bad)
	return nil
}

// closeEarly ends the plan without a word on the new hire. What is open is skipped.
func closeEarly(c *change) error {
	if err := c.fire(Close); err != nil {
		return err
	}
	c.over("notice.plan_closed", workflows.Quiet)
	return nil
}

// over tells everybody of the plan that it has ended.
func (c *change) over(text string, tone workflows.Tone) {
	c.p.Revision++
	c.p.Reason = c.form["comment"]
	for _, id := range c.crew() {
		c.tell(id, workflows.Notice{Text: text, Args: workflows.Args{"Reason": c.p.Reason, "By": c.actor.Person.Name}, Tone: tone})
	}
}

// relieve sees to somebody of the plan who has left: a new hire's plan is closed, and whoever leads takes the place of a mentor or manager.
func (c *change) relieve() error {
	if !c.f.Org.Person(c.p.Newcomer).Active {
		if err := c.fire(Close); err != nil {
			return err
		}
		c.over("notice.plan_left", workflows.Quiet)
		return nil
	}
	replaced := false
	for _, who := range []struct {
		role  Role
		place *workflows.PersonID
	}{{Manager, &c.p.Manager}, {Mentor, &c.p.Mentor}} {
		if c.f.Org.Person(*who.place).Active {
			continue
		}
		list := c.p.Who(who.role, c.f.Facts)
		if len(list) == 0 {
			continue
		}
		before := *who.place
		*who.place, replaced = list[0], true
		args := workflows.Args{"Before": c.name(before), "Now": c.name(list[0]), "Role": "plan.role." + string(who.role)}
		c.card(list[0])
		for _, id := range c.crew() {
			c.tell(id, workflows.Notice{Text: "notice.plan_relieved", Args: args})
		}
	}
	if !replaced {
		return workflows.Refuse(workflows.NotNow, "plan.over", workflows.Args{"Number": c.p.Number})
	}
	return nil
}
