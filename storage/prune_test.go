package storage_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/storage/storagetest"
)

// kept is a row of docs/running.md, "What is kept how long": what, in which table, for how long.
var kept = regexp.MustCompile("(?m)^\\| [^|]* \\| ([^|]*) \\| (\\d+) (day|days|minutes)\\b")

// aged puts two rows into a table: one that is %[1]s seconds old, and one that is a minute older.
var aged = map[string]string{
	"`causes`": `INSERT INTO causes (platform, team, user_id, key, subject_id, answer, at)
		SELECT 'web', '', 'E003', n::text, gen_random_uuid(), '{}', now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"`notices`": `INSERT INTO notices (id, about, seq, party_kind, party_id, text, next_at, sent_at)
		SELECT gen_random_uuid(), gen_random_uuid(), 1, 'person', 1, '', now(), now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"`notices` about `alerts`": `WITH a AS (INSERT INTO alerts (key, text, first_at, last_at, told_at)
		SELECT 'untold ' || n, '', now(), now() - interval '%[1]s seconds' - n * interval '1 minute', now() FROM generate_series(0, 1) n RETURNING id)
		INSERT INTO notices (id, about, seq, party_kind, party_id, text, next_at) SELECT gen_random_uuid(), id, 1, 'person', 1, 'untold', now() FROM a`,
	"`alerts`": `INSERT INTO alerts (key, text, first_at, last_at, told_at)
		SELECT n::text, '', now(), now() - interval '%[1]s seconds' - n * interval '1 minute', now() FROM generate_series(0, 1) n`,
	"`dead_letters`": `INSERT INTO dead_letters (platform, key, body, why, at)
		SELECT 'slack', n::text, '', '', now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"Redis, or `drafts`": `INSERT INTO drafts (owner, form, state, saved_at)
		SELECT 'E003', n::text, '', now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"`files`": `INSERT INTO files (id, person_id, name, type, size, sha256, content, added_at)
		SELECT gen_random_uuid(), 1, '', '', 1, sha256(n::text::bytea), '', now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"`link_codes`": `INSERT INTO link_codes (hash, person_id, platform, expires_at)
		SELECT sha256(n::text::bytea), 1, 'slack', now() - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
	"`link_failures`": `INSERT INTO link_failures (platform, team, user_id, failures, until)
		SELECT 'slack', '', n::text, 1, now() + make_interval(mins => 15) - interval '%[1]s seconds' - n * interval '1 minute' FROM generate_series(0, 1) n`,
}

// What docs/running.md says of how long things are kept is what the hourly sweep does: half a minute before that time a row stays, half a minute after it
// the row is gone.
func TestKeptAsLongAsThePageSays(t *testing.T) {
	page, err := os.ReadFile("../docs/running.md")
	must(t, err)
	_, section, ok := strings.Cut(string(page), "\n## What is kept how long\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := kept.FindAllStringSubmatch(section, -1)
	if !ok || len(rows) != len(aged) {
		t.Fatalf("the page has %d rows with a time, want %d", len(rows), len(aged))
	}
	source, err := os.ReadFile("prune.go")
	must(t, err)
	for _, m := range regexp.MustCompile(`DELETE FROM (\w+)`).FindAllStringSubmatch(string(source), -1) {
		if !strings.Contains(section, "`"+m[1]+"`") {
			t.Errorf("rows of %s are removed, of which the page says nothing", m[1])
		}
	}
	for _, row := range rows {
		var n int
		_, err := fmt.Sscan(row[2], &n)
		must(t, err)
		unit := 24 * time.Hour
		if row[3] == "minutes" {
			unit = time.Minute
		}
		insert := aged[row[1]]
		if insert == "" {
			t.Errorf("nothing is known of %s", row[1])
			continue
		}
		db := storagetest.New(t)
		s, owner := storagetest.Connect(t, db), dial(t, db.Owner)
		exec(t, owner, "SET session_replication_role = replica") // what the rows point to does not matter here
		exec(t, owner, fmt.Sprintf(insert, fmt.Sprint(int((time.Duration(n)*unit-30*time.Second).Seconds()))))
		table := regexp.MustCompile("`([a-z_]+)`").FindStringSubmatch(row[1])[1]
		if there := value[int](t, owner, "SELECT count(*) FROM "+table); there != 2 {
			t.Fatalf("%s: %d rows to begin with", row[1], there)
		}
		must(t, s.Prune(t.Context(), time.Now()))
		if left := value[int](t, owner, "SELECT count(*) FROM "+table); left != 1 {
			t.Errorf("%s: %d of the two rows are left, of which one is younger than %s %s and one older", row[1], left, row[2], row[3])
		}
	}
}

// A code is good for ten minutes, and wrong ones are held against their sender for fifteen, as the page says.
func TestCodesLastAsLongAsThePageSays(t *testing.T) {
	s, owner := staffed(t)
	ctx := t.Context()
	_, err := s.LinkCode(ctx, "E1", "slack")
	must(t, err)
	if !value[bool](t, owner, "SELECT expires_at BETWEEN now() + interval '9 minutes 30 seconds' AND now() + interval '10 minutes' FROM link_codes") {
		t.Error("a code does not end ten minutes after it was made")
	}
	_, err = s.Redeem(ctx, once(slack("U666")), "WRONG", time.Now())
	if err == nil {
		t.Fatal("a wrong code was taken")
	}
	if !value[bool](t, owner, "SELECT until BETWEEN now() + interval '14 minutes 30 seconds' AND now() + interval '15 minutes' FROM link_failures") {
		t.Error("a wrong code is not held against its sender for fifteen minutes")
	}
}
