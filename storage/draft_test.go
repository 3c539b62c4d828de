package storage_test

import (
	"testing"

	"github.com/nod-chat/nod/storage/storagetest"
)

func TestDrafts(t *testing.T) {
	s, ctx := storagetest.Open(t), t.Context()
	kept := func(owner, form string) string {
		t.Helper()
		state, found, err := s.LoadDraft(ctx, owner, form)
		if err != nil || found != (len(state) > 0) {
			t.Fatalf("load: %q %v, %v", state, found, err)
		}
		return string(state)
	}
	for _, state := range []string{"one", "two"} {
		if err := s.SaveDraft(ctx, "web/lin", "form:leave", []byte(state)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveDraft(ctx, "web/lin", "form:expense", []byte("three")); err != nil {
		t.Fatal(err)
	}
	if a, b, c := kept("web/lin", "form:leave"), kept("web/lin", "form:expense"), kept("web/mallory", "form:leave"); a != "two" || b != "three" || c != "" {
		t.Errorf("kept %q, %q, %q", a, b, c)
	}
	for range 2 { // one that is gone already is no fault
		if err := s.DropDraft(ctx, "web/lin", "form:leave"); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := kept("web/lin", "form:leave"), kept("web/lin", "form:expense"); a != "" || b != "three" {
		t.Errorf("after one was dropped: %q, %q", a, b)
	}
}
