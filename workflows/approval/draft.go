package approval

import (
	"fmt"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// A kind may have drafts: requests that are kept before they are sent, and grow by what their requester says and hands in. A person has one
// draft of a kind, so that whatever comes belongs to it.

// DraftKey is what a draft claims, so that its requester has no other of the kind.
func DraftKey(kind workflows.KindName, requester workflows.PersonID) string {
	return fmt.Sprintf("draft:%s:%d", kind, requester)
}

// addLine begins a draft, or adds to it: a line of its list, and what is said beside it of the whole. The kind says which line something
// belongs to that is there already.
var addLine = workflows.Move{By: workflows.Requester, Form: workflows.PartForm, Do: func(c *workflows.Case) (workflows.Event, error) {
	r, k := c.Request, c.Kind
	if err := k.MayFile(*r, c.Actor.Person, c.Facts.Org); err != nil {
		return "", err
	}
	brought, err := draftForm(c)
	if err != nil {
		return "", err
	}
	form, err := k.Merge(*r, brought, c.Facts)
	if err != nil {
		return "", err
	}
	c.Decision.Files = k.FilesOf(brought)
	keep(c, form)
	return c.Act.Event, nil
}}

// editLine keeps a draft's form as its requester has it now, complete or not.
var editLine = workflows.Move{By: workflows.Requester, Form: workflows.NewForm, Signs: true, Do: func(c *workflows.Case) (
	workflows.Event, error,
) {
	form, err := draftForm(c)
	if err != nil {
		return "", err
	}
	c.Decision.Files = c.Kind.FilesOf(form)
	keep(c, form)
	return c.Act.Event, nil
}}

// send sends a draft as it is kept.
var send = workflows.Move{By: workflows.Requester, Form: workflows.StoredForm, Signs: true, Style: workflows.Primary, Undo: Withdraw,
	Do: func(c *workflows.Case) (workflows.Event, error) {
		c.Act.Form, c.Decision.Freed = c.Request.Form, true
		return takeIn(c)
	}}

// discard drops a draft.
var discard = workflows.Move{By: workflows.Requester, Do: func(c *workflows.Case) (workflows.Event, error) {
	c.Decision.Freed = true
	return c.Act.Event, nil
}}

// draftForm reads what an act brings to a draft. What is missing may come later, and what is wrong may not.
func draftForm(c *workflows.Case) (workflows.Form, error) {
	form, faults := c.Kind.ReadForm(c.Act.Form, c.Facts.Org.Person(c.Request.Requester))
	faults = slices.DeleteFunc(faults, (*workflows.Error).Missing)
	if len(faults) == 0 {
		faults = workflows.CheckValues(c.Kind.Fields, form, c.Facts)
	}
	return form, workflows.Joined(faults)
}

// keep stores the form of a draft, as a revision of its own: a form that was opened before does not undo what has come since.
func keep(c *workflows.Case, form workflows.Form) {
	r, change := c.Request, &c.Decision.Audit.Values.Change
	r.Revise()
	r.Form = form
	r.Revision++
	r.SubmittedAt, r.SentBy = c.Facts.Now, c.Actor.Party.Person()
	change.Form, change.Kind, change.Definition = r.Form, r.Kind, r.Definition
	change.Requester, change.SubmittedBy = r.Requester, r.SubmittedBy
	c.Claim(DraftKey(r.Kind, r.Requester))
	c.Card(r.SubmittedBy)
}
