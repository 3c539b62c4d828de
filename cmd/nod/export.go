package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/leave"
)

type exportCommand struct {
	Kind    string   `arg:"" enum:"balances,requests,expenses,payments" help:"What to write: ${enum}."`
	File    string   `arg:"" help:"The file, .csv or .xlsx, which is written anew; - writes CSV to standard output."`
	From    string   `placeholder:"DATE" help:"Only what is valid, was sent, or was spent, on this day or later, as 2026-01-01."`
	To      string   `placeholder:"DATE" help:"Only what is valid, was sent, or was spent, on this day or earlier."`
	Lang    string   `aliases:"language" enum:"en,zh" default:"en" help:"The language of the first line and of names: en or zh."`
	Reasons bool     `help:"Requests: write what people wrote, as reasons, too. It is confidential, so it is left out without this."`
	State   []string `placeholder:"STATE" help:"Expenses: only claims in this state, as approved or paid; several with commas."`
	Batch   string   `placeholder:"NAME" help:"Payments: write once more what was handed to the bank under this name and is not paid yet."`
	Apply   bool     `help:"Payments: mark the claims as handed to the bank, so that the next file does not pay them again."`
}

// Help says what the file holds, with an example.
func (exportCommand) Help() string {
	return `Writes a file that spreadsheets open: CSV as UTF-8 with a mark, or an Excel workbook, by the name's end. Whatever people ` +
		`wrote in it is text; nothing in it runs as a formula. It is written beside its place and moved there when it is whole.

balances has a line for each grant and each correction, with what is used, reserved and left. nod import balances reads it again: ` +
		`what is there already is skipped. requests has a line for each request, types of leave included, so keep it like a personnel ` +
		`file; what was erased is exported as erased.

expenses has a line for each line of the claims whose date lies within the period, without -from and -to the month before: what it ` +
		`was, whose, what is paid of it and by which rate, and where the claim stands. Drafts and claims of which nothing came, as ` +
		`rejected ones, are not in it.

payments has a line for each claim that is approved or whose payment failed, with the account and what is open, for the bank. Who ` +
		`has no bank_account is named and left out. With -apply the claims are marked as handed to the bank under the name of a batch, ` +
		`which is printed; nobody is in two batches, and -batch writes the file of one again.

Example: nod export requests requests.xlsx -from 2026-01-01 -to 2026-12-31

Example: nod export expenses november.xlsx -from 2026-11-01 -to 2026-11-30 -lang zh

Example: nod export payments bank.csv -apply`
}

// check refuses flags that the kind of file has no use for.
func (e exportCommand) check() error {
	only := func(kind, flag string, given bool) error {
		if !given || e.Kind == kind {
			return nil
		}
		return usageError{fmt.Errorf("-%s is for %s", flag, kind)}
	}
	if e.Reasons && e.Kind != "requests" {
		return usageError{errors.New("-reasons is for requests; balances always have their reasons, since an import needs them")}
	}
	if e.Kind == "payments" && e.From+e.To != "" {
		return usageError{errors.New("payments have all that is to be paid, whenever it was spent; leave out -from and -to")}
	}
	if e.Apply && e.Batch != "" {
		return usageError{errors.New("what is in a batch is marked already; leave out -apply")}
	}
	return errors.Join(only("expenses", "state", len(e.State) > 0), only("payments", "batch", e.Batch != ""),
		only("payments", "apply", e.Apply))
}

// Run writes the file.
func (e exportCommand) Run(ctx context.Context, p *program) error {
	from, err := day("from", e.From)
	if err != nil {
		return err
	}
	until, err := day("to", e.To)
	if err != nil {
		return err
	}
	if !until.IsZero() && until.Before(from) {
		return usageError{fmt.Errorf("-to %s is before -from %s", until, from)}
	}
	if err := e.check(); err != nil {
		return err
	}
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	file, err := createSheet(e.File, e.Kind, p.stdout)
	if err != nil {
		return err
	}
	defer file.discard()
	x := export{exportCommand: e, desk: d, sheet: file, words: d.texts.For(e.Lang, time.Local.String(), d.clock.Now()),
		says: p.stdout, progress: p.stderr}
	if e.File == "-" { // where the table goes
		x.says = p.stderr
	}
	switch e.Kind {
	case "balances":
		err = x.balances(ctx, from, until)
	case "requests":
		err = x.requests(ctx, from, until)
	case "expenses":
		err = x.expenses(ctx, from, until)
	default:
		return x.payments(ctx)
	}
	if err == nil {
		err = file.keep()
	}
	if err != nil {
		return full(err)
	}
	if e.File != "-" {
		fmt.Fprintf(p.stdout, "exported: %s to %s\n", lines(x.lines, "written"), e.File)
	}
	return nil
}

// full says what to do where a sheet has no more room.
func full(err error) error {
	if !errors.Is(err, table.ErrFull) {
		return err
	}
	return fmt.Errorf("a workbook has no room for more than %d lines; write a .csv file, or less at once with -from and -to", table.MaxRows)
}

func day(flag, s string) (workflows.Date, error) {
	if s == "" {
		return workflows.Date{}, nil
	}
	d, err := workflows.ParseDate(s)
	if err != nil {
		return d, usageError{fmt.Errorf("-%s %s is no date; write it as 2026-11-30", flag, table.Show(s))}
	}
	return d, nil
}

// export writes one.
type export struct {
	exportCommand
	*desk
	sheet    *sheetFile
	words    *texts.Printer
	says     io.Writer // what came of it
	progress io.Writer
	readers  map[string]expense.Reader // of claims, by the hash of the definition with which they began
	lines    int
}

// header writes the line that names the columns: as an import reads them, or in another language.
func (x *export) header(columns []string) error {
	cells := make([]table.Cell, len(columns))
	for i, c := range columns {
		cells[i] = table.Text(x.columnName(c))
	}
	return x.sheet.Write(cells...)
}

// columnName is what a column is called: one of a form's, as the form calls it, unless the language is that of the names.
func (x *export) columnName(column string) string {
	if key := "column." + column; x.words.Has(key) {
		return x.words.Text(key, nil)
	}
	for _, k := range x.policy.Kinds() {
		if key := string(k.Kind) + ".field." + column; x.words.Has(key) && x.words.Language() != "en" {
			return x.words.Text(key, nil)
		}
	}
	return column
}

func (x *export) write(cells []table.Cell) error {
	const apart = 10_000
	if x.lines++; x.lines%apart == 0 {
		fmt.Fprintf(x.progress, "%d lines …\n", x.lines)
	}
	return x.sheet.Write(cells...)
}

func (x *export) balances(ctx context.Context, from, until workflows.Date) error {
	var columns []string
	for _, c := range storage.BalanceColumns {
		columns = append(columns, c.Name)
	}
	if err := x.header(columns); err != nil {
		return err
	}
	return x.store.ExportBalances(ctx, from, until, func(l storage.BalanceLine) error {
		code, name := x.unit(l.Person, l.Unit)
		days := func(m workflows.Minutes, known bool) table.Cell {
			if !known {
				return table.Text("")
			}
			return table.Number(m.Days())
		}
		debt := l.From.IsZero()
		return x.write([]table.Cell{table.Text(l.Person.No), table.Text(code), days(l.Granted, !debt), table.Date(l.From.String()),
			table.Date(l.Until.String()), table.Text(l.Reason), table.Text(l.Person.Name), table.Text(name),
			days(l.Used, l.IsGrant && !debt), days(l.Reserved, l.IsGrant && !debt), days(l.Left, l.IsGrant)})
	})
}

// unit gives the code and the name of what is granted; where the policy has it no more, the code is what its ledger is called after.
func (x *export) unit(p workflows.Person, ledger string) (code, name string) {
	for _, u := range x.policy.Units(p) {
		if u.Ledger == ledger {
			return u.Value, x.words.Text(u.Text, nil)
		}
	}
	_, code, _ = strings.Cut(ledger, ":")
	return code, code
}

// requestColumns are those that requests of all kinds have.
var requestColumns = []string{"number", "kind", "title", "state", "state_name", "requester_no", "requester", "department", "submitted_by",
	"submitted_at", "changed_at", "waiting_for", "decided_by", "days"}

func (x *export) requests(ctx context.Context, from, until workflows.Date) error {
	fields := x.fields()
	columns := slices.Clone(requestColumns)
	for _, f := range fields {
		columns = append(columns, f.name)
		if f.choice {
			columns = append(columns, f.name+"_name")
		}
	}
	if err := x.header(columns); err != nil {
		return err
	}
	var start, end time.Time
	if !from.IsZero() {
		start = from.At(0, time.Local)
	}
	if !until.IsZero() {
		end = until.AddDays(1).At(0, time.Local)
	}
	return x.store.ExportRequests(ctx, start, end, func(r storage.ExportedRequest) error {
		cells := x.requestCells(r)
		for _, f := range fields {
			values, names := x.values(r, f.name)
			cells = append(cells, cell(values))
			if f.choice {
				cells = append(cells, table.Text(strings.Join(names, "; ")))
			}
		}
		return x.write(cells)
	})
}

// cell makes one of the values of a field, of which the lines of a list have several.
func cell(values []string) table.Cell {
	if len(values) != 1 {
		return table.Text(strings.Join(values, "; "))
	}
	if c := table.Date(values[0]); c != table.Text(values[0]) {
		return c
	}
	return table.Text(values[0])
}

func (x *export) requestCells(r storage.ExportedRequest) []table.Cell {
	title, state, days := "", string(r.State), table.Text("")
	if k, ok := x.policy.Kind(r.Kind); ok {
		row := k.Named(r.Request)
		title, state = x.words.Text(row.Text, row.Args), x.words.State(r.Kind, r.State)
	}
	if m, ok := r.Measures[leave.MeasureMinutes]; ok {
		days = table.Number(workflows.Minutes(m).Days())
	}
	return []table.Cell{table.Text(r.Number), table.Text(string(r.Kind)), table.Text(title), table.Text(string(r.State)), table.Text(state),
		table.Text(r.Requester.No), table.Text(r.Requester.Name), table.Text(r.Requester.Department), table.Text(r.Submitter),
		table.Text(stamp(r.SubmittedAt)), table.Text(stamp(r.ChangedAt)), table.Text(strings.Join(r.Waiting, "; ")),
		table.Text(strings.Join(r.Decided, "; ")), days}
}

// exportField is a column of what forms hold; kinds that call a field alike share it.
type exportField struct {
	name   string
	choice bool // its values have names
}

// fields lists the columns of what the forms of all kinds hold. What people wrote is confidential; files are not in a table.
func (x *export) fields() []exportField {
	var list []exportField
	for _, k := range x.policy.Kinds() {
		for _, in := range workflows.Every(k.Fields) {
			written := (in.Type == workflows.Text || in.Type == workflows.Long) && in.Line == 0
			known := slices.ContainsFunc(list, func(f exportField) bool { return f.name == in.Base })
			if in.Type == workflows.Files || written && !x.Reasons || known {
				continue
			}
			named := func(o workflows.Option) bool { return o.Text != "" }
			choice := in.Type == workflows.Choice && slices.ContainsFunc(k.Options[in.From](workflows.Person{}), named)
			list = append(list, exportField{in.Base, choice})
		}
	}
	return list
}

// values gives what a request's form holds of a field, and what people call it.
func (x *export) values(r storage.ExportedRequest, field string) (values, names []string) {
	k, ok := x.policy.Kind(r.Kind)
	if !ok {
		return nil, nil
	}
	for _, in := range workflows.Inputs(k.Fields, r.Form) {
		value := r.Form[in.Name]
		if in.Base != field || value == "" {
			continue
		}
		values = append(values, value)
		if in.Type == workflows.Choice {
			row := k.ShowValue(in, r.Form, r.Requester, workflows.Facts{})
			names = append(names, x.words.Text(row.Text, row.Args))
		}
	}
	return values, names
}
