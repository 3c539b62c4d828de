package storage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// listed has requests of p1 wait for p2, one each second, and for everybody else as many again.
const listed = `
INSERT INTO people (employee_no, name) SELECT 'p' || i, 'P' || i FROM generate_series(1, 10) i;
INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT gen_random_uuid(), 'LV-' || i, 'leave', 'pending', false, 1, '', 1, now(), '' FROM generate_series(1, %[1]d) i;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT s.id, p.id, p.id, '{"type": "annual"}', '{"minutes": 480}', '[]', 0,
       '2026-03-02'::timestamptz + ltrim(s.number, 'LV-')::integer * interval '1 second'
  FROM subjects s, people p WHERE p.employee_no = 'p1';
INSERT INTO turns (request_id, revision, step, slot, person_id, state, opened_at, nr)
SELECT r.id, 1, 0, p.id, p.id, 'open', r.submitted_at, p.id FROM requests r, people p WHERE p.employee_no IN ('p2', 'p3', 'p4')`

// Pages follow one another without a gap and without a line twice, there and back, also when lines are decided in between; each says where
// it is and how many there are.
func TestPagesOfAList(t *testing.T) {
	db := storagetest.New(t)
	conn := dial(t, db.Owner)
	s := storagetest.Connect(t, db)
	exec(t, conn, fmt.Sprintf(listed, 24))
	asker := workflows.PersonID(value[int64](t, conn, "SELECT id FROM people WHERE employee_no = 'p1'"))
	decider := workflows.PersonID(value[int64](t, conn, "SELECT id FROM people WHERE employee_no = 'p2'"))
	read := func(l workflows.List, err error) (workflows.List, string) {
		t.Helper()
		must(t, err)
		var numbers []string
		for _, line := range l.Lines {
			numbers = append(numbers, strings.TrimPrefix(line.Request.Number, "LV-"))
		}
		return l, fmt.Sprintf("%d–%d of %d: %s", l.First, l.Last(), l.Total, strings.Join(numbers, " "))
	}
	page := func(l workflows.List, size int, back bool) workflows.Page {
		if back {
			return workflows.Page{Before: l.Lines[0].Request.ID, Size: size}
		}
		return workflows.Page{After: l.Lines[len(l.Lines)-1].Request.ID, Size: size}
	}
	check := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}

	first, shown := read(s.ApprovalsOf(t.Context(), decider, workflows.Page{Size: 10}))
	check(shown, "1–10 of 24: 1 2 3 4 5 6 7 8 9 10")
	second, shown := read(s.ApprovalsOf(t.Context(), decider, page(first, 10, false)))
	check(shown, "11–20 of 24: 11 12 13 14 15 16 17 18 19 20")
	_, shown = read(s.ApprovalsOf(t.Context(), decider, page(second, 10, true)))
	check(shown, "1–10 of 24: 1 2 3 4 5 6 7 8 9 10")
	third, shown := read(s.ApprovalsOf(t.Context(), decider, page(second, 10, false)))
	check(shown, "21–24 of 24: 21 22 23 24")
	_, shown = read(s.ApprovalsOf(t.Context(), decider, page(third, 10, false)))
	check(shown, "1–10 of 24: 1 2 3 4 5 6 7 8 9 10")
	if line := first.Lines[0]; len(line.People) != 1 || line.People[0] != "P1" || line.Request.Form["type"] != "annual" ||
		line.Request.Measures["minutes"] != 480 || !line.Since.Equal(line.Request.SubmittedAt) {
		t.Errorf("a line is %+v", line)
	}

	// Three of the first page are decided, the last of them too: the next page goes on where that one ended.
	exec(t, conn, `UPDATE turns SET state = 'closed' WHERE person_id = (SELECT id FROM people WHERE employee_no = 'p2')
	                  AND request_id IN (SELECT id FROM subjects WHERE number IN ('LV-2', 'LV-3', 'LV-10'))`)
	_, shown = read(s.ApprovalsOf(t.Context(), decider, page(first, 10, false)))
	check(shown, "8–17 of 21: 11 12 13 14 15 16 17 18 19 20")
	_, shown = read(s.ApprovalsOf(t.Context(), decider, page(second, 5, true)))
	check(shown, "3–7 of 21: 5 6 7 8 9")

	own, shown := read(s.RequestsOf(t.Context(), asker, workflows.Page{Size: 5}))
	check(shown, "1–5 of 24: 24 23 22 21 20")
	if holders := own.Lines[0].People; strings.Join(holders, " ") != "P2 P3 P4" {
		t.Errorf("LV-24 waits for %s", holders)
	}
	own, shown = read(s.RequestsOf(t.Context(), asker, page(own, 5, false)))
	check(shown, "6–10 of 24: 19 18 17 16 15")
	_, shown = read(s.RequestsOf(t.Context(), asker, page(own, 5, true)))
	check(shown, "1–5 of 24: 24 23 22 21 20")

	// An edge that is somebody else's says nothing of where a list begins.
	_, shown = read(s.RequestsOf(t.Context(), decider, page(own, 5, false)))
	check(shown, "1–0 of 0: ")
	// What is longer than can be counted says so.
	exec(t, conn, "TRUNCATE turns, requests, subjects, people CASCADE")
	exec(t, conn, fmt.Sprintf(listed, workflows.MostCounted+5))
	decider = workflows.PersonID(value[int64](t, conn, "SELECT id FROM people WHERE employee_no = 'p2'"))
	many, shown := read(s.ApprovalsOf(t.Context(), decider, workflows.Page{Size: 2}))
	check(shown, "1–2 of 1000: 1 2")
	if many.Total != workflows.MostCounted {
		t.Errorf("%d are counted", many.Total)
	}
}

// A page far inside a list of 20,000 reads no more of the database than one of 2,000 does, but for what lies further apart: it looks at its
// lines and at what it counts. That holds while Postgres has not counted its rows, too.
func TestListsReadNoMoreThanTheyShow(t *testing.T) {
	texts := constants(t, ".")
	lists := []string{"sqlRequestsAfter", "sqlRequestsBefore", "sqlApprovalsAfter", "sqlApprovalsBefore"}
	pages := func(conn *pgx.Conn, name, edge string) (n int, plan string) {
		t.Helper()
		person := "p2"
		if strings.HasPrefix(name, "sqlRequests") {
			person = "p1"
		}
		n, rows, plan := explain(t, conn, texts[name], pgx.NamedArgs{
			"person": fmt.Sprint(value[int64](t, conn, "SELECT id FROM people WHERE employee_no = '"+person+"'")),
			"edge":   "'" + value[string](t, conn, "SELECT id::text FROM subjects WHERE number = '"+edge+"'") + "'",
			"size":   "20", "most": fmt.Sprint(workflows.MostCounted),
		})
		if rows != 20 {
			t.Fatalf("%s shows something else than 20 lines: %s", name, plan)
		}
		return n, plan
	}
	measured := func(lines int, edge string) (all map[string]int, plans map[string]string) {
		t.Helper()
		conn := planning(t)
		exec(t, conn, fmt.Sprintf(listed, lines))
		all, plans = map[string]int{}, map[string]string{}
		for _, when := range []string{"uncounted", "counted"} {
			if when == "counted" {
				exec(t, conn, "VACUUM ANALYZE")
			}
			for _, name := range lists {
				all[name+" "+when], plans[name+" "+when] = pages(conn, name, edge)
			}
		}
		return all, plans
	}
	few, _ := measured(2000, "LV-1000")
	many, plans := measured(20_000, "LV-10000")
	for name, n := range many {
		t.Logf("%s: %d pages of 2,000, %d of 20,000", name, few[name], n)
		if n > 2*few[name]+50 || n > workflows.MostCounted {
			t.Errorf("%s: %d pages of 2,000, %d of 20,000\n%s", name, few[name], n, plans[name])
		}
	}
}
