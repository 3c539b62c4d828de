package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/nod-chat/nod/migrations"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// Migration is one step of the database's history.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// ErrOldSchema is what a database gives that was made by other migrations than this program's. Until the first release they are written
// anew at will.
var ErrOldSchema = errors.New("the database was made by an older, unreleased nod, whose data cannot be carried over; " +
	"give nod a new, empty database")

// ErrNewSchema is what a database gives that holds a migration which this program does not have: a newer one made it, so nobody must be
// told to throw it away.
var ErrNewSchema = errors.New("the database was made by a newer nod")

type unknownVersion int64

func (v unknownVersion) Error() string {
	return fmt.Sprintf("the database holds migration %d, which this nod does not have; start the nod that made it, "+
		"or give this one a new, empty database", int64(v))
}

func (unknownVersion) Is(target error) bool { return target == ErrNewSchema }

// Migrate brings the database at url, opened with a role that owns its tables, up to date: the migrations, a sequence of numbers for each
// prefix, and the rights of the role that serves; empty: it is the same one. Replicas that start together wait for one another.
func Migrate(ctx context.Context, url string, prefixes []string, serving string) error {
	return unmigrated(migrate(ctx, url, migrations.Files, prefixes, serving), url)
}

func migrate(ctx context.Context, url string, files fs.FS, prefixes []string, serving string) error {
	return withProvider(ctx, url, files, func(p *goose.Provider, db *sql.DB) error {
		var found server
		if err := db.QueryRowContext(ctx, sqlWritable).Scan(&found.standby, &found.readOnly); err != nil {
			return err
		}
		if err := found.writable(); err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return prepare(ctx, db, prefixes, serving)
	})
}

// MigrateDown takes every migration back. It destroys all data and is there for tests.
func MigrateDown(ctx context.Context, url string) error {
	return withProvider(ctx, url, migrations.Files, func(p *goose.Provider, _ *sql.DB) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

// MigrationStatus lists the migrations and which of them are applied.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	var list []Migration
	err := withProvider(ctx, url, migrations.Files, func(p *goose.Provider, _ *sql.DB) error {
		status, err := p.Status(ctx)
		for _, s := range status {
			list = append(list, Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied})
		}
		return err
	})
	return list, err
}

// Reset empties the database at url, which has to be the role's own. It destroys all data and is there for the demonstration, whose
// company is made anew.
func Reset(ctx context.Context, url string) error {
	db, err := openMigrating(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	// One string is one transaction. The schema gets the owner, the rights and the comment that Postgres gives it.
	_, err = db.ExecContext(ctx, `
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
COMMENT ON SCHEMA public IS 'standard public schema'`, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return fmt.Errorf("empty the database: %w", err)
	}
	return nil
}

func openMigrating(ctx context.Context, url string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errNoAddress // err repeats the password
	}
	if _, err := examine(ctx, config); err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config), nil
}

// unmigrated makes a sentence of what kept the migrations from being applied.
func unmigrated(err error, url string) error {
	var pg *pgconn.PgError
	config, parsed := pgx.ParseConfig(url)
	if errors.As(err, new(*Unusable)) || !errors.As(err, &pg) || parsed != nil {
		return err
	}
	switch pg.Code {
	case noRight:
		return unusable(err, "the role %q may not change the tables of the database %q (%s); give the address of the role that owns them, "+
			"or make it the owner: ALTER DATABASE … OWNER TO …", config.User, config.Database, brief(err))
	case featureNotSupported:
		return unusable(err, "the server lacks something that nod needs (%s); install its contrib package, as postgresql-contrib",
			brief(err))
	}
	return err
}

func withProvider(ctx context.Context, url string, files fs.FS, f func(*goose.Provider, *sql.DB) error) error {
	db, err := openMigrating(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	table, err := database.NewStore(goose.DialectPostgres, goose.DefaultTablename)
	if err != nil {
		return err
	}
	h := history{table, files}
	if err := h.check(ctx, db); err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // in seconds: how often it is tried, and how many times
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectCustom, db, files, goose.WithStore(h), goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	return f(p, db)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// prepare does what depends on the program and its roles rather than on the history, and may be repeated. It is one transaction: between
// a grant and a revocation nobody has more than their rights.
func prepare(ctx context.Context, db *sql.DB, prefixes []string, serving string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Two replicas that grant at once would trip over the same catalogue rows.
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(7236104)"); err != nil {
		return err
	}
	for _, prefix := range append([]string{task.Prefix, plan.Prefix}, prefixes...) {
		if !plainName.MatchString(prefix) {
			return fmt.Errorf("number prefix %q: letters and digits only", prefix)
		}
		if _, err := tx.ExecContext(ctx, "CREATE SEQUENCE IF NOT EXISTS "+sequence(prefix)); err != nil {
			return fmt.Errorf("make the sequence of %s numbers: %w", prefix, err)
		}
	}
	var me, owner string
	const whose = "SELECT current_user, pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'goose_db_version'::regclass"
	if err := tx.QueryRowContext(ctx, whose).Scan(&me, &owner); err != nil {
		return err
	}
	if serving == "" {
		serving = me
	}
	role := pgx.Identifier{serving}.Sanitize()
	statements := []string{
		"GRANT USAGE ON SCHEMA public TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role,
		"REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM " + role,
		"REVOKE UPDATE, DELETE, TRUNCATE ON audit_values FROM " + role,
		// No foreign key keeps what these are named by: reference.go.
		"REVOKE DELETE, TRUNCATE ON subjects, requests, people, contacts, bindings FROM " + role,
	}
	if serving != owner { // who is to write down the next migration
		statements = append(statements, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON goose_db_version FROM "+role)
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("give %s its rights: %w", serving, err)
		}
	}
	return tx.Commit()
}

// ServingRole is the role that a database address names.
func ServingRole(url string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return ""
	}
	return config.User
}
