package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// Import is a file that is to be stored. Each kind of file has its own source, import_people.go and the like, which says what would
// change and how.
type Import struct {
	store *Store
	table table.Table
	lock  string // the statement that locks what the plan writes to
	plan  func(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error)
}

// Plan is what an import would change.
type Plan struct {
	Lines       []string             // what changes, and what is skipped, in the order of the file's lines
	Stays       []string             // what is stored, is not in the file and stays as it is
	Balances    []string             // what becomes of whose balance, in the order of the file
	Warnings    []table.Fault        // what is allowed and seldom meant; line 0: of the whole file
	Faults      []table.Fault        // with any, nothing is stored
	Deactivated []workflows.PersonID // who leaves by it; their open turns fall due to be moved in the same transaction
	Unchanged   int                  // lines that say what is stored already
	Changed     int                  // lines that change something; of rates, those that were another
	New         int                  // rates that are not stored yet; other files count what is new as changed

	people []workflows.PersonID // whose rows are changed, or whose ledgers are
	writes []write
	leave  []workflows.PersonID // whose bindings end
	moved  []addressBinding     // bindings that end since their address is no more their person's
	now    time.Time
}

type write struct {
	sql  string
	args args
}

// Plan says what the import would change, and changes nothing.
func (i Import) Plan(ctx context.Context) (plan Plan, err error) {
	err = i.store.snapshot(ctx, func(tx pgx.Tx) error {
		plan, err = i.plan(ctx, tx, i.table)
		return err
	})
	return plan, err
}

const sqlImportLock = `SELECT pg_advisory_xact_lock(7236106)`

// The order of ids keeps two transactions that lock several people from waiting for one another.
const (
	sqlImportPeopleLock = `
SELECT p.id
  FROM people p
 WHERE p.id = ANY (@people::bigint[])
 ORDER BY p.id
   FOR NO KEY UPDATE`
	sqlImportBooksLock = `
SELECT b.person_id
  FROM books b
 WHERE b.person_id = ANY (@people::bigint[])
 ORDER BY b.person_id
   FOR NO KEY UPDATE`
)

// Apply does the import, all of it or, with faults, nothing. Imports wait for one another; presses wait only where they touch the same
// people's ledgers or chats. It takes its locks in the order of Change; where a press and an import meet in the rest all the same, as in
// two cards of one chat, it tries again.
func (i Import) Apply(ctx context.Context) (plan Plan, err error) {
	err = withoutDeadlock(ctx, func() error {
		plan, err = i.try(ctx)
		return err
	})
	return plan, err
}

func (i Import) try(ctx context.Context) (Plan, error) {
	tx, err := i.store.pool.Begin(ctx)
	if err != nil {
		return Plan{}, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, sqlImportLock); err != nil {
		return Plan{}, err
	}
	plan, err := i.plan(ctx, tx, i.table)
	if err != nil || len(plan.Faults) > 0 {
		return plan, err
	}
	locked := plan.people
	if _, err := tx.Exec(ctx, i.lock, args{"people": ids(locked)}); err != nil {
		return plan, err
	}
	plan, err = i.plan(ctx, tx, i.table) // what was read before the locks may be old
	if err != nil || len(plan.Faults) > 0 {
		return plan, err
	}
	if !sameIDs(locked, plan.people) {
		return plan, errors.New("the people were changed by somebody else at the same moment, so nothing was imported; try again")
	}
	if err := plan.endBindings(ctx, tx); err != nil {
		return plan, fmt.Errorf("import: %w", err)
	}
	const atOnce = 1000
	for part := range slices.Chunk(plan.writes, atOnce) {
		b := &pgx.Batch{}
		for _, w := range part {
			b.Queue(w.sql, w.args)
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return plan, fmt.Errorf("import: %w", err)
		}
	}
	return plan, tx.Commit(ctx)
}

// endBindings ends the chats of whoever leaves, and those that an address made which is no more their person's.
func (p *Plan) endBindings(ctx context.Context, tx pgx.Tx) error {
	if len(p.leave) > 0 {
		if _, err := endBindings(ctx, tx, sqlEndBindings, args{"people": ids(p.leave), "now": p.now}); err != nil {
			return err
		}
	}
	for _, m := range p.moved {
		if err := endMoved(ctx, tx, m, p.now); err != nil {
			return err
		}
	}
	return nil
}

func sameIDs(a, b []workflows.PersonID) bool {
	sorted := func(ids []workflows.PersonID) []workflows.PersonID {
		return slices.Compact(slices.Sorted(slices.Values(ids)))
	}
	return slices.Equal(sorted(a), sorted(b))
}

func (p *Plan) fault(line int, column, format string, args ...any) {
	p.Faults = append(p.Faults, about(line, column, format, args))
}

func (p *Plan) say(line int, format string, args ...any) {
	p.Lines = append(p.Lines, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (p *Plan) warn(line int, format string, args ...any) {
	p.Warnings = append(p.Warnings, about(line, "", format, args))
}

// about makes a sentence. The same words about another cell have the same cause.
func about(line int, column, format string, args []any) table.Fault {
	f := table.Fault{Line: line, Column: column, Cause: format, Sentence: fmt.Sprintf(format, args...)}
	if len(args) > 0 {
		if first, ok := args[0].(string); ok && strings.HasPrefix(first, `"`) {
			f.Value = first
		}
	}
	return f
}

func (p *Plan) write(sql string, a args) { p.writes = append(p.writes, write{sql, a}) }

// sort puts the faults in the order of the file, so that it can be put right from top to bottom.
func (p *Plan) sort() {
	slices.SortStableFunc(p.Faults, func(a, b table.Fault) int { return a.Line - b.Line })
}
