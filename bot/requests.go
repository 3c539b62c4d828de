package bot

import (
	"context"
	"time"

	"github.com/nod-chat/nod/workflows"
)

const rfc3339 = time.RFC3339

// requests lists the person's own requests, or shows the one whose number is given.
func (c *chat) requests(ctx context.Context, number string) error {
	if number != "" {
		ref, err := c.engine.Find(ctx, number)
		if err != nil {
			return err
		}
		return c.show(ctx, ref.ID)
	}
	list, err := c.directory.RequestsOf(ctx, c.person.ID, listed)
	if err != nil {
		return err
	}
	return c.list(ctx, "requests", list, func(l workflows.Listed) string {
		args := workflows.Args{"State": c.text(string(l.Request.Kind)+".state."+string(l.Request.State), nil), "Names": l.People}
		if len(l.People) > 0 {
			return c.text("requests.waiting", args)
		}
		return c.text("requests.item", args)
	})
}
