package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

const secret = "a-secret_Token"

// helped gives a bot what the suite's has not.
type helped struct{ bottest.Bot }

func (helped) OpensForm(c bot.Content) bool {
	switch c := c.(type) {
	case bot.Press:
		return c.Action.Opens && c.Action.Name != "show" && c.Action.Name != "command"
	case bot.Said:
		return strings.HasPrefix(c.Text, "年假")
	}
	return false
}

func (helped) IsCommand(c bot.Content) bool {
	said, ok := c.(bot.Said)
	return ok && slices.Contains([]string{"cancel", "取消", "help", "帮助"}, said.Text)
}

func (helped) Commands(language string) []bot.CommandHelp {
	if language == "zh" {
		return []bot.CommandHelp{{Name: "leave", Help: "申请请假"}, {Name: "requests", Help: "我的申请"}, {Name: "help", Help: "帮助"}}
	}
	return []bot.CommandHelp{{Name: "leave", Help: "Ask for leave"}, {Name: "requests", Help: "Your requests"}, {Name: "help", Help: "This list"}}
}

// answers is a bot that does what a test says.
type answers struct {
	mu     sync.Mutex
	heard  []bot.Update
	answer func(ctx context.Context, u bot.Update, r bot.Reply) error
}

func (a *answers) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	a.mu.Lock()
	a.heard = append(a.heard, u)
	answer := a.answer
	a.mu.Unlock()
	if answer == nil {
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	return answer(ctx, u, r)
}

func (a *answers) updates() []bot.Update {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]bot.Update(nil), a.heard...)
}

// directory knows people by their user id.
type directory struct {
	mu     sync.Mutex
	people map[string]workflows.Person
}

func (d *directory) BoundPerson(_ context.Context, u workflows.ChatUser) (workflows.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.people[u.User]; ok && u.Platform == telegram.Platform && u.Team == telegram.Team {
		return p, nil
	}
	return workflows.Person{}, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
}

func (d *directory) set(user string, p workflows.Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[user] = p
}

// drafts is a Redis, or a Postgres, in memory.
type drafts struct {
	mu    sync.Mutex
	kept  map[string][]byte
	down  bool
	saved int
}

var errDown = errors.New("connection refused")

func (d *drafts) Save(_ context.Context, owner, form string, state []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return errDown
	}
	if d.kept == nil {
		d.kept = map[string][]byte{}
	}
	d.kept[owner+" "+form] = state
	d.saved++
	return nil
}

func (d *drafts) Load(_ context.Context, owner, form string) ([]byte, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, false, errDown
	}
	state, ok := d.kept[owner+" "+form]
	return state, ok, nil
}

func (d *drafts) Drop(_ context.Context, owner, form string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return errDown
	}
	delete(d.kept, owner+" "+form)
	return nil
}

func (d *drafts) SaveDraft(ctx context.Context, owner, form string, state []byte) error {
	return d.Save(ctx, owner, form, state)
}

func (d *drafts) LoadDraft(ctx context.Context, owner, form string) ([]byte, bool, error) {
	return d.Load(ctx, owner, form)
}

func (d *drafts) DropDraft(ctx context.Context, owner, form string) error {
	return d.Drop(ctx, owner, form)
}

func (d *drafts) set(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// flush is FLUSHALL.
func (d *drafts) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = nil
}

// unhandled keeps what could not be handled.
type unhandled struct {
	mu     sync.Mutex
	keys   []string
	why    []string
	bodies [][]byte
	down   bool
}

func (l *unhandled) KeepUnhandled(_ context.Context, platform, key string, body []byte, why string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return errDown
	}
	l.keys, l.why, l.bodies = append(l.keys, platform+" "+key), append(l.why, why), append(l.bodies, body)
	return nil
}

func (l *unhandled) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.keys...)
}

// words are the real ones.
func words(t testing.TB) *texts.Texts {
	t.Helper()
	w, err := texts.New(nil, sub(t))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// stage is a chat with a Telegram around it.
type stage struct {
	t         *testing.T
	server    *telegramtest.Server
	driver    *telegramtest.Driver
	chat      *telegram.Chat
	bot       *answers
	people    *directory
	drafts    *drafts
	rows      *drafts
	unhandled *unhandled
	log       *logged
	hookURL   string
	apiURL    string
	config    telegram.Config
	clock     *hurried
}

// logged is what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type mode int

const (
	webhook mode = iota
	polling
	still // nothing is received
)

// What the cards of these tests are about, and how a button carries it.
const (
	subject workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"
	packed  string              = "AYkKXayWd0u8zrMCCZqAVw"
	digest  string              = "rev3rev3rev"
)

// at is the moment of these tests: a Tuesday.
var at = time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)

// hurried is a clock for pacing whose pauses take no time.
type hurried struct {
	mu sync.Mutex
	at time.Time
}

func (h *hurried) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hurried) pause(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
	return ctx.Err()
}

func instantly(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func newStage(t *testing.T, m mode, options telegramtest.Options, change func(*telegram.Config)) *stage {
	t.Helper()
	if options.Retry == nil {
		options.Retry = func(int) time.Duration { return time.Millisecond }
	}
	options.AnyWebhook = true
	s := &stage{t: t, server: telegramtest.New(options), bot: &answers{}, people: &directory{people: map[string]workflows.Person{}}, drafts: &drafts{}, rows: &drafts{},
		unhandled: &unhandled{}, log: &logged{}, clock: &hurried{at: at}}
	for i, name := range []string{"lin", "mallory", "zhou"} {
		id := (&telegramtest.Driver{Server: s.server}).Address(name).User
		s.people.people[id] = workflows.Person{ID: workflows.PersonID(i + 1), No: name, Name: strings.ToUpper(name), Language: "en", Zone: "Asia/Shanghai", Active: true}
	}
	api := httptest.NewServer(s.server)
	s.apiURL = api.URL
	s.config = telegram.Config{Bot: helped{s.bot}, Directory: s.people, Unhandled: s.unhandled, Words: words(t),
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Token: telegramtest.Token, APIURL: api.URL, Secret: secret,
		Pace: &deliver.Pacer{Now: s.clock.now, Pause: s.clock.pause}, Now: func() time.Time { return at }, Pause: instantly}
	if change != nil {
		change(&s.config)
	}
	s.chat = s.start(m)
	s.driver = telegramtest.NewDriver(s.server, s.chat)
	t.Cleanup(func() {
		s.server.Close()
		api.Close()
	})
	return s
}

// start starts a program: a chat that receives. It ends with the test.
func (s *stage) start(m mode) *telegram.Chat {
	s.t.Helper()
	config := s.config
	config.Drafts = &chat.Drafts{Fast: s.drafts, Slow: s.rows, Log: config.Log}
	chat, err := telegram.New(config)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	switch m {
	case webhook:
		hook := httptest.NewServer(chat.Webhook())
		s.hookURL = hook.URL
		if err := chat.SetWebhook(ctx, hook.URL); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(hook.Close)
	case polling:
		running.Go(func() {
			if err := chat.RunPolling(ctx); err != nil {
				s.t.Error(err)
			}
		})
	}
	s.t.Cleanup(func() {
		cancel()
		running.Wait()
		ended, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := chat.Close(ended); err != nil {
			s.t.Error(err)
		}
	})
	return chat
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) screen(user string) bottest.Screen {
	s.t.Helper()
	screen, err := s.driver.Screen(s.t.Context(), user)
	s.must(err)
	return screen
}

func (s *stage) see(user, what string, ok func(bottest.Screen) bool) bottest.Screen {
	s.t.Helper()
	return bottest.Await(s.t.Context(), s.t, s.driver, user, what, ok)
}

// answered checks that no button spins.
func (s *stage) answered() {
	s.t.Helper()
	if list := s.server.Unanswered(); len(list) > 0 {
		s.t.Errorf("these presses were never answered: %v", list)
	}
}

// quiet checks that the token was not logged.
func (s *stage) quiet() {
	s.t.Helper()
	if text := s.log.String(); strings.Contains(text, telegramtest.Token) || strings.Contains(text, "AAtest") || strings.Contains(text, secret) {
		s.t.Errorf("a secret is in the log:\n%s", text)
	}
}

func TestSuite(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver {
				s := newStage(t, m, telegramtest.Options{}, func(c *telegram.Config) { c.Bot = helped{b} })
				t.Cleanup(func() { s.answered(); s.quiet() })
				return s.driver
			})
		})
	}
}

// I7: all of it works in the same way while Redis is away, from rows in Postgres.
func TestI7SuiteWithoutRedis(t *testing.T) {
	bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver {
		s := newStage(t, webhook, telegramtest.Options{}, func(c *telegram.Config) { c.Bot = helped{b} })
		s.drafts.set(true)
		return s.driver
	})
}

func sub(t testing.TB) fs.FS {
	f, err := fs.Sub(telegram.Texts, "texts")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

type hookServer = httptest.Server

func newHook(h http.Handler) *hookServer { return httptest.NewServer(h) }

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
