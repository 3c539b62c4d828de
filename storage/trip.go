package storage

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Trip is what is sent to Postgres at once for one subject: statements, in their order, each with where its rows go.
type Trip struct{ sent []sent }

type sent struct {
	statement *statement
	args      args
	reading   reading
}

// Queue adds a statement with the values of its names. dest is where its row goes, if it has one.
func (t *Trip) Queue(sql string, values map[string]any, dest ...any) {
	queue(t, sql, values, one(dest...))
}

// queue adds a statement with what reads its rows.
func queue(t *Trip, sql string, a args, to reading) {
	t.sent = append(t.sent, sent{read(sql), a, to})
}

// reading takes the rows of a statement: each into its destinations, and then it is told. Or it takes them all at once, which a
// statement with @each cannot have.
type reading struct {
	dest []any
	got  func()
	all  func(pgx.Rows) error
}

// one reads the row of a statement that gives at most one.
func one(dest ...any) reading { return reading{dest: dest} }

// each reads every row of a statement into the variables given, and calls got after each.
func each(got func(), dest ...any) reading { return reading{dest: dest, got: got} }

// all has a function read the rows.
func all(read func(pgx.Rows) error) reading { return reading{all: read} }

// rows reads those of a statement that was sent for one.
func (r reading) rows(rows pgx.Rows) error {
	defer rows.Close()
	if r.all != nil {
		return r.all(rows)
	}
	for rows.Next() {
		if err := r.row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r reading) row(rows pgx.Rows) error {
	if err := rows.Scan(r.dest...); err != nil {
		return err
	}
	if r.got != nil {
		r.got()
	}
	return nil
}

// batcher is what a trip can be sent by: a pool, a connection, a transaction.
type batcher interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// send sends a trip and reads what comes of it.
func (t *Trip) send(ctx context.Context, to batcher) error { return sendTogether(ctx, to, t) }

// sendTogether sends the trips of several subjects as one, and reads what comes of each.
func sendTogether(ctx context.Context, to batcher, trips ...*Trip) error {
	b := &pgx.Batch{}
	merge(b, trips...)
	return to.SendBatch(ctx, b).Close()
}

// step is a statement of several trips, with their rows.
type step struct {
	statement *statement
	of        []int // whose each of sent is
	sent      []sent
}

// merge puts the trips of several subjects into one batch. Each one's statements keep their order. A statement with @each that they
// have in common is sent once, as far as that allows; of any other there are as many as there were.
func merge(b *pgx.Batch, trips ...*Trip) {
	var steps []*step
	for n, t := range trips {
		at := 0
		for _, s := range t.sent {
			same := func(x *step) bool { return x.statement == s.statement && s.statement.forMany() }
			if found := slices.IndexFunc(steps[at:], same); found >= 0 {
				at += found
			} else {
				at = min(at+1, len(steps))
				steps = slices.Insert(steps, at, &step{statement: s.statement})
			}
			steps[at].of, steps[at].sent = append(steps[at].of, n), append(steps[at].sent, s)
		}
	}
	for _, s := range steps {
		s.queue(b)
	}
}

// queue puts a statement into a batch: on its own where it is sent for one row of values, else for many.
func (s *step) queue(b *pgx.Batch) {
	if len(s.sent) == 1 {
		s.alone(b)
	} else {
		s.many(b)
	}
}

func (s *step) alone(b *pgx.Batch) {
	only := s.sent[0]
	to := only.reading
	q := b.Queue(s.statement.sql, only.args)
	if to.all == nil && len(to.dest) == 0 {
		return
	}
	if s.statement.forMany() {
		to.dest = append([]any{nil}, to.dest...) // for whom it is, is clear
	}
	q.Query(to.rows)
}

func (s *step) many(b *pgx.Batch) {
	q := b.Queue(s.statement.many, columns(s.values))
	if len(s.sent[0].reading.dest) == 0 {
		return
	}
	to := map[int]reading{}
	for i, n := range s.of {
		r := s.sent[i].reading
		r.dest = append([]any{nil}, r.dest...)
		to[n] = r
	}
	q.Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var n pgtype.Int4
			if err := rows.Conn().TypeMap().Scan(pgtype.Int4OID, rows.FieldDescriptions()[0].Format, rows.RawValues()[0], &n); err != nil {
				return err
			}
			if err := to[int(n.Int32)].row(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// values are those of many rows, an array for each name.
func (s *step) values() ([]any, error) {
	arrays := make([][]any, len(s.statement.names))
	for i, one := range s.sent {
		values, err := s.statement.values(one.args, s.of[i])
		if err != nil {
			return nil, err
		}
		for c, v := range values {
			if id, ok := v.(string); ok && s.statement.types[c] == "uuid" { // a text would have all of the statement sent as text
				var parsed pgtype.UUID
				if err := parsed.Scan(id); err != nil {
					return nil, err
				}
				v = parsed
			}
			arrays[c] = append(arrays[c], v)
		}
	}
	columns := make([]any, len(arrays))
	for c := range arrays {
		columns[c] = arrays[c]
	}
	return columns, nil
}

// columns give the values of a statement that is sent for many.
type columns func() ([]any, error)

// RewriteQuery is how pgx asks for them.
func (c columns) RewriteQuery(_ context.Context, _ *pgx.Conn, sql string, _ []any) (string, []any, error) {
	values, err := c()
	return sql, values, err
}
