package expense

import (
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

// What is worked out when a claim is sent, and stays as it is from then on. The measures of a line have its ID behind their name, as
// pays_2.
const (
	MeasureTotal = "total"   // what is paid in all, in minor units of the currency that the claim is paid in
	MeasureBase  = "base"    // the same in the policy's currency, by which the route is chosen
	measurePays  = "pays_"   // what is paid of a line, in minor units of the currency that the claim is paid in
	measureBase  = "base_"   // the same in the policy's
	measureRate  = "rate_"   // how many units of that currency one unit of the line's is paid with, as a workflows.Rate
	measureRated = "quoted_" // the day that the rate is of, counted from 1970-01-01; none: its owner said it
)

func of(measure string, id int) string { return fmt.Sprint(measure, id) }

// measure works out what is paid of each line: what it asks for, by the rate of its date, up to the limits that are paid up to.
func (k rules) measure(r workflows.Request, f workflows.Facts) (map[string]int64, []*workflows.Error) {
	var faults []*workflows.Error
	pay := k.paidIn(r.Form)
	measures := map[string]int64{}
	total, base := workflows.Money{Currency: pay}, workflows.Money{Currency: k.Currency}
	spent := k.spending(r, f)
	for _, l := range k.lines(r.Form) {
		if missing := l.missing(); len(missing) > 0 { // by what its category needs
			faults = append(faults, workflows.Fault(l.field(missing[0]), "field.required", nil))
			continue
		}
		w, fault := k.worth(l, f)
		if fault != nil {
			faults = append(faults, fault)
			continue
		}
		w, err := spent.take(l, w)
		if err != nil {
			return nil, []*workflows.Error{tooLarge(l)}
		}
		measures[of(measurePays, l.id)], measures[of(measureBase, l.id)] = w.pays.Minor, w.base.Minor
		if l.amount.Currency != pay {
			measures[of(measureRate, l.id)] = int64(w.rate)
			if !w.quoted.IsZero() {
				measures[of(measureRated, l.id)] = int64(w.quoted.Days())
			}
		}
		var errTotal, errBase error
		if total, errTotal = total.Add(w.pays); errTotal == nil {
			base, errBase = base.Add(w.base)
		}
		if errTotal != nil || errBase != nil {
			return nil, []*workflows.Error{tooLarge(l)}
		}
	}
	if list := k.lines(r.Form); len(faults) == 0 && total.Minor == 0 && len(list) > 0 && list[0].given() {
		faults = append(faults, workflows.Fault(list[0].field("amount"), "expense.nothing", nil))
	}
	measures[MeasureTotal], measures[MeasureBase] = total.Minor, base.Minor
	return measures, faults
}

// worth is what a line comes to before limits.
type worth struct {
	pays   workflows.Money // in the currency that the claim is paid in
	base   workflows.Money // in the policy's
	rate   workflows.Rate  // by which the line's currency is paid
	quoted workflows.Date  // the day that it is of; zero: its owner said it
}

// worth converts a line. A rate that is missing is named, and never guessed.
func (k rules) worth(l line, f workflows.Facts) (worth, *workflows.Error) {
	pay := l.pay
	from, ok := f.Rate(l.amount.Currency, l.date, k.Currency)
	if !ok {
		return worth{}, k.noRate(l, l.amount.Currency)
	}
	into, ok := f.Rate(pay, l.date, k.Currency)
	if !ok {
		return worth{}, k.noRate(l, pay)
	}
	w := worth{rate: l.rate}
	if l.rate == 0 || l.amount.Currency == pay {
		rate, err := workflows.CrossRate(into.Rate, from.Rate)
		if err != nil {
			return worth{}, tooLarge(l)
		}
		w.rate, w.quoted = rate, earlier(from.Date, into.Date)
	}
	var err error
	if w.pays, err = workflows.Convert(l.amount, pay, workflows.BaseRate, w.rate); l.amount.Currency == pay {
		w.pays, err = l.amount, nil
	}
	if err == nil {
		w.base, err = workflows.Convert(w.pays, k.Currency, into.Rate, workflows.BaseRate)
	}
	if err != nil {
		return worth{}, tooLarge(l)
	}
	return w, nil
}

func earlier(a, b workflows.Date) workflows.Date {
	if b.Before(a) {
		return b
	}
	return a
}

func (k rules) noRate(l line, currency string) *workflows.Error {
	return workflows.Fault(l.field("currency"), "expense.no_rate",
		workflows.Args{"Currency": currency, "Base": k.Currency, "Date": l.date.String()})
}

func tooLarge(l line) *workflows.Error {
	return workflows.Fault(l.field("amount"), "expense.too_large", nil)
}

// whole is what a line that was measured asks for, in the currency that the claim is paid in.
func (l line) whole(r workflows.Request) workflows.Money {
	if l.amount.Currency == l.pay {
		return l.amount
	}
	m, err := workflows.Convert(l.amount, l.pay, workflows.BaseRate, workflows.Rate(r.Measures[of(measureRate, l.id)]))
	if err != nil { // it fitted when it was measured
		return workflows.Money{Minor: r.Measures[of(measurePays, l.id)], Currency: l.pay}
	}
	return m
}

// scaled is m · part / whole, half up; nothing of nothing.
func scaled(m, part, whole workflows.Money) (workflows.Money, error) {
	if whole.Minor == 0 || part.Minor == 0 {
		return workflows.Money{Currency: m.Currency}, nil
	}
	return m.Share(part.Minor, whole.Minor)
}

// wants says which facts a claim needs: its rates, its keys, and what else its requester spends around its dates.
func (k rules) wants(form workflows.Form, _ workflows.Person) workflows.Wants {
	var w workflows.Wants
	pay := k.paidIn(form)
	rate := func(currency string, on workflows.Date) {
		if currency != "" && currency != k.Currency && !on.IsZero() {
			w.Rates = append(w.Rates, workflows.RateWanted{Currency: currency, Date: on})
		}
	}
	for _, l := range k.lines(form) {
		rate(l.currency, l.date)
		rate(pay, l.date)
		if l.invoice != "" {
			w.Claims = append(w.Claims, invoiceClaim(l.invoice))
		}
		if !l.date.IsZero() {
			w.Charges = w.Charges.And(around(l.date))
		}
	}
	if first := w.Charges.To.AddDays(-maxAgeDays); !w.Charges.To.IsZero() && w.Charges.From.Before(first) { // a mistyped year
		w.Charges.From = first
	}
	return w
}

// around is the month of a date, and what may belong to a claim that was split.
func around(d workflows.Date) workflows.DateSpan {
	first := workflows.Date{Year: d.Year, Month: d.Month, Day: 1}
	last := first.AddDays(31)
	last = last.AddDays(-last.Day)
	return workflows.DateSpan{From: first.AddDays(-splitDays), To: last.AddDays(splitDays)}
}

// charge writes down what the lines of a claim spend from now on.
func (k rules) charge(r workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Charges = []workflows.Charge{}
	for _, l := range k.lines(r.Form) {
		base, err := k.sanctionedBase(r, l)
		if err != nil {
			return err
		}
		d.Charges = append(d.Charges, workflows.Charge{Line: l.id, Heading: l.category.Code, Date: l.date, Amount: l.amount, Base: base})
	}
	return nil
}

// release gives back what a claim held, since nothing comes of it.
func release(_ workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	d.Released, d.Freed = true, true
	return nil
}
