package web

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
)

// Mallory wants to see what Lin was shown, or to have a picture run as a page. It has an address that cannot be guessed, is given out to its
// reader alone, and does nothing when it is opened by itself.
func TestAPictureIsItsReadersAlone(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	v := visit(t, server.URL)
	chart := bottest.PNG(900, 600)
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		_ = r.Tell(t.Context(), bot.Message{Text: "20,465.00 <i>", Picture: &bot.Picture{Name: "报销\".png", PNG: chart, Alt: "Travel \"12,345.00\" <b>\u202e"}})
		return true
	}
	_, text := v.post("/chat/E003/command", command("/requests"), nil)
	_, link, ok := strings.Cut(text, `<img src="`)
	if !ok || !strings.Contains(text, `alt="Travel &#34;12,345.00&#34; &lt;b&gt;\u202E" width="900" height="600">`) {
		t.Fatalf("no picture in %s", text)
	}
	link, _, _ = strings.Cut(link, `"`)
	get := func(path string) (*http.Response, []byte) {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, content
	}
	given, content := get(link)
	if given.StatusCode != 200 || !bytes.Equal(content, chart) {
		t.Errorf("the picture comes as %s, %d bytes", given.Status, len(content))
	}
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := given.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if at := given.Header.Get("Content-Disposition"); !strings.HasPrefix(at, "inline; filename") {
		t.Errorf("Content-Disposition is %q", at)
	}
	token := link[strings.LastIndex(link, "/")+1:]
	for _, path := range []string{strings.Replace(link, "E003", "E011", 1), link + "x", "/chat/E999/picture/" + token, "/chat/E003/file/" + token} {
		if r, _ := get(path); r.StatusCode != 404 {
			t.Errorf("%s: %s, want 404", path, r.Status)
		}
	}
	for range maxImages {
		v.post("/chat/E003/command", command("/requests"), nil)
	}
	if r, _ := get(link); r.StatusCode != 404 {
		t.Errorf("one of more than %d pictures is kept: %s", maxImages, r.Status)
	}
}

// A picture beneath an open dialog would not be seen, so it is said to be missing.
func TestAPictureInADialog(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		if _, sent := u.Content.(bot.Submission); !sent {
			return false
		}
		_ = r.Tell(t.Context(), bot.Message{Text: "Not now.", Picture: &bot.Picture{Name: "x.png", PNG: bottest.PNG(9, 6)}})
		return true
	}
	_, text := v.post("/chat/E003/submit", leave("type", "annual"), nil)
	if strings.Contains(text, "<img") || !strings.Contains(text, "Not now.\nThe picture cannot be shown.") {
		t.Errorf("the dialog says %s", text)
	}
}
