package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/expense"
)

var payColumns = []string{"claim_no", "employee_no", "name", "bank_account", "amount", "currency", "reference"}

// payable is a claim that the bank is to pay.
type payable struct {
	storage.ExportedRequest
	expense.Standing
	account string
}

// payments writes what the bank is to pay. What is marked as handed to the bank is marked before the file is written, under the name of a
// batch, and the file is written of what has that name: so no claim is in the files of two batches, and whatever stops the command, the
// file of a batch can be written again.
func (x *export) payments(ctx context.Context) error {
	var list []payable
	var err error
	switch batch := x.Batch; {
	case batch != "":
		list, err = x.batch(ctx, batch)
		if err == nil && len(list) == 0 {
			return fmt.Errorf("nothing is with the bank as batch %s", table.Show(batch))
		}
	case !x.Apply:
		list, err = x.payable(ctx, approval.StateApproved, expense.StateFailed)
	default:
		return x.handOver(ctx)
	}
	if err == nil {
		err = x.writePayments(list)
	}
	if err == nil && x.Batch == "" {
		fmt.Fprintln(x.progress,
			"nothing is marked: the next file has the same claims again; add -apply to mark them as handed to the bank")
		err = x.sayBatches(ctx)
	}
	return err
}

// handOver marks what is to be paid, and writes the file of it.
func (x *export) handOver(ctx context.Context) error {
	list, err := x.payable(ctx, approval.StateApproved, expense.StateFailed)
	if err != nil {
		return err
	}
	if list = x.banked(list); len(list) == 0 {
		fmt.Fprintln(x.says, "there is nothing to pay, so no file is written")
		return nil
	}
	batch := x.newBatch()
	fmt.Fprintf(x.progress, "batch %s begins\n", batch) // whatever stops the command, its name is known
	if err = x.hand(ctx, list, batch); err == nil {
		list, err = x.batch(ctx, batch)
	}
	if err == nil {
		err = x.writePayments(list)
	}
	if err != nil {
		return errors.Join(err, fmt.Errorf("there is no file; claims may be marked as batch %s all the same: nod export payments FILE "+
			"-batch %s writes it", batch, batch))
	}
	fmt.Fprintf(x.says, "handed to the bank as batch %s; nod export payments FILE -batch %s writes the file again\n", batch, batch)
	return nil
}

// newBatch names a batch, by its day.
func (x *export) newBatch() string {
	const letters = 6
	return workflows.DateOf(x.clock.Now().In(time.Local)).String() + "-" + rand.Text()[:letters]
}

// payable lists the claims in some states of which something is open, each with its owner's account if there is one.
func (x *export) payable(ctx context.Context, states ...workflows.State) ([]payable, error) {
	requests, err := x.store.OpenRequests(ctx, claimKind, states)
	if err != nil {
		return nil, err
	}
	var list []payable
	var people []workflows.PersonID
	for _, r := range requests {
		read, err := x.reader(ctx, r.Request)
		if err != nil {
			return nil, err
		}
		if s := read.Standing(r.Request); s.Open.Minor > 0 && !r.Erased {
			list, people = append(list, payable{ExportedRequest: r, Standing: s}), append(people, r.Requester.ID)
		}
	}
	slices.Sort(people)
	accounts, err := x.store.BankAccounts(ctx, slices.Compact(people))
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].account = accounts[list[i].Requester.ID]
	}
	return list, nil
}

// banked leaves out the claims of people without an account, and names them.
func (x *export) banked(list []payable) []payable {
	return slices.DeleteFunc(list, func(p payable) bool {
		if p.account == "" {
			fmt.Fprintf(x.progress, "left out: %s, %s: %s has no bank_account\n", p.Number, p.Open, workflows.Inert(p.Requester.Titled()))
		}
		return p.account == ""
	})
}

// batch lists what is with the bank under a name.
func (x *export) batch(ctx context.Context, name string) ([]payable, error) {
	list, err := x.payable(ctx, expense.StateQueued)
	return slices.DeleteFunc(list, func(p payable) bool { return p.Standing.Batch != name }), err
}

// hand marks claims as handed to the bank.
func (x *export) hand(ctx context.Context, list []payable, batch string) error {
	e, err := x.engine(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		act := workflows.Act{Event: expense.Queue, Form: expense.Batch(batch)}
		_, err := e.Act(ctx, paymentCause("queue", batch, string(p.ID)), p.ID, act)
		if errors.Is(err, &workflows.Error{Code: workflows.NotNow}) {
			fmt.Fprintf(x.progress, "left out: %s was changed meanwhile: %v\n", p.Number, x.explain(err))
			continue
		}
		if err != nil {
			return fmt.Errorf("mark %s: %w", p.Number, x.explain(err))
		}
	}
	return nil
}

// writePayments writes the file, and says what it comes to.
func (x *export) writePayments(list []payable) error {
	if err := x.header(payColumns); err != nil {
		return err
	}
	sums := map[string]workflows.Money{}
	for _, p := range x.banked(list) {
		sum, err := workflows.Money{Minor: sums[p.Open.Currency].Minor, Currency: p.Open.Currency}.Add(p.Open)
		if err != nil {
			return err
		}
		sums[sum.Currency] = sum
		cells := []table.Cell{table.Text(p.Number), table.Text(p.Requester.No), table.Text(p.Requester.Name), table.Text(p.account),
			table.Number(p.Open.Amount()), table.Text(p.Open.Currency), table.Text(p.Number)}
		if err := x.write(cells); err != nil {
			return full(err)
		}
	}
	if err := x.sheet.keep(); err != nil {
		return err
	}
	if x.File != "-" {
		fmt.Fprintf(x.says, "exported: %s to %s\n", lines(x.lines, "written"), x.File)
	}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintln(x.says, "sum:", sums[currency])
	}
	return nil
}

// sayBatches names what is with the bank.
func (x *export) sayBatches(ctx context.Context) error {
	list, err := x.payable(ctx, expense.StateQueued)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, p := range list {
		counts[p.Standing.Batch]++
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		what := "batch " + name
		if name == "" {
			what = "no batch"
		}
		count := "1 claim"
		if n := counts[name]; n > 1 {
			count = fmt.Sprintf("%d claims", n)
		}
		fmt.Fprintf(x.progress, "with the bank already: %s, %s not paid yet\n", what, count)
	}
	return nil
}
