package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// While Postgres was away no mark was renewed: when it is back, nobody takes the others for gone before all had their time.
func TestAbsentPostgresMakesNobodyGone(t *testing.T) {
	db := storagetest.New(t)
	owner := dial(t, db.Owner)
	freed := make(chan string, 10)
	var stores []*storage.Store
	for _, name := range []string{"a", "b", "c"} {
		s := storagetest.Connect(t, db)
		serves(t, s, name, func() { freed <- name })
		stores = append(stores, s)
	}
	marks := func() string {
		t.Helper()
		return value[string](t, owner, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM replicas")
	}
	before := marks()
	exec(t, owner, "UPDATE replicas SET seen_at = seen_at - interval '30 seconds'")
	eventually(t, "all marks are new", func() bool {
		list, err := stores[0].Replicas(t.Context())
		must(t, err)
		for _, r := range list {
			if r.Silent > 2*time.Second {
				return false
			}
		}
		return len(list) == 3
	})
	if after := marks(); after != before || len(freed) > 0 {
		t.Errorf("the marks were %s and are %s; %d were freed", before, after, len(freed))
	}
}

// A replica whose mark was taken away, as it was asleep, joins anew and works on; its mark tells which of its loops are late.
func TestSleeperJoinsAnew(t *testing.T) {
	db := storagetest.New(t)
	s := storagetest.Connect(t, db)
	late := storage.LateLoop{Name: "due", Since: time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC), Fault: "no such table"}
	leave := serves(t, s, "a", func() {}, late)
	exec(t, dial(t, db.Owner), "DELETE FROM replicas")
	eventually(t, "it is there again", func() bool {
		list, err := s.Replicas(t.Context())
		must(t, err)
		return len(list) == 1 && list[0].Name == "a" && !list[0].Gone() && fmt.Sprint(list[0].Late) == fmt.Sprint([]storage.LateLoop{late})
	})
	leave()
	if list, err := s.Replicas(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("after it has left there is %v, %v", list, err)
	}
}

// Senders look at their mark at the same moment, as when the cards of one press are drawn anew. One who finds that another has just renewed it
// may send; one who finds that it was just taken away may not.
func TestMarkThatChangesWhileItIsLookedAt(t *testing.T) {
	for change, want := range map[string]bool{"UPDATE replicas SET seen_at = clock_timestamp()": true, "DELETE FROM replicas": false} {
		t.Run(change, func(t *testing.T) {
			db := storagetest.New(t)
			s := storagetest.Connect(t, db)
			must(t, s.Join(t.Context(), "a"))
			neighbour, watcher := dial(t, db.Owner), dial(t, db.Owner)
			_, err := neighbour.Exec(t.Context(), "UPDATE replicas SET seen_at = clock_timestamp() - interval '2 seconds'")
			must(t, err)
			other, err := neighbour.Begin(t.Context())
			must(t, err)
			_, err = other.Exec(t.Context(), change)
			must(t, err)
			holds := make(chan bool, 1)
			go func() {
				yes, err := s.HoldsNotices(t.Context(), nil)
				if err != nil {
					t.Error(err)
				}
				holds <- yes
			}()
			waits(t, watcher, holds)
			must(t, other.Commit(t.Context()))
			if got := <-holds; got != want {
				t.Errorf("whether the mark stands is %v", got)
			}
		})
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	look, late := time.NewTicker(20*time.Millisecond), time.After(15*time.Second)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it does not come about that %s", what)
		}
	}
}
