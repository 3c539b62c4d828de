package slack_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// words says the texts of this package straight from its files.
type words map[string]map[string]string

func loadWords(t testing.TB) words {
	w := words{}
	for _, lang := range []string{"en", "zh"} {
		b, err := slack.Texts.ReadFile("texts/" + lang + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		if err := toml.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		w[lang] = texts
	}
	return w
}

func (w words) Say(lang, key string, args map[string]any) string {
	var b strings.Builder
	if err := template.Must(template.New("").Parse(w[lang][key])).Execute(&b, args); err != nil || b.Len() == 0 {
		return "[" + key + "]"
	}
	return b.String()
}

// clock stands still until somebody pauses or moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// pause lets time pass at once.
func (c *clock) pause(ctx context.Context, d time.Duration) error {
	c.move(d)
	return ctx.Err()
}

// opens says of any bot what opens a form, as answer.Bot does.
type opens struct{ bottest.Bot }

func (opens) OpensForm(c bot.Content) bool {
	switch c := c.(type) {
	case bot.Command:
		return c.Name == "leave" || c.Name == "expense"
	case bot.Press:
		if c.Action.Name == "command" {
			return c.Action.Args == "leave" || c.Action.Args == "expense"
		}
		return c.Action.Opens && c.Action.Name != "show"
	}
	return false
}

func (opens) Commands(string) []bot.CommandHelp {
	return []bot.CommandHelp{{Name: "leave", Registered: "timeoff"}, {Name: "expense"}, {Name: "approvals", Registered: "approvals"},
		{Name: "requests", Registered: "requests"}, {Name: "help"}}
}

// scopes and commands are those of the manifest; TestManifest holds them against it.
var (
	scopes   = []string{"chat:write", "commands", "files:read", "files:write", "im:history", "im:write", "users:read", "users:read.email"}
	commands = []string{"nod", "timeoff", "expense", "approvals", "requests", "tasks"}
)

// house is an adapter between a bot and a workspace in which lin and mallory live.
type house struct {
	*slacktest.Driver
	t     *testing.T
	chat  *slack.Chat
	clock *clock
	log   *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// open makes a house. sockets has it use Socket Mode; change may change the configuration.
func open(t *testing.T, b bottest.Bot, sockets bool, change func(*slack.Config)) *house {
	t.Helper()
	h := &house{t: t, clock: newClock(), log: new(safeBuffer)}
	server := slacktest.New(slacktest.Config{Scopes: scopes, Commands: commands, Now: h.clock.now})
	t.Cleanup(server.Close)
	for _, name := range []string{"lin", "mallory"} {
		server.Add(slacktest.User{ID: slacktest.UserID(name), Name: name, Email: name + "@lantern.example", Confirmed: true})
	}
	config := slack.Config{Bot: opens{b}, Words: loadWords(t), Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		BotToken: slacktest.BotToken, AppToken: slacktest.AppToken, SigningSecret: slacktest.SigningSecret, TeamID: slacktest.TeamID, APIURL: server.URL,
		Now: h.clock.now, Pause: h.clock.pause}
	if change != nil {
		change(&config)
	}
	h.chat = slack.New(config)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.chat.Close(ctx); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{slacktest.BotToken, slacktest.AppToken, slacktest.SigningSecret, "/hook/", "ticket=", "/files-pri/", "/upload/"} {
			if strings.Contains(h.log.String(), secret) {
				t.Errorf("the log holds %s:\n%s", secret, h.log)
			}
		}
	})
	h.Driver = slacktest.NewDriver(server, h.chat)
	h.Driver.Prefix = config.Prefix
	if sockets {
		server.UseSockets()
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- h.chat.RunSocket(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		h.must(server.AwaitSockets(t.Context(), 2))
		return h
	}
	app := httptest.NewServer(h.chat.Handler())
	t.Cleanup(app.Close)
	server.UseHTTP(app.URL)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) screen(user string) bottest.Screen {
	h.t.Helper()
	s, err := h.Screen(h.t.Context(), user)
	h.must(err)
	return s
}

// await looks at a user's screen until ok.
func (h *house) await(user, what string, ok func(bottest.Screen) bool) bottest.Screen {
	h.t.Helper()
	return bottest.Await(h.t.Context(), h.t, h.Driver, user, what, ok)
}

// settle waits until nothing is under way beside the requests.
func (h *house) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	h.must(h.chat.Wait(ctx))
}

// desk is a bot that answers as a test says and remembers what it was told.
type desk struct {
	mu     sync.Mutex
	heard  []bot.Update
	answer func(ctx context.Context, u bot.Update, r bot.Reply) error
}

func (d *desk) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	d.mu.Lock()
	d.heard = append(d.heard, u)
	answer := d.answer
	d.mu.Unlock()
	if answer == nil {
		return r.Tell(ctx, bot.Message{Text: "heard"})
	}
	return answer(ctx, u, r)
}

func (d *desk) updates() []bot.Update {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]bot.Update(nil), d.heard...)
}

func (d *desk) last(t *testing.T) bot.Update {
	t.Helper()
	list := d.updates()
	if len(list) == 0 {
		t.Fatal("the bot heard nothing")
	}
	return list[len(list)-1]
}

var errBroken = errors.New("the database is away")

func post(key string, c bot.Card) deliver.Post { return deliver.Post{Key: key, Card: &c} }

// keeping has what is too much for a view or button kept in rows.
func keeping(rows chat.Slow) func(*slack.Config) {
	return func(c *slack.Config) { c.Drafts = &chat.Drafts{Slow: rows} }
}

func TestSuiteHTTP(t *testing.T) {
	bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver {
		return open(t, b, false, keeping(new(drafts))).Driver
	})
}

func TestSuiteSockets(t *testing.T) {
	bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver { return open(t, b, true, keeping(new(drafts))).Driver })
}
