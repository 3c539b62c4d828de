package storage_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// decision is the least that a new request brings, without any kind: storage knows none.
func decision(r workflows.Request, f workflows.Facts, change func(*workflows.Decision)) workflows.Decision {
	r.ID, r.Kind, r.Definition = workflows.RequestID(uuid.NewString()), "test", "none"
	r.State, r.Revision, r.Seq, r.SubmittedAt, r.ChangedAt = "pending", 1, 1, f.Now, f.Now
	r.Form, r.Steps = workflows.Form{}, []workflows.Step{}
	d := workflows.Decision{Request: r, Prefix: "TX", Told: workflows.Answer{ID: r.ID, State: r.State, Text: "told.submit"},
		Audit: workflows.AuditRow{Request: r.ID, Seq: 1, At: f.Now, Event: workflows.Submit, Platform: "memory", Revision: 1, To: r.State}}
	if change != nil {
		change(&d)
	}
	return d
}

func bound(t *testing.T) *storage.Store {
	t.Helper()
	s, _ := staffed(t)
	for _, no := range []string{"E1", "E2"} {
		p, err := s.PersonByNo(t.Context(), no)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Bind(t.Context(), p.ID, "memory", "test", no, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func change(t *testing.T, s *storage.Store, user, key string, wants workflows.Wants, build func(f workflows.Facts, d *workflows.Decision)) (workflows.Answer, error) {
	t.Helper()
	c := workflows.Change{Cause: workflows.Cause{Platform: "memory", Team: "test", User: user, Key: key}, Wants: wants, Contested: true, Now: time.Now().UTC().Truncate(time.Microsecond)}
	return s.Change(t.Context(), c, func(r workflows.Request, _ workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
		return decision(r, f, func(d *workflows.Decision) {
			if build != nil {
				build(f, d)
			}
		}), nil
	})
}

// I1: the same cause again, one after the other or at the same moment, is one change with one answer.
func TestI1OneCauseOneChange(t *testing.T) {
	s := bound(t)
	answers := make([]workflows.Answer, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			if answers[i], err = change(t, s, "E1", "once", workflows.Wants{}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fresh := 0
	for _, a := range answers {
		if a.Number != answers[0].Number || a.Number == "" {
			t.Errorf("answers differ: %q and %q", a.Number, answers[0].Number)
		}
		if !a.Repeated {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%d of them were told that it was new", fresh)
	}
	if again, err := change(t, s, "E2", "once", workflows.Wants{}, nil); err != nil || again.Repeated {
		t.Errorf("somebody else's key is another cause: %+v, %v", again, err)
	}
}

// The primitive Claim: a key is somebody's for ever, however many ask for it at once; asking again for one's own is nothing new.
func TestClaimIsUniqueForEver(t *testing.T) {
	s := bound(t)
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			user := fmt.Sprintf("E%d", 1+i%2)
			_, results[i] = change(t, s, user, fmt.Sprint(i), workflows.Wants{Claims: []string{"invoice:4711"}},
				func(_ workflows.Facts, d *workflows.Decision) {
					d.Claims = []string{"invoice:4711", fmt.Sprint("own:", i)}
				})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "claim.taken"}):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d requests have the invoice", won)
	}
	_, err := change(t, s, "E1", "later", workflows.Wants{Claims: []string{"invoice:4711", "invoice:1"}}, func(f workflows.Facts, _ *workflows.Decision) {
		if len(f.Claimed) != 1 || f.Claimed["invoice:4711"] == "" {
			t.Errorf("taken: %v", f.Claimed)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The primitive Span: two of one person never overlap, those of two people may.
func TestSpanIsExclusive(t *testing.T) {
	s := bound(t)
	hold := func(user, key string, start, end int) error {
		_, err := change(t, s, user, key, workflows.Wants{}, func(_ workflows.Facts, d *workflows.Decision) { d.Hold = &workflows.Span{Start: start, End: end} })
		return err
	}
	for i, c := range []struct {
		user       string
		start, end int
		free       bool
	}{
		{"E1", 10, 14, true}, {"E2", 10, 14, true}, {"E1", 13, 15, false}, {"E1", 14, 15, true}, {"E1", 8, 11, false}, {"E1", 9, 10, true},
	} {
		err := hold(c.user, fmt.Sprint(i), c.start, c.end)
		if c.free && err != nil || !c.free && !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "span.taken"}) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A refusal writes nothing, not even its cause: the next try is decided anew.
func TestRefusalWritesNothing(t *testing.T) {
	s := bound(t)
	c := workflows.Change{Cause: workflows.Cause{Platform: "memory", Team: "test", User: "E1", Key: "k"}, Now: time.Now()}
	refusal := workflows.Refuse(workflows.Invalid, "field.required", nil)
	_, err := s.Change(t.Context(), c, func(workflows.Request, workflows.Actor, workflows.Facts) (workflows.Decision, error) {
		return workflows.Decision{}, refusal
	})
	if !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	if a, err := change(t, s, "E1", "k", workflows.Wants{}, nil); err != nil || a.Repeated {
		t.Errorf("the next try: %+v, %v", a, err)
	}
	c.Number, c.Cause.Key = "TX-999", "another"
	_, err = s.Change(t.Context(), c, nil)
	wantCode(t, err, workflows.NotFound)
}
