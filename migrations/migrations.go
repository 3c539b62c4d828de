// Package migrations holds the database's history as SQL files in goose's form. Each is small and additive, so that the code before and
// after it can run while it is applied. To change the schema, add the next file; never edit one that has been released.
package migrations

import "embed"

// Files are the migrations in the order of their numbers.
//
//go:embed *.sql
var Files embed.FS
