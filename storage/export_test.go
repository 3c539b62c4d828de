package storage

import "context"

// MigrateFiles migrates by other files than the program's own.
var MigrateFiles = migrate

// Planning is how a connection of the pool plans statements.
func (s *Store) Planning(ctx context.Context) (how string, err error) {
	err = s.pool.QueryRow(ctx, "SELECT current_setting('jit') || ' ' || current_setting('plan_cache_mode')").Scan(&how)
	return how, err
}
