package expense

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Reader reads claims as they are stored, by the policy with which they began, for whoever looks at them from outside a request: a file of
// payments, an export.
type Reader struct{ k rules }

// NewReader makes a reader of the claims that began with a definition.
func NewReader(d workflows.Definition) (Reader, error) {
	var r Reader
	if err := json.Unmarshal(d.Policy, &r.k.Policy); err != nil {
		return r, fmt.Errorf("read the policy of a definition of %s: %w", d.Kind, err)
	}
	return r, nil
}

// Standing is how a claim stands with its payment. Its amounts are in the currency that the claim is paid in.
type Standing struct {
	Due    workflows.Money // what is paid in all, once the claim is approved
	Paid   workflows.Money // what was paid of that, less what was taken back
	Open   workflows.Money // what is left
	PaidOn workflows.Date  // the day of the last payment of a claim that is paid in whole; else zero
	Batch  string          // the payment file that it was last handed to the bank in; empty: none
}

// Standing tells how a claim stands.
func (r Reader) Standing(claim workflows.Request) Standing {
	s := Standing{Due: r.k.due(claim), Paid: r.k.paid(claim), Open: r.k.open(claim), Batch: claim.Form[batch]}
	if claim.State != StatePaid {
		return s
	}
	for _, p := range r.k.paymentsOf(claim) {
		if p.amount.Minor > 0 && p.on.After(s.PaidOn) {
			s.PaidOn = p.on
		}
	}
	return s
}

// Noted tells whether a claim knows a payment already that an event brings.
func (r Reader) Noted(claim workflows.Request, event workflows.Event, brought workflows.Form) bool {
	value := payments
	if event == PayFailed {
		value = failures
	}
	return slices.ContainsFunc(r.k.listed(claim, value), func(p payment) bool {
		return p.on.String() == brought["paid_on"] && p.amount.Amount() == brought["amount"] && p.amount.Currency == brought["currency"] &&
			p.reference == brought["reference"]
	})
}

// Line is a line of a claim.
type Line struct {
	Merchant  string
	City      string
	InvoiceNo string
	Rate      string          // by which it is paid in the claim's currency, as workflows.Rate writes it; empty: it is in that currency
	RateOn    workflows.Date  // the day that the rate is of; zero: there is none, or its owner said it
	Pays      workflows.Money // what is paid of it
	Tax       workflows.Money // zero: not said
}

// Line reads a line of a claim; false: it has none of that ID.
func (r Reader) Line(claim workflows.Request, id int) (Line, bool) {
	lines := r.k.lines(claim.Form)
	i := slices.IndexFunc(lines, func(l line) bool { return l.id == id })
	if i < 0 {
		return Line{}, false
	}
	l := lines[i]
	read := Line{Merchant: l.merchant, City: l.city, InvoiceNo: claim.Form[l.field("invoice_no")],
		Pays: r.k.allowed(claim, id), Tax: l.tax}
	if rate, converted := claim.Measures[of(measureRate, id)]; converted {
		read.Rate = workflows.Rate(rate).String()
		if day, quoted := claim.Measures[of(measureRated, id)]; quoted {
			read.RateOn = workflows.DateFromDays(int(day))
		}
	}
	return read, true
}

// CategoryName is the key of the name that texts have for a category; of a company's own, its code.
func CategoryName(code string) string { return Category{Code: code}.textKey() }
