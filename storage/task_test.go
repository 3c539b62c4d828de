package storage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// house is a company with tasks and plans. Wei leads Kai, who leads Nia, Lin, Tom and Bob, who has left; Nia is new, Lin her mentor. Mei is hr
// and Ian it, both below Wei; Ada administers, and Ivo works beside Kai.
type house struct {
	*testing.T
	s     *storage.Store
	db    storagetest.Database
	owner *pgx.Conn // for looking and breaking things
	now   time.Time
	all   []workflows.PersonID
	keys  atomic.Int64 // of causes
}

const housed = `
INSERT INTO people (employee_no, name, email, roles, country, timezone, active) VALUES
	('wei', 'Chen Wei', 'wei@example.com', '{}', 'CN', 'Asia/Shanghai', true),
	('kai', 'Zhou Kai', 'kai@example.com', '{}', 'CN', 'Asia/Shanghai', true),
	('nia', 'Nia Okoro', 'nia@example.com', '{}', 'CN', 'Asia/Shanghai', true),
	('lin', 'Lin Lin', 'lin@example.com', '{}', 'CN', 'Asia/Shanghai', true),
	('tom', 'Tom Baker', 'tom@example.com', '{}', 'CN', 'Asia/Shanghai', true),
	('bob', 'Bob Gone', 'bob@example.com', '{}', 'CN', 'Asia/Shanghai', false),
	('mei', 'Mei Li', 'mei@example.com', '{hr}', 'CN', 'Asia/Shanghai', true),
	('ian', 'Ian Bell', 'ian@example.com', '{it}', 'CN', 'Asia/Shanghai', true),
	('ada', 'Ada Novak', 'ada@example.com', '{admin}', 'CN', 'Asia/Shanghai', true),
	('ivo', 'Ivo Rossi', 'ivo@example.com', '{}', 'CN', 'Asia/Shanghai', true);
UPDATE people p SET manager_id = m.id FROM people m
 WHERE (p.employee_no, m.employee_no) IN (('kai', 'wei'), ('nia', 'kai'), ('lin', 'kai'), ('tom', 'kai'), ('bob', 'kai'), ('mei', 'wei'),
       ('ian', 'wei'), ('ada', 'wei'), ('ivo', 'wei'));
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', p.id, 'memory', 'test', p.employee_no, now() FROM people p WHERE p.active`

// openHouse gives one on a Monday morning.
func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, db: storagetest.New(t), now: time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)}
	h.owner, h.s = dial(t, h.db.Owner), storagetest.Connect(t, h.db)
	h.exec(housed)
	h.know()
	return h
}

func (h *house) exec(sql string, args ...any) {
	h.Helper()
	exec(h.T, h.owner, sql, args...)
}

// know learns who is there.
func (h *house) know() {
	h.Helper()
	h.all = nil
	for _, id := range value[[]int64](h.T, h.owner, "SELECT array_agg(id) FROM people") {
		h.all = append(h.all, workflows.PersonID(id))
	}
}

func (h *house) id(no string) workflows.PersonID {
	h.Helper()
	return person(h.T, h.s, no).ID
}

// day reads a date.
func day(s string) workflows.Date {
	d, err := workflows.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// at has it be a time in Shanghai.
func (h *house) at(s string) {
	h.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, workflows.Zone("Asia/Shanghai"))
	must(h.T, err)
	h.now = at.UTC()
}

// by is a delivery like no other: of somebody in their chat, or of a clock's where nobody is named.
func (h *house) by(user string) workflows.Change {
	c := workflows.Change{Cause: workflows.Cause{ChatUser: memory(user), Key: fmt.Sprint("press ", h.keys.Add(1))}, Now: h.now,
		Wants: workflows.Wants{Roles: []string{"hr", "it", "admin"}, Clocks: h.all}}
	if user == "" {
		c.Cause.ChatUser = workflows.ChatUser{Platform: workflows.PlatformSystem}
	}
	return c
}

func newID() workflows.SubjectID { return workflows.SubjectID(uuid.Must(uuid.NewV7()).String()) }

// newTask makes a task as the engine does.
func (h *house) newTask(ctx context.Context, c workflows.Change, tk task.Task) (workflows.Answer, error) {
	id := newID()
	people := append([]workflows.PersonID{tk.Owner, tk.By, tk.About}, tk.Helpers...)
	return h.s.ChangeTask(ctx, c, people, func(_ task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
		return task.New(id, tk, actor, f)
	})
}

// actTask has something done to a task as the engine does.
func (h *house) actTask(ctx context.Context, c workflows.Change, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error) {
	c.Subject = id
	if a, asks := (task.Task{}).Asking(act.Event); asks {
		c.Wants = c.Wants.And(workflows.WantedBy(a.Fields, act.Form))
	}
	return h.s.ChangeTask(ctx, c, nil, func(t task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
		return task.Decide(t, act, actor, f)
	})
}

// task is as it is stored.
func (h *house) task(id workflows.SubjectID) task.Task {
	h.Helper()
	t, _, err := h.s.Task(h.Context(), id, nil, workflows.Wants{}, h.now)
	must(h.T, err)
	return t
}

// add has somebody add a task, or a clock one that somebody else is to do.
func (h *house) add(user, owner, title, due string, more ...func(*task.Task)) task.Task {
	h.Helper()
	tk := task.Task{Title: workflows.Said(title), Owner: h.id(owner), Due: day(due), Source: task.Source{Kind: task.Manual}}
	for _, f := range more {
		f(&tk)
	}
	a, err := h.newTask(h.Context(), h.by(user), tk)
	must(h.T, err)
	return h.task(a.ID)
}

// helped has others stand in.
func (h *house) helped(shared bool, by ...string) func(*task.Task) {
	return func(t *task.Task) {
		t.Shared = shared
		for _, no := range by {
			t.Helpers = append(t.Helpers, h.id(no))
		}
	}
}

// press has somebody, or a clock, do something to a task that succeeds.
func (h *house) press(user string, id workflows.SubjectID, event workflows.Event, form workflows.Form) task.Task {
	h.Helper()
	if _, err := h.actTask(h.Context(), h.by(user), id, workflows.Act{Event: event, Form: form}); err != nil {
		h.Fatalf("%s by %q: %v", event, user, err)
	}
	return h.task(id)
}

// titles lists lines by their titles.
func titles(list []task.Listed, err error) []string {
	var titles []string
	for _, l := range list {
		titles = append(titles, l.Task.Title.En)
	}
	if err != nil {
		titles = append(titles, err.Error())
	}
	return titles
}

// broken lists what the verification of the audit names.
func (h *house) broken() []string {
	h.Helper()
	verdict, err := h.s.VerifyAudit(h.Context(), storage.Verification{})
	must(h.T, err)
	var list []string
	for _, b := range verdict.Broken {
		list = append(list, fmt.Sprintf("%s: %s", b, b.Why))
	}
	return list
}

// whole wants audit and state to agree (I5).
func (h *house) whole() {
	h.Helper()
	if list := h.broken(); list != nil {
		h.Errorf("I5: broken are\n%s", strings.Join(list, "\n"))
	}
}

// order is a subject of another sort, without tables of its own.
func (h *house) order(number string) workflows.Answer {
	h.Helper()
	o := order{number: number, c: h.by("tom")}
	a, err := h.s.Change(h.Context(), o.c, func() storage.Part { return o })
	must(h.T, err)
	return a
}

// rows counts those of every table that a change writes to.
func (h *house) rows() map[string]int {
	h.Helper()
	all := map[string]int{}
	for _, table := range []string{"subjects", "tasks", "plans", "audit", "audit_values", "causes", "cards", "notices", "due", "claims"} {
		all[table] = value[int](h.T, h.owner, "SELECT count(*) FROM "+table)
	}
	return all
}

// Storage keeps a task as the pure functions gave it, what the database reads out of it, and all that follows from each change.
func TestTaskIsStoredAsDecided(t *testing.T) {
	h := openHouse(t)
	var decided task.Task
	a, err := h.s.ChangeTask(t.Context(), h.by("kai"), []workflows.PersonID{h.id("tom")},
		func(stored task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
			if diff := cmp.Diff(task.Task{}, stored); diff != "" {
				t.Errorf("a new task begins with\n%s", diff)
			}
			if f.Org.Person(h.id("tom")).Manager != h.id("kai") || f.Org.Person(h.id("mei")).No != "mei" || !f.Reached[h.id("tom")] {
				t.Errorf("the facts are %+v", f)
			}
			var o workflows.Outcome
			var err error
			decided, o, err = task.New(newID(), task.Task{Title: workflows.Said("call 华信 Huaxin"), Note: workflows.Said("before noon"),
				Owner: h.id("tom"), Due: day("2026-03-04")}, actor, f)
			return decided, o, err
		})
	must(t, err)
	if a.Number != "TK-1" || a.Kind != task.Kind || a.ID != decided.ID || a.State != task.StateOpen || a.Seq != 1 || a.Repeated {
		t.Errorf("told is %+v", a)
	}
	stored, f, err := h.s.Task(t.Context(), a.ID, []workflows.PersonID{h.id("ivo")}, workflows.Wants{Roles: []string{"it"}}, h.now)
	must(t, err)
	decided.Number, decided.Digest = "TK-1", stored.Digest
	if diff := cmp.Diff(decided, stored); diff != "" || stored.Digest == "" {
		t.Errorf("stored otherwise than decided (-decided +stored):\n%s", diff)
	}
	for _, no := range []string{"tom", "kai", "wei", "ivo", "ian"} { // the owner, who added it, who leads them, who looks, who holds a role
		if f.Org.Person(h.id(no)).No != no || !f.Reached[h.id(no)] {
			t.Errorf("the facts hold nothing of %s", no)
		}
	}
	if got := value[string](t, h.owner, "SELECT concat_ws(' ', owner_id, due_on, source_id, helpers, part, open) FROM tasks"); got != fmt.Sprint(h.id("tom"), " 2026-03-04  t") {
		t.Errorf("the database reads %q", got)
	}
	if kind, err := h.s.KindOf(t.Context(), a.ID); err != nil || kind != task.Kind {
		t.Errorf("it is a %q, %v", kind, err)
	}
	if refs, err := h.s.Find(t.Context(), "TK-1"); err != nil || len(refs) != 1 || refs[0] != stored.Ref {
		t.Errorf("TK-1 is %+v, %v", refs, err)
	}
	counts := func(what string, want ...string) {
		t.Helper()
		got := value[string](t, h.owner, `SELECT concat((SELECT string_agg(b.user_id || ' ' || c.wanted, ',') FROM cards c JOIN bindings b ON b.id = c.binding_id), ' / ',
			(SELECT string_agg(d.kind || ' ' || d.slot, ',') FROM due d), ' / ',
			(SELECT string_agg(p.employee_no || ' ' || n.text, ',') FROM notices n JOIN people p ON p.id = n.party_id))`)
		same(t, what, strings.Split(got, " / "), want...)
	}
	counts("what follows from adding it", "tom 1", "task 0", "")

	h.now = h.now.Add(time.Hour)
	done := h.press("tom", a.ID, task.Done, nil)
	if done.State != task.StateDone || done.Seq != 2 || !done.EndedAt.Equal(h.now) || done.EndedBy != h.id("tom") || !done.ChangedAt.Equal(h.now) ||
		done.Title != decided.Title || done.Note != decided.Note {
		t.Errorf("done it is %+v", done)
	}
	counts("what follows from doing it", "tom 2", "", "kai notice.task_done")
	if value[bool](t, h.owner, "SELECT t.open OR NOT s.final FROM tasks t JOIN subjects s USING (id)") {
		t.Error("done it counts as open")
	}
	rows, err := h.s.Audit(t.Context(), a.ID)
	must(t, err)
	if len(rows) != 2 || rows[0].Actor != h.id("kai").Party() || rows[1].Actor != h.id("tom").Party() || rows[1].From != task.StateOpen ||
		rows[1].To != task.StateDone || rows[1].Event != task.Done {
		t.Errorf("the audit is %+v", rows)
	}
	h.whole()
}

// A refusal writes nothing, not even its cause: the next try is decided anew. What is no task cannot be changed as one.
func TestRefusedTaskWritesNothing(t *testing.T) {
	h := openHouse(t)
	tk := h.add("tom", "tom", "call Huaxin", "2026-03-04")
	before, rows := h.task(tk.ID), h.rows()
	refusal := workflows.Refuse(workflows.NotYours, "task.not_yours", nil)
	refuse := func(t task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
		_, o, err := task.Decide(t, workflows.Act{Event: task.Done}, workflows.PersonActor(f.Org.Person(t.Owner), "memory"), f)
		return t, o, errors.Join(refusal, err) // what comes with an error counts for nothing
	}
	c := h.by("tom")
	for _, id := range []workflows.SubjectID{"", tk.ID} {
		c.Subject = id
		if _, err := h.s.ChangeTask(t.Context(), c, nil, func(t task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
			if id == "" {
				made, o, _ := task.New(newID(), task.Task{Title: workflows.Said("x"), Owner: actor.Person.ID}, actor, f)
				return made, o, refusal
			}
			return refuse(t, actor, f)
		}); !errors.Is(err, refusal) {
			t.Errorf("the refusal is %v", err)
		}
	}
	_, err := h.actTask(t.Context(), h.by("ivo"), tk.ID, workflows.Act{Event: task.Done})
	wantCode(t, err, workflows.NotFound)
	placed := h.order("4711")
	for table, n := range map[string]int{"subjects": 1, "audit": 1, "audit_values": 1, "causes": 1} { // the order's
		rows[table] += n
	}
	for _, id := range []workflows.SubjectID{newID(), placed.ID} {
		_, err := h.actTask(t.Context(), h.by("tom"), id, workflows.Act{Event: task.Done})
		wantCode(t, err, workflows.NotFound)
		_, _, err = h.s.Task(t.Context(), id, nil, workflows.Wants{}, h.now)
		wantCode(t, err, workflows.NotFound)
	}
	_, err = h.s.KindOf(t.Context(), newID())
	wantCode(t, err, workflows.NotFound)
	if kind, err := h.s.KindOf(t.Context(), placed.ID); err != nil || kind != "order" {
		t.Errorf("the order is a %q, %v", kind, err)
	}
	_, err = press(t.Context(), h.s, on(tk.ID, "tom", "as a request"), nil)
	wantCode(t, err, workflows.NotFound)
	if diff := cmp.Diff(rows, h.rows()); diff != "" {
		t.Errorf("refused, and written (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before, h.task(tk.ID)); diff != "" {
		t.Errorf("refused, and changed:\n%s", diff)
	}
	if a, err := h.actTask(t.Context(), c, tk.ID, workflows.Act{Event: task.Done}); err != nil || a.Repeated || a.State != task.StateDone {
		t.Errorf("the same cause, decided anew: %+v, %v", a, err)
	}
	h.whole()
}

// I1: the same cause again, one after the other or at the same moment, is one change with one answer.
func TestI1OneCauseOneTask(t *testing.T) {
	h := openHouse(t)
	tk := task.Task{Title: workflows.Said("call Huaxin"), Owner: h.id("tom")}
	again := func(what string, do func(c workflows.Change) (workflows.Answer, error)) workflows.Answer {
		t.Helper()
		c := h.by("kai")
		answers := make([]workflows.Answer, 8)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				var err error
				if answers[i], err = do(c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		fresh := 0
		for i := range answers {
			if !answers[i].Repeated {
				fresh++
			}
			answers[i].Repeated = false
			if diff := cmp.Diff(asTold(t, answers[0]), asTold(t, answers[i])); diff != "" {
				t.Errorf("%s: answers differ:\n%s", what, diff)
			}
		}
		if fresh != 1 {
			t.Errorf("%s: %d of them were told that it was new", what, fresh)
		}
		return answers[0]
	}
	added := again("added", func(c workflows.Change) (workflows.Answer, error) { return h.newTask(t.Context(), c, tk) })
	if n := value[int](t, h.owner, "SELECT count(*) FROM tasks"); n != 1 || added.Number != h.task(added.ID).Number {
		t.Errorf("%d tasks were made, the answer is %s", n, added.Number)
	}
	over := workflows.Act{Event: task.HandOver, Form: workflows.Form{"person": "lin"}}
	again("handed over", func(c workflows.Change) (workflows.Answer, error) { return h.actTask(t.Context(), c, added.ID, over) })
	if got := h.task(added.ID); got.Seq != 2 || got.Owner != h.id("lin") {
		t.Errorf("it is %+v", got)
	}
	h.whole()
}

// asTold is an answer as its JSON says it, since that is how a repeat hears it.
func asTold(t *testing.T, a workflows.Answer) (v map[string]any) {
	t.Helper()
	body, err := json.Marshal(a)
	must(t, err)
	must(t, json.Unmarshal(body, &v))
	return v
}

// I2: the owner and whoever helps press at the same moment, many times. One of them does it; the others hear who did.
func TestI2TwoPressesOnATaskOneOutcome(t *testing.T) {
	h := openHouse(t)
	tk := h.add("", "tom", "order a laptop", "2026-03-04", h.helped(true, "lin"))
	h.add("", "lin", "another", "2026-03-04")
	results := make([]error, 8)
	var wg sync.WaitGroup
	for i := range results {
		user, act := "tom", workflows.Act{Event: task.Done}
		if i%2 == 1 {
			user, act = "lin", workflows.Act{Event: task.NotDone, Form: workflows.Form{"comment": "no time"}}
		}
		wg.Go(func() { _, results[i] = h.actTask(t.Context(), h.by(user), tk.ID, act) })
	}
	wg.Wait()
	won := 0
	after := h.task(tk.ID)
	for _, err := range results {
		var refused *workflows.Error
		switch {
		case err == nil:
			won++
		case !errors.As(err, &refused) || refused.Code != workflows.NotNow || refused.Text != "task.over":
			t.Error(err)
		case refused.Args["State"] != string(after.State) || refused.Args["By"] == "":
			t.Errorf("told is %v, and it is %s", refused.Args, after.State)
		}
	}
	if won != 1 || after.Seq != 2 || after.State == task.StateOpen {
		t.Errorf("%d presses did it, and it is %+v", won, after)
	}
	h.whole()
}

// paused has whatever changes some row wait at its commit, with everything written and every lock held, until released.
func (h *house) paused(table string, id workflows.SubjectID) (release func()) {
	h.Helper()
	holder := dial(h.T, h.db.Owner)
	exec(h.T, holder, "SELECT pg_advisory_lock(4711)")
	h.exec(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END'`)
	h.exec(fmt.Sprintf(`CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = '%s') EXECUTE FUNCTION hold()`, table, id))
	return func() {
		exec(h.T, holder, "SELECT pg_advisory_unlock(4711)")
		h.exec("DROP FUNCTION hold CASCADE")
	}
}

// Presses on two tasks of one plan, and on the plan itself, wait for nothing of one another: while one of them has written everything and
// is not committed, the others are.
func TestTasksOfAPlanDoNotWaitForOneAnother(t *testing.T) {
	for _, held := range []string{"tasks", "plans"} {
		h := openHouse(t)
		p := h.begin("nia", "lin", "kai", "2026-03-02")
		h.tick(p.ID)
		a, b := h.give(p, "one", "guide", "nia", "2026-03-02"), h.give(p, "one", "talk", "nia", "2026-03-03")
		first := func() error {
			_, err := h.actTask(t.Context(), h.by("nia"), a.ID, workflows.Act{Event: task.Done})
			return err
		}
		id := a.ID
		if held == "plans" {
			id = p.ID
			first = func() error {
				_, err := h.actPlan(t.Context(), h.by("lin"), p.ID, h.signs(p.ID, "yes", ""))
				return err
			}
		}
		second := map[string]func(ctx context.Context) error{"another task": func(ctx context.Context) error {
			_, err := h.actTask(ctx, h.by("nia"), b.ID, workflows.Act{Event: task.Done})
			return err
		}}
		if held == "tasks" {
			second["the plan"] = func(ctx context.Context) error {
				_, err := h.actPlan(ctx, h.by("lin"), p.ID, h.signs(p.ID, "yes", ""))
				return err
			}
			second["a task that it gives out"] = func(ctx context.Context) error {
				_, err := h.newTask(ctx, h.by(""), h.given(p, "two", "visit", "nia", "2026-03-05"))
				return err
			}
		}
		release := h.paused(held, id)
		done := make(chan error, 1)
		go func() { done <- first() }()
		waits(t, h.owner, done)
		for what, press := range second {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if err := press(ctx); err != nil {
				t.Errorf("while one of %s is not committed, %s waits: %v", held, what, err)
			}
			cancel()
		}
		release()
		must(t, <-done)
		if done := value[int](t, h.owner, "SELECT count(*) FROM subjects WHERE kind = 'task' AND state = 'done'"); done != 2 && held == "tasks" || done < 1 {
			t.Errorf("%d tasks are done", done)
		}
		h.whole()
	}
}

// What is due first comes first, and of one day what was added first. Pages follow one another without a gap and without a line twice, also
// behind a task that was done, handed over or put off meanwhile.
func TestOpenTasksPageByPage(t *testing.T) {
	h := openHouse(t)
	ids := map[string]workflows.SubjectID{}
	for _, tk := range []struct{ title, due string }{
		{"g", "2026-03-09"}, {"c", "2026-03-04"}, {"d", "2026-03-04"}, {"a", "2026-03-02"}, {"e", "2026-03-04"}, {"b", "2026-03-03"}, {"f", "2026-03-04"},
		{"done", "2026-03-04"}, {"i", "2027-01-01"}, {"h", "2026-03-10"},
	} {
		ids[tk.title] = h.add("tom", "tom", tk.title, tk.due).ID
	}
	h.press("tom", ids["done"], task.Done, nil)
	h.add("lin", "lin", "of somebody else", "2026-03-04")
	tom := h.id("tom")
	page := func(after string, limit int) []string {
		t.Helper()
		return titles(h.s.OpenTasks(t.Context(), tom, ids[after], limit))
	}
	all := strings.Split("abcdefghi", "")
	same(t, "all", page("", 100), all...)
	for size := 1; size <= len(all)+1; size++ {
		var read []string
		last := ""
		for {
			lines := page(last, size)
			if len(lines) == 0 {
				break
			}
			read, last = append(read, lines...), lines[len(lines)-1]
		}
		same(t, fmt.Sprint("pages of ", size), read, all...)
	}
	list, err := h.s.OpenTasks(t.Context(), tom, "", 2)
	must(t, err)
	for i, l := range list {
		if want := h.task(ids[all[i]]); l.Owner != "Tom Baker" || cmp.Diff(want, l.Task) != "" {
			t.Errorf("a line is %+v, want %+v", l, want)
		}
	}

	same(t, "up to d", page("", 4), "a", "b", "c", "d")
	h.press("tom", ids["d"], task.Done, nil)
	h.press("tom", ids["b"], task.Done, nil)
	same(t, "behind d, which was done", page("d", 3), "e", "f", "g")
	h.press("kai", ids["e"], task.HandOver, workflows.Form{"person": "lin"})
	same(t, "behind e, which is somebody else's", page("e", 3), "f", "g", "h")
	h.press("tom", ids["f"], task.Snooze, workflows.Form{"until": "2026-03-20"})
	same(t, "behind f, of which one is reminded later", page("f", 3), "g", "h", "i")
	h.press("tom", ids["d"], task.Reopen, nil)
	same(t, "in front of what was done by mistake", page("c", 2), "d", "f")
	same(t, "behind the last", page("i", 3))
	same(t, "of whoever has nothing to do", titles(h.s.OpenTasks(t.Context(), h.id("wei"), "", 3)))
	if list, err := h.s.OpenTasks(t.Context(), tom, newID(), 1); err != nil || len(list) > 1 {
		t.Errorf("behind what is no task: %v, %v", list, err)
	}
	h.whole()
}

// A leader sees how much each below them has to do, at any depth, who is late first: nothing of themselves, of those above and beside them,
// of who has left and of what is done; and it is counted as far as is worth reading.
func TestTaskCountsOfThoseBelow(t *testing.T) {
	h := openHouse(t)
	today := day("2026-03-04")
	for _, tk := range []struct{ owner, due string }{
		{"wei", "2026-03-02"}, {"kai", "2026-03-02"}, {"kai", "2026-03-09"},
		{"tom", "2026-03-03"}, {"tom", "2026-03-04"}, {"tom", "2026-03-04"}, {"tom", "2026-03-05"},
		{"lin", "2026-03-02"}, {"lin", "2026-03-03"}, {"nia", "2026-03-04"}, {"ivo", "2026-03-05"}, {"bob", "2026-03-02"},
	} {
		h.add("", tk.owner, "task", tk.due)
	}
	h.press("nia", h.add("", "nia", "done in time", "2026-03-02").ID, task.Done, nil)
	read := func(no string, limit int) (list []string) {
		t.Helper()
		counts, err := h.s.TaskCounts(t.Context(), h.id(no), today, limit)
		must(t, err)
		for _, c := range counts {
			if c.Person.ID != h.id(c.Person.No) || c.Person.Name != person(t, h.s, c.Person.No).Name {
				t.Errorf("%+v is nobody", c.Person)
			}
			list = append(list, fmt.Sprintf("%s %d, late %d, today %d", c.Person.No, c.Open, c.Late, c.Today))
		}
		return list
	}
	below := []string{"lin 2, late 2, today 0", "tom 4, late 1, today 2", "nia 1, late 0, today 1"}
	same(t, "Kai sees", read("kai", 9), below...)
	same(t, "Kai sees of one", read("kai", 1), below[0])
	same(t, "Wei sees", read("wei", 9), below[0], "kai 2, late 1, today 0", below[1], "ivo 1, late 0, today 0", below[2])
	same(t, "Tom, who leads nobody, sees", read("tom", 9))
	same(t, "hr, who leads nobody, sees", read("mei", 9))
	h.exec("UPDATE people SET manager_id = (SELECT id FROM people WHERE employee_no = 'tom') WHERE employee_no = 'kai'")
	same(t, "in a circle Tom sees", read("tom", 9), below[0], "kai 2, late 1, today 0", below[2])
	h.exec("UPDATE people SET manager_id = (SELECT id FROM people WHERE employee_no = 'wei') WHERE employee_no = 'kai'")

	// What is late is counted however many there are: of those that are read it is the first.
	h.exec(`INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
		SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'M-' || i, 'task', 'open', false, 1, '', 1, now(), '' FROM generate_series(1, $1::integer) i`,
		workflows.MostCounted+20)
	h.exec(`INSERT INTO tasks (id, body, open)
		SELECT s.id, jsonb_build_object('owner', p.id, 'due', CASE WHEN s.number IN ('M-1018', 'M-1019', 'M-1020') THEN '2026-01-01' ELSE '2026-12-01' END), true
		  FROM subjects s, people p WHERE s.number LIKE 'M-%' AND p.employee_no = 'nia' ORDER BY s.id`)
	for _, how := range []string{"uncounted", "counted"} {
		same(t, "of very many, "+how, read("kai", 1), fmt.Sprintf("nia %d, late 3, today 1", workflows.MostCounted))
		h.exec("ANALYZE")
	}
}

// What somebody may do in another's place is what an office has, and what belongs to whoever is away now, in no chat, or has left. It is
// nothing of whoever is there, and nothing for whoever is not named.
func TestStandInTasksWhileTheOwnerIsNotThere(t *testing.T) {
	h := openHouse(t)
	h.exec("UPDATE people SET timezone = 'Pacific/Pago_Pago' WHERE employee_no = 'tom'") // where it is the afternoon of Sunday the 1st
	now := workflows.Span{Start: 2*day("2026-03-01").Days() + 1, End: 2*day("2026-03-01").Days() + 2}
	h.add("", "tom", "late", "2026-03-05", h.helped(false, "kai", "lin"))
	h.add("", "tom", "own", "2026-03-04", h.helped(false, "lin"))
	office := h.add("", "tom", "office", "2026-03-03", h.helped(true, "lin", "kai"))
	h.add("", "tom", "alone", "2026-03-02")
	h.add("", "lin", "mine", "2026-03-02", h.helped(false, "tom"))
	h.press("", h.add("", "tom", "over", "2026-03-02", h.helped(true, "lin")).ID, task.Skip, nil)
	book := func(span workflows.Span, away, approved bool) string {
		return fmt.Sprintf(`INSERT INTO bookings (subject_id, person_id, halves, away, approved)
			SELECT '%s', p.id, int4range(%d, %d), %t, %t FROM people p WHERE p.employee_no = 'tom'`, office.ID, span.Start, span.End, away, approved)
	}
	shift := func(by int) workflows.Span { return workflows.Span{Start: now.Start + by, End: now.End + by} }
	const toms = " WHERE party_id = (SELECT id FROM people WHERE employee_no = 'tom')"
	for _, test := range []struct {
		name, sql string
		there     bool
	}{
		{"here", "SELECT", true},
		{"away", book(now, true, true), false},
		{"away since long", book(workflows.Span{Start: now.Start - 20, End: now.End + 20}, true, true), false},
		{"away in the morning", book(shift(-1), true, true), true},
		{"away tomorrow", book(shift(1), true, true), true},
		{"away where it is Monday already", book(whole(day("2026-03-02")), true, true), true},
		{"asking for leave", book(now, true, false), true},
		{"at work elsewhere", book(now, false, true), true},
		{"in no chat", "UPDATE bindings SET ended_at = now()" + toms, false},
		{"in a chat that takes nothing", "UPDATE bindings SET gone_at = now()" + toms, false},
		{"in two chats, one of which takes nothing", `INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at, gone_at)
			SELECT 'person', id, 'slack', 'T1', 'U7', now(), now() FROM people WHERE employee_no = 'tom'`, true},
		{"in no chat, as a customer is in one", `WITH gone AS (UPDATE bindings SET ended_at = now() ` + toms + ` RETURNING party_id)
			INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at) SELECT 'contact', party_id, 'slack', 'T1', 'U7', now() FROM gone`, false},
		{"gone", "UPDATE people SET active = false WHERE employee_no = 'tom'", false},
		{"here again", "SELECT", true},
	} {
		h.exec("CREATE TABLE kept AS SELECT * FROM bindings")
		h.exec(test.sql)
		lin, kai := []string{"office", "own", "late"}, []string{"office", "late"}
		if test.there {
			lin, kai = lin[:1], kai[:1]
		}
		read := func(no string, limit int) []string {
			return titles(h.s.StandInTasks(t.Context(), h.id(no), h.now, limit))
		}
		same(t, test.name+": Lin may do", read("lin", 9), lin...)
		same(t, test.name+": Lin may do first", read("lin", 2), lin[:min(2, len(lin))]...)
		same(t, test.name+": Kai may do", read("kai", 9), kai...)
		for _, no := range []string{"mei", "wei", "nia", "tom"} {
			same(t, test.name+": who is not named may do", read(no, 9))
		}
		h.exec("DELETE FROM bookings")
		h.exec("UPDATE people SET active = true WHERE employee_no = 'tom'")
		h.exec("DELETE FROM bindings WHERE id NOT IN (SELECT id FROM kept)")
		h.exec("UPDATE bindings b SET ended_at = k.ended_at, gone_at = k.gone_at FROM kept k WHERE k.id = b.id")
		h.exec("DROP TABLE kept")
	}
	list, err := h.s.StandInTasks(t.Context(), h.id("kai"), h.now, 9)
	must(t, err)
	if len(list) != 1 || list[0].Owner != "Tom Baker" || list[0].Task.ID != office.ID || !slices.Contains(list[0].Task.Helpers, h.id("kai")) {
		t.Errorf("a line is %+v", list)
	}
}

// tampered changes what is stored, and wants that named and nothing else, until it is changed back.
func (h *house) tampered(name, sql, want string) {
	h.Run(name, func(t *testing.T) {
		tables := []string{"subjects", "tasks", "plans", "claims"}
		exec(t, h.owner, "SET session_replication_role = replica") // what points where does not matter to whoever breaks things
		for _, table := range tables {
			exec(t, h.owner, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
		}
		defer func() {
			for _, table := range tables {
				columns := "*"
				if table == "tasks" || table == "plans" { // the database reads the others out of these
					columns = "id, body, open"
				}
				exec(t, h.owner, "DELETE FROM "+table)
				exec(t, h.owner, "INSERT INTO "+table+strings.TrimSuffix(" ("+columns+")", " (*)")+" SELECT "+columns+" FROM kept_"+table)
			}
			for _, table := range tables {
				exec(t, h.owner, "DROP TABLE kept_"+table)
			}
			exec(t, h.owner, "SET session_replication_role = DEFAULT")
			if list := h.broken(); list != nil {
				t.Fatalf("changed back, there is still %v", list)
			}
		}()
		if tag, err := h.owner.Exec(t.Context(), sql); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("it changed nothing: %v", err)
		}
		list := h.broken()
		if want == "" && list != nil || want != "" && (len(list) != 1 || !strings.HasPrefix(list[0], want)) {
			t.Errorf("named are\n%s\nwant %s", strings.Join(list, "\n"), want)
		}
		if strings.Contains(strings.Join(list, "\n"), "dentist") {
			t.Errorf("what somebody wrote is told: %v", list)
		}
	})
}

// ofNumber is a change of the row of what has a number.
func ofNumber(table, number, change string) string {
	return fmt.Sprintf("UPDATE %s SET %s WHERE id = (SELECT id FROM subjects WHERE number = '%s')", table, change, number)
}

// I5: whatever is changed of what is stored of a task, or taken away, the verification names the task and the change.
func TestI5TaskIsHeldAgainstItsAudit(t *testing.T) {
	h := openHouse(t)
	tk := h.add("kai", "tom", "ask the dentist", "2026-03-04", func(t *task.Task) { t.Note = workflows.Said("a <b> & \u2028 “dentist” 牙医") })
	h.press("tom", tk.ID, task.Snooze, workflows.Form{"until": "2026-03-03"})
	h.press("kai", tk.ID, task.HandOver, workflows.Form{"person": "lin"})
	h.press("lin", tk.ID, task.NotDone, workflows.Form{"comment": "the dentist is away"})
	h.add("lin", "lin", "the next", "2026-03-04")
	h.order("4711")
	h.whole()
	body := func(change string) string { return ofNumber("tasks", "TK-1", "body = body || '"+change+"'") }
	const otherwise = "TK-1 seq 4: it is not what the audit says"
	tests := map[string][2]string{
		"tasks.body":              {body(`{"title": {"en": "nothing"}}`), otherwise},
		"the owner":               {body(`{"owner": 1}`), otherwise},
		"the day":                 {body(`{"due": "2026-12-31"}`), otherwise},
		"when it ended":           {body(`{"ended_at": "2026-03-02T01:00:00Z"}`), otherwise},
		"who stands in":           {body(`{"helpers": [1]}`), otherwise},
		"where it comes from":     {body(`{"source": {"kind": "plan"}}`), otherwise},
		"a key of its body":       {ofNumber("tasks", "TK-1", "body = body - 'reason'"), otherwise},
		"all of its body":         {ofNumber("tasks", "TK-1", `body = '{"owner": 1, "due": ""}'`), otherwise},
		"tasks.open":              {ofNumber("tasks", "TK-1", "open = true"), "TK-1 seq 4: open is true, the audit says false"},
		"one that is open":        {ofNumber("tasks", "TK-2", "open = false"), "TK-2 seq 1: open is false, the audit says true"},
		"its row":                 {"DELETE FROM tasks WHERE id = (SELECT id FROM subjects WHERE number = 'TK-1')", "TK-1 seq 1: its own row is missing"},
		"tasks.id":                {ofNumber("tasks", "TK-1", "id = '00000000-0000-7000-8000-000000000001'"), "TK-1 seq 1: its own row is missing"},
		"its subject":             {"DELETE FROM subjects WHERE number = 'TK-1'", string(tk.ID) + " seq 4: its subject is missing"},
		"subjects.state":          {ofNumber("subjects", "TK-1", "state = 'done'"), `TK-1 seq 4: state is "done", the audit says "not_done"`},
		"subjects.final":          {ofNumber("subjects", "TK-1", "final = false"), "TK-1 seq 4: "},
		"subjects.revision":       {ofNumber("subjects", "TK-1", "revision = 2"), "TK-1 seq 4: revision is 2, the audit says 1"},
		"subjects.digest":         {ofNumber("subjects", "TK-1", "digest = sha256('x')"), "TK-1 seq 1: digest is "},
		"subjects.seq":            {ofNumber("subjects", "TK-1", "seq = 5"), "TK-1 seq 5: the row is missing"},
		"subjects.changed_at":     {ofNumber("subjects", "TK-1", "changed_at = changed_at + interval '1 microsecond'"), "TK-1 seq 4: changed_at is "},
		"subjects.audit_hash":     {ofNumber("subjects", "TK-1", "audit_hash = sha256('x')"), "TK-1 seq 4: the row is not the one"},
		"subjects.erased":         {ofNumber("subjects", "TK-1", "erased = true"), "TK-1 seq 4: it counts as erased, but the audit still tells all of it"},
		"subjects.kind":           {ofNumber("subjects", "TK-1", "kind = 'order'"), "TK-1 seq "},
		"kind and body":           {"WITH s AS (UPDATE subjects SET kind = 'order' WHERE number = 'TK-1' RETURNING id) UPDATE tasks t SET body = body || '{\"owner\": 1}' FROM s WHERE s.id = t.id", "TK-1 seq "},
		"open and final at once":  {"WITH s AS (UPDATE subjects SET final = true WHERE number = 'TK-2' RETURNING id) UPDATE tasks t SET open = false FROM s WHERE s.id = t.id", "TK-2 seq 1: "},
		"a task that nobody made": {`INSERT INTO tasks (id, body, open) SELECT id, '{"owner": 1, "due": "2026-03-02"}', true FROM subjects WHERE number = '4711'`, "4711 seq "},
	}
	for name, test := range tests {
		h.tampered(name, test[0], test[1])
	}
	for _, column := range strings.Fields(value[string](t, h.owner, `SELECT string_agg(table_name || '.' || column_name, ' ') FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = 'tasks' AND is_generated = 'NEVER'`)) {
		if _, ok := tests[column]; !ok {
			t.Errorf("%s is compared by no test", column)
		}
	}
}

// I5, I15: where values were erased what came after them is still compared, and of what may have changed in them only what does not depend
// on that.
func TestI5TaskOfWhichValuesWereErased(t *testing.T) {
	h := openHouse(t)
	tk := h.add("kai", "tom", "ask the dentist", "2026-03-04")
	h.press("kai", tk.ID, task.HandOver, workflows.Form{"person": "lin"})
	h.press("lin", tk.ID, task.HandOver, workflows.Form{"person": "nia"})
	h.add("lin", "lin", "the next", "2026-03-04")
	erase := func(seq int) {
		h.exec("UPDATE audit_values SET salt = NULL, body = NULL WHERE subject_id = $1 AND seq = $2", string(tk.ID), seq)
		h.whole()
	}
	owner := ofNumber("tasks", "TK-1", `body = body || '{"owner": 1}'`)
	erase(2)
	h.tampered("what a later row tells", owner, "TK-1 seq 3: it is not what the audit says")
	h.tampered("another task", ofNumber("tasks", "TK-2", `body = body || '{"owner": 1}'`), "TK-2 seq 1: it is not what the audit says")
	erase(3)
	h.tampered("what may stand in the erased row", owner, "")
	h.tampered("whether it is open", ofNumber("tasks", "TK-1", "open = false"), "TK-1 seq 3: open is false, the audit says true")
	h.tampered("its row", "DELETE FROM tasks WHERE id = (SELECT id FROM subjects WHERE number = 'TK-1')", "TK-1 seq 1: its own row is missing")
	h.press("nia", tk.ID, task.Done, nil)
	h.whole()
	h.tampered("what a row behind them tells", owner, "TK-1 seq 4: it is not what the audit says")
	erase(1)
	verdict, err := h.s.VerifyAudit(t.Context(), storage.Verification{})
	must(t, err)
	if verdict.Partial != 1 || verdict.Subjects != 2 || verdict.Records != 5 {
		t.Errorf("the verdict is %+v", verdict)
	}
}
