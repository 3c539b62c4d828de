package answer

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// failure makes the sentence for an error. One that is no refusal is logged under an id, and the person reads that id and nothing else.
func (x *exchange) failure(ctx context.Context, err error) bot.Message {
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		if refusal.Code == workflows.Unavailable || refusal.Code == workflows.Unconfirmed {
			slog.ErrorContext(ctx, "an update was not saved", "platform", x.update.Cause.Platform, "error", err)
		}
		return bot.Message{Text: x.inAll(refusal.Text, refusal.Args), Tone: workflows.Warn}
	}
	id := uuid.NewString()[:8]
	slog.ErrorContext(ctx, "an update failed", "id", id, "platform", x.update.Cause.Platform, "person", x.person.No, "error", err)
	return bot.Message{Text: x.inAll("error.internal", workflows.Args{"ID": id}), Tone: workflows.Bad}
}

// inAll writes a text in each language that its reader may have, one under the other.
func (x *exchange) inAll(key string, args workflows.Args) string {
	text := x.print.Text(key, args)
	for _, print := range x.others {
		text += "\n" + print.Text(key, args)
	}
	return text
}
