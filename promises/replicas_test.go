package promises

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
)

// Faults, two replicas: two whole programs share the database and send side by side, while four people ask for eight days each and three answer. Every
// card is posted once for each person, and every notice is read once.
func TestTwoReplicas(t *testing.T) {
	c := open(t)
	other := c.replica()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, r := range []replica{{c.engine, c.deliverer}, other} {
		running.Go(func() { r.deliverer.Run(ctx) })
		running.Go(func() { r.engine.Run(ctx, nil) })
	}
	engines := []*engine.Engine{c.engine, other.engine}
	var askers sync.WaitGroup
	for i, who := range []string{"tom", "lin", "hana", "mallory"} {
		askers.Go(func() {
			person, err := c.store.BoundPerson(t.Context(), user(who))
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 8 {
				form := workflows.Form{"type": "annual", "from": day(n)}
				asked, err := engines[(i+n)%2].Submit(t.Context(), by(who, fmt.Sprint("ask:", n)), "leave", person, form)
				if err != nil {
					t.Errorf("%s day %d: %v", who, n, err)
					return
				}
				// Both replicas hear of the same press: the chat sent it twice.
				approver := map[string]string{"tom": "zhou", "lin": "zhou", "hana": "boss", "mallory": "boss"}[who]
				var presses sync.WaitGroup
				for _, e := range engines {
					presses.Go(func() {
						if _, err := c.acts(t.Context(), e, by(approver, "press:"+asked.Number), asked.Number, workflows.Act{Event: approval.Approve}); err != nil {
							t.Errorf("%s: %v", asked.Number, err)
						}
					})
				}
				presses.Wait()
			}
		})
	}
	askers.Wait()
	c.await("everything is sent", func() bool {
		return value[int](c, "SELECT (SELECT count(*) FROM cards WHERE wanted > shown) + (SELECT count(*) FROM notices WHERE sent_at IS NULL)") == 0
	})
	stop()
	running.Wait()
	c.settle()
	for user, asked := range map[string]int{"tom": 8, "lin": 8, "hana": 8, "mallory": 8, "zhou": 0, "boss": 0} {
		cards, said := map[string]int{}, map[string]int{}
		for _, m := range c.screen(user).Messages {
			if m.Number == "" {
				said[m.Text]++
			} else {
				cards[m.Number]++
			}
			if m.Number != "" && len(m.Buttons) != 0 {
				t.Errorf("%s's card of %s still has buttons", user, m.Number)
			}
		}
		want := asked
		if asked == 0 {
			want = 16
		}
		if len(cards) != want || len(said) != asked {
			t.Errorf("%s sees cards of %d requests and %d notices, want %d and %d", user, len(cards), len(said), want, asked)
		}
		for what, n := range cards {
			if n != 1 {
				t.Errorf("%s sees %d cards of %s", user, n, what)
			}
		}
		for what, n := range said {
			if n != 1 {
				t.Errorf("%s reads %d times: %s", user, n, what)
			}
		}
	}
}

func by(no, key string) workflows.Cause {
	return workflows.Cause{ChatUser: user(no), Key: key}
}

// drawn is a user's card of a request as a post, the way it is drawn at this moment.
func (c *company) drawn(user, number string) deliver.Post {
	c.Helper()
	id, _ := c.subject(number)
	loaded, err := c.engine.Load(c.Context(), id)
	c.must(err)
	person, err := c.store.PersonByNo(c.Context(), user)
	c.must(err)
	v, _ := loaded.View(workflows.PersonActor(person, ""))
	card := draw.Card(v, c.texts.ForPerson(person, c.clock.Now()))
	return deliver.Post{Key: value[string](c, `SELECT c.id::text FROM cards c JOIN subjects s ON s.id = c.subject_id JOIN bindings b ON b.id = c.binding_id
		WHERE s.number = $1 AND b.user_id = $2 AND NOT c.folded`, number, user), Card: &card}
}

// sleeper is a replica that claimed zhou's card and then slept through its lease.
func sleeper(c *company) workflows.CardItem {
	c.Helper()
	all := workflows.Claim{Platform: bottest.Platform, Oldest: 50}
	posts, err := c.store.ClaimPosts(c.Context(), all)
	c.must(err)
	edits, err := c.store.ClaimEdits(c.Context(), all)
	c.must(err)
	for _, item := range append(posts, edits...) {
		if item.To.User == "zhou" {
			c.overdue()
			return item
		}
	}
	c.Fatal("there is no card for zhou to claim")
	return workflows.CardItem{}
}

// Faults, two replicas: one claims zhou's card to draw what it knows, and sleeps. The other draws the decision. The first wakes up, draws the old state
// over the new one, and says so. In the end the decision stands on the screen.
func TestReplicaSleepsThroughItsLease(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01")
	stale := c.drawn("zhou", number)
	c.exec("UPDATE cards SET shown = 0, redraw = true")
	item := sleeper(c)
	c.press("tom", number, "withdraw")
	c.overdue()
	c.settle()
	c.must(c.chat.Edit(t.Context(), c.chat.Address("zhou"), item.Reference, stale))
	if !c.card("zhou", number).Has("approve") {
		t.Fatal("the old state is not on the screen")
	}
	c.must(c.store.CardShown(t.Context(), workflows.CardShown{ID: item.ID, Reference: item.Reference, Seq: 1, Revision: 1, Hash: "old", Attempts: item.Attempts}, c.clock.Now()))
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	if card := c.card("zhou", number); len(card.Buttons) != 0 {
		t.Errorf("zhou's card is stale:\n%s %v", card.Text, card.Buttons)
	}
}

// Faults, two replicas: the same, but the sleeper wakes between the other's edit and its note of it, so that the older note comes first.
func TestReplicaWakesBetweenEditAndNote(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01")
	stale := c.drawn("zhou", number)
	c.exec("UPDATE cards SET shown = 0, redraw = true")
	old := sleeper(c)
	c.press("tom", number, "withdraw")
	awake := sleeper(c)
	c.must(c.chat.Edit(t.Context(), c.chat.Address("zhou"), old.Reference, stale)) // over what the other had drawn
	c.must(c.store.CardShown(t.Context(), workflows.CardShown{ID: old.ID, Reference: old.Reference, Seq: 1, Revision: 1, Hash: "old", Attempts: old.Attempts}, c.clock.Now()))
	c.must(c.store.CardShown(t.Context(), workflows.CardShown{ID: awake.ID, Reference: awake.Reference, Seq: 2, Revision: 1, Hash: "new", Attempts: awake.Attempts}, c.clock.Now()))
	c.overdue()
	c.settle()
	if card := c.card("zhou", number); len(card.Buttons) != 0 {
		t.Errorf("zhou's card is stale:\n%s %v", card.Text, card.Buttons)
	}
}

// Faults, two replicas: the sleeper was about to post zhou's card, and posts it although the other has done so meanwhile. One of the two folds, and the
// other follows the request.
func TestReplicaPostsTwice(t *testing.T) {
	c := open(t)
	number := c.sent("tom", "annual 2026-12-01")
	item := sleeper(c)
	c.settle()
	posted := c.drawn("zhou", number)
	reference, err := c.chat.Post(t.Context(), c.chat.Address("zhou"), posted)
	c.must(err)
	c.must(c.store.CardShown(t.Context(), workflows.CardShown{ID: item.ID, Reference: reference, Seq: 1, Revision: 1, Hash: posted.Card.Hash(), Attempts: item.Attempts}, c.clock.Now()))
	c.settle()
	c.wantCards("zhou", number, 1, 1)
	c.press("tom", number, "withdraw")
	c.settle()
	c.wantCards("zhou", number, 1, 1)
	for _, m := range c.screen("zhou").Messages {
		if len(m.Buttons) != 0 || !strings.Contains(m.Text, "撤回") && !m.Folded {
			t.Errorf("a stale message:\n%s %v", m.Text, m.Buttons)
		}
	}
}
