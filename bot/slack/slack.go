// Package slack is the Slack adapter: it verifies and translates what Slack sends into updates for bot, and draws what bot answers as
// messages and modals. It decides nothing.
//
// intake.go takes what arrives over HTTP, once signature.go has found it genuine, socket.go what arrives through Socket Mode; both end in
// take. wire.go reads it, workspace.go tells whose it is, event.go answers what is an event. reply.go gives bot's answers back, send.go
// posts cards and notices at the rates of pace.go into the channels of channel.go, file.go brings files in and out, card.go, form.go and
// home.go draw within Block Kit's limits, messageform.go shows a form as a message, identity.go finds out who somebody is in the
// workspace, client.go calls the Web API and says what is known of a call that failed.
//
// Blocks are always drawn from our own data, never from those in a payload: new kinds of blocks would be lost or fail (slack-go#1539,
// #579). To show another type of field, add it to input in form.go and to values in wire.go.
package slack

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
)

// Platform is what causes and addresses of this chat carry; teams and users are Slack's ids.
const Platform = "slack"

// Texts are the words of the frame around the chat, texts/en.toml and texts/zh.toml.
//
//go:embed texts/*.toml
var Texts embed.FS

// Bot is what answers.
type Bot interface {
	chat.Handler
	// OpensForm tells, at once, whether an update is one that opens a form.
	OpensForm(c bot.Content) bool
	// Commands lists what can be typed, in a language.
	Commands(language string) []bot.CommandHelp
}

// Config is all that the chat needs. HTTP mode wants SigningSecret, Socket Mode AppToken; both may be on.
type Config struct {
	Bot    Bot
	Binder Binder       // nil: nobody is bound by their address
	Alarm  chat.Alarm   // nil: nobody is told
	Drafts *chat.Drafts // nil: what a form's buttons cannot carry is not kept
	// Submissions keep forms whose senders are told that they are being saved; nil: nothing is kept.
	Submissions Submissions
	Looked      func(error)  // hears how each look for such forms went; nil: nobody does
	Channels    Channels     // nil: they are remembered until a restart
	Bodies      *chat.Bodies // bounds what is received over HTTP; nil: this chat's own
	Words       chat.Printer
	Log         *slog.Logger

	BotToken      string
	SigningSecret string
	AppToken      string
	TeamID        string // empty: the token's own
	APIURL        string // empty: Slack's
	Prefix        string // put before each command's name

	Pace  *deliver.Pacer                                   // of what the outbox sends; nil: this process paces by itself
	Now   func() time.Time                                 // the machine's clock: signatures, pacing
	Pause func(ctx context.Context, d time.Duration) error // waits; nil: really
	Times Times
}

// Times are how long things may take; the zero value means the usual ones.
type Times struct {
	Opening    time.Duration // views.open, which has to be done before Slack gives up on the request
	Submission time.Duration // until a form's sender is to see "still saving" instead of the outcome
	Keeping    time.Duration // until the form has to be in the database then; else it is not saved
	Handling   time.Duration // the whole of an update
	Silence    time.Duration // without a ping, until a socket counts as dead

	BreakingOff time.Duration // until what could not be kept has to have an outcome
	Lease       time.Duration // for which a form that is kept is one program's, which renews it
	Search      time.Duration // between two looks for such forms that nobody has
}

// Chat is Slack: an http.Handler and sockets for what arrives, and a deliver.Sender for what goes out.
type Chat struct {
	Config
	api        *client
	registered func() map[string]string // the commands that have a name of their own here, by that name

	mu       sync.Mutex
	place    workspace         // that the token belongs to
	self     string            // the bot's own user
	channels map[string]string // direct channels, by user
	locales  map[string]string // of strangers, by team and user
	newest   map[string]string // the last change of a form that was seen, by view

	seen     recent
	ours     recent // users of the organisation that are of the workspace
	others   recent // users of the organisation that are not
	bound    recent // users that are known to be bound
	tried    recent // users that could not be bound a moment ago
	verified recent // bound users of whom the workspace said a while ago who they are
	told     refused
	turns    turns
	socket   socketState

	background sync.WaitGroup
	stopping   context.Context
	stop       context.CancelFunc
}

// New makes the chat; it calls nobody yet.
func New(c Config) *Chat {
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
		c.Pace = &deliver.Pacer{Now: c.Now, Pause: c.Pause}
	}
	c.Times.Opening = cmp.Or(c.Times.Opening, 2*time.Second) // of the 3 s in which Slack wants its answer
	// Together they leave time for the answer's way back.
	c.Times.Submission = cmp.Or(c.Times.Submission, 1700*time.Millisecond)
	c.Times.Keeping = cmp.Or(c.Times.Keeping, 500*time.Millisecond)
	c.Times.BreakingOff = cmp.Or(c.Times.BreakingOff, 200*time.Millisecond)
	c.Times.Lease = cmp.Or(c.Times.Lease, 5*time.Second)
	c.Times.Search = cmp.Or(c.Times.Search, 2*time.Second)
	c.Times.Handling = cmp.Or(c.Times.Handling, 9*time.Second) // a failure is told within 10 s
	// Slack pings every few seconds; slack-go gives up after 30 s to 60 s
	c.Times.Silence = cmp.Or(c.Times.Silence, 45*time.Second)
	made := &Chat{Config: c, api: newClient(c.BotToken, c.AppToken, c.APIURL), place: workspace{Team: c.TeamID},
		channels: map[string]string{}, locales: map[string]string{}, newest: map[string]string{}}
	made.seen.now, made.bound.now, made.tried.now, made.verified.now = c.Now, c.Now, c.Now, c.Now
	made.seen.keep, made.bound.keep, made.tried.keep, made.verified.keep = time.Hour, 10*time.Minute, time.Minute, time.Hour
	made.ours.now, made.others.now, made.ours.keep, made.others.keep = c.Now, c.Now, 10*time.Minute, time.Minute
	made.registered = sync.OnceValue(func() map[string]string { return registered(c.Bot) })
	made.stopping, made.stop = context.WithCancel(context.Background())
	return made
}

// Wait waits until nothing is under way beside the requests, but no longer than ctx.
func (c *Chat) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		c.background.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("answers to Slack were still under way")
	}
}

// Close ends the chat: call it when no more requests come in. What is still under way is finished, but no longer than ctx.
func (c *Chat) Close(ctx context.Context) error {
	defer c.stop()
	return c.Wait(ctx)
}

// inBackground does something that a request's sender does not wait for.
func (c *Chat) inBackground(do func(ctx context.Context)) {
	c.background.Go(func() {
		ctx, cancel := context.WithTimeout(c.stopping, c.Times.Handling)
		defer cancel()
		defer c.recovered(ctx, "an answer to Slack")
		do(ctx)
	})
}

// recovered keeps a fault in one answer from ending the program.
func (c *Chat) recovered(ctx context.Context, what string) {
	if p := recover(); p != nil {
		c.Log.ErrorContext(ctx, "something broke", "what", what, "panic", p)
	}
}

// alertOfCredentials looks at a failed call for what only an administrator can mend: a token that Slack does not take, or a scope that it
// lacks.
func (c *Chat) alertOfCredentials(ctx context.Context, err error) {
	var f *failure
	switch {
	case !errors.As(err, &f):
	case f.code == "missing_scope":
		c.Alarm.Alert(ctx, "alert.slack.scope", f.needed, map[string]any{"Scope": f.needed})
	case slices.Contains(tokenCodes, f.code):
		c.Alarm.Alert(ctx, "alert.slack.token", "", map[string]any{"Code": f.code})
	}
}

// say gives a sentence in both languages, for when it is not known who reads it.
func (c *Chat) say(key string) string { return chat.InBoth(c.Words, key, nil) }

// label is the same on one line.
func (c *Chat) label(key string) string {
	en, zh := c.Words.Say("en", key, nil), c.Words.Say("zh", key, nil)
	if en == zh {
		return en
	}
	return en + " " + zh
}

// Handler serves the three addresses of HTTP mode.
func (c *Chat) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/commands", c.served(readCommand))
	mux.HandleFunc("POST /slack/interactions", c.served(readInteraction))
	mux.HandleFunc("POST /slack/events", c.served(readEvent))
	return mux
}
