package storage_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"sync"
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

// linked gives a store in which lin is U1 on Slack by her address, and tom U2 by a code.
func linked(t *testing.T) *storage.Store {
	t.Helper()
	s, _ := staffed(t)
	must(t, s.BindByEmail(t.Context(), slack("U1"), "lin@example.com", time.Now()))
	code, err := s.LinkCode(t.Context(), "E2", "slack")
	must(t, err)
	_, err = s.Redeem(t.Context(), once(slack("U2")), code, time.Now())
	must(t, err)
	return s
}

func slack(user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "slack", Team: "T1", User: user}
}

func telegram(user string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "telegram", Team: "bot", User: user}
}

// once is a delivery like no other.
func once(u workflows.ChatUser) workflows.Cause {
	return workflows.Cause{ChatUser: u, Key: rand.Text()}
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
	_, err = s.Redeem(ctx, once(slack("U1")), code, now)
	wantCode(t, err, workflows.Invalid) // made for Telegram
	p, err := s.Redeem(ctx, once(telegram("77")), strings.ToLower(" "+code+" "), now)
	if err != nil || p.No != "E1" {
		t.Fatalf("redeemed as %+v, %v", p, err)
	}
	_, err = s.Redeem(ctx, once(telegram("66")), code, now)
	wantCode(t, err, workflows.Invalid) // used

	first, _ := s.LinkCode(ctx, "E1", "telegram")
	second, _ := s.LinkCode(ctx, "E1", "telegram")
	_, err = s.Redeem(ctx, once(telegram("88")), first, now)
	wantCode(t, err, workflows.Invalid) // a newer one was made
	if _, err := s.Redeem(ctx, once(telegram("88")), second, now); err != nil {
		t.Fatal(err)
	}
	_, err = s.BoundPerson(ctx, telegram("77"))
	wantCode(t, err, workflows.Unknown) // re-linked: the old chat is dead at once

	late, _ := s.LinkCode(ctx, "E2", "telegram")
	if _, err := owner.Exec(ctx, "UPDATE link_codes SET expires_at = now() - interval '1 second' WHERE used_at IS NULL"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(ctx, once(telegram("99")), late, now)
	wantCode(t, err, workflows.Invalid)
	_, err = s.LinkCode(ctx, "E9", "telegram")
	wantCode(t, err, workflows.NotFound)
}

// I3: mallory guesses. After five wrong codes not even a right one is looked at.
func TestI3LinkCodesLockOut(t *testing.T) {
	s, _ := staffed(t)
	ctx, now := t.Context(), time.Now()
	for range 5 {
		_, err := s.Redeem(ctx, once(telegram("666")), "GUESS", now)
		wantCode(t, err, workflows.Invalid)
	}
	code, err := s.LinkCode(ctx, "E1", "telegram")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Redeem(ctx, once(telegram("666")), code, now)
	wantCode(t, err, workflows.TooSoon)
	if _, err := s.Redeem(ctx, once(telegram("77")), code, now); err != nil {
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
	if err := s.Unbind(ctx, slack("U1"), now); err != nil {
		t.Fatal(err)
	}
	if yes, err := s.Bound(ctx, slack("U1")); err != nil || yes {
		t.Errorf("still bound: %v, %v", yes, err)
	}
}

// I3: a member becomes a guest, for whose address the workspace vouches no more: what the address made ends, and what a code made stays.
func TestI3GuestsAreKnownByCodesOnly(t *testing.T) {
	s := linked(t)
	ctx, now := t.Context(), time.Now()
	for user, stays := range map[string]bool{"U1": false, "U2": true, "U3": false} {
		must(t, s.UnbindAddress(ctx, slack(user), now))
		if yes, err := s.Bound(ctx, slack(user)); err != nil || yes != stays {
			t.Errorf("%s is bound: %v, %v", user, yes, err)
		}
	}
}

// I3: the workspace verifies another address of a user: the chat that the old one made ends, and can be made anew. An address that is
// missing is no change, nor is another way of writing it; a chat that a code made does not hang on any.
func TestI3AddressOfTheUserChanges(t *testing.T) {
	s := linked(t)
	ctx, now := t.Context(), time.Now()
	for _, step := range []struct {
		user, email string
		ends        bool
	}{{"U1", "LIN@example.com", false}, {"U1", "", false}, {"U2", "mallory@example.com", false}, {"U1", "mallory@example.com", true},
		{"U1", "mallory@example.com", true}} {
		must(t, s.AddressIs(ctx, slack(step.user), step.email, now))
		if yes, err := s.Bound(ctx, slack(step.user)); err != nil || yes == step.ends {
			t.Errorf("%s has %q: bound %v, %v", step.user, step.email, yes, err)
		}
	}
	must(t, s.BindByEmail(ctx, slack("U1"), "lin@example.com", now))
	if p, err := s.BoundPerson(ctx, slack("U1")); err != nil || p.No != "E1" {
		t.Errorf("U1 is %+v, %v", p, err)
	}
}

// I2: a code and an unlinking are delivered twice, as after a restart. The second time says what the first one did, and does nothing:
// neither is a code that has bound called wrong, nor does the chat end that was linked meanwhile.
func TestI2LinkAndUnlinkAreDeliveredTwice(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	code, err := s.LinkCode(ctx, "E1", "telegram")
	must(t, err)
	link, unlink, wrong := once(telegram("77")), once(telegram("77")), once(telegram("77"))
	for range 2 {
		p, err := s.Redeem(ctx, link, code, now)
		if err != nil || p.No != "E1" {
			t.Errorf("link: %+v, %v", p, err)
		}
	}
	for range 2 {
		p, err := s.UnlinkChat(ctx, unlink, now)
		if err != nil || p.No != "E1" {
			t.Errorf("unlink: %+v, %v", p, err)
		}
		if again, err := s.Redeem(ctx, link, code, now); err != nil || again.No != "E1" {
			t.Errorf("link once more: %+v, %v", again, err)
		}
		if yes, err := s.Bound(ctx, telegram("77")); err != nil || yes {
			t.Errorf("a code that came again has bound anew: %v, %v", yes, err)
		}
	}
	second, err := s.LinkCode(ctx, "E1", "telegram")
	must(t, err)
	_, err = s.Redeem(ctx, once(telegram("77")), second, now)
	must(t, err)
	_, err = s.UnlinkChat(ctx, unlink, now)
	must(t, err)
	if yes, err := s.Bound(ctx, telegram("77")); err != nil || !yes {
		t.Errorf("an unlinking that came again has ended another link: %v, %v", yes, err)
	}
	for range 2 {
		_, err = s.Redeem(ctx, wrong, "GUESS", now)
		wantCode(t, err, workflows.Invalid)
	}
	if n := value[int](t, owner, "SELECT failures FROM link_failures"); n != 1 {
		t.Errorf("one wrong code counts %d times", n)
	}
	_, err = s.UnlinkChat(ctx, once(telegram("stranger")), now)
	wantCode(t, err, workflows.Unknown)
}

// I3: a code and an address bind two users to lin at the same moment. One of them is hers in the end, the one with the code, and whoever
// is told that they are somebody is.
func TestI3CodeAgainstAddress(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	for range 30 {
		code, err := s.LinkCode(ctx, "E1", "slack")
		must(t, err)
		var both sync.WaitGroup
		both.Go(func() {
			if p, err := s.Redeem(ctx, once(slack("UCODE")), code, now); err != nil || p.No != "E1" {
				t.Errorf("the code: %+v, %v", p, err)
			}
		})
		both.Go(func() {
			err := s.BindByEmail(ctx, slack("UADDRESS"), "lin@example.com", now)
			if err != nil && !errors.Is(err, &workflows.Error{Code: workflows.NotYours}) {
				t.Errorf("the address: %v", err)
			}
		})
		both.Wait()
		who := value[string](t, owner, "SELECT string_agg(user_id, ' ') FROM bindings WHERE platform = 'slack' AND ended_at IS NULL")
		if who != "UCODE" {
			t.Fatalf("lin is %q", who)
		}
		must(t, s.Unbind(ctx, slack("UCODE"), now))
	}
}

// I3: one chat user brings the codes of two people at the same moment. They are one of the two, and the code of the other was not used up
// for nothing.
func TestI3TwoCodesAtOnce(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	for range 30 {
		var both sync.WaitGroup
		for _, no := range []string{"E1", "E2"} {
			code, err := s.LinkCode(ctx, no, "slack")
			must(t, err)
			both.Go(func() {
				if p, err := s.Redeem(ctx, once(slack("U1")), code, now); err != nil || p.No != no {
					t.Errorf("%s: %+v, %v", no, p, err)
				}
			})
		}
		both.Wait()
		if n := value[int](t, owner, "SELECT count(*) FROM bindings WHERE ended_at IS NULL"); n != 1 {
			t.Fatalf("%d live chats", n)
		}
		must(t, s.Unbind(ctx, slack("U1"), now))
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
		_, err = s.Redeem(t.Context(), once(telegram(strconv.Itoa(user))), typed, time.Now())
		wantCode(t, err, workflows.Invalid)
		if p, err := s.Redeem(t.Context(), once(telegram(strconv.Itoa(user+1))), "\n "+strings.ToLower(code)+"　", time.Now()); err != nil || p.No != "E1" {
			t.Errorf("the code itself: %+v, %v", p, err)
		}
	})
}
