package web

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
	for path, want := range map[string]int{"submit": 200, "recalculate": 200, "press": 413, "command": 400, "drop": 413} { // 400: no field of a line
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

// Five files go with a line, or by themselves, and stand with it in what its writer has sent. More are refused with a sentence.
func TestFilesOfALine(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	var got []string
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		if said, ok := u.Content.(bot.Said); ok {
			got = append(got, said.Text)
			for _, file := range said.Uploads {
				got = append(got, file.Field+file.Name)
			}
		}
		_ = r.Tell(t.Context(), bot.Message{Text: "With me."})
		return true
	}
	send := func(text string, names ...string) (int, string) {
		body := new(bytes.Buffer)
		form := multipart.NewWriter(body)
		for name, value := range map[string]string{"text": text, "once": "once-" + strconv.Itoa(len(names))} {
			if err := form.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range names {
			part, err := form.CreateFormFile("nod.file.said", name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(make([]byte, 100<<10)); err != nil {
				t.Fatal(err)
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		return v.post("/chat/E003/command", nil, sending(form.FormDataContentType(), body))
	}
	five := []string{"a<b>.pdf", "b.pdf", "c.pdf", "d.pdf", "e\u202E.pdf"}
	if status, text := send(" lunch ", five...); status != 200 || !strings.Contains(text, "lunch") || !strings.Contains(text, "a&lt;b&gt;.pdf") ||
		!strings.Contains(text, `e\u202E.pdf`) || strings.Contains(text, "\u202E") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := send("", "f.pdf"); status != 200 || !strings.Contains(text, "f.pdf") || !strings.Contains(text, "With me.") {
		t.Errorf("%d %s", status, text)
	}
	if want := append(append([]string{"lunch"}, five...), "", "f.pdf"); !slices.Equal(got, want) {
		t.Errorf("the bot heard %q, want %q", got, want)
	}
	if status, text := send("too many", append(five, "f.pdf")...); status != 413 || !strings.Contains(text, "At most 5 files") || len(got) != 8 {
		t.Errorf("six files: %d %s; the bot heard %q", status, text, got)
	}
}

// Whoever hands in an XML or an archive would like it to be opened as a page of this chat's, with all that a page may do. It is given out to
// be stored, by any name, and no browser looks what it is.
func TestAGivenFileIsNeverAPage(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	v := visit(t, server.URL)
	for name, kind := range map[string]string{"a.xml": "application/xml", "a.ofd": "application/ofd", "a.pdf": "application/pdf", "a.html": "text/html"} {
		content := `<EInvoice xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(1)</h:script></EInvoice>`
		s.office.hook = func(u bot.Update, r bot.Reply) bool {
			_ = r.Tell(t.Context(), bot.Message{Text: "Handed in:", Files: []bot.Attachment{{ID: "f", Name: name, Type: kind, Size: int64(len(content)),
				Open: func(context.Context) ([]byte, error) { return []byte(content), nil }}}})
			return true
		}
		_, text := v.post("/chat/E003/command", command("/requests LV-1"), nil)
		_, link, _ := strings.Cut(text, `class="file" href="`)
		link, _, _ = strings.Cut(link, `"`)
		response, err := http.Get(server.URL + link)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != content {
			t.Errorf("%s: %q, %v", name, body, err)
		}
		for header, want := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
			"Content-Disposition": "attachment; filename=" + name} {
			if got := response.Header.Get(header); got != want {
				t.Errorf("%s comes with %s %q, want %q", name, header, got, want)
			}
		}
		if got := response.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") {
			t.Errorf("%s comes with the policy %q", name, got)
		}
	}
}
