//go:build bench

package perf

import (
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// What grows, beside NOD_BENCH_ROWS, which is how many requests are closed in the end: in proportion to it.
const (
	weeksPerPerson = 52  // closed leaves of a person
	openPerPerson  = 2   // and requests that wait, unless the runs may need more
	fewerClosed    = 100 // times as many requests are closed in the end as in the beginning
	fewerWaiting   = 20  // and as wait to be sent or fired
	fewerDigests   = 10  // and as digests fall due at once
)

// history is the moment at which everybody's first leave is asked for, by the business clock, and firstWeek when it is: 53 weeks before
// firstLeave, so that 52 are over or approved by then.
var history = time.Date(2026, time.January, 2, 9, 0, 0, 0, time.UTC)

const firstWeek = -weeksPerPerson - 1

// fastestAlone is more presses than one person makes in a second on the way to the database and back.
const fastestAlone = 750

// growth is the same company twice: young, with few requests closed, and old, with many. In both everybody has as many that wait.
type growth struct {
	*testing.T
	closed, rounds, seconds int
	young, old              *bench
	findings                []finding
}

// TestBenchGrow measures what must not grow with what a company has behind it, and what waits. It fails when something is lost, and leaves
// to who reads it whether a figure misses its target.
func TestBenchGrow(t *testing.T) {
	g := &growth{T: t, closed: number(t, "NOD_BENCH_ROWS", 1_000_000), rounds: number(t, "NOD_BENCH_ROUNDS", 5),
		seconds: number(t, "NOD_BENCH_SECONDS", 3)}
	g.young, g.old = g.load(g.closed/fewerClosed), g.load(g.closed)
	g.old.yardstick = storagetest.Empty(t)
	g.old.psql(g.old.yardstick.Owner, "schema.sql", "n", g.old.rows)

	for _, measure := range []func(){g.presses, g.start, g.claims, g.metrics, g.lone, g.plain, g.audited, g.digests, g.memory} {
		fmt.Printf("\nload %s\n", load())
		measure()
	}
	printFindings(g.findings)
}

// load makes the company with so many closed requests behind it.
func (g *growth) load(closed int) *bench {
	g.Helper()
	begin := time.Now()
	people := max(100, (g.closed+weeksPerPerson-1)/weeksPerPerson)
	open := max(openPerPerson*people, fastestAlone*(1+3*g.rounds*g.seconds)*3/2) // a third are reminded of
	b := &bench{T: g.T, rows: open, rounds: g.rounds, seconds: g.seconds, clock: &workflows.Clock{}}
	b.clock.Set(time.Until(history))
	b.company(people)
	first := b.pattern(firstWeek)
	b.approve(first)
	b.copy(first, closed-1)
	b.clock.Set(time.Until(start))
	b.copy(b.pattern(0), b.rows-1)
	b.wait()
	b.server = serverProcesses(g.T, b.owner)
	fmt.Printf("%d people with %d closed requests and %d that wait, loaded in %.0f s\n", people, closed, b.rows,
		time.Since(begin).Seconds())
	return b
}

// approve has the first request decided, and its cards say so.
func (b *bench) approve(first workflows.Answer) {
	b.Helper()
	store := storagetest.Connect(b.T, b.db)
	e := b.engine(store)
	w := waiting{id: first.ID}
	b.must(b.owner.QueryRow(b.Context(), `
SELECT p.employee_no
  FROM turns t
  JOIN people p ON p.id = t.person_id
 WHERE t.request_id = $1`, string(w.id)).Scan(&w.approver))
	b.waiting = []waiting{w}
	b.learn()
	answer, err := e.Act(b.Context(), cause(w.approver, "approve pattern"), w.id, workflows.Act{Event: approval.Approve,
		Digest: b.waiting[0].digest})
	b.must(outcome(answer, err, "approved"))
	for b.deliver(e, store) > 0 {
	}
}

// presses are one person's submissions and decisions, first over the young company, then over the old one in each round.
func (g *growth) presses() {
	g.Helper()
	length := time.Duration(g.seconds) * time.Second
	for _, press := range []string{submit, decide} {
		var young, old []time.Duration
		var ratios []float64
		ofYoung, ofOld := g.young.engine(g.store(g.young)), g.old.engine(g.store(g.old))
		g.young.nod(ofYoung, press, 1, time.Second) // warm-ups
		g.old.nod(ofOld, press, 1, time.Second)
		for range g.rounds {
			a, b := g.young.nod(ofYoung, press, 1, length), g.old.nod(ofOld, press, 1, length)
			fmt.Printf("  %s over %7d  %s\n  %s over %7d  %s\n", press, g.closed/fewerClosed, a, press, g.closed, b)
			young, old = append(young, a.server+a.self), append(old, b.server+b.self)
			ratios = append(ratios, (b.server+b.self).Seconds()/(a.server+a.self).Seconds())
		}
		growth := median(ratios)
		g.found(finding{what: fmt.Sprintf("CPU of a %s, %d → %d closed", press, g.closed/fewerClosed, g.closed),
			figure: fmt.Sprintf("%.2f (%s → %s)", growth, trim(micros(median(young))), trim(micros(median(old)))),
			target: "≤ 1.1", met: growth <= 1.1})
	}
}

func (g *growth) store(b *bench) *storage.Store {
	g.Helper()
	return storagetest.Connect(g.T, b.db)
}
