package promises

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// process is a whole replica that can be killed: from that moment nothing of it reaches the database or the chat, and nothing is given back.
type process struct {
	c     *company
	store *storage.Store
	work  replica
	stop  context.CancelFunc
	ended sync.WaitGroup

	mu    sync.Mutex
	dead  bool
	conns []net.Conn
}

var errKilled = errors.New("the process was killed")

// process starts one.
func (c *company) process(name string) *process {
	c.Helper()
	p := &process{c: c}
	var dialer net.Dialer
	p.store = storagetest.Connect(c.T, c.db, func(config *pgxpool.Config) {
		config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.dead {
				return nil, errKilled
			}
			conn, err := dialer.DialContext(ctx, network, address)
			if err == nil {
				p.conns = append(p.conns, conn)
			}
			return conn, err
		}
	})
	e, err := engine.New(c.Context(), p.store, c.rules, c.clock)
	c.must(err)
	p.work = replica{e, deliver.New(p.store, draw.NewDisplays(e, e.Sorts()...), e.Now, c.texts, map[string]deliver.Sender{bottest.Platform: &killableChat{c.chat, p}})}
	c.must(p.store.Join(c.Context(), name))
	ctx, stop := context.WithCancel(c.Context())
	p.stop = stop
	p.ended.Go(func() {
		p.store.Renew(ctx, name, func() []storage.LateLoop { return nil }, p.work.deliverer.Wake, func(error) {})
	})
	p.ended.Go(func() { p.work.deliverer.Run(ctx) })
	p.ended.Go(func() { p.work.engine.Run(ctx, nil) })
	return p
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	p.mu.Lock()
	p.dead = true
	for _, conn := range p.conns {
		conn.Close()
	}
	p.mu.Unlock()
	p.stop()
	p.ended.Wait()
}

// leave ends it in good order.
func (p *process) leave() {
	p.stop()
	p.ended.Wait()
}

// killableChat is the chat as a process reaches it that may be killed before it sends, or behind it, when the answer is lost.
type killableChat struct {
	chat *bottest.Memory
	p    *process
}

func (k *killableChat) killed() error {
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	if k.p.dead {
		return errKilled
	}
	return nil
}

// takes is how long the chat takes for a message.
func takes(ctx context.Context) {
	timer := time.NewTimer(time.Duration(rand.IntN(200)) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (k *killableChat) Post(ctx context.Context, to deliver.Address, post deliver.Post) (string, error) {
	takes(ctx)
	if err := k.killed(); err != nil {
		return "", err
	}
	reference, err := k.chat.Post(ctx, to, post)
	takes(ctx)
	return reference, errors.Join(err, k.killed())
}

func (k *killableChat) Edit(ctx context.Context, to deliver.Address, reference string, post deliver.Post) error {
	takes(ctx)
	if err := k.killed(); err != nil {
		return err
	}
	return k.chat.Edit(ctx, to, reference, post)
}

func (k *killableChat) Find(ctx context.Context, to deliver.Address, post deliver.Post) (string, bool, error) {
	if err := k.killed(); err != nil {
		return "", false, err
	}
	return k.chat.Find(ctx, to, post)
}

// I1, I6: two replicas at a time, of which one is killed again and again and followed by another, while people ask and decide. No card comes later than
// a killed replica is taken over, none comes twice, and no notice does.
func TestI6KilledReplicasDelayNoCard(t *testing.T) {
	c := open(t)
	c.expectFaults = 1 << 20      // what a killed process logs of its last moment
	const late = 25 * time.Second // takeover is 5, and one card may meet some kills; a lease is 30
	running := []*process{c.process("p0"), c.process("p1")}
	asking, asked := make(chan struct{}), sync.WaitGroup{}
	var mu sync.Mutex
	type card struct{ reader, number string }
	wanted := map[card]time.Time{} // since when a card should be on the screen
	asked.Go(func() {
		defer close(asking)
		for n := range 16 {
			for _, who := range []string{"tom", "lin", "hana", "mallory"} {
				number := c.sent(who, "personal "+day(n))
				approver := map[string]string{"tom": "zhou", "lin": "zhou", "hana": "boss", "mallory": "boss"}[who]
				mu.Lock()
				for _, reader := range []string{who, approver} {
					wanted[card{reader, number}] = time.Now()
				}
				mu.Unlock()
			}
			takes(t.Context())
		}
	})
	worst := time.Duration(0)
	look := func() (left int) {
		mu.Lock()
		defer mu.Unlock()
		for w, since := range wanted {
			if open, _ := c.cards(w.reader, w.number); open > 0 {
				worst = max(worst, time.Since(since))
				delete(wanted, w)
			} else if time.Since(since) > late {
				t.Errorf("%s's card of %s is not there after %s", w.reader, w.number, time.Since(since).Round(time.Second))
				delete(wanted, w)
			}
		}
		return len(wanted)
	}
	next := time.NewTicker(50 * time.Millisecond)
	defer next.Stop()
	// By time, not by chance at each look: a look takes longer on a busy machine, and too few kills prove nothing.
	untilKill := func() time.Duration { return time.Second + time.Duration(rand.IntN(1000))*time.Millisecond }
	kill := time.Now().Add(untilKill())
	kills, done := 0, false
	for left := 1; !done || left > 0; {
		<-next.C
		left = look()
		select {
		case <-asking:
			done = true
		default:
		}
		if time.Now().After(kill) {
			kill = time.Now().Add(untilKill())
			i := rand.IntN(2)
			running[i].kill()
			kills++
			running[i] = c.process(fmt.Sprint("p", kills+1))
		}
	}
	asked.Wait()
	for _, p := range running {
		p.leave()
	}
	if kills < 3 {
		t.Errorf("%d replicas were killed; the test proves nothing", kills)
	}
	t.Logf("%d kills; the latest card came after %s", kills, worst.Round(10*time.Millisecond))
	if n := value[int](c, "SELECT (SELECT count(*) FROM cards WHERE claimed_by IS NOT NULL) + (SELECT count(*) FROM notices WHERE claimed_by IS NOT NULL) + (SELECT count(*) FROM replicas)"); n != 0 {
		c.await("nothing is claimed by anybody who is gone", func() bool {
			return value[int](c, "SELECT count(*) FROM replicas WHERE seen_at > now() - interval '4 seconds'") == 0
		})
	}
	c.settle()
	for _, user := range []string{"tom", "lin", "hana", "mallory", "zhou", "boss"} {
		seen := map[string]int{}
		for _, m := range c.screen(user).Messages {
			seen[m.Number+m.Text]++
		}
		for what, n := range seen {
			if n > 1 {
				t.Errorf("%s sees %d times: %s", user, n, what)
			}
		}
	}
}

// I6: a replica claims a card and a notice and falls asleep, as a closed laptop does. Another takes both over within seconds. The sleeper looks at its
// claim when it wakes up, and sends neither; when nobody has taken them over it sends them, and is taken for alive again.
func TestI6SleeperLeavesWhatAnotherTookOver(t *testing.T) {
	for name, taken := range map[string]bool{"another took over": true, "nobody did": false} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			sleeper := storagetest.Connect(t, c.db)
			c.must(sleeper.Join(t.Context(), "sleeper")) // and never renews its mark
			number := c.sent("tom", "annual 2026-12-01")
			all := workflows.Claim{Platform: bottest.Platform, Oldest: 50}
			cards, err := sleeper.ClaimPosts(t.Context(), all)
			c.must(err)
			if len(cards) != 2 {
				t.Fatalf("%d cards are claimed", len(cards))
			}
			c.act("zhou", number, "approve")
			notices, err := sleeper.ClaimNotices(t.Context(), all)
			c.must(err)
			if len(notices) != 1 {
				t.Fatalf("%d notices are claimed", len(notices))
			}
			if taken {
				begun := time.Now()
				p := c.process("other")
				c.await("the others' cards are posted", func() bool {
					open, _ := c.cards("tom", number)
					return open == 1 && len(c.screen("tom").Messages) == 2
				})
				if took := time.Since(begun); took > 9*time.Second {
					t.Errorf("it took %s", took)
				}
				p.leave()
			} else {
				c.exec("UPDATE replicas SET seen_at = now() - interval '1 hour'")
			}
			for _, card := range cards {
				if holds, err := sleeper.HoldsCard(t.Context(), card); err != nil || holds == taken {
					t.Errorf("the sleeper holds a card: %v, %v", holds, err)
				}
			}
			if holds, err := sleeper.HoldsNotices(t.Context(), notices); err != nil || holds == taken {
				t.Errorf("the sleeper holds a notice: %v, %v", holds, err)
			}
			list, err := sleeper.Replicas(t.Context())
			c.must(err)
			if alive := len(list) == 1 && !list[0].Gone(); alive == taken {
				t.Errorf("the replicas are %v", list)
			}
		})
	}
}

// I6: when a replica is killed while it fires what fell due, another fires it within seconds.
func TestI6DueItemsOfAGoneReplica(t *testing.T) {
	c := open(t)
	gone := storagetest.Connect(t, c.db)
	c.must(gone.Join(t.Context(), "gone"))
	number := c.ask("tom", "annual 2026-12-01")
	c.at(start.AddDate(0, 0, 1))
	items, err := gone.ClaimDue(t.Context(), c.clock.Now(), 20)
	c.must(err)
	if len(items) == 0 {
		t.Fatal("nothing is due")
	}
	p := c.process("other")
	defer p.leave()
	c.await("zhou is reminded", func() bool { return c.screen("zhou").Says(number) && len(c.screen("zhou").Messages) > 1 })
}
