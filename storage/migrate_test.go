package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/migrations"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// dial gives a connection for looking or breaking things.
func dial(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func value[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) (v T) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func applied(t *testing.T, url string) []string {
	t.Helper()
	status, err := storage.MigrationStatus(t.Context(), url)
	must(t, err)
	var names []string
	for _, m := range status {
		if m.Applied {
			names = append(names, m.Name)
		}
	}
	return names
}

// One plain role does all of it, the extension too.
func TestMigrationsUpDownUp(t *testing.T) {
	db := storagetest.Empty(t)
	names, err := fs.Glob(migrations.Files, "*.sql")
	must(t, err)
	for range 2 {
		same(t, "applied at first", applied(t, db.Migrator))
		must(t, storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, ""))
		must(t, storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, ""))
		same(t, "applied", applied(t, db.Migrator), names...)
		must(t, storage.MigrateDown(t.Context(), db.Migrator))
	}
	must(t, storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, ""))
}

// Replicas that start together on an empty database wait for one another, and none takes the other's work for an old database.
func TestMigrationsAtOnce(t *testing.T) {
	db := storagetest.Empty(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// files are the migrations that there are, the first with another content unless that is empty, and those of a later program.
func files(first string, later ...string) fstest.MapFS {
	list := fstest.MapFS{}
	for _, name := range shipped() {
		content, err := fs.ReadFile(migrations.Files, name)
		if err != nil {
			panic(err)
		}
		list[name] = &fstest.MapFile{Data: content}
	}
	if first != "" {
		list[shipped()[0]] = &fstest.MapFile{Data: []byte(first)}
	}
	for i, content := range later {
		list[fmt.Sprintf("900%d_later.sql", i+1)] = &fstest.MapFile{Data: []byte(content)}
	}
	return list
}

// shipped names the migrations that there are, in their order.
func shipped() []string {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		panic(err)
	}
	return names
}

const (
	more = "-- +goose Up\nCREATE TABLE more (id int);\n"
	most = "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE most (id int);\nCREATE INDEX CONCURRENTLY most_id ON most (id);\n"
)

// Later programs add to what is there, one migration or several at once, also after one that failed, and the role that serves comes to no
// right over the audit by it.
func TestMigrationsAdd(t *testing.T) {
	for what, db := range map[string]storagetest.Database{"one role": storagetest.New(t), "two roles": storagetest.NewSplit(t)} {
		serving := storage.ServingRole(db.URL)
		migrate := func(first string, later ...string) error {
			return storage.MigrateFiles(t.Context(), db.Migrator, files(first, later...), storagetest.Prefixes, serving)
		}
		if err := migrate("", more+"SELECT nonsense;\n"); err == nil || errors.Is(err, storage.ErrOldSchema) {
			t.Errorf("%s: a migration that cannot work: %v", what, err)
		}
		must(t, migrate("", more))
		must(t, migrate("", more, most))
		must(t, migrate("", more, most))
		conn := dial(t, db.URL)
		exec(t, conn, "INSERT INTO most VALUES (1)")
		if value[bool](t, conn, "SELECT has_table_privilege('audit', 'UPDATE') OR has_table_privilege('audit_values', 'DELETE')") {
			t.Errorf("%s: the audit can be changed", what)
		}
	}
}

// Nobody has released a nod yet, so what an earlier one made is refused before anything in it is touched, with a sentence that says what
// to do.
func TestOldSchemas(t *testing.T) {
	const empty = "give nod a new, empty database"
	for name, c := range map[string]struct {
		old  func(db storagetest.Database, owner *pgx.Conn)
		says string
		is   error
	}{
		"without a fingerprint": {func(_ storagetest.Database, owner *pgx.Conn) {
			exec(t, owner, "COMMENT ON TABLE goose_db_version IS NULL")
		}, empty, storage.ErrOldSchema},
		"with seven migrations": {func(_ storagetest.Database, owner *pgx.Conn) {
			exec(t, owner, "COMMENT ON TABLE goose_db_version IS NULL")
			exec(t, owner, "INSERT INTO goose_db_version (version_id, is_applied) SELECT i, true FROM generate_series(2, 7) i")
		}, empty, storage.ErrOldSchema},
		"of another first migration": {func(db storagetest.Database, _ *pgx.Conn) {
			must(t, storage.Reset(t.Context(), db.Migrator))
			own, err := fs.ReadFile(migrations.Files, "0001_start.sql")
			must(t, err)
			must(t, storage.MigrateFiles(t.Context(), db.Migrator, files(string(own)+"-- as it was\n"), storagetest.Prefixes, ""))
		}, empty, storage.ErrOldSchema},
		"of a later program": {func(db storagetest.Database, _ *pgx.Conn) {
			must(t, storage.MigrateFiles(t.Context(), db.Migrator, files("", more), storagetest.Prefixes, ""))
		}, "holds migration 9001, which this nod does not have; start the nod that made it", storage.ErrNewSchema},
	} {
		t.Run(name, func(t *testing.T) {
			db := storagetest.New(t)
			owner := dial(t, db.Owner)
			c.old(db, owner)
			_, status := storage.MigrationStatus(t.Context(), db.Migrator)
			migrated := storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, "")
			for what, err := range map[string]error{"migrate": migrated, "status": status} {
				if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v", what, err)
				}
			}
			must(t, storage.Reset(t.Context(), db.Migrator))
			must(t, storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, ""))
		})
	}
}

// A database that was emptied is like a new one: the same rights, and nothing in it.
func TestReset(t *testing.T) {
	schema := func(conn *pgx.Conn) string {
		return value[string](t, conn, `
SELECT concat_ws(' ', pg_get_userbyid(n.nspowner), n.nspacl, obj_description(n.oid),
                 (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid))
  FROM pg_namespace n
 WHERE n.nspname = 'public'`)
	}
	fresh := schema(dial(t, storagetest.Empty(t).Owner))
	for what, db := range map[string]storagetest.Database{"one role": storagetest.New(t), "two roles": storagetest.NewSplit(t)} {
		owner := dial(t, db.Owner)
		exec(t, owner, "CREATE TABLE somebody_elses (id int)")
		must(t, storage.Reset(t.Context(), db.Migrator))
		if got := schema(owner); got != fresh {
			t.Errorf("%s: the schema is %s, a new one %s", what, got, fresh)
		}
		must(t, storage.Migrate(t.Context(), db.Migrator, storagetest.Prefixes, storage.ServingRole(db.URL)))
		first(t, db)
	}
	db := storagetest.NewSplit(t)
	if err := storage.Reset(t.Context(), db.URL); err == nil {
		t.Error("a role that only serves emptied the database")
	}
}

// first has a company of two make its first request through the store.
func first(t *testing.T, db storagetest.Database) {
	t.Helper()
	s := storagetest.Connect(t, db)
	apply(t, people(t, s, peopleHeader, "E1,Lin,lin@example.com,,,,,DE,Europe/Berlin,en,",
		"E2,Tom,tom@example.com,E1,,,,DE,Europe/Berlin,en,"))
	lin, tom := person(t, s, "E1"), person(t, s, "E2")
	for _, p := range []workflows.Person{lin, tom} {
		must(t, s.Bind(t.Context(), p.ID.Party(), memory(p.No), importedAt))
	}
	answer, err := submit(t.Context(), s, by("E2", "first"), full(lin.ID))
	must(t, err)
	if answer.Number != "TX-1" {
		t.Errorf("the first request is %q", answer.Number)
	}
	r, err := s.Request(t.Context(), answer.ID)
	must(t, err)
	if r.Requester != tom.ID || len(r.Turns) != 1 || r.Turns[0].Person != lin.ID || r.Form["from"] != "2026-12-01" || len(r.Digest) != 11 {
		t.Errorf("stored is %+v", r)
	}
	if v, err := s.VerifyAudit(t.Context(), storage.Verification{}); err != nil || v.Records != 1 || len(v.Broken) > 0 {
		t.Errorf("the audit is %+v (%v)", v, err)
	}
}

// full is a new request with everything that one can bring.
func full(approver workflows.PersonID) brings {
	return func(f workflows.Facts, d *workflows.Decision) {
		r := &d.Request
		r.Form, r.Measures = workflows.Form{"from": "2026-12-01"}, map[string]int64{"minutes": 480}
		slot := workflows.Slot{Approver: "manager", People: []workflows.PersonID{approver}}
		r.Steps = []workflows.Step{{Name: "manager", Mode: workflows.AnyOf, Slots: []workflows.Slot{slot}}}
		turn := workflows.Turn{Revision: 1, Person: approver, State: workflows.TurnOpen, OpenedAt: f.Now}
		r.Ask(turn)
		d.Turns = []workflows.Turn{turn}
		on := workflows.Date{Year: 2026, Month: 12, Day: 1}
		d.Hold = &workflows.Hold{Span: whole(on), Away: true, Unit: "leave:annual", Shares: []workflows.Share{{Date: on, Minutes: 480}}}
		d.Cards = []workflows.Party{approver.Party()}
		d.Notices = []workflows.Notice{{Party: approver.Party(), Text: "notice.nudge", Tone: "warn", While: workflows.WhileOpen,
			Args: workflows.Args{"Days": 1}}}
		d.Due = []workflows.Due{{Kind: "clock", Key: string(d.Subject.ID) + "/1", At: f.Now, Subject: d.Subject.ID, Party: approver.Party(),
			Data: []byte(`{"a": 1}`)}}
		d.Claims = []string{"key:" + string(d.Subject.ID)}
		d.Audit.Values.Change = workflows.RequestChange{Kind: r.Kind, Definition: r.Definition, Requester: r.Requester, SubmittedBy: r.SubmittedBy,
			Form: r.Form, Measures: r.Measures, Steps: r.Steps, Turns: d.Turns, Hold: d.Hold, Claims: d.Claims}
	}
}

// whole is the span of a date.
func whole(d workflows.Date) workflows.Span {
	return workflows.Span{Start: 2 * d.Days(), End: 2*d.Days() + 2}
}

// Whoever holds the password that the program serves with cannot change the audit, in either set-up. An owner could give themselves the
// rights back, and meets the trigger then. What an eraser does passes it.
func TestI5TheAuditOnlyGrows(t *testing.T) {
	for what, db := range map[string]storagetest.Database{"one role": storagetest.New(t), "two roles": storagetest.NewSplit(t)} {
		t.Run(what, func(t *testing.T) {
			first(t, db)
			serving, owner := dial(t, db.URL), dial(t, db.Owner)
			if value[bool](t, serving, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") {
				t.Error("the role is no plain one")
			}
			if value[int](t, serving, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") != 1 {
				t.Error("the extension is not there")
			}
			statements := []string{
				"UPDATE audit SET event = 'reject'",
				"UPDATE audit SET event = event WHERE false",
				"DELETE FROM audit",
				"TRUNCATE audit",
				"UPDATE audit_values SET body = '{}'",
				"UPDATE audit_values SET seq = seq + 1, salt = NULL, body = NULL",
				"DELETE FROM audit_values",
				"TRUNCATE audit_values",
			}
			for _, sql := range append(statements, "UPDATE audit_values SET salt = NULL, body = NULL") {
				if _, err := serving.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
					t.Errorf("the role that serves: %s: %v", sql, err)
				}
			}
			exec(t, dial(t, db.Migrator), "GRANT ALL ON audit, audit_values TO "+storage.ServingRole(db.URL))
			for _, sql := range statements {
				for _, conn := range []*pgx.Conn{serving, owner} {
					if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "append-only") {
						t.Errorf("with every right: %s: %v", sql, err)
					}
				}
			}
			exec(t, owner, "UPDATE audit_values SET salt = NULL, body = NULL")
			s := storagetest.Connect(t, db)
			if v, err := s.VerifyAudit(t.Context(), storage.Verification{}); err != nil || len(v.Broken) > 0 || v.Records != 1 || v.Partial != 1 {
				t.Errorf("erased: %+v, %v", v, err)
			}
		})
	}
}

// The role that only serves owns nothing and makes nothing.
func TestI5TheServingRoleOwnsNothing(t *testing.T) {
	serving := dial(t, storagetest.NewSplit(t).URL)
	for _, sql := range []string{
		"ALTER TABLE audit DISABLE TRIGGER ALL",
		"DROP TABLE audit_values",
		"DROP FUNCTION audit_is_append_only CASCADE",
		"CREATE TABLE mine (id int)",
		"DELETE FROM goose_db_version",
		"COMMENT ON TABLE goose_db_version IS NULL",
	} {
		if _, err := serving.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
}

func TestPrefixesArePlain(t *testing.T) {
	db := storagetest.New(t)
	err := storage.Migrate(t.Context(), db.Migrator, []string{"A B"}, "")
	if err == nil || !strings.Contains(err.Error(), "letters and digits") {
		t.Error(err)
	}
	if !slices.Equal(applied(t, db.Migrator), shipped()) {
		t.Error("the migration before is gone")
	}
}
