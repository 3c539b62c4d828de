package storage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// I3: on a platform a party is one chat user and a chat user one party. A contact who happens to have a person's id is somebody else.
func TestI3OneChatUserPerPlatform(t *testing.T) {
	s, owner := staffed(t)
	ctx, now := t.Context(), time.Now()
	lin, tom := person(t, s, "E1").ID.Party(), person(t, s, "E2").ID.Party()
	exec(t, owner, "INSERT INTO contacts (name) VALUES ('Sun Li')")
	sun := workflows.Party{Kind: workflows.ContactParty, ID: lin.ID}
	is := func(u workflows.ChatUser, want workflows.Party) {
		t.Helper()
		if got, _, err := s.BoundParty(ctx, u); got != want {
			t.Errorf("%+v is %+v (%v), want %+v", u, got, err, want)
		}
	}
	must(t, s.Bind(ctx, lin, slack("U1"), now))
	must(t, s.Bind(ctx, lin, slack("U2"), now))
	must(t, s.Bind(ctx, lin, workflows.ChatUser{Platform: "slack", Team: "T2", User: "U1"}, now))
	must(t, s.Bind(ctx, tom, slack("U1"), now))
	must(t, s.Bind(ctx, lin, telegram("11"), now))
	must(t, s.Bind(ctx, sun, slack("U3"), now))
	is(slack("U1"), lin)
	is(slack("U2"), workflows.Party{})
	is(workflows.ChatUser{Platform: "slack", Team: "T2", User: "U1"}, workflows.Party{})
	is(telegram("11"), lin)
	is(slack("U3"), sun)
	for what, sql := range map[string]string{
		"bindings_party": "('person', $1, 'slack', 'T3', 'U9', now())",
		"bindings_user":  "('contact', $1 + 100, 'slack', 'T1', 'U1', now())",
	} {
		_, err := owner.Exec(ctx, "INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) VALUES "+sql, lin.ID)
		violates(t, err, what)
	}
	_, err := s.UnlinkChat(ctx, once(slack("U1")), now)
	must(t, err)
	must(t, s.Bind(ctx, tom, slack("U1"), now))
	must(t, s.Bind(ctx, lin, slack("U2"), now))
	is(slack("U1"), tom)
	is(slack("U2"), lin)
}

// What waits for somebody follows them: when a chat ends or takes nothing any more, to another of theirs, or to the first that comes.
func TestWhatWaitsFollowsItsParty(t *testing.T) {
	s, owner := bound(t)
	ctx, now := t.Context(), time.Now()
	lin := person(t, s, "E1")
	a, err := submit(ctx, s, by("E2", "tom's"), full(lin.ID))
	must(t, err)
	where := func(want string) {
		t.Helper()
		const sql = `
SELECT n.platform || ' ' || coalesce(b.user_id, '')
  FROM notices n
  LEFT JOIN bindings b ON b.id = n.binding_id
 WHERE n.text = 'notice.nudge'`
		if got := value[string](t, owner, sql); got != want {
			t.Errorf("the notice waits for %q, want %q", got, want)
		}
	}
	cards := func(want int) {
		t.Helper()
		if n := value[int](t, owner, "SELECT count(*) FROM cards WHERE NOT dead"); n != want {
			t.Errorf("%d cards live, want %d", n, want)
		}
	}
	where("memory E1")
	cards(1)
	must(t, s.Bind(ctx, lin.ID.Party(), telegram("11"), now)) // which gets a card of what waits
	where("telegram 11")
	cards(2)
	must(t, s.Reachable(ctx, telegram("11"), false, now))
	where("memory E1")
	cards(1)
	if gone, err := s.GoneChats(ctx); err != nil || len(gone) != 1 || gone[0] != "E1 Lin (telegram)" {
		t.Errorf("gone are %q (%v)", gone, err)
	}
	must(t, s.Unbind(ctx, memory("E1"), now))
	where(" ")
	cards(0)
	if _, reachable, err := s.Posted(ctx, a.ID, lin.ID.Party()); err != nil || reachable {
		t.Errorf("reachable: %v, %v", reachable, err)
	}
	exec(t, owner, "UPDATE turns SET opened_at = opened_at - interval '1 hour'")
	if names, err := s.WaitedFor(ctx, now); err != nil || len(names) != 1 {
		t.Errorf("waited for are %q (%v)", names, err)
	}
	if list, err := s.Unreached(ctx, "slack", 0, 100); err != nil || len(list) != 1 || list[0].No != "E1" {
		t.Errorf("unreached are %+v (%v)", list, err)
	}
	if list, err := s.Unreached(ctx, "slack", lin.ID, 100); err != nil || len(list) != 0 {
		t.Errorf("unreached after E1 are %+v (%v)", list, err)
	}
	must(t, s.Reachable(ctx, telegram("11"), true, now))
	where("telegram 11")
	cards(1)
	must(t, s.Reachable(ctx, telegram("stranger"), false, now))
	ended, err := s.Unlink(ctx, "E1", "", now)
	if err != nil || len(ended) != 1 || ended[0].User != "11" {
		t.Errorf("ended are %+v (%v)", ended, err)
	}
	where(" ")

	// An import ends chats as well.
	exec(t, owner, "UPDATE people SET country = 'DE', timezone = 'Europe/Berlin'")
	must(t, s.Bind(ctx, lin.ID.Party(), memory("E1"), now))
	must(t, s.BindByEmail(ctx, slack("U1"), lin.Email, now.Add(time.Minute)))
	where("slack U1")
	cards(2)
	line := "E1,Lin,lin@new.example,,,,,DE,Europe/Berlin,en,"
	apply(t, people(t, s, peopleHeader, line))
	where("memory E1")
	cards(1)
	apply(t, people(t, s, peopleHeader+",active", line+",false"))
	where(" ")
	cards(0)
	items, err := s.ClaimDue(ctx, importedAt, 9)
	must(t, err)
	if len(items) != 1 || items[0].Kind != "relieve" || items[0].Party != lin.ID.Party() {
		t.Errorf("due are %+v", items)
	}
}

// I3: somebody who has a chat in another workspace of the platform is not bound by address a second time; the second is refused, never
// silently left out.
func TestI3AddressOfSomebodyBoundElsewhere(t *testing.T) {
	s, owner := staffed(t)
	lin := person(t, s, "E1")
	exec(t, owner, "UPDATE people SET email = 'lin@example.com' WHERE employee_no = 'E1'")
	must(t, s.Bind(t.Context(), lin.ID.Party(), workflows.ChatUser{Platform: "slack", Team: "T2", User: "U1"}, time.Now()))
	err := s.BindByEmail(t.Context(), slack("U1"), "lin@example.com", time.Now())
	if !errors.Is(err, &workflows.Error{Code: workflows.NotYours, Text: "identity.taken"}) {
		t.Errorf("binding by address said %v", err)
	}
}
