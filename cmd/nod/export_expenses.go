package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense"
)

// expenseColumns are those of the lines of claims. Columns whose names end in _name are in the reader's language.
var expenseColumns = []string{"number", "state", "state_name", "requester_no", "requester", "department", "cost_center", "account",
	"category", "category_name", "date", "merchant", "city", "amount", "currency", "rate", "rate_date", "pays", "pays_currency", "tax",
	"invoice_no", "submitted_at", "paid_on"}

// expenses writes the lines of claims whose dates lie within a period; without bounds it is the month before.
func (x *export) expenses(ctx context.Context, from, to workflows.Date) error {
	if err := x.knowStates(); err != nil {
		return err
	}
	if from.IsZero() && to.IsZero() {
		today := workflows.DateOf(x.clock.Now().In(time.Local))
		to = today.AddDays(-today.Day)
		from = workflows.Date{Year: to.Year, Month: to.Month, Day: 1}
	}
	if err := x.header(expenseColumns); err != nil {
		return err
	}
	return x.store.ExportCharges(ctx, from, to, func(c storage.ExportedCharge) error {
		if c.Request.Kind != claimKind || len(x.State) > 0 && !slices.Contains(x.State, string(c.Request.State)) {
			return nil
		}
		read, err := x.reader(ctx, c.Request)
		if err != nil {
			return err
		}
		return x.write(x.expenseCells(c, read))
	})
}

// claimKind is the kind of request that expenses and payments are about.
var claimKind = expense.Blueprint.Definition.Kind

// knowStates refuses a state that claims do not have.
func (x *export) knowStates() error {
	k, ok := x.policy.Kind(claimKind)
	if !ok {
		return fmt.Errorf("the policy has no %s", claimKind)
	}
	for _, state := range x.State {
		if _, known := k.State(workflows.State(state)); !known {
			var names []string
			for _, info := range k.States {
				names = append(names, string(info.Name))
			}
			return usageError{fmt.Errorf("-state %s is none of a claim's states: %s", table.Show(state), strings.Join(names, ", "))}
		}
	}
	return nil
}

// reader gives what reads a claim.
func (x *export) reader(ctx context.Context, claim workflows.Request) (expense.Reader, error) {
	if read, ok := x.readers[claim.Definition]; ok {
		return read, nil
	}
	d, err := x.store.Definition(ctx, claim.Definition)
	if err != nil {
		return expense.Reader{}, err
	}
	read, err := expense.NewReader(d)
	if x.readers == nil {
		x.readers = map[string]expense.Reader{}
	}
	x.readers[claim.Definition] = read
	return read, err
}

// expenseCells are those of a line. Of a claim that was erased only what the line spent is left.
func (x *export) expenseCells(c storage.ExportedCharge, read expense.Reader) []table.Cell {
	r, who := c.Request, c.Requester
	category := expense.CategoryName(c.Heading)
	if x.words.Has(category) {
		category = x.words.Text(category, nil)
	}
	centre := r.Form["cost_center"]
	if centre == "" {
		centre = who.Department
	}
	cells := []table.Cell{table.Text(r.Number), table.Text(string(r.State)), table.Text(x.words.State(r.Kind, r.State)), table.Text(who.No),
		table.Text(who.Name), table.Text(who.Department), table.Text(centre), table.Text(r.Form["account"]), table.Text(c.Heading),
		table.Text(category), table.Date(c.Date.String())}
	line, known := read.Line(r, c.Line)
	pays, currency, rateOn, paidOn := "", "", line.RateOn, workflows.Date{}
	if known {
		pays, currency, paidOn = line.Pays.Amount(), line.Pays.Currency, read.Standing(r).PaidOn
	}
	tax := ""
	if line.Tax.Minor > 0 {
		tax = line.Tax.Amount()
	}
	return append(cells, table.Text(line.Merchant), table.Text(line.City), table.Number(c.Amount.Amount()), table.Text(c.Amount.Currency),
		table.Number(line.Rate), dateCell(rateOn), table.Number(pays), table.Text(currency), table.Number(tax), table.Text(line.InvoiceNo),
		table.Text(stamp(r.SubmittedAt)), dateCell(paidOn))
}

// dateCell makes a cell of a date; an empty one of none.
func dateCell(d workflows.Date) table.Cell {
	if d.IsZero() {
		return table.Text("")
	}
	return table.Date(d.String())
}
