package storage_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
)

// large is a company of 20,000 with three requests each, one in twenty of them open, and all that hangs on these.
const large = `
INSERT INTO people (employee_no, name, manager_id, department, email, country)
SELECT 'p' || i, 'P' || i, nullif((i - 1) / 20, 0), 'D' || i / 50, 'p' || i || '@example.com', 'DE' FROM generate_series(1, 20000) i;
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', p.id, 'slack', 'T', p.employee_no, now() FROM people p;
INSERT INTO books (person_id) SELECT id FROM people;
INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT ('01900000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'LV-' || i, 'leave', 'd', CASE WHEN i % 20 = 0 THEN 'pending' ELSE 'rejected' END,
       i % 20 > 0, 1, '', 1, now(), '' FROM generate_series(1, 60000) i;
CREATE TEMP TABLE asked AS
SELECT s.id, s.number, s.final, p.id AS requester, coalesce(p.manager_id, 1) AS approver, b.id AS binding, row_number() OVER () AS nr
  FROM subjects s
  JOIN people p ON p.employee_no = 'p' || 1 + ltrim(s.number, 'LV-')::integer / 3
  JOIN bindings b ON b.party_id = p.id;
INSERT INTO requests (id, requester_id, submitted_by_id, form, measures, steps, step, submitted_at)
SELECT id, requester, requester, '{}', '{}', '[]', 0, now() FROM asked;
INSERT INTO turns (request_id, revision, step, slot, person_id, state, opened_at, nr)
SELECT id, 1, 0, 0, approver, CASE WHEN final THEN 'closed' ELSE 'open' END, now(), 1 FROM asked;
INSERT INTO causes (platform, team, user_id, key, subject_id, answer, at) SELECT 'slack', 'T', requester, number, id, '{}', now() FROM asked;
INSERT INTO audit (subject_id, seq, at, event, actor_kind, platform, revision, from_state, to_state, digest, hash)
SELECT id, 1, now(), 'submit', 'person', 'slack', 1, '', 'pending', sha256(''), sha256('') FROM asked;
INSERT INTO audit_values (subject_id, seq, salt, body) SELECT id, 1, '', '{}' FROM asked;
INSERT INTO bookings (subject_id, person_id, halves, away, approved)
SELECT id, requester, int4range(nr::integer * 10, nr::integer * 10 + 2), true, final FROM asked;
INSERT INTO lots (person_id, unit, valid_from, key) SELECT p.id, 'minutes', '2026-01-01', p.employee_no FROM people p;
INSERT INTO ledger (person_id, unit, lot_id, kind, date, amount, at) SELECT person_id, unit, id, 'grant', valid_from, 480, now() FROM lots;
INSERT INTO cards (subject_id, binding_id, platform, wanted, shown, reference, next_at)
SELECT id, binding, 'slack', 1, CASE WHEN final THEN 1 ELSE 0 END, 'D:' || nr, now() FROM asked;
INSERT INTO notices (about, seq, party_kind, party_id, text, binding_id, platform, next_at, sent_at)
SELECT id, 1, 'person', approver, 'notice.nudge', binding, 'slack', now(), CASE WHEN final THEN now() END FROM asked;
INSERT INTO due (kind, key, at, subject_id, party_kind, party_id) SELECT 'remind', number, now(), id, 'person', approver FROM asked WHERE NOT final;
INSERT INTO charges (subject_id, line, person_id, heading, date, amount, currency, base)
SELECT id, 1, requester, 'meal', '2026-01-01', 1, 'EUR', 1 FROM asked;
INSERT INTO claims (key, subject_id) SELECT 'file:' || number, id FROM asked;
INSERT INTO files (id, person_id, subject_id, name, type, size, sha256, content, added_at)
SELECT id, requester, id, 'a', 'image/png', 1, sha256(number::bytea), 'x', now() FROM asked;
INSERT INTO tasks (id, body, open)
SELECT id, jsonb_build_object('owner', requester, 'due', '2026-12-01', 'helpers', '[]'::jsonb), NOT final FROM asked;
INSERT INTO plans (id, body, open)
SELECT id, jsonb_build_object('newcomer', requester, 'mentor', approver, 'manager', approver, 'start', '2026-12-01'), NOT final FROM asked`

var wholeTable = regexp.MustCompile(`Seq Scan on (people|bindings|subjects|requests|turns|causes|audit|audit_values|bookings|books|lots|ledger|cards|notices|due|charges|claims|files|tasks|plans)\b`)

// wholly are what may read a whole table: an operator's commands, for which nobody waits in a chat (by how their names begin), and a few
// that are looked at from time to time, or by what somebody typed.
var wholly = regexp.MustCompile(`^sql(Erase|Import|Export|Verify|Purge|Redraw|Restored|Heads|` +
	`Staff|Countries|GoneChats|` + // nod check
	`WaitedFor|Relieve|RelieveTasks|RelievePlans|Unreached|` + // once a minute or less, but for the last: it is one look for all that wait
	`FindPeople\b)`) // a name may be any part of one

// Whatever a chat waits for looks up what it needs, in a large company too: no statement reads all of a table that grows, neither as it is
// sent for one nor for many.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	conn := planning(t)
	exec(t, conn, large)
	exec(t, conn, "ANALYZE")
	texts := constants(t, ".")
	var read []string
	for name, sql := range texts {
		if !strings.HasPrefix(name, "sql") || !regexp.MustCompile(`^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b`).MatchString(sql) {
			continue
		}
		alone, many := storage.Forms(sql)
		for _, form := range []string{alone, many} {
			if form == "" {
				continue
			}
			table := wholeTable.FindStringSubmatch(planOf(t, conn, form))
			if table != nil {
				read = append(read, name+" "+table[1])
			}
		}
	}
	slices.Sort(read)
	for _, r := range slices.Compact(read) {
		if !wholly.MatchString(r) {
			t.Errorf("it reads a whole table: %s", r)
		}
	}
}

// planOf is how Postgres goes about a statement, whatever its values.
func planOf(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	prepared, err := conn.Prepare(t.Context(), "planned", sql)
	must(t, err)
	defer conn.Deallocate(t.Context(), "planned")
	values := ""
	if n := len(prepared.ParamOIDs); n > 0 {
		values = "(" + strings.Repeat("NULL, ", n-1) + "NULL)"
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN EXECUTE planned"+values, pgx.QueryExecModeSimpleProtocol)
	must(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return strings.Join(lines, "\n")
}
