package storage_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/storagetest"
)

func TestWebPostsAreStoredOnce(t *testing.T) {
	s, ctx, now := storagetest.Open(t), t.Context(), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	id, err := s.WebPost(ctx, "E003", "card:1", []byte(`{"card":{}}`), now)
	if err != nil || id == 0 {
		t.Fatalf("post: %d, %v", id, err)
	}
	again, err := s.WebPost(ctx, "E003", "card:1", []byte(`{"card":{"other":1}}`), now)
	if err != nil || again != id {
		t.Errorf("the same key again: %d, %v, want %d", again, err, id)
	}
	if found, ok, err := s.WebFind(ctx, "E003", "card:1"); err != nil || !ok || found != id {
		t.Errorf("find: %d %v %v", found, ok, err)
	}
	if _, ok, err := s.WebFind(ctx, "E011", "card:1"); err != nil || ok {
		t.Errorf("somebody else finds it: %v %v", ok, err)
	}
	history, err := s.WebHistory(ctx, "E003", 200)
	if err != nil || len(history) != 1 || string(history[0].Body) != `{"card":{}}` || !history[0].PostedAt.Equal(now) || history[0].Edited {
		t.Fatalf("history: %+v, %v", history, err)
	}

	seen := history[0].Change
	if found, err := s.WebEdit(ctx, "E003", id, []byte(`{"card":{"folded":true}}`), now); err != nil || !found {
		t.Errorf("edit: %v %v", found, err)
	}
	if found, err := s.WebEdit(ctx, "E011", id, []byte(`{}`), now); err != nil || found {
		t.Errorf("somebody else edits it: %v %v", found, err)
	}
	since, err := s.WebSince(ctx, "E003", seen, 10)
	if err != nil || len(since) != 1 || since[0].ID != id || since[0].Change <= seen || !since[0].Edited {
		t.Errorf("since %d: %+v, %v", seen, since, err)
	}
}

func TestWebReadsNeverGoBack(t *testing.T) {
	s, ctx, now := storagetest.Open(t), t.Context(), time.Now()
	for i := range 3 {
		if _, err := s.WebPost(ctx, "E003", fmt.Sprint("n", i), []byte(`{"message":{"text":"x"}}`), now); err != nil {
			t.Fatal(err)
		}
	}
	folded, err := s.WebPost(ctx, "E003", "old", []byte(`{"card":{"folded":true}}`), now)
	if err != nil || folded == 0 {
		t.Fatal(err)
	}
	if n, err := s.WebUnread(ctx); err != nil || n["E003"] != 3 {
		t.Errorf("unread: %v, %v", n, err)
	}
	history, err := s.WebHistory(ctx, "E003", 3)
	if err != nil || len(history) != 3 {
		t.Fatalf("the last three: %+v, %v", history, err)
	}
	for _, change := range []int64{history[1].Change, history[0].Change} { // a late report of an older change arrives last
		if err := s.WebMarkRead(ctx, "E003", change); err != nil {
			t.Fatal(err)
		}
	}
	if read, err := s.WebRead(ctx, "E003"); err != nil || read != history[1].Change {
		t.Errorf("read up to %d, %v", read, err)
	}
	if n, err := s.WebUnread(ctx); err != nil || n["E003"] != 0 {
		t.Errorf("unread after reading: %v, %v", n, err)
	}
}

// A page that has seen change n asks for what is after n: a change that got a smaller number and is committed later would never be shown.
func TestWebChangesAppearInOrder(t *testing.T) {
	s, ctx := storagetest.Open(t), t.Context()
	const writers, each = 4, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if _, err := s.WebPost(ctx, "E003", fmt.Sprintf("%d-%d", w, i), []byte(`{}`), time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen, since := map[int64]bool{}, int64(0)
	for deadline := time.Now().Add(20 * time.Second); len(seen) < writers*each && time.Now().Before(deadline); {
		list, err := s.WebSince(ctx, "E003", since, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			seen[m.ID], since = true, m.Change
		}
	}
	wg.Wait()
	if len(seen) != writers*each {
		t.Errorf("a reader that follows the changes saw %d of %d messages", len(seen), writers*each)
	}
}

func TestWebClockIsKept(t *testing.T) {
	s, ctx := storagetest.Open(t), t.Context()
	if offset, err := s.WebClock(ctx); err != nil || offset != 0 {
		t.Errorf("a new clock is moved by %v, %v", offset, err)
	}
	want := time.Duration(0)
	for _, by := range []time.Duration{time.Hour, 8 * 24 * time.Hour} {
		want += by
		if err := s.WebMoveClock(ctx, by); err != nil {
			t.Fatal(err)
		}
		if offset, err := s.WebClock(ctx); err != nil || offset != want {
			t.Errorf("moved by %v, %v; want %v", offset, err, want)
		}
	}
}
