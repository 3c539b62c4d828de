package storage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// I14: an update that could not be handled is handed in again when an administrator says so, by one program at a time, and by another one
// when that program dies. One that fails again waits for the administrator.
func TestI14DeadLetters(t *testing.T) {
	db := storagetest.New(t)
	s, ctx, owner := storagetest.Connect(t, db), t.Context(), dial(t, db.Owner)
	for _, key := range []string{"1:1", "1:2"} {
		must(t, s.KeepUnhandled(ctx, "telegram", key, []byte("body "+key), "why"))
	}
	must(t, s.KeepUnhandled(ctx, "telegram", "1:1", []byte("it came again"), "why not"))
	must(t, s.KeepUnhandled(ctx, "slack", "1:1", []byte("of another"), "why"))
	list := func() (all []string) {
		must(t, s.DeadLetters(ctx, func(d storage.DeadLetter) error {
			all = append(all, fmt.Sprintf("%s/%s %s %s %d %t", d.Platform, d.Key, d.Body, d.Why, d.Retries, d.RetryAt.IsZero()))
			return nil
		}))
		slices.Sort(all)
		return all
	}
	take := func(want string) {
		t.Helper()
		d, ok, err := s.TakeDeadLetter(ctx, "telegram")
		must(t, err)
		if got := string(d.Body); got != want || ok != (want != "") {
			t.Errorf("taken is %q (%t), want %q", got, ok, want)
		}
	}
	count := func(n int64, err error) int64 { t.Helper(); must(t, err); return n }
	take("")
	if n := count(s.RetryDeadLetter(ctx, "telegram", "1:3")); n != 0 {
		t.Errorf("%d of none were marked", n)
	}
	if n := count(s.RetryDeadLetter(ctx, "telegram", "1:1")); n != 1 {
		t.Errorf("%d were marked", n)
	}
	take("body 1:1")
	take("")                                                                              // another program has it
	exec(t, owner, "UPDATE dead_letters SET retry_at = now() WHERE retry_at IS NOT NULL") // which died a minute ago
	take("body 1:1")
	must(t, s.KeepDeadLetter(ctx, "telegram", "1:1", "still not"))
	take("")
	want := []string{"slack/1:1 of another why 0 true", "telegram/1:1 body 1:1 still not 1 true", "telegram/1:2 body 1:2 why 0 true"}
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	if n := count(s.RetryDeadLetter(ctx, "", "")); n != 3 {
		t.Errorf("%d were marked", n)
	}
	take("body 1:1")
	take("body 1:2")
	take("")
	if n := count(s.DropDeadLetter(ctx, "telegram", "1:1")); n != 1 {
		t.Errorf("%d were dropped", n)
	}
	exec(t, owner, "UPDATE dead_letters SET at = now() - interval '30 days 1 minute' WHERE platform = 'slack'")
	must(t, s.Prune(ctx, time.Now().AddDate(-1, 0, 0))) // whatever the business clock says
	if got := list(); len(got) != 1 || count(s.DeadLetterCount(ctx)) != 1 {
		t.Errorf("kept are %q", got)
	}
	if n := count(s.DropDeadLetter(ctx, "", "")); n != 1 || list() != nil {
		t.Errorf("%d were dropped", n)
	}
}
