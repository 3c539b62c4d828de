// Package telegram is the Telegram adapter: it verifies and translates what Telegram sends into updates for bot, and draws what bot answers
// as messages, toasts and forms. It decides nothing.
//
// webhook.go and polling.go receive updates; both end in intake.go, which handles each chat's in order and many chats at once. reply.go
// gives bot's answers back, send.go posts cards and notices at the rates of pace.go, card.go and form.go draw, dialog.go leads through a
// form that is one message, calendar.go draws a month, file.go takes photos, documents and albums into a form, document.go gives files out,
// client.go calls the Bot API and says what is known of a call that failed.
//
// Of go-telegram/bot only the types and the client are used: its webhook and its polling acknowledge updates before they are handled.
// Decisions are made in private chats only, where the chat's id is the user's. To show another type of field, add it to the question in
// form.go and to the answer in dialog.go.
package telegram

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// Platform is what causes and addresses of this chat carry; it has no teams, and its users are Telegram's user ids in decimal.
const (
	Platform = "telegram"
	Team     = ""
)

func chatUser(user int64) workflows.ChatUser {
	return workflows.ChatUser{Platform: Platform, Team: Team, User: strconv.FormatInt(user, 10)}
}

// Texts are the words of the frame around the chat, texts/en.toml and texts/zh.toml.
//
//go:embed texts/*.toml
var Texts embed.FS

// Bot is what answers.
type Bot interface {
	chat.Handler
	// OpensForm tells, at once, whether an update is one that opens a form.
	OpensForm(c bot.Content) bool
	// IsCommand tells whether what was typed is a command and no more, so that it answers no question of a form.
	IsCommand(c bot.Content) bool
	Commands(language string) []bot.CommandHelp
}

// Directory finds the person that a chat user is bound to, for the language and the calendar of what is drawn; never to decide what they
// may do.
type Directory interface {
	BoundPerson(ctx context.Context, u workflows.ChatUser) (workflows.Person, error)
}

// Days tells which days of a range a person has off, with the name of the holiday if it has one in that language.
type Days interface {
	DaysOff(ctx context.Context, p workflows.Person, language string, from, to workflows.Date) (map[workflows.Date]string, error)
}

// Unhandled keeps updates that could not be handled, for the administrator. The same key twice is one.
type Unhandled interface {
	KeepUnhandled(ctx context.Context, platform, key string, body []byte, why string) error
}

// Presence hears when a user blocks the bot or lets it in again.
type Presence interface {
	Reachable(ctx context.Context, u workflows.ChatUser, reachable bool, now time.Time) error
}

// Config is all that the chat needs.
type Config struct {
	Bot       Bot
	Directory Directory
	Drafts    *chat.Drafts // nil: there are no forms
	Bodies    *chat.Bodies // bounds what is received by the webhook; nil: this chat's own
	Days      Days         // nil: Saturdays and Sundays are off
	Unhandled Unhandled    // nil: an update that failed for good is only logged
	Presence  Presence     // nil: nobody is told
	Alarm     chat.Alarm   // nil: nobody is told
	Words     chat.Printer
	Log       *slog.Logger

	Token  string
	APIURL string      // empty: Telegram's
	Secret string      // of the webhook; empty: every webhook call is refused
	Polled func(error) // hears how each call for updates went; nil: nobody does

	Pace  *deliver.Pacer                                   // of what the outbox sends; nil: this process paces by itself
	Now   func() time.Time                                 // business time, for "today"
	Pause func(ctx context.Context, d time.Duration) error // waits; nil: really
	Times Times
}

// Times are how long things may take; the zero value means the usual ones.
type Times struct {
	Handling time.Duration // one try of one update
	Answer   time.Duration // until a pressed button stops spinning though nothing is known yet
	Webhook  time.Duration // until a webhook call is answered "not yet"
	Poll     time.Duration // how long getUpdates waits
}

// Chat is Telegram: a webhook handler or a poller for what arrives, and a deliver.Sender for what goes out.
type Chat struct {
	Config
	api    *client
	id     int64 // of the bot, from its token
	lanes  lanes
	posts  memory
	albums memory // about which something was said
	flood  flood

	mu       sync.Mutex
	username string
	people   map[int64]known
	status   Status

	stopping context.Context
	stop     context.CancelFunc
}

// PollTime is how long a call for updates waits when there are none: the server's own limit.
const PollTime = 50 * time.Second

// Status is how receiving goes, for whoever watches the program.
type Status struct {
	Received time.Time // when Telegram was last reached for updates, by polling or by webhook
	Fault    string    // what was wrong since; empty: nothing
}

// String says it in a line.
func (s Status) String() string {
	last := "not reached yet"
	if !s.Received.IsZero() {
		last = "last reached at " + s.Received.UTC().Format(time.RFC3339)
	}
	if s.Fault != "" {
		return last + ": " + s.Fault
	}
	return last
}

// New makes the chat; it calls nobody yet.
func New(c Config) (*Chat, error) {
	first, _, ok := strings.Cut(c.Token, ":")
	id, err := strconv.ParseInt(first, 10, 64)
	if !ok || err != nil {
		return nil, errors.New("TELEGRAM_BOT_TOKEN is not a token: BotFather gives one that looks like 123456:ABC…")
	}
	if c.Secret != "" && !secretShape.MatchString(c.Secret) {
		return nil, errors.New("TELEGRAM_WEBHOOK_SECRET must be 1 to 256 of the characters A-Z a-z 0-9 _ -")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Pause == nil {
		c.Pause = chat.Pause
	}
	if c.Alarm == nil {
		c.Alarm = chat.NoAlarm{}
	}
	if c.Bodies == nil {
		c.Bodies = new(chat.Bodies)
	}
	if c.Pace == nil {
		c.Pace = &deliver.Pacer{Pause: c.Pause}
	}
	c.Times.Handling = cmp.Or(c.Times.Handling, 9*time.Second) // a failure is told within 10 s
	c.Times.Answer = cmp.Or(c.Times.Answer, 4*time.Second)     // Telegram forgets a press after 10 to 15 s
	c.Times.Webhook = cmp.Or(c.Times.Webhook, 25*time.Second)  // Telegram closes an idle connection after 60 s
	c.Times.Poll = cmp.Or(c.Times.Poll, PollTime)
	api, err := newClient(c.Token, c.APIURL, c.Times.Poll)
	if err != nil {
		return nil, err
	}
	made := &Chat{Config: c, api: api, id: id, people: map[int64]known{}}
	made.stopping, made.stop = context.WithCancel(context.Background())
	made.lanes.awaitMore = func(ctx context.Context) { _ = made.Pause(ctx, albumTime) }
	return made, nil
}

// Check asks Telegram whose token it is, and remembers the bot's name.
func (c *Chat) Check(ctx context.Context) (username string, err error) {
	me, err := c.api.GetMe(ctx)
	if err != nil {
		return "", fmt.Errorf("ask Telegram whose TELEGRAM_BOT_TOKEN it is: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.username = me.Username
	return me.Username, nil
}

// name gives the bot's user name, which it asks for once.
func (c *Chat) name(ctx context.Context) string {
	c.mu.Lock()
	name := c.username
	c.mu.Unlock()
	if name != "" {
		return name
	}
	name, err := c.Check(ctx)
	if err != nil {
		c.Log.WarnContext(ctx, "the bot's name is not known", "error", err)
	}
	return name
}

// Status tells how receiving goes.
func (c *Chat) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

func (c *Chat) received(fault string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.Fault = fault; fault == "" {
		c.status.Received = time.Now()
	}
}

// Close waits for the updates that are being handled, but no longer than ctx; what is not done by then is not acknowledged and comes again.
func (c *Chat) Close(ctx context.Context) error {
	defer c.stop()
	select {
	case <-c.lanes.idle():
		return nil
	case <-ctx.Done():
		return errors.New("updates from Telegram were still being handled")
	}
}

// known is what is remembered of a user for drawing.
type known struct {
	person   workflows.Person
	language string
	until    time.Time
}

// remembered is how long a changed language or calendar may stay unseen.
const remembered = time.Minute

// reader finds out for whom something is drawn. Of a stranger the language of their app is known, if that.
func (c *Chat) reader(ctx context.Context, user int64, app string) known {
	now := time.Now()
	c.mu.Lock()
	k, ok := c.people[user]
	c.mu.Unlock()
	if ok && now.Before(k.until) {
		return k
	}
	p, err := c.Directory.BoundPerson(ctx, chatUser(user))
	k = known{person: p, language: p.Language, until: now.Add(remembered)}
	if err != nil || p.Language == "" {
		k.language = "en"
		if strings.HasPrefix(strings.ToLower(app), "zh") { // IETF, as zh-hans
			k.language = "zh"
		}
	}
	if err != nil { // a stranger may be linked in a moment, and a database may answer again
		return k
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.people) > 10000 {
		clear(c.people)
	}
	c.people[user] = k
	return k
}

func (c *Chat) forget(user int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.people, user)
}
