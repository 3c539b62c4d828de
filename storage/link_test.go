package storage_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// staffed gives a store with lin and tom, and the owner's connection for breaking things.
func staffed(t *testing.T) (*storage.Store, *pgx.Conn) {
	t.Helper()
	db := storagetest.New(t)
	owner := dial(t, db.Owner)
	exec(t, owner, "INSERT INTO people (employee_no, name, email) VALUES ('E1', 'Lin', 'Lin@Example.com'), ('E2', 'Tom', 'tom@example.com')")
	return storagetest.Connect(t, db), owner
}

func slack(user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "slack", Team: "T1", User: user}
}

func telegram(user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "telegram", Team: "bot", User: user}
}

func wantCode(t *testing.T, err error, code workflows.Code) {
	t.Helper()
	if !errors.Is(err, &workflows.Error{Code: code}) {
		t.Errorf("got %v, want a refusal of class %s", err, code)
	}
}

// I3: a code binds once, within its time, on its platform; a new code or a new binding ends the old.
func TestI3LinkCodes(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	code, err := s.LinkCode(ctx, "E1", "telegram")
	if err != nil || len(code) < 20 {
		t.Fatalf("%q, %v", code, err)
	}
	if stored := value[string](t, owner, "SELECT string_agg(encode(hash, 'escape') || platform, ' ') FROM link_codes"); strings.Contains(stored, code) {
		t.Errorf("the code itself is stored: %q", stored)
	}
	_, err = s.Redeem(ctx, slack("U1"), code, now)
	wantCode(t, err, workflows.Invalid) // made for Telegram
	p, err := s.Redeem(ctx, telegram("77"), strings.ToLower(" "+code+" "), now)
	if err != nil || p.No != "E1" {
		t.Fatalf("redeemed as %+v, %v", p, err)
	}
	_, err = s.Redeem(ctx, telegram("66"), code, now)
	wantCode(t, err, workflows.Invalid) // used

	first, _ := s.LinkCode(ctx, "E1", "telegram")
	second, _ := s.LinkCode(ctx, "E1", "telegram")
	_, err = s.Redeem(ctx, telegram("88"), first, now)
	wantCode(t, err, workflows.Invalid) // a newer one was made
	if _, err := s.Redeem(ctx, telegram("88"), second, now); err != nil {
		t.Fatal(err)
	}
	_, err = s.BoundPerson(ctx, telegram("77"))
	wantCode(t, err, workflows.Unknown) // re-linked: the old chat is dead at once

	late, _ := s.LinkCode(ctx, "E2", "telegram")
	if _, err := owner.Exec(ctx, "UPDATE link_codes SET expires_at = now() - interval '1 second' WHERE used_at IS NULL"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(ctx, telegram("99"), late, now)
	wantCode(t, err, workflows.Invalid)
	_, err = s.LinkCode(ctx, "E9", "telegram")
	wantCode(t, err, workflows.NotFound)
}

// I3: mallory guesses. After five wrong codes not even a right one is looked at.
func TestI3LinkCodesLockOut(t *testing.T) {
	s, _ := staffed(t)
	ctx, now := t.Context(), time.Now()
	for range 5 {
		_, err := s.Redeem(ctx, telegram("666"), "GUESS", now)
		wantCode(t, err, workflows.Invalid)
	}
	code, err := s.LinkCode(ctx, "E1", "telegram")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(ctx, telegram("666"), code, now)
	wantCode(t, err, workflows.TooSoon)
	if _, err := s.Redeem(ctx, telegram("77"), code, now); err != nil {
		t.Errorf("somebody else's wrong codes lock lin out: %v", err)
	}
}

// I3: an address binds the first user of a workspace that has it, whatever its case, and no second one.
func TestI3BindByEmail(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	if err := s.BindByEmail(ctx, slack("U1"), "lin@example.COM", now); err != nil {
		t.Fatal(err)
	}
	if err := s.BindByEmail(ctx, slack("U1"), "lin@example.com", now); err != nil {
		t.Errorf("again: %v", err)
	}
	wantCode(t, s.BindByEmail(ctx, slack("U2"), "lin@example.com", now), workflows.NotYours)
	wantCode(t, s.BindByEmail(ctx, slack("U3"), "stranger@example.com", now), workflows.Unknown)
	wantCode(t, s.BindByEmail(ctx, slack("U3"), "", now), workflows.Unknown)
	if _, err := owner.Exec(ctx, "UPDATE people SET active = false WHERE employee_no = 'E2'"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.BindByEmail(ctx, slack("U4"), "tom@example.com", now), workflows.Unknown)
	if p, err := s.BoundPerson(ctx, slack("U1")); err != nil || p.No != "E1" {
		t.Errorf("U1 is %+v, %v", p, err)
	}
	if err := s.Unbind(ctx, slack("U1"), false, now); err != nil {
		t.Fatal(err)
	}
	if yes, err := s.Bound(ctx, slack("U1")); err != nil || yes {
		t.Errorf("still bound: %v, %v", yes, err)
	}
}

// I3: whatever somebody sends for a code, it is theirs or it is refused with a sentence.
func FuzzRedeem(f *testing.F) {
	db := storagetest.New(f)
	owner, err := pgx.Connect(f.Context(), db.Owner)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { owner.Close(context.Background()) })
	if _, err := owner.Exec(f.Context(), "INSERT INTO people (employee_no, name) VALUES ('E1', 'Lin')"); err != nil {
		f.Fatal(err)
	}
	s := storagetest.Connect(f, db)
	for _, typed := range []string{"", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "\x00", "\xff", "' OR true --", "\u202E", strings.Repeat("a", 300)} {
		f.Add(typed)
	}
	user := 0
	f.Fuzz(func(t *testing.T, typed string) {
		if len(typed) > 1000 {
			return
		}
		user += 2 // nobody is locked out yet
		code, err := s.LinkCode(t.Context(), "E1", "telegram")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Redeem(t.Context(), telegram(strconv.Itoa(user)), typed, time.Now())
		wantCode(t, err, workflows.Invalid)
		if p, err := s.Redeem(t.Context(), telegram(strconv.Itoa(user+1)), "\n "+strings.ToLower(code)+"　", time.Now()); err != nil || p.No != "E1" {
			t.Errorf("the code itself: %+v, %v", p, err)
		}
	})
}
