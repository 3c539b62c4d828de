package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

const crowd = 50

// Fifty managers press Approve at the same moment, and the program is killed with -9 in the middle. What was acknowledged is decided; what was not comes
// again, by the platform or by its sender; in the end each is decided once, and none is lost. All buttons are of cards from before the restart.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"slack http", "slack socket", "telegram webhook", "telegram polling"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			l := openLoad(t, mode)
			cards := l.posted()
			l.pressAll(cards, func() { // while they are under way
				l.b.kill()
			})
			l.b.start()
			l.settle(cards)
		})
	}
}

// load is a crowd on one platform.
type load struct {
	b      *binary
	driver bottest.Driver
	owner  *pgx.Conn
}

func manager(i int) string { return fmt.Sprintf("m%d", i) }

func openLoad(t *testing.T, mode string) *load {
	t.Helper()
	l := &load{}
	var env []string
	var listen func(address string)
	var sockets *slacktest.Server
	platform, team, channel := slack.Platform, slacktest.TeamID, func(string) string { return "" }
	switch mode {
	case "slack http", "slack socket":
		s := workspace(t)
		for i := range crowd {
			s.Add(slacktest.User{ID: slacktest.UserID(manager(i)), Name: manager(i), Email: manager(i) + "@lantern.example", Confirmed: true})
		}
		l.driver, env, channel = slacktest.NewDriver(s, nil), slackEnv(s), s.OpenDirect
		if mode == "slack http" {
			env = append(env, "SLACK_SIGNING_SECRET="+slacktest.SigningSecret)
			listen = func(address string) { s.UseHTTP("http://" + address) }
		} else {
			s.UseSockets()
			sockets = s
			env = append(env, "SLACK_APP_TOKEN="+slacktest.AppToken)
		}
	default:
		platform, team = telegram.Platform, telegram.Team
		g := telegramtest.New(telegramtest.Options{AnyWebhook: true})
		api := httptest.NewServer(g)
		t.Cleanup(func() { g.Close(); api.Close() })
		l.driver = telegramtest.NewDriver(g, nil)
		env = []string{"TELEGRAM_BOT_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + api.URL}
		if mode == "telegram webhook" {
			env = append(env, "TELEGRAM_WEBHOOK_SECRET=a-secret-of-ours", "NOD_PUBLIC_URL=http://ADDRESS")
		}
	}
	b := prepareCommand(t, "serve", env...)
	l.b, b.sockets = b, sockets
	for i, v := range b.extra {
		if v == "NOD_PUBLIC_URL=http://ADDRESS" {
			b.extra[i] = "NOD_PUBLIC_URL=http://" + b.addr
		}
	}
	if listen != nil {
		listen(b.addr)
	}
	l.staff(t, platform, team, channel)
	b.start()
	return l
}

// staff brings the crowd in: fifty people, each with a manager of their own and a request that waits for that manager. The managers' direct
// channels in Slack are known from earlier days: opening fifty takes a minute, at the rate that Slack allows, and shows nothing of a kill.
func (l *load) staff(t *testing.T, platform, team string, channel func(user string) string) {
	t.Helper()
	ctx := t.Context()
	var err error
	if l.owner, err = pgx.Connect(ctx, l.b.db.Owner); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.owner.Close(context.Background()) })
	store := storagetest.Connect(t, l.b.db)
	for i := range crowd {
		user := l.driver.Address(manager(i)).User
		if _, err := l.owner.Exec(ctx, `
			WITH m AS (INSERT INTO people (employee_no, name, department, country, timezone, hired_on) VALUES ('M' || $1, 'Manager ' || $1, 'Crowd', 'US', 'America/New_York', '2020-01-01') RETURNING id),
			     r AS (INSERT INTO people (employee_no, name, manager_id, department, country, timezone, hired_on)
			           SELECT 'R' || $1, 'Requester ' || $1, m.id, 'Crowd', 'US', 'America/New_York', '2020-01-01' FROM m RETURNING id),
			     b AS (INSERT INTO bindings (party_kind, party_id, platform, team, user_id, channel, bound_at) SELECT 'person', m.id, $2, $3, $4, $5, now() FROM m)
			INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'person', r.id, 'seed', '', 'R' || $1, now() FROM r`,
			fmt.Sprint(i), platform, team, user, channel(user)); err != nil {
			t.Fatal(err)
		}
	}
	l.submit(t, store)
}

func (l *load) submit(t *testing.T, store *storage.Store) {
	t.Helper()
	ctx := t.Context()
	e, err := engine.New(ctx, store, policy.Default(), &workflows.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range crowd {
		no := fmt.Sprintf("R%d", i)
		p, err := store.PersonByNo(ctx, no)
		if err != nil {
			t.Fatal(err)
		}
		form := workflows.Form{"type": "personal", "from": monday().Format(time.DateOnly)}
		if _, err := e.Submit(ctx, workflows.Cause{ChatUser: workflows.ChatUser{Platform: "seed", User: no}, Key: "submit"}, "leave", p, form); err != nil {
			t.Fatal(err)
		}
	}
}

// posted waits until every manager has their card, and gives each card's reference.
func (l *load) posted() [crowd]bottest.Shown {
	l.b.Helper()
	var cards [crowd]bottest.Shown
	for i := range crowd {
		phone{l.b, l.driver, manager(i)}.screen("a card to decide", func(s bottest.Screen) bool {
			for _, m := range s.Messages {
				if m.Has("approve") {
					cards[i] = m
					return true
				}
			}
			return false
		})
	}
	return cards
}

// pressAll has everybody press; middle is called when some presses have been decided, and others have not and are under way: the last few
// meet requests that are locked, since a crowd is decided faster than anybody could count.
func (l *load) pressAll(cards [crowd]bottest.Shown, middle func()) {
	l.b.Helper()
	ctx, cancel := context.WithTimeout(l.b.Context(), 60*time.Second)
	defer cancel()
	const late = 5
	held, err := l.owner.Begin(l.b.Context())
	l.b.must(err)
	_, err = held.Exec(l.b.Context(), `
		SELECT FROM subjects s JOIN requests r ON r.id = s.id JOIN people p ON p.id = r.requester_id
		 WHERE p.employee_no = ANY (SELECT 'R' || i FROM generate_series($1::int, $2 - 1) i) FOR UPDATE OF s`, crowd-late, crowd)
	l.b.must(err)
	var wg sync.WaitGroup
	press := func(from, to int) {
		for i, card := range cards[from:to] {
			wg.Go(func() { l.driver.Press(ctx, manager(from+i), card.Reference, "approve", 1) }) // those under way fail, as they do for people
		}
	}
	press(0, crowd-late)
	l.wait("some presses are decided", "SELECT count(*) >= $1 FROM turns WHERE state = 'approved'", crowd/5)
	press(crowd-late, crowd)
	l.wait("a press waits for its request", `
		SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)`)
	middle()
	l.b.must(held.Rollback(l.b.Context()))
	cancel() // people give up waiting
	wg.Wait()
}

// wait looks until a query says yes.
func (l *load) wait(what, sql string, args ...any) {
	l.b.Helper()
	seen := within(func() (yes bool) {
		l.b.must(l.owner.QueryRow(l.b.Context(), sql, args...).Scan(&yes))
		return yes
	})
	if !seen {
		l.b.Fatalf("it does not come to it that %s", what)
	}
}

// waiting counts the cards that still have their buttons, and presses those if it should.
func (l *load) waiting(cards [crowd]bottest.Shown, press bool) (waiting int) {
	l.b.Helper()
	for i, card := range cards {
		s, err := l.driver.Screen(l.b.Context(), manager(i))
		l.b.must(err)
		for _, m := range s.Messages {
			if m.Reference == card.Reference && m.Has("approve") {
				waiting++
				if !press {
					continue
				}
				l.driver.Press(l.b.Context(), manager(i), card.Reference, "approve", 1)
			}
		}
	}
	return waiting
}

func (l *load) decided() int {
	l.b.Helper()
	var n int
	if err := l.owner.QueryRow(l.b.Context(), "SELECT count(*) FROM turns WHERE state = 'approved'").Scan(&n); err != nil {
		l.b.Fatal(err)
	}
	return n
}

// settle has whoever still sees their button press it again, and then checks that each request was decided once and that every card says so.
func (l *load) settle(cards [crowd]bottest.Shown) {
	l.b.Helper()
	ctx := l.b.Context()
	before := l.decided()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for second := range 120 { // the first press may meet a program that has not connected yet, and Slack takes fifty edits a minute
		if l.waiting(cards, second == 0 || second == 5) == 0 {
			break
		}
		<-again.C
	}
	if n := l.waiting(cards, false); n > 0 {
		l.b.Errorf("%d cards still have their buttons", n)
	}
	if before == crowd {
		l.b.Error("all had been decided before the kill took hold; the test proves nothing")
	}
	var approvals, requests int
	if err := l.owner.QueryRow(ctx, "SELECT count(*), count(DISTINCT subject_id) FROM audit WHERE event = 'approve'").Scan(&approvals, &requests); err != nil {
		l.b.Fatal(err)
	}
	if approvals != crowd || requests != crowd {
		l.b.Errorf("%d approvals of %d requests, want one of each of %d", approvals, requests, crowd)
	}
}
