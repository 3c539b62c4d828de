package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/nod-chat/nod/storage"
)

type migrateCommand struct {
	Status bool `help:"Only list the migrations and which of them are applied."`
}

// Help shows an example.
func (migrateCommand) Help() string {
	return `Applies the migrations that the database lacks and gives the serving role its rights. With NOD_MIGRATE_DATABASE_URL (a role ` +
		`that owns the tables) the role of DATABASE_URL owns nothing.

Example: nod migrate -status`
}

// Run applies the migrations, or lists them.
func (m migrateCommand) Run(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	if !m.Status {
		if err := migrate(ctx, c); err != nil {
			return err
		}
	}
	list, err := migrations(ctx, c)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "pending"
		if m.Applied {
			state = "applied"
		}
		fmt.Fprintf(p.stdout, "%s %s\n", state, m.Name)
	}
	return nil
}

// migrate brings the database up to date.
func migrate(ctx context.Context, c Config) error {
	owner, serving, err := owner(c)
	if err != nil {
		return err
	}
	rules, err := openPolicy(c)
	if err != nil {
		return err
	}
	var prefixes []string
	for _, k := range rules.Kinds() {
		prefixes = append(prefixes, k.Prefix)
	}
	err = storage.Migrate(ctx, owner, prefixes, serving)
	if errors.Is(err, storage.ErrOldSchema) || errors.Is(err, storage.ErrNewSchema) {
		return err
	}
	if err != nil {
		return unmigrated(c, err)
	}
	return nil
}

// unmigrated says which address is at fault.
func unmigrated(c Config, err error) error {
	name := "DATABASE_URL"
	if c.MigrateDatabase != "" {
		name = "NOD_MIGRATE_DATABASE_URL"
	}
	var why *storage.Unusable
	if errors.As(err, &why) {
		return fmt.Errorf("%s: %w", name, why)
	}
	return fmt.Errorf("%s; check %s", oneLine(err), name)
}

func migrations(ctx context.Context, c Config) ([]storage.Migration, error) {
	owner, _, err := owner(c)
	if err != nil {
		return nil, err
	}
	list, err := storage.MigrationStatus(ctx, owner)
	if err != nil {
		return nil, unmigrated(c, fmt.Errorf("list the migrations: %w", err))
	}
	return list, nil
}

// owner gives the address of the role that owns the tables, and the name of the one that serves when it is another.
func owner(c Config) (address, serving string, err error) {
	switch {
	case c.MigrateDatabase != "" && c.Database != "":
		return c.MigrateDatabase.Reveal(), storage.ServingRole(c.Database.Reveal()), nil
	case c.Database != "":
		return c.Database.Reveal(), "", nil
	}
	return "", "", errNoDatabase
}
