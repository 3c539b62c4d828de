package promises

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/storage/session"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// strict is a platform that counts, as Telegram does and faster by a factor: 30 messages a second in all, one a second in a chat, with short bursts. What
// comes too fast is refused and not shown.
type strict struct {
	factor time.Duration

	mu      sync.Mutex
	next    map[string]time.Time
	left    map[string]bool // keys of the storm that were not taken yet
	sent    map[string]int  // by key, of posts and edits that were taken
	posted  map[string]int
	seq     map[string]int // what is shown
	taken   int
	refused int
	changed chan struct{} // closed when one is taken
}

func newStrict(factor time.Duration) *strict {
	return &strict{factor: factor, next: map[string]time.Time{}, sent: map[string]int{}, posted: map[string]int{}, seq: map[string]int{}, changed: make(chan struct{})}
}

func (s *strict) expect(keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = map[string]bool{}
	for _, key := range keys {
		s.left[key] = true
	}
}

// wait waits until something holds of what was taken.
func (s *strict) wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late := time.After(5 * time.Minute)
	for {
		s.mu.Lock()
		ok, changed := holds(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (s *strict) take(to deliver.Address, p deliver.Post, post bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, l := range []struct {
		key   string
		every time.Duration
		burst time.Duration
	}{{to.User, time.Second / s.factor, 5}, {"", time.Second / 30 / s.factor, 30}} {
		at := s.next[l.key]
		if at.Before(now) {
			at = now
		}
		if wait := at.Sub(now) - (l.burst-1)*l.every; wait > 0 {
			s.refused++
			return deliver.RetryAfter{Wait: max(wait, time.Second/s.factor)}
		}
		s.next[l.key] = at.Add(l.every)
	}
	s.taken++
	s.sent[p.Key]++
	if post {
		s.posted[p.Key]++
	}
	if p.Card != nil {
		s.seq[p.Key] = p.Card.Seq
	}
	delete(s.left, p.Key)
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// paced is a replica's adapter for it, which leaves a third of the rate to others.
type paced struct {
	platform *strict
	pacer    *deliver.Pacer
	key      string // of this test's platform, in Redis
}

func (a paced) send(ctx context.Context, to deliver.Address, p deliver.Post, post bool) error {
	chat := deliver.Limit{Key: a.key + to.User, Every: time.Second / a.platform.factor, Burst: 3}
	all := deliver.Limit{Key: a.key, Every: time.Second / 20 / a.platform.factor, Burst: 10, Wide: true}
	if err := a.pacer.Turn(ctx, chat, all); err != nil {
		return err
	}
	err := a.platform.take(to, p, post)
	if retry, ok := err.(deliver.RetryAfter); ok {
		a.pacer.Hold(ctx, chat, retry.Wait)
	}
	return err
}

func (a paced) Post(ctx context.Context, to deliver.Address, p deliver.Post) (string, error) {
	return "m" + p.Key, a.send(ctx, to, p, true)
}

func (a paced) Edit(ctx context.Context, to deliver.Address, _ string, p deliver.Post) error {
	return a.send(ctx, to, p, false)
}

func (a paced) Find(_ context.Context, _ deliver.Address, p deliver.Post) (string, bool, error) {
	a.platform.mu.Lock()
	defer a.platform.mu.Unlock()
	return "m" + p.Key, a.platform.posted[p.Key] > 0, nil
}

const (
	stormChats = 50
	stormFirst = 1000 // cards that wait; NOD_STORM asks for more
	stormTimes = 5    // as fast as Telegram
	freshTimes = 4    // something happens meanwhile
)

// I13, I14: a storm of cards, a tenth of them to be posted and the others to be edited, in fifty chats. Two replicas drain it at the platform's rate and not
// above, each card once; and what happens meanwhile is shown at once, not after the storm.
func TestStorm(t *testing.T) {
	n := stormFirst
	full := os.Getenv("NOD_STORM") != ""
	if full {
		var err error
		if n, err = strconv.Atoi(os.Getenv("NOD_STORM")); err != nil || n < stormFirst {
			t.Fatalf("NOD_STORM is %q; it should be a number of cards from %d", os.Getenv("NOD_STORM"), stormFirst)
		}
	}
	c := open(t)
	platform := newStrict(stormTimes)
	senders := func() map[string]deliver.Sender {
		redis, err := session.Open(os.Getenv("REDIS_URL"))
		c.must(err)
		t.Cleanup(func() { redis.Close() })
		return map[string]deliver.Sender{bottest.Platform: paced{platform, &deliver.Pacer{Shared: redis}, c.db.URL}}
	}
	c.deliverer = c.newDeliverer(senders())
	store := storagetest.Connect(t, c.db)
	e, err := engine.New(t.Context(), store, policy.Default(), c.clock)
	c.must(err)
	other := deliver.New(store, draw.NewDisplays(e, e.Sorts()...), e.Now, c.texts, senders())
	run := func(work func(), deliverers ...*deliver.Deliverer) {
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, d := range deliverers {
			running.Go(func() { d.Run(ctx) })
		}
		work()
		stop()
		running.Wait()
	}
	var calm, worst, took time.Duration
	run(func() { calm = c.fresh(platform, 0) }, c.deliverer)
	cards := c.brew(n)
	platform.expect(cards)
	before := platform.taken
	run(func() {
		began := time.Now()
		for i := range freshTimes {
			platform.wait(t, "a part of the storm", func() bool { return len(platform.left) <= len(cards)*(freshTimes-i)/(freshTimes+1) })
			worst = max(worst, c.fresh(platform, i+1))
		}
		platform.wait(t, "the end of the storm", func() bool { return len(platform.left) == 0 })
		took = time.Since(began)
		c.await("everything is noted", func() bool { return value[int](c, "SELECT count(*) FROM cards WHERE wanted > shown") == 0 })
	}, c.deliverer, other)

	sends := platform.taken - before
	most := 20 * stormTimes * took.Seconds()
	t.Logf("%d cards in %s, %d refused, at %.0f%% of the rate; something new is shown within %s, in calm weather within %s", len(cards), took.Round(time.Millisecond),
		platform.refused, 100*float64(sends)/most, worst.Round(time.Millisecond), calm.Round(time.Millisecond))
	for _, id := range cards {
		if platform.sent[id] != 1 {
			t.Errorf("a card was sent %d times", platform.sent[id])
		}
	}
	for id, times := range platform.posted {
		if times != 1 {
			t.Errorf("%s was posted %d times", id, times)
		}
	}
	if platform.refused > len(cards)/100 {
		t.Errorf("%d sends were refused", platform.refused)
	}
	if float64(sends) > most+10+1 { // with the burst
		t.Errorf("%d sends in %s are more than the replicas may make together, %.0f", sends, took, most)
	}
	if worst > max(5*calm, 5*time.Second) {
		t.Errorf("something new was shown after %s", worst)
	}
	if full && float64(sends) < most*7/10 { // among other tests a machine has other things to do
		t.Errorf("%d sends in %s, where %.0f were allowed", sends, took, most)
	}
}

// fresh has tom ask and withdraw, and gives the longer of the times until both cards were posted and until both were edited.
func (c *company) fresh(platform *strict, n int) time.Duration {
	c.Helper()
	person, err := c.store.BoundPerson(c.Context(), user("tom"))
	c.must(err)
	r, err := c.engine.Submit(c.Context(), by("tom", fmt.Sprint("fresh:", n)), "leave", person, workflows.Form{"type": "annual", "from": day(n)})
	c.must(err)
	posted := c.shown(platform, r.Number, 1)
	c.act("tom", r.Number, "withdraw")
	return max(posted, c.shown(platform, r.Number, 2))
}

// shown waits until all cards of a request show a state.
func (c *company) shown(platform *strict, number string, seq int) time.Duration {
	c.Helper()
	began := time.Now()
	c.deliverer.Wake()
	for _, id := range c.ids("SELECT c.id::text FROM cards c JOIN subjects s ON s.id = c.subject_id WHERE s.number = $1", number) {
		platform.wait(c.T, number, func() bool { return platform.seq[id] >= seq })
	}
	return time.Since(began)
}

func (c *company) ids(sql string, values ...any) []string {
	c.Helper()
	rows, err := c.owner.Query(c.Context(), sql, values...)
	c.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	c.must(err)
	return ids
}

// brew makes a storm: so many cards that wait, for some hours by now, in fifty chats of hr, who may see everybody's, and in that of
// their approver.
func (c *company) brew(n int) []string {
	c.Helper()
	c.exec(`INSERT INTO people (employee_no, name, email, manager_id, department, roles, country, timezone, language, hired_on)
		SELECT 'e' || i, 'Employee ' || i, 'e' || i || '@example.com', (SELECT id FROM people WHERE employee_no = 'zhou'), 'Sales', '{hr}', 'DE', 'Europe/Berlin', 'en', '2020-01-01'
		  FROM generate_series(1, $1) i`, stormChats)
	c.exec(`INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'person', id, 'memory', 'test', employee_no, now() FROM people WHERE employee_no LIKE 'e%'`)
	for i := range stormChats {
		c.grant(fmt.Sprint("e", i+1), "annual", 10)
	}
	for i := range n / stormChats {
		who := fmt.Sprint("e", i%stormChats+1)
		person, err := c.store.BoundPerson(c.Context(), user(who))
		c.must(err)
		_, err = c.engine.Submit(c.Context(), by(who, fmt.Sprint("storm:", i)), "leave", person, workflows.Form{"type": "annual", "from": day(i / stormChats)})
		c.must(err)
	}
	c.exec(`INSERT INTO cards (id, subject_id, binding_id, platform, wanted, next_at)
		SELECT gen_random_uuid(), s.id, b.id, b.platform, s.seq, now() FROM subjects s, bindings b WHERE NOT s.final AND b.user_id LIKE 'e%' ON CONFLICT DO NOTHING`)
	c.exec(`UPDATE cards SET next_at = now() - random() * interval '5 hours' WHERE wanted > shown`)
	c.exec(`UPDATE cards SET reference = 'old' WHERE wanted > shown AND random() < 0.9`)
	return c.ids("SELECT id::text FROM cards WHERE wanted > shown")
}
