package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

var errNoDatabase = errors.New("DATABASE_URL is not set; write it as postgres://user:password@host:port/database")

// openStore connects to the database that the configuration names.
func openStore(ctx context.Context, c Config) (*storage.Store, error) {
	if c.Database == "" {
		return nil, errNoDatabase
	}
	store, err := storage.Open(ctx, c.Database.Reveal())
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return store, nil
}

// openClock makes the business clock, which follows the database's.
func openClock(ctx context.Context, store *storage.Store, c Config) (*workflows.Clock, error) {
	clock := &workflows.Clock{}
	clock.Set(c.ClockOffset)
	if err := clock.Follow(ctx, store.Now); err != nil {
		return nil, fmt.Errorf("ask the database for its time: %w", err)
	}
	return clock, nil
}

// openPolicy reads the policy file that the configuration names, or the shipped one.
func openPolicy(c Config) (*policy.Policy, error) {
	if c.Policy == "" {
		return policy.Default(), nil
	}
	content, err := os.ReadFile(c.Policy)
	if err != nil {
		return nil, fmt.Errorf("NOD_POLICY: %w; name a file that can be read, or unset it to use the shipped policy", err)
	}
	return policy.Load(c.Policy, content)
}

// desk is what an administrator's commands work with.
type desk struct {
	config Config
	store  *storage.Store
	policy *policy.Policy
	clock  *workflows.Clock
	texts  *texts.Texts
}

// openDesk opens the database and the policy. close it.
func openDesk(ctx context.Context, p *program) (*desk, error) { return openDeskAs(ctx, p, openStore) }

// openDeskAs does so with a store of its own, as that of another role.
func openDeskAs(ctx context.Context, p *program, open func(context.Context, Config) (*storage.Store, error)) (*desk, error) {
	c, err := readConfig(p.getenv)
	if err != nil {
		return nil, err
	}
	rules, err := openPolicy(c)
	if err != nil {
		return nil, err
	}
	words, err := texts.New(rules.Kinds())
	if err != nil {
		return nil, err
	}
	store, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	clock, err := openClock(ctx, store, c)
	if err != nil {
		store.Close()
		return nil, err
	}
	return &desk{config: c, store: store, policy: rules, clock: clock, texts: words}, nil
}

func (d *desk) close() { d.store.Close() }

func (d *desk) engine(ctx context.Context) (*engine.Engine, error) {
	return engine.New(ctx, d.store, d.policy, d.clock)
}

// printer writes texts for the command line, which speaks English and tells this machine's time.
func (d *desk) printer() *texts.Printer { return d.texts.For("en", time.Local.String(), d.clock.Now()) }

// explain makes a sentence of a refusal; any other error is left as it is.
func (d *desk) explain(err error) error {
	var refusal *workflows.Error
	if !errors.As(err, &refusal) {
		return err
	}
	var sentences []string
	for _, fault := range refusal.Faults() {
		if fault.Code == workflows.NotFound && fault.Text == "request.not_found" {
			return fmt.Errorf("there is no request %v", fault.Args["Number"])
		}
		sentences = append(sentences, workflows.Inert(d.printer().Text(fault.Text, fault.Args)))
	}
	return errors.New(strings.Join(sentences, "\n"))
}

// stamp writes a time as this machine's clock shows it, with its offset.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 -07:00") }

// oneLine makes one line of an error's several.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
