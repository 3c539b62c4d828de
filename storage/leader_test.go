package storage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
)

// Two replicas want to lead; one does. When its connection is killed the other takes over, and the first is told to stop.
func TestOneLeads(t *testing.T) {
	db := storagetest.New(t)
	a, b := storagetest.Connect(t, db), storagetest.Connect(t, db)
	ctx, stop := context.WithCancel(t.Context())
	leads := make(chan string, 10)
	ended := make(chan error, 2)
	lead := func(name string) func(context.Context) error {
		return func(ctx context.Context) error {
			leads <- name
			<-ctx.Done()
			leads <- name + " stopped"
			return nil
		}
	}
	next := func() string {
		t.Helper()
		select {
		case who := <-leads:
			return who
		case <-time.After(20 * time.Second):
			t.Fatal("nobody leads")
			return ""
		}
	}
	go func() { ended <- a.Lead(ctx, "poll", lead("a")) }()
	if who := next(); who != "a" {
		t.Fatalf("%s leads", who)
	}
	go func() { ended <- b.Lead(ctx, "poll", lead("b")) }()

	owner, err := pgx.Connect(t.Context(), db.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.Background())
	if _, err := owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{next(): true, next(): true} // the old one learns of it within seconds, perhaps after the new one has begun
	if !seen["a stopped"] || !(seen["b"] || seen["a"]) {
		t.Errorf("after the connection broke: %v", seen)
	}
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A loop that cannot work ends, and says why.
func TestLeadEndsWithItsError(t *testing.T) {
	s := storagetest.Open(t)
	broken := errors.New("the token cannot work")
	if err := s.Lead(t.Context(), "poll", func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
