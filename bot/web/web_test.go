package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// visitor is a browser with its cookie and the token of the page it has open.
type visitor struct {
	t     *testing.T
	base  string
	token string
}

func visit(t *testing.T, base string) *visitor {
	t.Helper()
	response, err := http.Get(base + "/chat/E003")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	found := regexp.MustCompile(`data-token="([A-Z0-9]{26,})"`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("the page has no token:\n%s", text)
	}
	return &visitor{t: t, base: base, token: string(found[1])}
}

// post sends a form as the page does; change may spoil the request first.
func (v *visitor) post(path string, values url.Values, change func(*http.Request)) (int, string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", v.base)
	request.Header.Set(tokenHeader, v.token)
	request.AddCookie(&http.Cookie{Name: tokenCookie, Value: v.token})
	if change != nil {
		change(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func command(text string) url.Values { return url.Values{"text": {text}, "once": {newID()}} }

func leave(values ...string) url.Values {
	form := url.Values{"nod.form": {"form:leave"}, "nod.nonce": {"n-1"}, "nod.subject": {""}, "nod.digest": {""}, "nod.live": {"1"}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return form
}

// Mallory wants to act through the browser of somebody who has the demonstration open, or from the next desk. Nothing of hers may reach the bot.
func TestStrangersAreRefused(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	for name, test := range map[string]struct {
		spoil func(*http.Request)
		want  int
	}{
		"a page of another site posts":                     {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		"a page of another program on this machine posts":  {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403},
		"a sandboxed frame posts":                          {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"a program that is no browser posts":               {func(r *http.Request) { r.Header.Del("Origin") }, 403},
		"a name of hers was pointed at this machine":       {func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Origin", "http://evil.example") }, 403},
		"a name that begins like ours":                     {func(r *http.Request) { r.Host = "127.0.0.1.evil.example"; r.Header.Set("Origin", "http://"+r.Host) }, 403},
		"the token is missing":                             {func(r *http.Request) { r.Header.Del(tokenHeader) }, 403},
		"the token is another page's":                      {func(r *http.Request) { r.Header.Set(tokenHeader, strings.Repeat("A", 26)) }, 403},
		"the cookie is missing":                            {func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"cookie and token are empty":                       {func(r *http.Request) { r.Header.Set("Cookie", tokenCookie+"="); r.Header.Set(tokenHeader, "") }, 403},
		"the browser says that another site asks":          {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"another port of this machine, so the browser":     {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		"more than anybody types":                          {func(r *http.Request) { r.Body, r.ContentLength = large(70 << 10) }, 413},
		"more than anybody types, and its length unspoken": {func(r *http.Request) { r.Body, _ = large(70 << 10); r.ContentLength = -1 }, 413},
	} {
		status, text := v.post("/chat/E003/command", command("/leave"), test.spoil)
		if status != test.want || strings.Contains(text, "<") {
			t.Errorf("%s: %d %s, want %d and a sentence", name, status, text, test.want)
		}
	}
	if len(s.office.causes) != 0 {
		t.Errorf("the bot heard %v", s.office.causes)
	}
	if status, text := v.post("/chat/E003/command", command("/leave"), nil); status != 200 || !strings.Contains(text, "<dialog") {
		t.Errorf("the page itself: %d %s", status, text)
	}
}

func large(n int64) (io.ReadCloser, int64) {
	return io.NopCloser(strings.NewReader("text=" + strings.Repeat("x", int(n)-5))), n
}

// What a page sends is bounded with all that is received, and when there is no room it is said.
func TestNoRoom(t *testing.T) {
	s := newStage(t)
	s.Bodies = &chat.Bodies{Most: 100}
	v := visit(t, s.serve(t).URL)
	if status, text := v.post("/chat/E003/command", command(strings.Repeat("x", 200)), nil); status != http.StatusServiceUnavailable || !strings.Contains(text, "try again") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := v.post("/chat/E003/command", command("/leave"), nil); status != http.StatusOK || s.Bodies.Held() != 0 {
		t.Errorf("%d %s, and %d bytes are held", status, text, s.Bodies.Held())
	}
}

func TestOtherMachinesAreRefused(t *testing.T) {
	s := newStage(t)
	for remote, want := range map[string]int{"192.0.2.1:1234": 403, "[2001:db8::1]:1234": 403, "127.0.0.1:1234": 200, "[::1]:1234": 200, "[::ffff:127.0.0.1]:99": 200, "": 403} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/", nil)
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %q: %d, want %d", remote, w.Code, want)
		}
	}
}

func TestFramesOfOtherSites(t *testing.T) {
	s := newStage(t)
	for name, test := range map[string]struct {
		site, mode, dest string
		want             int
	}{
		"a link from another site":       {"cross-site", "navigate", "document", 200},
		"a frame in another site":        {"cross-site", "navigate", "iframe", 403},
		"a script of another site":       {"cross-site", "cors", "empty", 403},
		"an image in another site":       {"cross-site", "no-cors", "image", 403},
		"our own frame":                  {"same-origin", "navigate", "iframe", 200},
		"an address that somebody typed": {"none", "navigate", "document", 200},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/chat/E003", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Sec-Fetch-Site", test.site)
		r.Header.Set("Sec-Fetch-Mode", test.mode)
		r.Header.Set("Sec-Fetch-Dest", test.dest)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%s: %d, want %d", name, w.Code, test.want)
		}
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	for path, want := range map[string]int{"/": 200, "/chat/E003": 200, "/pair/E003/E011": 200, "/chat/E999": 404, "/pair/E003/E999": 404, "/live/E999": 404, "/nowhere": 404,
		"/static/nod.js": 200, "/static/htmx.min.js": 200, "/static/nod.css": 200, "/static/web.go": 404} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		csp := response.Header.Get("Content-Security-Policy")
		if response.StatusCode != want || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: %d with the policy %q, want %d", path, response.StatusCode, csp, want)
		}
		if strings.Contains(response.Header.Get("Content-Type"), "html") {
			for _, inline := range []string{"<style", " style=", " onclick", " hx-on", "javascript:", "<script>"} {
				if strings.Contains(string(text), inline) {
					t.Errorf("%s has %q in it", path, inline)
				}
			}
		}
	}
}

func TestUnknownPersonsDoNothing(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	for _, path := range []string{"/chat/E999/command", "/chat/E999/press", "/chat/E999/submit", "/chat/..%2f/command"} {
		if status, _ := v.post(path, command("/leave"), nil); status != 404 {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
	if len(s.office.causes) != 0 {
		t.Errorf("the bot heard %v", s.office.causes)
	}
}

func TestForeignFieldsAreRefused(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	action := func(text string) url.Values { return url.Values{"message": {"m1"}, "seq": {"1"}, "action": {text}} }
	for name, test := range map[string]struct {
		path   string
		values url.Values
	}{
		"a command with more":         {"command", url.Values{"text": {"/leave"}, "once": {newID()}, "as": {"E011"}}},
		"a command twice":             {"command", url.Values{"text": {"/leave", "/help"}, "once": {newID()}}},
		"a command without its id":    {"command", url.Values{"text": {"/leave"}}},
		"an id with something in it":  {"command", url.Values{"text": {"/leave"}, "once": {"x y\n"}}},
		"a button of no JSON":         {"press", action("approve")},
		"a button with more":          {"press", action(`{"name":"approve","label":"x","admin":true}`)},
		"a button without a name":     {"press", action(`{"label":"x"}`)},
		"two buttons":                 {"press", action(`{"name":"approve","label":"x"}{"name":"reject","label":"x"}`)},
		"a button with a long number": {"press", action(`{"name":"approve","label":"x","number":"` + strings.Repeat("9", 41) + `"}`)},
		"a button of no request":      {"press", action(`{"name":"approve","label":"x","subject":"LV-1"}`)},
		"a button of no revision":     {"press", action(`{"name":"approve","label":"x","digest":"rev1rev1re="}`)},
		"a button of a page long ago": {"press", action(`{"name":"approve","label":"x","number":"LV-1","revision":1}`)},
		"a button with long words":    {"press", action(`{"name":"run","label":"x","args":"` + strings.Repeat("x", 1001) + `"}`)},
		"a form without its name":     {"submit", leave("nod.form", "")},
		"a form of no request":        {"submit", leave("nod.subject", "LV-1")},
		"a form of no revision":       {"submit", leave("nod.digest", "one")},
		"a form of a page long ago":   {"submit", leave("nod.revision", "1")},
		"a form with a strange field": {"submit", leave("../../etc/x", "1")},
		"a form with our own word":    {"submit", leave("nod.admin", "1")},
	} {
		if status, text := v.post("/chat/E003/"+test.path, test.values, nil); status != 400 {
			t.Errorf("%s: %d %s, want 400", name, status, text)
		}
	}
	if len(s.office.causes) != 0 {
		t.Errorf("the bot heard %v", s.office.causes)
	}
	// What stands in the address was not typed into the page.
	if status, text := v.post("/chat/E003/command?text=/leave", url.Values{"once": {newID()}}, nil); status != 200 || strings.Contains(text, "dialog") {
		t.Errorf("words from the address: %d %s", status, text)
	}
}

func TestTwoSendsAreOneCause(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	once := command("/balance")
	form := leave("type", "annual", "from", "2026-12-01")
	approve := func(number string) string {
		return fmt.Sprintf(`{"name":"approve","label":"Approve","subject":%q}`, subject(number))
	}
	press := url.Values{"message": {"m7"}, "seq": {"3"}, "action": {approve("LV-1")}}
	for _, twice := range []struct {
		path   string
		values url.Values
	}{{"command", once}, {"press", press}, {"submit", form}} {
		v.post("/chat/E003/"+twice.path, twice.values, nil)
		v.post("/chat/E003/"+twice.path, twice.values, nil)
	}
	press.Set("action", approve("LV-2")) // the same word on another line of a list
	v.post("/chat/E003/press", press, nil)
	press.Set("seq", "4") // the card was redrawn
	v.post("/chat/E003/press", press, nil)
	var keys []string
	for _, c := range s.office.causes {
		if c.Platform != Platform || c.Team != Team || c.User != "E003" {
			t.Errorf("a cause of %+v", c)
		}
		keys = append(keys, c.Key)
	}
	if len(keys) != 8 || keys[0] != keys[1] || keys[2] != keys[3] || keys[4] != keys[5] || keys[4] != "form:n-1" {
		t.Fatalf("keys: %v", keys)
	}
	if keys[2] == keys[6] || keys[6] == keys[7] || !strings.HasPrefix(keys[2], "press:m7:3:approve:") {
		t.Errorf("different buttons share a key: %v", keys)
	}
}

func TestWhatIsTypedStaysText(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	v := visit(t, server.URL)
	hostile := "<script>alert(1)</script>\u202Egnp\u200b<img src=x onerror=alert(1)> <!channel> {{.Token}}"
	card := bot.Card{Number: "LV-1", Title: hostile, Who: hostile, Icon: "🌴", Fallback: hostile, Status: bot.Status{Text: hostile, Tone: "x y"}, Lines: []bot.Line{{Label: hostile, Text: hostile, Typed: true}},
		Steps: []bot.StepLine{{Text: hostile, Note: hostile}}, Actions: []bot.Action{{Name: `"><script>`, Label: hostile, Args: hostile}}}
	if _, err := s.Post(t.Context(), deliver.Address{User: "E003"}, deliver.Post{Key: "k", Card: &card}); err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(server.URL + "/chat/E003")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	page := string(text)
	_, dialog := v.post("/chat/E003/command", command("/leave annual 2026-12-01 2026-12-02 "+hostile), nil)
	_, echo := v.post("/chat/E003/command", command("/"+hostile), nil)
	for name, html := range map[string]string{"page": page, "dialog": dialog, "echo": echo} {
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img") {
			t.Errorf("the %s has live markup:\n%s", name, html)
		}
		if !strings.Contains(html, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("the %s does not show what was typed:\n%s", name, html)
		}
	}
	page = regexp.MustCompile(`<input type="hidden"[^>]*>`).ReplaceAllString(page, "") // buttons carry their action as it is
	if strings.Contains(page, "\u202E") || strings.Contains(page, "\u200b") || !strings.Contains(page, `\u202Egnp\u200B`) {
		t.Error("controls are not shown as escapes")
	}
}

func TestEveryUpdateIsAnswered(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	for name, test := range map[string]struct {
		hook func(bot.Update, bot.Reply) bool
		want string
	}{
		"a bot that says nothing": {func(bot.Update, bot.Reply) bool { return true }, said("web.silent")},
		"a bot that falls over":   {func(bot.Update, bot.Reply) bool { panic("oh") }, said("web.broken")},
	} {
		s.office.hook = test.hook
		for _, path := range []string{"command", "press", "submit", "recalculate"} {
			values := map[string]url.Values{"command": command("/leave"), "submit": leave(), "recalculate": leave(),
				"press": {"message": {"m1"}, "seq": {"1"}, "action": {`{"name":"approve","label":"x"}`}}}[path]
			status, text := v.post("/chat/E003/"+path, values, nil)
			if status != 200 || !strings.Contains(text, strings.ReplaceAll(test.want, "'", "&#39;")) {
				t.Errorf("%s, %s: %d %s, want %q", name, path, status, text, test.want)
			}
		}
	}
}

func TestDraftLivesUntilItIsSent(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	if _, text := v.post("/chat/E003/recalculate", leave("type", "annual", "from", "2026-12-01", "reason", "half a rea"), nil); !strings.Contains(text, said("web.draft.kept")) {
		t.Errorf("after typing: %s", text)
	}
	if _, text := v.post("/chat/E003/resume", url.Values{"nod.form": {"form:leave"}}, nil); !strings.Contains(text, "half a rea") || !strings.Contains(text, `value="n-1"`) {
		t.Errorf("after a reload the form is not the same one: %s", text)
	}
	_, text := v.post("/chat/E003/command", command("/leave"), nil)
	if !strings.Contains(text, "half a rea") || strings.Contains(text, `name="nod.nonce" value="n-1"`) || !strings.Contains(text, said("web.draft.over")) {
		t.Errorf("a new form does not offer the draft under its own nonce: %s", text)
	}
	for name, values := range map[string]url.Values{"starting over": {"text": {"/leave"}, "once": {newID()}, "fresh": {"1"}}, "a command with arguments": command("/leave sick 2026-12-01 2026-12-01")} {
		if _, text := v.post("/chat/E003/command", values, nil); strings.Contains(text, "half a rea") || !strings.Contains(text, "<dialog") {
			t.Errorf("%s brings the draft back: %s", name, text)
		}
	}
	if _, text := v.post("/chat/E011/command", command("/leave"), nil); strings.Contains(text, "half a rea") {
		t.Error("somebody else gets the draft")
	}
	v.post("/chat/E003/submit", leave("type", "annual", "from", "2026-12-01", "reason", "half a rea"), nil)
	if len(s.drawer.kept) != 0 {
		t.Errorf("after it was sent there is still %v", s.drawer.kept)
	}
	v.post("/chat/E003/recalculate", leave("type", "annual"), nil)
	v.post("/chat/E003/drop", url.Values{"nod.form": {"form:leave"}}, nil)
	if len(s.drawer.kept) != 0 {
		t.Errorf("after Cancel there is still %v", s.drawer.kept)
	}
}

// A form is about one revision of one request: it brings back which, and what was filled in for another is not offered in it.
func TestAFormIsOfOneRevision(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	var sent bot.FormState
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		switch c := u.Content.(type) {
		case bot.Press:
			state := bot.FormState{Form: "form:reject", Nonce: newID(), Subject: c.Action.Subject, Digest: c.Action.Digest}
			_ = r.Open(t.Context(), s.office.form(colleague("E011"), state, false))
			return true
		case bot.Submission:
			sent = c.FormState
		}
		return false
	}
	reject := leave("nod.form", "form:reject", "nod.subject", string(subject("LV-1")), "nod.digest", rev1, "comment", "the fair is")
	v.post("/chat/E011/recalculate", reject, nil)
	for name, test := range map[string]struct {
		number, digest string
		want           bool
	}{
		"the same one":     {"LV-1", rev1, true},
		"another request":  {"LV-2", rev1, false},
		"another revision": {"LV-1", "rev2rev2rev", false},
	} {
		about := subject(test.number)
		action := fmt.Sprintf(`{"name":"reject","label":"Reject","subject":%q,"digest":%q,"opens":true}`, about, test.digest)
		_, text := v.post("/chat/E011/press", url.Values{"message": {"m1"}, "seq": {"1"}, "action": {action}}, nil)
		hidden := `name="nod.subject" value="%s"><input type="hidden" name="nod.digest" value="%s">`
		if !strings.Contains(text, fmt.Sprintf(hidden, about, test.digest)) {
			t.Errorf("%s: the form does not say what it is about: %s", name, text)
		}
		if strings.Contains(text, "the fair is") != test.want {
			t.Errorf("%s: the draft is in it: %v", name, !test.want)
		}
	}
	r := &request{id: subject("LV-1"), number: "LV-1", requester: "E003", manager: "E011", references: map[string]string{}}
	s.office.requests[r.id] = r
	v.post("/chat/E011/submit", reject, nil)
	if sent.Subject != r.id || sent.Digest != rev1 {
		t.Errorf("the bot heard of %+v", sent)
	}
}

// I7: while Redis is away drafts lie in Postgres, and are gone from there when they are sent.
func TestRedisIsAway(t *testing.T) {
	s := newStage(t)
	s.drawer.broken = true
	v := visit(t, s.serve(t).URL)
	typed := leave("type", "annual", "from", "2026-12-01", "reason", "half a rea")
	if _, text := v.post("/chat/E003/recalculate", typed, nil); !strings.Contains(text, said("web.draft.kept")) {
		t.Errorf("working it out: %s", text)
	}
	if _, text := v.post("/chat/E003/resume", url.Values{"nod.form": {"form:leave"}}, nil); !strings.Contains(text, "half a rea") {
		t.Errorf("a reload: %s", text)
	}
	v.post("/chat/E003/submit", typed, nil)
	if len(s.rows.kept) != 0 {
		t.Errorf("after it was sent there is still %v", s.rows.kept)
	}
}

// I7: without Redis and Postgres for them everything works but the draft, and the form says so.
func TestNoPlaceForDrafts(t *testing.T) {
	s := newStage(t)
	s.drawer.broken, s.rows.broken = true, true
	v := visit(t, s.serve(t).URL)
	if _, text := v.post("/chat/E003/command", command("/leave"), nil); !strings.Contains(text, "<dialog") {
		t.Errorf("no form: %s", text)
	}
	if _, text := v.post("/chat/E003/recalculate", leave("type", "annual", "from", "2026-12-01"), nil); !strings.Contains(text, said("web.draft.off")) || !strings.Contains(text, "7 days → 6 days") {
		t.Errorf("working it out: %s", text)
	}
	if _, text := v.post("/chat/E003/resume", url.Values{"nod.form": {"form:leave"}}, nil); !strings.Contains(text, said("web.draft.lost")) {
		t.Errorf("a reload: %s", text)
	}
	if _, text := v.post("/chat/E003/submit", leave("type", "annual", "from", "2026-12-01"), nil); !strings.Contains(text, "Sent: LV-1042") {
		t.Errorf("sending: %s", text)
	}
}

// event is one server-sent event.
type event struct{ id, name, data string }

func listen(t *testing.T, ctx context.Context, address, last string) <-chan event {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("a stream of %s", kind)
	}
	events := make(chan event, 100)
	go func() {
		defer close(events)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		var e event
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					events <- e
				}
				e = event{}
			}
		}
	}()
	return events
}

func next(t *testing.T, events <-chan event) event {
	t.Helper()
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatal("the stream ended")
			}
			if e.name == "post" {
				return e
			}
		case <-time.After(5 * time.Second):
			t.Fatal("nothing came")
		}
	}
}

func TestLiveLosesNothing(t *testing.T) {
	s := newStage(t)
	server := s.serve(t)
	post := func(n int) string {
		t.Helper()
		reference, err := s.Post(t.Context(), deliver.Address{User: "E003"}, deliver.Post{Key: fmt.Sprint("n", n), Message: &bot.Message{Text: fmt.Sprint("message ", n)}})
		if err != nil {
			t.Fatal(err)
		}
		return reference
	}
	first := post(1)
	ctx, leave := context.WithCancel(t.Context())
	events := listen(t, ctx, server.URL+"/live/E003?since=0", "")
	seen := next(t, events)
	begin := time.Now()
	post(2)
	e := next(t, events)
	if !strings.Contains(e.data, "message 2") || time.Since(begin) > 500*time.Millisecond {
		t.Errorf("a post arrives as %s after %v", e.data, time.Since(begin))
	}
	var got pushed
	if err := json.Unmarshal([]byte(e.data), &got); err != nil || got.HTML == "" || fmt.Sprint(got.Change) != e.id {
		t.Errorf("an event %+v: %+v, %v", e, got, err)
	}
	leave()

	// While the page is away one message comes and an old one changes.
	post(3)
	if err := s.Edit(t.Context(), deliver.Address{User: "E003"}, first, deliver.Post{Message: &bot.Message{Text: "message 1, changed"}}); err != nil {
		t.Fatal(err)
	}
	events = listen(t, t.Context(), server.URL+"/live/E003?since=0", e.id)
	if a, b := next(t, events), next(t, events); !strings.Contains(a.data, "message 3") || !strings.Contains(b.data, "message 1, changed") || !strings.Contains(b.data, `"edited":true`) {
		t.Errorf("after coming back: %+v, %+v", a, b)
	}
	events = listen(t, t.Context(), server.URL+"/live/E003?brief=1&since="+seen.id, "")
	n := 0
	for e := range events { // it ends by itself
		if e.name == "post" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("a page in the background gets %d changes, want 3", n)
	}

	// Another process stores a post: nobody wakes the stream.
	if _, err := s.memory.WebPost(t.Context(), "E003", "elsewhere", []byte(`{"message":{"text":"from elsewhere"}}`), drawn); err != nil {
		t.Fatal(err)
	}
	events = listen(t, t.Context(), server.URL+"/live/E003?since=4", "")
	if e := next(t, events); !strings.Contains(e.data, "from elsewhere") {
		t.Errorf("instead of the other's post: %+v", e)
	}
	s.Close()
	for range events {
	}
}

func TestClockMovesForEverybody(t *testing.T) {
	s := newStage(t)
	v := visit(t, s.serve(t).URL)
	for _, test := range []struct {
		step, want string
	}{
		{"hour", "Tue 24 Nov 07:29"},
		{"morning", "Tue 24 Nov 09:00"},
		{"morning", "Wed 25 Nov 09:00"},
		{"week", "Wed 2 Dec 09:00"},
	} {
		_, text := v.post("/clock", url.Values{"as": {"E003"}, "step": {test.step}}, nil)
		if !strings.Contains(text, test.want) {
			t.Errorf("%s: %s, want %s", test.step, text, test.want)
		}
		if s.memory.moved != s.clock.Offset() {
			t.Errorf("%s: the store keeps %v, the clock has %v", test.step, s.memory.moved, s.clock.Offset())
		}
	}
	if status, _ := v.post("/clock", url.Values{"as": {"E003"}, "step": {"back"}}, nil); status != 400 {
		t.Errorf("back: %d", status)
	}
}

func TestReadMarks(t *testing.T) {
	s := newStage(t)
	s.play()
	server := s.serve(t)
	v := visit(t, server.URL)
	get := func(path string) string {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return string(text)
	}
	if page := get("/chat/E011"); strings.Count(page, `class="post new"`) != 3 {
		t.Errorf("before: %d are new", strings.Count(page, `class="post new"`))
	}
	if !strings.Contains(get("/"), "3 unread") {
		t.Error("the start page does not say that 3 are unread")
	}
	if status, _ := v.post("/chat/E011/read", url.Values{"change": {"100"}}, nil); status != 204 {
		t.Errorf("marking: %d", status)
	}
	if page := get("/chat/E011"); strings.Contains(page, `class="post new"`) {
		t.Error("after reading something is new")
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ name, lang, short, initials string }{
		{"Tom Baker", "en", "Tom", "TB"}, {"林小雨 Lin Xiaoyu", "en", "Lin Xiaoyu", "LX"}, {"林小雨 Lin Xiaoyu", "zh", "林小雨", "小雨"}, {"周凯", "en", "周凯", "周凯"}, {"Ömer", "zh", "Ömer", "Ö"},
	} {
		if s, i := short(test.name, test.lang), initials(test.name, test.lang); s != test.short || i != test.initials {
			t.Errorf("%s (%s): %q %q, want %q %q", test.name, test.lang, s, i, test.short, test.initials)
		}
	}
}

var _ deliver.Sender = (*Chat)(nil)
var _ Clock = (*workflows.Clock)(nil)
