package promises

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/engine"
)

// Nothing that a press reads grows with what is behind it: beside five thousand closed requests an approval reads the rows that it read beside five hundred,
// and a submission besides only the requester's own bookings, which the balance is worked out of.
func TestPressesReadNoMoreWithTheYears(t *testing.T) {
	const few, many, people, each = 500, 5000, 2000, 100 // every hundredth is the requester's
	c := open(t).apart()
	c.exec("UPDATE ledger SET amount = 365 * 480")
	c.exec(`DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_stat_user_tables LOOP
		EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', t); END LOOP; END $$`) // it would have statements gone about in another way
	c.exec(`INSERT INTO people (employee_no, name, department, country, timezone, hired_on)
		SELECT 'clone' || i, 'Clone ' || i, 'Clones ' || i % 100, 'DE', 'Europe/Berlin', '2020-01-01' FROM generate_series(0, $1 - 1) i`, people)
	c.exec("ANALYZE")
	c.press("zhou", c.ask("tom", "annual 2026-12-01"), "approve")
	c.settle()
	c.Cleanup(c.forget) // before the end looks at the audit
	c.clone(1, few, each, people)
	young := c.rowsOf("2026-12-22")
	c.clone(few+1, many, each, people)
	old := c.rowsOf("2027-02-02")
	for press, read := range old {
		before := young[press]
		for table, n := range read {
			more := n - before[table]
			switch {
			case table == "bookings" && press == "submit":
				if own := (many - few) / each; n < many/each || more > own+2 {
					t.Errorf("a submission reads %d rows of bookings, %d more for %d more of the requester's own", n, more, own)
				}
			case more > 1+before[table]/5: // the same statement may be gone about in another way
				t.Errorf("a %s reads %d rows of %s, and beside %d closed requests %d", press, n, table, few, before[table])
			}
		}
		if len(read) < 8 || read["people"] == 0 {
			t.Errorf("a %s was seen to read %v", press, read)
		}
	}
}

// rowsOf counts how many rows of which table tom's submission of a day reads, and then zhou's approval.
func (c *company) rowsOf(day string) map[string]map[string]int {
	c.Helper()
	tom, err := c.store.PersonByNo(c.Context(), "tom")
	c.must(err)
	number := ""
	submit := c.rows(func(s *storage.Store) {
		answer, err := c.engineOver(s).Submit(c.Context(), by("tom", "ask "+day), "leave", tom, workflows.Form{"type": "annual", "from": day, "to": day})
		c.must(err)
		number = answer.Number
	})
	c.settle() // zhou's card is there
	id, digest := c.subject(number)
	approve := c.rows(func(s *storage.Store) {
		_, err := c.engineOver(s).Act(c.Context(), by("zhou", "approve "+day), id, workflows.Act{Event: approval.Approve, Digest: digest})
		c.must(err)
	})
	c.settle()
	return map[string]map[string]int{"submit": submit, "decide": approve}
}

// engineOver works with a store of its own.
func (c *company) engineOver(s *storage.Store) *engine.Engine {
	c.Helper()
	e, err := engine.New(c.Context(), s, c.rules, c.clock)
	c.must(err)
	return e
}

// apart is the company with connections that it can end: those it had end at once, and the check at the end makes others.
func (c *company) apart() *company {
	c.Helper()
	c.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	own := *c
	own.connect()
	return &own
}

func (c *company) connect() {
	c.Helper()
	c.store, c.beside = storagetest.Connect(c.T, c.db), nil
	c.build()
}

// rows tells how many rows of each table were read while do worked with a store of its own. Postgres tells them of a connection when that has ended, so
// all others end before.
func (c *company) rows(do func(*storage.Store)) map[string]int {
	c.Helper()
	c.store.Close()
	c.beside.Close()
	c.look.Reset()
	c.exec("SELECT pg_stat_force_next_flush()")
	before := c.rowsSoFar()
	s := storagetest.Connect(c.T, c.db)
	do(s)
	s.Close()
	read := c.rowsSoFar()
	for table := range read {
		read[table] -= before[table]
	}
	maps.DeleteFunc(read, func(_ string, n int) bool { return n == 0 })
	c.connect()
	return read
}

// rowsSoFar is read when this connection is the only one.
func (c *company) rowsSoFar() map[string]int {
	c.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for others := true; others; {
		c.must(c.owner.QueryRow(c.Context(), `SELECT EXISTS (
			SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')`).Scan(&others))
		if others {
			<-look.C
		}
	}
	rows, err := c.owner.Query(c.Context(), `SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables`)
	c.must(err)
	read := map[string]int{}
	var table string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&table, &n}, func() error { read[table] = n; return nil })
	c.must(err)
	return read
}

// copies are how the rows of a request are made those of its n-th copy, by table: which column names the request, and what else differs.
var copies = []struct{ table, subject, differs string }{
	{"subjects", "id", `'number', 'LV-9' || n`},
	{"requests", "id", `'requester_id', person, 'submitted_by_id', person`},
	{"turns", "request_id", ""},
	{"causes", "subject_id", `'key', x.key || ' ' || n`},
	{"audit", "subject_id", ""},
	{"audit_values", "subject_id", ""},
	{"bookings", "subject_id", `'person_id', person, 'halves', int4range(lower(x.halves) + 20 * (n + 1), upper(x.halves) + 20 * (n + 1))`},
	{"cards", "subject_id", `'id', gen_random_uuid()`},
	{"notices", "about", `'id', gen_random_uuid()`},
}

// clone makes the copies of LV-1 with these numbers: one in so many is tom's, the others are of so many people.
func (c *company) clone(from, to, tom, people int) {
	c.Helper()
	c.exec("DROP TABLE IF EXISTS clones")
	c.exec(`CREATE TEMP TABLE clones AS
		SELECT n, ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id,
		       (SELECT id FROM people WHERE employee_no = CASE WHEN n % $2 = 0 THEN 'tom' ELSE 'clone' || n % $3 END) AS person
		  FROM generate_series($1::integer, $4::integer) n`, from, tom, people, to)
	for _, t := range copies {
		differs := fmt.Sprintf("'%s', clones.id", t.subject)
		if t.differs != "" {
			differs += ", " + t.differs
		}
		c.exec(fmt.Sprintf(`INSERT INTO %[1]s SELECT (jsonb_populate_record(x, jsonb_build_object(%[3]s))).*
			  FROM %[1]s x JOIN subjects s ON s.id = x.%[2]s AND s.number = 'LV-1' CROSS JOIN clones`, t.table, t.subject, differs))
	}
	c.exec("ANALYZE")
}

// forget takes the copies away, whose audit nobody wrote.
func (c *company) forget() {
	c.Helper()
	c.exec("SET session_replication_role = replica") // the audit is append-only
	for _, t := range slices.Backward(copies) {
		c.exec(fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT id FROM subjects WHERE number LIKE 'LV-9%%')", t.table, t.subject))
	}
}
