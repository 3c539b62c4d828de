package telegram

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot/deliver"
)

// What the outbox allows itself of what core.telegram.org/bots/faq allows ("My bot is hitting limits"): about one message a second in a
// chat, with short bursts, 20 a minute in a group, about 30 a second in all. Telegram counts the answers to people who wait as well, and
// those are not paced: a third of the whole is left to them, and in a chat they are the burst.
var (
	everyChat  = deliver.Limit{Every: 50 * time.Millisecond, Burst: 10, Wide: true} // no second has more than 30
	privateOne = deliver.Limit{Every: time.Second, Burst: 3}
	groupOne   = deliver.Limit{Every: 4 * time.Second, Burst: 5} // no minute has more than 20
)

// limits are what a message to a chat counts against. Groups have negative ids.
func (c *Chat) limits(chat int64) []deliver.Limit {
	one := privateOne
	if chat < 0 {
		one = groupOne
	}
	one.Key = c.paceKey(strconv.FormatInt(chat, 10))
	return []deliver.Limit{one, c.everyChat()}
}

func (c *Chat) everyChat() deliver.Limit {
	l := everyChat
	l.Key = c.paceKey("all")
	return l
}

func (c *Chat) paceKey(of string) string {
	return "telegram:" + c.APIURL + strconv.FormatInt(c.id, 10) + ":" + of
}

// hold keeps all replicas from writing to a chat while Telegram asks to be left alone. Asking again while it is too early would only earn
// more.
func (c *Chat) hold(ctx context.Context, chat int64, err error) {
	wait, ok := retryAfter(err)
	if !ok {
		return
	}
	c.Pace.Hold(ctx, c.limits(chat)[0], wait)
	if c.flood.rises(chat, wait) {
		c.Pace.Hold(ctx, c.everyChat(), wait)
	}
}

// flood tells whether Telegram means all chats. It does not say which limit a message met; but when it refuses a second chat while a first
// has to wait, the chats are not what is too fast.
type flood struct {
	mu    sync.Mutex
	chat  int64
	until time.Time
}

func (f *flood) rises(chat int64, wait time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if f.chat != chat && now.Before(f.until) {
		return true
	}
	f.chat, f.until = chat, now.Add(wait)
	return false
}
