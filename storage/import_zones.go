package storage

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/table"
)

const sqlImportZones = `SELECT z.name FROM pg_timezone_names z WHERE z.name = ANY (@zones::text[])`

// knownZones lists the time zones of a file that both this program and the database know; a clock is asked of either.
func knownZones(ctx context.Context, tx pgx.Tx, t table.Table) (map[string]bool, error) {
	named := map[string]bool{}
	for _, row := range t.Rows {
		named[row.Cell("timezone")] = true
	}
	maps.DeleteFunc(named, func(name string, _ bool) bool {
		_, err := time.LoadLocation(name)
		return err != nil || name == "" || name == "Local"
	})
	rows, err := tx.Query(ctx, sqlImportZones, args{"zones": orEmpty(slices.Collect(maps.Keys(named)))})
	if err != nil {
		return nil, err
	}
	zones, err := pgx.CollectRows(rows, pgx.RowTo[string])
	known := map[string]bool{}
	for _, name := range zones {
		known[name] = true
	}
	return known, err
}

// zone reads a time zone, of those that are known.
func (c cells) zone(known map[string]bool) string {
	s := c.row.Cell("timezone")
	if !known[s] {
		c.fault("timezone", "%s is no time zone; write its name in the tz database, as Asia/Shanghai.", table.Show(s))
	}
	return s
}
