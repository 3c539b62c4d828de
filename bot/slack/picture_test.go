package slack_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

var chart = bottest.PNG(90, 60)

const (
	figures = "Expenses of November: 20,465.00 <!channel>"
	alt     = "Travel 12,345.00 & more\nHotel 8,120.00"
)

// showing is a bot that answers with a picture.
func showing(change func(*bot.Message)) *desk {
	return &desk{answer: func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		m := bot.Message{Text: figures, Picture: &bot.Picture{Name: "<!here> & 报销.png", PNG: chart, Alt: alt}}
		if change != nil {
			change(&m)
		}
		return r.Tell(ctx, m)
	}}
}

// knowing opens a house in which lin's direct channel is remembered, as it is of everybody to whom nod has written.
func knowing(t *testing.T, d *desk) *house {
	h := open(t, d, false, nil)
	if _, err := h.chat.Post(t.Context(), h.Address("lin"), post("card", sample())); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestPictureHere: in the direct channel the picture with its sentence is the answer, and stays; nothing passing stands beside it.
func TestPictureHere(t *testing.T) {
	for name, typed := range map[string]string{"a command": "/requests", "a line": "requests"} {
		h := knowing(t, showing(nil))
		h.must(h.Type(t.Context(), "lin", typed))
		h.settle()
		s := h.screen("lin")
		if len(s.Pictures()) != 1 || !bytes.Equal(s.Pictures()[0].Content, chart) || s.Pictures()[0].Alt != alt || !s.Says(figures) {
			t.Errorf("%s: lin sees %d pictures and\n%s", name, len(s.Pictures()), s)
		}
		if len(s.Private) > 0 || len(h.Pings()) > 1 { // the card's
			t.Errorf("%s: beside it lin sees\n%s, and was called %v", name, s, h.Pings())
		}
	}
}

// TestPictureElsewhere: asked in a channel, the answer is for the eyes of who asked, and says where the picture is: in their direct channel, and
// nowhere else.
func TestPictureElsewhere(t *testing.T) {
	h := knowing(t, showing(nil))
	h.Channel("C0SALES", "U0LIN", "U0MALLORY", slacktest.BotUser)
	h.must(h.TypeIn(t.Context(), "C0SALES", "lin", "/requests"))
	h.settle()
	s := h.screen("lin")
	if len(s.Private) != 1 || !strings.HasPrefix(s.Private[0].Reference, "C0SALES:") || !strings.Contains(s.Private[0].Text, figures) ||
		!s.Says("The picture follows in your direct messages") || !s.Says("图片稍后会发到") || len(s.Pictures()) != 1 {
		t.Errorf("lin sees %d pictures and\n%s", len(s.Pictures()), s)
	}
	if m := h.screen("mallory"); len(m.Pictures()) > 0 || len(m.Private) > 0 {
		t.Errorf("mallory sees\n%s", m)
	}
	calls := h.Calls("files.completeUploadExternal")
	if len(calls) != 1 || calls[0].Args["channel_id"] != "D0LIN" || !strings.Contains(calls[0].Args["initial_comment"].(string), "&lt;!channel&gt;") {
		t.Errorf("shared with %+v", calls)
	}
}

// TestPictureBesideMore: an answer that is more than a sentence is told, whatever comes with it, and once.
func TestPictureBesideMore(t *testing.T) {
	copied := sample()
	for name, change := range map[string]func(*bot.Message){
		"a list":   func(m *bot.Message) { m.Items = []bot.Item{{Text: "Travel"}} },
		"a card":   func(m *bot.Message) { m.Card = &copied },
		"a page":   func(m *bot.Message) { m.Replaces = true },
		"a button": func(m *bot.Message) { m.Actions = []bot.Action{{Name: "command", Label: "Next", Args: "requests"}} },
	} {
		h := knowing(t, showing(change))
		h.must(h.Type(t.Context(), "lin", "/requests"))
		h.settle()
		if s := h.screen("lin"); len(s.Private) != 1 || !strings.Contains(s.Private[0].Text, "20,465.00") || s.Says("follows in your") || len(s.Pictures()) != 1 {
			t.Errorf("%s: lin sees %d pictures and\n%s", name, len(s.Pictures()), s)
		}
	}
}

// TestPictureBesideButtons: what the direct channel's own answer offers is told all the same, and in a dialog it is said where the picture is.
func TestPictureBesideButtons(t *testing.T) {
	h := knowing(t, showing(func(m *bot.Message) {
		m.Actions = []bot.Action{{Name: "command", Label: "Next", Args: "requests"}}
	}))
	h.must(h.Type(t.Context(), "lin", "/requests"))
	h.settle()
	if s := h.screen("lin"); len(s.Private) != 1 || !s.Private[0].Has("command") || s.Says("follows in your") || len(s.Pictures()) != 1 {
		t.Errorf("lin sees %d pictures and\n%s", len(s.Pictures()), s)
	}
	h.must(h.Type(t.Context(), "lin", "/leave")) // opens a dialog, in which the answer then stands
	h.settle()
	if s := h.screen("lin"); h.Dialog("lin") != "answer" || !s.Says("follows in your") || len(s.Pictures()) != 2 {
		t.Errorf("lin sees %s, %d pictures and\n%s", h.Dialog("lin"), len(s.Pictures()), s)
	}
}

// TestPictureFails: whatever fails on the way, who asked reads the sentence, and that the picture is missing.
func TestPictureFails(t *testing.T) {
	for method, fault := range map[string]slacktest.Fault{
		"files.getUploadURLExternal":   {Error: "file_uploads_disabled"},
		"upload":                       {Status: 500, Body: "<html>"},
		"files.completeUploadExternal": {Error: "missing_scope"},
	} {
		for _, in := range []string{"D0LIN", "C0SALES"} {
			h := knowing(t, showing(nil))
			h.Channel("C0SALES", "U0LIN", slacktest.BotUser)
			h.Next(method, fault)
			h.must(h.TypeIn(t.Context(), in, "lin", "/requests"))
			h.settle()
			if s := h.screen("lin"); !s.Says(figures) || !s.Says("The picture could not be brought here") || !s.Says("图片发送失败") || len(s.Pictures()) > 0 {
				t.Errorf("%s in %s: lin sees\n%s", method, in, s)
			}
			if !strings.Contains(h.log.String(), "could not be given out") {
				t.Errorf("%s: the operator reads\n%s", method, h.log)
			}
		}
	}
}

// TestPictureWithoutScope: an app that lacks files:write shows no picture, and the administrators are told.
func TestPictureWithoutScope(t *testing.T) {
	b := new(bell)
	h := open(t, showing(nil), false, func(c *slack.Config) { c.Alarm = b })
	h.Next("files.getUploadURLExternal", slacktest.Fault{Error: "missing_scope"})
	h.must(h.Type(t.Context(), "lin", "/requests"))
	h.settle()
	if s := h.screen("lin"); !s.Says(figures) || !s.Says("could not be brought here") {
		t.Errorf("lin sees\n%s", s)
	}
	b.want(t, "no scope", "scope  1")
}

// TestPictureAlt is as long as Slack takes it, cut between characters.
func TestPictureAlt(t *testing.T) {
	h := knowing(t, showing(func(m *bot.Message) { m.Picture.Alt = strings.Repeat("长", 2000) }))
	h.must(h.Type(t.Context(), "lin", "/requests"))
	h.settle()
	if p := h.screen("lin").Pictures(); len(p) != 1 || utf8.RuneCountInString(p[0].Alt) != 1000 || !strings.HasSuffix(p[0].Alt, "长…") {
		t.Errorf("lin sees %d pictures", len(p))
	}
}
