package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/expense"
)

// importPayments says what the payments of a file would do to their claims, or does it. Each claim is paid by itself, as by a press: what
// the claim says of a payment that it knows already makes a file that is imported again pay nothing twice.
func (i importCommand) importPayments(ctx context.Context, p *program) error {
	columns, err := alsoNamed(storage.PaymentColumns)
	if err != nil {
		return err
	}
	content, err := i.open(ctx, p)
	if err != nil {
		return err
	}
	defer content.Close()
	sheet, faults := table.ReadSheet(content, i.Sheet, columns)
	file := storage.PaymentFile{}
	if len(faults) == 0 {
		file, faults = storage.ReadPayments(sheet)
	}
	if len(faults) > 0 {
		return refusal(i.File, faults)
	}
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	e, err := d.engine(ctx)
	if err != nil {
		return err
	}
	plan := paymentPlan{desk: d, engine: e, actor: workflows.OperatorActor(operator()), claims: map[workflows.SubjectID]*planned{}}
	for _, line := range file.Lines {
		if err := plan.add(ctx, line); err != nil {
			return err
		}
	}
	if len(plan.faults) > 0 {
		return refusal(i.File, plan.faults)
	}
	warn := func() {
		for _, warning := range append(file.Notes, table.Told(append(file.Warnings, plan.warnings...))...) {
			fmt.Fprintln(p.stdout, "warning:", warning)
		}
	}
	if i.Apply {
		warn()
		return plan.apply(ctx, p.stdout)
	}
	for _, step := range plan.steps {
		fmt.Fprintf(p.stdout, "line %d: %s\n", step.line.Line, step.says)
	}
	warn()
	acts := plan.acts()
	fmt.Fprintf(p.stdout, "nothing is changed yet: %s, %d skipped; add -apply to import. Each claim is paid by itself, and a file that "+
		"was imported in part can be imported again\n", lines(acts, "would change something"), len(plan.steps)-acts)
	return nil
}

// paymentPlan is what the lines of a payments file would do, one after the other.
type paymentPlan struct {
	*desk
	engine   *engine.Engine
	actor    workflows.Actor
	claims   map[workflows.SubjectID]*planned
	steps    []paymentStep
	faults   []table.Fault
	warnings []table.Fault
}

// planned is a claim as it would be after the lines before.
type planned struct {
	engine.Loaded
	read  expense.Reader
	lines map[string]int // the lines that name it, by what they say
	last  int            // of those that pay or fail
}

// paymentStep is what a line would do.
type paymentStep struct {
	line  storage.PaymentLine
	claim workflows.Request // as it would be then
	act   workflows.Act
	skip  bool // it was imported before
	says  string
}

func (p *paymentPlan) acts() (n int) {
	for _, step := range p.steps {
		if !step.skip {
			n++
		}
	}
	return n
}

func (p *paymentPlan) fault(line int, column, sentence string) {
	p.faults = append(p.faults, table.Fault{Line: line, Column: column, Sentence: sentence})
}

// add plans a line.
func (p *paymentPlan) add(ctx context.Context, line storage.PaymentLine) error {
	claim, err := p.find(ctx, line)
	if err != nil || claim == nil {
		return err
	}
	act := workflows.Act{Event: expense.Pay, Form: expense.Payment(line.Amount, line.On, line.Reference)}
	if line.Failed != "" {
		act.Event, act.Comment = expense.PayFailed, line.Failed
	}
	r := claim.Request
	if owner := claim.Facts.Org.Person(r.Requester); line.Employee != "" && line.Employee != owner.No {
		p.fault(line.Line, "employee_no", fmt.Sprintf("%s is a claim of %s and not of %s.", r.Number, owner.No, table.Show(line.Employee)))
		return nil
	}
	key := lineKey(line)
	if other, twice := claim.lines[key]; twice {
		p.fault(line.Line, "claim_no", fmt.Sprintf(
			"Line %d has the same payment of %s; delete one of the two, or give each its reference.", other, r.Number))
		return nil
	}
	claim.lines[key] = line.Line
	if claim.read.Noted(r, act.Event, act.Form) {
		p.steps = append(p.steps, paymentStep{line, r, act, true, fmt.Sprintf("skipped: %s: %s of %s was imported before", r.Number,
			line.Amount, line.On)})
		return nil
	}
	if _, fits := claim.Kind.Transition(act.Event, r.State); !fits {
		p.fault(line.Line, "claim_no", p.unpayable(claim, act))
		return nil
	}
	d, err := claim.Kind.Decide(r, act, p.actor, claim.Facts)
	var refused *workflows.Error
	if errors.As(err, &refused) {
		p.refused(line, claim, refused)
		return nil
	}
	if err != nil {
		return err
	}
	if sent := workflows.DateOf(r.SubmittedAt.UTC()).AddDays(-1); line.On.Before(sent) { // it was the day before somewhere
		p.warnings = append(p.warnings, table.Fault{Line: line.Line, Column: "paid_on", Sentence: fmt.Sprintf(
			"%s is before %s was sent; is the year right?", line.On, r.Number)})
	}
	claim.Request, claim.last = d.Request, line.Line
	p.steps = append(p.steps, paymentStep{line: line, claim: d.Request, act: act, says: p.outcome(line, claim, d.Request)})
	return nil
}

// find gives the claim of a line; nil: there is none, which is a fault.
func (p *paymentPlan) find(ctx context.Context, line storage.PaymentLine) (*planned, error) {
	ref, err := p.engine.Find(ctx, line.Claim)
	if errors.Is(err, &workflows.Error{Code: workflows.NotFound}) {
		p.fault(line.Line, "claim_no", fmt.Sprintf("There is no claim %s.", table.Show(line.Claim)))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if ref.Kind != claimKind {
		p.fault(line.Line, "claim_no", fmt.Sprintf("%s is no expense claim.", ref.Number))
		return nil, nil
	}
	if claim := p.claims[ref.ID]; claim != nil {
		return claim, nil
	}
	loaded, err := p.engine.Load(ctx, ref.ID)
	if err != nil {
		return nil, err
	}
	read, err := expense.NewReader(loaded.Kind.Definition)
	claim := &planned{Loaded: loaded, read: read, lines: map[string]int{}}
	p.claims[ref.ID] = claim
	return claim, err
}

// unpayable says why a claim can be neither paid nor marked as failed.
func (p *paymentPlan) unpayable(claim *planned, act workflows.Act) string {
	r := claim.Request
	state := p.printer().State(r.Kind, r.State)
	switch {
	case r.State == expense.StatePaid && act.Event == expense.PayFailed:
		return fmt.Sprintf("%s is paid; if the bank sent the money back, have finance reverse the payment in the chat.", r.Number)
	case r.State == expense.StatePaid:
		return fmt.Sprintf("%s has 0 of %s open: it is paid%s.", r.Number, claim.read.Standing(r).Due, claim.after())
	}
	return fmt.Sprintf("%s is not approved: %s.", r.Number, state)
}

// after says which line of the file the claim's figures are behind.
func (c *planned) after() string {
	if c.last == 0 {
		return ""
	}
	return fmt.Sprintf(" after line %d", c.last)
}

// refused notes at the column at fault why a payment is refused.
func (p *paymentPlan) refused(line storage.PaymentLine, claim *planned, refused *workflows.Error) {
	for _, fault := range refused.Faults() {
		column := fault.Field
		switch column {
		case "":
			column = "claim_no"
		case "comment":
			column = "failed"
		}
		alone := *fault
		alone.Others = nil
		sentence := p.explain(&alone).Error()
		if column == "amount" && claim.last > 0 {
			sentence = strings.TrimSuffix(sentence, ".") + claim.after() + "."
		}
		p.fault(line.Line, column, sentence)
	}
}

// outcome says what becomes of a claim by a line.
func (p *paymentPlan) outcome(line storage.PaymentLine, claim *planned, r workflows.Request) string {
	s := claim.read.Standing(r)
	if line.Failed != "" {
		return fmt.Sprintf("%s: %s failed (%s), %s still open", r.Number, line.Amount, workflows.Inert(line.Failed), s.Open)
	}
	says := fmt.Sprintf("%s: %s of %s, paid", r.Number, line.Amount, s.Due)
	if s.Open.Minor > 0 {
		says = fmt.Sprintf("%s: %s of %s, part paid, %s still open", r.Number, line.Amount, s.Due, s.Open)
	}
	return says
}

// apply pays claim after claim. What somebody else has changed since the plan is named, and the rest goes on.
func (p *paymentPlan) apply(ctx context.Context, w io.Writer) error {
	done, skipped := 0, 0
	var changed []error
	for _, step := range p.steps {
		at := fmt.Sprintf("line %d: ", step.line.Line)
		if step.skip {
			skipped++
			fmt.Fprintln(w, at+step.says)
			continue
		}
		answer, err := p.engine.Act(ctx, paymentCause("payment", lineKey(step.line), string(step.claim.ID)), step.claim.ID, step.act)
		var refused *workflows.Error
		switch {
		case err == nil && answer.Repeated, errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "expense.paid_before"}):
			skipped++
			fmt.Fprintf(w, "%sskipped: %s: %s of %s was imported before\n", at, step.claim.Number, step.line.Amount, step.line.On)
		case errors.As(err, &refused) && refused.Code != workflows.Unavailable && refused.Code != workflows.Unconfirmed:
			changed = append(changed, fmt.Errorf("%s%s was changed meanwhile: %w", at, step.claim.Number, p.explain(err)))
		case err != nil:
			return errors.Join(fmt.Errorf("%s%s: %w", at, step.claim.Number, p.explain(err)), fmt.Errorf("imported: %s, the rest is not; "+
				"import the file again, which skips what is imported", lines(done, "changed something")))
		case answer.Seq != step.claim.Seq:
			done++
			fmt.Fprintf(w, "%s%s was changed meanwhile: %s is noted, and it is now: %s\n", at, answer.Number, step.line.Amount,
				p.printer().State(answer.Kind, answer.State))
		default:
			done++
			fmt.Fprintln(w, at+step.says)
		}
	}
	fmt.Fprintf(w, "imported: %s, %d skipped\n", lines(done, "changed something"), skipped)
	if len(changed) == 0 {
		return nil
	}
	return errors.Join(append(changed, fmt.Errorf("%s not imported; see what became of the claims, put the file right and import it "+
		"again, which skips what is imported", lines(len(changed), "of the file")))...)
}

// lineKey is what makes two lines of payments files the same.
func lineKey(line storage.PaymentLine) string {
	return strings.Join([]string{line.On.String(), line.Amount.String(), line.Reference, fmt.Sprint(line.Failed != "")}, "\n")
}

// paymentCause identifies what the command line does to a claim by what it says, so that doing it again does nothing.
func paymentCause(what ...string) workflows.Cause {
	sum := sha256.Sum256([]byte(strings.Join(what, "\n")))
	who := workflows.ChatUser{Platform: workflows.PlatformCLI, User: operator()}
	return workflows.Cause{ChatUser: who, Key: hex.EncodeToString(sum[:])}
}
