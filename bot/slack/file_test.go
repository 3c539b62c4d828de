package slack_test

import (
	"bytes"
	"context"
	"errors"
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
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

var pdf = []byte("%PDF-1.4 诊断")

const (
	held1 = "01930000-0000-7000-8000-000000000001"
	held2 = "01930000-0000-7000-8000-000000000002"
)

// proofForm is a form that takes three files and holds some.
func proofForm(held ...bot.FormFile) bot.Form {
	f := form()
	f.Fields = append(f.Fields, bot.FormField{Name: "proof", Label: "Proof", Asks: workflows.AskFiles, Max: 3, Files: held})
	return f
}

var (
	note = bot.FormFile{ID: held1, Name: "note.pdf"}
	scan = bot.FormFile{ID: held2, Name: "scan.png"}
)

// holding is a bot whose form holds files, and which keeps what it was sent with.
type holding struct {
	desk
	held []bot.FormFile
	send func(ctx context.Context, s bot.Submission, r bot.Reply) error

	got   [][]byte
	fails []error
}

func hold(held ...bot.FormFile) *holding {
	h := &holding{held: held}
	h.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		switch c := u.Content.(type) {
		case bot.Submission:
			for _, upload := range c.Uploads {
				content, err := fetch(ctx, upload)
				h.mu.Lock()
				h.got, h.fails = append(h.got, content), append(h.fails, err)
				h.mu.Unlock()
			}
			if h.send != nil {
				return h.send(ctx, c, r)
			}
			return r.Done(ctx)
		case bot.Recalculation:
			var kept []bot.FormFile
			for _, f := range h.held {
				if slices.Contains(strings.Fields(c.Values["proof"]), f.ID) {
					kept = append(kept, f)
				}
			}
			return r.Update(ctx, proofForm(kept...))
		}
		return r.Open(ctx, proofForm(h.held...))
	}
	return h
}

func fetch(ctx context.Context, u bot.Upload) ([]byte, error) {
	body, err := u.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// handIn has somebody send a form with files.
func handIn(h *house, d *desk, user string, files ...slacktest.File) {
	h.t.Helper()
	d.mu.Lock()
	d.answer = hold().answer
	d.mu.Unlock()
	h.must(h.Type(h.t.Context(), user, "/leave"))
	h.must(h.Choose(slacktest.UserID(user), "proof", files...))
	h.must(h.Send(h.t.Context(), user, 1))
	h.settle()
}

// giving is a bot that gives out a file.
func giving(content func(context.Context) ([]byte, error)) func(context.Context, bot.Update, bot.Reply) error {
	return func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		return r.Tell(ctx, bot.Message{Text: "Handed in with LV-7:", Files: []bot.Attachment{{ID: held1, Name: "<!channel> & *note*.pdf", Type: "application/pdf", Size: 1, Open: content}}})
	}
}

func (h *house) submission(t *testing.T, d *holding) bot.Submission {
	t.Helper()
	s, ok := d.last(t).Content.(bot.Submission)
	if !ok {
		t.Fatalf("the last was %#v", d.last(t).Content)
	}
	return s
}

// TestNotOurs: Mallory wants the bot's token. She has a form come with a file whose address is hers, or one that looks like Slack's, and the bot would show
// the token to whoever answers there. No such address is called, and what is fetched says nothing of where it lay.
func TestNotOurs(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Header.Get("Authorization"))
	}))
	defer evil.Close()
	files := map[string]slacktest.File{
		"another host":               {Address: evil.URL + "/x"},
		"a host that looks alike":    {Address: "https://files.slack.com.evil.example/x"},
		"a name before the host":     {Address: "https://files.slack.com@" + strings.TrimPrefix(evil.URL, "http://") + "/x"},
		"Slack without TLS":          {Address: "http://files.slack.com/x"},
		"another port":               {Address: "https://files.slack.com:8443/x"},
		"a file on this machine":     {Address: "file:///etc/passwd"},
		"no address at all":          {Address: "::"},
		"hosted elsewhere":           {External: true, Address: evil.URL + "/x"},
		"hosted elsewhere, in name":  {External: true},
		"told only afterwards":       {Hidden: true, Address: evil.URL + "/x"},
		"elsewhere, told afterwards": {Hidden: true, External: true},
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			d := hold()
			h := open(t, d, false, nil)
			file.Name, file.Content = "note.pdf", pdf
			h.must(h.Type(t.Context(), "lin", "/leave"))
			h.must(h.Choose("U0LIN", "proof", file))
			h.must(h.Send(t.Context(), "lin", 1))
			h.settle()
			if len(d.fails) != 1 || d.fails[0] == nil || len(d.got[0]) > 0 {
				t.Fatalf("the bot got %q, %v", d.got, d.fails)
			}
			for _, secret := range []string{slacktest.BotToken, "127.0.0.1", "evil", "files-pri", "/x"} {
				if strings.Contains(d.fails[0].Error(), secret) {
					t.Errorf("the error is %q", d.fails[0])
				}
			}
		})
	}
	if len(seen) > 0 {
		t.Errorf("the other host was shown %q", seen)
	}
}

// TestDownload goes wrong in every way, and says so to the operator without a secret.
func TestDownload(t *testing.T) {
	faults := map[string]struct {
		fault slacktest.Fault
		says  string
	}{
		"a page to sign in":    {slacktest.Fault{Status: 200, Body: "<!DOCTYPE html><html><title>Sign in</title></html>"}, "files:read"},
		"a way to such a page": {slacktest.Fault{Status: 302, Body: ""}, "files:read"},
		"gone":                 {slacktest.Fault{Status: 404, Body: "gone"}, "HTTP 404"},
		"a bad day":            {slacktest.Fault{Status: 503, Body: "<html>"}, "HTTP 503"},
		"too many":             {slacktest.Fault{RetryAfter: 30}, "HTTP 429"},
		"no answer":            {slacktest.Fault{Cut: true}, "no answer"},
	}
	for name, test := range faults {
		t.Run(name, func(t *testing.T) {
			d := hold()
			h := open(t, d, false, nil)
			h.must(h.Type(t.Context(), "lin", "/leave"))
			h.must(h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "note.pdf", Content: pdf}))
			h.Next("download", slices.Repeat([]slacktest.Fault{test.fault}, 20)...) // net/http asks again where a connection in use was cut
			h.must(h.Send(t.Context(), "lin", 1))
			h.settle()
			if err := d.fails[0]; err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "xoxb") {
				t.Errorf("the error is %v", err)
			}
			if u := h.submission(t, d).Uploads[0]; u.Field != "proof" || u.Name != "note.pdf" || u.Size != int64(len(pdf)) {
				t.Errorf("the upload is %+v", u)
			}
		})
	}
}

// TestLargerThanItSays: a file that is larger than what may be kept is read no further than to see that.
func TestLargerThanItSays(t *testing.T) {
	d := hold()
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.must(h.Choose("U0LIN", "proof", slacktest.File{Name: "note.pdf", Size: 5, Content: bytes.Repeat([]byte("x"), workflows.MaxFileSize+5000)}))
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle() // on a busy machine so much takes longer than Slack is kept waiting
	if len(d.got[0]) != workflows.MaxFileSize+1 {
		t.Errorf("the bot got %d bytes", len(d.got[0]))
	}
}

// TestDownloadTakesLong: a file that Slack gives out slowly does not keep Slack's answer waiting. "Still saving" stands there, and then the outcome.
func TestDownloadTakesLong(t *testing.T) {
	for _, sockets := range []bool{false, true} {
		d := hold()
		d.send = func(ctx context.Context, _ bot.Submission, r bot.Reply) error {
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
		}
		h := open(t, d, sockets, func(c *slack.Config) { c.Times.Submission = time.Millisecond })
		h.must(h.Type(t.Context(), "lin", "/leave"))
		h.must(h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "note.pdf", Content: pdf}))
		come := make(chan struct{})
		h.Next("download", slacktest.Fault{Wait: come})
		h.must(h.Send(t.Context(), "lin", 1))
		if at := h.Dialog("lin"); at != "saving" || !h.screen("lin").Says("Still saving") {
			t.Errorf("lin sees %s\n%s", at, h.screen("lin"))
		}
		close(come)
		h.settle()
		if !h.screen("lin").Says("LV-8 is sent.") || len(d.got) != 1 || !bytes.Equal(d.got[0], pdf) {
			t.Errorf("the bot got %q, lin sees\n%s", d.got, h.screen("lin"))
		}
	}
}

// TestHeldFiles: what a returned request holds is shown, kept unless it is unticked, and joined by what is added.
func TestHeldFiles(t *testing.T) {
	d := hold(note, scan)
	h := open(t, d, false, nil)
	send := func() string {
		t.Helper()
		h.must(h.Send(t.Context(), "lin", 1))
		h.settle()
		return h.submission(t, d).Values["proof"]
	}
	h.must(h.Type(t.Context(), "lin", "/leave"))
	if got := h.screen("lin").Form.Files["proof"]; !slices.Equal(got, []string{"note.pdf", "scan.png"}) {
		t.Errorf("lin sees %q", got)
	}
	if value := send(); value != held1+" "+held2 {
		t.Errorf("untouched it is sent with %q", value)
	}
	h.must(h.Type(t.Context(), "lin", "/leave"))
	if _, err := h.Changed("U0LIN", map[string]string{"proof.kept": held2}); err != nil {
		t.Fatal(err)
	}
	h.must(h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "new.pdf", Content: pdf}))
	if err := h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "more.pdf", Content: pdf}); err == nil {
		t.Error("there is room for two more")
	}
	if value := send(); value != held2 || len(d.got) != 1 || !bytes.Equal(d.got[0], pdf) {
		t.Errorf("it is sent with %q and %q", value, d.got)
	}
	h.must(h.Type(t.Context(), "lin", "/leave"))
	if _, err := h.Changed("U0LIN", map[string]string{"proof.kept": ""}); err != nil {
		t.Fatal(err)
	}
	if value := send(); value != "" {
		t.Errorf("with nothing kept it is sent with %q", value)
	}
}

// TestFilesAndRecalculation: a change of another field fetches nothing, and neither loses what is chosen nor brings back what was left out.
func TestFilesAndRecalculation(t *testing.T) {
	d := hold(note, scan)
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.must(h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "new.pdf", Content: pdf}))
	if _, err := h.Changed("U0LIN", map[string]string{"proof.kept": held2}); err != nil {
		t.Fatal(err)
	}
	h.Next("download", slacktest.Fault{Status: 500})
	h.must(h.Change(t.Context(), "lin", map[string]string{"from": "2026-12-08"}))
	h.settle()
	if c := d.last(t).Content.(bot.Recalculation); len(c.Uploads) > 0 || c.Values["proof"] != held2 {
		t.Errorf("it was worked out with %q and %d files", c.Values["proof"], len(c.Uploads))
	}
	if got := h.screen("lin").Form.Files["proof"]; !slices.Equal(got, []string{"new.pdf", "scan.png"}) {
		t.Errorf("lin sees %q", got)
	}
}

// TestFull: a form that is full takes no file, until one is left out.
func TestFull(t *testing.T) {
	third := bot.FormFile{ID: "01930000-0000-7000-8000-000000000003", Name: "third.png"}
	d := hold(note, scan, third)
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	more := bottest.File{Name: "new.pdf", Content: pdf}
	if h.Attach(t.Context(), "lin", "proof", more) == nil {
		t.Fatal("a fourth file found a place")
	}
	h.must(h.Change(t.Context(), "lin", map[string]string{"proof.kept": held1 + " " + third.ID}))
	h.settle()
	h.must(h.Attach(t.Context(), "lin", "proof", more))
	h.must(h.Send(t.Context(), "lin", 1))
	if s := h.submission(t, d); s.Values["proof"] != held1+" "+third.ID || len(s.Uploads) != 1 {
		t.Errorf("it is sent with %q and %d files", s.Values["proof"], len(s.Uploads))
	}
}

// TestFaultsAtFiles stand at a block that is there; and what was taken from a form that is drawn anew is held by it, ticked, and not chosen once more.
func TestFaultsAtFiles(t *testing.T) {
	full := []bot.FormFile{note, scan, {ID: "01930000-0000-7000-8000-000000000003", Name: "third.png"}}
	for at, held := range map[string][]bot.FormFile{"proof": {note}, "proof.kept": full} {
		d := hold(held...)
		d.send = func(ctx context.Context, _ bot.Submission, r bot.Reply) error {
			f := proofForm(d.held...)
			f.Fields[3].Fault = "One of the files is not here any more."
			return r.Update(ctx, f)
		}
		h := open(t, d, false, nil)
		h.must(h.Type(t.Context(), "lin", "/leave"))
		p, err := h.Submission("U0LIN")
		h.must(err)
		if a := answerOf(t, h.Interact(t.Context(), p)); a.Action != "errors" || a.Errors[at] == "" {
			t.Errorf("with %d files the errors are %v", len(held), a.Errors)
		}
	}

	d := hold(note)
	d.send = func(ctx context.Context, s bot.Submission, r bot.Reply) error {
		f := proofForm(note, scan) // scan is what was sent with it
		f.Fault = "Not enough days."
		return r.Update(ctx, f)
	}
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.must(h.Attach(t.Context(), "lin", "proof", bottest.File{Name: "scan.png", Content: []byte("\x89PNG")}))
	for range 2 {
		h.must(h.Send(t.Context(), "lin", 1))
		h.settle()
		if s := h.screen("lin"); s.Form.Faults[""] != "Not enough days." || !slices.Equal(s.Form.Files["proof"], []string{"note.pdf", "scan.png"}) {
			t.Errorf("lin sees %q and\n%s", s.Form.Files, s)
		}
	}
	if s := h.submission(t, d); s.Values["proof"] != held1+" "+held2 || len(s.Uploads) > 0 {
		t.Errorf("it is sent with %q and %d files", s.Values["proof"], len(s.Uploads))
	}
}

// TestGivenOut: a file comes as a message of the direct channel, wherever it was asked for, and its name means nothing.
func TestGivenOut(t *testing.T) {
	d := &desk{answer: giving(func(context.Context) ([]byte, error) { return pdf, nil })}
	h := open(t, d, false, nil)
	h.Channel("C0SALES", "U0LIN", "U0MALLORY", slacktest.BotUser)
	for range 5 { // the later ones wait for their turn
		h.must(h.TypeIn(t.Context(), "C0SALES", "lin", "/requests LV-7"))
	}
	h.settle()
	s := h.screen("lin")
	if len(s.Files()) != 5 || s.Files()[0].Name != "<!channel> & *note*.pdf" || !bytes.Equal(s.Files()[0].Content, pdf) {
		t.Errorf("lin was given %q", s.Files())
	}
	if len(s.Private) != 5 || !strings.HasPrefix(s.Private[0].Reference, "C0SALES:") || !s.Says("The files follow in your direct messages") || !s.Says("私信") {
		t.Errorf("lin sees\n%s", s)
	}
	if len(h.Pings()) > 0 || len(h.screen("mallory").Files()) > 0 || len(h.screen("mallory").Private) > 0 {
		t.Errorf("somebody else was called, %v, or given the file", h.Pings())
	}
	for _, c := range h.Calls("files.completeUploadExternal") {
		if c.Args["channel_id"] != "D0LIN" {
			t.Errorf("shared with %v", c.Args["channel_id"])
		}
	}
}

// TestNotGivenOut: whatever fails on the way, who asked is told.
func TestNotGivenOut(t *testing.T) {
	for method, fault := range map[string]slacktest.Fault{
		"files.getUploadURLExternal":   {Error: "file_uploads_disabled"},
		"upload":                       {Status: 500, Body: "<html>"},
		"files.completeUploadExternal": {Error: "missing_scope"},
		"":                             {},
	} {
		d := &desk{answer: giving(func(context.Context) ([]byte, error) {
			if method == "" {
				return nil, errBroken
			}
			return pdf, nil
		})}
		h := open(t, d, false, nil)
		h.Next(method, fault)
		h.must(h.Type(t.Context(), "lin", "/requests LV-7"))
		h.settle()
		if s := h.screen("lin"); !s.Says("could not be brought here") || len(s.Files()) > 0 {
			t.Errorf("%s: lin sees\n%s", method, s)
		}
		if !strings.Contains(h.log.String(), "files could not be given out") {
			t.Errorf("%s: the operator reads\n%s", method, h.log)
		}
	}
}

// TestFilesAlone: files that are sent as a message are the bot's, with what was written, in one event; so are those of a message that was
// forwarded. Those that a link shows were handed in by nobody. None is fetched before the bot opens it.
func TestFilesAlone(t *testing.T) {
	note, bill := slacktest.File{Name: "note.pdf", Content: pdf}, slacktest.File{Name: "bill.pdf", Content: pdf, Hidden: true}
	type heard struct {
		text  string
		files []string
	}
	for name, test := range map[string]struct {
		event func(h *house) map[string]any
		want  heard
	}{
		"a file":            {func(h *house) map[string]any { return h.FileEvent("U0LIN", "", note) }, heard{files: []string{"note.pdf"}}},
		"several and words": {func(h *house) map[string]any { return h.FileEvent("U0LIN", "lunch & <b>", note, bill) }, heard{"lunch & <b>", []string{"note.pdf", "file"}}},
		"forwarded":         {func(h *house) map[string]any { return h.ForwardEvent("U0LIN", "", true, note, bill) }, heard{files: []string{"note.pdf", "file"}}},
		"behind a link":     {func(h *house) map[string]any { return h.ForwardEvent("U0LIN", "see this", false, note) }, heard{text: "see this"}},
		"a link alone":      {func(h *house) map[string]any { return h.ForwardEvent("U0LIN", " ", false, note) }, heard{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := new(desk)
			var contents []string
			d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
				for _, upload := range u.Content.(bot.Said).Uploads {
					body, err := upload.Open(ctx)
					if err != nil {
						return err
					}
					content, err := io.ReadAll(body)
					body.Close()
					contents = append(contents, string(content))
					if err != nil {
						return err
					}
				}
				return r.Tell(ctx, bot.Message{Text: "With me."})
			}
			h := open(t, d, false, nil)
			if all := h.SendEvent(t.Context(), test.event(h), nil); !all[0].OK() {
				t.Errorf("%+v", all)
			}
			h.settle()
			updates := d.updates()
			if test.want.text+strings.Join(test.want.files, "") == "" {
				if len(updates) > 0 {
					t.Errorf("the bot heard %+v", updates)
				}
				return
			}
			if len(updates) != 1 {
				t.Fatalf("the bot heard %+v", updates)
			}
			got := heard{text: updates[0].Content.(bot.Said).Text}
			for _, u := range updates[0].Content.(bot.Said).Uploads {
				got.files = append(got.files, u.Name)
			}
			if !reflect.DeepEqual(got, test.want) || len(contents) != len(got.files) || strings.Join(contents, "") != strings.Repeat(string(pdf), len(got.files)) {
				t.Errorf("the bot heard %+v with %q, want %+v", got, contents, test.want)
			}
		})
	}
}

// TestFilesThatWereNotSaved: an event with files that surely was not saved is not acknowledged, so that it comes again, and one that came
// twice is one.
func TestFilesThatWereNotSaved(t *testing.T) {
	d := new(desk)
	away := true
	d.answer = func(ctx context.Context, _ bot.Update, r bot.Reply) error {
		if away {
			away = false
			return &workflows.Error{Code: workflows.Unavailable, Text: "error.unavailable"}
		}
		return r.Tell(ctx, bot.Message{Text: "With me."})
	}
	h := open(t, d, false, nil)
	event := h.FileEvent("U0LIN", "", slacktest.File{Name: "note.pdf", Content: pdf})
	if all := h.SendEvent(t.Context(), event, nil); len(all) != 2 || all[0].OK() || !all[1].OK() {
		t.Errorf("%+v", all)
	}
	if all := h.SendEvent(t.Context(), event, nil); len(all) != 1 || !all[0].OK() {
		t.Errorf("once more: %+v", all)
	}
	h.settle()
	if n := len(d.updates()); n != 2 {
		t.Errorf("the bot heard it %d times, want 2", n)
	}
	if d.updates()[0].Cause != d.updates()[1].Cause {
		t.Error("its cause changed")
	}
}

// TestOwnFilesComeBack: what the bot gives out is an event, too, in which it is a user like others. It does not answer itself, also when Slack could not
// be asked who it is when nod started.
func TestOwnFilesComeBack(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	h.Add(slacktest.User{ID: slacktest.BotUser, Name: "nod", Bot: true})
	if all := h.SendEvent(t.Context(), h.FileEvent(slacktest.BotUser, "Handed in with LV-7:", slacktest.File{Name: "note.pdf"}), nil); len(all) != 1 || !all[0].OK() {
		t.Errorf("%+v", all)
	}
	if len(d.updates()) > 0 || len(h.Calls("chat.postEphemeral")) > 0 {
		t.Errorf("the bot heard %+v", d.updates())
	}
}
