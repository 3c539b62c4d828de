package storage_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// statements notes what a store sends.
type statements struct {
	mu   sync.Mutex
	sent []string
}

func (s *statements) note(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, sql)
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.note(data.SQL)
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		s.note(q.SQL)
	}
	return ctx
}

func (*statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

var (
	locksRows = regexp.MustCompile(`\sFOR (?:SHARE|UPDATE|NO KEY UPDATE)(?: OF (\w+))?(?: SKIP LOCKED)?\s*$`)
	tables    = regexp.MustCompile(`(?:FROM|JOIN) (\w+) (\w+)\s`)
	writes    = regexp.MustCompile(`(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)`)
)

// locked lists the tables whose rows the statements lock or write, in order; what comes after the subject is "rest".
func (s *statements) locked() (order []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sql := range s.sent {
		table := ""
		if m := locksRows.FindStringSubmatch(sql); m != nil {
			for _, read := range tables.FindAllStringSubmatch(sql, -1) {
				if table == "" && (m[1] == "" || m[1] == read[2]) {
					table = read[1]
				}
			}
		} else if m := writes.FindStringSubmatch(sql); m != nil {
			table = m[1]
		}
		switch {
		case table == "":
		case slices.Contains([]string{"bindings", "books", "subjects"}, table):
			order = append(order, table)
		default:
			order = append(order, "rest")
		}
	}
	s.sent = nil
	return slices.Compact(order)
}

// Whoever locks several things does so in one order, or two of them could wait for one another: the chat user's binding, the books, the
// subject, the rest.
func TestLockOrder(t *testing.T) {
	db := storagetest.New(t)
	var sent statements
	s := storagetest.Connect(t, db, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent })
	first(t, db)
	lin := person(t, s, "E1").ID
	sent.locked()
	order := func(what string, want ...string) {
		t.Helper()
		if got := sent.locked(); !slices.Equal(got, want) {
			t.Errorf("%s locks %s, want %s", what, strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	a, err := submit(t.Context(), s, by("E1", "new"), full(lin))
	must(t, err)
	order("a submission", "bindings", "books", "subjects", "rest")

	everything := func(_ workflows.Actor, d *workflows.Decision) error {
		full(lin)(workflows.Facts{Now: d.Request.ChangedAt}, d)
		return nil
	}
	c := on(a.ID, "E2", "press")
	c.Contested = false
	_, err = press(t.Context(), s, c, nil)
	must(t, err)
	order("a press", "bindings", "subjects", "rest")
	_, err = press(t.Context(), s, on(a.ID, "E1", "edit"), everything)
	must(t, err)
	order("a press that looks at somebody's books", "bindings", "books", "subjects", "rest")

	clock := on(a.ID, "", "due")
	clock.Cause.ChatUser = workflows.ChatUser{Platform: workflows.PlatformSystem}
	_, err = press(t.Context(), s, clock, everything)
	must(t, err)
	order("a clock", "books", "subjects", "rest")
	operator := on(a.ID, "", "order")
	operator.Cause.ChatUser, operator.Contested = workflows.ChatUser{Platform: workflows.PlatformCLI, User: "root"}, false
	_, err = press(t.Context(), s, operator, nil)
	must(t, err)
	order("an operator", "subjects", "rest")

	h := &house{T: t, s: s, now: time.Now()}
	tk, err := h.newTask(t.Context(), h.by("E2"), task.Task{Title: workflows.Said("call"), Owner: person(t, s, "E2").ID})
	must(t, err)
	order("a new task", "bindings", "subjects", "rest")
	_, err = h.actTask(t.Context(), h.by("E2"), tk.ID, workflows.Act{Event: task.Snooze, Form: workflows.Form{"until": h.now.AddDate(0, 0, 9).Format(time.DateOnly)}})
	must(t, err)
	order("a press on a task", "bindings", "subjects", "rest")
	_, err = h.actTask(t.Context(), h.by(""), tk.ID, workflows.Act{Event: task.Skip})
	must(t, err)
	order("a task's clock", "subjects", "rest")

	must(t, s.Unbind(t.Context(), memory("E2"), time.Now()))
	order("an unlink", "bindings", "rest")
	apply(t, people(t, s, peopleHeader+",active", "E1,Lin,,,,,,DE,Europe/Berlin,en,,false"))
	if got := sent.locked(); len(got) == 0 || slices.Contains(got, "subjects") || slices.Contains(got, "books") {
		t.Errorf("an import locks %s", strings.Join(got, ", "))
	}
	owner, err := pgx.Connect(t.Context(), db.Owner)
	must(t, err)
	defer owner.Close(t.Context())
	exec(t, owner, "UPDATE turns SET state = 'closed' WHERE state = 'open'")
	exec(t, owner, "UPDATE subjects SET final = true")
	_, err = s.Erase(t.Context(), "E1", true, time.Now())
	must(t, err)
	got := sent.locked()
	if i := slices.Index(got, "bindings"); i < 0 || len(got) < i+4 || !slices.Equal(got[i:i+4], []string{"bindings", "books", "subjects", "rest"}) {
		t.Errorf("an erasure locks %s", strings.Join(got, ", "))
	}
}

// waits tells that a transaction of the database waits for a lock before done gives something.
func waits[T any](t *testing.T, owner *pgx.Conn, done <-chan T) {
	t.Helper()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for value[int](t, owner, waiting) == 0 {
		select {
		case early := <-done:
			t.Fatalf("it did not wait: %v", early)
		default:
		}
	}
}

// While lin's own submission is under way, which has her books, she approves what others ask for; what looks at her books waits.
func TestOwnSubmissionKeepsNobodyWaiting(t *testing.T) {
	s, owner := bound(t)
	toms, err := submit(t.Context(), s, by("E2", "tom's"), nil)
	must(t, err)
	under, err := owner.Begin(t.Context())
	must(t, err)
	_, err = under.Exec(t.Context(), "SELECT FROM books WHERE person_id = (SELECT id FROM people WHERE employee_no = 'E1') FOR NO KEY UPDATE")
	must(t, err)
	for _, c := range []workflows.Change{on(toms.ID, "E1", "approve"), on(toms.ID, "E1", "and look at tom's books")} {
		c.Contested = c.Cause.Key != "approve"
		_, err := press(t.Context(), s, c, nil)
		must(t, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := submit(t.Context(), s, by("E1", "another of lin's"), nil)
		done <- err
	}()
	waits(t, owner, done)
	must(t, under.Commit(t.Context()))
	must(t, <-done)
}

// I3: lin is unlinked while her press is under way, between its two trips. The unlink waits for it; the next press is nobody's.
func TestI3UnlinkAndPress(t *testing.T) {
	s, owner := bound(t)
	toms, err := submit(t.Context(), s, by("E2", "tom's"), nil)
	must(t, err)
	unlinked := make(chan error, 1)
	_, err = press(t.Context(), s, on(toms.ID, "E1", "approve"), func(actor workflows.Actor, _ *workflows.Decision) error {
		if actor.Person.No != "E1" {
			t.Errorf("the actor is %+v", actor)
		}
		go func() { unlinked <- s.Unbind(t.Context(), memory("E1"), time.Now()) }()
		waits(t, owner, unlinked)
		return nil
	})
	must(t, err)
	must(t, <-unlinked)
	refusal := workflows.Refuse(workflows.Unknown, "person.unknown", nil)
	_, err = press(t.Context(), s, on(toms.ID, "E1", "approve again"), func(actor workflows.Actor, _ *workflows.Decision) error {
		if actor.Party != (workflows.Party{}) || actor.Person.ID != 0 {
			t.Errorf("the actor is still %+v", actor)
		}
		return refusal
	})
	wantCode(t, err, workflows.Unknown)
	var rows []workflows.AuditRow
	rows, err = s.Audit(t.Context(), toms.ID)
	must(t, err)
	if len(rows) != 2 || rows[1].Actor != person(t, s, "E1").ID.Party() {
		t.Errorf("the audit is %+v", rows)
	}
}

// I3: the press comes while the unlink is under way, and waits for it.
func TestI3PressAfterUnlink(t *testing.T) {
	s, owner := bound(t)
	toms, err := submit(t.Context(), s, by("E2", "tom's"), nil)
	must(t, err)
	unlink, err := owner.Begin(t.Context())
	must(t, err)
	_, err = unlink.Exec(t.Context(), "UPDATE bindings SET ended_at = now() WHERE user_id = 'E1'")
	must(t, err)
	refused := make(chan error, 1)
	go func() {
		_, err := press(t.Context(), s, on(toms.ID, "E1", "approve"), func(actor workflows.Actor, _ *workflows.Decision) error {
			if actor.Party != (workflows.Party{}) {
				t.Errorf("the actor is %+v", actor)
			}
			return workflows.Refuse(workflows.Unknown, "person.unknown", nil)
		})
		refused <- err
	}()
	waits(t, owner, refused)
	must(t, unlink.Commit(t.Context()))
	wantCode(t, <-refused, workflows.Unknown)
}

// I3: tom is deactivated by an import while his press is under way, between its two trips. The import waits for it; his next press is
// nobody's.
func TestI3DeactivationAndPress(t *testing.T) {
	s, owner := bound(t)
	exec(t, owner, "UPDATE people SET country = 'DE', timezone = 'Europe/Berlin'")
	lins, err := submit(t.Context(), s, by("E1", "lin's"), nil)
	must(t, err)
	applied := make(chan error, 1)
	leaves := people(t, s, peopleHeader+",active", "E2,Tom,,,,,,DE,Europe/Berlin,en,,false")
	_, err = press(t.Context(), s, on(lins.ID, "E2", "approve"), func(actor workflows.Actor, _ *workflows.Decision) error {
		if actor.Person.No != "E2" {
			t.Errorf("the actor is %+v", actor)
		}
		go func() {
			_, err := leaves.Apply(t.Context())
			applied <- err
		}()
		waits(t, owner, applied)
		return nil
	})
	must(t, err)
	must(t, <-applied)
	_, err = press(t.Context(), s, on(lins.ID, "E2", "approve again"), func(actor workflows.Actor, _ *workflows.Decision) error {
		if actor.Party != (workflows.Party{}) {
			t.Errorf("the actor is still %+v", actor)
		}
		return workflows.Refuse(workflows.Unknown, "person.unknown", nil)
	})
	wantCode(t, err, workflows.Unknown)
}

// Locks: an import that ends a chat and somebody who has a card of it and then asks for the chat wait for one another. Postgres ends one of
// the two; the import tries again and is done, and what the other had is not lost.
func TestImportTriesAgainAfterADeadlock(t *testing.T) {
	s, owner := bound(t)
	exec(t, owner, "UPDATE people SET country = 'DE', timezone = 'Europe/Berlin'")
	_, err := submit(t.Context(), s, by("E1", "lin's"), full(person(t, s, "E2").ID))
	must(t, err)
	other, err := owner.Begin(t.Context())
	must(t, err)
	_, err = other.Exec(t.Context(), "SET LOCAL deadlock_timeout = '1min'") // so that it is the import that Postgres ends
	must(t, err)
	_, err = other.Exec(t.Context(), "UPDATE cards SET wanted = wanted")
	must(t, err)
	applied := make(chan error, 1)
	go func() {
		_, err := people(t, s, peopleHeader+",active", "E2,Tom,,,,,,DE,Europe/Berlin,en,,false").Apply(t.Context())
		applied <- err
	}()
	waits(t, dial(t, owner.Config().ConnString()), applied)
	_, err = other.Exec(t.Context(), "UPDATE bindings SET gone_at = now() WHERE user_id = 'E2'")
	must(t, err)
	must(t, other.Commit(t.Context()))
	must(t, <-applied)
	if yes, err := s.Bound(t.Context(), memory("E2")); err != nil || yes {
		t.Errorf("tom is still bound: %v, %v", yes, err)
	}
}
