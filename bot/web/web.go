// Package web is the demonstration's own chat: a platform like others, drawn in a browser, so that nod can be tried without an account
// anywhere.
//
// It goes the same way as Slack and Telegram: intake.go turns a request into a bot.Update, reply.go draws what bot answers, send.go takes
// the posts of package deliver, and live.go pushes them to the open pages. What is special about it stands in guard.go: it has no login, so
// that it may only be served on loopback, by `nod demo`.
//
// The frame's own words lie in texts/, under keys that begin with "web.". To show another type of field, add it to templates/form.html.
package web

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// Platform and Team are what causes and addresses of this chat carry; its users are employee numbers.
const (
	Platform = "web"
	Team     = "lantern"
)

// Texts are the words of the frame around the chat, texts/en.toml and texts/zh.toml.
//
//go:embed texts/*.toml
var Texts embed.FS

//go:embed templates/*.html
var templates embed.FS

// Bot is what answers.
type Bot interface {
	chat.Handler
	Commands(language string) []bot.CommandHelp
}

// Clock is the business time, which this chat lets its users move on.
type Clock interface {
	Now() time.Time
	Offset() time.Duration
	Set(time.Duration)
}

// Store is this chat's memory: what a chat company keeps on its servers.
type Store interface {
	// WebPeople lists the active people by employee number.
	WebPeople(ctx context.Context) ([]workflows.Person, error)
	// WebPost stores a message once for its key and gives its id, also when it was stored before.
	WebPost(ctx context.Context, user, key string, body []byte, at time.Time) (id int64, err error)
	WebEdit(ctx context.Context, user string, id int64, body []byte, at time.Time) (found bool, err error)
	WebFind(ctx context.Context, user, key string) (id int64, found bool, err error)
	// WebHistory gives the newest messages of a user, oldest first.
	WebHistory(ctx context.Context, user string, limit int) ([]Stored, error)
	// WebSince gives what was posted or edited after a change, in the order of changes.
	WebSince(ctx context.Context, user string, change int64, limit int) ([]Stored, error)
	// WebRead gives the last change that the user has seen.
	WebRead(ctx context.Context, user string) (change int64, err error)
	WebMarkRead(ctx context.Context, user string, change int64) error
	// WebUnread counts for each user what they have not seen yet.
	WebUnread(ctx context.Context) (map[string]int, error)
	// WebMoveClock notes that the clock was moved on, for the next start.
	WebMoveClock(ctx context.Context, by time.Duration) error
}

// Stored is a message as the store keeps it. It is an alias of an unnamed type, so that the store can give the same type without knowing
// this package.
type Stored = struct {
	ID       int64
	Change   int64 // grows with every post and edit of a user's messages
	Body     []byte
	PostedAt time.Time
	Edited   bool
}

// Config is all that the chat needs.
type Config struct {
	Store  Store
	Bot    Bot
	Drafts *chat.Drafts // nil: forms are not kept
	Bodies *chat.Bodies // bounds what is received; nil: this chat's own
	Clock  Clock
	Words  chat.Printer
	Log    *slog.Logger
}

// Chat is the web chat: an http.Handler for people and a deliver.Sender for the bot.
type Chat struct {
	Config
	pages  *template.Template
	files  map[string]file
	hub    hub
	clock  sync.Mutex // one move of the clock at a time
	links  links[bot.Attachment]
	images links[bot.Picture]
}

// New makes the chat.
func New(c Config) *Chat {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Bodies == nil {
		c.Bodies = new(chat.Bodies)
	}
	return &Chat{Config: c, pages: parse(), files: static(), hub: newHub(),
		links: links[bot.Attachment]{most: maxFiles}, images: links[bot.Picture]{most: maxImages}}
}

// Close ends the open streams, which http.Server.Shutdown would otherwise wait for.
func (c *Chat) Close() { c.hub.close() }

// Handler serves the chat. Everything passes the guard first.
func (c *Chat) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.start)
	mux.HandleFunc("GET /open", c.open)
	mux.HandleFunc("GET /chat/{no}", c.chat)
	mux.HandleFunc("GET /pair/{a}/{b}", c.pair)
	mux.HandleFunc("GET /live/{no}", c.live)
	mux.HandleFunc("GET /static/{name}", c.static)
	mux.HandleFunc("GET /chat/{no}/file/{token}", c.file)
	mux.HandleFunc("GET /chat/{no}/picture/{token}", c.picture)
	mux.HandleFunc("POST /chat/{no}/command", c.command)
	mux.HandleFunc("POST /chat/{no}/press", c.press)
	mux.HandleFunc("POST /chat/{no}/recalculate", c.recalculate)
	mux.HandleFunc("POST /chat/{no}/submit", c.submit)
	mux.HandleFunc("POST /chat/{no}/resume", c.resume)
	mux.HandleFunc("POST /chat/{no}/drop", c.drop)
	mux.HandleFunc("POST /chat/{no}/read", c.read)
	mux.HandleFunc("POST /clock", c.moveClock)
	mux.HandleFunc("/", c.nowhere)
	return guard(c.Bodies, mux)
}
