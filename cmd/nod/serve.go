package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/nod-chat/nod/storage/session"
)

// withoutRedis is what an operator should know who has none: it is no fault.
const withoutRedis = "REDIS_URL is not set, so forms that are half filled in are kept in the database, and each replica paces its " +
	"messages by itself"

// collected is how much of what is in use may be garbage, in percent, before it is collected. At Go's usual 100 that takes a fifth of what
// a press costs; twice as much takes a few megabytes more. GOGC says otherwise.
const collected = 200

type serveCommand struct{}

// Help shows an example.
func (serveCommand) Help() string {
	return `Runs the bot, configured by the environment, until it is told to stop (SIGTERM or Ctrl-C); then it finishes what it has ` +
		`taken on, within ten seconds.
Several may run at once over one database.

Example: DATABASE_URL=postgres://… REDIS_URL=redis://… nod serve`
}

// Run serves until ctx ends.
func (serveCommand) Run(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	logTo(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: c.Log}))
	if c.Migrate != "off" {
		if err := migrate(ctx, c); err != nil {
			return err
		}
	}
	s, err := openService(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	listener, err := listen(c.Addr, false)
	if err != nil {
		return fmt.Errorf("%w; set NOD_ADDR to another address", err)
	}
	admin, err := listen(c.AdminAddr, false)
	if err != nil {
		listener.Close()
		return fmt.Errorf("%w; set NOD_ADMIN_ADDR to another address", err)
	}
	mux := http.NewServeMux()
	if err := s.openChats(ctx, c, mux); err != nil {
		listener.Close()
		admin.Close()
		return err
	}
	if p.getenv("GOGC") == "" {
		debug.SetGCPercent(collected)
	}
	debug.FreeOSMemory() // what starting took
	slog.Info("serving", "address", listener.Addr().String(), "admin", admin.Addr().String(), "chats", s.chats())
	return s.run(ctx, face{listener, newServer(mux)}, face{admin, newServer(s.admin())})
}

func logTo(h slog.Handler) { slog.SetDefault(slog.New(h)) }

// openService opens what a running bot needs. close it.
func openService(ctx context.Context, c Config) (*service, error) {
	rules, err := openPolicy(c)
	if err != nil {
		return nil, err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := store.Serves(ctx); err != nil {
		store.Close()
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	clock, err := openClock(ctx, store, c)
	if err != nil {
		store.Close()
		return nil, err
	}
	s, err := newService(ctx, store, rules, clock)
	if err != nil {
		store.Close()
		return nil, err
	}
	if c.Redis == "" {
		slog.Warn(withoutRedis)
		return s, nil
	}
	if s.sessions, err = session.Open(c.Redis.Reveal()); err != nil {
		s.close()
		return nil, errors.New("REDIS_URL is not a Redis address; write it as redis://host:6379/0") // err may repeat the password
	}
	s.pace.Shared, s.drafts.Fast = s.sessions, s.sessions
	return s, nil
}

func (s *service) close() {
	s.store.Close()
	if s.sessions != nil {
		s.sessions.Close()
	}
}

// admin serves health and figures.
func (s *service) admin() http.Handler {
	return adminHandler(s.metrics, s.health, len(s.senders), &s.stopping, append([]check{
		{name: "postgres", needed: true, question: s.store.Ping},
		{name: "redis", question: func(ctx context.Context) error {
			if s.sessions == nil {
				return errors.New("not configured")
			}
			return s.sessions.Ping(ctx)
		}},
	}, s.checks...)...)
}

// openChats opens every platform whose token is set, and says which are off.
func (s *service) openChats(ctx context.Context, c Config, mux *http.ServeMux) error {
	if c.SlackBotToken == "" {
		slog.Info("Slack is off: SLACK_BOT_TOKEN is not set")
	} else {
		s.openSlack(ctx, c, mux)
	}
	if c.TelegramBotToken == "" {
		slog.Info("Telegram is off: TELEGRAM_BOT_TOKEN is not set")
		return nil
	}
	return s.openTelegram(c, mux)
}

// chats names the platforms that are on.
func (s *service) chats() string {
	var on []string
	for name := range s.senders {
		on = append(on, name)
	}
	if len(on) == 0 {
		return "none"
	}
	return strings.Join(on, ", ")
}
