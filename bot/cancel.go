package bot

import "context"

// cancel leaves whatever form is open.
func (c *chat) cancel(ctx context.Context, _ string) error {
	if err := c.reply.Done(ctx); err != nil {
		return err
	}
	return c.tell(ctx, "cancel.done", nil)
}
