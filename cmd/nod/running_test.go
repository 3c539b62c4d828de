package main

import (
	"context"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
)

// pageDay is the day on which docs/running.md is read: its files are of that year.
var pageDay = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// companyChats are the reader's company, in Slack and Telegram, as both would be if its people were real.
type companyChats struct {
	*reader
	slack    *slacktest.Driver
	telegram *telegramtest.Driver
}

// sees waits until somebody's screen is as it should be.
func (c companyChats) sees(d bottest.Driver, user, what string, ok func(bottest.Screen) bool) {
	c.Helper()
	await(c.T, d, user, what, ok)
}

func (c companyChats) card(user, number, text string) (card bottest.Shown) {
	c.Helper()
	c.sees(c.slack, user, number+" with "+text, func(s bottest.Screen) bool {
		m, ok := s.Message(number)
		card = m
		return ok && strings.Contains(m.Text, text)
	})
	return card
}

func (c companyChats) ask(dates string) {
	c.Helper()
	c.must(c.slack.Type(c.Context(), "tom", "/timeoff annual "+dates+" family"))
	c.sees(c.slack, "tom", "the form", func(s bottest.Screen) bool { return s.Form != nil })
	c.must(c.slack.Send(c.Context(), "tom", 1))
}

func (c companyChats) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// I5: docs/running.md, word for word: the role or roles as it makes them, from the empty database to the first approved leave, a backup, and its return. Each
// works from the first press, and the role that serves can never change the audit, also not after the restore.
func TestI5RunningPage(t *testing.T) {
	t.Parallel()
	made := blocks(t, "running.md", "## One role, or two")
	if len(made) != 2 {
		t.Fatalf("the page makes roles in %d ways", len(made))
	}
	for name, setup := range map[string]struct {
		roles           block
		serves, creates string
	}{
		"one role":  {made[0], "nod", "nod"},
		"two roles": {made[1], "nod_serve", "nod_owner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, g := slacktest.New(slacktest.Config{Scopes: slackScopes(t), Commands: []string{"nod", "timeoff", "approvals", "requests"}}), botAPI(t)
			api := httptest.NewServer(g)
			t.Cleanup(func() { g.Close(); api.Close(); s.Close() })
			for user, email := range map[string]string{"tom": "tom@lantern.example", "zhou": "kai@lantern.example"} {
				s.Add(slacktest.User{ID: slacktest.UserID(user), Name: user, Email: email, Confirmed: true})
			}
			s.UseSockets()
			x := newReader(t, append(slackEnv(s), "SLACK_APP_TOKEN="+slacktest.AppToken, "TELEGRAM_BOT_TOKEN="+telegramtest.Token, "TELEGRAM_API_URL="+api.URL,
				"NOD_CLOCK_OFFSET="+time.Until(pageDay).Round(time.Second).String())...)
			x.follow(setup.roles)
			x.env = append(x.env, "DATABASE_URL="+x.address(setup.serves))
			if setup.creates != setup.serves {
				x.env = append(x.env, "NOD_MIGRATE_DATABASE_URL="+x.address(setup.creates))
			}
			c := companyChats{x, slacktest.NewDriver(s, nil), telegramtest.NewDriver(g, nil)}
			c.fromNothingToALeave(s)
			c.backAgain(setup.serves, setup.creates)
		})
	}
}

// fromNothingToALeave is "The first administrator".
func (c companyChats) fromNothingToALeave(s *slacktest.Server) {
	ctx := c.Context()
	list := blocks(c.T, "running.md", "## The first administrator")
	link, show := list[len(list)-2], list[len(list)-1]
	printed := c.follow(list[:len(list)-2]...)
	for _, want := range []string{"nothing is changed yet: 4 lines would change something", "Slack: fine", "Telegram: fine", "Redis: fine", "migrations: fine",
		"people: no chat reaches the administrator E013 Wang Lei; run nod link E013 telegram"} {
		if !strings.Contains(printed, want) {
			c.Errorf("the commands up to nod check do not print %q:\n%s", want, printed)
		}
	}
	c.must(s.AwaitSockets(ctx, 2))

	code := regexp.MustCompile(`/start (\S+)`).FindStringSubmatch(c.follow(link))
	if code == nil {
		c.Fatal("nod link prints no code")
	}
	c.must(c.telegram.Type(ctx, "wang", "/start "+code[1]))
	c.sees(c.telegram, "wang", "a welcome", func(s bottest.Screen) bool { return s.Says("Wang Lei") })
	if again := c.enter("nod check"); strings.Contains(again, "fault") || !strings.Contains(again, "people: fine") {
		c.Errorf("once the administrator has a chat, nod check says\n%s", again)
	}

	c.ask("2026-12-07 2026-12-09")
	c.card("tom", "LV-1", "Waiting for Zhou Kai")
	card := c.card("zhou", "LV-1", "Tom Baker")
	if !strings.Contains(card.Text, "10天 → 7天") {
		c.Errorf("the manager's card does not say what is left:\n%s", card.Text)
	}
	c.must(c.slack.Press(ctx, "zhou", card.Reference, "approve", 1))
	c.card("tom", "LV-1", "Approved by Zhou Kai")
	story := c.follow(show)
	for _, want := range []string{" submit E003 Tom Baker slack ", " approve E011 Zhou Kai slack pending → approved"} {
		if !strings.Contains(story, want) {
			c.Errorf("the audit does not tell %q:\n%s", want, story)
		}
	}
}

// backAgain is "Backups", then "Restoring a backup" after something else has happened.
func (c companyChats) backAgain(serves, creates string) {
	c.follow(blocks(c.T, "running.md", "## Backups")...)
	c.ask("2026-12-14 2026-12-14")
	c.card("tom", "LV-2", "Waiting for Zhou Kai")
	c.stop()
	steps := blocks(c.T, "running.md", "## Restoring a backup")
	if creates != serves { // as the comment beside the statement says
		steps[0].text = regexp.MustCompile(`OWNER nod; -- with two roles: OWNER nod_owner`).ReplaceAllString(steps[0].text, "OWNER nod_owner;")
	}
	printed := c.follow(steps...)
	if !strings.Contains(printed, "records are as they were written") {
		c.Errorf("nod audit verify and the others print\n%s", printed)
	}
	if story := c.enter("nod audit show LV-1"); !strings.Contains(story, " approve E011 Zhou Kai ") {
		c.Errorf("after the restore the audit tells\n%s", story)
	}
	c.card("tom", "LV-1", "Approved by Zhou Kai")
	c.ask("2026-12-14 2026-12-14")
	c.card("zhou", "LV-1002", "Tom Baker")

	conn, err := pgx.Connect(c.Context(), c.address(serves))
	c.must(err)
	defer conn.Close(context.Background())
	for _, sql := range []string{"UPDATE audit SET event = 'reject'", "DELETE FROM audit", "DELETE FROM audit_values", "TRUNCATE audit_values"} {
		if _, err := conn.Exec(c.Context(), sql); err == nil {
			c.Errorf("after the restore the role that serves may %s", sql)
		}
	}
	var plain bool
	c.must(conn.QueryRow(c.Context(), "SELECT NOT (rolsuper OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname = current_user").Scan(&plain))
	if !plain {
		c.Error("the role that the page makes is no plain one")
	}
	c.stop()
	if out := c.enter("nod audit verify"); !strings.Contains(out, "records are as they were written") {
		c.Errorf("nod audit verify says %s", out)
	}
}
