// Package storagetest gives each test a database of its own, copied from a template that is migrated once. DATABASE_URL names a Postgres whose role may
// create databases and roles; without one the tests fail, because a suite that skips what it is for proves nothing.
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

// ServingRole is the plain role that the program under test connects as, so that its rights are those of production.
const ServingRole = "nod_test_serve"

// Prefixes are the number prefixes for which the template has sequences.
var Prefixes = []string{"LV", "TX"}

// Database is a test's own.
type Database struct {
	URL   string // as the serving role
	Owner string // as its owner
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

var made atomic.Int64

// New makes a database from the migrated template.
func New(t testing.TB) Database {
	t.Helper()
	template := makeTemplate(t)
	name := fmt.Sprintf("nod_test_%d_%d", os.Getpid(), made.Add(1))
	return create(t, name, "TEMPLATE "+template+" STRATEGY file_copy")
}

// Empty makes a database without any tables, for tests of the migrations.
func Empty(t testing.TB) Database {
	t.Helper()
	return create(t, fmt.Sprintf("nod_test_%d_%d", os.Getpid(), made.Add(1)), "TEMPLATE template0")
}

func create(t testing.TB, name, from string) Database {
	t.Helper()
	admin := connect(t, Admin(t))
	defer admin.Close(context.Background())
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name+" "+from); err != nil {
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
	return Database{URL: address(t, name, ServingRole), Owner: address(t, name, "")}
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

// makeTemplate migrates a template database once for each content of the migrations; packages tested at the same time wait for one another.
func makeTemplate(t testing.TB) string {
	t.Helper()
	name := "nod_template_" + contentHash(t)
	ctx := t.Context()
	admin := connect(t, Admin(t))
	defer admin.Close(context.Background())
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock(7236105)"); err != nil {
		t.Fatal(err)
	}
	var exists bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if exists {
		return name
	}
	statements := []string{
		"DROP DATABASE IF EXISTS " + name,
		"CREATE DATABASE " + name,
		"DO $$ BEGIN CREATE ROLE " + ServingRole + " LOGIN PASSWORD '" + ServingRole + "'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
	}
	for _, s := range statements {
		if _, err := admin.Exec(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := storage.Migrate(ctx, address(t, name, ""), Prefixes, ServingRole); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true"); err != nil {
		t.Fatal(err)
	}
	return name
}

func contentHash(t testing.TB) string {
	t.Helper()
	h := sha256.New()
	fmt.Fprint(h, strings.Join(Prefixes, " "))
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
