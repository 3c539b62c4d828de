package slack_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

// TestForgeries: somebody who knows the address, but not the signing secret, wants a decision made in a manager's name. Nothing they send is even read.
func TestForgeries(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	body := []byte(url.Values{"payload": {`{"type":"block_actions"}`}}.Encode())
	now := h.clock.now()
	good := func() http.Header { return slacktest.Sign(slacktest.SigningSecret, now, body) }
	with := func(change func(http.Header)) http.Header {
		header := good()
		change(header)
		return header
	}
	signature := good().Get("X-Slack-Signature")
	forged := map[string]http.Header{
		"no signature":           with(func(h http.Header) { h.Del("X-Slack-Signature") }),
		"an empty one":           with(func(h http.Header) { h.Set("X-Slack-Signature", "") }),
		"only its version":       with(func(h http.Header) { h.Set("X-Slack-Signature", "v0=") }),
		"a short one":            with(func(h http.Header) { h.Set("X-Slack-Signature", signature[:20]) }),
		"one byte short":         with(func(h http.Header) { h.Set("X-Slack-Signature", signature[:len(signature)-2]) }),
		"one byte long":          with(func(h http.Header) { h.Set("X-Slack-Signature", signature+"00") }),
		"no hex":                 with(func(h http.Header) { h.Set("X-Slack-Signature", "v0="+strings.Repeat("z", 64)) }),
		"another version":        with(func(h http.Header) { h.Set("X-Slack-Signature", "v1="+signature[3:]) }),
		"two of them":            with(func(h http.Header) { h.Add("X-Slack-Signature", signature) }),
		"another secret":         slacktest.Sign("other", now, body),
		"an empty secret":        slacktest.Sign("", now, body),
		"another body":           slacktest.Sign(slacktest.SigningSecret, now, []byte("payload=%7B%7D")),
		"another time":           with(func(h http.Header) { h.Set("X-Slack-Request-Timestamp", fmt.Sprint(now.Unix()+1)) }),
		"no time":                with(func(h http.Header) { h.Del("X-Slack-Request-Timestamp") }),
		"a time that is none":    with(func(h http.Header) { h.Set("X-Slack-Request-Timestamp", "soon") }),
		"a stale time":           slacktest.Sign(slacktest.SigningSecret, now.Add(-5*time.Minute-time.Second), body),
		"a time from the future": slacktest.Sign(slacktest.SigningSecret, now.Add(5*time.Minute+time.Second), body),
	}
	handler := h.chat.Handler()
	for _, path := range []string{"/slack/commands", "/slack/interactions", "/slack/events"} {
		for name, header := range forged {
			if status := serve(handler, "POST", path, header, body); status != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", path, name, status)
			}
		}
	}
	without := slack.New(slack.Config{Bot: opens{d}, Words: loadWords(t), Now: h.clock.now})
	if status := serve(without.Handler(), "POST", "/slack/interactions", slacktest.Sign("", now, body), body); status != http.StatusUnauthorized {
		t.Errorf("without a secret, a signature made with none counts: %d", status)
	}
	if status := serve(handler, "POST", "/slack/interactions", slacktest.Sign(slacktest.SigningSecret, now.Add(-5*time.Minute), body), body); status != http.StatusOK {
		t.Errorf("five minutes old: %d", status)
	}
	for _, method := range []string{"GET", "PUT", "HEAD"} {
		if status := serve(handler, method, "/slack/interactions", good(), body); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, status)
		}
	}
	if n := len(d.updates()); n != 0 {
		t.Errorf("the bot heard %d of it", n)
	}
}

func serve(handler http.Handler, method, target string, header http.Header, body []byte) int {
	r := httptest.NewRequest(method, target, strings.NewReader(string(body)))
	r.Header = header.Clone()
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// TestPayloadInTheAddress: the address is not signed. Somebody who replays a signed body with a payload of their own in the address gets the body answered.
func TestPayloadInTheAddress(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	card := sample()
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", card))
	h.must(err)
	p, err := h.Pressed(slacktest.UserID("lin"), reference, "approve", 0, "1.1")
	h.must(err)
	evil, err := json.Marshal(p)
	h.must(err)
	for _, signed := range []string{"", "payload=", "payload=" + url.QueryEscape(`{"type":"view_closed"}`)} {
		header := slacktest.Sign(slacktest.SigningSecret, h.clock.now(), []byte(signed))
		serve(h.chat.Handler(), "POST", "/slack/interactions?payload="+url.QueryEscape(string(evil)), header, []byte(signed))
	}
	if n := len(d.updates()); n != 0 {
		t.Errorf("the bot heard %+v", d.updates())
	}
}

func TestOversizeAndUnreadable(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	handler := h.chat.Handler()
	signed := func(path string, body []byte) int {
		return serve(handler, "POST", path, slacktest.Sign(slacktest.SigningSecret, h.clock.now(), body), body)
	}
	for _, path := range []string{"/slack/commands", "/slack/interactions", "/slack/events"} {
		if status := signed(path, make([]byte, 1<<20+1)); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s of more than 1 MiB: %d", path, status)
		}
	}
	for path, bodies := range map[string][]string{
		"/slack/interactions": {"", "payload=", "payload=%zz", "payload=nothing", "payload=%5B%5D", "payload=" + url.QueryEscape(strings.Repeat(`{"a":`, 20_000))},
		"/slack/events":       {"", "[]", "nothing", `{"type":7}`, strings.Repeat("[", 200_000)},
		"/slack/commands":     {"command=%zz"},
	} {
		for _, body := range bodies {
			if status := signed(path, []byte(body)); status != http.StatusBadRequest {
				t.Errorf("%s %.40q: %d", path, body, status)
			}
		}
	}
	for path, bodies := range map[string][]string{
		"/slack/interactions": {"payload=%7B%7D", "payload=" + url.QueryEscape(`{"type":"shortcut","callback_id":"x"}`), "payload=" + url.QueryEscape(`{"type":"block_actions","actions":[]}`),
			"payload=" + url.QueryEscape(`{"type":"view_submission"}`), "payload=" + url.QueryEscape(`{"type":"view_submission","view":{"callback_id":"loading"}}`),
			"payload=" + url.QueryEscape(`{"type":"view_closed","view":{"state":{"values":[]}}}`),
			"payload=" + url.QueryEscape(`{"type":"block_actions","actions":[{"type":"users_select","action_id":"x"}]}`)},
		"/slack/events":   {`{}`, `{"type":"app_rate_limited"}`, `{"type":"event_callback","event":{}}`, `{"type":"event_callback","event":{"type":"of_tomorrow","channel":{"id":"C1"},"user":{"id":"U1"}}}`},
		"/slack/commands": {"ssl_check=1&token=x"},
	} {
		for _, body := range bodies {
			if status := signed(path, []byte(body)); status != http.StatusOK {
				t.Errorf("%s %.80q: %d", path, body, status)
			}
		}
	}
	if n := len(d.updates()); n != 0 {
		t.Errorf("the bot heard %+v", d.updates())
	}
	o := h.Signed(t.Context(), "/slack/events", "application/json", []byte(`{"type":"url_verification","challenge":"3eZbrw1aB"}`))
	if o.Status != 200 || strings.TrimSpace(string(o.Body)) != `{"challenge":"3eZbrw1aB"}` {
		t.Errorf("%d %s", o.Status, o.Body)
	}
}

const (
	sampleSubject workflows.SubjectID = "01930a5d-ac96-774b-bcce-b302099a8057"
	sampleDigest  string              = "rev-3_Rev3r"
)

func sample() bot.Card {
	return bot.Card{Subject: sampleSubject, Number: "LV-7", Kind: "leave", Revision: 3, Seq: 5, Icon: "🌴", Title: "Annual leave · 3 days",
		Who:    "林小雨 Lin Xiaoyu",
		Status: bot.Status{Text: "Waits for you", Tone: workflows.Wait},
		Actions: []bot.Action{
			{Name: "approve", Label: "Approve", Style: workflows.Primary, Subject: sampleSubject, Digest: sampleDigest, Number: "LV-7"},
			{Name: "reject", Label: "Reject", Style: workflows.Danger, Subject: sampleSubject, Digest: sampleDigest, Number: "LV-7",
				Opens: true},
		},
		Fallback: "LV-7: Lin Xiaoyu, Annual leave · 3 days. Waits for you"}
}

func TestCommands(t *testing.T) {
	tests := []struct{ prefix, command, text, name, args string }{
		{"", "timeoff", "annual 2026-12-01 2026-12-03 family", "leave", "annual 2026-12-01 2026-12-03 family"},
		{"", "timeoff", "", "leave", ""},
		{"", "nod", "leave annual", "leave", "annual"},
		{"", "nod", "  Leave\t年假  下周一 ", "leave", "年假  下周一"},
		{"", "nod", "／leave 年假", "leave", "年假"},
		{"", "nod", "leave　年假", "leave", "年假"},
		{"", "nod", "", "help", ""},
		{"", "nod", "   ", "help", ""},
		{"", "nod", "away", "away", ""},
		{"", "nod", "settings", "settings", ""},
		{"", "requests", "LV-7", "requests", "LV-7"},
		{"", "approvals", "", "approvals", ""},
		{"", "nod", "expense", "expense", ""},
		{"", "nod", "approvals", "approvals", ""},
		{"", "timeoff", "sick because a < b & c > d", "leave", "sick because a < b & c > d"},
		{"acme-", "acme-timeoff", "annual", "leave", "annual"},
		{"acme-", "acme-nod", "help", "help", ""},
		{"acme-", "acme-nod", "", "help", ""},
	}
	for _, test := range tests {
		t.Run(test.command+" "+test.text, func(t *testing.T) {
			d := new(desk)
			h := open(t, d, false, func(c *slack.Config) { c.Prefix = test.prefix })
			h.SendCommand(t.Context(), h.CommandPayload(slacktest.UserID("lin"), "D0LIN", test.command, test.text))
			h.settle()
			u := d.last(t)
			if got := u.Content.(bot.Command); got.Name != test.name || got.Args != test.args {
				t.Errorf("the bot heard %+v", got)
			}
			if u.Cause.Platform != "slack" || u.Cause.Team != slacktest.TeamID || u.Cause.User != "U0LIN" || !strings.HasPrefix(u.Cause.Key, "command:") {
				t.Errorf("the cause is %+v", u.Cause)
			}
		})
	}
}

// TestReplay: somebody who overheard a signed request sends it again within its five minutes. It has the same cause, which the engine knows.
func TestReplay(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	press, err := h.Pressed(slacktest.UserID("lin"), reference, "approve", 0, "1700000000.1")
	h.must(err)
	for range 2 {
		h.Interact(t.Context(), press)
	}
	command := h.CommandPayload(slacktest.UserID("lin"), "D0LIN", "requests", "")
	for range 2 {
		h.SendCommand(t.Context(), command)
	}
	keys := map[string]int{}
	for _, u := range d.updates() {
		keys[u.Cause.Key]++
	}
	if len(keys) != 2 {
		t.Errorf("the causes are %v", keys)
	}
	want := "press:" + strings.Split(reference, ":")[1] + ":approve:1700000000.1"
	if keys[want] != 2 {
		t.Errorf("the causes are %v, want %s", keys, want)
	}
	opener := h.CommandPayload(slacktest.UserID("lin"), "D0LIN", "timeoff", "")
	for range 2 {
		if o := h.SendCommand(t.Context(), opener); !o.OK() {
			t.Errorf("%+v", o)
		}
	}
	h.settle()
	if n := len(h.Calls("views.open")); n != 2 || h.Calls("views.open")[1].Error != "exchanged_trigger_id" {
		t.Errorf("views.open: %+v", h.Calls("views.open"))
	}
	if n := len(d.updates()); n != 5 {
		t.Errorf("the bot heard %d updates: a replayed opener is none", n)
	}
}

// TestEventsComeAgain: Slack repeats events until they are taken, and delivers some twice under different ids.
func TestEventsComeAgain(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	broken := true
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		if broken {
			return fmt.Errorf("save: %w", errBroken)
		}
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	event := h.MessageEvent(slacktest.UserID("lin"), "requests")
	all := h.SendEvent(t.Context(), event, nil)
	if len(all) != 4 || all[0].Status != http.StatusServiceUnavailable || all[0].Header.Get("X-Slack-No-Retry") != "" {
		t.Errorf("what is not saved has to come again: %+v", all)
	}
	broken = false
	if all = h.SendEvent(t.Context(), event, nil); len(all) != 1 || !all[0].OK() {
		t.Errorf("%+v", all)
	}
	heard := len(d.updates())
	h.SendEvent(t.Context(), event, nil)
	other := map[string]any{}
	for name, v := range event {
		other[name] = v
	}
	other["event_id"] = "Ev0OTHER"
	if all = h.SendEvent(t.Context(), other, nil); !all[0].OK() {
		t.Errorf("%+v", all)
	}
	if again := len(d.updates()); again != heard {
		t.Errorf("the bot heard it %d times more", again-heard)
	}
	keys := map[string]bool{}
	for _, u := range d.updates() {
		keys[u.Cause.Key] = true
		if c := u.Content.(bot.Said); c.Text != "requests" {
			t.Errorf("%+v", c)
		}
	}
	if len(keys) != 1 {
		t.Errorf("the causes are %v", keys)
	}
	if n := len(h.screen("lin").Private); n != 1 {
		t.Errorf("lin reads %d answers", n)
	}
}

// TestEventTwiceAtOnce: both deliveries of an event arrive in the same moment.
func TestEventTwiceAtOnce(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	inside, goOn := make(chan struct{}, 2), make(chan struct{})
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		inside <- struct{}{}
		<-goOn
		return nil
	}
	event := h.MessageEvent(slacktest.UserID("lin"), "help")
	other := map[string]any{"event_id": "Ev0OTHER"}
	for name, v := range event {
		if other[name] == nil {
			other[name] = v
		}
	}
	var both sync.WaitGroup
	for _, e := range []map[string]any{event, other} {
		both.Go(func() { h.SendEvent(context.Background(), e, nil) })
	}
	<-inside
	close(goOn)
	both.Wait()
	if n := len(d.updates()); n != 1 {
		t.Errorf("the bot heard it %d times", n)
	}
}

// TestNotForUs: what the bot itself wrote comes back as an event, and so does much else.
func TestNotForUs(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	_, err := h.chat.Check(t.Context())
	h.must(err)
	for name, change := range map[string]func(e map[string]any){
		"our own":            func(e map[string]any) { e["bot_id"] = slacktest.BotID },
		"our own user":       func(e map[string]any) { e["user"] = slacktest.BotUser },
		"an edit":            func(e map[string]any) { e["subtype"] = "message_changed"; delete(e, "user") },
		"a deletion":         func(e map[string]any) { e["subtype"] = "message_deleted" },
		"a channel's":        func(e map[string]any) { e["channel_type"] = "channel" },
		"nobody's":           func(e map[string]any) { delete(e, "user") },
		"empty":              func(e map[string]any) { e["text"] = "  " },
		"the messages tab":   func(e map[string]any) { e["type"], e["tab"] = "app_home_opened", "messages" },
		"a kind of tomorrow": func(e map[string]any) { e["type"] = "of_tomorrow" },
	} {
		event := h.MessageEvent(slacktest.UserID("lin"), "help")
		change(event["event"].(map[string]any))
		if all := h.SendEvent(t.Context(), event, nil); len(all) != 1 || !all[0].OK() {
			t.Errorf("%s: %+v", name, all)
		}
	}
	if n := len(d.updates()); n != 0 {
		t.Errorf("the bot heard %+v", d.updates())
	}
}

// TestFarTooLong: what nobody could send is answered all the same.
func TestFarTooLong(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", strings.Repeat("很", 50_000)))
	if said := d.last(t).Content.(bot.Said); utf8.RuneCountInString(said.Text) != 4000 || !h.screen("lin").Says("heard") {
		t.Errorf("the bot heard %d characters", utf8.RuneCountInString(said.Text))
	}
}

// TestSaid: a line is what was typed; what a keyboard makes of a slash is one.
func TestSaid(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	for typed, want := range map[string]bot.Content{" Friday off,  a < b & c ": bot.Said{Text: "Friday off,  a < b & c"}, "help": bot.Said{Text: "help"},
		"／leave 年假": bot.Command{Name: "leave", Args: "年假"}, "link ABC": bot.Said{Text: "link ABC"}} {
		h.must(h.Type(t.Context(), "lin", typed))
		if got := d.last(t).Content; !reflect.DeepEqual(got, want) {
			t.Errorf("%q was heard as %#v", typed, got)
		}
	}
}

// TestStranger: somebody from another workspace presses a button in a shared channel. Their cause carries their own team, in which nobody is bound.
func TestStranger(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	h.Add(slacktest.User{ID: "U0LIN", Team: "T0OTHER", Name: "lin"})
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	h.must(h.Press(t.Context(), "lin", reference, "approve", 1))
	if u := d.last(t); u.Cause.Team != "T0OTHER" || u.Cause.User != "U0LIN" {
		t.Errorf("the cause is %+v", u.Cause)
	}
	h.must(h.Type(t.Context(), "lin", "approvals"))
	if u := d.last(t); u.Cause.Team != "T0OTHER" {
		t.Errorf("the cause is %+v", u.Cause)
	}
}

func TestForeignButton(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	card := sample()
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", card))
	h.must(err)
	p, err := h.Pressed(slacktest.UserID("lin"), reference, "approve", 0, "1.1")
	h.must(err)
	p["actions"].([]any)[0].(map[string]any)["value"] = "approve_LV-7"
	if o := h.Interact(t.Context(), p); !o.OK() || len(d.updates()) != 0 {
		t.Errorf("%+v %+v", o, d.updates())
	}
	if !h.screen("lin").Says("can no longer be used") {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

// TestNotSaved: the database is away. A press is told so and acknowledged, since it does not come again; if even that cannot be told, Slack tells it.
func TestNotSaved(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	d.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		_ = r.Tell(ctx, bot.Message{Text: "Not saved, try again.", Tone: workflows.Warn})
		return errBroken
	}
	h.must(h.Press(t.Context(), "lin", reference, "approve", 1))
	if !h.screen("lin").Says("Not saved, try again.") {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
	h.Next("response_url", slacktest.Fault{Status: 500})
	h.Next("chat.postEphemeral", slacktest.Fault{Status: 500})
	if err := h.Press(t.Context(), "lin", reference, "approve", 1); err == nil {
		t.Error("a press that was neither saved nor told is acknowledged")
	}
	if !h.screen("lin").Says("This app is not responding") {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

// TestPanic: a fault in the bot ends one answer, not the program.
func TestPanic(t *testing.T) {
	d := &desk{answer: func(context.Context, bot.Update, bot.Reply) error { panic("oh") }}
	h := open(t, d, false, nil)
	if o := h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "requests", "")); o.OK() {
		t.Error("it is acknowledged")
	}
	h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "timeoff", ""))
	h.settle()
	d.answer = nil
	h.must(h.Type(t.Context(), "lin", "/requests"))
}

// TestSpelling: a command is written as it is typed on Slack, wherever bot or its sender writes: Slack's own /leave would leave the channel.
func TestSpelling(t *testing.T) {
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		spell := bot.Spelling(r)
		return r.Tell(ctx, bot.Message{Text: spell("leave") + " " + spell("requests") + " " + spell("help")})
	}}
	h := open(t, d, false, func(c *slack.Config) { c.Prefix = "acme-" })
	h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "acme-nod", "x"))
	h.must(h.OpenHome(t.Context(), "lin"))
	h.settle()
	for _, text := range []string{h.screen("lin").String(), h.Home("lin").Text} {
		if !strings.Contains(text, "/acme-timeoff /acme-requests /acme-nod help") {
			t.Errorf("lin reads\n%s", text)
		}
	}
	d.answer = opening(func(ctx context.Context, u bot.Update, r bot.Reply) error {
		return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: bot.Spelling(r)("leave")}))
	}).answer
	h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "acme-timeoff", ""))
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if s := h.screen("lin"); !s.Says("/acme-timeoff") {
		t.Errorf("after a form lin reads\n%s", s)
	}
	if got := bot.Spelling(h.chat)("away"); got != "/acme-nod away" {
		t.Errorf("notices spell it %s", got)
	}
}

// unread fails the test when somebody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("a stranger's body was read")
	return 0, errors.New("unread")
}

// TestStrangersBodyIsNotRead: whoever brings no signature, none that could be one, or an old one is refused by that alone.
func TestStrangersBodyIsNotRead(t *testing.T) {
	h := open(t, new(desk), false, nil)
	now := h.clock.now()
	with := func(name, value string) http.Header {
		header := slacktest.Sign(slacktest.SigningSecret, now, nil)
		header.Set(name, value)
		return header
	}
	for name, header := range map[string]http.Header{
		"no headers":            {},
		"no signature":          with("X-Slack-Signature", ""),
		"half a signature":      with("X-Slack-Signature", "v0=abcd"),
		"no time":               with("X-Slack-Request-Timestamp", ""),
		"a time that is none":   with("X-Slack-Request-Timestamp", "soon"),
		"an old time":           with("X-Slack-Request-Timestamp", fmt.Sprint(now.Unix()-301)),
		"a time to come":        with("X-Slack-Request-Timestamp", fmt.Sprint(now.Unix()+301)),
		"an old one of Slack's": slacktest.Sign(slacktest.SigningSecret, now.Add(-time.Hour), nil),
	} {
		for _, path := range []string{"/slack/commands", "/slack/interactions", "/slack/events"} {
			r := httptest.NewRequest("POST", path, unread{t})
			r.Header = header
			w := httptest.NewRecorder()
			h.chat.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", path, name, w.Code)
			}
		}
	}
}

// TestUploadsOfStrangers: somebody who knows the address, but not the secret, opens more uploads than there is room for. They hold no more than the bound,
// Slack's own requests get through meanwhile, and also once there was no room at all.
func TestUploadsOfStrangers(t *testing.T) {
	bodies := &chat.Bodies{Most: 256 << 10, Patience: time.Hour}
	h := open(t, new(desk), false, func(c *slack.Config) { c.Bodies = bodies })
	server := httptest.NewServer(h.chat.Handler())
	t.Cleanup(server.Close)
	begin := func(size int) net.Conn {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		h.must(err)
		t.Cleanup(func() { conn.Close() })
		_, err = fmt.Fprintf(conn, "POST /slack/events HTTP/1.1\r\nHost: nod\r\nContent-Length: 1000000\r\nX-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%064d\r\n\r\n%s",
			h.clock.now().Unix(), 0, strings.Repeat("x", size))
		h.must(err)
		return conn
	}
	fill := func(size int, room int64, most int) (open []net.Conn) {
		before := bodies.Held()
		for i := range 50 {
			conn := begin(size)
			if i < most {
				open = append(open, conn)
				bottest.Eventually(t, "it is held", func() bool { return bodies.Held() == before+int64(i+1)*room })
				continue
			}
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			h.must(err)
			if r.Body.Close(); r.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("upload %d was answered %d", i, r.StatusCode)
			}
		}
		return open
	}
	large := fill(60_000, 64<<10, 2) // as much as large ones may hold
	h.must(h.Type(t.Context(), "lin", "/requests"))
	small := fill(20_000, 32<<10, 4) // all that is left
	if bodies.Held() != bodies.Most {
		t.Errorf("%d bytes are held", bodies.Held())
	}
	for _, conn := range append(large, small...) {
		conn.Close()
	}
	bottest.Eventually(t, "they are gone", func() bool { return bodies.Held() == 0 })
	h.must(h.Type(t.Context(), "lin", "/requests"))
	h.settle()
	if s := h.screen("lin"); len(s.Private) != 2 {
		t.Errorf("lin reads\n%s", s)
	}
}
