package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// reference is a column that names a row of another table, by its id.
type reference struct{ table, column, names string }

// references are those that no foreign key holds. A press writes them, and Postgres would look each up and lock what it names. In place of
// that the program that serves may delete none of what is named (Migrate), and VerifyAudit looks for what names nothing.
var references = []reference{
	{"requests", "id", "subjects"}, {"requests", "requester_id", "people"},
	{"requests", "submitted_by_id", "people"}, {"requests", "sent_by_id", "people"},
	{"turns", "request_id", "requests"}, {"turns", "person_id", "people"}, {"turns", "for_id", "people"},
	{"bookings", "subject_id", "subjects"}, {"bookings", "person_id", "people"},
	{"causes", "subject_id", "subjects"},
	{"cards", "subject_id", "subjects"}, {"cards", "binding_id", "bindings"},
	{"notices", "binding_id", "bindings"},
	{"due", "subject_id", "subjects"},
}

// Loose are rows that name what does not exist.
type Loose struct {
	Table, Column string
	Rows          int
}

func (l Loose) String() string {
	if l.Rows == 1 {
		return fmt.Sprintf("%s: the %s of 1 row names nothing that exists", l.Table, l.Column)
	}
	return fmt.Sprintf("%s: the %s of %d rows names nothing that exists", l.Table, l.Column, l.Rows)
}

// loose looks for what names nothing.
func loose(ctx context.Context, tx pgx.Tx) (found []Loose, err error) {
	for _, r := range references {
		l := Loose{Table: r.table, Column: r.column}
		err := tx.QueryRow(ctx, fmt.Sprintf(`
SELECT count(*)
  FROM %[1]s x
 WHERE x.%[2]s IS NOT NULL AND NOT EXISTS (SELECT FROM %[3]s y WHERE y.id = x.%[2]s)`, r.table, r.column, r.names)).Scan(&l.Rows)
		if err != nil {
			return found, err
		}
		if l.Rows > 0 {
			found = append(found, l)
		}
	}
	return found, nil
}
