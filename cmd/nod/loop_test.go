package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/bot/web"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// running is a service in this process, whose machine's clock can be moved on for its loops.
type running struct {
	*testing.T
	*service
	db    storagetest.Database
	owner *pgx.Conn
	chat  *bottest.Memory // in the web chat's place
	ahead atomic.Int64
}

func startService(t *testing.T, env ...string) *running {
	t.Helper()
	r := &running{T: t, db: storagetest.New(t), chat: bottest.NewMemory()}
	o := office{t: t, db: r.db, store: storagetest.Connect(t, r.db)}
	must(t, o.sample(t.Context(), nil))
	owner, err := pgx.Connect(t.Context(), r.db.Owner)
	must(t, err)
	t.Cleanup(func() { owner.Close(context.Background()) })
	r.owner = owner
	r.service, err = newService(t.Context(), o.store, policy.Default(), &workflows.Clock{})
	must(t, err)
	begun := time.Now()
	r.health.now = func() time.Time { return begun.Add(time.Since(begun) + time.Duration(r.ahead.Load())) }
	if len(env) == 0 {
		r.senders[web.Platform] = r.chat
	}
	c, err := readConfig(func(name string) string {
		for _, setting := range env {
			if n, value, _ := strings.Cut(setting, "="); n == name {
				return value
			}
		}
		return ""
	})
	must(t, err)
	must(t, r.openChats(t.Context(), c, http.NewServeMux()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) exec(sql string) {
	r.Helper()
	if _, err := r.owner.Exec(context.Background(), sql); err != nil {
		r.Fatal(err)
	}
}

// later moves the machine's clock on for the loops, in steps in which each loop that works does its work once.
func (r *running) later(d time.Duration) {
	r.Helper()
	for left := d; left > 0; left -= 30 * time.Second {
		r.ahead.Add(int64(min(left, 30*time.Second)))
		moved := r.health.now()
		for _, l := range r.health.list() {
			switch {
			case l.platform != "":
			case l.interval > 2*time.Second:
				l.did(nil) // its time has not really passed
			case l.interval > 0:
				bottest.Eventually(r, l.name+" goes on", func() bool {
					l.mu.Lock()
					defer l.mu.Unlock()
					return l.done.After(moved) || l.name == "due" // which tests break
				})
			}
		}
	}
}

func (r *running) readyz() (code int, body map[string]string) {
	r.Helper()
	w := httptest.NewRecorder()
	r.admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		r.Fatal(err)
	}
	return w.Code, body
}

func (r *running) figures() string {
	w := httptest.NewRecorder()
	r.admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// checked is what nod check says meanwhile.
func (r *running) checked() string {
	var out bytes.Buffer
	_ = run(r.Context(), []string{"check"}, func(name string) string { return map[string]string{"DATABASE_URL": r.db.URL}[name] }, strings.NewReader(""), &out, &out)
	return out.String()
}

// Every connection stands, and yet what falls due does not happen: first each look fails, then one does not end. Whoever asks is told, in every place, and
// the administrators without asking; when it works again all is well, but for a note. What idles is healthy.
func TestLateLoops(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		broken, mended []string
		why            string
	}{
		"it fails":        {[]string{"ALTER TABLE due RENAME TO undue"}, []string{"ALTER TABLE undue RENAME TO due"}, `relation "due" does not exist`},
		"it stands still": {[]string{"BEGIN", "LOCK TABLE due"}, []string{"ROLLBACK"}, "it stands still; restart that nod serve"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startService(t)
			r.later(3 * time.Minute) // nothing happens
			if code, body := r.readyz(); code != http.StatusOK || body["late"] != "" {
				t.Errorf("a service that idles is %d %v", code, body)
			}
			for _, sql := range c.broken {
				r.exec(sql)
			}
			r.service.committed() // it looks at once
			due := r.health.list()[0]
			if name == "it fails" {
				bottest.Eventually(t, "it has failed twice", func() bool { due.mu.Lock(); defer due.mu.Unlock(); return due.row > 1 })
			}
			if code, body := r.readyz(); code != http.StatusOK || body["late"] != "" {
				t.Errorf("a service that has just failed is %d %v", code, body)
			}
			r.later(90 * time.Second)

			code, body := r.readyz()
			if code != http.StatusServiceUnavailable || body["status"] != "unavailable" || body["late"] != "due" || body["postgres"] != "ok" ||
				!strings.HasPrefix(body["due_detail"], "has not done its work since 20") {
				t.Errorf("/readyz is %d %v", code, body)
			}
			if figures := r.figures(); !strings.Contains(figures, `nod_loop_late{loop="due"} 1`) || !strings.Contains(figures, `nod_loop_late{loop="outbox"} 0`) ||
				!strings.Contains(figures, `nod_loop_failures_total{loop="due"}`) || !strings.Contains(figures, `nod_loop_done_seconds{loop="prune"}`) {
				t.Errorf("/metrics is\n%s", figures)
			}
			bottest.Eventually(t, "nod check names it", func() bool {
				said := r.checked()
				return strings.Contains(said, "replicas: due of "+r.name+" has not done its work since ") && strings.Contains(said, c.why)
			})
			told := func() string { s, _ := r.chat.Screen(t.Context(), "E013"); return s.String() }
			bottest.Eventually(t, "the administrator is told", func() bool {
				return strings.Contains(told(), r.name+" 上的 nod 有功能自") && strings.Contains(told(), "due")
			})

			for _, sql := range c.mended {
				r.exec(sql)
			}
			bottest.Eventually(t, "it is ready again", func() bool { code, body := r.readyz(); return code == http.StatusOK && body["late"] == "" })
			bottest.Eventually(t, "nod check has a note of it", func() bool {
				said := r.checked()
				return strings.Contains(said, "replicas: fine") && strings.Contains(said, "alerts: note: 20") && strings.Contains(said, "A part of nod on "+r.name+" has not done its work since") &&
					strings.Contains(said, "alerts: fine")
			})
			r.later(2 * time.Minute)
			if n := strings.Count(told(), "上的 nod 有功能"); n != 1 {
				t.Errorf("the administrator is told %d times:\n%s", n, told())
			}
		})
	}
}

// While Postgres is away nothing can be written. What stood still then is told when it is back, with its end.
func TestLateLoopsAreToldAfterwards(t *testing.T) {
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	h := newLoops()
	h.now = func() time.Time { return now }
	due, outbox := h.add(duty{name: "due", interval: time.Second}), h.add(duty{name: "outbox", interval: time.Second})
	h.add(duty{name: "slack.send"}) // has nothing to do
	type telling struct {
		names        string
		since, until time.Time
	}
	var told []telling
	away := context.DeadlineExceeded
	look := func() {
		t.Helper()
		_ = h.look(t.Context(), func(_ context.Context, names []string, from span) error {
			if away == nil {
				told = append(told, telling{strings.Join(names, " "), from.since, from.until})
			}
			return away
		})
	}
	begun := now
	for range 90 {
		now = now.Add(time.Second)
		due.did(away)
		outbox.did(away)
		look()
	}
	if len(told) != 0 || len(h.late()) != 2 {
		t.Fatalf("told %v, late are %v", told, h.late())
	}
	away = nil
	due.did(nil)
	outbox.did(nil)
	look()
	look()
	if len(told) != 1 || told[0] != (telling{"due outbox", begun, now}) {
		t.Errorf("told %v", told)
	}
}

// A platform's bad day makes a replica unready when nothing else comes in, and only degrades it when something does.
func TestSilentChats(t *testing.T) {
	t.Parallel()
	slack := func(secret ...string) []string {
		s := workspace(t)
		s.UseSockets()
		env := append(slackEnv(s), "SLACK_APP_TOKEN="+slacktest.AppToken)
		s.Close()
		return append(env, secret...)
	}
	telegram := func() []string {
		g := telegramtest.New(telegramtest.Options{})
		api := httptest.NewServer(g)
		g.Close()
		api.Close()
		return []string{"TELEGRAM_BOT_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + api.URL}
	}
	for name, c := range map[string]struct {
		env  []string
		late string
		code int
	}{
		"telegram alone":     {telegram(), "telegram.poll", http.StatusServiceUnavailable},
		"slack alone":        {slack(), "slack.socket", http.StatusServiceUnavailable},
		"slack, http beside": {slack("SLACK_SIGNING_SECRET=" + slacktest.SigningSecret), "slack.socket", http.StatusOK},
		"both":               {append(telegram(), slack()...), "telegram.poll, slack.socket", http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startService(t, c.env...)
			for _, l := range r.health.list() {
				if strings.Contains(c.late, l.name) {
					bottest.Eventually(t, l.name+" has failed twice", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.row > 1 })
				}
			}
			r.later(90 * time.Second)
			code, body := r.readyz()
			for _, name := range strings.Split(c.late, ", ") {
				if !strings.Contains(body["late"], name) {
					t.Errorf("%s is not late: %v", name, body)
				}
			}
			if code != c.code || body["status"] == "ready" {
				t.Errorf("/readyz is %d %v", code, body)
			}
		})
	}
}
