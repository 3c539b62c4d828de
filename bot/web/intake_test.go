package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// hearer is a bot that notes what the web chat takes for the bot's.
type hearer struct{ heard []bot.Content }

func (h *hearer) Handle(_ context.Context, u bot.Update, _ bot.Reply) error {
	h.heard = append(h.heard, u.Content)
	return nil
}
func (*hearer) Commands(string) []bot.CommandHelp { return nil }

// Whatever a page, or what passes for one, posts: it is answered or refused and breaks nothing, and what reaches the bot can be of one of its forms and
// buttons. Files are read as long as they are.
func FuzzForm(f *testing.F) {
	const parts = "--x\r\nContent-Disposition: form-data; name=\"nod.form\"\r\n\r\nform:leave\r\n--x\r\nContent-Disposition: form-data; name=\"nod.nonce\"\r\n\r\nn-1\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"file.proof\"; filename=\"../a.pdf\"\r\n\r\n%PDF-1.7\r\n--x--\r\n"
	for _, path := range []string{"submit", "recalculate", "press", "command", "resume", "drop", "read"} {
		for _, body := range []string{"nod.form=form%3Aleave&nod.nonce=n-1&nod.live=1&from=2026-12-01&proof=a&proof=b&things_2=x&nod.do=add_line&nod.line=2&nod.open=1",
			"nod.form=form%3Aleave&nod.nonce=n-1&nod.subject=x", "text=%2Fleave+%FF%00&once=abc", "message=1&seq=2&action=%7B%22name%22%3A%22approve%22%7D", "change=-5", "nod.form=../x", "%zz", parts} {
			f.Add(path, body, body == parts)
		}
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h := &hearer{}
	c := New(Config{Store: NewMemory(company), Bot: h, Drafts: &chat.Drafts{Fast: newDrawer(), Log: log}, Clock: new(workflows.Clock), Words: LoadWords(), Log: log})
	defer c.Close()
	served := c.Handler()
	f.Fuzz(func(t *testing.T, path, body string, files bool) {
		if len(body) > 4000 || strings.Trim(path, "abcdefghijklmnopqrstuvwxyz") != "" {
			return
		}
		h.heard = nil
		r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/chat/E003/"+path, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:99"
		r.Header.Set("Content-Type", map[bool]string{false: "application/x-www-form-urlencoded", true: "multipart/form-data; boundary=x"}[files])
		r.Header.Set("Origin", "http://localhost:8080")
		r.Header.Set(tokenHeader, strings.Repeat("A", 26))
		r.AddCookie(&http.Cookie{Name: tokenCookie, Value: strings.Repeat("A", 26)})
		w := httptest.NewRecorder()
		served.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK, http.StatusNoContent, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
		for _, content := range h.heard {
			var err error
			var state bot.FormState
			switch content := content.(type) {
			case bot.Press:
				err = chat.CheckAction(content.Action)
			case bot.Submission:
				state, err = content.FormState, chat.CheckState(content.FormState)
			case bot.Recalculation:
				state, err = content.FormState, chat.CheckState(content.FormState)
			}
			if err != nil || w.Code != http.StatusOK {
				t.Errorf("%s %q: the bot heard %#v, %v, and the page %d", path, body, content, err, w.Code)
			}
			for _, u := range state.Uploads {
				if !chat.IsField(u.Field) || u.Size > int64(len(body)) {
					t.Errorf("%s %q: a file %+v", path, body, u)
				}
			}
		}
	})
}
