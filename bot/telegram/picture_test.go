package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

const unsent = "The picture could not be sent. Please ask for it again in a minute."

// answersWith has the bot answer with a picture.
func (s *stage) answersWith(m bot.Message, png []byte) {
	m.Picture = &bot.Picture{Name: "报销\r\n.png", PNG: png, Alt: "Travel 12,345.00"}
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error { return r.Tell(ctx, m) }
}

// order is what lin sees of answers: a picture as [picture], with its caption.
func (s *stage) order() string {
	var list []string
	for _, m := range s.screen("lin").Private {
		if len(m.Pictures) > 0 {
			m.Text = strings.TrimSpace("[picture] " + m.Text)
		}
		for range m.Files {
			m.Text = strings.TrimSpace("[file] " + m.Text)
		}
		list = append(list, m.Text)
	}
	return strings.Join(list, " | ")
}

// A sentence is its picture's caption where it has room; one that has none, or has something to press, stands above.
func TestPictureAndCaption(t *testing.T) {
	chart, long := bottest.PNG(900, 600), strings.Repeat("&<报", 341) // 1023 units, far more in HTML
	for name, c := range map[string]struct {
		m    bot.Message
		want string
	}{
		"short":        {bot.Message{Text: "20,465.00 <b>&amp; @lin"}, "[picture] 20,465.00 <b>&amp; @lin"},
		"no words":     {bot.Message{}, "[picture]"},
		"fits exactly": {bot.Message{Text: long + "x"}, "[picture] " + long + "x"},
		"too long":     {bot.Message{Text: long + "xy"}, long + "xy | [picture]"},
		"emoji":        {bot.Message{Text: strings.Repeat("😀", 513)}, strings.Repeat("😀", 513) + " | [picture]"},
		"a button": {bot.Message{Text: "November", Actions: []bot.Action{{Name: "command", Label: "October", Args: "report"}}},
			"November | [picture]"},
		"a file": {bot.Message{Text: "November", Files: []bot.Attachment{attachment("a.pdf", pdf("a"), nil)}}, "November | [picture] | [file]"},
	} {
		s := newStage(t, webhook, telegramtest.Options{}, nil)
		s.answersWith(c.m, chart)
		s.must(s.driver.Type(t.Context(), "lin", "/requests"))
		if got := s.order(); got != c.want {
			t.Errorf("%s: lin sees %q, want %q", name, got, c.want)
		}
		if p := s.screen("lin").Pictures(); len(p) != 1 || !bytes.Equal(p[0].Content, chart) {
			t.Errorf("%s: %d pictures", name, len(p))
		}
		for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
			if m.From == telegramtest.BotID && !m.Silent {
				t.Errorf("%s: %q came with a sound", name, m.Text)
			}
		}
		s.quiet()
	}
}

// A press is answered by the picture and its words, not by words that go by themselves.
func TestPictureAfterAPress(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	s.answersWith(bot.Message{Text: "November"}, bottest.PNG(900, 600))
	c := card("LV-7")
	c.Actions = []bot.Action{{Name: "show", Label: "Show", Number: "LV-7", Subject: subject}}
	s.must(s.driver.Press(t.Context(), "lin", s.post("lin", c), "show", 1))
	if got := s.order(); got != "[picture] November" {
		t.Errorf("lin sees %q", got)
	}
	if toasts := s.server.Toasts("lin"); len(toasts) != 0 {
		t.Errorf("toasts: %v", toasts)
	}
	s.answered()
	s.quiet()
}

// A page that takes the place of another, or of a form that is done, stays a text that can be edited; its picture follows.
func TestPictureInAPlace(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	chart := &bot.Picture{Name: "x.png", PNG: bottest.PNG(900, 600)}
	s.bot.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		switch c := u.Content.(type) {
		case bot.Press:
			return r.Tell(ctx, bot.Message{Text: "October", Picture: chart, Replaces: true})
		case bot.Submission:
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "Sent.", Picture: chart}))
		case bot.Command:
			if c.Name == "leave" {
				return r.Open(ctx, bot.Form{ID: "form:report", Title: "Report", Nonce: "n-1", Send: "Send", Cancel: "Cancel",
					Fields: []bot.FormField{{Name: "month", Label: "Month", Asks: workflows.AskLine, Value: "11", Shown: "11"}}})
			}
		}
		return r.Tell(ctx, bot.Message{Text: "November", Actions: []bot.Action{{Name: "command", Label: "October", Args: "report"}}})
	}
	s.must(s.driver.Type(t.Context(), "lin", "/requests"))
	s.must(s.driver.Press(t.Context(), "lin", s.screen("lin").Private[0].Reference, "command", 1))
	if got := s.order(); got != "October | [picture]" {
		t.Errorf("lin sees %q", got)
	}
	s.must(s.driver.Type(t.Context(), "lin", "/leave"))
	s.must(s.driver.Send(t.Context(), "lin", 1))
	var all []string
	for _, m := range s.server.Messages(telegramtest.UserID("lin")) {
		if m.From == telegramtest.BotID && !m.Deleted {
			all = append(all, strings.TrimSpace(m.Text+" "+m.File))
		}
	}
	if got := strings.Join(all, " | "); len(all) != 4 || !strings.HasPrefix(got, "October | AgAC") || !strings.Contains(got, " | Sent. | AgAC") {
		t.Errorf("lin sees %q", got)
	}
	s.answered()
	s.quiet()
}

// What Telegram shows as no photo comes as a document; what it does not take at all, or cannot be had, leaves the words and a sentence.
func TestPictureLimits(t *testing.T) {
	heavy := func(size int) []byte { return append(bottest.PNG(900, 600), make([]byte, size)...) }
	for name, c := range map[string]struct {
		png  []byte
		want string
	}{
		"as wide and high as may be": {bottest.PNG(9000, 1000), "[picture] November"},
		"wider":                      {bottest.PNG(9001, 1000), "[file] November"},
		"as long as may be":          {bottest.PNG(2000, 100), "[picture] November"},
		"longer":                     {bottest.PNG(2001, 100), "[file] November"},
		"higher":                     {bottest.PNG(100, 2001), "[file] November"},
		"more than 10 MB":            {heavy(10 << 20), "[file] November"},
		"more than 50 MB":            {heavy(50 << 20), "November\n" + unsent},
		"no picture":                 {[]byte("<svg>"), "November\n" + unsent},
		"nothing":                    {nil, "November\n" + unsent},
	} {
		s := newStage(t, webhook, telegramtest.Options{}, nil)
		s.answersWith(bot.Message{Text: "November"}, c.png)
		s.must(s.driver.Type(t.Context(), "lin", "/requests"))
		if got := s.order(); got != c.want {
			t.Errorf("%s: lin sees %q, want %q", name, got, c.want)
		}
	}
}

// A picture that fails on its way leaves the words. When Telegram asks for a moment it is sent after that.
func TestPictureFails(t *testing.T) {
	for name, c := range map[string]struct {
		m     bot.Message
		fault telegramtest.Fault
		want  string
	}{
		"refused":          {bot.Message{Text: "November"}, telegramtest.Fault{Status: 400, Description: "Bad Request: IMAGE_PROCESS_FAILED"}, "November\n" + unsent},
		"a bad day":        {bot.Message{Text: "November"}, telegramtest.Fault{Status: 502, Description: "<html>"}, "November\n" + unsent},
		"a moment":         {bot.Message{Text: "November"}, telegramtest.Fault{Status: 429, RetryAfter: 1, Description: "Too Many Requests: retry after 1"}, "[picture] November"},
		"after long words": {bot.Message{Text: strings.Repeat("x", 2000)}, telegramtest.Fault{Status: 502}, strings.Repeat("x", 2000) + " | ⚠️ " + unsent},
	} {
		s := newStage(t, webhook, telegramtest.Options{}, nil)
		s.server.Fail("sendPhoto", c.fault)
		s.answersWith(c.m, bottest.PNG(900, 600))
		s.must(s.driver.Type(t.Context(), "lin", "/requests"))
		if got := s.order(); got != c.want {
			t.Errorf("%s: lin sees %q, want %q", name, got, c.want)
		}
	}
}

// No picture is shown in a group, even to a press that was made up there.
func TestNoPictureInGroups(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	s.answersWith(bot.Message{Text: "20,465.00"}, bottest.PNG(900, 600))
	s.server.AddGroup(telegramtest.Group{ID: -1001, Title: "team"})
	id := telegramtest.UserID("lin")
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "callback_query", raw(fmt.Sprintf(
		`{"id":"5","from":{"id":%d,"is_bot":false,"first_name":"l"},"data":"2|show|%s||o",
			"message":{"message_id":1,"date":1,"chat":{"id":-1001,"type":"supergroup"}}}`, id, packed)))))
	if n := s.calls("sendPhoto") + s.calls("sendDocument"); n != 0 {
		t.Errorf("%d pictures were sent", n)
	}
	for _, m := range s.server.Messages(-1001) {
		if strings.Contains(m.Text, "20,465.00") {
			t.Errorf("the group reads %q", m.Text)
		}
	}
}
