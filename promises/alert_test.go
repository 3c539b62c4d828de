package promises

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// hears counts the messages of a user that have a part of a sentence.
func (c *company) hears(user, part string) int {
	n := 0
	for _, m := range c.screen(user).Messages {
		if strings.Contains(m.Text, part) {
			n++
		}
	}
	return n
}

func (c *company) wantHears(user, part string, want int) {
	c.Helper()
	if n := c.hears(user, part); n != want {
		c.Errorf("%s was told %q %d times, want %d:\n%s", user, part, n, want, c.screen(user))
	}
}

func (c *company) alert(key, text string, about workflows.Args) {
	c.Helper()
	c.must(c.store.Alert(c.Context(), key, text, about, c.clock.Now()))
	c.settle()
}

// What goes wrong is told to every active administrator in their language, once a day however often it happens, and to nobody else.
func TestAlert(t *testing.T) {
	c := open(t)
	c.exec(`UPDATE people SET roles = '{admin}' WHERE employee_no = 'zhou'`)
	c.exec(`UPDATE people SET roles = '{admin}', active = false WHERE employee_no = 'mallory'`)
	for range 5 {
		c.alert("slack.scope:im:write", "alert.slack.scope", workflows.Args{"Scope": "im:write"})
	}
	c.wantHears("boss", "lacks the scope im:write", 1)
	c.wantHears("zhou", "应用缺少权限 im:write", 1)
	for _, other := range []string{"lin", "hana", "mallory"} {
		c.wantHears(other, "im:write", 0)
	}
	for _, m := range c.screen("boss").Messages {
		if len(m.Buttons) > 0 {
			t.Errorf("it is about no request, and has the buttons %v", m.Buttons)
		}
	}
	c.alert("slack.scope:chat:write", "alert.slack.scope", workflows.Args{"Scope": "chat:write"})
	c.wantHears("boss", "chat:write", 1)
	c.at(start.Add(23 * time.Hour))
	c.alert("slack.scope:im:write", "alert.slack.scope", workflows.Args{"Scope": "im:write"})
	c.wantHears("boss", "im:write", 1)
	c.at(start.Add(25 * time.Hour))
	c.alert("slack.scope:im:write", "alert.slack.scope", workflows.Args{"Scope": "im:write"})
	c.wantHears("boss", "im:write", 2)

	list, err := c.store.Alerts(t.Context(), c.clock.Now())
	c.must(err)
	if len(list) != 2 || list[0].Key != "slack.scope:im:write" || list[0].Count != 7 || list[0].Args["Scope"] != "im:write" || list[0].Last.Sub(list[0].First) < 24*time.Hour {
		t.Errorf("listed are %+v", list)
	}
	if list, err = c.store.Alerts(t.Context(), c.clock.Now().Add(8*24*time.Hour)); err != nil || len(list) != 0 {
		t.Errorf("a week later: %+v, %v", list, err)
	}
	c.must(c.store.Prune(t.Context(), c.clock.Now().Add(40*24*time.Hour)))
	if n := value[int](c, `SELECT (SELECT count(*) FROM alerts) + (SELECT count(*) FROM notices WHERE about IN (SELECT id FROM alerts))`); n != 0 {
		t.Errorf("%d rows are kept for ever", n)
	}
}

// Two replicas and many requests report the same thing at the same moment.
func TestAlertAtTheSameMoment(t *testing.T) {
	c := open(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := c.store.Alert(t.Context(), "slack.signature", "alert.slack.signature", nil, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c.settle()
	c.wantHears("boss", "not signed with this app’s secret", 1)
}

// An administrator whom no chat reaches for two days reads one notice of it when they are linked, not two; and after a week none.
func TestAlertWaitsForItsReader(t *testing.T) {
	c := open(t)
	boss, err := c.store.BoundPerson(t.Context(), user("boss"))
	c.must(err)
	c.must(c.store.Unbind(t.Context(), user("boss"), c.clock.Now()))
	for day := range 3 {
		c.at(start.AddDate(0, 0, day).Add(time.Duration(day) * time.Minute))
		c.alert("letter:slack", "alert.letter", workflows.Args{"Platform": "slack"})
	}
	c.alert("slack.token", "alert.slack.token", workflows.Args{"Code": "invalid_auth"})
	c.exec(`UPDATE alerts SET last_at = last_at - interval '8 days' WHERE key = 'slack.token'`)
	c.must(c.store.Prune(t.Context(), c.clock.Now()))
	c.must(c.store.Bind(t.Context(), boss.ID.Party(), user("boss"), c.clock.Now()))
	c.overdue()
	c.settle()
	c.wantHears("boss", "could not be handled after several tries", 1)
	c.wantHears("boss", "invalid_auth", 0)
}

// What is wrong with a platform is told by another, if the administrator has one, though they used that platform last.
func TestAlertGoesAnotherWay(t *testing.T) {
	c := open(t)
	c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'person', id, 'slack', 'T1', 'UBOSS', now() + interval '1 hour' FROM people WHERE employee_no = 'boss'`)
	c.alert("slack.token", "alert.slack.token", workflows.Args{"Code": "token_revoked"})
	c.wantHears("boss", "token_revoked", 1)
}

// Zhou blocks the bot: the administrator reads whose chat it is and what to do, and is not told again when another card fails.
func TestAlertOfAChatThatIsGone(t *testing.T) {
	c := open(t)
	c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			return deliver.ErrGone
		}
		return nil
	})
	first := c.ask("tom", "annual 2026-12-01")
	second := c.ask("lin", "annual 2026-12-02")
	c.wantHears("boss", "The memory chat of 周凯 Zhou Kai (zhou) takes no more messages", 1)
	gone, err := c.store.GoneChats(t.Context())
	if err != nil || len(gone) != 1 || gone[0] != "zhou 周凯 Zhou Kai (memory)" {
		t.Errorf("nod check lists %q, %v", gone, err)
	}
	c.must(c.store.Reachable(t.Context(), user("zhou"), true, c.clock.Now()))
	if gone, err := c.store.GoneChats(t.Context()); err != nil || len(gone) != 0 {
		t.Errorf("she let it in again; listed are %q, %v", gone, err)
	}
	c.must(c.store.Reachable(t.Context(), user("hana"), false, c.clock.Now()))
	c.settle()
	c.wantHears("boss", "Hana Weber (hana) takes no more messages", 1)
	c.press("tom", first, "withdraw")
	c.press("lin", second, "withdraw")
	c.settle()
}

// I3: a second Slack user has Tom's address. They are refused, and the administrator reads who and what to do; Tom's own stays.
func TestI3SecondUserIsReported(t *testing.T) {
	c := open(t)
	c.must(c.store.BindByEmail(t.Context(), slackUser("UTOM"), "tom@example.com", c.clock.Now()))
	for range 3 {
		err := c.store.BindByEmail(t.Context(), slackUser("UEVIL"), "Tom@example.com", c.clock.Now())
		if !errors.Is(err, &workflows.Error{Code: workflows.NotYours, Text: "identity.taken"}) {
			t.Errorf("got %v", err)
		}
	}
	c.settle()
	c.wantHears("boss", "A second slack account (UEVIL) has the address of Tom Baker (tom)", 1)
	if p, err := c.store.BoundPerson(t.Context(), slackUser("UTOM")); err != nil || p.No != "tom" {
		t.Errorf("UTOM is %+v, %v", p, err)
	}
}

// I3: Zhou's phone is stolen while a request waits for her. Unlinked, it presses in vain, at once, and hears of nothing more.
func TestI3Unlink(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01")
	old := c.button("zhou", number, "approve")
	c.exec(`UPDATE bindings SET platform = 'telegram' WHERE user_id = 'zhou'`) // the chat in memory stands for one that can be unlinked
	ended, err := c.store.Unlink(t.Context(), "zhou", "", c.clock.Now())
	if err != nil || len(ended) != 1 || ended[0].User != "zhou" || ended[0].Platform != "telegram" {
		t.Errorf("ended were %+v, %v", ended, err)
	}
	c.exec(`UPDATE bindings SET platform = 'memory' WHERE user_id = 'zhou'`)
	c.must(c.chat.PressOld(t.Context(), "zhou", old))
	c.wantTold("zhou", "I do not know who you are yet")
	c.wantState(number, "pending")
	before := len(c.screen("zhou").Messages)
	c.press("tom", number, "withdraw")
	c.ask("lin", "annual 2026-12-02")
	if after := c.screen("zhou"); len(after.Messages) != before || strings.Contains(after.String(), "已撤回") {
		t.Errorf("the lost chat still hears:\n%s", after)
	}
	// Where no code could bring her back, nobody locks themselves out.
	c.must(c.chat.Type(t.Context(), "tom", "unlink"))
	c.wantTold("tom", "this chat works without a link")
}

// I3: who was unlinked by hand is not brought back by their address alone; by a code they are. Who links the same chat again keeps its cards.
func TestI3LinkedAgain(t *testing.T) {
	c := open(t)
	slack := func(user string) error {
		return c.store.BindByEmail(t.Context(), slackUser(user), "tom@example.com", c.clock.Now())
	}
	c.must(slack("U1"))
	if _, err := c.store.Unlink(t.Context(), "tom", "slack", c.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := slack("U1"); !errors.Is(err, &workflows.Error{Code: workflows.NotYours, Text: "identity.unlinked"}) {
		t.Errorf("the address alone: %v", err)
	}
	code, err := c.store.LinkCode(t.Context(), "tom", "slack")
	c.must(err)
	_, err = c.store.Redeem(t.Context(), workflows.Cause{ChatUser: slackUser("U1"), Key: code}, code, c.clock.Now())
	c.must(err)
	// Slack says that the account was deactivated, and later that it is back: nobody unlinked it.
	c.must(c.store.Unbind(t.Context(), slackUser("U1"), c.clock.Now()))
	c.must(slack("U1"))
	bindings := value[int](c, `SELECT count(*) FROM bindings WHERE user_id = 'U1'`)
	code, err = c.store.LinkCode(t.Context(), "tom", "slack")
	c.must(err)
	_, err = c.store.Redeem(t.Context(), workflows.Cause{ChatUser: slackUser("U1"), Key: code}, code, c.clock.Now())
	c.must(err)
	if n := value[int](c, `SELECT count(*) FROM bindings WHERE user_id = 'U1'`); n != bindings {
		t.Error("the same chat was bound anew, and the cards in it are stale")
	}
	// An unlinked account gives way to another with the address.
	_, err = c.store.Unlink(t.Context(), "tom", "", c.clock.Now())
	c.must(err)
	c.must(slack("U2"))
	if p, err := c.store.BoundPerson(t.Context(), slackUser("U2")); err != nil || p.No != "tom" {
		t.Errorf("U2 is %+v, %v", p, err)
	}
}

func slackUser(id string) workflows.ChatUser {
	return workflows.ChatUser{Platform: "slack", Team: "T1", User: id}
}

// I3: the address by which lin's chat was known is hers no more. The chat ends and is told so itself, though it is nobody's now, and an
// administrator reads whose it was; nothing of hers is shown there.
func TestI3EndedChatIsTold(t *testing.T) {
	c := open(t)
	c.exec(`UPDATE bindings SET address = 'lin@example.com' WHERE user_id = 'lin'`)
	number := c.ask("lin", "annual 2026-12-01")
	c.must(c.store.AddressIs(c.Context(), user("lin"), "mallory@example.com", c.clock.Now()))
	c.settle()
	c.wantHears("lin", "绑定已解除", 1)
	c.wantHears("boss", "林小雨 Lin Xiaoyu (lin) is no longer linked to the memory user lin", 1)
	before := c.screen("lin")
	c.press("zhou", number, "approve")
	c.settle()
	if diff := cmp.Diff(before, c.screen("lin")); diff != "" {
		t.Errorf("the ended chat is shown more (-before +after):\n%s", diff)
	}
}
