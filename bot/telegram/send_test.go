package telegram_test

import (
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

func TestChatsThatAreGone(t *testing.T) {
	for name, change := range map[string]func(*telegramtest.User){
		"blocked":       func(u *telegramtest.User) { u.Blocked = true },
		"deactivated":   func(u *telegramtest.User) { u.Deactivated = true },
		"never started": func(u *telegramtest.User) { u.Started = false },
	} {
		s := newStage(t, still, telegramtest.Options{}, nil)
		reference := s.post("lin", card("LV-7"))
		s.server.Meet("lin", change)
		c := card("LV-8")
		if _, err := s.chat.Post(t.Context(), s.driver.Address("lin"), deliver.Post{Key: "k", Card: &c}); !errors.Is(err, deliver.ErrGone) {
			t.Errorf("%s: post: %v", name, err)
		}
		if err := s.chat.Edit(t.Context(), s.driver.Address("lin"), reference, deliver.Post{Key: "k", Card: &c}); !errors.Is(err, deliver.ErrGone) {
			t.Errorf("%s: edit: %v", name, err)
		}
	}
	s := newStage(t, still, telegramtest.Options{}, nil)
	c := card("LV-8")
	for _, user := range []string{"12345", "not a number", ""} {
		if _, err := s.chat.Post(t.Context(), deliver.Address{Platform: telegram.Platform, User: user}, deliver.Post{Key: "k", Card: &c}); !errors.Is(err, deliver.ErrGone) {
			t.Errorf("chat %q: %v", user, err)
		}
	}
}

// What is known of a send that failed decides whether it is made again: lost only if it may have been carried out.
func TestWhatIsKnownOfAFailedSend(t *testing.T) {
	c := card("LV-8")
	for name, test := range map[string]struct {
		fault telegramtest.Fault
		want  func(error) bool
		sent  int
	}{
		"the answer is lost":            {telegramtest.Fault{DropAfter: true}, isLost, 1},
		"cut before it was carried out": {telegramtest.Fault{DropBefore: true}, isLost, 0}, // nobody can tell the two apart
		"500":                           {telegramtest.Fault{Status: 500, Description: "Internal Server Error"}, isLost, 0},
		"a gateway's page":              {telegramtest.Fault{HTML: true}, isLost, 0},
		"too many requests":             {telegramtest.Fault{Status: 429, Description: "Too Many Requests: retry after 9", RetryAfter: 9}, func(err error) bool { return errors.Is(err, deliver.RetryAfter{Wait: 9 * time.Second}) }, 0},
		"a token that was revoked":      {telegramtest.Fault{Status: 401, Description: "Unauthorized"}, isOnlyFailed, 0},
		"a fault of ours":               {telegramtest.Fault{Status: 400, Description: "Bad Request: can't parse entities: Unclosed start tag at byte offset 3"}, isOnlyFailed, 0},
	} {
		s := newStage(t, still, telegramtest.Options{}, nil)
		to := s.driver.Address("lin")
		s.server.Fail("sendMessage", test.fault)
		_, err := s.chat.Post(t.Context(), to, deliver.Post{Key: "k", Card: &c})
		if !test.want(err) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "AAtest") || strings.Contains(err.Error(), "<html>") {
			t.Errorf("%s: the error holds what it must not: %v", name, err)
		}
		if n := len(s.server.Messages(telegramtest.UserID("lin"))); n != test.sent {
			t.Errorf("%s: %d messages arrived, want %d", name, n, test.sent)
		}
		if _, found, err := s.chat.Find(t.Context(), to, deliver.Post{Key: "k", Card: &c}); found || err != nil {
			t.Errorf("%s: it claims to have found the post: %v", name, err)
		}
		s.quiet()
	}
}

func isLost(err error) bool { return errors.Is(err, deliver.ErrLost) }

func isOnlyFailed(err error) bool {
	return err != nil && !errors.Is(err, deliver.ErrLost) && !errors.Is(err, deliver.ErrGone) && !errors.Is(err, deliver.ErrMissing) && !errors.As(err, new(deliver.RetryAfter))
}

// A server that does not take the connection has surely not sent anything.
func TestRefusedConnectionIsNotLost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := newStage(t, still, telegramtest.Options{}, func(c *telegram.Config) { c.APIURL = "http://" + l.Addr().String() })
	c := card("LV-8")
	if _, err := s.chat.Post(t.Context(), s.driver.Address("lin"), deliver.Post{Key: "k", Card: &c}); !isOnlyFailed(err) || strings.Contains(err.Error(), "AAtest") {
		t.Errorf("%v", err)
	}
	if _, err := s.chat.Check(t.Context()); err == nil || strings.Contains(err.Error(), "AAtest") {
		t.Errorf("%v", err)
	}
}

// While Telegram asks for quiet in a chat, nothing is tried there: that would only earn more of it. Other chats are written to, until it asks so in a second
// chat: then it means all of them. Another replica that has the same pacer keeps to it as well.
func TestTooManyRequestsIsHonoured(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	c := card("LV-8")
	post := func(user string) error {
		_, err := s.chat.Post(t.Context(), s.driver.Address(user), deliver.Post{Key: "k", Card: &c})
		return err
	}
	refused := telegramtest.Fault{Status: 429, Description: "Too Many Requests: retry after 9", RetryAfter: 9}
	s.server.Fail("sendMessage", refused)
	if err := post("lin"); !errors.Is(err, deliver.RetryAfter{Wait: 9 * time.Second}) {
		t.Fatalf("%v", err)
	}
	other := s.start(still)
	var notYet deliver.NotYet
	if err := other.Edit(t.Context(), s.driver.Address("lin"), "1", deliver.Post{Key: "k", Card: &c}); !errors.As(err, &notYet) || notYet.Wide || notYet.Wait < 8*time.Second {
		t.Errorf("another replica, meanwhile: %v", err)
	}
	for range 3 {
		if err := post("lin"); !errors.As(err, new(deliver.NotYet)) {
			t.Errorf("%v", err)
		}
	}
	s.must(post("mallory"))
	s.server.Fail("sendMessage", refused)
	if err := post("zhou"); !errors.As(err, new(deliver.RetryAfter)) {
		t.Fatalf("%v", err)
	}
	if err := post("mallory"); !errors.As(err, &notYet) || !notYet.Wide {
		t.Errorf("two chats were refused, and a third is tried: %v", err)
	}
	if n := len(s.server.Calls("sendMessage")); n != 1 {
		t.Errorf("%d calls that were not refused, want mallory's one", n)
	}
	s.must(s.clock.pause(t.Context(), 10*time.Second))
	s.must(post("lin"))
}

// The outbox keeps to Telegram's rates: in a chat, where edits count as messages do, in a group, and in all.
func TestPacing(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	s.server.AddGroup(telegramtest.Group{ID: -1005, Super: true})
	c := card("LV-8")
	began := s.clock.now()
	reference := s.post("lin", c)
	for i := range 10 {
		c.Seq = i
		s.must(s.chat.Edit(t.Context(), s.driver.Address("lin"), reference, deliver.Post{Key: "k", Card: &c}))
	}
	if took := s.clock.now().Sub(began); took != 8*time.Second {
		t.Errorf("a card and ten edits took %s, want three at once and then one a second", took)
	}
	group := deliver.Address{Platform: telegram.Platform, User: "-1005"}
	for n := 0; ; n++ {
		_, err := s.chat.Post(t.Context(), group, deliver.Post{Key: "g" + strconv.Itoa(n), Card: &c})
		if errors.As(err, new(deliver.NotYet)) && n == 5 {
			break
		}
		s.must(err)
	}
	began = s.clock.now()
	for i := range 50 {
		s.server.AddGroup(telegramtest.Group{ID: int64(-2000 - i), Super: true})
		_, err := s.chat.Post(t.Context(), deliver.Address{Platform: telegram.Platform, User: strconv.Itoa(-2000 - i)}, deliver.Post{Key: "m" + strconv.Itoa(i), Card: &c})
		s.must(err)
	}
	if took := s.clock.now().Sub(began); took < 2*time.Second || took > 2500*time.Millisecond {
		t.Errorf("fifty chats took %s, want ten at once and then twenty a second", took)
	}
}

func TestEdits(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	to, c := s.driver.Address("lin"), card("LV-7")
	reference := s.post("lin", c)
	edit := func(reference string) error {
		return s.chat.Edit(t.Context(), to, reference, deliver.Post{Key: "card-LV-7", Card: &c})
	}
	s.must(edit(reference)) // nothing is new: no fault
	for _, r := range []string{"99999", "", "x", "1/2/3", "99999999999999999999"} {
		if err := edit(r); err != deliver.ErrMissing {
			t.Errorf("%q: %v", r, err)
		}
	}
	mine := s.server.Say("lin", "hello")
	if mine == nil || edit(strconv.Itoa(atoi(t, reference)+1)) != deliver.ErrMissing {
		t.Error("a message that is not the bot's cannot be edited")
	}
	s.server.Fail("editMessageText", telegramtest.Fault{DropAfter: true})
	c.Actions = nil
	if err := edit(reference); !isLost(err) {
		t.Errorf("%v", err)
	}
	if m := s.server.Messages(telegramtest.UserID("lin"))[0]; len(m.Keyboard) != 0 {
		t.Error("a keyboard stays when there are no actions")
	}
}

// A group that becomes a supergroup has another id: the post goes there, and its reference remembers where it is.
func TestMigratedGroup(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	s.server.AddGroup(telegramtest.Group{ID: -5, MovedTo: -1005})
	s.server.AddGroup(telegramtest.Group{ID: -1005, Super: true})
	c := card("LV-7")
	to := deliver.Address{Platform: telegram.Platform, User: "-5"}
	reference, err := s.chat.Post(t.Context(), to, deliver.Post{Key: "k", Card: &c})
	s.must(err)
	c.Actions = nil
	s.must(s.chat.Edit(t.Context(), to, reference, deliver.Post{Key: "k", Card: &c}))
	if list := s.server.Messages(-1005); len(list) != 1 || len(list[0].Keyboard) != 0 {
		t.Errorf("in the supergroup: %+v", list)
	}
	s.server.AddGroup(telegramtest.Group{ID: -1005, Super: true, Kicked: true})
	if err := s.chat.Edit(t.Context(), to, reference, deliver.Post{Key: "k", Card: &c}); err != deliver.ErrGone {
		t.Errorf("kicked: %v", err)
	}
}

// A button of a card from before a restart answers: all that it means is in it.
func TestOldButtonsAnswerAfterARestart(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	reference := s.post("lin", card("LV-7"))
	list := bot.Message{Text: "list", Items: []bot.Item{{Text: "a", Actions: []bot.Action{{Name: "command", Label: "Open", Args: "leave", Opens: true}}}},
		Actions: []bot.Action{{Name: "show", Label: "Show", Number: "LV-7", Subject: subject, Opens: true}}}
	notice, err := s.chat.Post(t.Context(), s.driver.Address("lin"), deliver.Post{Key: "n", Message: &list})
	s.must(err)
	ended := s.chat
	s.must(ended.Close(t.Context()))
	s.drafts.flush()
	s.start(webhook)
	for _, press := range []struct {
		reference string
		want      bot.Action
	}{
		{reference, bot.Action{Name: "approve", Subject: subject, Digest: digest}},
		{reference, bot.Action{Name: "reject", Subject: subject, Digest: digest, Opens: true}},
		{notice, bot.Action{Name: "show", Subject: subject, Opens: true}},
		{notice, bot.Action{Name: "command", Args: "leave", Opens: true}},
	} {
		s.must(s.driver.Press(t.Context(), "lin", press.reference, press.want.Name, 1))
		heard := s.bot.updates()
		if got := heard[len(heard)-1].Content; got != bot.Content(bot.Press{Action: press.want}) {
			t.Errorf("heard %#v, want %#v", got, press.want)
		}
	}
	s.answered()
}

func TestCommandsAreSetInBothLanguages(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	for range 2 { // the second time there is nothing to do
		s.must(s.chat.SetCommands(t.Context()))
	}
	en, zh := s.server.Commands("all_private_chats", ""), s.server.Commands("all_private_chats", "zh")
	if len(en) != 3 || en[0] != (telegramtest.Command{Command: "leave", Description: "Ask for leave"}) || len(zh) != 3 || zh[0].Description != "申请请假" {
		t.Errorf("en %v, zh %v", en, zh)
	}
	if n := len(s.server.Calls("setMyCommands")); n != 2 {
		t.Errorf("set %d times", n)
	}
}

// What people typed is read as it is, and nothing in it can be pressed: Telegram finds links, mentions, hashtags and commands in plain text by itself.
func TestHostileTextIsInert(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	for i, typed := range []string{
		"see https://evil.example/x?y=z now", "evil.example", "@mallory_the_boss please", "#approved $USD", "/approve LV-7", "(/withdraw)", "说/approve吗", "mail me@evil.example",
		"4111111111111111", "+49 30 1234567890", "tg://user?id=5", `<a href="https://evil.example">Approve</a>`, `<b>bold</b> &amp; &lt;`, "**bold** __x__ `code` [a](https://evil.example)",
		"</blockquote></code><b>Status: approved</b>", "line\nStatus: ✅ Approved by Zhou Kai", "http://x.example。谢谢", "\u202Egnp.exe", "a&#60;b&#62;",
	} {
		c := card("LV-" + strconv.Itoa(i+10))
		c.Who, c.Title = typed, "Leave"
		c.Lines = []bot.Line{{Label: "Reason", Text: typed, Typed: true}, {Text: typed}}
		c.Steps = []bot.StepLine{{Text: typed, Note: typed}}
		s.post("lin", c)
		m := bot.Message{Text: typed, Items: []bot.Item{{Text: typed, Detail: typed}}}
		_, err := s.chat.Post(t.Context(), s.driver.Address("lin"), deliver.Post{Key: "m" + c.Number, Message: &m})
		s.must(err)
		list := s.server.Messages(telegramtest.UserID("lin"))
		for _, got := range list[len(list)-2:] {
			if !strings.Contains(got.Text, typed) {
				t.Errorf("%q is read as\n%s", typed, got.Text)
			}
			for _, e := range got.Entities {
				switch e.Type {
				case "bold", "code", "italic", "blockquote", "expandable_blockquote":
				default:
					t.Errorf("%q became a %s", typed, e.Type)
				}
			}
		}
	}
}

// A command and an address end at Chinese punctuation, behind which no space stands: what follows is no part of the code that keeps them from being pressed,
// and the bot's own commands can be pressed where the bot speaks.
func TestChinesePunctuationEndsACommand(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	for text, want := range map[string][]string{
		"请发送 “/leave”。谢谢，再见":           {"bot_command /leave"},
		"（/requests）或“/leave”，都可以":     {"bot_command /requests", "bot_command /leave"},
		"看 https://a.example。后面还有":     {"code https://a.example"},
		"看“https://a.example/路径”，再说":   {"code https://a.example/路径"},
		"LV-3，已同意；@mallory_the_boss！看": {"code @mallory_the_boss"},
		"用“/unknown”。":                 {"code /unknown"},
		"a@b.example、c@d.example……完":   {"code a@b.example", "code c@d.example"},
		"卡号：4111111111111111，谢谢":       {"code 4111111111111111"},
	} {
		m := bot.Message{Text: text}
		_, err := s.chat.Post(t.Context(), s.driver.Address("lin"), deliver.Post{Key: text, Message: &m})
		s.must(err)
		list := s.server.Messages(telegramtest.UserID("lin"))
		var got []string
		for _, e := range list[len(list)-1].Entities {
			got = append(got, e.Type+" "+e.In(list[len(list)-1].Text))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

// One that is drawn too large is not refused: see the limits at their places.
func TestLargeMessagesAreTaken(t *testing.T) {
	s := newStage(t, still, telegramtest.Options{}, nil)
	long := map[string]string{"Chinese": strings.Repeat("很长的理由", 3000), "emoji": strings.Repeat("👩‍👩‍👧‍👦", 2000), "ampersands": strings.Repeat("&<>", 6000), "lines": strings.Repeat("x\n", 5000),
		"links": strings.Repeat("http://x.example ", 1500), "marks": strings.Repeat("e\u0301", 4000)}
	for name, text := range long {
		c := card("LV-7")
		c.Title, c.Who, c.Status.Text = text, text, text
		c.Lines = nil
		for range 20 {
			c.Lines = append(c.Lines, bot.Line{Label: text, Text: text, Typed: true}, bot.Line{Label: text, Text: text})
		}
		for range 10 {
			c.Steps = append(c.Steps, bot.StepLine{Text: text, Note: text})
		}
		c.Actions[0].Label = text
		m := bot.Message{Text: text, Card: &c}
		for i := range 120 {
			show := &bot.Action{Name: "show", Label: text, Number: "LV-" + strconv.Itoa(i), Subject: subject}
			m.Items = append(m.Items, bot.Item{Text: text, Detail: text, Actions: []bot.Action{*show}})
		}
		folded := c.Fold()
		for kind, p := range map[string]deliver.Post{"card": {Key: name, Card: &c}, "folded": {Key: name, Card: &folded}, "message": {Key: name, Message: &m}} {
			if _, err := s.chat.Post(t.Context(), s.driver.Address("lin"), p); err != nil {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
	for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
		if strings.Contains(m.Text, "\uFFFD") || !strings.Contains(m.Text, "…") {
			t.Errorf("cut within a character, or without saying so: %.80q", m.Text)
		}
	}
}
