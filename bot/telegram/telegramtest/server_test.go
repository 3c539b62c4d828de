package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// clock is one that a test moves on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type answer struct {
	OK          bool            `json:"ok"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Result      json.RawMessage `json:"result"`
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

type api struct {
	t      *testing.T
	server *telegramtest.Server
	clock  *clock
	url    string
}

func open(t *testing.T, o telegramtest.Options) *api {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	o.Now = c.Now
	s := telegramtest.New(o)
	s.Meet("lin", nil)
	h := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); h.Close() })
	return &api{t, s, c, h.URL}
}

func (a *api) call(method string, arguments map[string]any) answer {
	a.t.Helper()
	return a.as(telegramtest.Token, method, arguments)
}

func (a *api) as(token, method string, arguments map[string]any) (out answer) {
	a.t.Helper()
	body, err := json.Marshal(arguments)
	if err != nil {
		a.t.Fatal(err)
	}
	resp, err := http.Post(a.url+"/bot"+token+"/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		a.t.Fatal(err)
	}
	if !out.OK && resp.StatusCode != out.Code {
		a.t.Errorf("%s: HTTP %d, error_code %d", method, resp.StatusCode, out.Code)
	}
	return out
}

func (a *api) refuses(code int, description, method string, arguments map[string]any) {
	a.t.Helper()
	if got := a.call(method, arguments); got.OK || got.Code != code || !strings.Contains(got.Description, description) {
		a.t.Errorf("%s %.200v: %d %q, want %d %q", method, arguments, got.Code, got.Description, code, description)
	}
}

func (a *api) takes(method string, arguments map[string]any) answer {
	a.t.Helper()
	got := a.call(method, arguments)
	if !got.OK {
		a.t.Errorf("%s %.200v: %d %q", method, arguments, got.Code, got.Description)
	}
	return got
}

var lin = telegramtest.UserID("lin")

func text(s string) map[string]any {
	return map[string]any{"chat_id": lin, "text": s, "parse_mode": "HTML"}
}

func with(m map[string]any, name string, value any) map[string]any {
	out := map[string]any{name: value}
	for k, v := range m {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func rows(data ...string) map[string]any {
	var row []map[string]any
	for _, d := range data {
		row = append(row, map[string]any{"text": "b", "callback_data": d})
	}
	return map[string]any{"inline_keyboard": [][]map[string]any{row}}
}

func TestTokens(t *testing.T) {
	a := open(t, telegramtest.Options{})
	if got := a.as("7000000001:wrong", "getMe", nil); got.Code != 401 || got.Description != "Unauthorized" {
		t.Errorf("%+v", got)
	}
	if got := a.as("none", "getMe", nil); got.Code != 404 {
		t.Errorf("%+v", got)
	}
	a.takes("getMe", nil)
	a.takes("GETME", nil)
	a.refuses(404, "method not found", "sendNothing", nil)
}

func TestTexts(t *testing.T) {
	a := open(t, telegramtest.Options{})
	for s, want := range map[string]string{
		"":                            "message text is empty",
		" \n ":                        "message text is empty",
		"<b></b>":                     "message text is empty",
		"a < b":                       `can't parse entities: Unsupported start tag "" at byte offset 2`,
		"<br>":                        `can't parse entities: Unsupported start tag "br" at byte offset 0`,
		"<p>x</p>":                    `Unsupported start tag "p"`,
		"中<script>":                   `Unsupported start tag "script" at byte offset 3`,
		"<b>x":                        `Can't find end tag corresponding to start tag "b"`,
		"x</b>":                       "Unexpected end tag at byte offset 1",
		"<b>x</i>":                    `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`,
		"<b><i>x</b></i>":             `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`,
		"<b":                          "Unclosed start tag at byte offset 0",
		"<b>x</b":                     "Unclosed end tag at byte offset 4",
		"<span>x</span>":              `Tag "span" must have class "tg-spoiler"`,
		`<a href="x>y</a>`:            "Unclosed start tag",
		strings.Repeat("x", 4097):     "message is too long",
		strings.Repeat("😀", 2049):     "message is too long",
		strings.Repeat("中", 11000):    "text is too long",
		strings.Repeat("&amp;", 4097): "message is too long",
	} {
		a.refuses(400, "Bad Request: ", "sendMessage", text(s))
		a.refuses(400, want, "sendMessage", text(s))
	}
	for _, s := range []string{strings.Repeat("x", 4096), strings.Repeat("😀", 2048), strings.Repeat("&amp;", 4096), strings.Repeat("<b>x</b>", 4000), "a &lt; b &quot;&#39;&#x27; &nbsp; & c", "<B>x</B>",
		`<a href="https://x.example">y</a><span class="tg-spoiler">z</span>`, "<blockquote expandable>x</blockquote>", "<blockquote>x<code>y</code></blockquote>", "<pre><code class=\"language-go\">x</code></pre>"} {
		a.takes("sendMessage", text(s))
	}
	a.refuses(400, "unsupported parse_mode", "sendMessage", with(text("x"), "parse_mode", "Wiki"))
	list := a.server.Messages(lin)
	if got := list[4].Text; got != `a < b "'' &nbsp; & c` {
		t.Errorf("entities are read as %q", got)
	}
	resp, err := http.Post(a.url+"/bot"+telegramtest.Token+"/sendMessage", "application/x-www-form-urlencoded", strings.NewReader(fmt.Sprintf("chat_id=%d&text=%%ff", lin)))
	if err != nil || resp.StatusCode != 400 {
		t.Errorf("invalid UTF-8: %v, %v", resp.Status, err)
	}
	resp.Body.Close()
}

// What Telegram finds by itself in plain text, and not within code.
func TestFoundEntities(t *testing.T) {
	a := open(t, telegramtest.Options{})
	a.takes("sendMessage", text("😀 /leave @somebody #tag http://x.example/y evil.example <code>/leave @somebody http://x.example</code>"))
	var kinds []string
	for _, e := range a.server.Messages(lin)[0].Entities {
		kinds = append(kinds, e.Type)
		if e.Type == "bot_command" && e.Offset != 3 {
			t.Errorf("the command begins at %d", e.Offset)
		}
	}
	slices.Sort(kinds)
	if want := []string{"bot_command", "code", "hashtag", "mention", "url", "url"}; !slices.Equal(kinds, want) {
		t.Errorf("found %v, want %v", kinds, want)
	}
}

func TestKeyboards(t *testing.T) {
	a := open(t, telegramtest.Options{})
	many := make([]string, 101)
	for i := range many {
		many[i] = "x"
	}
	for _, test := range []struct {
		markup any
		want   string
	}{
		{rows(strings.Repeat("x", 65)), "BUTTON_DATA_INVALID"},
		{rows(strings.Repeat("中", 22)), "BUTTON_DATA_INVALID"},
		{rows(""), "Text buttons are unallowed in the inline keyboard"},
		{json.RawMessage("null"), "object expected as reply markup"},
		{json.RawMessage(`{"inline_keyboard":null}`), `Field "inline_keyboard" must be of type Array`},
		{json.RawMessage(`{"inline_keyboard":[[{"text":"","callback_data":"x"}]]}`), "unallowed"},
		{json.RawMessage(`{"inline_keyboard":[[{"text":"x","copy_text":{"text":""}}]]}`), "BUTTON_COPY_TEXT_INVALID"},
		{json.RawMessage(`{"inline_keyboard":[[{"text":"x","url":"http://localhost/x"}]]}`), "is invalid"},
		{json.RawMessage(`{"inline_keyboard":[[{"text":"x","callback_data":"x","style":"green"}]]}`), "Invalid button style"},
		{rows(many...), "reply markup is too long"},
	} {
		a.refuses(400, test.want, "sendMessage", with(text("x"), "reply_markup", test.markup))
	}
	a.takes("sendMessage", with(text("x"), "reply_markup", rows(strings.Repeat("x", 64), strings.Repeat("中", 21))))
}

func TestChats(t *testing.T) {
	a := open(t, telegramtest.Options{})
	a.refuses(400, "Bad Request: chat not found", "sendMessage", with(text("x"), "chat_id", 5))
	a.refuses(400, "chat_id is empty", "sendMessage", map[string]any{"text": "x"})
	for name, change := range map[string]func(*telegramtest.User){
		"Forbidden: bot was blocked by the user":                 func(u *telegramtest.User) { u.Blocked = true },
		"Forbidden: user is deactivated":                         func(u *telegramtest.User) { u.Deactivated = true },
		"Forbidden: bot can't initiate conversation with a user": func(u *telegramtest.User) { u.Started = false },
	} {
		a.server.Meet(name, change)
		a.refuses(403, name, "sendMessage", with(text("x"), "chat_id", telegramtest.UserID(name)))
	}
	a.server.AddGroup(telegramtest.Group{ID: -7, MovedTo: -1007})
	a.server.AddGroup(telegramtest.Group{ID: -8, Kicked: true})
	if got := a.call("sendMessage", with(text("x"), "chat_id", -7)); got.Code != 400 || got.Parameters.MigrateTo != -1007 {
		t.Errorf("%+v", got)
	}
	a.refuses(403, "Forbidden: bot was kicked from the group chat", "sendMessage", with(text("x"), "chat_id", -8))
}

func TestEditsAndDeletes(t *testing.T) {
	a := open(t, telegramtest.Options{})
	var m struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(a.takes("sendMessage", with(text("x"), "reply_markup", rows("1"))).Result, &m); err != nil {
		t.Fatal(err)
	}
	edit := func(s string) map[string]any { return with(text(s), "message_id", m.ID) }
	a.refuses(400, "message is not modified: specified new message content", "editMessageText", with(edit("x"), "reply_markup", rows("1")))
	a.refuses(400, "message to edit not found", "editMessageText", with(edit("y"), "message_id", 999))
	a.refuses(400, "MESSAGE_TOO_LONG", "editMessageText", edit(strings.Repeat("x", 4097)))
	a.takes("editMessageText", edit("x")) // the keyboard goes
	if list := a.server.Messages(lin); len(list[0].Keyboard) != 0 {
		t.Error("a keyboard stays without reply_markup")
	}
	a.refuses(400, "message is not modified", "editMessageReplyMarkup", map[string]any{"chat_id": lin, "message_id": m.ID})
	a.takes("editMessageReplyMarkup", map[string]any{"chat_id": lin, "message_id": m.ID, "reply_markup": rows("2")})
	a.server.Say("lin", "mine")
	a.refuses(400, "message can't be edited", "editMessageText", with(edit("z"), "message_id", m.ID+1))
	a.takes("deleteMessage", map[string]any{"chat_id": lin, "message_id": m.ID + 1}) // in private chats also the user's
	a.refuses(400, "message to delete not found", "deleteMessage", map[string]any{"chat_id": lin, "message_id": m.ID + 1})
	a.clock.add(49 * time.Hour)
	a.takes("editMessageText", edit("old")) // of whatever age
	a.refuses(400, "message can't be deleted", "deleteMessage", map[string]any{"chat_id": lin, "message_id": m.ID})
	a.refuses(400, "message to be replied not found", "sendMessage", with(text("x"), "reply_parameters", map[string]any{"message_id": 12345}))
	a.takes("sendMessage", with(text("x"), "reply_parameters", map[string]any{"message_id": 12345, "allow_sending_without_reply": true}))
}

func TestPressesAreAnsweredOnceAndSoon(t *testing.T) {
	a := open(t, telegramtest.Options{})
	a.takes("sendMessage", with(text("x"), "reply_markup", rows("1")))
	id := a.server.Messages(lin)[0].ID
	press := func() string {
		t.Helper()
		u, err := a.server.Tap("lin", id, "1")
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			Query struct {
				ID string `json:"id"`
			} `json:"callback_query"`
		}
		if err := json.Unmarshal(u.Body, &body); err != nil {
			t.Fatal(err)
		}
		return body.Query.ID
	}
	const late = "query is too old and response timeout expired or query ID is invalid"
	first := press()
	a.refuses(400, "MESSAGE_TOO_LONG", "answerCallbackQuery", map[string]any{"callback_query_id": first, "text": strings.Repeat("x", 201)})
	a.takes("answerCallbackQuery", map[string]any{"callback_query_id": first, "text": strings.Repeat("中", 200), "show_alert": true})
	a.refuses(400, late, "answerCallbackQuery", map[string]any{"callback_query_id": first})
	a.refuses(400, late, "answerCallbackQuery", map[string]any{"callback_query_id": "none"})
	second := press()
	a.clock.add(16 * time.Second)
	a.refuses(400, late, "answerCallbackQuery", map[string]any{"callback_query_id": second})
	if list := a.server.Unanswered(); len(list) != 1 {
		t.Errorf("unanswered: %v", list)
	}
}

func TestCommandsAndFiles(t *testing.T) {
	a := open(t, telegramtest.Options{})
	set := func(name, description, language string) map[string]any {
		return map[string]any{"commands": []map[string]string{{"command": name, "description": description}}, "language_code": language}
	}
	a.takes("setMyCommands", set("leave", "x", "zh"))
	a.refuses(400, "invalid language code", "setMyCommands", set("leave", "x", "zh-hans"))
	a.refuses(400, "BOT_COMMAND_INVALID", "setMyCommands", set("Leave", "x", ""))
	a.refuses(400, "BOT_COMMAND_INVALID", "setMyCommands", set("请假", "x", ""))
	a.refuses(400, "BOT_COMMAND_INVALID", "setMyCommands", set(strings.Repeat("x", 33), "x", ""))
	a.refuses(400, "BOT_COMMAND_DESCRIPTION_INVALID", "setMyCommands", set("leave", "", ""))
	a.refuses(400, "BOT_COMMAND_DESCRIPTION_INVALID", "setMyCommands", set("leave", strings.Repeat("中", 257), ""))
	var many []map[string]string
	for i := range 101 {
		many = append(many, map[string]string{"command": fmt.Sprint("c", i), "description": "x"})
	}
	a.refuses(400, "BOT_COMMANDS_TOO_MUCH", "setMyCommands", map[string]any{"commands": many})

	a.server.AddFile(telegramtest.File{ID: "small", Path: "photos/1.jpg", Body: []byte("jpeg")})
	a.server.AddFile(telegramtest.File{ID: "large", Path: "documents/2.pdf", Size: 20<<20 + 1})
	a.refuses(400, "file is too big", "getFile", map[string]any{"file_id": "large"})
	a.refuses(400, "invalid file_id", "getFile", map[string]any{"file_id": "none"})
	a.takes("getFile", map[string]any{"file_id": "small"})
	for token, want := range map[string]int{telegramtest.Token: 200, "1:x": 404} {
		resp, err := http.Get(a.url + "/file/bot" + token + "/photos/1.jpg")
		if err != nil || resp.StatusCode != want {
			t.Errorf("download: %v, %v", resp.Status, err)
		}
		resp.Body.Close()
	}
	a.refuses(400, "message caption is too long", "sendPhoto", map[string]any{"chat_id": lin, "photo": "small", "caption": strings.Repeat("x", 1025)})
	a.refuses(400, "there is no document in the request", "sendDocument", map[string]any{"chat_id": lin})
	a.takes("sendPhoto", map[string]any{"chat_id": lin, "photo": "small", "caption": strings.Repeat("x", 1024)})
}

// What is uploaded comes as a part with a name; a link lasts an hour; an album is 2 to 10 of one kind, whose messages share a group.
func TestUploadsLinksAndAlbums(t *testing.T) {
	a := open(t, telegramtest.Options{})
	upload := func(name string, content []byte) answer {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("chat_id", fmt.Sprint(lin))
		part, err := form.CreateFormField("document")
		if name != "" {
			part, err = form.CreateFormFile("document", name)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
		_ = form.Close()
		resp, err := http.Post(a.url+"/bot"+telegramtest.Token+"/sendDocument", form.FormDataContentType(), &body)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out answer
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		file    string
		content []byte
		code    int
		words   string
	}{
		"empty":          {"a.pdf", nil, 400, "file must be non-empty"},
		"without a name": {"", []byte("text"), 400, "wrong file identifier"},
		"too large":      {"a.pdf", make([]byte, 50<<20+1), 413, "Request Entity Too Large"},
	} {
		if got := upload(c.file, c.content); got.OK || got.Code != c.code || !strings.Contains(got.Description, c.words) {
			t.Errorf("%s: %d %q, want %d %q", name, got.Code, got.Description, c.code, c.words)
		}
	}
	got := upload("诊断.pdf", []byte("%PDF-"))
	var m models.Message
	if err := json.Unmarshal(got.Result, &m); err != nil || m.Document == nil || m.Document.FileName != "诊断.pdf" || m.Document.FileSize != 5 || m.Text != "" {
		t.Errorf("sent %s, %v", got.Result, err)
	}
	a.refuses(400, "there is no text in the message to edit", "editMessageText", with(text("x"), "message_id", m.ID))
	a.takes("sendDocument", map[string]any{"chat_id": lin, "document": m.Document.FileID}) // known files are sent again by their id

	fetch := func(path string) int {
		resp, err := http.Get(a.url + "/file/bot" + telegramtest.Token + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	a.server.AddFile(telegramtest.File{ID: "a", Path: "documents/a.pdf", Body: []byte("%PDF-")})
	if status := fetch("documents/a.pdf"); status != 404 {
		t.Errorf("without a link: %d", status)
	}
	a.takes("getFile", map[string]any{"file_id": "a"})
	a.clock.add(59 * time.Minute)
	if status := fetch("documents/a.pdf"); status != 200 {
		t.Errorf("with a link: %d", status)
	}
	a.clock.add(time.Minute)
	if status := fetch("documents/a.pdf"); status != 404 {
		t.Errorf("after an hour: %d", status)
	}

	if _, err := a.server.Hand("lin", telegramtest.Media{Photo: true}, telegramtest.Media{Name: "a.pdf"}); err == nil {
		t.Error("an album of a photo and a document")
	}
	if _, err := a.server.Hand("lin", make([]telegramtest.Media, 11)...); err == nil {
		t.Error("an album of eleven")
	}
	updates, err := a.server.Hand("lin", telegramtest.Media{Photo: true, Caption: "x", Body: []byte("a")}, telegramtest.Media{Photo: true, Body: []byte("b")})
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]bool{}
	for i, u := range updates {
		var got models.Update
		if err := json.Unmarshal(u.Body, &got); err != nil || got.Message == nil || len(got.Message.Photo) < 2 || (got.Message.Caption == "x") != (i == 0) {
			t.Fatalf("%s, %v", u.Body, err)
		}
		groups[got.Message.MediaGroupID] = true
	}
	if len(updates) != 2 || len(groups) != 1 || groups[""] {
		t.Errorf("%d updates of the groups %v", len(updates), groups)
	}
}

func TestRates(t *testing.T) {
	a := open(t, telegramtest.Options{Rates: true})
	for range 5 {
		a.takes("sendMessage", text("x"))
	}
	if got := a.call("sendMessage", text("x")); got.Code != 429 || got.Parameters.RetryAfter < 1 || !strings.HasPrefix(got.Description, "Too Many Requests: retry after ") {
		t.Errorf("%+v", got)
	}
	a.clock.add(time.Second)
	a.takes("sendMessage", text("x"))
	taken := 0
	for i := range 40 {
		name := fmt.Sprint("user", i)
		a.server.Meet(name, nil)
		if a.call("sendMessage", with(text("x"), "chat_id", telegramtest.UserID(name))).OK {
			taken++
		}
	}
	if taken > 30 {
		t.Errorf("%d messages in a second", taken)
	}
	a.takes("setWebhook", map[string]any{"url": "https://nod.example/telegram"})
	a.refuses(429, "retry after 1", "setWebhook", map[string]any{"url": "https://nod.example/telegram"})
}

func TestWebhookAddresses(t *testing.T) {
	a := open(t, telegramtest.Options{})
	for url, want := range map[string]string{"http://nod.example/t": "An HTTPS URL must be provided", "https://nod.example:8080/t": "only on ports", "nod": "invalid webhook URL"} {
		a.refuses(400, want, "setWebhook", map[string]any{"url": url})
	}
	a.refuses(400, "unallowed characters", "setWebhook", map[string]any{"url": "https://nod.example/t", "secret_token": "a b"})
	a.refuses(400, "secret token is too long", "setWebhook", map[string]any{"url": "https://nod.example/t", "secret_token": strings.Repeat("a", 257)})
	a.takes("setWebhook", map[string]any{"url": "https://nod.example:8443/t", "secret_token": strings.Repeat("a", 256)})
	a.refuses(409, "can't use getUpdates method while webhook is active", "getUpdates", nil)
	a.takes("deleteWebhook", nil)
	a.takes("getUpdates", nil)
}

func (a *api) fetched(offset int64) (ids []int64) {
	a.t.Helper()
	var list []struct {
		ID int64 `json:"update_id"`
	}
	got := a.takes("getUpdates", map[string]any{"offset": offset})
	if err := json.Unmarshal(got.Result, &list); err != nil {
		a.t.Fatal(err)
	}
	for _, u := range list {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestOffsets(t *testing.T) {
	a := open(t, telegramtest.Options{})
	var want []int64
	for range 3 {
		want = append(want, a.server.Say("lin", "x").ID)
	}
	if got := a.fetched(0); !slices.Equal(got, want) {
		t.Errorf("all: %v", got)
	}
	if got := a.fetched(0); len(got) != 1 {
		t.Errorf("asking for the same again at once gives %v, want one", got)
	}
	a.clock.add(time.Second)
	if got := a.fetched(want[1]); !slices.Equal(got, want[1:]) {
		t.Errorf("from the second: %v", got)
	}
	if got := a.fetched(-1); !slices.Equal(got, want[2:]) {
		t.Errorf("the last: %v", got)
	}
	a.clock.add(time.Second)
	if got := a.fetched(want[2] + 100); !slices.Equal(got, want[2:]) {
		t.Errorf("an offset from the future acknowledges nothing: %v", got)
	}
	if got := a.fetched(want[2] + 1); len(got) != 0 || a.server.Pending() != 0 {
		t.Errorf("behind the last: %v", got)
	}
}

func TestUpdatesExpire(t *testing.T) {
	a := open(t, telegramtest.Options{})
	a.takes("sendMessage", with(text("x"), "reply_markup", rows("1")))
	press, err := a.server.Tap("lin", a.server.Messages(lin)[0].ID, "1")
	if err != nil {
		t.Fatal(err)
	}
	said := a.server.Say("lin", "x")
	a.clock.add(151 * time.Second)
	if n := a.server.Pending(); n != 1 || !press.Dropped() {
		t.Errorf("%d updates wait after 150 s", n)
	}
	a.clock.add(24 * time.Hour)
	if n := a.server.Pending(); n != 0 || !said.Dropped() {
		t.Errorf("%d updates wait after a day", n)
	}
}

// A webhook that fails is called again, and what stands behind the failed update in its queue waits; other queues do not.
func TestWebhookRetriesAndQueues(t *testing.T) {
	a := open(t, telegramtest.Options{AnyWebhook: true, Retry: func(int) time.Duration { return time.Millisecond }})
	var mu sync.Mutex
	var heard []string
	fail := map[string]int{"first": 3}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var u struct {
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
		}
		_ = json.Unmarshal(body, &u)
		mu.Lock()
		defer mu.Unlock()
		if r.Header.Get("X-Telegram-Bot-Api-Secret-Token") != "s" {
			t.Error("no secret")
		}
		heard = append(heard, u.Message.Text)
		if fail[u.Message.Text]--; fail[u.Message.Text] >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer hook.Close()
	a.takes("setWebhook", map[string]any{"url": hook.URL, "secret_token": "s"})
	one, two, other := a.server.Say("lin", "first"), a.server.Say("lin", "second"), a.server.Say("mallory", "other")
	for _, u := range []*telegramtest.Update{one, two, other} {
		<-u.Done()
	}
	mu.Lock()
	defer mu.Unlock()
	mine := slices.DeleteFunc(slices.Clone(heard), func(s string) bool { return s == "other" })
	if want := []string{"first", "first", "first", "first", "second"}; !slices.Equal(mine, want) {
		t.Errorf("heard %v, want %v", mine, want)
	}
	var info struct {
		Error string `json:"last_error_message"`
	}
	if err := json.Unmarshal(a.takes("getWebhookInfo", nil).Result, &info); err != nil || info.Error != "Wrong response from the webhook: 503 Service Unavailable" {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestSecondPollerEndsTheFirst(t *testing.T) {
	a := open(t, telegramtest.Options{})
	ended := make(chan answer, 1)
	go func() { ended <- a.call("getUpdates", map[string]any{"timeout": 50}) }()
	for { // until the first one waits
		a.call("getUpdates", map[string]any{"timeout": 0})
		select {
		case got := <-ended:
			if got.Code != 409 || !strings.Contains(got.Description, "terminated by other getUpdates request") {
				t.Errorf("%+v", got)
			}
			return
		default:
		}
	}
}

// The library's client, which sends everything as multipart, is understood.
func TestLibraryClient(t *testing.T) {
	a := open(t, telegramtest.Options{})
	b, err := tg.New(telegramtest.Token, tg.WithServerURL(a.url))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	m, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: lin, Text: "<b>x</b>", ParseMode: models.ParseModeHTML,
		ReplyMarkup: models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "a", CallbackData: "b"}}}}})
	if err != nil || m.Text != "x" || m.Chat.ID != lin || len(m.Entities) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := b.SendDocument(ctx, &tg.SendDocumentParams{ChatID: lin, Document: &models.InputFileUpload{Filename: "a.txt", Data: strings.NewReader("text")}}); err != nil {
		t.Error(err)
	}
	if _, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: lin, Text: "x", ReplyMarkup: models.InlineKeyboardMarkup{}}); !errors.Is(err, tg.ErrorBadRequest) {
		t.Errorf("a nil keyboard: %v", err)
	}
	if _, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: lin, Text: "x", ReplyMarkup: (*models.InlineKeyboardMarkup)(nil)}); !errors.Is(err, tg.ErrorBadRequest) {
		t.Errorf("a typed nil: %v", err)
	}
	for _, f := range []telegramtest.Fault{{HTML: true}, {DropBefore: true}, {DropAfter: true}, {Status: 500}} {
		a.server.Fail("sendMessage", f)
		if _, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: lin, Text: "x"}); err == nil {
			t.Errorf("%+v did not fail", f)
		}
	}
	if n := len(a.server.Messages(lin)); n != 3 {
		t.Errorf("%d messages, want the two and the one whose answer was lost", n)
	}
}

// A photo is looked at when it is uploaded ([api] sendPhoto): at most 10 MB and 10000 pixels of both sides, and no more than 20 to 1.
func TestPhotos(t *testing.T) {
	a := open(t, telegramtest.Options{})
	b, err := tg.New(telegramtest.Token, tg.WithServerURL(a.url))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		words   string // of the refusal; empty: it is taken
	}{
		"a photo":         {bottest.PNG(9000, 1000), ""},
		"wide":            {bottest.PNG(9001, 1000), "PHOTO_INVALID_DIMENSIONS"},
		"long":            {bottest.PNG(100, 2001), "PHOTO_INVALID_DIMENSIONS"},
		"more than 10 MB": {append(bottest.PNG(9, 9), make([]byte, 10<<20)...), "PHOTO_INVALID_DIMENSIONS"},
		"no picture":      {[]byte("%PDF-"), "IMAGE_PROCESS_FAILED"},
		"nothing":         {nil, "file must be non-empty"},
	} {
		m, err := b.SendPhoto(t.Context(), &tg.SendPhotoParams{ChatID: lin, Photo: &models.InputFileUpload{Filename: "a.png", Data: bytes.NewReader(c.content)}})
		switch {
		case c.words != "":
			if !errors.Is(err, tg.ErrorBadRequest) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s: %v, want %q", name, err, c.words)
			}
		case err != nil || len(m.Photo) != 1 || m.Photo[0].Width != 9000 || m.Photo[0].Height != 1000:
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}
