package command

import (
	"context"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// approvals lists what waits for the person.
func approvals(ctx context.Context, c call) (Result, error) {
	p, further, err := c.page(ctx)
	if err != nil {
		return Result{}, err
	}
	list, err := c.directory.ApprovalsOf(ctx, c.Person.ID, p)
	if err != nil {
		return Result{}, err
	}
	m, err := c.list(ctx, "approvals", list, func(l workflows.Listed, gist string) (string, string) {
		args := workflows.Args{"Name": l.People[0], "Gist": gist, "Number": l.Request.Number, "Since": l.Since.Format(time.RFC3339)}
		return c.text("approvals.line", args), c.text("approvals.item", args)
	})
	m.Replaces = further
	return Result{Message: m}, err
}
