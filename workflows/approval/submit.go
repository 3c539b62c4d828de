package approval

import "github.com/nod-chat/nod/workflows"

// submit takes the form of a new request in.
var submit = workflows.Move{By: workflows.Requester, Form: workflows.NewForm, Undo: Withdraw, Do: takeIn}

// takeIn takes a form in: a new request, or a new revision of one that was returned or still waits. Its route begins again, so that
// nobody's approval of what it said before counts.
func takeIn(c *workflows.Case) (workflows.Event, error) {
	r, k := c.Request, c.Kind
	form, faults := k.ReadForm(c.Act.Form, c.Facts.Org.Person(r.Requester))
	if len(faults) > 0 {
		return "", workflows.Joined(faults)
	}
	r.CloseTurns(func(workflows.Turn) bool { return true })
	r.Revise()
	r.Form = form
	r.Revision++
	r.SubmittedAt, r.SentBy = c.Facts.Now, c.Actor.Party.Person()
	if faults := workflows.CheckValues(k.Fields, r.Form, c.Facts); len(faults) > 0 {
		return "", workflows.Joined(faults)
	}
	c.Decision.Files = k.FilesOf(r.Form)
	if faults := k.Work(r, c.Facts); len(faults) > 0 {
		return "", workflows.Joined(faults)
	}
	change := &c.Decision.Audit.Values.Change
	change.Form, change.Measures, change.Steps = r.Form, r.Measures, r.Steps
	change.Kind, change.Definition = r.Kind, r.Definition
	change.Requester, change.SubmittedBy = r.Requester, r.SubmittedBy
	if err := openNext(c); err != nil {
		return "", err
	}
	cardOwn(c)
	return c.Act.Event, nil
}
