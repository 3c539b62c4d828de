package storage_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
)

// owed fills a database with claims that wait to be paid, as many as ten people, each with two lines, and as many that are paid.
const owed = `
WITH p AS (INSERT INTO people (employee_no, name) SELECT 'p' || n, 'P' || n FROM generate_series(1, 10) n RETURNING id),
ordered AS (SELECT id, row_number() OVER (ORDER BY id) AS nr FROM p),
s AS (INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
	SELECT gen_random_uuid(), 'EX-' || n, 'expense', CASE WHEN n %% 2 = 0 THEN 'approved' ELSE 'paid' END, n %% 2 = 1, 1, sha256('x'), 1,
	       timestamptz '2026-01-01' + n * interval '1 minute', sha256('x')
	  FROM generate_series(1, 2 * %[1]d) n RETURNING id, number, changed_at),
r AS (INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
	SELECT s.id, o.id, o.id, '{}', '{}', '[]', 0, s.changed_at FROM s JOIN ordered o ON o.nr = 1 + substr(s.number, 4)::integer %% 10 RETURNING id, requester_id,
	       submitted_at)
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT r.id, line, r.requester_id, 'meal', date '2020-01-01' + (extract(epoch FROM r.submitted_at) / 60)::bigint::integer %% 2000, 1, 'CNY', 1
  FROM r, generate_series(1, 2) line`

// Finance's list costs the same whether a hundred claims wait to be paid or twenty thousand, and what a person has spent in a month the same
// however much they spent in their life.
func TestOfficeReadsNoMoreThanItShows(t *testing.T) {
	texts := constants(t, ".")
	measured := func(claims int) (list, charged int, plans string) {
		t.Helper()
		conn := planning(t)
		exec(t, conn, fmt.Sprintf(owed, claims))
		exec(t, conn, "VACUUM ANALYZE")
		list, rows, plan := explain(t, conn, texts["sqlInStates"], pgx.NamedArgs{"kind": "'expense'",
			"states": "'{approved,payment_queued,part_paid,payment_failed}'", "until": "now() + interval '1 year'", "last": "NULL", "limit": "21"})
		if rows != 21 {
			t.Fatalf("%d claims are listed: %s", rows, plan)
		}
		charged, rows, other := explain(t, conn, texts["sqlCharged"], pgx.NamedArgs{"requester": "1", "subject": "NULL",
			"platform": "''", "team": "''", "user": "''", "from": "'2021-03-01'", "to": "'2021-03-31'"})
		return list, charged, fmt.Sprintf("%s\n%d rows: %s", plan, rows, other)
	}
	few, _, _ := measured(100)
	many, charged, plans := measured(20_000)
	t.Logf("%d pages where 100 wait, %d where 20,000 do; %d for a month of one person", few, many, charged)
	if many > 2*few+200 || charged > 1000 { // a page is a few look-ups a line
		t.Errorf("%d pages where 100 wait, %d where 20,000 do; %d for a month of one person\n%s", few, many, charged, plans)
	}
}
