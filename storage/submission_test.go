package storage_test

import (
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// I1: a form that was acknowledged is nobody else's for as long as its program may be at it, then one other's, and gone when its sender knows.
func TestI1SubmissionsAreClaimedOnce(t *testing.T) {
	s := storagetest.Connect(t, storagetest.NewSplit(t)) // the serving role has the rights that it needs
	ctx := t.Context()
	c := workflows.Cause{ChatUser: workflows.ChatUser{Platform: "slack", Team: "T", User: "U"}, Key: "form:V:n"}
	claim := func() int {
		t.Helper()
		list, err := s.ClaimSubmissions(ctx, "slack", 10, time.Hour)
		must(t, err)
		return len(list)
	}
	must(t, s.KeepSubmission(ctx, c, "a", []byte("A"), time.Hour))
	must(t, s.KeepSubmission(ctx, c, "a", []byte("A"), 0)) // sent twice: it is still the first one's
	if n := claim(); n != 0 {
		t.Errorf("%d were claimed within the lease", n)
	}
	must(t, s.KeepSubmission(ctx, c, "b", []byte("B"), 0)) // the same form in another dialog, whose program is dead
	list, err := s.ClaimSubmissions(ctx, "slack", 10, time.Hour)
	must(t, err)
	if len(list) != 1 || list[0].Cause != c || list[0].Place != "b" || string(list[0].Body) != "B" || list[0].Tries != 1 {
		t.Fatalf("claimed was %+v", list)
	}
	if n := claim(); n != 0 {
		t.Errorf("%d were claimed twice", n)
	}
	must(t, s.DelaySubmission(ctx, c, "b", 0))
	if list, err := s.ClaimSubmissions(ctx, "telegram", 10, time.Hour); err != nil || len(list) != 0 {
		t.Errorf("another platform claimed %v, %v", list, err)
	}
	if list, err = s.ClaimSubmissions(ctx, "slack", 10, 0); err != nil || len(list) != 1 || list[0].Tries != 2 {
		t.Errorf("claimed again was %+v, %v", list, err)
	}
	must(t, s.DropSubmission(ctx, c, "b"))
	must(t, s.DropSubmission(ctx, c, "b"))
	if n := claim(); n != 0 {
		t.Errorf("%d were claimed after they were dropped", n)
	}
}
