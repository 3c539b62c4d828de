package command

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
)

// longest is how many lines a list has at most; a chat is no place to read more.
const longest = 20

// list tells of requests as lines, each with a button that shows its card. name is that of its texts.
func (c call) list(ctx context.Context, name string, list []workflows.Listed, detail func(workflows.Listed) string) (Result, error) {
	if len(list) == 0 {
		return c.message(name+".none", nil), nil
	}
	m := bot.Message{Text: c.text(name+".list", workflows.Args{"Count": len(list)})}
	for _, l := range list {
		k, err := c.engine.KindOf(ctx, l.Request)
		if err != nil {
			return Result{}, err
		}
		title, show := k.Named(l.Request), draw.ShowButton(c.Print, l.Request.Ref)
		m.Items = append(m.Items, bot.Item{
			Text:   l.Request.Number + " · " + c.text(title.Text, title.Args),
			Detail: detail(l),
			Action: &show,
		})
	}
	return Result{Message: m}, nil
}
