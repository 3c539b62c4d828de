package command

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// link binds the chat user to the person whose code they bring, and greets them in that person's language.
func link(ctx context.Context, c call) (Result, error) {
	person, err := c.directory.Redeem(ctx, c.Cause, c.args, c.engine.Now())
	if err != nil {
		return Result{}, err
	}
	c.refreshed() // what waits for them is shown here now
	text := c.Print.ForPerson(person).Text("link.done", workflows.Args{"Name": person.Name})
	return Result{Message: bot.Message{Text: text, Tone: workflows.Good}}, nil
}

// unlink ends what the chat user is known as.
func unlink(ctx context.Context, c call) (Result, error) {
	person, err := c.directory.UnlinkChat(ctx, c.Cause, c.engine.Now())
	if err != nil {
		return Result{}, err
	}
	text := c.Print.ForPerson(person).Text("unlink.done", workflows.Args{"Name": person.Name})
	return Result{Message: bot.Message{Text: text}}, nil
}
