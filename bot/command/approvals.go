package command

import (
	"context"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// approvals lists what waits for the person.
func approvals(ctx context.Context, c call) (Result, error) {
	list, err := c.directory.ApprovalsOf(ctx, c.Person.ID, longest)
	if err != nil {
		return Result{}, err
	}
	return c.list(ctx, "approvals", list, func(l workflows.Listed) string {
		return c.text("approvals.item", workflows.Args{"Name": l.People[0], "Since": l.Request.SubmittedAt.Format(time.RFC3339)})
	})
}
