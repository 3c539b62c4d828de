package slacktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// These tests use the workspace through slack-go, another reading of the same documentation: what it sends is understood, and what it is answered it
// understands.

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func workspace(t *testing.T, scopes ...string) (*slacktest.Server, *slack.Client, *clock) {
	c := &clock{at: time.Now()} // slack-go's verifier asks the machine's clock
	s := slacktest.New(slacktest.Config{Scopes: scopes, Commands: []string{"nod"}, Now: c.now})
	t.Cleanup(s.Close)
	s.Add(slacktest.User{ID: "U0LIN", Name: "Lin", Email: "lin@lantern.example", Confirmed: true})
	return s, slack.New(slacktest.BotToken, slack.OptionAPIURL(s.URL), slack.OptionAppLevelToken(slacktest.AppToken)), c
}

var all = []string{"chat:write", "im:write", "im:history", "users:read", "users:read.email"}

func wants(t *testing.T, what string, err error, code string) {
	t.Helper()
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestTokensAndScopes(t *testing.T) {
	s, api, _ := workspace(t, "chat:write")
	_, err := api.GetUserInfo("U0LIN")
	wants(t, "a scope that is missing", err, "missing_scope")
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused); refused.Needed != "users:read" || refused.Provided != "chat:write" {
		t.Errorf("needed %q, provided %q", refused.Needed, refused.Provided)
	}
	_, err = slack.New("xoxb-other", slack.OptionAPIURL(s.URL)).AuthTest()
	wants(t, "another token", err, "invalid_auth")
	_, err = slack.New("", slack.OptionAPIURL(s.URL)).AuthTest()
	wants(t, "no token", err, "not_authed")
	_, err = slack.New(slacktest.AppToken, slack.OptionAPIURL(s.URL)).AuthTest()
	wants(t, "an app token", err, "not_allowed_token_type")
	_, _, err = slack.New("x", slack.OptionAPIURL(s.URL), slack.OptionAppLevelToken(slacktest.BotToken)).StartSocketModeContext(t.Context())
	wants(t, "a bot token for a socket", err, "not_allowed_token_type")
	who, err := api.AuthTest()
	if err != nil || who.TeamID != slacktest.TeamID || who.UserID != slacktest.BotUser {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestMessages(t *testing.T) {
	s, api, c := workspace(t, all...)
	ctx := t.Context()
	post := func(channel string, options ...slack.MsgOption) error {
		c.move(time.Second)
		_, _, err := api.PostMessage(channel, options...)
		return err
	}
	text := slack.MsgOptionText("hello", false)
	wants(t, "nothing", post("U0LIN"), "no_text")
	wants(t, "nobody", post("U0NOBODY", text), "channel_not_found")
	s.Channel("C0SALES", "U0LIN")
	wants(t, "a channel without the bot", post("C0SALES", text), "not_in_channel")
	s.Channel("C0OLD", "U0LIN", slacktest.BotUser)
	s.Archive("C0OLD")
	wants(t, "an archived channel", post("C0OLD", text), "is_archived")
	wants(t, "blocks that are wrong", post("U0LIN", slack.MsgOptionBlocks(slack.NewHeaderBlock(slack.NewTextBlockObject("plain_text", strings.Repeat("很", 151), false, false)))), "invalid_blocks")
	err := post("U0LIN", slack.MsgOptionBlocks(slack.NewSectionBlock(nil, nil, nil)))
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || len(refused.ResponseMetadata.Messages) != 1 || !strings.Contains(refused.ResponseMetadata.Messages[0], "[json-pointer:/blocks/0]") {
		t.Errorf("%+v", err)
	}
	wants(t, "metadata without a type", post("U0LIN", text, slack.MsgOptionMetadata(slack.SlackMetadata{})), "invalid_metadata_schema")

	c.move(time.Second)
	channel, ts, err := api.PostMessage("U0LIN", text, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "nod_card", EventPayload: map[string]any{"key": "k"}}))
	if err != nil || channel != "D0LIN" {
		t.Fatalf("%s %v", channel, err)
	}
	_, _, err = api.PostMessage("U0LIN", text)
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Errorf("two messages in a second: %v", err)
	}
	_, _, _, err = api.UpdateMessage("U0LIN", ts, text)
	wants(t, "an edit by the user's id", err, "channel_not_found")
	_, _, _, err = api.UpdateMessage("D0LIN", ts+"9", text)
	wants(t, "an edit of nothing", err, "message_not_found")
	_, _, _, err = api.UpdateMessage("D0LIN", ts, slack.MsgOptionText(strings.Repeat("很", 4001), false))
	wants(t, "an edit too long", err, "msg_too_long")
	if _, _, _, err = api.UpdateMessage("D0LIN", ts, slack.MsgOptionText("changed", false)); err != nil {
		t.Error(err)
	}
	if _, err := api.PostEphemeral("D0LIN", "U0LIN", slack.MsgOptionText("only you", false)); err != nil {
		t.Error(err)
	}
	_, err = api.PostEphemeral("D0LIN", "U0ELSE", text)
	wants(t, "an ephemeral message to an outsider", err, "user_not_in_channel")

	h, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "D0LIN", IncludeAllMetadata: true})
	if err != nil || len(h.Messages) != 1 || h.Messages[0].Text != "changed" || h.Messages[0].Metadata.EventPayload["key"] != "k" {
		t.Errorf("%+v %v", h, err)
	}
	h, err = api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "D0LIN"})
	if err != nil || h.Messages[0].Metadata.EventPayload["key"] != nil {
		t.Errorf("without include_all_metadata: %+v %v", h.Messages[0].Metadata, err)
	}
	for range 3 {
		if err := post("U0LIN", text); err != nil {
			t.Fatal(err)
		}
	}
	h, err = api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "D0LIN", Limit: 3})
	if err != nil || len(h.Messages) != 3 || !h.HasMore {
		t.Fatalf("%+v %v", h, err)
	}
	h, err = api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "D0LIN", Limit: 3, Cursor: h.ResponseMetaData.NextCursor})
	if err != nil || len(h.Messages) != 1 || h.Messages[0].Text != "changed" {
		t.Errorf("the second page: %+v %v", h, err)
	}
	s.Alter("U0LIN", func(u *slacktest.User) { u.Deleted = true })
	_, _, _, err = api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0LIN"}})
	wants(t, "somebody who left", err, "user_disabled")
	_, err = api.GetUserByEmail("lin@lantern.example")
	wants(t, "the address of somebody who left", err, "users_not_found")
}

func TestTriggersAndViews(t *testing.T) {
	s, api, c := workspace(t, all...)
	line := slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}
	view := slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "nod", false, false), CallbackID: "form:leave", Blocks: line}
	trigger := func() string { return s.CommandPayload("U0LIN", "D0LIN", "nod", "")["trigger_id"].(string) }
	_, err := api.OpenView("1.2.3", view)
	wants(t, "no trigger", err, "invalid_trigger_id")
	late := trigger()
	c.move(3 * time.Second)
	_, err = api.OpenView(late, view)
	wants(t, "after three seconds", err, "expired_trigger_id")
	in := trigger()
	c.move(3*time.Second - time.Millisecond)
	opened, err := api.OpenView(in, view)
	if err != nil {
		t.Fatal(err)
	}
	_, err = api.OpenView(in, view)
	wants(t, "once more", err, "exchanged_trigger_id")
	updated, err := api.UpdateView(view, "", opened.Hash, opened.View.ID)
	if err != nil || updated.Hash == opened.Hash {
		t.Fatalf("%v", err)
	}
	_, err = api.UpdateView(view, "", opened.Hash, opened.View.ID)
	wants(t, "with the hash of before", err, "hash_conflict")
	wrong := view
	wrong.Title = slack.NewTextBlockObject("plain_text", strings.Repeat("x", 25), false, false)
	_, err = api.UpdateView(wrong, "", "", opened.View.ID)
	wants(t, "a long title", err, "invalid_arguments")
	s.CloseModal("U0LIN")
	_, err = api.UpdateView(view, "", "", opened.View.ID)
	wants(t, "after it was closed", err, "not_found")
	named := view
	named.ExternalID = "once"
	if _, err = api.OpenView(trigger(), named); err != nil {
		t.Fatal(err)
	}
	_, err = api.OpenView(trigger(), named)
	wants(t, "an external id twice", err, "duplicate_external_id")
	if _, err = api.UpdateView(view, "once", "", ""); err != nil {
		t.Errorf("by its external id: %v", err)
	}
	_, err = api.PushView(trigger(), view)
	wants(t, "a push onto nothing", err, "not_found")

	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: line}
	published, err := api.PublishView("U0LIN", home, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = api.PublishView("U0LIN", home, published.Hash); err != nil {
		t.Fatal(err)
	}
	_, err = api.PublishView("U0LIN", home, published.Hash)
	wants(t, "a home with the hash of before", err, "hash_conflict")
}

// TestSelectInActions: what is chosen in an actions block comes back with the view, and stays chosen as long as the block keeps its id.
func TestSelectInActions(t *testing.T) {
	s, api, _ := workspace(t, all...)
	text := func(said string) *slack.TextBlockObject {
		return slack.NewTextBlockObject("plain_text", said, false, false)
	}
	view := func(id string) slack.ModalViewRequest {
		lines := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, text("Change"), "edit_line", slack.NewOptionBlockObject("2", text("Two"), nil))
		add := slack.NewButtonBlockElement("add_line", "", text("Add"))
		return slack.ModalViewRequest{Type: slack.VTModal, Title: text("nod"), CallbackID: "form:leave",
			Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewActionBlock(id, add, lines)}}}
	}
	opened, err := api.OpenView(s.CommandPayload("U0LIN", "D0LIN", "nod", "")["trigger_id"].(string), view("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []int{3, 1} {
		if _, err := s.Listed("U0LIN", bot.EditLine, line); err == nil {
			t.Errorf("line %d can be chosen", line)
		}
	}
	if _, err := s.Listed("U0LIN", bot.EditLine, 2); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ id, chosen string }{{"a", "2"}, {"b", ""}} {
		updated, err := api.UpdateView(view(step.id), "", "", opened.View.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := updated.View.State.Values[step.id]["edit_line"].SelectedOption.Value; got != step.chosen {
			t.Errorf("in block %s %q is chosen, want %q", step.id, got, step.chosen)
		}
	}
}

func TestStackOfViews(t *testing.T) {
	s, api, _ := workspace(t, all...)
	section := slack.NewActionBlock("", slack.NewButtonBlockElement("more", "v", slack.NewTextBlockObject("plain_text", "more", false, false)))
	view := slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "nod", false, false), Blocks: slack.Blocks{BlockSet: []slack.Block{section}}}
	v, err := api.OpenView(s.CommandPayload("U0LIN", "D0LIN", "nod", "")["trigger_id"].(string), view)
	for range 2 {
		if err != nil {
			t.Fatal(err)
		}
		p, e := s.Pressed("U0LIN", "view:"+v.View.ID, "more", 0, "1.1")
		if e != nil {
			t.Fatal(e)
		}
		v, err = api.PushView(p["trigger_id"].(string), view)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Pressed("U0LIN", "view:"+v.View.ID, "more", 0, "1.1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = api.PushView(p["trigger_id"].(string), view)
	wants(t, "the fourth view", err, "push_limit_reached")
}

func TestResponseURL(t *testing.T) {
	s, _, c := workspace(t, all...)
	use := func(address, body string) (int, string) {
		o := slacktest.Post(t.Context(), address, http.Header{"Content-Type": {"application/json"}}, []byte(body))
		return o.Status, string(o.Body)
	}
	address := s.CommandPayload("U0LIN", "C0ANY", "nod", "")["response_url"].(string)
	if status, body := use(address, `{"text":"x","blocks":[{"type":"section"}]}`); status != 400 || body != "invalid_blocks" {
		t.Errorf("%d %s", status, body)
	}
	for range 5 {
		if status, body := use(address, `{"text":"hello"}`); status != 200 || body != "ok" {
			t.Errorf("%d %s", status, body)
		}
	}
	if status, body := use(address, `{"text":"hello"}`); status != 404 || body != "used_url" {
		t.Errorf("the sixth time: %d %s", status, body)
	}
	address = s.CommandPayload("U0LIN", "C0ANY", "nod", "")["response_url"].(string)
	c.move(30*time.Minute + time.Second)
	if status, body := use(address, `{"text":"hello"}`); status != 404 || body != "expired_url" {
		t.Errorf("after half an hour: %d %s", status, body)
	}
}

func TestTiersAndFaults(t *testing.T) {
	s, api, c := workspace(t, all...)
	for range 100 {
		if _, err := api.GetUserInfo("U0LIN"); err != nil {
			t.Fatal(err)
		}
	}
	var limited *slack.RateLimitedError
	if _, err := api.GetUserInfo("U0LIN"); !errors.As(err, &limited) || limited.RetryAfter < time.Second {
		t.Errorf("the 101st call of a minute: %v", err)
	}
	c.move(time.Minute)
	if _, err := api.GetUserInfo("U0LIN"); err != nil {
		t.Error(err)
	}
	text := slack.MsgOptionText("x", false)
	s.Next("chat.postMessage", slacktest.Fault{Takes: true, Cut: true}, slacktest.Fault{Cut: true}, slacktest.Fault{Status: 503, Body: "<html>"}, slacktest.Fault{Takes: true, Status: 200, Body: "<html>"},
		slacktest.Fault{RetryAfter: 30}, slacktest.Fault{Error: "fatal_error"})
	for i := range 6 {
		c.move(time.Second)
		if _, _, err := api.PostMessage("U0LIN", text); err == nil {
			t.Errorf("fault %d went well", i)
		}
	}
	if n := len(s.Messages("U0LIN")); n != 2 {
		t.Errorf("%d messages stand there, two took effect", n)
	}
}

// TestSent has slack-go read what an app is sent.
func TestSent(t *testing.T) {
	s, _, c := workspace(t, all...)
	var seen []string
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(strings.Builder)
		verifier, err := slack.NewSecretsVerifier(r.Header, slacktest.SigningSecret)
		if err != nil {
			t.Error(err)
		}
		r.Body = tee(r, body, &verifier)
		switch r.URL.Path {
		case "/slack/commands":
			cmd, err := slack.SlashCommandParse(r)
			if err != nil || cmd.Command != "/nod" || cmd.Text != "leave &lt;b&gt;" || cmd.UserID != "U0LIN" || cmd.TriggerID == "" || cmd.ResponseURL == "" {
				t.Errorf("%+v %v", cmd, err)
			}
		case "/slack/events":
			retry := r.Header.Get("X-Slack-Retry-Num")
			seen = append(seen, retry+r.Header.Get("X-Slack-Retry-Reason"))
			var e struct {
				ID string `json:"event_id"`
			}
			if err := json.NewDecoder(r.Body).Decode(&e); err != nil || e.ID == "" {
				t.Errorf("no event: %v in %s", err, body)
			}
			if len(seen) < 3 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		if err := verifier.Ensure(); err != nil {
			t.Error(err)
		}
	}))
	defer app.Close()
	s.UseHTTP(app.URL)
	if o := s.SendCommand(t.Context(), s.CommandPayload("U0LIN", "D0LIN", "nod", "leave <b>")); !o.OK() {
		t.Errorf("%+v", o)
	}
	began := c.now()
	outcomes := s.SendEvent(context.Background(), s.MessageEvent("U0LIN", "hello"), c.move)
	if len(outcomes) != 3 || !outcomes[2].OK() || strings.Join(seen, " ") != " 1http_error 2http_error" || c.now().Sub(began) != time.Minute {
		t.Errorf("%d tries %q in %s", len(outcomes), seen, c.now().Sub(began))
	}
}

type teed struct {
	*http.Request
	read func(p []byte) (int, error)
}

func (t teed) Read(p []byte) (int, error) { return t.read(p) }
func (t teed) Close() error               { return nil }

// tee gives what is read of a request's body to a verifier, too.
func tee(r *http.Request, copy *strings.Builder, verifier *slack.SecretsVerifier) teed {
	body := r.Body
	return teed{r, func(p []byte) (int, error) {
		n, err := body.Read(p)
		copy.Write(p[:n])
		_, _ = verifier.Write(p[:n])
		return n, err
	}}
}
