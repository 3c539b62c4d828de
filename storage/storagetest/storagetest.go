// Package storagetest gives each test a database of its own, copied from a template that is migrated once. DATABASE_URL names a Postgres
// whose role may create databases and roles; without one the tests fail, because a suite that skips what it is for proves nothing.
package storagetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nod-chat/nod/migrations"
	"github.com/nod-chat/nod/storage"
)

// Prefixes are the number prefixes for which the template has sequences.
var Prefixes = []string{"LV", "EX", "ON", "TX"}

// setup is who owns the tables and who serves. All are plain roles, none of which is a superuser or may create roles or databases.
type setup struct{ migrates, serves string }

var (
	oneRole  = setup{"nod_test", "nod_test"}
	twoRoles = setup{"nod_test_owner", "nod_test_serve"}
)

// Database is a test's own.
type Database struct {
	URL      string // as the role that serves
	Migrator string // as the role that owns the database and its tables: the same one, except after NewSplit
	Owner    string // as the Postgres's superuser, who looks at everything and breaks things
}

// Open gives a test a store over a database of its own; both end with the test.
func Open(t testing.TB, configure ...func(*pgxpool.Config)) *storage.Store {
	return Connect(t, New(t), configure...)
}

// Connect opens a database as the serving role.
func Connect(t testing.TB, db Database, configure ...func(*pgxpool.Config)) *storage.Store {
	t.Helper()
	s, err := storage.Open(t.Context(), db.URL, configure...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// New makes a database from a migrated template, of one plain role that owns it and serves: how nod runs unless it is told otherwise.
func New(t testing.TB) Database {
	t.Helper()
	return oneRole.fromTemplate(t)
}

// NewSplit makes a database whose tables one plain role owns and another plain role serves.
func NewSplit(t testing.TB) Database {
	t.Helper()
	return twoRoles.fromTemplate(t)
}

// Empty makes a database without any tables, for tests of the migrations.
func Empty(t testing.TB) Database {
	t.Helper()
	admin := connect(t, Admin(t))
	defer admin.Close(context.Background())
	oneRole.makeRoles(t, admin)
	return oneRole.create(t, "TEMPLATE template0")
}

func (s setup) fromTemplate(t testing.TB) Database {
	t.Helper()
	return s.create(t, "TEMPLATE "+s.makeTemplate(t)+" STRATEGY file_copy")
}

var made atomic.Int64

func (s setup) create(t testing.TB, from string) Database {
	t.Helper()
	name := fmt.Sprintf("nod_test_%d_%d", os.Getpid(), made.Add(1))
	admin := connect(t, Admin(t))
	defer admin.Close(context.Background())
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name+" OWNER "+s.migrates+" "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		admin, err := pgx.Connect(ctx, Admin(t))
		if err != nil {
			t.Error(err)
			return
		}
		defer admin.Close(ctx)
		if _, err := admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return Database{URL: address(t, name, s.serves), Migrator: address(t, name, s.migrates), Owner: address(t, name, "")}
}

// Admin is the address of the Postgres that tests use.
func Admin(t testing.TB) string {
	t.Helper()
	admin := os.Getenv("DATABASE_URL")
	if admin == "" {
		t.Fatal("DATABASE_URL is not set: run the tests by `make test`, which starts a Postgres for them")
	}
	return admin
}

func connect(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// address is the admin's address with another database, and another role when one is named.
func address(t testing.TB, database, role string) string {
	t.Helper()
	u, err := url.Parse(Admin(t))
	if err != nil {
		t.Fatal("DATABASE_URL cannot be read")
	}
	u.Path = "/" + database
	if role != "" {
		u.User = url.UserPassword(role, role)
	}
	return u.String()
}

// makeRoles makes the roles that are missing. Others may do it at the same moment.
func (s setup) makeRoles(t testing.TB, admin *pgx.Conn) {
	t.Helper()
	for _, role := range []string{s.migrates, s.serves} {
		const makeRole = "DO $$ BEGIN CREATE ROLE %[1]s LOGIN PASSWORD '%[1]s'; " +
			"EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
		if _, err := admin.Exec(t.Context(), fmt.Sprintf(makeRole, role)); err != nil {
			t.Fatal(err)
		}
	}
}

// makeTemplate migrates a template database once for each content of the migrations; packages tested at the same time wait for one
// another.
func (s setup) makeTemplate(t testing.TB) string {
	t.Helper()
	name := "nod_template_" + s.contentHash(t)
	ctx := t.Context()
	admin := connect(t, Admin(t))
	defer admin.Close(context.Background())
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock(7236105)"); err != nil {
		t.Fatal(err)
	}
	var exists bool
	const known = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)"
	if err := admin.QueryRow(ctx, known, name).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if exists {
		return name
	}
	s.makeRoles(t, admin)
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name + " OWNER " + s.migrates} {
		if _, err := admin.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	serving := s.serves
	if serving == s.migrates {
		serving = "" // as the program says that there is one role only
	}
	if err := storage.Migrate(ctx, address(t, name, s.migrates), Prefixes, serving); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true"); err != nil {
		t.Fatal(err)
	}
	return name
}

func (s setup) contentHash(t testing.TB) string {
	t.Helper()
	h := sha256.New()
	fmt.Fprint(h, s, strings.Join(Prefixes, " "))
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
