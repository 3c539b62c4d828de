package session_test

import (
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/nod-chat/nod/storage/session"
)

func open(t *testing.T) (*session.Sessions, *redis.Client) {
	t.Helper()
	url := os.Getenv("REDIS_URL")
	if url == "" {
		t.Fatal("REDIS_URL is not set: run the tests by `make test`, which starts a Redis for them")
	}
	s, err := session.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	raw := redis.NewClient(options)
	t.Cleanup(func() { s.Close(); raw.Close() })
	return s, raw
}

func TestAFormIsKeptForADay(t *testing.T) {
	s, raw := open(t)
	ctx := t.Context()
	if _, found, err := s.Load(ctx, t.Name(), "form:leave"); found || err != nil {
		t.Fatalf("before it was kept: %v, %v", found, err)
	}
	if err := s.Save(ctx, t.Name(), "form:leave", []byte(`{"type":"年假"}`)); err != nil {
		t.Fatal(err)
	}
	state, found, err := s.Load(ctx, t.Name(), "form:leave")
	if err != nil || !found || string(state) != `{"type":"年假"}` {
		t.Errorf("kept %q, %v, %v", state, found, err)
	}
	if left := raw.TTL(ctx, "nod:form:"+t.Name()+":form:leave").Val(); left > 24*time.Hour || left < 23*time.Hour {
		t.Errorf("it is kept for %s", left)
	}
	if _, found, _ := s.Load(ctx, t.Name()+"2", "form:leave"); found {
		t.Error("somebody else finds it")
	}
	if err := s.Drop(ctx, t.Name(), "form:leave"); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := s.Load(ctx, t.Name(), "form:leave"); found {
		t.Error("it is there after it was dropped")
	}
}

// I7: an absent Redis is an error within a moment, not a wait.
func TestI7AbsentRedisIsSoonKnown(t *testing.T) {
	s, err := session.Open("redis://127.0.0.1:1/0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := time.Now()
	if err := s.Save(t.Context(), "lin", "form:leave", nil); err == nil {
		t.Error("a form was kept without Redis")
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s to find out", took)
	}
}
