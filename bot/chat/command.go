package chat

import (
	"strings"

	"github.com/nod-chat/nod/bot"
)

// Command reads a text as a command, whether or not a slash stands before it.
func Command(text string) bot.Command {
	content := bot.ReadTyped(text)
	if line, ok := content.(bot.Said); ok {
		content = bot.ReadTyped("/" + line.Text)
	}
	command, _ := content.(bot.Command) // what stands behind a slash is always one
	return command
}

// Addressed takes the name of the bot off a command that is addressed to it, as /leave@nodbot; empty: it is addressed to none.
func Addressed(c bot.Command) (command bot.Command, to string) {
	c.Name, to, _ = strings.Cut(c.Name, "@")
	return c, to
}
