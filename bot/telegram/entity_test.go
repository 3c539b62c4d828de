package telegram_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// What Telegram sets beside a text is read back into it: who was picked from the list, and where words lead.
func TestEntities(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	for _, c := range []struct {
		say  func() *telegramtest.Update
		want string
	}{
		{func() *telegramtest.Update {
			return s.server.Mention("lin", "", "Tom 😀 B", " 年假 12月29日", "tom")
		}, "@Tom 😀 B 年假 12月29日"},
		{func() *telegramtest.Update { return s.server.Mention("lin", "😀 for ", "@Tom", "", "tom") }, "😀 for @Tom"},
		{func() *telegramtest.Update { return s.server.Mention("lin", "for ", "Mal", ", please", "mallory") }, "for @MALLORY, please"}, // by the name of the employee
		{func() *telegramtest.Update {
			return s.server.Link("lin", "see ", "our plan", ".", "https://a.example/")
		}, "see our plan (https://a.example/)."},
		{func() *telegramtest.Update { return s.server.Link("lin", "see ", "a.example", "", "http://a.example/") }, "see a.example"},
		{func() *telegramtest.Update {
			return s.server.Link("lin", "see ", "a.example", "", "https://evil.invalid/")
		}, "see a.example (https://evil.invalid/)"},
		{func() *telegramtest.Update { return s.server.Say("lin", "plain @tom <b> &amp;") }, "plain @tom <b> &amp;"},
	} {
		s.must(s.driver.Taken(t.Context(), c.say()))
		heard := s.bot.updates()
		if said, ok := heard[len(heard)-1].Content.(bot.Said); !ok || said.Text != c.want {
			t.Errorf("%+v, want %q", heard[len(heard)-1].Content, c.want)
		}
	}
}

// Offsets that fit no text take nothing away from it, and break nothing.
func TestEntitiesThatFitNothing(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	lin := telegramtest.UserID("lin")
	for _, at := range [][2]int{{-1, 2}, {0, -1}, {0, 0}, {99, 1}, {3, 99}, {1 << 62, 1 << 62}, {1 << 62, 1}, {-1 << 62, 1 << 62}, {3, 1}} {
		body := fmt.Sprintf(`{"message_id":1,"date":1,"from":{"id":%d,"is_bot":false,"first_name":"L"},"chat":{"id":%d,"type":"private"},"text":"ab 😀 cd",`+
			`"entities":[{"type":"text_mention","offset":%d,"length":%d},{"type":"text_link","offset":%d,"length":%d,"url":"https://a.example"}]}`,
			lin, lin, at[0], at[1], at[0], at[1])
		s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "message", raw(body))))
		heard := s.bot.updates()
		said, _ := heard[len(heard)-1].Content.(bot.Said)
		if left := strings.Replace(said.Text, " (https://a.example)", "", 1); left != "ab 😀 cd" && !strings.HasPrefix(left, "ab ") || !utf8.ValidString(said.Text) {
			t.Errorf("%v: %q", at, said.Text)
		}
	}
}

// A changed message is not read, which its sender is told; not in a group, and not of an old one, which nobody waits for.
func TestChangedMessages(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	lin := telegramtest.UserID("lin")
	s.must(s.driver.Type(t.Context(), "lin", "annual leave tomorrow"))
	heard := len(s.bot.updates())
	s.must(s.driver.Taken(t.Context(), s.server.Rewrite(lin, "lin", "/leave")))
	if n := len(s.bot.updates()); n != heard {
		t.Errorf("the bot heard it: %+v", s.bot.updates()[heard:])
	}
	if !s.screen("lin").Says("send it again as a new message") {
		t.Errorf("Lin is told nothing: %+v", s.screen("lin"))
	}
	shown := len(s.server.Messages(lin))
	old := fmt.Sprintf(`{"message_id":1,"date":1000,"edit_date":2000,"from":{"id":%d,"is_bot":false,"first_name":"L"},"chat":{"id":%d,"type":"private"},"text":"/leave"}`, lin, lin)
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "edited_message", raw(old))))
	const group = -500
	s.server.AddGroup(telegramtest.Group{ID: group, Title: "All"})
	s.must(s.driver.Taken(t.Context(), s.server.SayIn(group, "lin", "hello")))
	s.must(s.driver.Taken(t.Context(), s.server.Rewrite(group, "lin", "/leave@nod_test_bot")))
	if n := len(s.server.Messages(lin)); n != shown {
		t.Errorf("an old message is answered: %+v", s.screen("lin"))
	}
	for _, m := range s.server.Messages(group) {
		if m.From == telegramtest.BotID {
			t.Errorf("in the group it says %q", m.Text)
		}
	}
	if len(s.bot.updates()) != heard {
		t.Error("the bot heard it")
	}
}
