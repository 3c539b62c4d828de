package command

import (
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
)

// help tells what can be typed, most of it with a button that tries it.
func help(print *texts.Printer, list []bot.CommandHelp) Result {
	m := bot.Message{Text: print.Text("help.list", nil)}
	for _, h := range list {
		item := bot.Item{Text: strings.TrimSpace(print.Command(h.Name) + " " + h.Usage), Detail: h.Help}
		if h.Name != "help" && h.Name != "cancel" {
			item.Actions = []bot.Action{{Name: bot.CommandAction, Label: print.Text("action.try", nil), Args: h.Name, Opens: true}}
		}
		m.Items = append(m.Items, item)
	}
	return Result{Message: m}
}
