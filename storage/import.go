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
	Lines       []string // what changes, and what is skipped, in the order of the file's lines
	Stays       []string // what is stored, is not in the file and stays as it is
	Warnings    []string
	Faults      []table.Fault        // with any, nothing is stored
	Deactivated []workflows.PersonID // who leaves by it; their open turns fall due to be moved in the same transaction
	Unchanged   int                  // lines that say what is stored already
	Changed     int                  // lines that change something

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
func (i Import) Plan(ctx context.Context) (Plan, error) {
	tx, err := i.store.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return Plan{}, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	return i.plan(ctx, tx, i.table)
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

func ids(people []workflows.PersonID) []int64 {
	list := make([]int64, len(people))
	for i, id := range people {
		list[i] = int64(id)
	}
	return list
}

func (p *Plan) fault(line int, column, format string, args ...any) {
	p.Faults = append(p.Faults, table.Fault{Line: line, Column: column, Sentence: fmt.Sprintf(format, args...)})
}

func (p *Plan) say(line int, format string, args ...any) {
	p.Lines = append(p.Lines, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (p *Plan) warn(line int, format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (p *Plan) write(sql string, a args) { p.writes = append(p.writes, write{sql, a}) }

// sort puts the faults in the order of the file, so that it can be put right from top to bottom.
func (p *Plan) sort() {
	slices.SortStableFunc(p.Faults, func(a, b table.Fault) int { return a.Line - b.Line })
}

// cells reads the cells of a row, each with its rule, and notes what is wrong with them.
type cells struct {
	row  table.Row
	plan *Plan
}

func (c cells) fault(column, format string, args ...any) {
	c.plan.fault(c.row.Line, column, format, args...)
}

// text reads a cell of one line of text.
func (c cells) text(column string, limit int) string {
	s, err := workflows.CleanText(c.row.Cell(column), limit)
	switch {
	case err != nil:
		c.fault(column, "%s", sentence(err))
	case strings.ContainsRune(s, '\n'):
		c.fault(column, "Write it on one line.")
	}
	return s
}

// required reads a cell of one line of text that may not be empty.
func (c cells) required(column string, limit int) string {
	if c.row.Cell(column) == "" {
		c.fault(column, "This cell is empty; fill it in.")
	}
	return c.text(column, limit)
}

// key reads a cell that says whom a line is about.
func (c cells) key(column string) string {
	s := c.required(column, 40)
	if strings.ContainsFunc(s, unfitForKey) {
		c.fault(column, "%s holds a space or a hidden sign; write it without.", table.Show(s))
	}
	return s
}

func unfitForKey(r rune) bool { return r == ' ' || workflows.Inert(string(r)) != string(r) }

// date reads a date; an empty cell is none.
func (c cells) date(column string) workflows.Date {
	s := c.row.Cell(column)
	if s == "" {
		return workflows.Date{}
	}
	d, err := workflows.ParseDate(s)
	if err != nil {
		c.fault(column, "%s", sentence(err))
	}
	return d
}

// country reads an ISO 3166 code.
func (c cells) country() string {
	s := c.row.Cell("country")
	if !isCountry(s) {
		c.fault("country", "%s is no country; write its two capital letters, as CN, DE or US.", table.Show(s))
	}
	return s
}

// choice reads a cell that holds one of a few words.
func (c cells) choice(column string, words ...string) string {
	s := c.row.Cell(column)
	if !slices.Contains(words, s) {
		shown := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
		c.fault(column, "%s is not known; write one of %s.", table.Show(s), strings.Join(shown, ", "))
	}
	return s
}

// sentence says in English what a refusal of a single cell means.
func sentence(err error) string {
	var refusal *workflows.Error
	if !errors.As(err, &refusal) {
		return err.Error()
	}
	value := table.Show(fmt.Sprint(refusal.Args["Value"]))
	switch refusal.Text {
	case "date.format":
		return fmt.Sprintf("%s is no date; write it as 2026-11-30 (year, month, day).", value)
	case "date.range":
		return fmt.Sprintf("%s is too far away to be meant.", value)
	case "date.impossible":
		return fmt.Sprintf("There is no such day as %s.", value)
	case "text.too_long":
		return fmt.Sprintf("The text is too long; at most %v characters fit.", refusal.Args["Max"])
	case "text.combining":
		return "Too many accents stand on one letter; write the plain text."
	case "text.invisible":
		return "Nothing in the text can be seen; write something visible."
	}
	return "The text holds signs that cannot be stored; write it anew."
}
