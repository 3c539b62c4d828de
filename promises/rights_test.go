package promises

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows/approval"
)

// auditChanges is what a role that serves must never do, whether it owns the tables or not.
var auditChanges = []string{
	"UPDATE audit SET event = 'reject'",
	"UPDATE audit SET event = event WHERE false",
	"DELETE FROM audit",
	"TRUNCATE audit CASCADE",
	"UPDATE audit_values SET salt = NULL, body = NULL",
	"UPDATE audit_values SET body = '{}'",
	"DELETE FROM audit_values",
	"TRUNCATE audit_values",
}

// refused has the role that serves try statements, none of which it may do.
func (c *company) refused(statements []string) {
	c.Helper()
	serving, err := pgx.Connect(c.Context(), c.db.URL)
	c.must(err)
	defer serving.Close(context.Background())
	for _, sql := range statements {
		// A GRANT without the right to give it is a warning, so what counts is that the right is not there afterwards.
		if _, err := serving.Exec(c.Context(), sql); err == nil && sql[:5] != "GRANT" {
			c.Errorf("%s: allowed", sql)
		}
	}
	if value[bool](c, "SELECT has_table_privilege($1, 'audit', 'UPDATE') OR has_table_privilege($1, 'audit', 'DELETE')", storage.ServingRole(c.db.URL)) {
		c.Error("the serving role has come to more rights")
	}
}

// I5: one plain role owns the database and serves, as nearly everybody sets it up. Everything works from the first press, and the audit
// is out of its reach.
func TestI5OneRoleCannotChangeTheAudit(t *testing.T) {
	c := open(t)
	if value[bool](c, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = $1", storage.ServingRole(c.db.URL)) {
		t.Fatal("the role is not a plain one")
	}
	c.press("zhou", c.ask("tom", "annual 2026-12-01"), "approve")
	c.settle()
	c.refused(auditChanges)
}

// I5: somebody holds the password that the program serves with. The audit of what they did before is out of their reach, and so is the making of tables.
func TestI5ServingRoleCannotChangeTheAudit(t *testing.T) {
	c := openOn(t, storagetest.NewSplit(t))
	c.press("zhou", c.ask("tom", "annual 2026-12-01"), "approve")
	c.settle()
	c.refused(append(auditChanges,
		"ALTER TABLE audit DISABLE TRIGGER ALL",
		"DROP TABLE audit_values",
		"DROP FUNCTION audit_is_append_only CASCADE",
		"CREATE TABLE mine (id int)",
		"CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"GRANT UPDATE ON audit TO "+storage.ServingRole(c.db.URL),
		"DELETE FROM goose_db_version",
		"COPY audit TO '/dev/null'",
	))
}

// I5: the owner of the tables is stopped too, as long as they do not take the trigger away on purpose.
func TestI5OwnerIsStopped(t *testing.T) {
	c := open(t)
	c.ask("tom", "annual 2026-12-01")
	for _, sql := range []string{"UPDATE audit SET event = 'reject'", "DELETE FROM audit", "TRUNCATE audit CASCADE", "DELETE FROM audit_values", "UPDATE audit_values SET body = '{}'"} {
		if _, err := c.owner.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
}

// I5: an owner takes the trigger away and rewrites history. Whatever they do, the first row that is not what was recorded is named, and no other
// request is suspected.
func TestI5TamperingIsNamed(t *testing.T) {
	c := open(t)
	number := c.edited("")
	c.press("zhou", number, "approve")
	c.ask("lin", "annual 2026-12-02")
	c.exec("CREATE TABLE kept_audit AS SELECT * FROM audit")
	c.exec("CREATE TABLE kept_values AS SELECT * FROM audit_values")
	c.exec("CREATE TABLE kept_heads AS SELECT id, audit_hash FROM subjects")
	c.exec("ALTER TABLE audit DISABLE TRIGGER ALL")
	c.exec("ALTER TABLE audit_values DISABLE TRIGGER ALL")
	rewrite := func(history ...string) {
		for _, sql := range history {
			if tag, err := c.owner.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			} else if tag.RowsAffected() == 0 && !tag.Delete() && !strings.HasPrefix(sql, "DROP") {
				t.Fatalf("%s: changed nothing", sql)
			}
		}
	}

	const audit = " WHERE subject_id = (SELECT id FROM subjects WHERE number = 'LV-1')"
	copied := `INSERT INTO audit SELECT * FROM mine`
	for name, test := range map[string]struct {
		tamper []string
		want   []string
	}{
		"a column":              {[]string{"UPDATE audit SET actor_id = actor_id + 1" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"the time":              {[]string{"UPDATE audit SET at = at + interval '1 microsecond'" + audit + " AND seq = 1"}, []string{"LV-1 seq 1"}},
		"who acted for whom":    {[]string{"UPDATE audit SET for_id = 3" + audit + " AND seq = 3"}, []string{"LV-1 seq 3"}},
		"the digest":            {[]string{"UPDATE audit SET digest = sha256('x')" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"the hash":              {[]string{"UPDATE audit SET hash = sha256('x')" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"values":                {[]string{"UPDATE audit_values SET body = replace(body::text, 'too long', 'too short')::json" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"white space of values": {[]string{"UPDATE audit_values SET body = (body::text || ' ')::json" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"the salt":              {[]string{"UPDATE audit_values SET salt = sha256('x')" + audit + " AND seq = 3"}, []string{"LV-1 seq 3"}},
		"a middle row is gone":  {[]string{"DELETE FROM audit_values" + audit + " AND seq = 2", "DELETE FROM audit" + audit + " AND seq = 2"}, []string{"LV-1 seq 2"}},
		"the last row is gone":  {[]string{"DELETE FROM audit_values" + audit + " AND seq = 4", "DELETE FROM audit" + audit + " AND seq = 4"}, []string{"LV-1 seq 4"}},
		"all rows are gone":     {[]string{"DELETE FROM audit_values" + audit, "DELETE FROM audit" + audit}, []string{"LV-1 seq 1"}},
		"a middle row is gone and the rest moved up": {[]string{"DELETE FROM audit_values" + audit, "CREATE TEMP TABLE mine AS SELECT * FROM audit" + audit + " AND seq <> 2",
			"DELETE FROM audit" + audit, "UPDATE mine SET seq = seq - 1 WHERE seq > 2", copied}, []string{"LV-1 seq 2"}},
		"two rows change places": {[]string{"DELETE FROM audit_values" + audit, "CREATE TEMP TABLE mine AS SELECT * FROM audit" + audit, "DELETE FROM audit" + audit,
			"UPDATE mine SET seq = 5 - seq WHERE seq IN (2, 3)", copied}, []string{"LV-1 seq 2"}},
		"a row too many": {[]string{"INSERT INTO audit SELECT subject_id, 5, at, event, actor_kind, actor_id, for_id, operator, platform, revision, from_state, to_state, digest, hash FROM audit" + audit + " AND seq = 4"},
			[]string{"LV-1 seq 5"}},
		"rows change requests": {[]string{"DELETE FROM audit_values WHERE seq = 1", "CREATE TEMP TABLE mine AS SELECT * FROM audit WHERE seq = 1",
			"DELETE FROM audit WHERE seq = 1", "UPDATE mine SET subject_id = CASE WHEN subject_id = x.a THEN x.b ELSE x.a END FROM (SELECT (array_agg(id ORDER BY number))[1] AS a, (array_agg(id ORDER BY number))[2] AS b FROM subjects) x",
			copied}, []string{"LV-1 seq 1", "LV-2 seq 1"}},
		"values change requests": {[]string{"UPDATE audit_values v SET salt = w.salt, body = w.body FROM audit_values w WHERE v.seq = 1 AND w.seq = 1 AND v.subject_id <> w.subject_id"},
			[]string{"LV-1 seq 1", "LV-2 seq 1"}},
		"values are gone": {[]string{"DELETE FROM audit_values" + audit + " AND seq = 3"}, []string{"LV-1 seq 3"}},
		"values that belong to no row": {[]string{"INSERT INTO audit_values SELECT subject_id, 9, salt, body FROM audit_values" + audit + " AND seq = 4"},
			[]string{"LV-1 seq 9"}},
		"the head": {[]string{"UPDATE subjects SET audit_hash = sha256('x') WHERE number = 'LV-1'"}, []string{"LV-1 seq 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			rewrite(append(test.tamper, "DROP TABLE IF EXISTS mine")...)
			verdict, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
			c.must(err)
			var named []string
			for _, b := range verdict.Broken {
				named = append(named, b.String())
			}
			slices.Sort(named)
			if !slices.Equal(named, test.want) {
				t.Errorf("named are %v, want %v", verdict.Broken, test.want)
			}
			rewrite("DELETE FROM audit_values", "DELETE FROM audit", "INSERT INTO audit SELECT * FROM kept_audit", "INSERT INTO audit_values SELECT * FROM kept_values",
				"UPDATE subjects r SET audit_hash = k.audit_hash FROM kept_heads k WHERE k.id = r.id")
		})
	}
}

// I15: what tom typed is erased from the audit, as the owner's erasure does it. The chain still holds.
func TestI15ErasedValuesStillVerify(t *testing.T) {
	c := open(t)
	number := c.ask("tom", "annual 2026-12-01 2026-12-03 divorce")
	c.press("zhou", number, "approve")
	c.settle()
	c.exec("UPDATE audit_values SET salt = NULL, body = NULL")
	verdict, err := c.store.VerifyAudit(t.Context(), storage.Verification{})
	c.must(err)
	if len(verdict.Broken) != 0 || verdict.Records != 2 || verdict.Partial != 1 {
		t.Errorf("the verdict is %+v", verdict)
	}
	rows := c.audit(number)
	if rows[0].Values.Change.Form != nil || rows[1].Event != approval.Approve {
		t.Errorf("what is left of the audit: %+v", rows)
	}
}
