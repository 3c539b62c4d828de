package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// push sends a body to the webhook and gives the status.
func (s *stage) push(secrets []string, method string, body []byte) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.hookURL, bytes.NewReader(body))
	s.must(err)
	for _, value := range secrets {
		r.Header.Add("X-Telegram-Bot-Api-Secret-Token", value)
	}
	resp, err := http.DefaultClient.Do(r)
	s.must(err)
	defer resp.Body.Close()
	return resp.StatusCode
}

func written(id int, user int64, text string) []byte {
	return fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":7,"date":1,"from":{"id":%d,"is_bot":false,"first_name":"L"},"chat":{"id":%d,"type":"private"},"text":%q}}`, id, user, user, text)
}

// Mallory finds the webhook's address and sends an update in Lin's name. She does not know the secret, and nothing happens.
func TestWebhookSecret(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	forged := written(1, telegramtest.UserID("lin"), "/leave")
	for name, secrets := range map[string][]string{"none": nil, "empty": {""}, "wrong": {"b-secret_Token"}, "short": {"a"}, "longer": {secret + "x"}, "two": {"x", secret}, "the same twice": {secret, secret}} {
		if status := s.push(secrets, http.MethodPost, forged); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	if heard := s.bot.updates(); len(heard) > 0 {
		t.Errorf("the bot heard %v", heard)
	}
	if status := s.push([]string{secret}, http.MethodGet, nil); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", status)
	}
	if status := s.push([]string{secret}, http.MethodPost, bytes.Repeat([]byte(" "), 1<<20+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", status)
	}
	if status := s.push([]string{secret}, http.MethodPost, []byte(`{"no":"update"}`)); status != http.StatusOK {
		t.Errorf("what can never be read must not come again: %d", status)
	}
	if status := s.push([]string{secret}, http.MethodPost, forged); status != http.StatusOK || len(s.bot.updates()) != 1 {
		t.Errorf("the right secret: %d, heard %v", status, s.bot.updates())
	}
	s.quiet()
}

func TestWebhookWithoutSecretRefusesAll(t *testing.T) {
	chat, err := telegram.New(telegram.Config{Token: telegramtest.Token, APIURL: "http://127.0.0.1:1", Words: words(t)})
	if err != nil {
		t.Fatal(err)
	}
	w := newRecorder()
	r, _ := http.NewRequest(http.MethodPost, "/telegram", bytes.NewReader(written(1, 5, "/leave")))
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", "")
	chat.Webhook().ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("answered %d", w.Code)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	for _, c := range []telegram.Config{{Token: ""}, {Token: "abc"}, {Token: "x:y"}, {Token: telegramtest.Token, Secret: "no spaces"}, {Token: telegramtest.Token, Secret: strings.Repeat("a", 257)}} {
		if _, err := telegram.New(c); err == nil || c.Token != "" && strings.Contains(err.Error(), c.Token) {
			t.Errorf("%+v: %v", c.Secret, err)
		}
	}
}

func TestRepeatedUpdateIsOne(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	body := written(42, telegramtest.UserID("lin"), "/leave annual")
	var together sync.WaitGroup
	for range 5 {
		together.Go(func() {
			if status := s.push([]string{secret}, http.MethodPost, body); status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
		})
	}
	together.Wait()
	heard := s.bot.updates()
	if len(heard) != 1 || heard[0].Cause.Key != fmt.Sprintf("%d:42", telegramtest.BotID) {
		t.Errorf("heard %+v", heard)
	}
}

// A client that was closed before its answer came sends the press again, later and under a new id (tdlib/telegram-bot-api#699). Both reach the bot as causes of
// their own, and the state says the second time what has been decided.
func TestPressSentAgainUnderANewID(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	decided := false
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		if decided {
			return r.Tell(ctx, bot.Message{Text: "Nothing has changed: LV-7 was already approved by Zhou Kai.", Tone: workflows.Warn})
		}
		decided = true
		return r.Tell(ctx, bot.Message{Text: "You approved LV-7.", Tone: workflows.Good})
	}
	reference := s.post("lin", card("LV-7"))
	for range 2 {
		s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
	}
	heard := s.bot.updates()
	if len(heard) != 2 || heard[0].Cause.Key == heard[1].Cause.Key {
		t.Fatalf("heard %+v", heard)
	}
	toasts := s.server.Toasts("lin")
	if len(toasts) != 2 || toasts[0].Alert || !toasts[1].Alert || !strings.Contains(toasts[1].Text, "already approved") {
		t.Errorf("toasts: %+v", toasts)
	}
	s.answered()
}

// I1: an update that was being handled when the program was killed was not acknowledged, and comes again.
func TestI1KilledInTheMiddle(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, still, telegramtest.Options{}, func(c *telegram.Config) { c.Times.Webhook = 20 * time.Millisecond })
			entered, dead := make(chan struct{}), make(chan struct{})
			first := true
			s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
				if first {
					first = false
					close(entered)
					<-dead // killed: nothing is stored, nothing is answered
					return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
				}
				return r.Tell(ctx, bot.Message{Text: "heard"})
			}
			ctx, kill := context.WithCancel(t.Context())
			killed, err := telegram.New(s.config)
			s.must(err)
			var running sync.WaitGroup
			var hook *hookServer
			if m == polling {
				running.Go(func() { _ = killed.RunPolling(ctx) })
			} else {
				hook = newHook(killed.Webhook())
				s.must(killed.SetWebhook(ctx, hook.URL))
			}
			u := s.server.Say("lin", "/requests")
			<-entered
			kill()
			select {
			case <-u.Done():
				t.Fatal("it was acknowledged before it was handled")
			default:
			}
			if n := s.server.Pending(); n != 1 {
				t.Fatalf("%d updates wait, want 1", n)
			}
			s.chat = s.start(m) // another program
			s.driver = telegramtest.NewDriver(s.server, s.chat)
			s.must(s.driver.Taken(t.Context(), u))
			if n := len(s.bot.updates()); n != 2 {
				t.Errorf("it was handed over %d times, want once before the kill and once after", n)
			}
			close(dead)
			running.Wait()
			if hook != nil {
				hook.Close()
			}
		})
	}
}

// Chats do not wait for one another, and one chat's updates stay in order. The offset stands before the first that is not done.
func TestOrderAndPrefix(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, m, telegramtest.Options{}, nil)
			hold, entered := make(chan struct{}), make(chan struct{})
			s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
				if u.Content.(bot.Command).Name == "first" {
					close(entered)
					<-hold
				}
				return r.Tell(ctx, bot.Message{Text: "heard " + u.Content.(bot.Command).Name})
			}
			a := s.server.Say("lin", "/first")
			<-entered
			b := s.server.Say("lin", "/second")
			c := s.server.Say("mallory", "/other")
			s.see("mallory", "an answer though Lin's is stuck", func(x bottest.Screen) bool { return x.Says("heard other") })
			if s.screen("lin").Says("heard second") {
				t.Error("the second was handled before the first")
			}
			select {
			case <-a.Done():
				t.Error("the first was acknowledged before it was done")
			case <-b.Done():
				t.Error("the second was acknowledged before the first")
			default:
			}
			close(hold)
			for _, u := range []*telegramtest.Update{a, b, c} {
				s.must(s.driver.Taken(t.Context(), u))
			}
			var names []string
			for _, u := range s.bot.updates() {
				if u.Cause.User == s.driver.Address("lin").User {
					names = append(names, u.Content.(bot.Command).Name)
				}
			}
			if !slices.Equal(names, []string{"first", "second"}) {
				t.Errorf("Lin's updates were handled as %v", names)
			}
		})
	}
}

// A program that is stopped ends what it has begun and acknowledges it: whoever polls next does not get it again.
func TestStoppingAcknowledges(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	entered, hold := make(chan struct{}), make(chan struct{})
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		close(entered)
		<-hold
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.chat.RunPolling(ctx) }()
	u := s.server.Say("lin", "/requests")
	<-entered
	stop()
	close(hold)
	s.must(<-ended)
	s.must(s.driver.Taken(t.Context(), u))
	if n := s.server.Pending(); n != 0 || !s.screen("lin").Says("heard") {
		t.Errorf("%d updates wait; Lin sees\n%s", n, s.screen("lin"))
	}
}

// A button of a message that Telegram itself has forgotten the content of still says what it means.
func TestButtonOfAnInaccessibleMessage(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	id := telegramtest.UserID("lin")
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "callback_query", raw(fmt.Sprintf(
		`{"id":"5","from":{"id":%d,"is_bot":false,"first_name":"L"},"message":{"message_id":3,"date":0,"chat":{"id":%d,"type":"private"}},
			"data":"2|approve|%s|%s"}`, id, id, packed, digest)))))
	want := bot.Press{Action: bot.Action{Name: "approve", Subject: subject, Digest: digest}}
	if heard := s.bot.updates(); len(heard) != 1 || heard[0].Content != bot.Content(want) {
		t.Errorf("heard %+v", heard)
	}
}

// After three failures an update is dead: it is kept for the administrator, its sender is told, and it counts as handled.
func TestPoison(t *testing.T) {
	for name, fault := range map[string]func(ctx context.Context, r bot.Reply) error{
		"a panic": func(context.Context, bot.Reply) error { panic("poison " + telegramtest.Token[:5]) },
		"not saved": func(ctx context.Context, r bot.Reply) error {
			_ = r.Tell(ctx, bot.Message{Text: "Not saved; please try again in a minute.", Tone: workflows.Warn})
			return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, polling, telegramtest.Options{}, nil)
			s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
				if u.Content.(bot.Command).Name == "poison" {
					return fault(ctx, r)
				}
				return r.Tell(ctx, bot.Message{Text: "well"})
			}
			s.must(s.driver.Type(t.Context(), "lin", "/poison"))
			s.must(s.driver.Type(t.Context(), "lin", "/requests"))
			if n := len(s.bot.updates()); n != 4 {
				t.Errorf("the bot heard %d updates, want three tries and the next one", n)
			}
			if dead := s.unhandled.all(); len(dead) != 1 {
				t.Errorf("kept: %v", dead)
			}
			screen := s.screen("lin")
			if len(screen.Private) != 2 || !strings.Contains(screen.Private[0].Text, "try again in a minute") || !screen.Says("well") {
				t.Errorf("the sender reads\n%s", screen)
			}
		})
	}
}

// I1: a press that was given up is handed in again. While it fails it is nobody's but the administrator's, who hears why; when it succeeds
// it decides, once, and its presser reads so, though the button spins no more. That the program knows the update stops nothing.
func TestI1GivenUpPressIsHandedInAgain(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	mended := false
	s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		switch {
		case mended:
			return r.Tell(ctx, bot.Message{Text: "Approved."})
		case len(s.bot.updates()) > 3: // by then it is another fault
			_ = r.Tell(ctx, bot.Message{Text: "Not saved.", Tone: workflows.Warn})
			return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
		}
		panic("poison")
	}
	s.must(s.driver.Press(t.Context(), "lin", s.post("lin", card("LV-7")), "approve", 1))
	if len(s.unhandled.bodies) != 1 || !strings.Contains(s.unhandled.why[0], "poison") {
		t.Fatalf("kept: %v", s.unhandled.why)
	}
	before := s.screen("lin")
	err := s.chat.Retry(t.Context(), s.unhandled.bodies[0])
	if !errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) {
		t.Errorf("it failed again by %v", err)
	}
	if after := s.screen("lin"); len(after.Private) != len(before.Private) || after.Says("Not saved") || len(s.unhandled.all()) != 1 {
		t.Errorf("of another failure Lin hears\n%s", after)
	}
	mended = true
	s.must(s.chat.Retry(t.Context(), s.unhandled.bodies[0]))
	heard := s.bot.updates()
	if press, ok := heard[len(heard)-1].Content.(bot.Press); !ok || press.Action.Name != "approve" || len(heard) != 5 || heard[4].Cause != heard[0].Cause {
		t.Errorf("heard %+v", heard)
	}
	if screen := s.screen("lin"); !screen.Says("Approved.") {
		t.Errorf("Lin does not read that it was decided:\n%s", screen)
	}
	for _, body := range []string{"no JSON", `{"update_id":9,"message":{"message_id":"x"}}`} {
		if s.chat.Retry(t.Context(), []byte(body)) == nil {
			t.Errorf("%s was handled", body)
		}
	}
}

// I1: an update that nobody could be told of and that could not be kept comes again, until the database is back.
func TestI1NeitherToldNorKept(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	s.unhandled.down = true
	tries := 0
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		if tries++; tries > 3 {
			return r.Tell(ctx, bot.Message{Text: "well"})
		}
		return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
	}
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true}) // that it failed
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true}) // the answer to the next try
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	if screen := s.screen("lin"); tries != 5 || !screen.Says("well") || len(s.unhandled.all()) > 0 {
		t.Errorf("after %d tries Lin reads\n%s", tries, screen)
	}
}

// A press that was not saved is told and acknowledged: it is its sender who decides to press again.
func TestPressNotSavedIsToldOnce(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		_ = r.Tell(ctx, bot.Message{Text: "Not saved.", Tone: workflows.Warn})
		return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
	}
	reference := s.post("lin", card("LV-7"))
	s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
	if n := len(s.bot.updates()); n != 1 {
		t.Errorf("handed over %d times", n)
	}
	if toasts := s.server.Toasts("lin"); len(toasts) != 1 || !toasts[0].Alert {
		t.Errorf("toasts: %+v", toasts)
	}
	if dead := s.unhandled.all(); len(dead) > 0 {
		t.Errorf("kept: %v", dead)
	}
}

// tooOld is what Telegram says of a press that was answered too late.
var tooOld = telegramtest.Fault{Status: 400, Description: "Bad Request: query is too old and response timeout expired or query ID is invalid"}

// I1: the database is away, the toast of a press comes too late, and Telegram does not take the message in its place. The press is not acknowledged as long
// as its sender knows nothing of it and it is not kept; it is tried again, and then it counts or they are told.
func TestI1PressNeitherSavedNorTold(t *testing.T) {
	for _, mode := range []mode{polling, webhook} {
		for name, c := range map[string]struct {
			refused int // messages that Telegram does not take
			away    int // tries for which the database is away
			kept    bool
			reads   string
		}{
			"one message is refused, the database is back":         {1, 1, false, "You approved LV-7."},
			"one message is refused, the database is away":         {1, 99, false, "Not saved."},
			"all messages are refused, and the press is kept":      {99, 99, true, ""},
			"nothing works for a while, and the press comes again": {4, 3, false, "You approved LV-7."},
		} {
			s := newStage(t, mode, telegramtest.Options{}, nil)
			s.unhandled.down = !c.kept
			tries := 0
			s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
				if tries++; tries > c.away {
					return r.Tell(ctx, bot.Message{Text: "You approved LV-7."})
				}
				_ = r.Tell(ctx, bot.Message{Text: "Not saved.", Tone: workflows.Warn})
				return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
			}
			reference := s.post("lin", card("LV-7"))
			for range 20 {
				s.server.Fail("answerCallbackQuery", tooOld)
			}
			for range c.refused {
				s.server.Fail("sendMessage", telegramtest.Fault{HTML: true})
			}
			s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
			if screen := s.screen("lin"); c.reads != "" && !screen.Says(c.reads) {
				t.Errorf("%s: after %d tries Lin reads\n%s", name, tries, screen)
			}
			if kept := len(s.unhandled.all()); (kept == 1) != c.kept {
				t.Errorf("%s: %d are kept for the administrator", name, kept)
			}
		}
	}
}

// I1: a refusal that could not be told is told when the press is tried again.
func TestI1RefusalOfAPressIsTold(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		_ = r.Tell(ctx, bot.Message{Text: "This request is not yours to decide.", Tone: workflows.Warn})
		return nil
	}
	reference := s.post("lin", card("LV-7"))
	s.server.Fail("answerCallbackQuery", tooOld)
	s.server.Fail("sendMessage", telegramtest.Fault{HTML: true})
	s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
	if !s.screen("lin").Says("not yours to decide") || len(s.unhandled.all()) > 0 {
		t.Errorf("Lin reads\n%s", s.screen("lin"))
	}
}

// In a group all anonymous administrators are one user, and everybody reads along: nothing is decided there.
func TestGroupsAreNotForDecisions(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	const group = -500
	s.server.AddGroup(telegramtest.Group{ID: group, Title: "All"})
	for _, text := range []string{"/leave", "/leave@some_other_bot", "hello", "/leave@nod_test_bot now"} {
		s.must(s.driver.Taken(t.Context(), s.server.SayIn(group, "lin", text)))
	}
	pressed := `{"id":"99","from":{"id":%d,"is_bot":false,"first_name":"L"},"data":"2|approve|%s|%s",
		"message":{"message_id":3,"date":1,"chat":{"id":%d,"type":"group"}}}`
	for _, chat := range []int64{group, telegramtest.UserID("mallory")} { // a group; a private chat that is not the presser's
		body := fmt.Sprintf(pressed, telegramtest.UserID("lin"), packed, digest, chat)
		s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "callback_query", raw(body))))
	}
	if heard := s.bot.updates(); len(heard) > 0 {
		t.Errorf("the bot heard %+v", heard)
	}
	messages := s.server.Messages(group)
	var said []string
	for _, m := range messages {
		if m.From == telegramtest.BotID {
			said = append(said, m.Text)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], "t.me/nod_test_bot") || !strings.Contains(said[0], "私聊") {
		t.Errorf("in the group it said %q", said)
	}
	if n := len(s.server.Calls("answerCallbackQuery")); n != 2 {
		t.Errorf("%d presses were answered, want both", n)
	}
}

func TestWhatIsNotForUsIsAcknowledged(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	for kind, content := range map[string]string{
		"poll":             `{"id":"1"}`,
		"message_reaction": `{"new_reaction":[{"type":"something new"}]}`,
		"edited_message":   `{"message_id":1,"chat":{"id":1,"type":"private"},"text":"/leave"}`,
		"channel_post":     `{"message_id":1,"chat":{"id":-1001,"type":"channel"},"text":"/leave"}`,
		"message":          `{"message_id":1,"from":{"id":5,"is_bot":true,"first_name":"b"},"chat":{"id":5,"type":"private"},"text":"/leave"}`,
	} {
		s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", kind, raw(content))))
	}
	if heard := s.bot.updates(); len(heard) > 0 {
		t.Errorf("the bot heard %+v", heard)
	}
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "message", raw(`{"message_id":"not a number"}`))))
	if dead := s.unhandled.all(); len(dead) != 1 {
		t.Errorf("what cannot be read is kept for the administrator: %v", dead)
	}
	id := telegramtest.UserID("lin")
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "message", raw(fmt.Sprintf(`{"message_id":1,"from":{"id":%d,"is_bot":false,"first_name":"l"},"chat":{"id":%d,"type":"private"},"photo":[{"file_id":"a"}]}`, id, id)))))
	heard := s.bot.updates()
	if len(heard) != 1 || len(heard[0].Content.(bot.Said).Uploads) != 1 {
		t.Errorf("a picture is heard as %+v", heard)
	}
}

func TestEveryPressIsAnswered(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	reference := s.post("lin", card("LV-7"))
	message := atoi(t, reference)
	whole := "2|approve|" + packed + "|" + digest
	for _, data := range []string{
		whole, "2|approve|LV-7|" + digest, "2|approve|" + packed + "|3", "2|approve|" + packed + "x|" + digest, "0|approve", "3" + whole[1:],
		"2", "2|", "|", "", "approve", whole + "|q", whole + "|o|c|d", "2|.send|nobody", "2|.set|nobody|type|annual", "2|.unknown|x", "2|.nop|x",
		"2|.set|a|b|c|d", strings.Repeat("x", 64), "\x00\x01",
	} {
		u, err := s.server.Tap("lin", message, data)
		s.must(err)
		s.must(s.driver.Taken(t.Context(), u))
	}
	s.answered()
	for _, u := range s.bot.updates() {
		if p, ok := u.Content.(bot.Press); !ok || p.Action.Name != "approve" || p.Action.Subject != subject || p.Action.Digest != digest {
			t.Errorf("the bot heard %#v", u.Content)
		}
	}
	for _, c := range s.server.Calls("answerCallbackQuery") {
		if !c.OK {
			t.Errorf("an answer was refused: %v", c.Params)
		}
	}
}

// A button from when a number named a request does nothing any more: its presser hears where to look, in their language.
func TestButtonsOfAnOlderVersion(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	for user, want := range map[string]string{"lin": "/requests lists yours", "zhou": "输入 /requests 查看"} {
		if user == "zhou" {
			s.people.set(s.driver.Address(user).User, workflows.Person{ID: 3, Name: "周凯", Language: "zh", Active: true})
		}
		message := atoi(t, s.post(user, card("LV-7")))
		for n, data := range []string{"1|approve|LV-7|3", "1|reject|LV-7|3|o", "1|show|LV-7||o", "1|command|||o|leave",
			"1|.send|ROR1HtSP", "1|.set|ROR1HtSP|type|annual"} {
			u, err := s.server.Tap(user, message, data)
			s.must(err)
			s.must(s.driver.Taken(t.Context(), u))
			if toasts := s.server.Toasts(user); len(toasts) != n+1 || !toasts[n].Alert || !strings.Contains(toasts[n].Text, want) {
				t.Errorf("%s is told for %s: %+v", user, data, toasts)
			}
		}
	}
	if heard := s.bot.updates(); len(heard) > 0 {
		t.Errorf("the bot heard %+v", heard)
	}
	s.answered()
}

// A press is answered in good time even if the bot is not done: the button stops spinning, and the outcome comes as a message.
func TestSlowPressIsAnsweredBeforeTheOutcome(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, func(c *telegram.Config) { c.Times.Answer = time.Millisecond })
	reference := s.post("lin", card("LV-7"))
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		s.see("lin", "its button stop", func(bottest.Screen) bool {
			return len(s.server.Unanswered()) == 0 && len(s.server.Calls("answerCallbackQuery")) == 1
		})
		return r.Tell(ctx, bot.Message{Text: "You approved LV-7."})
	}
	s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
	screen := s.screen("lin")
	if len(s.server.Toasts("lin")) != 0 || !screen.Says("You approved LV-7.") {
		t.Errorf("Lin sees\n%s", screen)
	}
	if n := len(s.server.Calls("answerCallbackQuery")); n != 1 {
		t.Errorf("answered %d times", n)
	}
}

// "query is too old" is no fault: the words come as a message instead, and the dialogue goes on (Studio-Yandex-Practicum/you_can_bot#171).
func TestTooOldQuery(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	reference := s.post("lin", card("LV-7"))
	s.server.Fail("answerCallbackQuery", tooOld)
	s.must(s.driver.Press(t.Context(), "lin", reference, "approve", 1))
	if !s.screen("lin").Says("heard") {
		t.Error("the answer is lost")
	}
}

func TestCommandsAsTheyAreTyped(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	for typed, want := range map[string]bot.Content{
		"/leave":                      bot.Command{Name: "leave"},
		"/leave@nod_test_bot annual":  bot.Command{Name: "leave", Args: "annual"},
		"／leave 年假":                   bot.Command{Name: "leave", Args: "年假"},
		"/LEAVE\n annual\n2026-12-01": bot.Command{Name: "leave", Args: "annual\n2026-12-01"},
		"/请假 年假":                      bot.Command{Name: "请假", Args: "年假"},
		"/requests　LV-7":              bot.Command{Name: "requests", Args: "LV-7"},
		"/start":                      bot.Command{Name: "help"},
		"/start@nod_test_bot":         bot.Command{Name: "help"},
		"help":                        bot.Said{Text: "help"},
		" Friday off,  please ":       bot.Said{Text: "Friday off,  please"},
	} {
		s.must(s.driver.Type(t.Context(), "lin", typed))
		heard := s.bot.updates()
		if got := heard[len(heard)-1].Content; !reflect.DeepEqual(got, want) {
			t.Errorf("%q was heard as %#v, want %#v", typed, got, want)
		}
	}
}

// Whoever opens the link with their code is bound by the bot's own command. From then on they are written to in their language.
func TestStartBringsTheCode(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	user := s.driver.Address("newcomer").User
	s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		c := u.Content.(bot.Command)
		if c.Name == "link" {
			s.people.set(user, workflows.Person{ID: 9, Name: "林小雨", Language: "zh", Active: true})
			return r.Tell(ctx, bot.Message{Text: "linked"})
		}
		return r.Open(ctx, bot.Form{Title: "f", Nonce: c.Name, Fields: []bot.FormField{{Name: "x", Label: "x", Required: true}}})
	}
	s.must(s.driver.Type(t.Context(), "newcomer", "/leave"))
	if form := s.screen("newcomer").Form; !strings.Contains(form.Text, "Type your answer.") {
		t.Errorf("a stranger reads\n%s", form.Text)
	}
	s.must(s.driver.Type(t.Context(), "newcomer", "/start AbC_9-x"))
	heard := s.bot.updates()
	if got := heard[len(heard)-1]; got.Content != bot.Content(bot.Command{Name: "link", Args: "AbC_9-x"}) || got.Cause.User != user {
		t.Errorf("heard %+v", got)
	}
	s.must(s.driver.Type(t.Context(), "newcomer", "/leave"))
	if form := s.screen("newcomer").Form; !strings.Contains(form.Text, "请直接输入。") {
		t.Errorf("the newcomer reads\n%s", form.Text)
	}
}

// A stranger is written to in the language of their app, which says it as "zh-hans".
func TestStrangersLanguage(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	s.server.Meet("stranger", func(u *telegramtest.User) { u.Language = "zh-hans" })
	s.bot.answer = func(context.Context, bot.Update, bot.Reply) error { panic("poison") }
	s.must(s.driver.Type(t.Context(), "stranger", "/leave"))
	if !s.screen("stranger").Says("系统异常，操作未生效") {
		t.Errorf("the stranger reads\n%s", s.screen("stranger"))
	}
	for _, u := range s.bot.updates() {
		if u.Language != "zh-hans" {
			t.Errorf("the bot hears that their app is in %q", u.Language)
		}
	}
}

type presence struct {
	mu   sync.Mutex
	seen []string
}

func (p *presence) Reachable(_ context.Context, u workflows.ChatUser, reachable bool, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, fmt.Sprint(u, reachable))
	return nil
}

func TestBlockIsHeard(t *testing.T) {
	p := &presence{}
	s := newStage(t, webhook, telegramtest.Options{}, func(c *telegram.Config) { c.Presence = p })
	user := s.driver.Address("lin")
	s.must(s.driver.Taken(t.Context(), s.server.Block("lin", true)))
	s.must(s.driver.Taken(t.Context(), s.server.Block("lin", false)))
	if !slices.Equal(p.seen, []string{fmt.Sprint(user, false), fmt.Sprint(user, true)}) {
		t.Errorf("heard %v", p.seen)
	}
}

// Two programs poll with one token: Telegram ends one's call with 409. It says so, waits and goes on.
func TestTwoPollers(t *testing.T) {
	var mu sync.Mutex
	var waits []time.Duration
	s := newStage(t, polling, telegramtest.Options{}, func(c *telegram.Config) {
		c.Pause = func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, d)
			return ctx.Err()
		}
	})
	other, err := telegram.New(s.config)
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = other.RunPolling(ctx) })
	s.see("lin", "the conflict being noticed", func(bottest.Screen) bool {
		return strings.Contains(s.chat.Status().Fault+other.Status().Fault, "terminated by other getUpdates")
	})
	stop()
	running.Wait()
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	if !strings.Contains(s.log.String(), "another program receives this bot's updates too") {
		t.Error("the log does not name the cause")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(waits) == 0 || waits[0] < time.Second {
		t.Errorf("it waited %v", waits)
	}
	s.quiet()
}

func TestPollingTakesTheWebhookAway(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	s.start(polling)
	s.see("lin", "the webhook being gone", func(bottest.Screen) bool {
		health, err := s.chat.WebhookHealth(t.Context(), s.hookURL)
		return err == nil && strings.HasPrefix(health, "no webhook is set")
	})
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
}

// Telegram's wish to wait is followed while polling, and so are its bad days: 500, a gateway's page, a cut connection.
func TestPollingOutlivesFaults(t *testing.T) {
	var mu sync.Mutex
	var waits []time.Duration
	s := newStage(t, still, telegramtest.Options{}, func(c *telegram.Config) {
		c.Pause = func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, d)
			return ctx.Err()
		}
	})
	for _, f := range []telegramtest.Fault{{Status: 429, RetryAfter: 17, Description: "Too Many Requests: retry after 17"}, {Status: 500, Description: "Internal Server Error"}, {HTML: true}, {DropBefore: true}, {DropAfter: true}} {
		s.server.Fail("getUpdates", f)
	}
	u := s.server.Say("lin", "/requests")
	s.start(polling)
	s.must(s.driver.Taken(t.Context(), u))
	mu.Lock()
	defer mu.Unlock()
	want := []time.Duration{17 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}
	if !slices.Equal(waits, want) {
		t.Errorf("it waited %v, want %v", waits, want)
	}
	if n := len(s.bot.updates()); n != 1 {
		t.Errorf("handed over %d times", n)
	}
	s.quiet()
}

func TestUnknownTokenEndsPolling(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, func(c *telegram.Config) { c.Token = "7000000001:another" })
	err := s.chat.RunPolling(t.Context())
	if err == nil || !strings.Contains(err.Error(), "TELEGRAM_BOT_TOKEN") || strings.Contains(err.Error(), "another") {
		t.Errorf("%v", err)
	}
}

// After a week without updates the next number is random, and may be lower (Bot API, Update).
func TestNumbersMayFall(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	s.server.SkipIDs(1000)
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	if n := len(s.bot.updates()); n != 3 {
		t.Errorf("heard %d updates", n)
	}
}

// Each replica sets the webhook when it starts, but only if it differs: together they would earn a 429 (grafana-cold-storage/oncall#1103).
func TestWebhookIsSetOnce(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{Rates: true}, nil)
	for range 3 {
		s.must(s.chat.SetWebhook(t.Context(), s.hookURL))
	}
	if n := len(s.server.Calls("setWebhook")); n != 1 {
		t.Errorf("set %d times", n)
	}
	health, err := s.chat.WebhookHealth(t.Context(), s.hookURL)
	if err != nil || health != "" {
		t.Errorf("%q, %v", health, err)
	}
	health, err = s.chat.WebhookHealth(t.Context(), "https://nod.example/telegram")
	if err != nil || !strings.Contains(health, "another address") {
		t.Errorf("%q, %v", health, err)
	}
}

// A new secret cannot be seen in what Telegram tells of a webhook, but that it was answered 401 can.
func TestWebhookIsSetAgainAfterASecretChanged(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	config := s.config
	config.Secret = "a-new_Token"
	renewed, err := telegram.New(config)
	s.must(err)
	hook := newHook(renewed.Webhook())
	defer hook.Close()
	s.must(s.chat.SetWebhook(t.Context(), hook.URL)) // still with the old secret
	u := s.server.Say("lin", "/requests")
	s.see("lin", "Telegram noting the 401", func(bottest.Screen) bool {
		health, err := renewed.WebhookHealth(t.Context(), hook.URL)
		return err == nil && strings.Contains(health, "401")
	})
	s.must(renewed.SetWebhook(t.Context(), hook.URL))
	s.must(s.driver.Taken(t.Context(), u))
}

func (s *stage) post(user string, c bot.Card) string {
	s.t.Helper()
	reference, err := s.driver.Sender().Post(s.t.Context(), s.driver.Address(user), deliver.Post{Key: "card-" + c.Number, Card: &c})
	s.must(err)
	return reference
}

func card(number string) bot.Card {
	return bot.Card{Subject: subject, Number: number, Kind: "leave", Revision: 3, Seq: 5, Icon: "🌴", Title: "Annual leave · 3 days",
		Who: "林小雨 Lin Xiaoyu", Status: bot.Status{Text: "Waits for you", Tone: workflows.Wait},
		Lines: []bot.Line{{Label: "Reason", Text: "family", Typed: true}},
		Actions: []bot.Action{
			{Name: "approve", Label: "Approve", Style: workflows.Primary, Number: number, Subject: subject, Digest: digest},
			{Name: "reject", Label: "Reject", Style: workflows.Danger, Number: number, Subject: subject, Digest: digest, Opens: true},
		}}
}

// unread fails the test when somebody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("a stranger's body was read")
	return 0, io.EOF
}

// Nothing that comes without the secret is read, and what comes with it is bounded as all that is received.
func TestWebhookBodies(t *testing.T) {
	bodies := &chat.Bodies{Most: 64 << 10, Patience: 100 * time.Millisecond}
	s := newStage(t, webhook, telegramtest.Options{}, func(c *telegram.Config) { c.Bodies = bodies })
	w := newRecorder()
	r := httptest.NewRequest(http.MethodPost, "/telegram", unread{t})
	s.chat.Webhook().ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("without the secret: %d", w.Code)
	}
	if status := s.push([]string{secret}, http.MethodPost, bytes.Repeat([]byte(" "), 100<<10)); status != http.StatusServiceUnavailable {
		t.Errorf("more than there is room for: %d", status)
	}
	body, end := io.Pipe() // which never comes to its end
	defer end.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.hookURL, body)
	s.must(err)
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	answered, err := http.DefaultClient.Do(r)
	s.must(err)
	answered.Body.Close()
	if answered.StatusCode != http.StatusRequestTimeout {
		t.Errorf("what trickles: %d", answered.StatusCode)
	}
	if held := bodies.Held(); held != 0 {
		t.Errorf("%d bytes are held", held)
	}
}
