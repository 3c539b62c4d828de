package slacktest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot/slack/slacktest"
)

func TestUploads(t *testing.T) {
	s, api, c := workspace(t, append(all, "files:read", "files:write")...)
	ctx := t.Context()
	begin := func(size int) *slack.GetUploadURLExternalResponse {
		t.Helper()
		r, err := api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: "note.pdf", FileSize: size})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	put := func(address, content string) int {
		t.Helper()
		r, err := http.Post(address, "application/octet-stream", strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	share := func(channel string, ids ...string) error {
		files := []slack.FileSummary{}
		for _, id := range ids {
			files = append(files, slack.FileSummary{ID: id})
		}
		_, err := api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Channel: channel, Files: files, InitialComment: "<!channel> note"})
		return err
	}
	if _, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0LIN"}}); err != nil {
		t.Fatal(err)
	}
	_, err := api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: "note.pdf", FileSize: -1})
	wants(t, "a length that is none", err, "missing_argument")
	_, err = api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: "note.pdf", FileSize: 2 << 30})
	wants(t, "two gigabytes", err, "file_upload_size_restricted")
	described := func(alt string) error {
		_, err := api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: "x.png", FileSize: 1, AltTxt: alt})
		return err
	}
	wants(t, "a long description", described(strings.Repeat("长", 1001)), "alt_txt_too_large")
	if err := described(strings.Repeat("长", 1000)); err != nil {
		t.Error(err)
	}
	u := begin(4)
	wants(t, "what was never uploaded", share("D0LIN", u.FileID), "file_not_found")
	if status := put(u.UploadURL, "more than four"); status != http.StatusBadRequest {
		t.Errorf("more than was announced: %d", status)
	}
	if status := put(u.UploadURL, "%PD"); status != http.StatusBadRequest {
		t.Errorf("fewer than were announced: %d", status)
	}
	if status := put(u.UploadURL, "%PDF"); status != http.StatusOK {
		t.Errorf("an upload: %d", status)
	}
	if status := put(u.UploadURL, "%PDF"); status != http.StatusBadRequest {
		t.Errorf("a second one to the same address: %d", status)
	}
	wants(t, "an unknown file", share("D0LIN", u.FileID, "F0NONE"), "file_not_found")
	wants(t, "a file twice", share("D0LIN", u.FileID, u.FileID), "file_not_found")
	wants(t, "no file", share("D0LIN"), "invalid_arguments")
	wants(t, "a user for a channel", share("U0LIN", u.FileID), "channel_not_found")
	wants(t, "an unknown channel", share("D0NOBODY", u.FileID), "channel_not_found")
	s.Channel("C0SALES", "U0LIN")
	wants(t, "a channel without the bot", share("C0SALES", u.FileID), "not_in_channel")
	if err := share("D0LIN", u.FileID); err != nil {
		t.Fatal(err)
	}
	wants(t, "a file that is shared", share("D0LIN", u.FileID), "file_not_found")
	next := begin(4)
	put(next.UploadURL, "%PDF")
	var limited *slack.RateLimitedError
	if err := share("D0LIN", next.FileID); !errors.As(err, &limited) {
		t.Errorf("two in a second: %v", err)
	}
	c.move(time.Second)
	if _, err := api.UploadFileContext(ctx, slack.UploadFileParameters{Channel: "D0LIN", Filename: "scan.png", FileSize: 4, Reader: strings.NewReader("\x89PNG")}); err != nil {
		t.Error(err)
	}
	messages := s.Messages("U0LIN")
	if len(messages) != 2 || len(messages[0].Files) != 1 || string(messages[0].Files[0].Content) != "%PDF" || string(messages[1].Files[0].Content) != "\x89PNG" || len(s.Pings()) != 1 {
		t.Errorf("%+v, %v", messages, s.Pings())
	}
}

func TestFilesWithoutScopes(t *testing.T) {
	s, api, _ := workspace(t, all...)
	_, err := api.GetUploadURLExternalContext(t.Context(), slack.GetUploadURLExternalParameters{FileName: "x", FileSize: 1})
	wants(t, "an upload", err, "missing_scope")
	_, err = api.CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: "F1"}}})
	wants(t, "a share", err, "missing_scope")
	_, _, _, err = api.GetFileInfoContext(t.Context(), "F1", 0, 0)
	wants(t, "a look", err, "missing_scope")
	_, err = api.OpenView(s.CommandPayload("U0LIN", "D0LIN", "nod", "")["trigger_id"].(string), filesView(3))
	wants(t, "a form that takes files", err, "missing_scope")
}

func filesView(most int) slack.ModalViewRequest {
	text := slack.NewTextBlockObject("plain_text", "nod", false, false)
	input := slack.NewInputBlock("proof", text, nil, slack.NewFileInputBlockElement("proof").WithFileTypes("pdf", "png").WithMaxFiles(most))
	input.Optional = true
	return slack.ModalViewRequest{Type: slack.VTModal, Title: text, Submit: text, CallbackID: "form:x", Blocks: slack.Blocks{BlockSet: []slack.Block{input}}}
}

// TestChoosing: what somebody chooses goes to Slack and comes with the form, as slack-go reads it; it is given to the bot's token only, which needs
// files:read for it.
func TestChoosing(t *testing.T) {
	s, api, _ := workspace(t, append(all, "files:read")...)
	if _, err := api.OpenView(s.CommandPayload("U0LIN", "D0LIN", "nod", "")["trigger_id"].(string), filesView(2)); err != nil {
		t.Fatal(err)
	}
	file := func(name string, size int) slacktest.File {
		return slacktest.File{Name: name, Content: make([]byte, size)}
	}
	for what, f := range map[string]slacktest.File{"another ending": file("x.svg", 1), "more than 10 MB": file("x.pdf", 10<<20+1)} {
		if s.Choose("U0LIN", "proof", f) == nil {
			t.Errorf("%s was taken", what)
		}
	}
	if s.Choose("U0LIN", "other", file("x.pdf", 1)) == nil || s.Choose("U0LIN", "proof", file("a.pdf", 1), file("b.pdf", 1), file("c.pdf", 1)) == nil {
		t.Error("it was chosen where there is no place")
	}
	if err := s.Choose("U0LIN", "proof", file("a.pdf", 10<<20), slacktest.File{Name: "b.PDF", Hidden: true, Content: []byte("b")}); err != nil {
		t.Fatal(err)
	}
	p, err := s.Submission("U0LIN")
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(p)
	var in slack.InteractionCallback
	if err := json.Unmarshal(raw, &in); err != nil {
		t.Fatal(err)
	}
	files := in.View.State.Values["proof"]["proof"].Files
	if len(files) != 2 || files[0].Name != "a.pdf" || files[0].Size != 10<<20 || files[1].Name != "" || files[1].FileAccess != "check_file_info" {
		t.Fatalf("%+v", files)
	}
	told, _, _, err := api.GetFileInfo(files[1].ID, 0, 0)
	if err != nil || told.Name != "b.PDF" {
		t.Fatalf("%+v, %v", told, err)
	}
	var content bytes.Buffer
	if err := api.GetFileContext(t.Context(), told.URLPrivateDownload, &content); err != nil || content.String() != "b" {
		t.Errorf("%q, %v", content.String(), err)
	}
	for _, authorization := range []string{"", "Bearer xoxb-other", "Bearer " + slacktest.AppToken} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, told.URLPrivate, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", authorization)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "Sign in") || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("with %q: %d %s", authorization, resp.StatusCode, body)
		}
	}
}
