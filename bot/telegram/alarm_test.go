package telegram_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// bell remembers what an administrator would be told.
type bell struct {
	mu   sync.Mutex
	rang []string
}

func (b *bell) Alert(_ context.Context, text, about string, _ map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rang = append(b.rang, strings.TrimSuffix(strings.TrimPrefix(text, "alert.")+":"+about, ":"))
}

func (b *bell) all() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.rang, " ")
}

func TestAlarm(t *testing.T) {
	b := new(bell)
	s := newStage(t, webhook, telegramtest.Options{}, func(c *telegram.Config) { c.Alarm = b })
	s.push([]string{"b-secret_Token"}, http.MethodPost, written(1, 7, "/leave"))
	s.push(nil, http.MethodPost, written(1, 7, "/leave"))
	s.push([]string{secret}, http.MethodPost, written(2, telegramtest.UserID("lin"), "/leave"))
	if got := b.all(); got != "telegram.secret telegram.secret" {
		t.Errorf("told was %q", got)
	}
	b.rang = nil
	s.bot.answer = func(context.Context, bot.Update, bot.Reply) error { panic("poison") }
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	if got := b.all(); got != "letter:telegram" {
		t.Errorf("told was %q", got)
	}
}

func TestAlarmOfTwoPollers(t *testing.T) {
	b := new(bell)
	s := newStage(t, polling, telegramtest.Options{}, func(c *telegram.Config) { c.Alarm = b })
	s.start(polling)
	s.see("lin", "the administrators being told", func(bottest.Screen) bool { return strings.Contains(b.all(), "telegram.conflict") })
}

// Health says what is wrong in either way of receiving, and what to do.
func TestHealth(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	for address, want := range map[string]string{
		s.hookURL:                         "",
		"":                                "a webhook is set to " + s.hookURL,
		"https://elsewhere.example/nod":   "another address",
		"https://nod.lantern.example/bot": "another address",
	} {
		if health, err := s.chat.WebhookHealth(t.Context(), address); err != nil || !strings.Contains(health, want) || want == "" && health != "" {
			t.Errorf("%q: %q, %v", address, health, err)
		}
	}
	s.server.Fail("getWebhookInfo", telegramtest.Fault{Status: 500, Description: "Internal Server Error"})
	if _, err := s.chat.WebhookHealth(t.Context(), ""); err == nil {
		t.Error("what could not be asked is fine")
	}
}
