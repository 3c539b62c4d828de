package command

import (
	"context"

	"github.com/nod-chat/nod/workflows"
)

// requests lists the person's own requests, or shows the one whose number is given.
func requests(ctx context.Context, c call) (Result, error) {
	if c.args != "" {
		ref, err := c.engine.Find(ctx, c.args)
		return Result{Show: ref.ID}, err
	}
	list, err := c.directory.RequestsOf(ctx, c.Person.ID, longest)
	if err != nil {
		return Result{}, err
	}
	return c.list(ctx, "requests", list, func(l workflows.Listed) string {
		args := workflows.Args{"State": c.Print.State(l.Request.Kind, l.Request.State), "Names": l.People}
		if len(l.People) > 0 {
			return c.text("requests.waiting", args)
		}
		return c.text("requests.item", args)
	})
}
