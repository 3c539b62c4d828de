//go:build bench

package perf

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/policy"
)

// leavesPerPerson is how many of the preloaded requests are one person's. They are a week apart.
const leavesPerPerson = 5

// firstLeave is the Monday on which everybody's first leave begins. Leaves last four days, Monday to Thursday.
var firstLeave = workflows.Date{Year: 2027, Month: time.January, Day: 11}

// start is the moment at which the benchmark begins, by the business clock.
var start = time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC)

// decidedPerSecond is more than nod decides, so that there is always something to decide.
const decidedPerSecond = 4_500

// The two presses that are measured.
const (
	submit = "submit"
	decide = "decide"
)

// bench is a company on nod and, on the same server, the yardstick's tables with as many requests.
type bench struct {
	*testing.T
	rows, rounds, seconds int
	clients               []int

	db, yardstick storagetest.Database
	owner         *pgx.Conn
	clock         *workflows.Clock
	people        []workflows.Person            // who ask, in the order in which they do
	approvers     map[workflows.PersonID]string // employee numbers
	asked         atomic.Int64                  // how many requests were sent
	mu            sync.Mutex                    // for waiting
	waiting       []waiting                     // what can be decided, in that order: first what was preloaded, then what was sent
	decided       atomic.Int64                  // how many of them were decided
	server        processes
}

// waiting is a pending request and who may decide it.
type waiting struct {
	id       workflows.SubjectID
	digest   string // as the approver's button carries it; empty: not looked up yet
	approver string
}

// run is what one run of one side came to.
type run struct {
	perSecond    float64
	p50, p99     time.Duration
	server, self time.Duration // CPU for each press, of Postgres and of this program; zero: unknown
	wal          int64         // bytes for each press
}

// TestBench submits and decides through the engine and the real store, in turn with the yardstick, and fails when a press that was answered is missing
// from the audit. How fast is fast enough it leaves to who reads it.
func TestBench(t *testing.T) {
	runs := number(t, "NOD_BENCH_ROUNDS", 5) * len(numbers(t, "NOD_BENCH_CLIENTS", 1, 8, 32, 64))
	b := open(t, decidedPerSecond*(runs*number(t, "NOD_BENCH_SECONDS", 3)+1))
	b.printCounts()
	b.warmUp()
	var results []*result
	for _, press := range []string{submit, decide} {
		for _, clients := range b.clients {
			results = append(results, &result{press: press, clients: clients})
		}
	}
	store := storagetest.Connect(t, b.db)
	e := b.engine(store)
	for round := range b.rounds {
		fmt.Printf("\nround %d of %d, load %s\n", round+1, b.rounds, load())
		for _, r := range results {
			nod := b.nod(e, r.press, r.clients, time.Duration(b.seconds)*time.Second)
			fmt.Printf("  %s %d  %-12s %s\n", r.press, r.clients, "nod", nod)
			four := b.limit(r.press, r.clients, b.seconds)
			fmt.Printf("  %s %d  %-12s %s\n", r.press, r.clients, "in four", four)
			one := b.limit(r.press+"_cte", r.clients, b.seconds)
			fmt.Printf("  %s %d  %-12s %s\n", r.press, r.clients, "in one", one)
			r.add(nod, four, one)
		}
	}
	b.checkChains(store)
	printResults(results)
}

// open loads both sides with as many requests as NOD_BENCH_ROWS says, or as usual.
func open(t *testing.T, usual int) *bench {
	b := &bench{T: t, rows: number(t, "NOD_BENCH_ROWS", usual), rounds: number(t, "NOD_BENCH_ROUNDS", 5),
		seconds: number(t, "NOD_BENCH_SECONDS", 3), clients: numbers(t, "NOD_BENCH_CLIENTS", 1, 8, 32, 64), clock: &workflows.Clock{}}
	b.clock.Set(time.Until(start))
	begin := time.Now()
	b.yardstick = storagetest.Empty(t)
	b.psql(b.yardstick.Owner, "schema.sql", "n", b.rows)
	b.preload()
	b.server = serverProcesses(t, b.owner)
	fmt.Printf("%d requests on either side, loaded in %.0f s; %d rounds, %d s each run\n", b.rows, time.Since(begin).Seconds(), b.rounds,
		b.seconds)
	return b
}

func number(t *testing.T, name string, usual int) int { return numbers(t, name, usual)[0] }

func numbers(t *testing.T, name string, usual ...int) []int {
	words := strings.Fields(os.Getenv(name))
	if len(words) == 0 {
		return usual
	}
	var list []int
	for _, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			t.Fatalf("%s is %q; it should be a number above 0", name, os.Getenv(name))
		}
		list = append(list, n)
	}
	return list
}

// preload makes a company and one real request with its cards, and copies that until there are enough.
func (b *bench) preload() {
	b.Helper()
	b.company(max(1, b.rows/leavesPerPerson))
	b.copy(b.pattern(0), b.rows-1)
	b.wait()
}

// company makes the people, who have asked for nothing yet.
func (b *bench) company(people int) {
	b.Helper()
	b.db = storagetest.New(b.T)
	b.psql(b.db.Owner, "company.sql", "people", people)
	var err error
	b.owner, err = pgx.Connect(b.Context(), b.db.Owner)
	b.must(err)
	b.Cleanup(func() { b.owner.Close(context.Background()) })
	everybody, err := storagetest.Connect(b.T, b.db).ActivePeople(b.Context())
	b.must(err)
	b.approvers = map[workflows.PersonID]string{}
	for _, p := range everybody {
		if strings.HasPrefix(p.No, "E") {
			b.people = append(b.people, p)
		} else {
			b.approvers[p.ID] = p.No
		}
	}
}

// pattern has the first employee ask for the days of a week, and their manager get the card.
func (b *bench) pattern(week int) workflows.Answer {
	b.Helper()
	store := storagetest.Connect(b.T, b.db)
	e := b.engine(store)
	first := slices.IndexFunc(b.people, func(p workflows.Person) bool { return p.No == "E1" })
	answer, err := e.Submit(b.Context(), cause("E1", fmt.Sprint("pattern ", week)), "leave", b.people[first], form(week))
	b.must(err)
	if sent := b.deliver(e, store); sent != 2 {
		b.Fatalf("the request posted %d cards, want the requester's and the approver's", sent)
	}
	return answer
}

// deliver sends what waits to be sent, and tells how much it was.
func (b *bench) deliver(e *engine.Engine, store *storage.Store) int {
	b.Helper()
	words, err := texts.New(e.Kinds())
	b.must(err)
	senders := map[string]deliver.Sender{bottest.Platform: bottest.NewMemory()}
	sent, err := deliver.New(store, draw.NewDisplays(e), e.Now, words, senders).Round(b.Context())
	b.must(err)
	return sent
}

// copy makes more requests of one.
func (b *bench) copy(pattern workflows.Answer, n int) {
	b.Helper()
	b.psql(b.db.Owner, "clones.sql", "n", n, "people", len(b.people), "pattern", pattern.Number)
}

// wait finds out what can be decided.
func (b *bench) wait() {
	b.Helper()
	rows, err := b.owner.Query(b.Context(), `
SELECT t.request_id::text, p.employee_no
  FROM turns t
  JOIN people p ON p.id = t.person_id
 WHERE t.state = 'open'`)
	b.must(err)
	b.waiting, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (w waiting, err error) { return w, row.Scan(&w.id, &w.approver) })
	b.must(err)
	if len(b.waiting) != b.rows {
		b.Fatalf("%d requests wait to be decided, want %d", len(b.waiting), b.rows)
	}
	b.learn()
	dice := rand.New(rand.NewPCG(1, 2)) // the same order every time
	dice.Shuffle(len(b.waiting), func(i, j int) { b.waiting[i], b.waiting[j] = b.waiting[j], b.waiting[i] })
	dice.Shuffle(len(b.people), func(i, j int) { b.people[i], b.people[j] = b.people[j], b.people[i] })
}

func (b *bench) engine(store *storage.Store) *engine.Engine {
	b.Helper()
	e, err := engine.New(b.Context(), store, policy.Default(), b.clock)
	b.must(err)
	return e
}

func cause(user, key string) workflows.Cause {
	return workflows.Cause{ChatUser: workflows.ChatUser{Platform: bottest.Platform, Team: bottest.Team, User: user}, Key: key}
}

// form asks for the four days of a person's week.
func form(week int) workflows.Form {
	from := firstLeave.AddDays(7 * week)
	return workflows.Form{"type": "annual", "from": from.String(), "to": from.AddDays(3).String(), "reason": "family visit"}
}

// submit sends the next request: everybody asks once, for a week of their own, before anybody asks again.
func (b *bench) submit(ctx context.Context, e *engine.Engine) error {
	n := int(b.asked.Add(1)) - 1
	p := b.people[n%len(b.people)]
	answer, err := e.Submit(ctx, cause(p.No, fmt.Sprint("submit ", n)), "leave", p, form(2+(b.rows-1)/len(b.people)+n/len(b.people)))
	b.mu.Lock()
	b.waiting = append(b.waiting, waiting{id: answer.ID, approver: b.approvers[p.Manager]})
	b.mu.Unlock()
	return outcome(answer, err, "pending")
}

// decide approves the next request that waits.
func (b *bench) decide(ctx context.Context, e *engine.Engine) error {
	n := int(b.decided.Add(1)) - 1
	if loaded := min(b.rows, len(b.waiting)); n >= loaded { // the cards of those that were sent since are not posted, so to decide them takes more
		return fmt.Errorf("all %d requests are decided: this machine is fast, give it more with NOD_BENCH_ROWS", loaded)
	}
	w := b.waiting[n]
	answer, err := e.Act(ctx, cause(w.approver, fmt.Sprint("approve ", n)), w.id, workflows.Act{Event: approval.Approve, Digest: w.digest})
	return outcome(answer, err, "approved")
}

// outcome is an error unless the press did what it was for.
func outcome(answer workflows.Answer, err error, want workflows.State) error {
	switch {
	case err != nil:
		return err
	case answer.Repeated:
		return fmt.Errorf("%s: a new press was taken for a repeat", answer.Number)
	case answer.State != want:
		return fmt.Errorf("%s is %s, want %s", answer.Number, answer.State, want)
	}
	return nil
}

// learn looks up what the buttons of requests carry that were sent since.
func (b *bench) learn() {
	b.Helper()
	var ids []string
	for _, w := range b.waiting {
		if w.digest == "" {
			ids = append(ids, string(w.id))
		}
	}
	rows, err := b.owner.Query(b.Context(), "SELECT id::text, digest FROM subjects WHERE id = ANY ($1::uuid[])", ids)
	b.must(err)
	digests := map[workflows.SubjectID]string{}
	var id workflows.SubjectID
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &hash}, func() error { digests[id] = workflows.RevisionDigest(hash); return nil })
	b.must(err)
	for i := range b.waiting {
		if w := &b.waiting[i]; w.digest == "" {
			w.digest = digests[w.id]
		}
	}
}

func (b *bench) press(kind string) func(context.Context, *engine.Engine) error {
	if kind == submit {
		return b.submit
	}
	return b.decide
}

// nod presses for a while, as many at once as there are clients, and counts the audit against the answers.
func (b *bench) nod(e *engine.Engine, kind string, clients int, length time.Duration) run {
	b.Helper()
	audited := b.audited()
	b.learn()
	b.exec("CHECKPOINT")
	wal, server, self := b.wal(), b.server.cpu(), ownCPU()
	begin := time.Now()
	took := b.pressAll(e, b.press(kind), clients, func(int) bool { return time.Since(begin) < length })
	elapsed := time.Since(begin)
	server, self, wal = b.server.cpu()-server, ownCPU()-self, b.wal()-wal
	if n := b.audited() - audited; n != int64(len(took)) {
		b.Fatalf("%d presses were answered as done, and %d audit rows were written", len(took), n)
	}
	slices.Sort(took)
	n := time.Duration(len(took))
	return run{perSecond: float64(len(took)) / elapsed.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100],
		server: server / n, self: self / n, wal: wal / int64(n)}
}

// pressAll presses while more says so, asked before the n-th press of each client, and gives how long each press took.
func (b *bench) pressAll(e *engine.Engine, press func(context.Context, *engine.Engine) error, clients int, more func(n int) bool) []time.Duration {
	b.Helper()
	took := make([][]time.Duration, clients)
	failed := make([]error, clients)
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() {
			for n := 0; more(n); n++ {
				begin := time.Now()
				if failed[i] = press(b.Context(), e); failed[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(begin))
			}
		})
	}
	running.Wait()
	for _, err := range failed {
		b.must(err)
	}
	return slices.Concat(took...)
}

// limit runs a script of the yardstick by limit.sh, which makes the checkpoint and counts the rows.
func (b *bench) limit(script string, clients, seconds int) run {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "sh", "limit.sh", b.yardstick.Owner, strconv.Itoa(b.rows), strconv.Itoa(seconds), "1")
	cmd.Env = append(os.Environ(), "SKIP_LOAD=yes", "COMMIT=on", "ONLY="+script, "CLIENTS="+strconv.Itoa(clients))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("limit.sh: %v", err)
	}
	_, line, _ := strings.Cut(string(out), "\n")
	var r run
	var name, commit string
	var p50, p99 float64
	var n, rows, cpu int
	if _, err := fmt.Sscan(line, &name, &n, &rows, &commit, &r.perSecond, &p50, &p99, &cpu, &r.wal); err != nil || r.perSecond == 0 {
		b.Fatalf("limit.sh printed %q: %v", out, err)
	}
	r.p50, r.p99, r.server = time.Duration(p50*1e6), time.Duration(p99*1e6), time.Duration(cpu)*time.Microsecond
	return r
}

// warmUp fills the caches of either side.
func (b *bench) warmUp() {
	b.Helper()
	e := b.engine(storagetest.Connect(b.T, b.db))
	for _, kind := range []string{submit, decide} {
		b.nod(e, kind, slices.Max(b.clients), time.Second)
		b.limit(kind, slices.Max(b.clients), 1)
		b.limit(kind+"_cte", slices.Max(b.clients), 1)
	}
}

// printCounts counts what a press asks of Postgres, on a connection of its own that has seen each statement before.
func (b *bench) printCounts() {
	b.Helper()
	const presses = 20
	for _, kind := range []string{submit, decide} {
		var c counter
		store := storagetest.Connect(b.T, b.db, func(config *pgxpool.Config) {
			config.MaxConns = 1
			c.watch(config.ConnConfig)
		})
		e := b.engine(store)
		press := b.press(kind)
		b.pressAll(e, press, 1, func(n int) bool { return n < 1 })
		c.reset()
		wal := b.wal()
		b.pressAll(e, press, 1, func(n int) bool { return n < presses })
		trips, statements := float64(c.trips.Load())/presses, float64(c.statements.Load())/presses
		fmt.Printf("one %s: %g trips to Postgres, %g statements, %d bytes of WAL\n", kind, trips, statements, (b.wal()-wal)/presses)
		if trips != 2 {
			b.Errorf("one %s makes %g trips to Postgres, want 2", kind, trips)
		}
	}
}

// checkChains verifies the audit of what was really pressed. Copies carry the hashes of their pattern, so theirs is left out.
func (b *bench) checkChains(store *storage.Store) {
	b.Helper()
	rows, err := b.owner.Query(b.Context(), "SELECT c.subject_id::text FROM causes c WHERE c.key LIKE 'submit %' ORDER BY 1 LIMIT 1000")
	b.must(err)
	pressed, err := pgx.CollectRows(rows, pgx.RowTo[workflows.SubjectID])
	b.must(err)
	for _, id := range pressed {
		audit, err := store.Audit(b.Context(), id)
		b.must(err)
		var last []byte
		for _, row := range audit {
			b.must(row.Verify(last))
			last = row.Hash
		}
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) exec(sql string, arguments ...any) {
	b.Helper()
	_, err := b.owner.Exec(b.Context(), sql, arguments...)
	b.must(err)
}

// psql runs one of the files beside this one with its variables.
func (b *bench) psql(url, file string, variables ...any) {
	b.Helper()
	args := []string{url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file}
	for i := 0; i < len(variables); i += 2 {
		args = append(args, "-v", fmt.Sprintf("%v=%v", variables[i], variables[i+1]))
	}
	cmd := exec.CommandContext(b.Context(), "psql", args...)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c client_min_messages=warning")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", file, err, out)
	}
}

func (b *bench) audited() (n int64) {
	b.Helper()
	b.must(b.owner.QueryRow(b.Context(), "SELECT count(*) FROM audit").Scan(&n))
	return n
}

// wal is how many bytes of WAL the server has written so far.
func (b *bench) wal() (bytes int64) {
	b.Helper()
	b.must(b.owner.QueryRow(b.Context(), "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").Scan(&bytes))
	return bytes
}
