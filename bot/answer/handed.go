package answer

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

// handed answers files that were sent while no form was open. What stands under them may open one, which they go into, or be a command,
// which is answered besides. Else they go into the draft of the kind that takes them.
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
	for _, k := range x.engine.Kinds() {
		if form.TakesFiles(k) {
			return x.receipts(ctx, k, c)
		}
	}
	return x.reply.Tell(ctx, bot.Message{Text: x.print.Text("files.alone", nil), Tone: workflows.Warn})
}

// receipts puts files into a draft, with what was said under them.
func (x *exchange) receipts(ctx context.Context, k *workflows.Kind, c bot.Said) error {
	said := workflows.Form{}
	if strings.TrimSpace(c.Text) != "" && !x.commands.Means(bot.ReadTyped(c.Text)) {
		said = x.commands.Heard(k, c.Text, x.person)
	}
	values, faults := x.forms().Lines(ctx, k, c.Uploads, said)
	if len(values) > 0 {
		if err := x.add(ctx, k, values); err != nil {
			return err
		}
	}
	var told []string
	for _, fault := range faults {
		told = append(told, x.print.Text(fault.Text, fault.Args))
	}
	if len(told) == 0 {
		return nil
	}
	return x.reply.Tell(ctx, bot.Message{Text: strings.Join(told, "\n"), Tone: workflows.Warn})
}

// add adds lines to the person's draft of a kind, or begins one.
func (x *exchange) add(ctx context.Context, k *workflows.Kind, values workflows.Form) error {
	answer, err := x.engine.Add(ctx, x.update.Cause, k.Kind, x.person, values)
	if err != nil {
		return err
	}
	return x.confirm(ctx, answer)
}
