package command

import (
	"context"

	"github.com/nod-chat/nod/workflows"
)

// requests lists the person's own requests, or shows the one whose number is given.
func requests(ctx context.Context, c call) (Result, error) {
	p, further, err := c.page(ctx)
	if err != nil {
		return Result{}, err
	}
	if c.args != "" && !further {
		ref, err := c.engine.Find(ctx, c.args)
		return Result{Show: ref.ID}, err
	}
	list, err := c.directory.RequestsOf(ctx, c.Person.ID, p)
	if err != nil {
		return Result{}, err
	}
	m, err := c.list(ctx, "requests", list, func(l workflows.Listed, gist string) (string, string) {
		args := workflows.Args{"State": c.Print.State(l.Request.Kind, l.Request.State), "Names": l.People, "Number": l.Request.Number}
		if len(l.People) > 0 {
			return gist, c.text("requests.waiting", args)
		}
		return gist, c.text("requests.item", args)
	})
	m.Replaces = further
	return Result{Message: m}, err
}
