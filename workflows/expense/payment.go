package expense

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// What finance does with a claim that is approved. Approved is not paid.
const (
	Pay       workflows.Event = "pay"        // what is still open is paid, or the part that the act brings
	PayPart   workflows.Event = "pay_part"   // what pay makes of a part
	PayFailed workflows.Event = "pay_failed" // the bank sent it back
	Queue     workflows.Event = "queue"      // it is in a payment file
	Reverse   workflows.Event = "reverse"    // what was paid is taken back, so that the claim can be paid anew
	Cancel    workflows.Event = "cancel"     // nothing is paid and nothing will be: what it holds is free again
)

// The states of a claim that is approved.
const (
	StateQueued   workflows.State = "payment_queued"
	StatePartPaid workflows.State = "part_paid"
	StateFailed   workflows.State = "payment_failed"
	StatePaid     workflows.State = "paid"
)

// unpaid are the states in which something is still to be paid.
var unpaid = []workflows.State{approval.StateApproved, StateQueued, StatePartPaid, StateFailed}

// Unpaid lists the states in which something is still to be paid.
func Unpaid() []workflows.State { return slices.Clone(unpaid) }

// withPayment adds what follows after an approval.
func withPayment(d workflows.Definition) workflows.Definition {
	i := slices.IndexFunc(d.States, func(s workflows.StateInfo) bool { return s.Name == approval.StateApproved })
	d.States[i].Final = false
	d.States = slices.Insert(d.States, i+1, workflows.StateInfo{Name: StateQueued, Tone: workflows.Wait},
		workflows.StateInfo{Name: StatePartPaid, Tone: workflows.Wait}, workflows.StateInfo{Name: StateFailed, Tone: workflows.Bad},
		workflows.StateInfo{Name: StatePaid, Final: true, Tone: workflows.Good},
		workflows.StateInfo{Name: approval.StateCancelled, Final: true})
	reason := []workflows.Field{comment}
	approvers := workflows.Transition{Event: Sanction, From: []workflows.State{approval.StatePending}, By: workflows.Approver, Asks: reason}
	at := slices.IndexFunc(d.Transitions, func(t workflows.Transition) bool { return t.Event == approval.Approve })
	d.Transitions = slices.Insert(d.Transitions, at+1, approvers)
	d.Transitions = append(d.Transitions,
		workflows.Transition{Event: Pay, From: unpaid, To: StatePaid, By: workflows.Office},
		workflows.Transition{Event: PayPart, From: unpaid, To: StatePartPaid, By: workflows.Office},
		workflows.Transition{Event: PayFailed, From: unpaid, To: StateFailed, By: workflows.Office, Asks: reason},
		workflows.Transition{Event: Queue, From: []workflows.State{approval.StateApproved, StateFailed}, To: StateQueued,
			By: workflows.Office},
		workflows.Transition{Event: Reverse, From: []workflows.State{StatePartPaid, StateFailed, StatePaid}, To: approval.StateApproved,
			By: workflows.Office, Asks: reason},
		workflows.Transition{Event: Cancel, From: []workflows.State{approval.StateApproved, StateFailed}, To: approval.StateCancelled,
			By: workflows.Office, Asks: reason, Effects: nothing},
	)
	return d
}

// Values of a claim's form that the requester does not fill in.
const (
	// What was paid, line after line: the day, the amount, and the bank's reference. What was taken back is negative.
	payments = "payments"
	// What a file said that the bank sent back, in the same form, so that the same line of a file counts once.
	failures = "failed_payments"
	// The payment file that the claim was last handed to the bank in.
	batch = "batch"
)

// payment is one of them.
type payment struct {
	on        workflows.Date
	amount    workflows.Money
	reference string
}

func (p payment) String() string {
	return strings.TrimSpace(p.on.String() + " " + p.amount.Amount() + " " + p.reference)
}

// paymentsOf reads what was paid of a claim.
func (k rules) paymentsOf(r workflows.Request) []payment { return k.listed(r, payments) }

// listed reads a value that holds payments.
func (k rules) listed(r workflows.Request, value string) []payment {
	var list []payment
	for _, written := range strings.Split(r.Form[value], "\n") {
		day, rest, _ := strings.Cut(written, " ")
		amount, reference, _ := strings.Cut(rest, " ")
		on, err := workflows.ParseDate(day)
		back := strings.HasPrefix(amount, "-")
		m, bad := workflows.ParseMoney(strings.TrimPrefix(amount, "-"), k.paidIn(r.Form))
		if err != nil || bad != nil {
			continue
		}
		if back {
			m.Minor = -m.Minor
		}
		list = append(list, payment{on, m, reference})
	}
	return list
}

// paid is what was paid of a claim, less what was taken back.
func (k rules) paid(r workflows.Request) workflows.Money {
	sum := workflows.Money{Currency: k.paidIn(r.Form)}
	for _, p := range k.paymentsOf(r) {
		sum.Minor += p.amount.Minor // at most what is due, which fits
	}
	return sum
}

// open is what is still to be paid of a claim.
func (k rules) open(r workflows.Request) workflows.Money {
	open := k.due(r)
	open.Minor -= k.paid(r).Minor
	return open
}

// Payment is what a bank says that it paid, or sent back, for the press that is not one of a chat. A claim takes the same payment once:
// that of the same day, amount and reference.
func Payment(amount workflows.Money, on workflows.Date, reference string) workflows.Form {
	return workflows.Form{"amount": amount.Amount(), "currency": amount.Currency, "paid_on": on.String(), "reference": reference}
}

// brought reads the payment that an act brings: what is still open, today, where it does not say. value is where those of its sort are
// listed, among which it must not be yet.
func (k rules) brought(c *workflows.Case, value string) (payment, error) {
	r, form := *c.Request, c.Act.Form
	p := payment{on: c.Facts.Today(c.Facts.Org.Person(r.Requester)), amount: k.open(r)}
	if form["amount"] == "" {
		return p, nil
	}
	var err error
	if form["currency"] != "" && form["currency"] != k.paidIn(r.Form) {
		return p, workflows.Fault("currency", "expense.paid_currency", workflows.Args{"Number": r.Number, "Currency": k.paidIn(r.Form)})
	}
	if p.amount, err = workflows.ParseMoney(form["amount"], k.paidIn(r.Form)); err != nil {
		return p, atField("amount", err)
	}
	if p.on, err = workflows.ParseDate(form["paid_on"]); err != nil {
		return p, workflows.Fault("paid_on", "date.format", workflows.Args{"Value": workflows.Cut(form["paid_on"], 20)})
	}
	if p.on.After(lastToday(c.Facts.Now)) {
		return p, workflows.Fault("paid_on", "expense.paid_ahead", workflows.Args{"Date": p.on.String()})
	}
	reference, err := workflows.CleanText(form["reference"], 100)
	if err != nil {
		return p, atField("reference", err)
	}
	p.reference = strings.Join(strings.Fields(reference), " ")
	if slices.Contains(k.listed(r, value), p) {
		return p, workflows.Refuse(workflows.Invalid, "expense.paid_before", workflows.Args{"Number": r.Number, "Money": p.amount.String(),
			"Date": p.on.String()})
	}
	if open := k.open(r); p.amount.Minor > open.Minor {
		return p, workflows.Fault("amount", "expense.paid_too_much", workflows.Args{"Number": r.Number, "Open": open.String()})
	}
	return p, nil
}

// lastToday is the latest date that it is anywhere: what is paid at a bank's place may be dated tomorrow at the requester's.
func lastToday(now time.Time) workflows.Date { return workflows.DateOf(now.UTC().Add(14 * time.Hour)) }

// note writes a payment down.
func note(c *workflows.Case, value string, p payment) {
	amend(c, value, strings.TrimPrefix(c.Request.Form[value]+"\n"+p.String(), "\n"))
}

// amend changes a value of the claim's form.
func amend(c *workflows.Case, name, value string) {
	r, amended := c.Request, workflows.Form{name: value}
	r.Form = maps.Clone(r.Form)
	maps.Copy(r.Form, amended)
	c.Decision.Audit.Values.Change.Amended = amended
}

// paying are the moves of finance.
func (k rules) paying() map[workflows.Event]workflows.Move {
	return map[workflows.Event]workflows.Move{
		Pay: {By: workflows.Office, Signs: true, Style: workflows.Primary, Undo: Reverse, Do: k.pay},
		// What pay makes of a part: pressed by itself it says nothing.
		PayPart: {By: workflows.Office, Signs: true, Undo: Reverse, Do: func(*workflows.Case) (workflows.Event, error) {
			return "", workflows.Refuse(workflows.Invalid, "expense.part_of_what", nil)
		}},
		PayFailed: {By: workflows.Office, Signs: true, Asks: []string{"comment"}, Undo: Pay, Do: k.payFailed},
		Queue:     {By: workflows.Office, Signs: true, Undo: PayFailed, Do: queue},
		Reverse:   {By: workflows.Office, Signs: true, Style: workflows.Danger, Asks: []string{"comment"}, Undo: Pay, Do: k.reverse},
		Cancel:    {By: workflows.Office, Signs: true, Style: workflows.Danger, Asks: []string{"comment"}, Do: k.cancel},
	}
}

// pay pays what is still open, or a part of it.
func (k rules) pay(c *workflows.Case) (workflows.Event, error) {
	p, err := k.brought(c, payments)
	if err != nil {
		return "", err
	}
	note(c, payments, p)
	k.tell(c, workflows.Notice{Text: "expense.notice.paid", Tone: workflows.Good}, p.amount)
	if k.open(*c.Request).Minor > 0 {
		return PayPart, nil
	}
	return Pay, nil
}

// payFailed notes that the bank sent the money back: all that is open, or what the act brings.
func (k rules) payFailed(c *workflows.Case) (workflows.Event, error) {
	p, err := k.brought(c, failures)
	if err != nil {
		return "", err
	}
	if c.Act.Form["amount"] != "" {
		note(c, failures, p)
	}
	k.tell(c, workflows.Notice{Text: "expense.notice.failed", Tone: workflows.Bad}, p.amount)
	return PayFailed, nil
}

// Batch is the payment file in which a claim is handed to the bank, for the press that is not one of a chat.
func Batch(name string) workflows.Form { return workflows.Form{batch: name} }

// queue notes in which file the claim is handed to the bank.
func queue(c *workflows.Case) (workflows.Event, error) {
	if name := c.Act.Form[batch]; name != c.Request.Form[batch] {
		amend(c, batch, workflows.Cut(name, 40))
	}
	return Queue, nil
}

// reverse takes back what was paid: the claim is to be paid anew, or stays unpaid.
func (k rules) reverse(c *workflows.Case) (workflows.Event, error) {
	amount := k.paid(*c.Request)
	if amount.Minor == 0 {
		return "", workflows.Refuse(workflows.Invalid, "expense.nothing_paid", workflows.Args{"Number": c.Request.Number})
	}
	back := workflows.Money{Minor: -amount.Minor, Currency: amount.Currency}
	note(c, payments, payment{on: c.Facts.Today(c.Facts.Org.Person(c.Request.Requester)), amount: back})
	k.tell(c, workflows.Notice{Text: "expense.notice.reversed", Tone: workflows.Warn}, amount)
	return Reverse, nil
}

// cancel ends a claim that will not be paid, although it was approved. One of which something is paid is corrected by a reversal first.
func (k rules) cancel(c *workflows.Case) (workflows.Event, error) {
	if paid := k.paid(*c.Request); paid.Minor > 0 {
		return "", workflows.Refuse(workflows.Invalid, "expense.cancel_paid",
			workflows.Args{"Number": c.Request.Number, "Money": paid.String()})
	}
	k.tell(c, workflows.Notice{Text: "expense.notice.cancelled", Tone: workflows.Bad}, k.due(*c.Request))
	return Cancel, nil
}

// tell tells the requester what became of their money, by whom and why.
func (k rules) tell(c *workflows.Case, n workflows.Notice, amount workflows.Money) {
	open := k.open(*c.Request)
	n.Args = workflows.Args{"Number": c.Request.Number, "Money": amount.String(), "By": c.Actor.Name(), "Comment": c.Act.Comment,
		"Open": ""}
	if open.Minor > 0 && open != amount {
		n.Args["Open"] = open.String()
	}
	for _, own := range c.Request.Own() {
		c.Tell(own, n)
	}
}
