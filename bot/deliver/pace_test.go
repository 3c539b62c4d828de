package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/storage/session"
)

// clock stands still until somebody pauses.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pause(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return ctx.Err()
}

// away is a Redis that does not answer.
type away struct{ asked int }

var errAway = errors.New("connection refused")

func (a *away) Take(context.Context, time.Duration, []string, []time.Duration, []time.Duration) (time.Duration, int, error) {
	a.asked++
	return 0, 0, errAway
}

func (a *away) Hold(context.Context, string, time.Duration) error {
	a.asked++
	return errAway
}

func notYet(t *testing.T, err error) deliver.NotYet {
	t.Helper()
	var n deliver.NotYet
	if !errors.As(err, &n) {
		t.Fatalf("%v, want that it is not its turn", err)
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPace(t *testing.T) {
	c := newClock()
	p := &deliver.Pacer{Now: c.now, Pause: c.pause}
	chat, all := deliver.Limit{Key: "chat", Every: time.Second, Burst: 3}, deliver.Limit{Key: "all", Every: 100 * time.Millisecond, Wide: true}
	began := c.now()
	for range 10 {
		must(t, p.Turn(t.Context(), chat, all))
	}
	if took := c.now().Sub(began); took < 7*time.Second || took > 7300*time.Millisecond {
		t.Errorf("ten sends took %s, want three in the pace of all and then one a second", took)
	}
	p.Hold(t.Context(), chat, time.Minute)
	for range 3 {
		if n := notYet(t, p.Turn(t.Context(), all, chat)); n.Wide || n.Wait != time.Minute {
			t.Errorf("a chat that asked for a minute: %+v", n)
		}
	}
	began = c.now()
	must(t, p.Turn(t.Context(), all)) // those that waited for the chat have used up nothing of it
	if took := c.now().Sub(began); took > 100*time.Millisecond {
		t.Errorf("another chat waited %s", took)
	}
	must(t, c.pause(t.Context(), time.Minute))
	began = c.now()
	for range 3 {
		must(t, p.Turn(t.Context(), chat))
	}
	if took := c.now().Sub(began); took != 2*time.Second {
		t.Errorf("three sends after the minute took %s, want that they begin again one by one", took)
	}
	p.Hold(t.Context(), all, time.Hour)
	if n := notYet(t, p.Turn(t.Context(), chat, all)); !n.Wide || n.Wait != time.Hour {
		t.Errorf("all chats asked for an hour: %+v", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, p.Turn(ctx, deliver.Limit{Key: "other", Every: time.Second}))
	notYet(t, p.Turn(ctx, deliver.Limit{Key: "other", Every: time.Second})) // nobody pauses who has no more time
}

// I7: without Redis each process paces by itself at the same rates. It is not asked at every send, and the log is not filled with it.
func TestI7PaceWithoutRedis(t *testing.T) {
	c, shared, log := newClock(), new(away), new(bytes.Buffer)
	p := &deliver.Pacer{Shared: shared, Now: c.now, Pause: c.pause, Log: slog.New(slog.NewTextHandler(log, nil))}
	chat := deliver.Limit{Key: "chat", Every: time.Second}
	began := c.now()
	for range 101 {
		must(t, p.Turn(t.Context(), chat))
	}
	if took := c.now().Sub(began); took != 100*time.Second {
		t.Errorf("101 sends took %s", took)
	}
	if shared.asked > 21 {
		t.Errorf("Redis was asked %d times in 100 s though it is away", shared.asked)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines about it in 100 s:\n%s", n, log)
	}
	p.Hold(t.Context(), chat, time.Minute)
	if n := notYet(t, p.Turn(t.Context(), chat)); n.Wait != time.Minute {
		t.Errorf("a chat that asked for a minute: %+v", n)
	}
}

func redis(t *testing.T) *session.Sessions {
	t.Helper()
	url := os.Getenv("REDIS_URL")
	if url == "" {
		t.Fatal("REDIS_URL is not set: run the tests by `make test`, which starts a Redis for them")
	}
	s, err := session.Open(url)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// What one replica has sent, and what it was asked to wait, counts for the other. When Redis has forgotten it, it still counts where it happened.
func TestPaceOfTwoReplicas(t *testing.T) {
	one, other := &deliver.Pacer{Shared: redis(t)}, &deliver.Pacer{Shared: redis(t)}
	key := t.Name() + time.Now().String()
	chat := deliver.Limit{Key: key, Every: time.Hour, Burst: 2}
	must(t, one.Turn(t.Context(), chat))
	must(t, other.Turn(t.Context(), chat))
	for _, p := range []*deliver.Pacer{one, other} {
		if n := notYet(t, p.Turn(t.Context(), chat)); n.Wait < 59*time.Minute || n.Wait > time.Hour {
			t.Errorf("the third in an hour: %+v", n)
		}
	}
	all := deliver.Limit{Key: key + "all", Every: time.Millisecond, Wide: true}
	one.Hold(t.Context(), all, time.Minute)
	if n := notYet(t, other.Turn(t.Context(), all)); !n.Wide || n.Wait < 59*time.Second {
		t.Errorf("a 429 that the other replica took: %+v", n)
	}
	one.Shared, other.Shared = new(away), new(away)
	if n := notYet(t, one.Turn(t.Context(), all)); n.Wait < 59*time.Second {
		t.Errorf("a 429 that this replica took, when Redis is gone: %+v", n)
	}
	must(t, other.Turn(t.Context(), all))
}
