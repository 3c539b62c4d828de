package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

type auditCommand struct {
	Show   auditShow   `cmd:"" help:"Print one line for each change of a request."`
	Head   auditHead   `cmd:"" help:"Print the newest hash of each chain, to be kept elsewhere."`
	Verify auditVerify `cmd:"" help:"Check that no record was changed, added or removed, and that what is stored is what they say."`
}

type auditShow struct {
	Number string `arg:"" help:"The request's number, as LV-1042."`
}

// Help shows an example.
func (auditShow) Help() string { return "Example: nod audit show LV-1042" }

// Run prints a request's audit, oldest change first.
func (a auditShow) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	number := strings.ToUpper(strings.TrimSpace(a.Number))
	refs, err := d.store.Find(ctx, number)
	if err != nil {
		return err
	}
	if len(refs) == 0 {
		return fmt.Errorf("nothing has the number %s; /requests lists the numbers of requests", number)
	}
	for _, ref := range refs {
		if len(refs) > 1 {
			fmt.Fprintf(p.stdout, "%s %s:\n", ref.Kind, number)
		}
		rows, err := d.store.Audit(ctx, ref.ID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fmt.Fprintln(p.stdout, d.auditLine(ctx, row))
		}
	}
	return nil
}

// auditLine writes a change as one line. What was erased is named by its id.
func (d *desk) auditLine(ctx context.Context, a workflows.AuditRow) string {
	v := a.Values
	who := v.Actor
	if who == "" {
		who = strings.TrimSpace(a.Operator + d.person(ctx, a.Actor.Person()))
	}
	whom := v.For
	switch {
	case whom == "" && a.For != 0:
		whom = d.person(ctx, a.For)
	case whom == "" && v.Change.Requester != 0 && v.Change.Requester != a.Actor.Person():
		whom = d.person(ctx, v.Change.Requester)
	}
	if whom != "" {
		who += " for " + whom
	}
	line := fmt.Sprintf("%s seq %d rev %d %s %s %s %s", stamp(a.At), a.Seq, a.Revision, a.Event, who, a.Platform,
		strings.TrimSpace(fmt.Sprintf("%s → %s", a.From, a.To)))
	if v.Comment != "" {
		line += fmt.Sprintf(" “%s”", v.Comment)
	}
	return workflows.InertLine(line)
}

// person names somebody who may have been erased or forgotten; a record is shown whatever became of them.
func (d *desk) person(ctx context.Context, id workflows.PersonID) string {
	if id == 0 {
		return ""
	}
	p, err := d.store.Person(ctx, id)
	if err != nil {
		return fmt.Sprintf("person %d", id)
	}
	return p.No + " " + p.Name
}

type auditVerify struct {
	Fast    bool   `help:"Only check the hashes; do not compare what is stored with what the records say."`
	Against string `placeholder:"FILE" help:"Say also which chains are shorter, others or gone since nod audit head printed FILE."`
}

// Help shows an example.
func (auditVerify) Help() string {
	return `Each request's records form a chain of hashes. Checks the chains, works out from the records alone what every request ` +
		`is, and compares that with what is stored: its state, form, steps, turns, booking and ledger entries, and the books that it ` +
		`closed. Looks also for rows that name what does not exist. Prints NUMBER seq N and what is wrong for the first difference of ` +
		`each, and then exits with 1. What was erased still verifies, and is compared as far as it can be.
An owner of the database can take records away and make the rest fit: only -against, with heads that were kept elsewhere, shows that.

Example: nod audit verify`
}

// Run checks every chain.
func (a auditVerify) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	how := storage.Verification{Fast: a.Fast, Progress: (&progress{to: p.stderr, began: time.Now()}).records}
	verdict, err := d.store.VerifyAudit(ctx, how)
	if err != nil {
		return err
	}
	chains, states := 0, 0
	for _, b := range verdict.Broken {
		fmt.Fprintln(p.stdout, workflows.InertLine(fmt.Sprintf("%s: %s", b, b.Why)))
		if b.State {
			states++
		} else {
			chains++
		}
	}
	for _, l := range verdict.Loose {
		fmt.Fprintln(p.stdout, l)
	}
	if chains == 0 {
		fmt.Fprintf(p.stdout, "all %d records are as they were written\n", verdict.Records)
	}
	if states == 0 && chains == 0 && len(verdict.Loose) == 0 && !a.Fast {
		fmt.Fprintln(p.stdout, "what is stored is what they say")
	}
	if verdict.Partial > 0 && !a.Fast {
		fmt.Fprintf(p.stdout, "%d of %d could be compared only in part, since values were erased\n", verdict.Partial, verdict.Subjects)
	}
	err = unsound(chains, states, len(verdict.Loose))
	if a.Against != "" {
		err = errors.Join(err, d.against(ctx, p, a.Against))
	}
	return err
}

// unsound says what the outcome is when something was found.
func unsound(chains, states, loose int) error {
	var faults []error
	if loose > 0 {
		faults = append(faults, errors.New("rows name what does not exist; somebody changed the database past nod"))
	}
	switch chains {
	case 0:
	case 1:
		faults = append(faults, errors.New("the audit of 1 request is broken; compare it with a backup"))
	default:
		faults = append(faults, fmt.Errorf("the audit of %d requests is broken; compare them with a backup", chains))
	}
	switch states {
	case 0:
	case 1:
		faults = append(faults, errors.New("1 subject is stored otherwise than its audit says; somebody changed the database past nod"))
	default:
		faults = append(faults, fmt.Errorf("%d subjects are stored otherwise than their audit says; somebody changed the database past nod",
			states))
	}
	return errors.Join(faults...)
}

// progress tells whoever waits how far a long reading has come. What takes a moment says nothing.
type progress struct {
	to    io.Writer
	began time.Time
	told  time.Time
}

// progressEvery is how long somebody waits without a word.
const progressEvery = 3 * time.Second

func (p *progress) records(n int) {
	now := time.Now()
	if now.Sub(p.began) < progressEvery || now.Sub(p.told) < progressEvery {
		return
	}
	p.told = now
	fmt.Fprintf(p.to, "%d records read, %s so far\n", n, now.Sub(p.began).Round(time.Second))
}
