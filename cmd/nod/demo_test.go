package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/storagetest"
)

// make run over the database of an older nod says so and begins anew, where the database is the demonstration's own; anybody else's,
// and that of a newer nod, is left as it is.
func TestDemoBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil string
		own   string
		want  error
	}{
		"its own, of an older nod":    {"COMMENT ON TABLE goose_db_version IS NULL", "true", nil},
		"somebody's, of an older nod": {"COMMENT ON TABLE goose_db_version IS NULL", "", storage.ErrOldSchema},
		"its own, of a newer nod":     {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)", "true", storage.ErrNewSchema},
	} {
		t.Run(name, func(t *testing.T) {
			db := storagetest.New(t)
			owner, err := pgx.Connect(t.Context(), db.Owner)
			if err != nil {
				t.Fatal(err)
			}
			defer owner.Close(t.Context())
			for _, sql := range []string{"INSERT INTO people (employee_no, name) VALUES ('E1', 'Kept')", test.spoil} {
				if _, err := owner.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			c, err := readConfig(func(name string) string {
				return map[string]string{"DATABASE_URL": db.URL, "NOD_DEMO_DATABASE": test.own}[name]
			})
			if err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			err = prepareDemo(t.Context(), c, func(format string, args ...any) { fmt.Fprintf(&said, format, args...) })
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			var kept int
			if err := owner.QueryRow(t.Context(), "SELECT count(*) FROM people").Scan(&kept); err != nil {
				t.Fatal(err)
			}
			if anew := test.want == nil; anew != (kept == 0) || anew != strings.Contains(said.String(), "it begins anew") {
				t.Errorf("%d people are kept; it said %q", kept, said.String())
			}
		})
	}
}
