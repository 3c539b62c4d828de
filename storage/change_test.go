package storage_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// brings adds to a decision.
type brings func(workflows.Facts, *workflows.Decision)

// decision is the least that a new request brings, without any kind: storage knows none.
func decision(r workflows.Request, actor workflows.Actor, f workflows.Facts, build brings) workflows.Decision {
	r.ID, r.Kind, r.Definition = workflows.SubjectID(uuid.NewString()), "test", "none"
	r.State, r.Revision, r.Seq, r.SubmittedAt, r.ChangedAt = "pending", 1, 1, f.Now, f.Now
	r.Form, r.Steps = workflows.Form{}, []workflows.Step{}
	d := workflows.Decision{Request: r}
	d.Subject, d.Prefix, d.Told = r.Subject, "TX", workflows.Answer{Ref: r.Ref, State: r.State, Text: "told.submit"}
	d.Audit = workflows.AuditRow{Subject: r.ID, Seq: 1, At: f.Now, Event: "submit", Actor: actor.Party, Platform: actor.Platform,
		Revision: 1, To: r.State}
	if build != nil {
		build(f, &d)
	}
	return d
}

// memory is a user of the chat in which E1 and E2 are known.
func memory(user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "memory", Team: "test", User: user}
}

// bound is staffed, with a chat for each.
func bound(t *testing.T) (*storage.Store, *pgx.Conn) {
	t.Helper()
	s, owner := staffed(t)
	for _, no := range []string{"E1", "E2"} {
		must(t, s.Bind(t.Context(), person(t, s, no).ID.Party(), memory(no), time.Now()))
	}
	return s, owner
}

func person(t *testing.T, s *storage.Store, no string) workflows.Person {
	t.Helper()
	p, err := s.PersonByNo(t.Context(), no)
	must(t, err)
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// by is a change by somebody in the chat, which looks at the books of whose request it is.
func by(user, key string) workflows.Change {
	cause := workflows.Cause{ChatUser: memory(user), Key: key}
	return workflows.Change{Cause: cause, Contested: true, Now: time.Now().UTC().Truncate(time.Microsecond)}
}

// next is the least that another change of a request brings.
func next(r workflows.Request, actor workflows.Actor, f workflows.Facts, event workflows.Event) workflows.Decision {
	r.Seq++
	r.ChangedAt = f.Now
	d := workflows.Decision{Request: r}
	d.Subject, d.Told = r.Subject, workflows.Answer{Ref: r.Ref, Event: event, State: r.State, Seq: r.Seq, Text: "told." + string(event)}
	d.Audit = workflows.AuditRow{Subject: r.ID, Seq: r.Seq, At: f.Now, Event: event, Actor: actor.Party, Platform: actor.Platform,
		Revision: r.Revision, From: r.State, To: r.State}
	return d
}

// press makes another change of a request.
func press(ctx context.Context, s *storage.Store, c workflows.Change,
	build func(workflows.Actor, *workflows.Decision) error) (workflows.Answer, error) {
	return s.ChangeRequest(ctx, c, func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
		d := next(r, actor, f, "approve")
		if build == nil {
			return d, nil
		}
		return d, build(actor, &d)
	})
}

// on is by, of a request that exists.
func on(id workflows.SubjectID, user, key string) workflows.Change {
	c := by(user, key)
	c.Subject = id
	return c
}

// submit makes a new request, for whoever acts.
func submit(ctx context.Context, s *storage.Store, c workflows.Change, build brings) (workflows.Answer, error) {
	me, err := s.PersonByNo(ctx, c.Cause.User)
	if err != nil {
		return workflows.Answer{}, err
	}
	c.Requester = me.ID
	return s.ChangeRequest(ctx, c, func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
		return decision(r, actor, f, build), nil
	})
}

// I1: the same cause again, one after the other or at the same moment, is one change with one answer.
func TestI1OneCauseOneChange(t *testing.T) {
	s, _ := bound(t)
	answers := make([]workflows.Answer, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			var err error
			if answers[i], err = submit(t.Context(), s, by("E1", "once"), nil); err != nil {
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
	if again, err := submit(t.Context(), s, by("E2", "once"), nil); err != nil || again.Repeated {
		t.Errorf("somebody else's key is another cause: %+v, %v", again, err)
	}
}

// The primitive Claim: a key is somebody's for ever, however many ask for it at once; asking again for one's own is nothing new.
func TestClaimIsUniqueForEver(t *testing.T) {
	s, _ := bound(t)
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			user := fmt.Sprintf("E%d", 1+i%2)
			c := by(user, fmt.Sprint(i))
			c.Wants.Claims = []string{"invoice:4711"}
			_, results[i] = submit(t.Context(), s, c, func(_ workflows.Facts, d *workflows.Decision) {
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
	c := by("E1", "later")
	c.Wants.Claims = []string{"invoice:4711", "invoice:1"}
	_, err := submit(t.Context(), s, c, func(f workflows.Facts, _ *workflows.Decision) {
		if len(f.Claimed) != 1 || f.Claimed["invoice:4711"].Number == "" {
			t.Errorf("taken: %v", f.Claimed)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// The primitive Booking: two of one person never overlap, those of two people may.
func TestBookingsAreExclusive(t *testing.T) {
	s, _ := bound(t)
	hold := func(user, key string, start, end int) error {
		_, err := submit(t.Context(), s, by(user, key), func(_ workflows.Facts, d *workflows.Decision) {
			d.Hold = &workflows.Hold{Span: workflows.Span{Start: start, End: end}}
		})
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
	s, _ := bound(t)
	c := by("E1", "k")
	c.Requester = person(t, s, "E1").ID
	refusal := workflows.Refuse(workflows.Invalid, "field.required", nil)
	_, err := s.ChangeRequest(t.Context(), c, func(workflows.Request, workflows.Actor, workflows.Facts) (workflows.Decision, error) {
		return workflows.Decision{}, refusal
	})
	if !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	if a, err := submit(t.Context(), s, by("E1", "k"), nil); err != nil || a.Repeated {
		t.Errorf("the next try: %+v, %v", a, err)
	}
	c.Subject, c.Cause.Key = workflows.SubjectID(uuid.NewString()), "another"
	_, err = s.ChangeRequest(t.Context(), c, nil)
	wantCode(t, err, workflows.NotFound)
}
