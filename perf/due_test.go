//go:build bench

package perf

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// enough is how long a heap may take; what is not done by then is reckoned from what is.
const enough = time.Minute

// digest is the kind of due items that are about no request and leave no line in an audit.
const digest = "digest"

// running runs something that works until its context ends, while do is done.
func (g *growth) running(run func(ctx context.Context) error, do func()) {
	g.Helper()
	ctx, stop := context.WithCancel(g.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	do()
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelError + 1)) // what is cut off now is no news
	stop()
	g.old.must(<-ended)
}

// fires runs an engine over the old company while do is done.
func (g *growth) fires(e *engine.Engine, do func()) {
	g.Helper()
	g.running(func(ctx context.Context) error { return e.Run(ctx, nil) }, do)
}

// lone is how late an item fires that another replica has stored, beside as many that are due in a year.
func (g *growth) lone() {
	g.Helper()
	g.old.exec(`
INSERT INTO due (kind, key, at)
SELECT 'digest', 'future ' || g, $2::timestamptz + interval '1 year' + g * interval '1 second'
  FROM generate_series(1, $1::integer) g`, g.closed, g.old.clock.Now())
	g.old.exec("VACUUM ANALYZE due")
	store, other := g.store(g.old), g.store(g.old)
	e := g.old.engine(store)
	fired := make(chan time.Time, 1)
	e.On(digest, func(ctx context.Context, item workflows.DueItem) error {
		fired <- e.Now()
		return store.DropDue(context.WithoutCancel(ctx), item.ID)
	})
	var worst time.Duration
	g.fires(e, func() {
		for i := range 2 * g.rounds {
			at := e.Now().Add(1500*time.Millisecond + time.Duration(i%7)*333*time.Millisecond)
			g.old.must(other.AddDue(g.Context(), workflows.Due{Kind: digest, Key: fmt.Sprint("lone ", i), At: at}))
			select {
			case t := <-fired:
				worst = max(worst, t.Sub(at))
			case <-time.After(enough):
				g.Fatal("an item that is due was not fired")
			}
		}
	})
	g.old.exec("DELETE FROM due WHERE key LIKE 'future %'")
	g.old.clear()
	g.found(finding{what: fmt.Sprintf("how late a lone item fires at the most, beside %d of the future", g.closed),
		figure: trim(millis(worst)), target: "≤ 1 s", met: worst <= time.Second})
}

// plain is how long it takes to fire many items at once that leave no line in an audit.
func (g *growth) plain() {
	g.Helper()
	n := g.closed / fewerDigests
	g.old.exec(`
INSERT INTO due (kind, key, at)
SELECT 'digest', 'morning ' || g, $2::timestamptz
  FROM generate_series(1, $1::integer) g`, n, g.old.clock.Now())
	g.old.exec("VACUUM ANALYZE due")
	store := g.store(g.old)
	e := g.old.engine(store)
	var fired sync.Map
	var done atomic.Int64
	over := make(chan struct{})
	e.On(digest, func(ctx context.Context, item workflows.DueItem) error {
		if err := store.DropDue(context.WithoutCancel(ctx), item.ID); err != nil {
			return err
		}
		if _, again := fired.LoadOrStore(item.Key, true); !again && done.Add(1) == int64(n) {
			close(over)
		}
		return nil
	})
	begin := time.Now()
	g.fires(e, func() {
		select {
		case <-over:
		case <-time.After(enough):
		}
	})
	took, left := time.Since(begin), g.count("SELECT count(*) FROM due WHERE key LIKE 'morning %'")
	if n != left+int(done.Load()) {
		g.Errorf("of %d items %d are left and %d were fired", n, left, done.Load())
	}
	g.findTime(n, "due items without a line in an audit, fired", int(done.Load()), took)
}

// digests is how long it takes until the sender has all reminders of a morning, which go to their approvers in few messages.
func (g *growth) digests() {
	g.Helper()
	g.old.clear()
	n := g.closed / fewerDigests
	g.old.exec(`
INSERT INTO notices (about, seq, party_kind, party_id, text, args, tone, holds, digest, binding_id, platform, next_at)
SELECT t.request_id, 1000 + g / (SELECT count(*) FROM turns WHERE state = 'open'), b.party_kind, b.party_id,
       'notice.remind', '{"Number": "LV-1", "Kind": "leave", "Requester": "Bo Sun", "Since": "2026-11-20T09:00:00Z"}', 'wait', 'open',
       true, b.id, b.platform, now()
  FROM generate_series(0, $1::integer - 1) g
  JOIN (SELECT *, row_number() OVER () - 1 AS place FROM turns WHERE state = 'open') t
    ON t.place = g % (SELECT count(*) FROM turns WHERE state = 'open')
  JOIN bindings b ON b.party_kind = 'person' AND b.party_id = t.person_id`, n)
	g.old.exec("VACUUM ANALYZE notices")
	store := g.store(g.old)
	e := g.old.engine(store)
	words, err := texts.New(e.Kinds())
	g.old.must(err)
	to := &swift{subjects: map[workflows.SubjectID]bool{}}
	d := deliver.New(store, draw.NewDisplays(e), e.Now, words, map[string]deliver.Sender{bottest.Platform: to})
	const unsent = "SELECT count(*) FROM notices WHERE sent_at IS NULL"
	begin := time.Now()
	g.running(d.Run, func() {
		for look := range ticks(100 * time.Millisecond) {
			if g.count(unsent) == 0 || look.Sub(begin) > enough {
				return
			}
		}
	})
	took, sent := time.Since(begin), n-g.count(unsent)
	rows, err := g.old.owner.Query(g.Context(), "SELECT DISTINCT about::text FROM notices WHERE sent_at IS NOT NULL AND seq >= 1000")
	g.old.must(err)
	told, err := pgx.CollectRows(rows, pgx.RowTo[workflows.SubjectID])
	g.old.must(err)
	for _, about := range told {
		if !to.subjects[about] {
			g.Fatalf("a reminder about %s counts as sent, and its sender never had it", about)
		}
	}
	g.findTime(n, "reminders of a morning's digests, handed to the sender", sent, took)
}

// swift is a platform that takes everything at once.
type swift struct {
	mu       sync.Mutex
	subjects map[workflows.SubjectID]bool // that were told about
}

func (s *swift) Post(ctx context.Context, _ deliver.Address, p deliver.Post) (string, error) {
	if err := p.Mine(ctx); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, item := range append(p.Message.Items, bot.Item{Actions: p.Message.Actions}) {
		for _, a := range item.Actions {
			s.subjects[a.Subject] = true
		}
	}
	return p.Key, nil
}

func (s *swift) Edit(context.Context, deliver.Address, string, deliver.Post) error { return nil }

func (s *swift) Find(context.Context, deliver.Address, deliver.Post) (string, bool, error) {
	return "", false, nil
}

// findTime keeps how long a heap of n took, or would at the pace of what was done.
func (g *growth) findTime(n int, what string, done int, took time.Duration) {
	g.Helper()
	what = fmt.Sprintf("%d %s", n, what)
	if done < n {
		what += fmt.Sprintf(" (reckoned from %d)", done)
		took = took * time.Duration(n) / time.Duration(max(1, done))
	}
	g.found(finding{what: what, figure: fmt.Sprintf("%.1f s", took.Seconds()), target: "≤ 5 s", met: took <= 5*time.Second})
}

func (g *growth) count(sql string, arguments ...any) (n int) {
	g.Helper()
	g.old.must(g.old.owner.QueryRow(g.Context(), sql, arguments...).Scan(&n))
	return n
}

// ticks gives the time every so often, for as long as somebody looks.
func ticks(every time.Duration) func(yield func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for yield(<-tick.C) {
		}
	}
}

// audited is how many reminders of approvers fire in a second, each of which changes its request and leaves a line in its audit, for each
// of the yardstick's decisions in one statement; and what they do to the presses beside them.
func (g *growth) audited() {
	g.Helper()
	const clients = 8 // the yardstick's, as many as nod has connections
	b, length := g.old, time.Duration(g.seconds)*time.Second
	b.clear()
	e := b.engine(g.store(b))
	pressed := b.rows * 2 / 3 // the others are reminded of
	check := func() {         // that no more was pressed than is there for that
		g.Helper()
		if int(b.decided.Load()) > pressed {
			g.Fatal("too many requests are decided: this machine is fast, give it more with NOD_BENCH_ROWS")
		}
	}
	check()
	var reminded []string
	for _, w := range b.waiting[pressed:b.rows] {
		reminded = append(reminded, string(w.id))
	}
	var ratios, slower []float64
	for range g.rounds {
		yardstick := b.limit("decide_cte", clients, g.seconds)
		alone := b.nod(e, decide, 1, length)
		perSecond := g.remind(e, reminded, func() { <-time.After(length) })
		const approvals = "SELECT count(*) FROM audit WHERE event = 'approve'"
		var beside []time.Duration
		before := g.count(approvals)
		besides := g.remind(e, reminded, func() {
			begin := time.Now()
			beside = b.pressAll(e, b.decide, 1, func(int) bool { return time.Since(begin) < length })
		})
		if n := g.count(approvals) - before; n != len(beside) {
			g.Fatalf("%d presses were answered as done beside reminders, and %d audit rows were written", len(beside), n)
		}
		slices.Sort(beside)
		p99 := beside[len(beside)*99/100]
		fmt.Printf("  decide_cte %.0f/s; reminders %.0f/s, beside presses %.0f/s; p99 of a press %s, beside reminders %s\n",
			yardstick.perSecond, perSecond, besides, trim(millis(alone.p99)), trim(millis(p99)))
		ratios, slower = append(ratios, perSecond/yardstick.perSecond), append(slower, p99.Seconds()/alone.p99.Seconds())
		b.clear()
		check()
	}
	ratio, delay := median(ratios), median(slower)
	g.found(finding{what: "reminders with their audit ÷ decide_cte", figure: fmt.Sprintf("%.3f", ratio), target: "≥ 0.3",
		met: ratio >= 0.3})
	g.found(finding{what: "p99 of a press beside them ÷ alone", figure: fmt.Sprintf("%.2f", delay), target: "≤ 2", met: delay <= 2})
}

// remind has the first reminders of some requests fall due at once, fires them while do is done, and gives how many a second left their
// line in the audit. Each that did must have set the clock for the next.
func (g *growth) remind(e *engine.Engine, requests []string, do func()) (perSecond float64) {
	g.Helper()
	const counts = `
SELECT (SELECT count(*) FROM audit WHERE event = 'remind'),
       (SELECT count(*) FROM due WHERE kind = 'turn' AND slot = 2 AND subject_id = ANY ($1::uuid[]))`
	var before, fired, next int
	begin := e.Now()
	g.old.exec("DELETE FROM causes WHERE platform = 'system'") // they have fired before
	g.old.exec(`
UPDATE due
   SET slot = 1, at = $2, attempts = 0, next_at = '-infinity', claimed_by = NULL
 WHERE kind = 'turn' AND subject_id = ANY ($1::uuid[])`, requests, begin)
	g.old.must(g.old.owner.QueryRow(g.Context(), counts, requests).Scan(&before, &next))
	begun := time.Now()
	g.fires(e, do)
	took := time.Since(begun)
	if n := g.count("SELECT count(*) FROM subjects WHERE state <> 'pending' AND id = ANY ($1::uuid[])", requests); n > 0 {
		g.Fatalf("%d of those that are reminded of were decided beside: this machine is fast, give it more with NOD_BENCH_ROWS", n)
	}
	// Both are of one moment, since what was cut off may still be committed.
	g.old.must(g.old.owner.QueryRow(g.Context(), counts, requests).Scan(&fired, &next))
	fired -= before
	if fired != next || fired == 0 {
		g.Fatalf("%d reminders are in the audit, and %d clocks were set for the next", fired, next)
	}
	if fired == len(requests) {
		fmt.Printf("  all %d reminders were fired before the time was over, so their number is a lower bound\n", fired)
	}
	g.old.exec("UPDATE due SET at = $2 WHERE kind = 'turn' AND subject_id = ANY ($1::uuid[])", requests, begin.AddDate(1, 0, 0))
	return float64(fired) / took.Seconds()
}
