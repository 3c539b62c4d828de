package command

import (
	"context"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// decide finds what waits for the author and a line speaks of deciding, by who asked for it and for which days. It decides nothing: it
// shows the card with its buttons.
func (c call) decide(ctx context.Context, line string, of []workflows.Person) (Result, error) {
	if len(of) == 0 {
		return approvals(ctx, c)
	}
	list, err := c.directory.WaitingFrom(ctx, c.Person.ID, ids(of), pageSize)
	if err != nil {
		return Result{}, err
	}
	if span, dated := c.dates(line); dated {
		var wrong error
		list = slices.DeleteFunc(list, func(l workflows.Listed) bool {
			k, err := c.engine.KindOf(ctx, l.Request)
			if err != nil {
				wrong = err
				return false
			}
			days, ok := k.Days(l.Request.Form)
			return !ok || !days.Overlaps(span)
		})
		if wrong != nil {
			return Result{}, wrong
		}
	}
	args := workflows.Args{"Name": of[0].Name}
	switch len(list) {
	case 0:
		return c.message("decide.none", args), nil
	case 1:
		args["Number"] = list[0].Request.Number
		result := c.message("decide.one", args)
		result.Show = list[0].Request.ID
		return result, nil
	}
	return c.short(ctx, "decide", list)
}
