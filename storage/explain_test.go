package storage_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/storagetest"
)

// planning gives a connection to a database of its own that plans statements as the program's do. Foreign keys are not looked at: they are
// not what is measured, and cost seconds.
func planning(t *testing.T) *pgx.Conn {
	t.Helper()
	conn := dial(t, storagetest.New(t).Owner)
	exec(t, conn, "SET plan_cache_mode = force_generic_plan")
	exec(t, conn, "SET jit = off")
	exec(t, conn, "SET session_replication_role = replica")
	return conn
}

// explain runs a statement with values written as SQL, and takes back what it changes. It tells how many pages of the database were read,
// how many rows came, and the plan.
func explain(t *testing.T, conn *pgx.Conn, sql string, values pgx.NamedArgs) (pages, rows int, plan string) {
	t.Helper()
	sql, given, err := values.RewriteQuery(t.Context(), conn, sql, nil)
	must(t, err)
	list := ""
	for _, v := range given {
		list += fmt.Sprint(", ", v)
	}
	exec(t, conn, "PREPARE explained AS "+sql)
	defer exec(t, conn, "DEALLOCATE explained")
	tx, err := conn.Begin(t.Context())
	must(t, err)
	defer tx.Rollback(t.Context())
	var explained []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
			Rows int `json:"Actual Rows"`
		}
	}
	plan = value[string](t, conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) EXECUTE explained("+list[2:]+")")
	must(t, json.Unmarshal([]byte(plan), &explained))
	got := explained[0].Plan
	return got.Hit + got.Read, got.Rows, plan
}
