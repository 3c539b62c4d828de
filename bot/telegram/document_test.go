package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

func attachment(name string, content []byte, err error) bot.Attachment {
	return bot.Attachment{ID: "00000000-0000-7000-8000-000000000001", Name: name, Type: "application/pdf", Size: int64(len(content)),
		Open: func(context.Context) ([]byte, error) { return content, err }}
}

// A press for files is answered at once, then the sentence comes and the files after it, never as pictures. One that cannot be had is named, and costs the
// others nothing.
func TestFilesGivenOut(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	large := bytes.Repeat([]byte("%PDF-"), 2<<20)
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		return r.Tell(ctx, bot.Message{Text: "Handed in with LV-7:", Files: []bot.Attachment{attachment("诊断 \"note\".pdf", pdf("a"), nil),
			attachment("gone.pdf", nil, errors.New("not there")), attachment("../../etc/x\r\n.pdf", large, nil)}})
	}
	c := card("LV-7")
	c.Actions = []bot.Action{{Name: "files", Label: "Files", Number: "LV-7", Subject: subject, Opens: true}}
	reference := s.post("lin", c)
	s.server.Fail("sendDocument", telegramtest.Fault{Status: 429, RetryAfter: 1, Description: "Too Many Requests: retry after 1"})
	s.must(s.driver.Press(t.Context(), "lin", reference, "files", 1))
	var order []string
	for _, m := range s.screen("lin").Private {
		for _, f := range m.Files {
			order = append(order, f.Name)
		}
		if len(m.Files) == 0 {
			order = append(order, m.Text)
		}
	}
	want := []string{"Handed in with LV-7:", "诊断 _note_.pdf", "⚠️ gone.pdf could not be sent. Please ask for it again in a minute.", ".._.._etc_x__.pdf"}
	if !slices.Equal(order, want) {
		t.Errorf("Lin was given %q, want %q", order, want)
	}
	if files := s.screen("lin").Files(); len(files) != 2 || !bytes.Equal(files[1].Content, large) {
		t.Errorf("%d files came whole", len(files))
	}
	for _, call := range s.server.Calls("sendDocument") {
		if call.Params["disable_content_type_detection"] != "true" || call.Params["caption"] != "" {
			t.Errorf("sent with %v", call.Params)
		}
	}
	if toasts := s.server.Toasts("lin"); len(toasts) != 0 {
		t.Errorf("toasts: %v", toasts)
	}
	s.answered()
	s.quiet()
}

// Nothing is given out in a group, even to a press that was made up there.
func TestNoFilesInGroups(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	s.bot.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		return r.Tell(ctx, bot.Message{Text: "Handed in with LV-7:", Files: []bot.Attachment{attachment("note.pdf", pdf("a"), nil)}})
	}
	s.server.AddGroup(telegramtest.Group{ID: -1001, Title: "team"})
	id := telegramtest.UserID("lin")
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "callback_query", raw(fmt.Sprintf(
		`{"id":"5","from":{"id":%d,"is_bot":false,"first_name":"l"},"data":"2|files|%s||o",
			"message":{"message_id":1,"date":1,"chat":{"id":-1001,"type":"supergroup"}}}`, id, packed)))))
	s.must(s.driver.Taken(t.Context(), s.server.Happen("lin", "message", raw(fmt.Sprintf(
		`{"message_id":2,"from":{"id":%d,"is_bot":false,"first_name":"l"},"chat":{"id":-1001,"type":"supergroup"},"caption":"/leave","photo":[{"file_id":"a"}]}`, id)))))
	if n := s.calls("sendDocument") + s.calls("getFile"); n != 0 {
		t.Errorf("%d files moved", n)
	}
	for _, m := range s.server.Messages(-1001) {
		if strings.Contains(m.Text, "LV-7") {
			t.Errorf("the group reads %q", m.Text)
		}
	}
}
