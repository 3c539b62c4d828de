package bot

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// linkCommand makes somebody known whom nod does not know yet; unlinkCommand takes it back. Neither is in the list of commands: who
// reads that has no use for the first, and the second asks nothing more.
const (
	linkCommand   = "link"
	unlinkCommand = "unlink"
)

// link binds the chat user to the person whose code they bring.
func (c *chat) link(ctx context.Context, code string) error {
	person, err := c.directory.Redeem(ctx, c.cause.ChatUser, strings.TrimSpace(code), c.engine.Now())
	if err != nil {
		return err
	}
	c.reader(person, "")
	c.refreshed() // what waits for them is shown here now
	return c.reply.Tell(ctx, Message{Text: c.text("link.done", workflows.Args{"Name": person.Name}), Tone: workflows.Good})
}

// unlink ends what the chat user is known as.
func (c *chat) unlink(ctx context.Context, _ string) error {
	if err := c.directory.Unbind(ctx, c.cause.ChatUser, true, c.engine.Now()); err != nil {
		return err
	}
	return c.reply.Tell(ctx, Message{Text: c.text("unlink.done", workflows.Args{"Name": c.person.Name})})
}
