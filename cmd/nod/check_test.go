package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/cmd/nod/sample"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// site is a configured database on which nod check is run.
type site struct {
	*testing.T
	env   map[string]string
	owner string // the database's address, as the superuser
}

func openSite(t *testing.T) site {
	t.Helper()
	db := storagetest.New(t)
	if err := sample.Load(t.Context(), storagetest.Connect(t, db), time.Now()); err != nil {
		t.Fatal(err)
	}
	return site{t, map[string]string{"DATABASE_URL": db.URL}, db.Owner}
}

// wants runs nod check with more environment ("NAME=value"; of one name the last counts) and looks for what it says of a platform: one sentence, or that all
// is fine.
func (s site) wants(platform, want string, more ...string) {
	s.Helper()
	env := map[string]string{}
	for name, value := range s.env {
		env[name] = value
	}
	for _, setting := range more {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	var out, faults bytes.Buffer
	_ = run(s.Context(), []string{"check"}, func(name string) string { return env[name] }, strings.NewReader(""), &out, &faults) // without Redis there is a fault anyway
	found := false
	for line := range strings.Lines(out.String() + faults.String()) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, platform+": ") {
			continue
		}
		switch {
		case strings.Contains(line, want):
			found = true
		default:
			s.Errorf("beside %q it says %q", want, line)
		}
	}
	if !found {
		s.Errorf("it does not say %q of %s:\n%s%s", want, platform, out.String(), faults.String())
	}
	for _, secret := range []string{slacktest.BotToken, slacktest.AppToken, slacktest.SigningSecret, telegramtest.Token, "xapp-other", "hunter2"} {
		if strings.Contains(out.String()+faults.String(), secret) {
			s.Errorf("it prints the secret %s", secret)
		}
	}
}

// The usual mistakes with Slack, each found and told with what to do.
func TestCheckSlack(t *testing.T) {
	t.Parallel()
	s, server := openSite(t), workspace(t)
	bare := slacktest.New(slacktest.Config{Scopes: []string{"chat:write", "commands", "im:history", "users:read"}})
	t.Cleanup(bare.Close)
	served := func(h http.Handler) string {
		web := httptest.NewServer(h)
		t.Cleanup(web.Close)
		return "NOD_PUBLIC_URL=" + web.URL
	}
	nod := func(secret string) string {
		return served(slack.New(slack.Config{SigningSecret: secret}).Handler())
	}
	orgWide := slacktest.New(slacktest.Config{Org: "E0LANTERN", OrgWide: true})
	t.Cleanup(orgWide.Close)
	env := append(slackEnv(server), "SLACK_SIGNING_SECRET="+slacktest.SigningSecret)
	for want, more := range map[string][]string{
		"fine": {"SLACK_APP_TOKEN=" + slacktest.AppToken, nod(slacktest.SigningSecret)},
		"the app lacks the scopes files:read, files:write, im:write, users:read.email; add them":                                {"SLACK_API_URL=" + bare.URL},
		"the app is installed for a whole Enterprise Grid organisation, and nod serves one workspace: remove that installation": {"SLACK_API_URL=" + orgWide.URL},
		"belongs to the workspace T0NOD, not to SLACK_TEAM_ID T0OTHER":                                                          {"SLACK_TEAM_ID=T0OTHER"},
		"auth.test: invalid_auth; check SLACK_BOT_TOKEN":                                                                        {"SLACK_BOT_TOKEN=xoxb-other"},
		"SLACK_APP_TOKEN does not open Socket Mode":                                                                             {"SLACK_APP_TOKEN=xapp-other"},
		"SLACK_SIGNING_SECRET does not look like one":                                                                           {"SLACK_SIGNING_SECRET=hunter2"},
		"nothing answers at http://127.0.0.1:1/slack/events":                                                                    {"NOD_PUBLIC_URL=http://127.0.0.1:1"},
		"another program than nod":                                                                                              {served(http.NotFoundHandler())},
		"the nod that runs there has another secret":                                                                            {nod("0123456789abcdef0123456789abcdef")},
	} {
		s.wants("Slack", want, append(env[:len(env):len(env)], more...)...)
	}
}

// An administrator who never wrote is reached where Slack finds them by their address and they would be made known; else the fault says how to link them.
func TestCheckAdministrator(t *testing.T) {
	t.Parallel()
	s, server := openSite(t), workspace(t)
	owner, err := pgx.Connect(t.Context(), s.owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context())
	exec := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	const fault = "no chat reaches the administrator E013 王磊 Wang Lei; run nod link E013 slack"
	exec(`UPDATE bindings SET ended_at = now() FROM people p WHERE p.id = party_id AND p.employee_no = 'E013'`)
	s.wants("people", fault, slackEnv(server)...)
	user := slacktest.User{ID: slacktest.UserID("wang"), Name: "wang", Email: "Wang.Lei@lantern.example", Confirmed: true}
	server.Add(user)
	s.wants("people: note", "nod serve finds the administrator E013 王磊 Wang Lei in Slack by the address wang.lei@lantern.example", slackEnv(server)...)
	var bound, told int
	if err := owner.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM bindings WHERE platform = 'slack'), (SELECT count(*) FROM alerts)`).Scan(&bound, &told); err != nil || bound+told != 0 {
		t.Errorf("nod check has bound %d and told %d, %v", bound, told, err)
	}
	store, err := storage.Open(t.Context(), s.env["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	search, members := memberSearch{store: store, workspace: openedSlack(t, server), again: map[workflows.PersonID]time.Time{}}, 0
	search.bind = func(_ context.Context, m slack.Member) error {
		if m.User == user.ID {
			members++
		}
		return nil
	}
	if n, err := search.look(t.Context(), time.Now()); err != nil || n != 1 || members != 1 {
		t.Errorf("nod serve finds %d, %v", n, err)
	}
	s.wants("people", "run nod link E013 slack", append(slackEnv(server), "SLACK_BOT_TOKEN=xoxb-other")...)
	exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at, ended_at, unlinked)
		SELECT 'person', id, 'slack', '` + slacktest.TeamID + `', '` + user.ID + `', now(), now(), true FROM people WHERE employee_no = 'E013'`)
	s.wants("people", fault, slackEnv(server)...) // unlinked by hand: only a code links them again
}

func openedSlack(t *testing.T, server *slacktest.Server) *slack.Chat {
	t.Helper()
	chat := slack.New(slack.Config{BotToken: slacktest.BotToken, TeamID: slacktest.TeamID, APIURL: server.URL})
	if _, err := chat.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return chat
}

// The same with Telegram.
func TestCheckTelegram(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	bot := func(setup func(g *telegramtest.Server, api string)) string {
		g := telegramtest.New(telegramtest.Options{AnyWebhook: true, Retry: func(int) time.Duration { return time.Hour }})
		api := httptest.NewServer(g)
		t.Cleanup(func() { g.Close(); api.Close() })
		if setup != nil {
			setup(g, api.URL)
		}
		return "TELEGRAM_API_URL=" + api.URL
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refusing.Close)
	// hooked is a bot whose webhook is set, and to which something was sent that waits since.
	hooked := func(address string) string {
		return bot(func(g *telegramtest.Server, api string) {
			r, err := http.Get(api + "/bot" + telegramtest.Token + "/setWebhook?url=" + address)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			g.Say("tom", "/help")
			look, late := time.NewTicker(10*time.Millisecond), time.After(10*time.Second)
			defer look.Stop()
			for told := ""; !strings.Contains(told, "last_error_message"); {
				select {
				case <-look.C:
				case <-late:
					t.Fatalf("the webhook at %s does not fail: %s", address, told)
				}
				var body bytes.Buffer
				r, err := http.Get(api + "/bot" + telegramtest.Token + "/getWebhookInfo")
				if err != nil {
					t.Fatal(err)
				}
				_, _ = body.ReadFrom(r.Body)
				r.Body.Close()
				told = body.String()
			}
		})
	}
	token, webhook := "TELEGRAM_BOT_TOKEN="+telegramtest.Token, "TELEGRAM_WEBHOOK_SECRET=a-secret"
	for want, env := range map[string][]string{
		"fine":                     {bot(nil)},
		"check TELEGRAM_BOT_TOKEN": {bot(nil), "TELEGRAM_BOT_TOKEN=1:other"},
		"(TELEGRAM_WEBHOOK_SECRET is not set), but a webhook is set to " + refusing.URL: {hooked(refusing.URL)},
		"no webhook is set, so Telegram sends nothing; nod serve sets it":               {bot(nil), webhook, "NOD_PUBLIC_URL=https://nod.example.com"},
		"the webhook is set to another address, " + refusing.URL:                        {hooked(refusing.URL), webhook, "NOD_PUBLIC_URL=https://nod.example.com"},
		"401 Unauthorized (1 updates wait); the secret that Telegram knows is not":      {hooked(refusing.URL + "/telegram"), webhook, "NOD_PUBLIC_URL=" + refusing.URL},
		"Connection closed (1 updates wait); check that http://127.0.0.1:1/telegram":    {hooked("http://127.0.0.1:1/telegram"), webhook, "NOD_PUBLIC_URL=http://127.0.0.1:1"},
	} {
		s.wants("Telegram", want, append([]string{token}, env...)...)
	}
	s.wants("configuration", "TELEGRAM_WEBHOOK_SECRET needs NOD_PUBLIC_URL", token, bot(nil), webhook, "REDIS_URL=redis://127.0.0.1:1/0")
}

// What cannot work is refused in one sentence that names the setting, by whatever would work with it.
func TestUnusableDatabase(t *testing.T) {
	t.Parallel()
	db := storagetest.New(t)
	pooled, kept := storagetest.Pooler{Ignores: true}.Before(t, db.URL), storagetest.Pooler{Session: true}.Before(t, db.URL)
	for _, args := range [][]string{{"serve"}, {"check"}, {"migrate"}, {"audit", "verify"}} {
		for _, c := range []struct{ want, setting string }{
			{"DATABASE_URL: a connection pooler (as PgBouncer with pool_mode = transaction) stands before the database", "DATABASE_URL=" + pooled},
			{"DATABASE_URL: there is no host nowhere.invalid; check the address", "DATABASE_URL=postgres://nod:hunter2@nowhere.invalid/nod"},
		} {
			said := says(t, args, c.setting)
			if !strings.Contains(said, c.want) || strings.Contains(said, "hunter2") || strings.Contains(said, "database: fine") {
				t.Errorf("nod %v says\n%s\nwant %s", args, said, c.want)
			}
		}
	}
	if said := says(t, []string{"migrate"}, "DATABASE_URL="+db.URL, "NOD_MIGRATE_DATABASE_URL="+pooled); !strings.HasPrefix(said, "NOD_MIGRATE_DATABASE_URL: a connection pooler") {
		t.Errorf("nod migrate says\n%s", said)
	}
	for _, args := range [][]string{{"migrate"}, {"audit", "verify"}} {
		if said := says(t, args, "DATABASE_URL="+kept); strings.Contains(said, "DATABASE_URL") {
			t.Errorf("through a pool of sessions nod %v says\n%s", args, said)
		}
	}
	if said := says(t, []string{"serve"}, "DATABASE_URL="+storagetest.Empty(t).URL, "NOD_MIGRATE=off"); !strings.Contains(said, "DATABASE_URL: the database has no tables of nod; run nod migrate") {
		t.Errorf("nod serve says\n%s", said)
	}
}

// says is all that a command writes, its error included.
func says(t *testing.T, args []string, env ...string) string {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, func(name string) string {
		for _, setting := range env {
			if n, value, _ := strings.Cut(setting, "="); n == name {
				return value
			}
		}
		return ""
	}, strings.NewReader(""), &out, &out)
	if err != nil {
		out.WriteString(err.Error())
	}
	return out.String()
}
