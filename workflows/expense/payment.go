package expense

import (
	"maps"
	"slices"
	"strings"

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
		workflows.StateInfo{Name: StatePaid, Final: true, Tone: workflows.Good})
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
		workflows.Transition{Event: Reverse, From: []workflows.State{StatePartPaid, StatePaid}, To: approval.StateApproved,
			By: workflows.Office, Asks: reason},
	)
	return d
}

// payments is the value of a claim's form that holds what was paid, line after line: the day, the amount, and the bank's reference. It is
// none that the requester fills in. What was taken back is negative.
const payments = "payments"

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
func (k rules) paymentsOf(r workflows.Request) []payment {
	var list []payment
	for _, written := range strings.Split(r.Form[payments], "\n") {
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

// Payment is what a bank says that it paid, for the press that is not one of a chat.
func Payment(amount workflows.Money, on workflows.Date, reference string) workflows.Form {
	return workflows.Form{"amount": amount.Amount(), "currency": amount.Currency, "paid_on": on.String(), "reference": reference}
}

// brought reads the payment that an act brings: what is still open, today, where it does not say.
func (k rules) brought(c *workflows.Case) (payment, error) {
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
	if open := k.open(r); p.amount.Minor > open.Minor {
		return p, workflows.Fault("amount", "expense.paid_too_much", workflows.Args{"Number": r.Number, "Open": open.String()})
	}
	if p.on, err = workflows.ParseDate(form["paid_on"]); err != nil {
		return p, workflows.Fault("paid_on", "date.format", workflows.Args{"Value": workflows.Cut(form["paid_on"], 20)})
	}
	reference, err := workflows.CleanText(form["reference"], 100)
	if err != nil {
		return p, atField("reference", err)
	}
	p.reference = strings.Join(strings.Fields(reference), " ")
	return p, nil
}

// note writes a payment down.
func note(c *workflows.Case, p payment) {
	r := c.Request
	amended := workflows.Form{payments: strings.TrimPrefix(r.Form[payments]+"\n"+p.String(), "\n")}
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
		Queue:     {By: workflows.Office, Signs: true, Undo: PayFailed},
		Reverse:   {By: workflows.Office, Signs: true, Style: workflows.Danger, Asks: []string{"comment"}, Undo: Pay, Do: k.reverse},
	}
}

// pay pays what is still open, or a part of it.
func (k rules) pay(c *workflows.Case) (workflows.Event, error) {
	p, err := k.brought(c)
	if err != nil {
		return "", err
	}
	note(c, p)
	k.tell(c, workflows.Notice{Text: "expense.notice.paid", Tone: workflows.Good}, p.amount)
	if k.open(*c.Request).Minor > 0 {
		return PayPart, nil
	}
	return Pay, nil
}

// payFailed notes that the bank sent the money back.
func (k rules) payFailed(c *workflows.Case) (workflows.Event, error) {
	k.tell(c, workflows.Notice{Text: "expense.notice.failed", Tone: workflows.Bad}, k.open(*c.Request))
	return PayFailed, nil
}

// reverse takes back what was paid: the claim is to be paid anew, or stays unpaid.
func (k rules) reverse(c *workflows.Case) (workflows.Event, error) {
	amount := k.paid(*c.Request)
	back := workflows.Money{Minor: -amount.Minor, Currency: amount.Currency}
	note(c, payment{on: c.Facts.Today(c.Facts.Org.Person(c.Request.Requester)), amount: back})
	k.tell(c, workflows.Notice{Text: "expense.notice.reversed", Tone: workflows.Warn}, amount)
	return Reverse, nil
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
