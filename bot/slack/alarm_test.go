package slack_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

// bell remembers what an administrator would be told.
type bell struct {
	mu   sync.Mutex
	rang []string
}

func (b *bell) Alert(_ context.Context, text, about string, args map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rang = append(b.rang, strings.TrimSpace(fmt.Sprint(strings.TrimPrefix(text, "alert.slack."), " ", about, " ", len(args))))
}

func (b *bell) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.rang
	b.rang = nil
	return list
}

func withBell(t *testing.T, change func(*slack.Config)) (*house, *bell) {
	b := new(bell)
	return open(t, new(desk), false, func(c *slack.Config) {
		c.Alarm = b
		if change != nil {
			change(c)
		}
	}), b
}

func (b *bell) want(t *testing.T, what string, want ...string) {
	t.Helper()
	if got := b.took(); !slices.Equal(got, want) {
		t.Errorf("%s: told was %q, want %q", what, got, want)
	}
}

// TestAlarmOfForgeries: a signature that does not match may mean a wrong secret here; an old one means a slow network or a replay.
func TestAlarmOfForgeries(t *testing.T) {
	h, b := withBell(t, nil)
	body, now := []byte("payload=%7B%7D"), h.clock.now()
	send := func(header http.Header) { serve(h.chat.Handler(), "POST", "/slack/interactions", header, body) }
	send(slacktest.Sign("another secret", now, body))
	b.want(t, "another secret", "signature  0")
	send(http.Header{})
	b.want(t, "no signature", "signature  0")
	send(slacktest.Sign(slacktest.SigningSecret, now.Add(-time.Hour), body))
	b.want(t, "an old one")
	send(slacktest.Sign(slacktest.SigningSecret, now, body))
	b.want(t, "Slack's own")
}

// TestAlarmOfTokens: what Slack says of the token is told, whatever was being done, and what passes by itself is not.
func TestAlarmOfTokens(t *testing.T) {
	h, b := withBell(t, func(c *slack.Config) { c.Binder = &binder{bound: map[string]bool{}} })
	for _, c := range []struct {
		method string
		fault  slacktest.Fault
		want   []string
	}{
		{"conversations.open", slacktest.Fault{Error: "account_inactive"}, []string{"token  1"}},
		{"chat.postMessage", slacktest.Fault{Error: "invalid_auth"}, []string{"token  1"}},
		{"chat.postMessage", slacktest.Fault{Error: "token_revoked"}, []string{"token  1"}},
		{"chat.postMessage", slacktest.Fault{Error: "is_archived"}, nil},
		{"chat.postMessage", slacktest.Fault{Status: 500}, nil},
		{"chat.postMessage", slacktest.Fault{RetryAfter: 3}, nil},
	} {
		h.Next(c.method, c.fault)
		if _, err := h.chat.Post(t.Context(), h.Address("mallory"), post("k", sample())); err == nil {
			t.Errorf("%s %+v is no failure", c.method, c.fault)
		}
		b.want(t, fmt.Sprintf("%s %+v", c.method, c.fault), c.want...)
	}
	h.Next("users.info", slacktest.Fault{Error: "token_revoked"})
	h.must(h.Type(t.Context(), "lin", "/requests"))
	b.want(t, "a look-up", "token  1")
	h.Next("auth.test", slacktest.Fault{Error: "invalid_auth"})
	if _, err := h.chat.Check(t.Context()); err == nil {
		t.Error("a refused token is fine")
	}
	b.want(t, "at the start", "token  1")

	for _, gone := range []string{"app_uninstalled", "tokens_revoked"} {
		h.SendEvent(t.Context(), h.EventPayload(map[string]any{"type": gone, "event_ts": "1." + gone}), nil)
		b.want(t, gone, "uninstalled  0")
	}
}

// TestAlarmOfScopes: the app was installed before the manifest asked for all that it asks for now. Which is missing is told.
func TestAlarmOfScopes(t *testing.T) {
	b := new(bell)
	server := slacktest.New(slacktest.Config{Scopes: []string{"chat:write", "commands", "users:read"}, Commands: commands})
	t.Cleanup(server.Close)
	server.Add(slacktest.User{ID: "U0LIN", Name: "lin", Email: "lin@lantern.example", Confirmed: true})
	chat := slack.New(slack.Config{Bot: opens{new(desk)}, Words: loadWords(t), Alarm: b, BotToken: slacktest.BotToken, TeamID: slacktest.TeamID, APIURL: server.URL})
	to := slacktest.NewDriver(server, chat).Address("lin")
	if _, err := chat.Post(t.Context(), to, post("k", sample())); err == nil {
		t.Error("it was posted")
	}
	b.want(t, "a direct channel", "scope im:write 1")
	if _, _, err := chat.Lookup(t.Context(), "lin@lantern.example"); err == nil {
		t.Error("it was looked up")
	}
	b.want(t, "a look-up", "scope users:read.email 1")
	in, err := chat.Check(t.Context())
	if err != nil || !slices.Equal(in.Scopes, []string{"chat:write", "commands", "users:read"}) {
		t.Errorf("the token may %v, %v", in.Scopes, err)
	}
}

// TestAlarmOfTheSocket: a token that opens no socket is told; TrySocket says so too, and opens none.
func TestAlarmOfTheSocket(t *testing.T) {
	h, b := withBell(t, func(c *slack.Config) { c.AppToken = "xapp-other" })
	if err := h.chat.RunSocket(t.Context()); err == nil {
		t.Error("a wrong token opens a socket")
	}
	if got := b.took(); len(got) == 0 || got[0] != "socket  1" {
		t.Errorf("told was %q", got)
	}
	if err := h.chat.TrySocket(t.Context()); err == nil || strings.Contains(err.Error(), "xapp-other") {
		t.Errorf("%v", err)
	}
	h, _ = withBell(t, nil)
	h.must(h.chat.TrySocket(t.Context()))
}

// keeper refuses a member with a sentence of its own.
type keeper struct{ binder }

func (k *keeper) Bind(ctx context.Context, m slack.Member) error {
	_ = k.binder.Bind(ctx, m)
	if m.User == "U0MALLORY" {
		return workflows.Refuse(workflows.NotYours, "identity.taken", workflows.Args{"Person": "Lin"})
	}
	return nil
}

// TestStrangerHearsWhy: the binder's refusal goes to bot with the update, also while the user is not looked up anew; who is simply unknown brings none.
func TestStrangerHearsWhy(t *testing.T) {
	d, k := new(desk), &keeper{binder{bound: map[string]bool{}}}
	h := open(t, d, false, func(c *slack.Config) { c.Binder = k })
	h.Add(slacktest.User{ID: "U0GUEST", Name: "guest", Email: "guest@lantern.example", Confirmed: true})
	for _, c := range []struct {
		user string
		want bool
	}{{"mallory", true}, {"mallory", true}, {"guest", false}, {"lin", false}} {
		h.must(h.Type(t.Context(), c.user, "/requests"))
		if why := d.last(t).Stranger; (why != nil) != c.want {
			t.Errorf("%s comes with %v", c.user, why)
		}
	}
	var heard bot.Update = d.updates()[1]
	if !strings.Contains(fmt.Sprint(heard.Stranger), "identity.taken") {
		t.Errorf("why is %v", heard.Stranger)
	}
}

// TestAlertIsPosted: what an administrator is told is about no request, so it has no button; Slack takes it all the same.
func TestAlertIsPosted(t *testing.T) {
	h := open(t, new(desk), false, nil)
	m := bot.Message{Text: "⚠️ Something has to be looked at: <!channel> & *more*", Tone: workflows.Warn}
	_, err := h.chat.Post(t.Context(), h.Address("lin"), deliver.Post{Key: "k", Message: &m})
	h.must(err)
	if s := h.screen("lin"); !s.Says("Something has to be looked at: <!channel> & *more*") {
		t.Errorf("lin reads\n%s", s)
	}
}
