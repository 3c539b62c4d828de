package slack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// TestSocketsComeBack: Slack wants its connections refreshed every few hours, and networks end them at any time.
func TestSocketsComeBack(t *testing.T) {
	h := open(t, new(desk), true, nil)
	for range 2 { // through each connection, after its hello
		h.must(h.Type(t.Context(), "lin", "/requests"))
	}
	h.must(h.chat.Ready(t.Context()))
	if s := h.chat.Socket(); s.Open != 2 || !s.Hello.Equal(h.clock.now()) {
		t.Errorf("%+v", s)
	}
	for range 3 {
		opened := len(h.Calls("apps.connections.open"))
		h.CutSockets()
		h.must(h.AwaitCalls(t.Context(), "apps.connections.open", opened+2))
		h.must(h.AwaitSockets(t.Context(), 2))
		h.must(h.Type(t.Context(), "lin", "/requests"))
	}
	// After a warning the new connections stand beside the old ones, which still answer until Slack ends them.
	h.Disconnect("warning")
	h.must(h.AwaitSockets(t.Context(), 4))
	for range 8 {
		h.must(h.Type(t.Context(), "lin", "/requests"))
	}
	if dropped := h.Dropped(); len(dropped) > 0 {
		t.Errorf("Slack dropped %v", dropped)
	}
}

// TestSocketEnds: what was read before the end is answered before it.
func TestSocketEnds(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		close(inside)
		<-goOn
		return nil
	}}
	h := open(t, d, false, nil)
	h.UseSockets()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.chat.RunSocket(ctx) }()
	h.must(h.AwaitSockets(t.Context(), 2))
	outcome := make(chan slacktest.Outcome, 1)
	go func() {
		outcome <- h.SendCommand(context.Background(), h.CommandPayload("U0LIN", "D0LIN", "requests", ""))
	}()
	<-inside
	stop()
	close(goOn)
	if o := <-outcome; !o.OK() {
		t.Errorf("what was under way: %+v", o)
	}
	h.must(<-ended)
	if err := h.chat.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "last hello") {
		t.Errorf("%v", err)
	}
}

// TestSocketTokens: a token that cannot work ends it with a sentence; a bad day of Slack's does not.
func TestSocketTokens(t *testing.T) {
	h := open(t, new(desk), false, func(c *slack.Config) { c.AppToken = "xapp-other" })
	if err := h.chat.Ready(t.Context()); err == nil {
		t.Error("ready without a socket")
	}
	err := h.chat.RunSocket(t.Context())
	if err == nil || !strings.Contains(err.Error(), "SLACK_APP_TOKEN") || strings.Contains(err.Error(), "xapp-other") {
		t.Errorf("%v", err)
	}
	h = open(t, new(desk), false, nil)
	h.UseSockets()
	h.Next("apps.connections.open", slacktest.Fault{Status: 500}, slacktest.Fault{Status: 200, Body: "<html>"}, slacktest.Fault{Cut: true}, slacktest.Fault{RetryAfter: 9}, slacktest.Fault{Error: "internal_error"})
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- h.chat.RunSocket(ctx) }()
	h.must(h.AwaitSockets(t.Context(), 2))
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSocketSilence: a connection over which no ping comes any more is given up.
func TestSocketSilence(t *testing.T) {
	h := open(t, new(desk), false, func(c *slack.Config) { c.Times.Silence = 20 * time.Millisecond })
	h.UseSockets()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.chat.RunSocket(ctx) }()
	h.must(h.AwaitCalls(t.Context(), "apps.connections.open", 5))
	stop()
	h.must(<-ended)
}

// TestSocketUnsaved: an event that was not saved is not acknowledged, and comes again with its retry.
func TestSocketUnsaved(t *testing.T) {
	d := &desk{answer: func(context.Context, bot.Update, bot.Reply) error { return errBroken }}
	h := open(t, d, true, nil)
	event := h.MessageEvent("U0LIN", "help")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, o := range h.SendEvent(ctx, event, nil) {
		if o.OK() {
			t.Errorf("it is acknowledged: %+v", o)
		}
	}
	d.mu.Lock()
	d.answer = nil
	d.mu.Unlock()
	if all := h.SendEvent(t.Context(), event, nil); len(all) != 1 || !all[0].OK() {
		t.Errorf("%+v", all)
	}
}
