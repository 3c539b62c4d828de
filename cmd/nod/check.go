package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/session"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

type checkCommand struct{}

// Help shows an example.
func (checkCommand) Help() string {
	return `Reports every fault at once, each with what to do, and changes nothing.

Example: NOD_POLICY=policy.yaml nod check`
}

// Run checks one thing after another; a fault of one does not hide those of the next.
func (checkCommand) Run(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if c.Database == "" {
		err = errors.Join(err, errNoDatabase)
	}
	found := findings{p: p}
	found.report("configuration", err)
	if c.Redis == "" {
		fmt.Fprintf(p.stdout, "Redis: note: %s\n", withoutRedis)
	}
	if c.ClockOffset != 0 {
		fmt.Fprintf(p.stdout, "configuration: note: NOD_CLOCK_OFFSET moves all business time by %s\n", c.ClockOffset)
	}
	rules, err := openPolicy(c)
	found.report("policy", err)
	if err == nil {
		_, err = texts.New(rules.Kinds())
		found.report("texts", err)
	}
	if c.Database != "" {
		store, err := openStore(ctx, c)
		found.report("database", err)
		if err == nil {
			defer store.Close()
			pending := checkMigrations(ctx, c)
			found.report("migrations", pending)
			if pending == nil {
				found.report("rights", store.Serves(ctx))
			}
			if rules != nil {
				found.report("definitions", checkDefinitions(ctx, store, rules))
			}
			found.people(ctx, store, c)
			if rules != nil {
				found.offices(ctx, store, rules.Kinds())
			}
			found.report("delivery", checkDelivery(ctx, store))
			found.report("updates", checkDeadLetters(ctx, store))
			found.replicas(ctx, store)
			found.alerts(ctx, store, c)
		}
	}
	if c.Redis != "" {
		found.report("Redis", checkRedis(ctx, c))
	}
	if c.SlackBotToken != "" {
		found.report("Slack", checkSlack(ctx, c))
	}
	if c.TelegramBotToken != "" {
		found.report("Telegram", checkTelegram(ctx, c))
	}
	return found.outcome()
}

// findings prints what is found, and counts the faults.
type findings struct {
	p      *program
	faults int
}

func (f *findings) report(part string, err error) {
	if err == nil {
		fmt.Fprintf(f.p.stdout, "%s: fine\n", part)
		return
	}
	for line := range strings.Lines(err.Error()) {
		f.faults++
		fmt.Fprintf(f.p.stderr, "%s: %s\n", part, strings.TrimSpace(line))
	}
}

func (f *findings) outcome() error {
	switch f.faults {
	case 0:
		return nil
	case 1:
		return errors.New("1 fault was found")
	}
	return fmt.Errorf("%d faults were found", f.faults)
}

func checkMigrations(ctx context.Context, c Config) error {
	list, err := migrations(ctx, c)
	if err != nil {
		return err
	}
	for _, m := range list {
		if !m.Applied {
			return fmt.Errorf("%s is not applied; run nod migrate", m.Name)
		}
	}
	return nil
}

// offices names the roles that nobody has, and without whom a kind's approved requests lie.
func (f *findings) offices(ctx context.Context, store *storage.Store, kinds []*workflows.Kind) {
	for _, k := range kinds {
		unheld, err := store.Unheld(ctx, k.Offices)
		if err != nil {
			f.report("people", fmt.Errorf("the roles cannot be looked up: %s", oneLine(err)))
			return
		}
		if len(unheld) == len(k.Offices) && len(unheld) > 0 {
			fmt.Fprintf(f.p.stdout, "people: note: nobody has the role %s, so nothing becomes of a request of %s once it is approved; "+
				"write it into somebody's roles and import the people again\n", strings.Join(unheld, " or "), k.Kind)
		}
	}
}

// people tells whether somebody can run this company: there are people, an administrator among them, and chats that reach the
// administrators.
func (f *findings) people(ctx context.Context, store *storage.Store, c Config) {
	people, admins, unreached, err := store.Staff(ctx)
	switch {
	case err != nil:
		err = fmt.Errorf("the people cannot be counted: %s; run nod migrate", oneLine(err))
	case people == 0:
		err = errors.New("nobody is imported yet; begin with nod import people FILE.csv, which docs/running.md explains")
	case admins == 0:
		err = errors.New("nobody has the role admin, so nobody decides in the last resort or is told what goes wrong; write admin into " +
			"somebody's roles and import the people again")
	}
	faults := []error{err}
	platform := "telegram"
	if c.TelegramBotToken == "" && c.SlackBotToken != "" {
		platform = "slack"
	}
	for _, id := range unreached {
		p, err := store.Person(ctx, id)
		if err != nil {
			faults = append(faults, fmt.Errorf("an administrator cannot be looked up: %s", oneLine(err)))
			continue
		}
		if slackFinds(ctx, store, c, p) {
			fmt.Fprintf(f.p.stdout, "people: note: nod serve finds the administrator %s %s in Slack by the address %s\n", p.No, p.Name,
				p.Email)
			continue
		}
		faults = append(faults, fmt.Errorf("no chat reaches the administrator %s %s; run nod link %s %s", p.No, p.Name, p.No, platform))
	}
	f.report("people", errors.Join(faults...))
}

// checkDelivery tells of people one of whose chats takes no more messages.
func checkDelivery(ctx context.Context, store *storage.Store) error {
	gone, err := store.GoneChats(ctx)
	if err != nil {
		return fmt.Errorf("the chats cannot be listed: %s; run nod migrate", oneLine(err))
	}
	var faults []error
	for _, who := range gone {
		faults = append(faults, fmt.Errorf("the chat of %s takes no more messages; ask them to unblock nod, or make them a new link with "+
			"nod link", who))
	}
	return errors.Join(faults...)
}

// checkDeadLetters names the updates that could not be handled.
func checkDeadLetters(ctx context.Context, store *storage.Store) error {
	const named = 10
	var faults []error
	n := 0
	err := store.DeadLetters(ctx, func(d storage.DeadLetter) error {
		if n++; n <= named {
			faults = append(faults, fmt.Errorf("%s could not be handled at %s: %s; run nod dead retry %s once that is mended, "+
				"or nod dead drop %s", letterName(d), stamp(d.At), brief(d.Why), letterName(d), letterName(d)))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("those that could not be handled cannot be listed: %s; run nod migrate", oneLine(err))
	}
	if n > named {
		faults = append(faults, fmt.Errorf("%d more could not be handled; nod dead list names them", n-named))
	}
	return errors.Join(faults...)
}

// replicas tells which programs serve, and which of their loops do not do their work.
func (f *findings) replicas(ctx context.Context, store *storage.Store) {
	list, err := store.Replicas(ctx)
	if err != nil {
		f.report("replicas", fmt.Errorf("they cannot be listed: %s; run nod migrate", oneLine(err)))
		return
	}
	var faults []error
	for _, r := range list {
		if r.Gone() {
			fmt.Fprintf(f.p.stdout, "replicas: note: %s was not heard of for %s, so what it had claimed goes to the others\n", r.Name,
				r.Silent.Round(time.Second))
			continue
		}
		fmt.Fprintf(f.p.stdout, "replicas: note: %s serves since %s\n", r.Name, stamp(r.Started))
		for _, l := range r.Late {
			why := l.Fault
			if why == "" {
				why = "it stands still; restart that nod serve"
			}
			faults = append(faults, fmt.Errorf("%s of %s has not done its work since %s: %s", l.Name, r.Name, stamp(l.Since), why))
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(f.p.stdout, "replicas: note: no nod serve runs over this database")
	}
	f.report("replicas", errors.Join(faults...))
}

// goesOn is how long after it was last met something counts as a fault of now; what lasts is met again within ten minutes.
const goesOn = time.Hour

// alerts prints what the administrators were told in the last seven days: as a fault what goes on, as a note what is over.
func (f *findings) alerts(ctx context.Context, store *storage.Store, c Config) {
	words, err := texts.New(nil)
	var clock *workflows.Clock
	if err == nil {
		clock, err = openClock(ctx, store, c)
	}
	var list []storage.Alert
	if err == nil {
		list, err = store.Alerts(ctx, clock.Now())
	}
	if err != nil {
		f.report("alerts", fmt.Errorf("they cannot be listed: %s; run nod migrate", oneLine(err)))
		return
	}
	print := words.For("en", time.Local.String(), clock.Now())
	var now []error
	for _, a := range list {
		line := fmt.Sprintf("%s: %s", stamp(a.Last), strings.Join(strings.Fields(strings.TrimPrefix(print.Text(a.Text, a.Args), "⚠️ ")),
			" "))
		if a.Count > 1 {
			line += fmt.Sprintf(" (met %d times since %s)", a.Count, stamp(a.First))
		}
		if clock.Now().Sub(a.Last) < goesOn && a.Text != textLoop { // whether a loop stands still now, its replica says
			now = append(now, errors.New(line))
		} else {
			fmt.Fprintf(f.p.stdout, "alerts: note: %s\n", line)
		}
	}
	f.report("alerts", errors.Join(now...))
}

// checkDefinitions makes sure that this program still knows every name that a request under way uses.
func checkDefinitions(ctx context.Context, store *storage.Store, rules *policy.Policy) error {
	hashes, err := store.OpenDefinitions(ctx)
	if err != nil {
		return fmt.Errorf("the definitions in use cannot be listed: %s; run nod migrate", oneLine(err))
	}
	var faults []error
	for _, hash := range hashes {
		d, err := store.Definition(ctx, hash)
		if err == nil {
			_, err = rules.Restore(d, hash)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("requests under way use definition %s, which this program cannot serve: %s; run the "+
				"version that made them until they are closed", hash, oneLine(err)))
		}
	}
	return errors.Join(faults...)
}

func checkRedis(ctx context.Context, c Config) error {
	sessions, err := session.Open(c.Redis.Reveal())
	if err != nil {
		return errors.New("REDIS_URL is not a Redis address; write it as redis://host:6379/0") // err may repeat the password
	}
	defer sessions.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := sessions.Ping(ctx); err != nil {
		return fmt.Errorf("it does not answer: %s; check REDIS_URL, and that the server runs", oneLine(err))
	}
	return nil
}
