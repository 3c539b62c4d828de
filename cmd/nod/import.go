package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

type importCommand struct {
	Kind  string   `arg:"" enum:"people,balances,calendar,accounts,rates,payments" help:"What the file holds: ${enum}."`
	File  string   `arg:"" optional:"" help:"The file, .csv or .xlsx; - reads standard input. Of rates also .xml, .zip or an https URL."`
	Sheet string   `placeholder:"NAME" help:"The sheet of a workbook; without this its first one."`
	From  string   `enum:",slack" default:"" help:"slack: print a people file of the workspace's members, to be edited and then imported."`
	Same  []string `placeholder:"NUMBER" help:"People: these numbers stay the same persons, although name and address change at once."`
	Apply bool     `help:"Import it. Without this nothing is changed."`
}

// Help shows an example.
func (importCommand) Help() string {
	return `Prints, line by line, what the file would change; with -apply it changes it, all or nothing, ` +
		`but for payments, each of which is by itself. The file is an Excel ` +
		`workbook (.xlsx) or CSV (UTF-8, UTF-16 or GB18030; commas, semicolons or tabs); its first line names the columns, dates are ` +
		`2026-11-30.

Rates are columns date,currency,per_base (units of the currency for one unit of the policy's base currency), or a file of the ` +
		`European Central Bank as it is: eurofxref.csv, eurofxref-hist.csv, their .zip, eurofxref-daily.xml. The bank's are for one ` +
		`euro; for another base they are turned about by its quote of the same day, rounded once to ten decimals, half up, and a day ` +
		`without one is left out. Where the file is a URL it is fetched (https, at most 16 MiB), which a line of cron can do every ` +
		`evening.

Payments are what the bank says of expense claims: claim_no,paid_on,amount,currency,reference, and failed with its reason where the ` +
		`bank sent the money back. A file with a fault pays nothing. Else each claim is paid by itself, and the same line pays once, so ` +
		`that a file which was imported in part can be imported again.

Example: nod import people staff.csv -apply

Example: nod import payments bank-2026-11.csv

Example: nod import rates https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml -apply`
}

// Run plans the import, or does it.
func (i importCommand) Run(ctx context.Context, p *program) error {
	switch {
	case i.From != "" && (i.Kind != "people" || i.File != "" || i.Apply):
		return usageError{errors.New("-from slack only prints a people file: nod import people -from slack > people.csv")}
	case i.From != "":
		return printColleagues(ctx, p)
	case i.File == "":
		return usageError{errors.New("which file? nod import -h explains")}
	case i.Kind == "payments":
		return i.importPayments(ctx, p)
	}
	file, faults, err := i.read(ctx, p)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return refusal(i.File, faults)
	}
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	step := file.source(d)
	do := step.Plan
	if i.Apply {
		do = step.Apply
	}
	plan, err := do(ctx)
	if err != nil {
		return err
	}
	if len(plan.Faults) > 0 {
		return refusal(i.File, plan.Faults)
	}
	i.report(p.stdout, plan, file.notes)
	return nil
}

// importFile is a file, read.
type importFile struct {
	notes  []string // what is odd about it and no fault
	source func(d *desk) storage.Import
}

func (i importCommand) read(ctx context.Context, p *program) (importFile, []table.Fault, error) {
	columns := map[string][]table.Column{"people": storage.PeopleColumns, "balances": storage.BalanceColumns,
		"calendar": storage.CalendarColumns, "accounts": storage.AccountColumns, "rates": storage.RateColumns}[i.Kind]
	columns, err := alsoNamed(columns)
	if err != nil {
		return importFile{}, nil, err
	}
	content, err := i.open(ctx, p)
	if err != nil {
		return importFile{}, nil, err
	}
	defer content.Close()
	if i.Kind == "rates" {
		return i.readRates(content, columns)
	}
	sheet, faults := table.ReadSheet(content, i.Sheet, columns)
	return importFile{sheet.Notes, func(d *desk) storage.Import { return i.source(d, sheet) }}, faults, nil
}

// open opens the file, whichever way it is named.
func (i importCommand) open(ctx context.Context, p *program) (io.ReadCloser, error) {
	switch {
	case i.File == "-":
		return io.NopCloser(p.stdin), nil
	case !strings.Contains(i.File, "://"):
		return os.Open(i.File)
	case i.Kind != "rates":
		return nil, usageError{fmt.Errorf("only rates are fetched from a URL; save the %s in a file first", i.Kind)}
	}
	content, err := fetch(ctx, i.File)
	return io.NopCloser(bytes.NewReader(content)), err
}

func (i importCommand) readRates(content io.Reader, columns []table.Column) (importFile, []table.Fault, error) {
	read, err := io.ReadAll(io.LimitReader(content, table.MaxBytes+1))
	if err != nil {
		return importFile{}, nil, fmt.Errorf("%s cannot be read: %w", i.File, err)
	}
	rates, faults := storage.ReadRates(read, i.Sheet, columns)
	return importFile{rates.Notes, func(d *desk) storage.Import {
		return d.store.ImportRates(rates, baseCurrency(d.policy), d.clock.Now())
	}}, faults, nil
}

// baseCurrency is the currency for one unit of which rates are: the one in which the policy states what people may spend.
func baseCurrency(p *policy.Policy) string {
	for _, k := range p.Kinds() {
		if k.Reporting != nil {
			return k.Reporting.Currency
		}
	}
	return "" // which no import takes
}

// alsoNamed lets columns be called as an export calls them in any language.
func alsoNamed(columns []table.Column) ([]table.Column, error) {
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		return nil, err
	}
	columns = slices.Clone(columns)
	for _, language := range workflows.Languages {
		printer := words.For(language, "UTC", time.Time{})
		for i, c := range columns {
			if key := "column." + c.Name; printer.Has(key) {
				columns[i].Also = append(columns[i].Also, printer.Text(key, nil))
			}
		}
	}
	return columns, nil
}

func (i importCommand) source(d *desk, sheet table.Table) storage.Import {
	switch i.Kind {
	case "people":
		rules := storage.PeopleRules{Patterns: slices.Sorted(maps.Keys(d.policy.Patterns())), SamePerson: i.Same,
			TimesOfDay: approval.TimesOfDay}
		return d.store.ImportPeople(sheet, rules, d.clock.Now())
	case "balances":
		return d.store.ImportBalances(sheet, d.policy.Units, d.clock.Now())
	case "accounts":
		return d.store.ImportAccounts(sheet)
	}
	return d.store.ImportCalendar(sheet)
}

func (i importCommand) report(w io.Writer, plan storage.Plan, notes []string) {
	for _, line := range plan.Lines {
		fmt.Fprintln(w, line)
	}
	for _, balance := range plan.Balances {
		fmt.Fprintln(w, "balance:", balance)
	}
	for _, who := range plan.Stays {
		fmt.Fprintf(w, "stays: %s is not in the file\n", who)
	}
	for _, warning := range append(notes, table.Told(plan.Warnings)...) {
		fmt.Fprintln(w, "warning:", warning)
	}
	changed := func(verb string) string {
		if i.Kind == "rates" {
			return fmt.Sprintf("%d new, %d changed", plan.New, plan.Changed)
		}
		return lines(plan.Changed, verb+" something")
	}
	if i.Apply {
		fmt.Fprintf(w, "imported: %s, %d unchanged\n", changed("changed"), plan.Unchanged)
		return
	}
	fmt.Fprintf(w, "nothing is changed yet: %s, %d unchanged; add -apply to import\n", changed("would change"), plan.Unchanged)
}

func lines(n int, what string) string {
	if n == 1 {
		return "1 line " + what
	}
	return fmt.Sprintf("%d lines %s", n, what)
}

// mostFaults is how many lines about faults of a file are printed.
const mostFaults = 50

// refusal lists the faults of a file.
func refusal(file string, faults []table.Fault) error {
	var list []error
	told := table.Told(faults)
	for _, line := range told[:min(len(told), mostFaults)] {
		list = append(list, errors.New(line))
	}
	if more := len(told) - mostFaults; more > 0 {
		list = append(list, fmt.Errorf("and %d more", more))
	}
	fault := "1 fault"
	if len(faults) > 1 {
		fault = fmt.Sprintf("%d faults", len(faults))
	}
	return errors.Join(append(list, fmt.Errorf("%s has %s, so nothing is imported; put them right and try again", file, fault))...)
}
