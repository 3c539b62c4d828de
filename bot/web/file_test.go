package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
)

func withFile(t *testing.T, values url.Values, field, name string, content []byte) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	for key := range values {
		if err := form.WriteField(key, values.Get(key)); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("nod.file."+field, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), body
}

// sending makes a visitor send a body of their own.
func sending(kind string, body *bytes.Buffer) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = io.NopCloser(body), int64(body.Len())
	}
}

// Files make a form large; nothing else may be.
func TestOnlyFormsAreLarge(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	heard := 0
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		var state bot.FormState
		switch c := u.Content.(type) {
		case bot.Submission:
			state = c.FormState
		case bot.Recalculation:
			state = c.FormState
		}
		if len(state.Uploads) == 1 && state.Uploads[0].Field == "proof" && state.Uploads[0].Name == "scan.pdf" && state.Uploads[0].Size == 2<<20 {
			heard++
		}
		return false
	}
	for path, want := range map[string]int{"submit": 200, "recalculate": 200, "press": 413, "command": 413, "drop": 413} {
		kind, body := withFile(t, leave("type", "sick"), "proof", "scan.pdf", make([]byte, 2<<20))
		if status, text := v.post("/chat/E003/"+path, nil, sending(kind, body)); status != want {
			t.Errorf("2 MB to %s: %d %s, want %d", path, status, text, want)
		}
	}
	if heard != 2 {
		t.Errorf("the bot was given the file %d times, want 2", heard)
	}
	kind, body := withFile(t, leave("type", "sick"), "../x", "scan.pdf", []byte("%PDF-"))
	if status, _ := v.post("/chat/E003/recalculate", nil, sending(kind, body)); status != 200 {
		t.Errorf("an input of no field: %d", status)
	}
	if heard != 2 {
		t.Error("an input of no field brought a file")
	}
}

func TestAGivenFileIsItsReadersAlone(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	v := visit(t, server.URL)
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		_ = r.Tell(t.Context(), bot.Message{Text: "Handed in:", Files: []bot.Attachment{{ID: "f", Name: "note\".pdf", Type: "application/pdf", Size: 9,
			Open: func(context.Context) ([]byte, error) { return []byte("%PDF-<b>!"), nil }}}})
		return true
	}
	_, text := v.post("/chat/E003/command", command("/requests LV-1"), nil)
	_, link, ok := strings.Cut(text, `class="file" href="`)
	if !ok {
		t.Fatalf("no link in %s", text)
	}
	link, _, _ = strings.Cut(link, `"`)
	get := func(path string) *http.Response {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response
	}
	given := get(link)
	if h := given.Header; given.StatusCode != 200 || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file comes as %s %v", given.Status, h)
	}
	for _, path := range []string{strings.Replace(link, "E003", "E011", 1), link + "x", "/chat/E999/file/" + link[strings.LastIndex(link, "/")+1:]} {
		if r := get(path); r.StatusCode != 404 {
			t.Errorf("%s: %s, want 404", path, r.Status)
		}
	}
}
