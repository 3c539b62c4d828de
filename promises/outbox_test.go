package promises

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/storage/session"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

var errDown = errors.New("the platform answers 500")

// cards counts the messages on a user's screen that show a request, folded ones too.
func (c *company) cards(user, number string) (open, folded int) {
	c.Helper()
	for _, m := range c.screen(user).Messages {
		switch {
		case m.Number != number:
		case m.Folded:
			folded++
		default:
			open++
		}
	}
	return open, folded
}

func (c *company) wantCards(user, number string, open, folded int) {
	c.Helper()
	if gotOpen, gotFolded := c.cards(user, number); gotOpen != open || gotFolded != folded {
		c.Errorf("%s sees %d cards of %s and %d folded ones, want %d and %d:\n%s", user, gotOpen, number, gotFolded, open, folded, c.screen(user))
	}
}

// act has a user decide without touching the chat, which may be in the middle of a send.
func (c *company) act(user, number string, event workflows.Event) {
	if _, err := c.acts(context.Background(), c.engine, by(user, "direct:"+number+":"+string(event)), number, workflows.Act{Event: event}); err != nil {
		c.Error(err)
	}
}

// chatBetween is the chat with a say in what is sent: it counts, and may do something before a send, once nothing but sending is left to do.
type chatBetween struct {
	deliver.Sender
	before func(to deliver.Address, p deliver.Post) error
	posts  atomic.Int64
	edits  atomic.Int64
}

// begin looks at the claim, as the chat would, counts a send and does what is to be done before it.
func (s *chatBetween) begin(ctx context.Context, to deliver.Address, p *deliver.Post, count *atomic.Int64) error {
	if err := p.Mine(ctx); err != nil {
		return err
	}
	p.Claim = nil // it has been looked at
	count.Add(1)
	if s.before == nil {
		return nil
	}
	return s.before(to, *p)
}

func (s *chatBetween) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	if err := s.begin(ctx, to, &p, &s.posts); err != nil {
		return "", err
	}
	return s.Sender.Post(ctx, to, p)
}

func (s *chatBetween) Edit(ctx context.Context, to deliver.Address, reference string, p deliver.Post) error {
	if err := s.begin(ctx, to, &p, &s.edits); err != nil {
		return err
	}
	return s.Sender.Edit(ctx, to, reference, p)
}

// between puts something between the deliverer and the chat.
func (c *company) between(before func(to deliver.Address, p deliver.Post) error) *chatBetween {
	s := &chatBetween{Sender: c.chat, before: before}
	c.deliverer = c.newDeliverer(map[string]deliver.Sender{bottest.Platform: s})
	return s
}

// I6: zhou's card arrives, and the answer that says so does not. It is found again, not posted a second time.
func TestI6LostAnswer(t *testing.T) {
	c := open(t)
	c.expectFaults = 1
	c.chat.LoseAnswer()
	number := c.ask("tom", "annual 2026-12-01")
	c.overdue()
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	c.wantCards("tom", number, 1, 0)
	c.press("zhou", number, "approve")
	c.settle()
	for _, user := range []string{"zhou", "tom"} {
		c.wantCards(user, number, 1, 0)
		if card := c.card(user, number); len(card.Buttons) != 0 {
			t.Errorf("%s's card was lost: %v", user, card.Buttons)
		}
	}
}

// I6: a notice whose answer was lost is not sent again either.
func TestI6LostAnswerToANotice(t *testing.T) {
	c := open(t)
	c.expectFaults = 2
	number := c.ask("tom", "annual 2026-12-01")
	c.press("zhou", number, "approve")
	lost := atomic.Bool{}
	c.between(func(to deliver.Address, p deliver.Post) error {
		if p.Message != nil && lost.CompareAndSwap(false, true) {
			if _, err := c.chat.Post(t.Context(), to, p); err != nil {
				return err
			}
			return deliver.ErrLost
		}
		return nil
	})
	c.settle()
	c.overdue()
	c.settle()
	if n := strings.Count(c.screen("tom").String(), "approved your request: "); n != 1 {
		t.Errorf("tom reads it %d times:\n%s", n, c.screen("tom"))
	}
}

// I6: the platform refuses three times, then takes it. Everything is sent once, and each try waits longer than the one before.
func TestI6ThreeFailures(t *testing.T) {
	c := open(t)
	c.expectFaults = 6
	c.chat.Refuse(func(deliver.Post) error { return errDown })
	number := c.ask("tom", "annual 2026-12-01")
	for range 2 {
		if n, err := c.deliverer.Round(t.Context()); n != 0 || err != nil {
			t.Errorf("%d sends were tried again at once: %v", n, err)
		}
		c.overdue()
		c.settle()
	}
	if wait := value[float64](c, "SELECT extract(epoch FROM min(next_at) - now())::float8 FROM cards"); wait < 3 {
		t.Errorf("after three failures it waits %.1f s", wait)
	}
	c.chat.Refuse(nil)
	c.overdue()
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	c.wantCards("tom", number, 1, 0)
	c.press("zhou", number, "approve")
	c.settle()
}

// I6: zhou deletes the message with the card. When the request changes she gets a new one, since the old can no longer be edited.
func TestI6DeletedMessage(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01")
	c.chat.Delete("zhou", c.card("zhou", number).Reference)
	c.press("tom", number, "withdraw")
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	if card := c.card("zhou", number); len(card.Buttons) != 0 {
		t.Errorf("the new card still offers %v", card.Buttons)
	}
}

// I6: zhou blocked the bot. That ends the sends to her, and nobody else waits for it.
func TestI6ChatGone(t *testing.T) {
	c := open(t)
	gone := c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			return deliver.ErrGone
		}
		return nil
	})
	number := c.ask("tom", "annual 2026-12-01")
	c.wantCards("zhou", number, 0, 0)
	c.wantCards("tom", number, 1, 0)
	if !value[bool](c, "SELECT gone_at IS NOT NULL FROM bindings WHERE user_id = 'zhou'") {
		t.Error("nobody noted that the chat is gone")
	}
	c.press("tom", number, "withdraw")
	before := gone.posts.Load()
	second := c.ask("tom", "annual 2026-12-02")
	if n := gone.posts.Load() - before; n != 1 {
		t.Errorf("%d posts, want tom's alone", n)
	}
	c.press("tom", second, "withdraw")
	c.settle()
}

// I6: the platform asks to be left alone for a minute. Nothing is sent to it before, not even when the request changes meanwhile.
func TestI6RetryAfter(t *testing.T) {
	c := open(t)
	busy := atomic.Bool{}
	busy.Store(true)
	s := c.between(func(to deliver.Address, p deliver.Post) error {
		if busy.Load() && to.User == "zhou" {
			return deliver.RetryAfter{Wait: time.Minute}
		}
		return nil
	})
	number := c.ask("tom", "annual 2026-12-01")
	if n := value[int](c, "SELECT count(*) FROM cards WHERE reference IS NULL AND next_at > now() + interval '50 seconds'"); n != 1 {
		t.Errorf("%d cards wait for the minute to end", n)
	}
	sends := s.posts.Load()
	c.act("tom", number, "withdraw")
	busy.Store(false)
	c.settle()
	if n := s.posts.Load() - sends; n != 0 {
		t.Errorf("%d posts within the minute", n)
	}
	c.overdue()
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	if card := c.card("zhou", number); len(card.Buttons) != 0 {
		t.Errorf("zhou can still press %v", card.Buttons)
	}
}

// I6: a reminder waits in the outbox while zhou decides. It is not sent any more.
func TestI6ReminderOvertakenByTheDecision(t *testing.T) {
	c := open(t)
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.at(on(shanghai, "2026-11-25 14:31"))
	_, _, err := c.engine.Tick(t.Context())
	c.must(err)
	c.wantNotices(number, "zhou", "notice.remind")
	c.act("zhou", number, "approve")
	c.settle()
	if zhou := c.screen("zhou"); zhou.Says("⏰") {
		t.Errorf("zhou was reminded of what she had done:\n%s", zhou)
	}
	if n := value[int](c, "SELECT count(*) FROM notices WHERE sent_at IS NULL"); n != 0 {
		t.Errorf("%d notices still wait", n)
	}
}

// I6: the request changes while its card is being sent. What ends up on the screen is the newest state, in one message.
func TestI6ChangeDuringASend(t *testing.T) {
	c := open(t)
	var once sync.Once
	number := "LV-1"
	c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			once.Do(func() { c.act("tom", number, "withdraw") })
		}
		return nil
	})
	c.ask("tom", "annual 2026-12-01")
	for user, left := range map[string]int{"zhou": 0, "tom": 1} { // he may ask again
		c.wantCards(user, number, 1, 0)
		if card := c.card(user, number); len(card.Buttons) != left || !strings.Contains(card.Text, "Withdrawn") && !strings.Contains(card.Text, "撤回") {
			t.Errorf("%s's card is stale:\n%s %v", user, card.Text, card.Buttons)
		}
	}
}

// I6: the same, with a second replica that looks for work at that very moment. It must not post the card beside the one that is under way.
func TestI6ChangeDuringASendBesideAnotherReplica(t *testing.T) {
	c := open(t)
	other := c.replica()
	var once sync.Once
	number := "LV-1"
	c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			once.Do(func() {
				c.act("tom", number, "withdraw")
				if _, err := other.deliverer.Round(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		return nil
	})
	c.ask("tom", "annual 2026-12-01")
	c.overdue()
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	if card := c.card("zhou", number); len(card.Buttons) != 0 {
		t.Errorf("zhou's card is stale:\n%s %v", card.Text, card.Buttons)
	}
}

// Design, cards: after a return and an edit it is zhou's turn again. She gets a new card, which rings, and the old one shrinks to a line without buttons.
func TestOldCardFolds(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03")
	first := c.card("zhou", number).Reference
	c.decide("zhou", number, "return", "shorter, please")
	c.press("tom", number, "edit")
	c.must(c.chat.Change(t.Context(), "tom", map[string]string{"to": "2026-12-01"}))
	c.must(c.chat.Send(t.Context(), "tom", 1))
	c.settle()
	c.wantCards("zhou", number, 1, 1)
	messages := c.screen("zhou").Messages
	i := slices.IndexFunc(messages, func(m bottest.Shown) bool { return m.Reference == first })
	if old := messages[i]; !old.Folded || len(old.Buttons) != 0 || strings.Contains(old.Text, "12月3日") {
		t.Errorf("the old card is\n%s %v", old.Text, old.Buttons)
	}
	if !c.card("zhou", number).Has("approve") {
		t.Error("the new card has no buttons")
	}
	c.press("zhou", number, "approve")
	c.settle()
}

// I6: zhou's first card was never posted before a second took its place. Only the second is.
func TestI6SupersededBeforeItWasPosted(t *testing.T) {
	c := open(t)
	c.expectFaults = 100
	c.chat.Refuse(func(p deliver.Post) error {
		if p.Card != nil && p.Card.Who != "" {
			return errDown
		}
		return nil
	})
	number := c.ask("tom", "annual 2026-12-01 2026-12-02")
	_, err := c.acts(t.Context(), c.engine, by("zhou", "return"), number, workflows.Act{Event: approval.Return, Comment: "shorter, please"})
	c.must(err)
	c.overdue()
	c.settle()
	c.press("tom", number, "edit")
	c.must(c.chat.Change(t.Context(), "tom", map[string]string{"to": "2026-12-01"}))
	c.must(c.chat.Send(t.Context(), "tom", 1))
	c.settle()
	c.chat.Refuse(nil)
	c.overdue()
	c.settle()
	c.wantCards("zhou", number, 1, 0)
	c.press("zhou", number, "approve")
	c.settle()
	c.wantState(number, "approved")
}

// Design, cards: a reminder changes the request and nothing on zhou's card. No edit is sent for it.
func TestNothingNewIsNotSent(t *testing.T) {
	c := open(t)
	s := c.between(nil)
	c.at(on(shanghai, "2026-11-25 09:30"))
	number := c.ask("tom", "annual 2026-12-14")
	c.pass(on(shanghai, "2026-11-25 09:32"))
	c.pass(on(shanghai, "2026-11-25 14:31"))
	c.wantEvents(number, "submit", "remind")
	if n := s.edits.Load(); n != 0 {
		t.Errorf("%d edits for nothing", n)
	}
	if n := value[int](c, "SELECT count(*) FROM cards WHERE wanted > shown"); n != 0 {
		t.Errorf("%d cards are still to be drawn", n)
	}
	c.press("zhou", number, "approve")
	c.settle()
	if n := s.edits.Load(); n != 2 {
		t.Errorf("%d edits for a decision, want zhou's and tom's card", n)
	}
}

// I14: zhou's chat hangs. tom's card comes within five seconds all the same, and so does what is asked of somebody else meanwhile.
func TestI14HangingChatDelaysNobody(t *testing.T) {
	c := open(t)
	c.expectFaults = 100
	ctx, stop := context.WithCancel(t.Context())
	hang := make(chan struct{})
	c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			<-hang
			return deliver.ErrLost
		}
		return nil
	})
	var running sync.WaitGroup
	running.Go(func() { c.deliverer.Run(ctx) })
	began := time.Now()
	first := c.sent("tom", "annual 2026-12-01")
	bottest.Await(t.Context(), t, c.chat, "tom", "the first card", func(s bottest.Screen) bool { _, ok := s.Message(first); return ok })
	second := c.sent("hana", "annual 2026-12-02")
	bottest.Await(t.Context(), t, c.chat, "boss", "a card asked for while zhou's chat hangs", func(s bottest.Screen) bool { _, ok := s.Message(second); return ok })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the others waited %s for a chat that hangs", took)
	}
	close(hang)
	stop()
	running.Wait()
	c.between(nil)
	c.overdue()
	c.settle()
	c.wantCards("zhou", first, 1, 0)
}

// I14: one platform takes nothing for an hour. What goes to another is sent, and nothing more is claimed for the first, nor counted as a try: a new card
// would have to be looked for there before it is posted.
func TestI14ThrottledPlatformDelaysNoOther(t *testing.T) {
	c := open(t)
	c.exec("UPDATE bindings SET platform = 'busy' WHERE user_id = 'zhou'")
	busy := &chatBetween{Sender: c.chat, before: func(deliver.Address, deliver.Post) error { return deliver.NotYet{Wait: time.Hour, Wide: true} }}
	throttled := map[string]int{}
	c.deliverer = c.newDeliverer(map[string]deliver.Sender{bottest.Platform: c.chat, "busy": busy})
	c.deliverer.Throttled = func(platform string) { throttled[platform]++ }
	for i := range 3 {
		number := c.ask("tom", "annual 2026-12-0"+string(rune('1'+i)))
		c.wantCards("tom", number, 1, 0)
	}
	if n := busy.posts.Load(); n != 1 || throttled["busy"] != 1 || len(throttled) != 1 {
		t.Errorf("%d posts were tried on the busy platform, and put off were %v", n, throttled)
	}
	if n := value[int](c, "SELECT count(*) FROM cards WHERE reference IS NULL AND attempts = 0"); n != 3 {
		t.Errorf("%d cards wait untried, want 3", n)
	}
	c.deliverer = c.newDeliverer(map[string]deliver.Sender{bottest.Platform: c.chat, "busy": c.chat}) // after the hour
	c.overdue()
	c.settle()
	for i := range 3 {
		c.wantCards("zhou", "LV-"+string(rune('1'+i)), 1, 0)
	}
}

// I14: zhou's chat takes nothing for an hour. No more is claimed for it, so that others have the places.
func TestI14ThrottledChatDelaysNoOther(t *testing.T) {
	c := open(t)
	s := c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			return deliver.NotYet{Wait: time.Hour}
		}
		return nil
	})
	for i := range 4 {
		number := c.ask("tom", "annual 2026-12-0"+string(rune('1'+i)))
		c.wantCards("tom", number, 1, 0)
	}
	if n := s.posts.Load(); n != 5 {
		t.Errorf("%d posts were tried, want four to tom and one to zhou", n)
	}
	c.between(nil)
	c.overdue()
	c.settle()
	if n := value[int](c, "SELECT count(*) FROM cards WHERE wanted > shown"); n != 0 {
		t.Errorf("%d cards still wait", n)
	}
}

// I7: without Redis each replica paces by itself, and cards come at once all the same.
func TestI7CardsWithoutRedis(t *testing.T) {
	c := open(t)
	redis, err := session.Open("redis://127.0.0.1:1/0")
	c.must(err)
	t.Cleanup(func() { redis.Close() })
	platform := newStrict(stormTimes)
	c.deliverer = c.newDeliverer(map[string]deliver.Sender{bottest.Platform: paced{platform, &deliver.Pacer{Shared: redis}, ""}})
	began := time.Now()
	for i := range 4 {
		c.sent("tom", "annual 2026-12-0"+string(rune('1'+i)))
	}
	c.settle()
	if took := time.Since(began); platform.taken != 8 || took > 10*time.Second {
		t.Errorf("%d cards were sent in %s, want 8", platform.taken, took)
	}
	if platform.refused != 0 {
		t.Errorf("%d sends were refused", platform.refused)
	}
}

// Faults: the program is told to stop while it posts to zhou, and another card for her waits behind that. Another replica can have it at once, and need not
// look for it first.
func TestStoppingGivesBackWhatWasNotTried(t *testing.T) {
	c := open(t)
	began, hang := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := c.between(func(to deliver.Address, p deliver.Post) error {
		if to.User == "zhou" {
			once.Do(func() { close(began); <-hang })
		}
		return nil
	})
	for i := range 2 {
		c.sent("tom", "annual 2026-12-0"+string(rune('1'+i)))
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.deliverer.Run(ctx) })
	<-began
	c.await("tom's cards", func() bool { return s.posts.Load() == 3 })
	stop()
	close(hang)
	running.Wait()
	if n := value[int](c, "SELECT count(*) FROM cards WHERE reference IS NULL AND attempts = 0 AND next_at <= now()"); n != 1 {
		t.Errorf("%d cards were given back", n)
	}
	c.between(nil)
	c.settle()
	for _, number := range []string{"LV-1", "LV-2"} {
		c.wantCards("zhou", number, 1, 0)
		c.wantCards("tom", number, 1, 0)
	}
}

// I14: zhou's chat took nothing while it became her turn, once before she had any card and once when she was asked again. When it comes
// back she has a card.
func TestI14WhatAChatMissedIsShown(t *testing.T) {
	c := open(t)
	c.must(c.store.Reachable(t.Context(), user("zhou"), false, c.clock.Now()))
	missed := c.ask("tom", "annual 2026-12-01")
	c.must(c.store.Reachable(t.Context(), user("zhou"), true, c.clock.Now()))
	c.settle()
	c.wantCards("zhou", missed, 1, 0)

	c.must(c.store.Reachable(t.Context(), user("zhou"), false, c.clock.Now()))
	c.reassign(missed, "boss")
	c.reassign(missed, "zhou")
	c.must(c.store.Reachable(t.Context(), user("zhou"), true, c.clock.Now()))
	c.overdue()
	c.settle()
	c.press("zhou", missed, "approve")
	c.settle()
	c.wantState(missed, "approved")
}
