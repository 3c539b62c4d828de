package bot

import (
	"context"
	"strings"
)

// help lists the commands, made from the definitions and the table of commands.
func (c *chat) help(ctx context.Context, _ string) error {
	m := Message{Text: c.text("help.list", nil)}
	for _, h := range c.commandHelp(c.print) {
		item := Item{Text: strings.TrimSpace(c.print.Command(h.Name) + " " + h.Usage), Detail: h.Help}
		if h.Name != "help" && h.Name != "cancel" {
			item.Action = &Action{Name: commandAction, Label: c.text("action.try", nil), Args: h.Name, Opens: true}
		}
		m.Items = append(m.Items, item)
	}
	return c.reply.Tell(ctx, m)
}
