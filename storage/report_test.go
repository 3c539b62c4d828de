package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// spent has claims of Tom, who reports to Zhou, who reports to Chen, and of Lin, who reports to Chen too. Of one of them another kind's
// request spends something.
const spent = `
INSERT INTO people (employee_no, name, department) VALUES
	('E1', 'Chen', 'Board'), ('E2', 'Zhou', 'Sales'), ('E3', 'Tom', 'Sales'), ('E4', 'Lin', 'Office'), ('E5', 'Old', 'Sales');
UPDATE people p SET manager_id = m.id FROM people m
 WHERE (p.employee_no, m.employee_no) IN (('E2', 'E1'), ('E3', 'E2'), ('E4', 'E1'), ('E5', 'E2'));
UPDATE people SET active = false WHERE employee_no = 'E5';
CREATE TABLE claimed (number text, no text, state text, kind text, definition text, form jsonb, dates date[], headings text[], bases bigint[]);
INSERT INTO claimed VALUES
	('EX-1', 'E3', 'paid', 'expense', 'one', '{}', '{2026-10-01,2026-10-31}', '{meal,travel}', '{1000,20000}'),
	('EX-2', 'E3', 'approved', 'expense', 'one', '{"cost_center": "Fair"}', '{2026-10-15}', '{meal}', '{500}'),
	('EX-3', 'E3', 'pending', 'expense', 'one', '{}', '{2026-10-15}', '{meal}', '{7777}'),
	('EX-4', 'E4', 'part_paid', 'expense', 'two', '{"cost_center": ""}', '{2026-10-02}', '{travel}', '{30000}'),
	('EX-5', 'E2', 'approved', 'expense', 'one', '{}', '{2026-09-30}', '{meal}', '{900}'),
	('EX-6', 'E3', 'paid', 'expense', 'one', '{}', '{2026-05-01,2026-04-30,2026-11-01}', '{meal,meal,meal}', '{11,22,33}'),
	('EX-7', 'E5', 'paid', 'expense', 'one', '{}', '{2026-10-09}', '{other}', '{40}'),
	('TR-1', 'E3', 'paid', 'trip', 'one', '{}', '{2026-10-15}', '{meal}', '{123456}');
INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT gen_random_uuid(), number, kind, definition, state, false, 1, '', 1, now(), '' FROM claimed;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT s.id, p.id, p.id, c.form, '{}', '[]', 0, now() FROM claimed c JOIN subjects s USING (number) JOIN people p ON p.employee_no = c.no;
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT s.id, l.line, p.id, l.heading, l.date, 1, 'CNY', l.base
  FROM claimed c JOIN subjects s USING (number) JOIN people p ON p.employee_no = c.no,
       unnest(c.dates, c.headings, c.bases) WITH ORDINALITY l (date, heading, base, line)`

// october wants what claims spent in it, and in the five months before by heading.
func october(scope workflows.Scope, person workflows.PersonID) workflows.SpendingWanted {
	return workflows.SpendingWanted{Kind: "expense", Scope: scope, Person: person, Month: workflows.Date{Year: 2026, Month: 10, Day: 1}, Months: 6,
		Approved: []workflows.State{"approved", "paid", "part_paid"}, CostCenter: "cost_center"}
}

// written lists sums shortly.
func written(list []workflows.Sum) string {
	var parts []string
	for _, s := range list {
		part := fmt.Sprintf("%s%s %s %s: %d", s.Key, s.Name, s.Month.String()[:7], s.Definition, s.Base)
		if s.Requests > 0 {
			part += fmt.Sprint(" of ", s.Requests)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// A month is from its first day to its last; only what was approved counts, other kinds and other months do not; who left is among those
// below their manager; and somebody sees nobody else's.
func TestSpending(t *testing.T) {
	db := storagetest.New(t)
	conn := dial(t, db.Owner)
	s := storagetest.Connect(t, db)
	exec(t, conn, spent)
	check := func(scope workflows.Scope, no, headings, centers, people, states string) {
		t.Helper()
		got, err := s.Spending(t.Context(), october(scope, person(t, s, no).ID))
		must(t, err)
		for _, part := range [][3]string{{"by heading", written(got.Headings), headings}, {"by cost centre", written(got.CostCenters), centers},
			{"by person", written(got.People), people}, {"by state", written(got.States), states}} {
			if part[1] != part[2] {
				t.Errorf("%s %s, %s:\n%s, want\n%s", scope, no, part[0], part[1], part[2])
			}
		}
	}
	check(workflows.CompanyScope, "E1",
		"meal 2026-05 one: 11, meal 2026-09 one: 900, meal 2026-10 one: 1500, other 2026-10 one: 40, "+
			"travel 2026-10 one: 20000, travel 2026-10 two: 30000",
		"Fair 2026-10 one: 500, Office 2026-10 two: 30000, Sales 2026-10 one: 21040",
		"E3Tom 2026-10 one: 21500, E4Lin 2026-10 two: 30000, E5Old 2026-10 one: 40",
		"approved 2026-10 one: 500 of 1, paid 2026-10 one: 21040 of 2, part_paid 2026-10 two: 30000 of 1, pending 2026-10 one: 7777 of 1")
	check(workflows.BelowScope, "E2",
		"meal 2026-05 one: 11, meal 2026-09 one: 900, meal 2026-10 one: 1500, other 2026-10 one: 40, travel 2026-10 one: 20000",
		"Fair 2026-10 one: 500, Sales 2026-10 one: 21040",
		"E3Tom 2026-10 one: 21500, E5Old 2026-10 one: 40",
		"approved 2026-10 one: 500 of 1, paid 2026-10 one: 21040 of 2, pending 2026-10 one: 7777 of 1")
	check(workflows.OwnScope, "E4", "travel 2026-10 two: 30000", "Office 2026-10 two: 30000", "E4Lin 2026-10 two: 30000",
		"part_paid 2026-10 two: 30000 of 1")
	check(workflows.OwnScope, "E1", "", "", "", "")
	if _, err := s.Spending(t.Context(), october("", person(t, s, "E1").ID)); err == nil {
		t.Error("a scope that nobody named sums something")
	}
	for no, want := range map[string]bool{"E1": true, "E2": true, "E3": false, "E4": false} {
		if leads, err := s.LeadsPeople(t.Context(), person(t, s, no).ID); err != nil || leads != want {
			t.Errorf("%s leads: %v, %v", no, leads, err)
		}
	}

	exec(t, conn, "UPDATE charges SET base = 9223372036854775807 WHERE heading = 'travel'")
	exec(t, conn, "UPDATE charges SET heading = 'travel' WHERE heading = 'meal'")
	_, err := s.Spending(t.Context(), october(workflows.CompanyScope, 0))
	if !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "report.too_large"}) {
		t.Errorf("sums that are too large: %v", err)
	}
}

// history has claims of 200 people in two departments, so many months of them before November 2026, a thousand a month with three lines
// each. P1 leads ten people, of whom P2 leads ten more.
const history = `
INSERT INTO people (employee_no, name, department) SELECT 'P' || i, 'P' || i, CASE WHEN i %% 2 = 0 THEN 'Sales' ELSE 'Office' END
  FROM generate_series(1, 200) i;
UPDATE people p SET manager_id = m.id FROM people m
 WHERE m.employee_no = 'P1' AND p.employee_no IN (SELECT 'P' || i FROM generate_series(2, 11) i)
    OR m.employee_no = 'P2' AND p.employee_no IN (SELECT 'P' || i FROM generate_series(12, 21) i);
INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'EX-' || i, 'expense', 'one', 'paid', true, 1, '', 1, now(), ''
  FROM generate_series(1, 1000 * %[1]d) i;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT s.id, p.id, p.id, '{}', '{}', '[]', 0, now()
  FROM subjects s JOIN people p ON p.employee_no = 'P' || (1 + substr(s.number, 4)::integer %% 200);
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT r.id, line, r.requester_id, 'h' || line, date '2026-11-01' - interval '1 month' * %[1]d
       + interval '1 month' * (substr(s.number, 4)::integer / 1000) + interval '1 day' * (substr(s.number, 4)::integer %% 28), 1, 'CNY', 100
  FROM generate_series(1, 3) line, subjects s JOIN requests r USING (id)`

// A report over five years of claims reads no more of the database than one over seven months does: it looks at the months that it is of,
// and only at the people whose it is. That holds while Postgres has not counted its rows, too.
func TestReportsReadOnlyTheirMonths(t *testing.T) {
	texts := constants(t, ".")
	measured := func(months int) (all map[string]int, plans map[string]string) {
		t.Helper()
		conn := planning(t)
		exec(t, conn, fmt.Sprintf(history, months))
		all, plans = map[string]int{}, map[string]string{}
		for _, when := range []string{"uncounted", "counted"} {
			if when == "counted" {
				exec(t, conn, "VACUUM ANALYZE")
			}
			for _, name := range []string{"sqlSpentByAll", "sqlSpentByBelow", "sqlSpentByOne"} {
				values := pgx.NamedArgs{"kind": "'expense'", "month": "'2026-10-01'", "from": "'2026-05-01'", "before": "'2026-11-01'",
					"approved": "'{paid}'", "cost_center": "'cost_center'"}
				if name != "sqlSpentByAll" {
					values["manager"] = fmt.Sprint(value[int64](t, conn, "SELECT id FROM people WHERE employee_no = 'P1'"))
				}
				n, rows, plan := explain(t, conn, texts[name], values)
				if rows < 3*6+3 {
					t.Fatalf("%s sums something else: %d rows, %s", name, rows, plan)
				}
				all[name+" "+when], plans[name+" "+when] = n, plan
			}
		}
		return all, plans
	}
	few, _ := measured(7)
	many, plans := measured(60)
	for name, n := range many {
		t.Logf("%s: %d pages of 7 months, %d of 60", name, few[name], n)
		if n > few[name]+few[name]/2+50 {
			t.Errorf("%s: %d pages of 7 months, %d of 60\n%s", name, few[name], n, plans[name])
		}
	}
}
