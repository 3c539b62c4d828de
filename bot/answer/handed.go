package answer

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// handed answers files that were sent while no form was open. What stands under them may open one, which they go into, or be a command,
// which is answered besides.
func (x *exchange) handed(ctx context.Context, c bot.Said) error {
	under := bot.ReadTyped(c.Text)
	switch {
	case x.commands.Opens(under):
		return x.typed(ctx, under, c.Uploads)
	case x.commands.Means(under):
		if err := x.typed(ctx, under, nil); err != nil {
			return err
		}
	}
	return x.reply.Tell(ctx, bot.Message{Text: x.print.Text("files.alone", nil), Tone: workflows.Warn})
}
