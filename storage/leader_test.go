package storage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

func ignore(error) {}

// serves makes a store's program a replica that renews its mark, beside which it writes the loops that are late; leave ends that.
func serves(t *testing.T, s *storage.Store, name string, freed func(), late ...storage.LateLoop) (leave func()) {
	t.Helper()
	must(t, s.Join(t.Context(), name))
	ctx, stop := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		s.Renew(ctx, name, func() []storage.LateLoop { return late }, freed, ignore)
		close(left)
	}()
	leave = func() { stop(); <-left }
	t.Cleanup(leave)
	return leave
}

// Three replicas want to lead; one does. It is killed, so that its mark is renewed no more: another takes over within seconds, and the first is told to
// stop when it wakes up. When a leader leaves, the next one leads at once.
func TestOneLeads(t *testing.T) {
	db := storagetest.New(t)
	a, b, c := storagetest.Connect(t, db), storagetest.Connect(t, db), storagetest.Connect(t, db)
	ctx, stop := context.WithCancel(t.Context())
	leads := make(chan string, 10)
	ended := make(chan error, 3)
	lead := func(ctx context.Context, s *storage.Store, name string) {
		ended <- s.Lead(ctx, "poll", ignore, func(ctx context.Context) error {
			leads <- name
			<-ctx.Done()
			leads <- name + " stopped"
			return nil
		})
	}
	next := func(want string, within time.Duration) {
		t.Helper()
		select {
		case who := <-leads:
			if who != want {
				t.Fatalf("%s, want %s", who, want)
			}
		case <-time.After(within):
			t.Fatalf("it takes longer than %s until %s", within, want)
		}
	}
	must(t, a.Join(t.Context(), "a")) // and its mark is never renewed
	go lead(ctx, a, "a")
	next("a", 10*time.Second)
	serves(t, b, "b", func() {})
	led, leave := context.WithCancel(ctx)
	go lead(led, b, "b")
	first := map[string]bool{}
	for range 2 { // in this order or the other
		select {
		case who := <-leads:
			first[who] = true
		case <-time.After(10 * time.Second):
			t.Fatalf("nobody takes over: %v", first)
		}
	}
	if !first["a stopped"] || !first["b"] {
		t.Fatalf("after the first was gone: %v", first)
	}
	serves(t, c, "c", func() {})
	go lead(ctx, c, "c")
	leave()
	next("b stopped", 5*time.Second)
	next("c", 5*time.Second)
	stop()
	for range 3 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A loop that cannot work ends, and says why.
func TestLeadEndsWithItsError(t *testing.T) {
	s := storagetest.Open(t)
	serves(t, s, "a", func() {})
	broken := errors.New("the token cannot work")
	if err := s.Lead(t.Context(), "poll", ignore, func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
