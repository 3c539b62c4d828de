package approval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// attach adds files to a form that has been sent. What was signed stays signed: a proof that comes later is not another request.
var attach = workflows.Move{
	By: workflows.Requester,
	Needs: func(act workflows.Act) workflows.Wants {
		var fields []workflows.Field
		for name := range act.Form { // which of them is a place for files shows only behind the lock
			fields = append(fields, workflows.Field{Name: name, Type: workflows.Files})
		}
		return workflows.WantedBy(fields, act.Form)
	},
	Do: func(c *workflows.Case) (workflows.Event, error) {
		if faults := workflows.CheckValues(c.Transition.Asks, c.Brought, c.Facts); len(faults) > 0 {
			return "", workflows.Joined(faults)
		}
		r, d := c.Request, c.Decision
		amended := workflows.Form{}
		r.Form = maps.Clone(r.Form) // the caller's stays as it is: it may have to decide again
		for _, asked := range c.Transition.Asks {
			ours := func(field workflows.Field) bool { return field.Name == asked.Name && field.Type == workflows.Files }
			i := slices.IndexFunc(c.Kind.Fields, ours)
			if i < 0 {
				return "", fmt.Errorf("%s: %s asks for %s, which is no field of files", c.Kind.Kind, c.Act.Event, asked.Name)
			}
			value, fault := c.Kind.Fields[i].ReadFiles(r.Form[asked.Name] + " " + c.Brought[asked.Name])
			if fault != nil {
				return "", fault
			}
			r.Form[asked.Name], amended[asked.Name] = value, value
			d.Files = append(d.Files, workflows.FileIDs(c.Brought[asked.Name])...)
		}
		d.Audit.Values.Change.Amended = amended
		told := r.Open()
		if last := r.LastDecision(); len(told) == 0 && last != nil {
			told = append(told, *last)
		}
		for _, turn := range told {
			c.Tell(turn.Person, workflows.Notice{Text: "notice.attach",
				Args: workflows.Args{"Number": r.Number, "By": c.Name(d.Audit.Actor.Person()), "Count": len(d.Files)}})
		}
		return c.Act.Event, nil
	},
}
