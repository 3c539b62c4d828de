package bot

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// linkCommand is the one command that somebody may give whom nod does not know yet.
const linkCommand = "link"

// link binds the chat user to the person whose code they bring.
func (c *chat) link(ctx context.Context, code string) error {
	person, err := c.directory.Redeem(ctx, c.cause.Platform, c.cause.Team, c.cause.User, strings.TrimSpace(code), c.engine.Now())
	if err != nil {
		return err
	}
	c.reader(person, "")
	c.refreshed() // what waits for them is shown here now
	return c.reply.Tell(ctx, Message{Text: c.text("link.done", workflows.Args{"Name": person.Name}), Tone: workflows.Good})
}
