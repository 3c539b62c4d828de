//go:build bench

package perf

import (
	"fmt"
	"slices"
	"time"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// fewWaiting is how much waits at first, for comparison.
const fewWaiting = 100

// claimTimes is how often is claimed at each number that waits.
const claimTimes = 200

// atOnce is what the program claims at once: of cards and notices half the oldest and half the newest, and of due items the oldest.
var atOnce = workflows.Claim{Platform: bottest.Platform, Oldest: 3, Newest: 3}

const dueAtOnce = 20

// queue is one kind of what waits.
type queue struct {
	name string
	fill string                                            // SQL by which $1 of its kind wait; $2 is the business time
	scan string                                            // table to be analysed afterwards, as Postgres does by itself in time
	take func(s *storage.Store) (back func() error, n int) // claims n, and gives a function that gives them back
}

// lately is, in SQL, a moment of the last hour.
const lately = "$2::timestamptz - random() * interval '1 hour'"

// queues are all kinds of what waits. What waits as a card is what some of the company's cards are made to be.
func (b *bench) queues() []queue {
	some := ` FROM (SELECT id FROM cards WHERE platform = '` + bottest.Platform + `' AND NOT folded LIMIT $1) w WHERE w.id = c.id`
	cards := func(claim func(*storage.Store) ([]workflows.CardItem, error)) func(*storage.Store) (func() error, int) {
		return func(s *storage.Store) (func() error, int) {
			b.Helper()
			items, err := claim(s)
			b.must(err)
			return func() error {
				return each(items, func(c workflows.CardItem) error { return s.CardUntried(b.Context(), c) })
			}, len(items)
		}
	}
	return []queue{
		{name: "cards to be posted", scan: "cards",
			fill: "UPDATE cards c SET shown = wanted - 1, reference = NULL, next_at = " + lately + some,
			take: cards(func(s *storage.Store) ([]workflows.CardItem, error) { return s.ClaimPosts(b.Context(), atOnce) })},
		{name: "cards to be drawn again", scan: "cards",
			fill: "UPDATE cards c SET shown = wanted - 1, next_at = " + lately + some,
			take: cards(func(s *storage.Store) ([]workflows.CardItem, error) { return s.ClaimEdits(b.Context(), atOnce) })},
		{name: "notices", scan: "notices", fill: `
INSERT INTO notices (id, about, seq, party_kind, party_id, text, args, binding_id, platform, next_at)
SELECT gen_random_uuid(), gen_random_uuid(), 1, b.party_kind, b.party_id, 'notice.approved', '{"Number": "LV-1", "By": "Bo Sun"}', b.id,
       b.platform, ` + lately + `
  FROM (SELECT *, row_number() OVER () AS nr FROM bindings) b
  JOIN generate_series(1, $1::integer) g ON b.nr = 1 + g % (SELECT count(*) FROM bindings)`,
			take: func(s *storage.Store) (func() error, int) {
				b.Helper()
				items, err := s.ClaimNotices(b.Context(), atOnce)
				b.must(err)
				return func() error {
					return each(items, func(n workflows.NoticeItem) error { return s.NoticeUntried(b.Context(), n) })
				}, len(items)
			}},
		{name: "due items", scan: "due", fill: `
INSERT INTO due (kind, key, at)
SELECT 'digest', 'waiting ' || g, ` + lately + `
  FROM generate_series(1, $1::integer) g`,
			take: func(s *storage.Store) (func() error, int) {
				b.Helper()
				items, err := s.ClaimDue(b.Context(), b.clock.Now(), dueAtOnce)
				b.must(err)
				return func() error {
					return each(items, func(d workflows.DueItem) error { return s.MoveDue(b.Context(), d.ID, d.Slot, d.At) })
				}, len(items)
			}},
	}
}

func each[T any](items []T, do func(T) error) error {
	for _, item := range items {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}

// have makes so many of a queue wait, and nothing else.
func (b *bench) have(q queue, n int) {
	b.Helper()
	b.clear()
	b.fill(q, n)
}

// fill makes so many of a queue wait besides. Cards and notices go by the machine's clock, due items by the business clock.
func (b *bench) fill(q queue, n int) {
	b.Helper()
	now := time.Now()
	if q.scan == "due" {
		now = b.clock.Now()
	}
	b.exec(q.fill, n, now)
	b.exec("VACUUM ANALYZE " + q.scan)
}

// clear takes away what waits to be sent or fired, as what presses have left.
func (b *bench) clear() {
	b.Helper()
	b.exec("UPDATE cards SET shown = wanted, reference = coalesce(reference, 'of ' || id) WHERE wanted > shown OR reference IS NULL")
	b.exec("DELETE FROM notices WHERE sent_at IS NULL")
	b.exec("DELETE FROM due WHERE at <= $1", b.clock.Now().Add(time.Hour))
	for _, table := range []string{"cards", "notices", "due"} {
		b.exec("VACUUM ANALYZE " + table)
	}
}

// claims are how long it takes to claim what is next, with few and with many waiting over the old company.
func (g *growth) claims() {
	g.Helper()
	store, many := g.store(g.old), g.closed/fewerWaiting
	for _, q := range g.old.queues() {
		few, heap := g.claim(store, q, fewWaiting), g.claim(store, q, many)
		growth := heap.Seconds() / few.Seconds()
		g.found(finding{what: fmt.Sprintf("claiming %s, %d → %d waiting", q.name, fewWaiting, many),
			figure: fmt.Sprintf("%.2f (%s → %s)", growth, trim(micros(few)), trim(micros(heap))), target: "≤ 1.2", met: growth <= 1.2})
	}
	g.old.clear()
}

// claim is what a tenth of the claims keep within, with so many waiting: what else the machine does only ever adds to it. What was claimed
// is given back before the next.
func (g *growth) claim(store *storage.Store, q queue, waiting int) time.Duration {
	g.Helper()
	g.old.have(q, waiting)
	var took []time.Duration
	for range claimTimes {
		begin := time.Now()
		back, n := q.take(store)
		took = append(took, time.Since(begin))
		if n < atOnce.Oldest+atOnce.Newest {
			g.Fatalf("%d %s were claimed although %d wait", n, q.name, waiting)
		}
		g.old.must(back())
	}
	slices.Sort(took)
	return took[len(took)/10]
}
