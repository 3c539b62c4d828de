package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/nod-chat/nod/migrations"
)

// Migration is one step of the database's history.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// Migrate brings the database at url, opened with a role that owns its tables, up to date: the migrations, a sequence of numbers for each prefix, and
// the rights of the role that serves, which may be the same one. Replicas that start together wait for one another.
func Migrate(ctx context.Context, url string, prefixes []string, serving string) error {
	return withProvider(url, func(p *goose.Provider, db *sql.DB) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return prepare(ctx, db, prefixes, serving)
	})
}

// MigrateDown takes every migration back. It destroys all data and is there for tests.
func MigrateDown(ctx context.Context, url string) error {
	return withProvider(url, func(p *goose.Provider, _ *sql.DB) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

// MigrationStatus lists the migrations and which of them are applied.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	var list []Migration
	err := withProvider(url, func(p *goose.Provider, _ *sql.DB) error {
		status, err := p.Status(ctx)
		for _, s := range status {
			list = append(list, Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied})
		}
		return err
	})
	return list, err
}

func withProvider(url string, f func(*goose.Provider, *sql.DB) error) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the migrations' database address is not a Postgres address (postgres://user:password@host:port/database)") // err repeats the password
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	return f(p, db)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// prepare does what depends on the program and its roles rather than on the history, and may be repeated.
func prepare(ctx context.Context, db *sql.DB, prefixes []string, serving string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Two replicas that grant at once would trip over the same catalogue rows.
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7236104)"); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(7236104)")
	for _, prefix := range prefixes {
		if !plainName.MatchString(prefix) {
			return fmt.Errorf("number prefix %q: letters and digits only", prefix)
		}
		if _, err := conn.ExecContext(ctx, "CREATE SEQUENCE IF NOT EXISTS "+sequence(prefix)); err != nil {
			return fmt.Errorf("make the sequence of %s numbers: %w", prefix, err)
		}
	}
	if serving == "" {
		if err := conn.QueryRowContext(ctx, "SELECT current_user").Scan(&serving); err != nil {
			return err
		}
	}
	role := pgx.Identifier{serving}.Sanitize()
	for _, statement := range []string{
		"GRANT USAGE ON SCHEMA public TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO " + role,
		"REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM " + role,
		"REVOKE UPDATE, DELETE, TRUNCATE ON audit_values FROM " + role,
		"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON goose_db_version FROM " + role,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("give %s its rights: %w", serving, err)
		}
	}
	return nil
}

// ServingRole is the role that a database address names.
func ServingRole(url string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return ""
	}
	return config.User
}
