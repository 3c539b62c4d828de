package expense

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// textKey names the category in texts; one of the company's own is called by its code, which is no key and is written as it is.
func (c Category) textKey() string {
	for _, known := range Codes {
		if c.Code == known {
			return "expense.category." + c.Code
		}
	}
	return c.Code
}

// title names a claim in a line. Amounts are for those whom it concerns, so a title that a lock screen shows has none.
func (k rules) title(r workflows.Request) workflows.Row {
	return workflows.Row{Text: "expense.title", Args: workflows.Args{"N": len(lineItems.Lines(r.Form))}}
}

// gist says in a line what a claim is for and what it comes to.
func (k rules) gist(r workflows.Request) workflows.Row {
	row := k.title(r)
	if list := k.lines(r.Form); len(list) > 0 {
		row.Args["First"] = list[0].category.textKey()
	}
	if _, measured := r.Measures[MeasureTotal]; measured && row.Args["First"] != nil {
		row.Text, row.Args["Money"] = "expense.gist", k.due(r).String()
	}
	return row
}

// show lists what a card says of a claim to its requester, to those who decide it, to finance and to hr; to nobody else.
func (k rules) show(r workflows.Request, f workflows.Facts, to workflows.Relation) []workflows.Row {
	if to == workflows.ToNobody {
		return nil
	}
	rows := k.lineRows(r, f)
	if _, measured := r.Measures[MeasureTotal]; measured {
		rows = append(rows, k.totalRow(r))
	}
	rows = append(rows, k.rateRows(r)...)
	switch r.State {
	case "", approval.StateDraft, approval.StatePending, approval.StateReturned: // what is decided is not looked into any more
		rows = append(rows, k.flags(r, f)...)
	}
	rows = append(rows, k.rest(r, f)...)
	return append(rows, k.paymentRows(r)...)
}

// lineRows show the lines, one in a row.
func (k rules) lineRows(r workflows.Request, f workflows.Facts) []workflows.Row {
	var rows []workflows.Row
	for i, l := range k.lines(r.Form) {
		row := k.lineRow(l, r, f)
		if i == 0 {
			row.Label = "expense.label.lines"
		}
		rows = append(rows, row)
	}
	return rows
}

// lineRow says what a line is for, what it asks for, and what is paid of it where that is less.
func (k rules) lineRow(l line, r workflows.Request, f workflows.Facts) workflows.Row {
	args := workflows.Args{"Line": l.id, "Category": l.category.textKey(), "Date": dateText(l.date), "Until": dateText(l.until),
		"Amount": "", "Merchant": l.merchant, "City": l.city, "Receipts": len(l.receipts), "Quantity": l.quantity,
		"Unit": l.category.Unit, "Pays": "", "Note": l.note, "Why": "", "Missing": []string{}}
	if l.until == l.date { // a journey of one day is a day
		args["Until"] = ""
	}
	if l.given() {
		args["Amount"] = l.amount.String()
	}
	row := workflows.Row{Text: "expense.line", Args: args}
	if missing := l.missing(); len(missing) > 0 {
		keys := make([]string, len(missing))
		for i, name := range missing {
			keys[i] = "expense.field." + name
		}
		args["Missing"], row.Tone = keys, workflows.Warn
	}
	asked, measured := r.Measures[of(measurePays, l.id)]
	if !measured {
		return row
	}
	pays := k.allowed(r, l.id)
	switch {
	case pays.Minor < asked:
		args["Pays"], args["Why"], row.Tone = pays.String(), "expense.why.sanctioned", workflows.Warn
	case pays.Minor < l.whole(r).Minor:
		args["Pays"], args["Why"], row.Tone = pays.String(), "expense.why.capped", workflows.Warn
	}
	return row
}

func dateText(d workflows.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// totalRow says what the claim comes to, and what of it is paid where that is less.
func (k rules) totalRow(r workflows.Request) workflows.Row {
	row := workflows.Row{Label: "expense.label.total", Text: "expense.total", Args: workflows.Args{"Money": k.due(r).String(), "Asked": ""}}
	asked := workflows.Money{Minor: r.Measures[MeasureTotal], Currency: k.paidIn(r.Form)}
	if due := k.due(r); due.Minor < asked.Minor {
		row.Args["Asked"] = asked.String()
	}
	return row
}

// rateRows say by which rate lines of other currencies are paid, and of which day it is.
func (k rules) rateRows(r workflows.Request) []workflows.Row {
	var rows []workflows.Row
	type rate struct {
		currency string
		rate     int64
		day      int64
	}
	told := map[rate]bool{}
	for _, l := range k.lines(r.Form) {
		fixed, converted := r.Measures[of(measureRate, l.id)]
		day, table := r.Measures[of(measureRated, l.id)]
		this := rate{l.amount.Currency, fixed, day}
		if !converted || told[this] {
			continue
		}
		told[this] = true
		row := workflows.Row{Label: "expense.label.rate", Text: "expense.rate", Args: workflows.Args{"From": l.amount.Currency,
			"Rate": workflows.Rate(fixed).String(), "To": k.paidIn(r.Form)}}
		if table {
			row.Args["Date"] = workflows.DateFromDays(int(day)).String()
		} else {
			row.Text, row.Tone, row.Args["Line"] = "expense.rate_said", workflows.Warn, l.id
		}
		rows = append(rows, row)
	}
	return rows
}

// flags list what an approver should look at.
func (k rules) flags(r workflows.Request, f workflows.Facts) []workflows.Row {
	var rows []workflows.Row
	flag := func(text string, args workflows.Args) {
		row := workflows.Row{Text: text, Args: args, Tone: workflows.Warn}
		if len(rows) == 0 {
			row.Label = "expense.label.check"
		}
		rows = append(rows, row)
	}
	for _, e := range k.found(r, f) {
		switch e.Over {
		case Warn:
			flag("expense.over", e.args())
		case Cap:
			flag("expense.capped", e.args())
		}
	}
	if k.NoReceipt == Warn {
		for _, l := range k.bare(r, f) {
			flag("expense.no_receipt", k.bareArgs(l))
		}
	}
	lines := k.lines(r.Form)
	for i, l := range lines {
		if numbers := l.alike(f); len(numbers) > 0 {
			flag("expense.alike", workflows.Args{"Line": l.id, "Numbers": numbers})
		}
		same := func(other line) bool { return l.given() && other.date == l.date && other.amount == l.amount }
		if first := slices.IndexFunc(lines[:i], same); first >= 0 {
			flag("expense.alike_here", workflows.Args{"Line": l.id, "Other": lines[first].id})
		}
	}
	if numbers, band := k.split(r, f); len(numbers) > 0 {
		flag("expense.split", workflows.Args{"Numbers": numbers, "Band": band.String()})
	}
	return rows
}

// rest are the rows below the lines: what they were for.
func (k rules) rest(r workflows.Request, f workflows.Facts) []workflows.Row {
	var rows []workflows.Row
	quote := func(label, text string) {
		if text != "" {
			rows = append(rows, workflows.Row{Label: label, Text: "text.quote", Args: workflows.Args{"Text": text}})
		}
	}
	quote("expense.label.purpose", r.Form["purpose"])
	account := r.Form["account"]
	if a, ok := f.Accounts[account]; ok {
		account = a.Titled()
	}
	quote("expense.label.account", account)
	quote("expense.label.cost_center", r.Form["cost_center"])
	for _, l := range k.lines(r.Form) {
		args := workflows.Args{"Line": l.id, "Number": r.Form[l.field("invoice_no")], "Tax": "", "TaxPaid": ""}
		if l.tax.Minor > 0 {
			args["Tax"] = l.tax.String()
		}
		if paid := k.taxPaid(r, l); paid != l.tax {
			args["TaxPaid"] = paid.String()
		}
		switch {
		case l.invoice != "":
			rows = append(rows, workflows.Row{Label: "expense.label.invoice", Text: "expense.invoice", Args: args})
		case l.tax.Minor > 0:
			rows = append(rows, workflows.Row{Label: "expense.label.tax", Text: "expense.tax_noted", Args: args})
		}
	}
	return rows
}

// terms are what is asked for: the lines, the total, what they were for.
func (k rules) terms(r workflows.Request, _ workflows.Person) []workflows.Row {
	rows := []workflows.Row{}
	if _, measured := r.Measures[MeasureTotal]; measured {
		rows = append(rows, k.totalRow(r))
	}
	return append(rows, k.rest(r, workflows.Facts{})...)
}

// paymentRows say what was paid, and what is still open. Approved is not paid, and says so.
func (k rules) paymentRows(r workflows.Request) []workflows.Row {
	var rows []workflows.Row
	for _, p := range k.paymentsOf(r) {
		row := workflows.Row{Label: "expense.label.payment", Text: "expense.paid", Tone: workflows.Good,
			Args: workflows.Args{"Money": p.amount.String(), "Date": p.on.String(), "Reference": p.reference}}
		if p.amount.Minor < 0 {
			row.Text, row.Tone = "expense.taken_back", workflows.Warn
			row.Args["Money"] = workflows.Money{Minor: -p.amount.Minor, Currency: p.amount.Currency}.String()
		}
		rows = append(rows, row)
	}
	for _, s := range unpaid {
		if r.State == s {
			rows = append(rows, workflows.Row{Label: "expense.label.payment", Text: "expense.open." + string(s), Tone: workflows.Wait,
				Args: workflows.Args{"Money": k.open(r).String()}})
		}
	}
	return rows
}

// added tells what a draft holds now that something was added to it.
func (k rules) added(r workflows.Request, _ workflows.Facts, d *workflows.Decision) error {
	list := k.lines(r.Form)
	sum := workflows.Money{Currency: k.paidIn(r.Form)}
	whole := true // all of it is known, and in one currency
	for _, l := range list {
		m, err := sum.Add(l.amount)
		if whole = whole && l.given() && err == nil; whole {
			sum = m
		}
	}
	d.Told.Args = workflows.Args{"N": len(list), "Money": ""}
	if whole && sum.Minor > 0 {
		d.Told.Args["Money"] = sum.String()
	}
	return nil
}
