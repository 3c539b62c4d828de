package storage_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// crowd has 20,000 cards wait to be posted, 20,000 to be edited, and 20,000 notices and due items, all for the same hundred people.
const crowd = `
INSERT INTO people (employee_no, name) SELECT 'p' || i, 'P' || i FROM generate_series(1, 100) i;
INSERT INTO bindings (party_kind, party_id, platform, team, user_id, bound_at)
SELECT 'person', p.id, 'slack', 'T', p.employee_no, now() FROM people p;
INSERT INTO subjects (id, number, kind, state, final, revision, digest, seq, changed_at, audit_hash)
SELECT gen_random_uuid(), 'LV-' || i, 'leave', 'pending', false, 1, '', 1, now(), '' FROM generate_series(1, 200) i;
INSERT INTO cards (id, subject_id, binding_id, platform, wanted, reference, folded, next_at)
SELECT gen_random_uuid(), s.id, b.id, b.platform, 1, CASE WHEN posted THEN 'D:1' END, posted,
       now() - row_number() OVER () * interval '1 second'
  FROM subjects s, bindings b, unnest(ARRAY[false, true]) posted;
INSERT INTO notices (id, about, seq, party_kind, party_id, text, binding_id, platform, next_at)
SELECT gen_random_uuid(), s.id, 1, b.party_kind, b.party_id, 'notice.nudge', b.id, b.platform,
       now() - row_number() OVER () * interval '1 second'
  FROM subjects s, bindings b;
INSERT INTO due (kind, key, at, subject_id, party_kind, party_id)
SELECT 'remind', s.number || '/' || b.party_id, now() - row_number() OVER () * interval '1 second', s.id, b.party_kind, b.party_id
  FROM subjects s, bindings b`

// calm leaves a hundred of each. What is no longer there is gone from the indexes too, so that what is counted is not the rubbish.
var calm = []string{
	`UPDATE cards SET shown = wanted WHERE id NOT IN (SELECT id FROM cards WHERE folded ORDER BY next_at DESC LIMIT 100)
	    AND id NOT IN (SELECT id FROM cards WHERE NOT folded ORDER BY next_at DESC LIMIT 100)`,
	`UPDATE notices SET sent_at = now() WHERE id NOT IN (SELECT id FROM notices ORDER BY next_at DESC LIMIT 100)`,
	`UPDATE due SET at = 'infinity' WHERE id NOT IN (SELECT id FROM due ORDER BY at DESC LIMIT 100)`,
	`VACUUM cards, notices, due`,
}

// pagesOfOne is what claiming one takes at most, most of it new entries of its indexes. To read a table of the crowd's takes more than
// that for all.
const pagesOfOne = 35

// Of 20,000 that wait a claim reads as many pages as of a hundred, whether Postgres has counted its rows or not.
func TestClaimsReadNoMoreThanTheyTake(t *testing.T) {
	conn := planning(t)
	texts := constants(t, ".")
	outbox := pgx.NamedArgs{"platform": "'slack'", "busy": "'{}'", "oldest": "10", "newest": "10", "lease": "30", "me": "1"}
	claims := map[string]pgx.NamedArgs{
		"sqlPostsClaim": outbox, "sqlEditsClaim": outbox, "sqlNoticesClaim": outbox,
		"sqlDueClaim": {"now": "now()", "limit": "20", "me": "1"},
	}
	pages := func(name string) (n int, plan string) {
		t.Helper()
		n, rows, plan := explain(t, conn, texts[name], claims[name])
		if rows != 20 {
			t.Fatalf("%s claimed something else than 20 rows: %s", name, plan)
		}
		return n, plan
	}
	exec(t, conn, crowd)
	many, plans := map[string]int{}, map[string]string{}
	for _, when := range []string{"uncounted", "counted"} {
		if when == "counted" {
			exec(t, conn, "VACUUM ANALYZE")
		}
		for name := range claims {
			many[name+" "+when], plans[name+" "+when] = pages(name)
		}
	}
	for _, sql := range calm {
		exec(t, conn, sql)
	}
	for name := range claims {
		few, plan := pages(name)
		if few > 20*pagesOfOne {
			t.Errorf("%s: %d pages of a hundred\n%s", name, few, plan)
		}
		for _, when := range []string{"uncounted", "counted"} {
			if n := many[name+" "+when]; n > few*6/5+20 {
				t.Errorf("%s: %d pages of a hundred, %d of 20,000 (%s)\n%s", name, few, n, when, plans[name+" "+when])
			} else {
				t.Logf("%s: %d pages of a hundred, %d of 20,000 (%s)", name, few, n, when)
			}
		}
	}
}
