package promises

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// journal is all that the program logs, at every level.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func keepJournal(t *testing.T) *journal {
	j := &journal{}
	before := slog.Default()
	slog.SetDefault(slog.New(faults{slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}), &logged}))
	t.Cleanup(func() { slog.SetDefault(before) })
	return j
}

// I11: whoever reads the logs learns neither the database's password nor what people wrote nor where they can be reached, however much goes wrong: the
// chat fails, Postgres fails, a due item is spoilt, a card cannot be drawn, somebody types what cannot be stored.
func TestI11NothingSecretIsLogged(t *testing.T) {
	l := overLine(t, 4)
	j := keepJournal(t)
	const reason, comment = "divorce-hearing-4711", "too-many-hearings-0815"
	l.chat.Refuse(func(deliver.Post) error { return errDown })
	number := l.ask("tom", "annual 2026-12-01 2026-12-03 "+reason)
	l.chat.Refuse(nil)
	l.chat.LoseAnswer()
	l.overdue()
	l.settle()
	l.overdue()
	l.settle()
	l.decide("zhou", number, "return", comment)
	second := l.ask("tom", "annual 2026-12-09 "+reason)
	l.must(l.chat.Type(t.Context(), "tom", "/leave annual 2026-12-10 "+reason+"\x00"))
	l.must(l.chat.Send(t.Context(), "tom", 1))

	l.exec("INSERT INTO due (kind, key, at) VALUES ('riddle', 'of the sphinx', now())")
	l.exec("UPDATE requests SET form = jsonb_set(form, '{from}', '\""+reason+"\"') WHERE id = (SELECT id FROM subjects WHERE number = $1)", second)
	l.exec("UPDATE cards SET shown = 0, redraw = true, next_at = now()")
	l.tick()
	l.exec("UPDATE requests SET form = jsonb_set(form, '{from}', '\"2026-12-09\"') WHERE id = (SELECT id FROM subjects WHERE number = $1)", second)
	l.exec("DELETE FROM due WHERE kind = 'riddle'")

	button := l.button("zhou", second, "approve")
	l.exec("ALTER TABLE causes ADD CONSTRAINT bad_day CHECK (user_id <> 'zhou') NOT VALID")
	l.must(l.chat.PressOld(t.Context(), "zhou", button))
	l.wantTold("zhou", "系统异常，操作未生效")
	l.exec("ALTER TABLE causes DROP CONSTRAINT bad_day")

	l.proxy.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := l.chat.PressOld(ctx, "zhou", button); err == nil || strings.Contains(err.Error(), reason) {
		t.Errorf("the press without a database: %v", err)
	}
	if _, err := l.deliverer.Round(ctx); err == nil {
		t.Error("a round without a database")
	}
	if _, _, err := l.engine.Tick(ctx); err == nil {
		t.Error("a tick without a database")
	}
	l.must(l.proxy.Start())

	const password = "geheim-Pa55"
	u, err := url.Parse(l.db.URL)
	l.must(err)
	u.User = url.UserPassword(storage.ServingRole(l.db.URL), password)
	u.Host = "127.0.0.1:1"
	for _, address := range []string{u.String(), "postgres://nod:" + password + "@[::1", "nod:" + password + "@nowhere/x", "postgres://nod:" + password + "@127.0.0.1:99999/x"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := storage.Open(ctx, address)
		migrated := storage.Migrate(ctx, address, nil, "")
		cancel()
		for _, err := range []error{err, migrated} {
			if err == nil || strings.Contains(err.Error(), password) {
				t.Errorf("opening a wrong address: %v", err)
			}
			slog.Error("the database cannot be opened", "error", err)
		}
	}
	text := j.String()
	if !strings.Contains(text, "an update failed") || !strings.Contains(text, "an update was not saved") || !strings.Contains(text, "a message was not sent") {
		t.Errorf("the log lacks what went wrong, so this test proves nothing:\n%s", text)
	}
	for what, secret := range map[string]string{"the password": password, "a reason": reason, "a comment": comment, "an e-mail address": "@example.com"} {
		for line := range strings.SplitSeq(text, "\n") {
			if strings.Contains(line, secret) {
				t.Errorf("%s is in the log: %s", what, line)
			}
		}
	}
	var refusal *workflows.Error
	if errors.As(l.chat.PressOld(t.Context(), "zhou", button), &refusal) {
		t.Errorf("after all that: %v", refusal)
	}
	l.settle()
	l.wantState(second, "approved")
}
