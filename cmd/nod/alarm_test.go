package main

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// A scanner that tries the address once is no news, three wrong signatures within ten minutes are; and a storm is written once a minute.
func TestAlarmCounts(t *testing.T) {
	a, now := new(alarm), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	rings := func(text string, after time.Duration) bool {
		now = now.Add(after)
		return a.counts(text, text, now)
	}
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {time.Minute, false}, {20 * time.Minute, false}, {time.Minute, false}, {time.Minute, true}, {time.Second, false}, {58 * time.Second, false}, {time.Second, true}} {
		if got := rings("alert.slack.signature", step.after); got != step.want {
			t.Errorf("wrong signature %d: %v, want %v", i, got, step.want)
		}
	}
	if !rings("alert.slack.token", 0) || rings("alert.slack.token", time.Second) {
		t.Error("a refused token is told at once, and once a minute")
	}
	n := 0
	for range 100_000 {
		if rings("alert.telegram.secret", time.Millisecond) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("a storm of 100 s was written %d times", n)
	}
}

// Nothing has to happen for these to be noticed: a decision that waits for somebody without a chat, and a year without its holidays.
func TestAlarmWatches(t *testing.T) {
	db := storagetest.New(t)
	o := office{t: t, db: db, store: storagetest.Connect(t, db)}
	owner, err := pgx.Connect(t.Context(), db.Owner)
	must(t, err)
	defer owner.Close(t.Context())
	must(t, o.sample(t.Context(), nil))
	clock := &workflows.Clock{}
	a := &alarm{store: o.store, clock: clock, tell: func() {}}
	watch := func() map[string]string {
		t.Helper()
		*a = alarm{store: o.store, clock: clock, tell: func() {}} // as after a minute
		must(t, a.watch(t.Context()))
		must(t, a.Close(t.Context()))
		list, err := o.store.Alerts(t.Context(), clock.Now())
		must(t, err)
		found := map[string]string{}
		for _, alert := range list {
			found[alert.Key] = alert.Text
		}
		return found
	}
	at := func(s string) {
		t.Helper()
		moment, err := time.Parse(time.DateTime, s)
		must(t, err)
		clock.Set(time.Until(moment))
	}

	_, err = owner.Exec(t.Context(), `INSERT INTO calendar_days (country, date, kind, name) VALUES ('US', '2031-01-01', 'statutory', 'New Year')`)
	must(t, err)
	at("2030-10-31 23:00:00")
	if found := watch(); len(found) != 0 {
		t.Errorf("in October it finds %v", found)
	}
	at("2030-11-01 00:05:00")
	found := watch()
	if len(found) != 2 || found["calendar:CN:2031:44"] == "" || found["calendar:DE:2031:44"] == "" {
		t.Errorf("in November it finds %v", found)
	}
	clock.Set(0)

	week := workflows.DateOf(monday())
	must(t, o.leave(t.Context(), []string{"E003", "annual", week.String(), week.String(), "family"}))
	_, err = owner.Exec(t.Context(), `UPDATE bindings SET gone_at = now() WHERE user_id = 'E011'`)
	must(t, err)
	if text := watch()["unreached:E011 周凯 Zhou Kai"]; text != "" {
		t.Error("she is missed at once, though she may still be found by her address")
	}
	_, err = owner.Exec(t.Context(), `UPDATE turns SET opened_at = opened_at - interval '16 minutes'`)
	must(t, err)
	if found := watch(); found["unreached:E011 周凯 Zhou Kai"] != "alert.unreached" {
		t.Errorf("it finds %v", found)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
