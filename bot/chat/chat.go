// Package chat is what the adapters of all chats share: reading what was typed and what a button brought back, keeping forms that are not
// sent yet, and what an adapter is given to speak, to wait and to raise an alarm. It knows no platform: what only one of them has belongs
// into that one's adapter.
package chat

import (
	"context"
	"time"

	"github.com/nod-chat/nod/bot"
)

// Handler is what answers. Handle tells the user about its own errors; what it returns says that the update was surely not saved and may
// come again.
type Handler interface {
	Handle(ctx context.Context, u bot.Update, reply bot.Reply) error
}

// Printer says a text in a language.
type Printer interface {
	Say(lang, key string, args map[string]any) string
}

// InBoth says a text in both languages, a line each, for when it is not known who reads it.
func InBoth(p Printer, key string, args map[string]any) string {
	return p.Say("en", key, args) + "\n" + p.Say("zh", key, args)
}

// Alarm hears what an administrator has to look at, as often as it happens: it decides what is too much. text is the sentence's key; about
// tells apart what one sentence may be about.
type Alarm interface {
	Alert(ctx context.Context, text, about string, args map[string]any)
}

// NoAlarm tells nobody.
type NoAlarm struct{}

// Alert does nothing.
func (NoAlarm) Alert(context.Context, string, string, map[string]any) {}

// Pause waits for so long, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
