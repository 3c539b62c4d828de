package slack_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

// book keeps channels beyond a chat's life, and can be away.
type book struct {
	mu   sync.Mutex
	kept map[workflows.ChatUser]string
	away error
}

func (b *book) Channel(_ context.Context, u workflows.ChatUser) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away != nil {
		return "", b.away
	}
	return b.kept[u], nil
}

func (b *book) KeepChannel(_ context.Context, u workflows.ChatUser, channel string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away == nil {
		b.kept[u] = channel
	}
	return b.away
}

// Slack is asked for a direct channel once, also over a restart; again only when it does not know the one that is kept, and when whoever
// keeps them is away, where the message is sent all the same.
func TestChannelsAreRemembered(t *testing.T) {
	kept := &book{kept: map[workflows.ChatUser]string{}}
	h := open(t, new(desk), false, func(c *slack.Config) { c.Channels = kept })
	restarted := func() *slack.Chat { return slack.New(h.chat.Config) }
	opened := func() int { return len(h.Calls("conversations.open")) }
	sends := func(chat *slack.Chat, key string, want int) {
		t.Helper()
		before := opened()
		if _, err := chat.Post(t.Context(), h.Address("lin"), post(key, sample())); err != nil {
			t.Error(err)
		}
		if _, found, err := chat.Find(t.Context(), h.Address("lin"), post(key, sample())); err != nil || !found {
			t.Errorf("found %v, %v", found, err)
		}
		if n := opened() - before; n != want {
			t.Errorf("%s: the channel was asked for %d times, want %d", key, n, want)
		}
	}
	sends(h.chat, "first", 1)
	sends(h.chat, "second", 0)
	sends(restarted(), "after a restart", 0)
	lin := workflows.ChatUser(h.Address("lin"))
	for who := range kept.kept {
		if who != lin {
			t.Errorf("a channel is kept for %v", who)
		}
	}
	kept.kept[lin] = "D0OTHER"
	sends(restarted(), "after another workspace's backup", 1)
	sends(restarted(), "and then", 0)
	kept.away = errors.New("no database")
	sends(restarted(), "without the database", 1)
	kept.away = nil

	h.Next("chat.postMessage", slacktest.Fault{Error: "user_disabled"})
	if _, err := h.chat.Post(t.Context(), h.Address("lin"), post("gone", sample())); !errors.Is(err, deliver.ErrGone) {
		t.Errorf("got %v", err)
	}
	if kept.kept[lin] != "" {
		t.Errorf("the channel of somebody who is gone is kept: %v", kept.kept)
	}
}
