package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// TestLostAnswers: the post arrived, or not, and its answer did not come. Found is found, and there is exactly one message in the end.
func TestLostAnswers(t *testing.T) {
	faults := map[string]slacktest.Fault{
		"the connection is cut after it was taken":  {Takes: true, Cut: true},
		"the connection is cut before it was taken": {Cut: true},
		"an error after it was taken":               {Takes: true, Status: 500, Body: "<html>oh no</html>"},
		"an error before it was taken":              {Status: 502, Body: "<html>oh no</html>"},
		"HTML after it was taken":                   {Takes: true, Status: 200, Body: "<html>maintenance</html>"},
		"fatal_error after it was taken":            {Takes: true, Error: "fatal_error"},
		"half an answer":                            {Takes: true, Status: 200, Body: `{"ok":true,"chann`},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			h := open(t, new(desk), false, nil)
			p := post("card-1", sample())
			// Other cards and what the person wrote stand around it.
			for i := range 3 {
				_, err := h.chat.Post(t.Context(), h.Address("lin"), post(fmt.Sprint("other", i), sample()))
				h.must(err)
				h.must(h.Type(t.Context(), "lin", "hello"))
			}
			h.Next("chat.postMessage", fault)
			_, err := h.chat.Post(t.Context(), h.Address("lin"), p)
			if !errors.Is(err, deliver.ErrLost) {
				t.Fatalf("the post: %v, want Lost", err)
			}
			reference, found, err := h.chat.Find(t.Context(), h.Address("lin"), p)
			if err != nil || found != fault.Takes {
				t.Fatalf("found %v, %v", found, err)
			}
			if !found {
				reference, err = h.chat.Post(t.Context(), h.Address("lin"), p)
				h.must(err)
			}
			h.must(h.chat.Edit(t.Context(), h.Address("lin"), reference, p))
			n := 0
			for _, m := range h.Messages("U0LIN") {
				if payload, _ := m.Metadata["event_payload"].(map[string]any); payload["key"] == "card-1" {
					n++
				}
			}
			if n != 1 {
				t.Errorf("there are %d messages of it", n)
			}
		})
	}
}

// TestFindFarBack looks through several pages, and not for ever.
func TestFindFarBack(t *testing.T) {
	h := open(t, new(desk), false, nil)
	want, err := h.chat.Post(t.Context(), h.Address("lin"), post("old", sample()))
	h.must(err)
	for range 450 {
		h.MessageEvent("U0LIN", "hello")
	}
	got, found, err := h.chat.Find(t.Context(), h.Address("lin"), post("old", sample()))
	if err != nil || !found || got != want {
		t.Errorf("found %v %q, %v", found, got, err)
	}
	for range 1000 {
		h.MessageEvent("U0LIN", "hello")
	}
	before := len(h.Calls("conversations.history"))
	if _, found, err = h.chat.Find(t.Context(), h.Address("lin"), post("old", sample())); err != nil || found {
		t.Errorf("found %v, %v", found, err)
	}
	if n := len(h.Calls("conversations.history")) - before; n != 5 {
		t.Errorf("%d pages were read", n)
	}
	h.Next("conversations.history", slacktest.Fault{Status: 200, Body: "<html>"})
	if _, _, err = h.chat.Find(t.Context(), h.Address("lin"), post("old", sample())); err == nil {
		t.Error("nothing could be read, and that counts as not there")
	}
}

// TestKnown holds what deliver is told of each failure.
func TestKnown(t *testing.T) {
	gone, missing, lost := deliver.ErrGone, deliver.ErrMissing, deliver.ErrLost
	tests := []struct {
		method string
		fault  slacktest.Fault
		want   error // nil: an ordinary error
	}{
		{"conversations.open", slacktest.Fault{Error: "user_disabled"}, gone},
		{"conversations.open", slacktest.Fault{Error: "user_not_found"}, gone},
		{"conversations.open", slacktest.Fault{Error: "cannot_dm_bot"}, gone},
		{"conversations.open", slacktest.Fault{Error: "invalid_user_combination"}, gone},
		{"conversations.open", slacktest.Fault{RetryAfter: 7}, deliver.RetryAfter{Wait: 7 * time.Second}},
		{"conversations.open", slacktest.Fault{Error: "missing_scope"}, nil},
		{"chat.postMessage", slacktest.Fault{Error: "is_archived"}, gone},
		{"chat.postMessage", slacktest.Fault{Error: "channel_not_found"}, gone},
		{"chat.postMessage", slacktest.Fault{Error: "not_in_channel"}, gone},
		{"chat.postMessage", slacktest.Fault{Error: "user_disabled"}, gone},
		{"chat.postMessage", slacktest.Fault{Error: "messages_tab_disabled"}, nil},
		{"chat.postMessage", slacktest.Fault{Error: "invalid_auth"}, nil},
		{"chat.postMessage", slacktest.Fault{Error: "account_inactive"}, nil},
		{"chat.postMessage", slacktest.Fault{Error: "token_revoked"}, nil},
		{"chat.postMessage", slacktest.Fault{RetryAfter: 30}, deliver.RetryAfter{Wait: 30 * time.Second}},
		{"chat.postMessage", slacktest.Fault{Error: "ratelimited"}, deliver.RetryAfter{Wait: time.Second}},
		{"chat.postMessage", slacktest.Fault{Status: 429}, deliver.RetryAfter{Wait: time.Second}},
		{"chat.postMessage", slacktest.Fault{Status: 503}, lost},
		{"chat.postMessage", slacktest.Fault{Status: 403, Body: "<html>proxy</html>"}, nil},
		{"chat.postMessage", slacktest.Fault{Cut: true}, lost},
		{"chat.update", slacktest.Fault{Error: "message_not_found"}, missing},
		{"chat.update", slacktest.Fault{Error: "cant_update_message"}, missing},
		{"chat.update", slacktest.Fault{Error: "edit_window_closed"}, missing},
		{"chat.update", slacktest.Fault{Error: "channel_not_found"}, gone},
		{"chat.update", slacktest.Fault{RetryAfter: 5}, deliver.RetryAfter{Wait: 5 * time.Second}},
		{"chat.update", slacktest.Fault{Cut: true}, lost},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %+v", test.method, test.fault), func(t *testing.T) {
			h := open(t, new(desk), false, nil)
			var err error
			if test.method == "chat.update" {
				reference, e := h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
				h.must(e)
				h.Next(test.method, test.fault)
				err = h.chat.Edit(t.Context(), h.Address("lin"), reference, post("k", sample()))
			} else {
				h.Next(test.method, test.fault)
				_, err = h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
			}
			var retry deliver.RetryAfter
			switch {
			case err == nil:
				t.Fatal("it went well")
			case test.want == nil:
				if errors.Is(err, gone) || errors.Is(err, missing) || errors.Is(err, lost) || errors.As(err, &retry) {
					t.Errorf("%v means more than it should", err)
				}
			case !errors.Is(err, test.want):
				t.Errorf("%v, want %v", err, test.want)
			}
			if strings.Contains(err.Error(), "xox") || strings.Contains(err.Error(), "http") {
				t.Errorf("the error holds an address or a token: %v", err)
			}
		})
	}
	h := open(t, new(desk), false, nil)
	for _, reference := range []string{"", "D0LIN", "12", "D0LIN:"} {
		if err := h.chat.Edit(t.Context(), h.Address("lin"), reference, post("k", sample())); err == nil {
			t.Errorf("%q can be edited", reference)
		}
	}
	if err := h.chat.Edit(t.Context(), h.Address("lin"), "12", post("k", sample())); !errors.Is(err, missing) {
		t.Errorf("the reference of another chat: %v", err)
	}
}

// TestNoConnection: what was never sent is not lost.
func TestNoConnection(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + closed.Addr().String() + "/api/"
	closed.Close()
	h := open(t, new(desk), false, func(c *slack.Config) { c.APIURL = address })
	_, err = h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
	if err == nil || errors.Is(err, deliver.ErrLost) || strings.Contains(err.Error(), address) {
		t.Errorf("%v", err)
	}
	h = open(t, new(desk), false, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = h.chat.Post(ctx, h.Address("lin"), post("k", sample())); err == nil || strings.Contains(err.Error(), "http") {
		t.Errorf("%v", err)
	}
}

// TestPacing: one message a second and channel. Each waits its turn; one whose turn is far off gives way to others.
func TestPacing(t *testing.T) {
	h := open(t, new(desk), false, nil)
	began := h.clock.now()
	for i := range 5 {
		_, err := h.chat.Post(t.Context(), h.Address("lin"), post(fmt.Sprint(i), sample()))
		h.must(err)
		_, err = h.chat.Post(t.Context(), h.Address("mallory"), post(fmt.Sprint("m", i), sample()))
		h.must(err)
	}
	if took := h.clock.now().Sub(began); took < 4*time.Second || took > 5*time.Second {
		t.Errorf("five messages in two channels took %s", took)
	}
	for _, c := range h.Calls("chat.postMessage") {
		if c.Error != "" {
			t.Errorf("Slack refused one: %s", c.Error)
		}
	}
	still := open(t, new(desk), false, func(c *slack.Config) { c.Pause = func(context.Context, time.Duration) error { return nil } }) // time stands still
	var notYet deliver.NotYet
	var err error
	for range 5 {
		if _, err = still.chat.Post(t.Context(), still.Address("lin"), post("k", sample())); errors.As(err, &notYet) && notYet.Wait > 2*time.Second && !notYet.Wide {
			return
		}
	}
	t.Errorf("the fifth message of a moment: %v", err)
}

// TestMethodIsHeld: when Slack wants fewer edits, all replicas leave off editing, in every channel. Posts go on, and so do edits when the time is over.
func TestMethodIsHeld(t *testing.T) {
	var other *slack.Chat
	h := open(t, new(desk), false, func(c *slack.Config) {
		c.Pace = &deliver.Pacer{Now: c.Now, Pause: c.Pause}
		other = slack.New(*c)
	})
	references := map[string]string{}
	for _, user := range []string{"lin", "mallory"} {
		reference, err := h.chat.Post(t.Context(), h.Address(user), post(user, sample()))
		h.must(err)
		references[user] = reference
	}
	h.Next("chat.update", slacktest.Fault{RetryAfter: 30})
	if err := h.chat.Edit(t.Context(), h.Address("lin"), references["lin"], post("lin", sample())); !errors.Is(err, deliver.RetryAfter{Wait: 30 * time.Second}) {
		t.Fatalf("%v", err)
	}
	var notYet deliver.NotYet
	if err := other.Edit(t.Context(), h.Address("mallory"), references["mallory"], post("mallory", sample())); !errors.As(err, &notYet) || !notYet.Wide || notYet.Wait != 30*time.Second {
		t.Errorf("another replica, meanwhile: %v", err)
	}
	_, err := other.Post(t.Context(), h.Address("mallory"), post("new", sample()))
	h.must(err)
	h.clock.move(30 * time.Second)
	h.must(other.Edit(t.Context(), h.Address("mallory"), references["mallory"], post("mallory", sample())))
}

// TestRates: the outbox keeps to Slack's rates in the workspace, with what it posts and what it edits.
func TestRates(t *testing.T) {
	h := open(t, new(desk), false, nil)
	reference, err := h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	began := h.clock.now()
	for range 110 {
		h.must(h.chat.Edit(t.Context(), h.Address("lin"), reference, post("k", sample())))
	}
	if took := h.clock.now().Sub(began); took != 150*time.Second {
		t.Errorf("110 edits took %s, want ten at once and then forty a minute", took)
	}
}

// TestPlainInstead: a drawing that Slack refuses, by a rule that nobody knew, reaches the person all the same.
func TestPlainInstead(t *testing.T) {
	for _, code := range []string{"invalid_blocks", "msg_blocks_too_long"} {
		h := open(t, new(desk), false, nil)
		h.Next("chat.postMessage", slacktest.Fault{Error: code})
		reference, err := h.chat.Post(t.Context(), h.Address("lin"), post("k", sample()))
		h.must(err)
		h.Next("chat.update", slacktest.Fault{Error: code})
		h.must(h.chat.Edit(t.Context(), h.Address("lin"), reference, post("k", sample())))
		m, ok := h.screen("lin").Message("LV-7")
		if !ok || !m.Has("approve") || !strings.Contains(m.Text, "Waits for you") || !strings.Contains(h.log.String(), code) {
			t.Errorf("lin sees\n%s", h.screen("lin"))
		}
	}
}

// TestPosted holds the stable hooks of a posted card, and that its text calls nobody.
func TestPosted(t *testing.T) {
	h := open(t, new(desk), false, nil)
	card := sample()
	card.Fallback = "LV-7: <!channel> <@U0MALLORY> & more"
	_, err := h.chat.Post(t.Context(), h.Address("lin"), post("0193-key", card))
	h.must(err)
	m := h.Messages("U0LIN")[0]
	if m.Metadata["event_type"] != "nod_card" || fmt.Sprint(m.Metadata["event_payload"]) != "map[key:0193-key kind:leave number:LV-7 revision:3 seq:5]" {
		t.Errorf("the metadata is %v", m.Metadata)
	}
	if m.Text != "LV-7: &lt;!channel&gt; &lt;@U0MALLORY&gt; &amp; more" || len(h.Pings()) > 0 {
		t.Errorf("the text %q calls %v", m.Text, h.Pings())
	}
	message := bot.Message{Text: "<!here> hello"}
	_, err = h.chat.Post(t.Context(), h.Address("lin"), deliver.Post{Key: "n", Message: &message})
	h.must(err)
	if m := h.Messages("U0LIN")[1]; m.Metadata["event_type"] != "nod_notice" || len(h.Pings()) > 0 {
		t.Errorf("%+v", m)
	}
}
