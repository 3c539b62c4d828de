package storage_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// shop is a store on which presses are made.
type shop struct {
	*testing.T
	store *storage.Store
	owner *pgx.Conn
}

func openShop(t *testing.T) *shop {
	s, owner := bound(t)
	return &shop{t, s, owner}
}

// pressing is a press as it may come in.
type pressing struct {
	On   int    // which request; 0: one that does not exist
	By   string // E1, E2, or E9, whom nobody knows
	Key  string // of its cause
	Does string
}

// What a press's rules come to.
const (
	approves = "approves"
	refuses  = "is refused"
	fails    = "meets a fault of the program"
	panics   = "panics"
	breaks   = "writes what Postgres refuses"
	garbles  = "writes what cannot be sent for many"
)

// press makes one press, and says in a line what came of it.
func (s *shop) press(p pressing, requests []workflows.SubjectID) (came string) {
	defer func() {
		if r := recover(); r != nil {
			came = fmt.Sprint("panic: ", r)
		}
	}()
	id := workflows.SubjectID("00000000-0000-7000-8000-000000000000")
	if p.On > 0 {
		id = requests[p.On-1]
	}
	c := on(id, p.By, p.Key)
	c.Contested = false
	answer, err := press(s.Context(), s.store, c, func(actor workflows.Actor, d *workflows.Decision) error {
		switch {
		case actor.Party.ID == 0:
			return workflows.Refuse(workflows.Unknown, "person.unknown", nil)
		case p.Does == refuses:
			return workflows.Refuse(workflows.NotNow, "request.over", nil)
		case p.Does == fails:
			return errors.New("a fault")
		case p.Does == panics:
			panic("rules")
		}
		d.Cards = []workflows.Party{actor.Party}
		d.Notices = []workflows.Notice{{Party: actor.Party, Text: "notice." + p.Key}, {Party: actor.Party, Text: "notice.too"}}
		if p.Does == breaks {
			d.Notices[1].Text = "no text of Postgres's: \x00"
		}
		d.Due = []workflows.Due{{Kind: "remind", Key: d.Subject.Number + " " + p.Key, At: d.Request.ChangedAt.Add(time.Hour), Subject: d.Subject.ID}}
		if p.Does == garbles {
			d.Due[0].Subject = "the ID of nothing"
		}
		return nil
	})
	var refusal *workflows.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &refusal):
		return "refused: " + refusal.Text
	case errors.As(err, &pg):
		return "Postgres: " + pg.Code
	case err != nil:
		return "fault: " + err.Error()
	}
	return fmt.Sprintf("%s %s seq %d by %s repeated %v", answer.Number, answer.Text, answer.Seq, answer.By.Person.No, answer.Repeated)
}

// stored lists what lies in the database of requests, without what differs by chance.
func (s *shop) stored() []string {
	rows, err := s.owner.Query(s.Context(), `
SELECT concat_ws(' ', 'subject', s.number, s.state, s.seq, s.revision) FROM subjects s
UNION ALL SELECT concat_ws(' ', 'audit', s.number, a.seq, a.event, a.actor_id) FROM audit a JOIN subjects s ON s.id = a.subject_id
UNION ALL SELECT concat_ws(' ', 'values', s.number, v.seq) FROM audit_values v JOIN subjects s ON s.id = v.subject_id
UNION ALL SELECT concat_ws(' ', 'cause', s.number, c.user_id, c.key, c.answer ->> 'seq') FROM causes c JOIN subjects s ON s.id = c.subject_id
UNION ALL SELECT concat_ws(' ', 'card', s.number, c.binding_id, c.folded, c.wanted) FROM cards c JOIN subjects s ON s.id = c.subject_id
UNION ALL SELECT concat_ws(' ', 'notice', s.number, n.seq, n.party_id, n.text) FROM notices n JOIN subjects s ON s.id = n.about
UNION ALL SELECT concat_ws(' ', 'due', s.number, d.kind, d.key) FROM due d JOIN subjects s ON s.id = d.subject_id`)
	must(s.T, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(s.T, err)
	slices.Sort(lines)
	return lines
}

func (s *shop) ask(n int, key string) (list []workflows.SubjectID) {
	for i := range n {
		answer, err := submit(s.Context(), s.store, by("E1", fmt.Sprint(key, i)), nil)
		must(s.T, err)
		list = append(list, answer.ID)
	}
	return list
}

// Whatever is pressed at the same moment comes to what it comes to one after the other, and leaves the same behind: with refusals, faults,
// repeats, several on one request, strangers, and something that Postgres refuses in the middle.
func TestGroupIsWhatEachIsAlone(t *testing.T) {
	alone, together := openShop(t), openShop(t)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		n := rapid.IntRange(2, 12).Draw(t, "presses")
		on, by, keys, may := []int{1, 1, 2, 3, 4, 5, 6}, []string{"E1", "E2"}, "abcdefgh", []string{approves, approves, refuses, fails}
		// Who leaves a group goes beside the next one. Then nothing may depend on who comes first.
		apart := rapid.Bool().Draw(t, "apart")
		if apart {
			n, on, keys = min(n, 7), rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "on"), "abcdefg"
			by, may = append(by, "E9"), append(may, approves, approves, panics, breaks, garbles)
		}
		presses := make([]pressing, n)
		for i := range presses {
			p := pressing{By: rapid.SampledFrom(by).Draw(t, "by"), Does: rapid.SampledFrom(may).Draw(t, "does")}
			p.On, p.Key = rapid.SampledFrom(on).Draw(t, "on"), string(keys[rapid.IntRange(0, len(keys)-1).Draw(t, "key")])
			if apart {
				p.On, p.Key = on[i], string(keys[i])
			}
			p.Key = fmt.Sprint(round, p.Key)
			presses[i] = p
		}
		var want []string
		requests := alone.ask(6, fmt.Sprint("ask ", round, " "))
		for _, p := range presses {
			want = append(want, alone.press(p, requests))
		}
		got := make([]string, len(presses))
		requests = together.ask(6, fmt.Sprint("ask ", round, " "))
		begin, letGo := storage.Gather(together.store)
		var pressed sync.WaitGroup
		pressed.Add(len(presses))
		for i, p := range presses {
			begin(func() {
				defer pressed.Done()
				got[i] = together.press(p, requests)
			})
		}
		letGo()
		pressed.Wait()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("alone they come to (-), together to (+)\n%s", diff)
		}
		if diff := cmp.Diff(alone.stored(), together.stored()); diff != "" {
			t.Fatalf("alone they leave (-), together (+)\n%s", diff)
		}
	})
	for _, s := range []*shop{alone, together} {
		if v, err := s.store.VerifyAudit(t.Context(), storage.Verification{Fast: true}); err != nil || len(v.Broken) > 0 || v.Records == 0 {
			t.Errorf("the audit is %+v (%v)", v, err)
		}
	}
}

// A request that somebody keeps locked keeps nobody waiting but those who press on it.
func TestGroupWaitsForNobody(t *testing.T) {
	s := openShop(t)
	requests := s.ask(3, "ask")
	tx, err := s.owner.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM subjects WHERE id = $1 FOR UPDATE", string(requests[0]))
	must(t, err)
	begin, letGo := storage.Gather(s.store)
	came := make([]chan string, 3)
	for i := range came {
		came[i] = make(chan string, 1)
		begin(func() {
			came[i] <- s.press(pressing{On: i + 1, By: "E2", Key: fmt.Sprint(i), Does: approves}, requests)
		})
	}
	letGo()
	for _, i := range []int{1, 2} {
		if got := <-came[i]; got != fmt.Sprintf("TX-%d told.approve seq 2 by E2 repeated false", i+1) {
			t.Errorf("the press on TX-%d: %s", i+1, got)
		}
	}
	select {
	case got := <-came[0]:
		t.Errorf("the press on what is locked came back: %s", got)
	default:
	}
	must(t, tx.Rollback(t.Context()))
	if got := <-came[0]; got != "TX-1 told.approve seq 2 by E2 repeated false" {
		t.Errorf("behind the lock: %s", got)
	}
}

// However much falls due at the same moment, people's presses do not wait behind it.
func TestPressesDoNotWaitForClocks(t *testing.T) {
	s := openShop(t)
	requests := s.ask(3, "ask")
	begin, letGo := storage.GatherClocks(s.store)
	fired := make(chan error, 2)
	for i, id := range requests[:2] {
		begin(func() {
			c := on(id, "", fmt.Sprint("due ", i))
			c.Contested, c.Cause.ChatUser = false, workflows.ChatUser{Platform: workflows.PlatformSystem}
			_, err := press(s.Context(), s.store, c, nil)
			fired <- err
		})
	}
	if got := s.press(pressing{On: 3, By: "E2", Key: "press", Does: approves}, requests); got != "TX-3 told.approve seq 2 by E2 repeated false" {
		t.Errorf("beside clocks that wait: %s", got)
	}
	if n := len(fired); n != 0 {
		t.Errorf("%d of two clocks have fired, which were to wait", n)
	}
	letGo()
	for range 2 {
		must(t, <-fired)
	}
}

// Where people press, clocks fire no more often than leaves time for them.
func TestClocksGiveWay(t *testing.T) {
	s := openShop(t)
	requests := s.ask(4, "ask")
	begin, letGo := storage.GatherClocks(s.store)
	deciding, pressed, fired := make(chan bool, 2), make(chan bool), make(chan time.Time, 3)
	var running sync.WaitGroup
	running.Add(3)
	fire := func(n int, decide func()) {
		defer running.Done()
		c := on(requests[n], "", fmt.Sprint("due ", n))
		c.Contested, c.Cause.ChatUser = false, workflows.ChatUser{Platform: workflows.PlatformSystem}
		_, err := press(s.Context(), s.store, c, func(workflows.Actor, *workflows.Decision) error {
			decide()
			fired <- time.Now()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for n := range 2 {
		begin(func() { fire(n, func() { deciding <- true; <-pressed }) })
	}
	letGo()
	<-deciding
	since := time.Now()
	begin(func() { fire(2, func() {}) })
	if got := s.press(pressing{On: 4, By: "E2", Key: "press", Does: approves}, requests); got != "TX-4 told.approve seq 2 by E2 repeated false" {
		t.Errorf("beside clocks: %s", got)
	}
	until := time.Now()
	close(pressed)
	<-fired
	<-fired
	if waited, took := (<-fired).Sub(until), until.Sub(since); waited < min(5*took, 300*time.Millisecond) {
		t.Errorf("clocks fire %s after others that somebody pressed beside, which took %s", waited, took)
	}
	running.Wait()
}

// fuse is a connection that breaks once so many bytes have gone over it, in either direction; zero: it does not.
type fuse struct {
	net.Conn
	sent, received *atomic.Int64
	burnt          *atomic.Int64 // how often one did
}

var errFuse = errors.New("the line is cut")

func (f *fuse) burn(left *atomic.Int64, n int) error {
	if was := left.Load(); was > 0 && left.Add(-int64(n)) <= 0 {
		left.Store(0)
		f.burnt.Add(1)
		f.Close()
		return errFuse
	}
	return nil
}

func (f *fuse) Write(p []byte) (int, error) {
	if err := f.burn(f.sent, len(p)); err != nil {
		return 0, err
	}
	return f.Conn.Write(p)
}

func (f *fuse) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if cut := f.burn(f.received, n); cut != nil {
		return 0, cut
	}
	return n, err
}

// I1: the line is cut while a group is at work, before its locks, between its trips, and about its COMMIT. Each press comes to what it is, once.
func TestI1CutWhileAGroupDecides(t *testing.T) {
	db := storagetest.New(t)
	owner := dial(t, db.Owner)
	exec(t, owner, "INSERT INTO people (employee_no, name) VALUES ('E1', 'Lin'), ('E2', 'Tom')")
	var sent, received, burnt atomic.Int64
	s := &shop{t, storagetest.Connect(t, db, func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return &fuse{conn, &sent, &received, &burnt}, err
		}
	}), owner}
	for _, no := range []string{"E1", "E2"} {
		must(t, s.store.Bind(t.Context(), person(t, s.store, no).ID.Party(), memory(no), time.Now()))
	}
	const presses = 4
	round, counted := 0, (func())(nil)
	decide := func(left *atomic.Int64, bytes int64) {
		round++
		requests := s.ask(presses, fmt.Sprint("ask ", round, " "))
		left.Store(bytes)
		defer left.Store(0)
		begin, letGo := storage.Gather(s.store)
		came := make(chan string, presses)
		for i := range presses {
			begin(func() {
				came <- s.press(pressing{On: i + 1, By: "E2", Key: fmt.Sprint(round, "/", i), Does: approves}, requests)
			})
		}
		letGo()
		for range presses {
			if got := <-came; !strings.HasSuffix(got, "told.approve seq 2 by E2 repeated false") {
				t.Errorf("round %d: %s", round, got)
			}
		}
		if counted != nil {
			counted()
		}
	}
	decide(&sent, 0) // prepares the statements
	for _, left := range []*atomic.Int64{&sent, &received} {
		const plenty = 1 << 40
		var whole int64
		counted = func() { whole = plenty - left.Load() }
		decide(left, plenty)
		counted = nil
		// The bytes of a round differ, as statements may have to be prepared: each round is let go further, until one reaches its end.
		cuts := 0
		for bytes, before := whole/12, burnt.Load(); ; bytes, before = bytes+whole/12, burnt.Load() {
			decide(left, bytes)
			if burnt.Load() == before {
				break
			}
			cuts++
		}
		if cuts < 6 {
			t.Errorf("the line was cut %d times", cuts)
		}
	}
	if n := value[int](t, s.owner, "SELECT count(*) FROM subjects WHERE seq <> 2"); n != 0 {
		t.Errorf("%d requests were not pressed once", n)
	}
	if n := value[int](t, s.owner, "SELECT count(*) FROM (SELECT FROM audit GROUP BY subject_id HAVING count(*) <> 2) x"); n != 0 {
		t.Errorf("the audit of %d is not of one press", n)
	}
}
