package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/cmd/nod/sample"
	"github.com/nod-chat/nod/storage"
)

type demoCommand struct{}

// Help shows an example.
func (demoCommand) Help() string {
	return `Runs the bot with a sample company and a web chat without any login, on this machine only. It needs the services that "make ` +
		`run" starts.

Example: make run`
}

// Run shows the bot with the sample company until ctx ends.
func (demoCommand) Run(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	logTo(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: max(c.Log, slog.LevelWarn)}))
	if !isLoopback(c.Addr) {
		return fmt.Errorf("NOD_ADDR is %s, but the web chat has no login and is served on this machine only; unset it or use 127.0.0.1",
			c.Addr)
	}
	say := func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }
	say("nod: preparing the database …")
	if err := prepareDemo(ctx, c, say); err != nil {
		return err
	}
	s, err := openService(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	offset, err := s.store.WebClock(ctx)
	if err != nil {
		return err
	}
	s.clock.Set(offset + c.ClockOffset)
	say("nod: moving the sample company in …")
	if err := sample.Load(ctx, s.store, s.clock.Now()); err != nil {
		return err
	}
	listener, err := listen(c.Addr, true)
	if err != nil {
		return err
	}
	admin, err := listen(c.AdminAddr, true)
	if err != nil {
		listener.Close()
		return err
	}
	chat := web.New(web.Config{Store: s.store, Bot: observed{s.bot, s.metrics}, Drafts: s.drafts, Bodies: s.bodies, Clock: s.clock,
		Words: s.texts, Log: slog.Default()})
	s.senders[web.Platform] = chat
	s.sends(web.Platform)
	mux := http.NewServeMux()
	mux.Handle("/", chat.Handler())
	if err := s.openChats(ctx, c, mux); err != nil {
		listener.Close()
		admin.Close()
		return err
	}
	server := newServer(mux)
	server.RegisterOnShutdown(chat.Close)
	address := "http://" + listener.Addr().String()
	say(welcome, address, address, admin.Addr())
	return s.run(ctx, face{listener, server}, face{admin, newServer(s.admin())})
}

// prepareDemo migrates. The demonstration's own database that an older program has left is begun anew; anybody else's is left alone.
func prepareDemo(ctx context.Context, c Config, say func(format string, args ...any)) error {
	err := migrate(ctx, c)
	if !errors.Is(err, storage.ErrOldSchema) || !c.DemoDatabase {
		return err
	}
	say("nod: the sample company of before was kept by an older nod, whose data cannot be carried over; it begins anew.")
	address, _, err := owner(c)
	if err != nil {
		return err
	}
	if err := storage.Reset(ctx, address); err != nil {
		return fmt.Errorf("the database cannot be begun anew: %s; run make clean", oneLine(err))
	}
	return migrate(ctx, c)
}

const welcome = `
  nod is here:  %s

  Try this: open Tom Baker beside his manager Zhou Kai
                %s/pair/E003/E011
    1. As Tom, type /leave, choose three days and send.
    2. Zhou Kai's card arrives by itself. Approve it: both cards change in place.
    3. Ask again, and press "next morning" at the top: the reminder comes.
    4. In another terminal, in this folder:  make nod ARGS="audit show LV-1"

  Health and figures: http://%s/readyz, /metrics.  Ctrl-C stops everything.
`

// isLoopback tells whether an address can only be reached from this machine.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
