package expense

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// line is a line of a claim, read. What its form does not say yet is zero.
type line struct {
	id       int
	category Category
	date     workflows.Date
	until    workflows.Date // the last date of a journey that is paid by the day
	amount   workflows.Money
	receipts []string // IDs of files
	merchant string
	city     string
	invoice  string // its number, as it is compared
	tax      workflows.Money
	quantity int64
	rate     workflows.Rate // that its owner says in place of the table's; zero: none
	note     string
	currency string
	pay      string // the currency that the claim is paid in
}

// lines reads the lines of a form, which may be a draft's.
func (k rules) lines(form workflows.Form) []line {
	var list []line
	for _, id := range lineItems.Lines(form) {
		at := func(field string) string { return form[workflows.LineName(field, id)] }
		l := line{id: id, merchant: at("merchant"), city: at("city"), invoice: invoiceKey(at("invoice_no")), note: at("note"),
			receipts: workflows.FileIDs(at("receipt")), currency: cmp.Or(at("currency"), k.Currencies[0]), pay: k.paidIn(form)}
		l.category, _ = k.category(at("category"))
		l.date, _ = workflows.ParseDate(at("date"))
		l.until, _ = workflows.ParseDate(at("until"))
		l.quantity, _ = strconv.ParseInt(at("quantity"), 10, 64)
		if l.amount = k.claimed(l, at("amount")); !l.category.byPolicy() { // whose amount is nobody's to convert, and has no tax in it
			l.rate, _ = workflows.ParseRate(at("rate"))
			l.tax, _ = workflows.ParseMoney(at("tax"), l.currency)
		}
		list = append(list, l)
	}
	return list
}

// byPolicy tells whether the policy says what a line of the category comes to, so that nobody types an amount.
func (c Category) byPolicy() bool { return c.Rate != "" || c.PerDiem != nil }

// claimed is what a line asks for: what its receipt says, or what the policy pays for so many units or days.
func (k rules) claimed(l line, amount string) workflows.Money {
	switch c := l.category; {
	case c.Rate != "":
		m := k.money(c.Rate)
		m.Minor *= l.quantity // which fits: see Policy.Check
		return m
	case c.PerDiem != nil:
		return k.perDiem(*c.PerDiem, l)
	}
	m, _ := workflows.ParseMoney(amount, l.currency)
	return m
}

// perDiem is what the dates of a journey come to: the first and the last by their own amount, those between by the day's.
func (k rules) perDiem(p PerDiem, l line) workflows.Money {
	edge, day := k.money(p.Edges), k.money(p.Day)
	switch days := int64(l.until.Days() - l.date.Days()); {
	case l.date.IsZero() || l.until.IsZero() || days < 0 || days > maxAgeDays:
		return workflows.Money{Currency: k.Currency}
	case days == 0:
		return edge
	default:
		edge.Minor = 2*edge.Minor + (days-1)*day.Minor
		return edge
	}
}

// field names an input of the line.
func (l line) field(name string) string { return workflows.LineName(name, l.id) }

// given tells whether the line says what it asks for.
func (l line) given() bool { return l.amount.Minor > 0 }

// missing lists the fields that are still to be filled in.
func (l line) missing() []string {
	var names []string
	add := func(name string, given bool) {
		if !given {
			names = append(names, name)
		}
	}
	add("category", l.category.Code != "")
	add("date", !l.date.IsZero())
	switch c := l.category; {
	case c.Rate != "":
		add("quantity", l.quantity > 0)
	case c.PerDiem != nil:
		add("until", !l.until.IsZero())
	default:
		add("amount", l.given())
	}
	return names
}

// invoiceShape is a folded invoice number. Whatever else could stand in it, as a sign that nobody sees, would make another number of it.
var invoiceShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9 /-]*$`)

// invoiceKey is an invoice number as it is compared: letters and digits alone, in capitals, its digits as ASCII has them.
func invoiceKey(number string) string {
	return apart.Replace(strings.Join(strings.Fields(workflows.Folded(number)), ""))
}

var apart = strings.NewReplacer("/", "", "-", "")

// belongs finds the line of a draft that something belongs to which was brought. What is said belongs to the first line that is a receipt
// and nothing else; a receipt to the last line, if that needs one and has none.
func (k rules) belongs(r workflows.Request, brought workflows.Form, f workflows.Facts) int {
	there := k.lines(r.Form)
	said := k.lines(brought)
	if len(said) != 1 || len(there) == 0 {
		return 0
	}
	if receipt := said[0]; len(receipt.receipts) > 0 {
		last := there[len(there)-1]
		if !receipt.given() && receipt.category.Code == "" && len(last.receipts) == 0 && k.needsReceipt(last, f) {
			return last.id
		}
		return 0
	}
	i := slices.IndexFunc(there, func(l line) bool {
		return len(l.receipts) > 0 && !l.given() && (l.category.Code == "" || said[0].category.Code == "")
	})
	if i < 0 {
		return 0
	}
	return there[i].id
}

// fits tells whether a field belongs into a form as it is filled in so far.
func (k rules) fits(field string, form workflows.Form, _ workflows.Person) bool {
	name, id := workflows.SplitLineName(field)
	at := func(field string) string { return form[workflows.LineName(field, id)] }
	c, _ := k.category(at("category"))
	switch name {
	case "pay_in":
		return len(k.PayIn) > 1
	case "cost_center":
		return len(k.CostCenters) > 0
	case "amount", "tax", "currency":
		return !c.byPolicy() && (name != "tax" || at("receipt") != "")
	case "invoice_no":
		return at("receipt") != ""
	case "quantity":
		return c.Rate != ""
	case "until":
		return c.PerDiem != nil
	case "city":
		return len(c.cities()) > 0
	case "rate":
		return at("currency") != "" && at("currency") != k.paidIn(form) && !c.byPolicy()
	}
	return true
}

// paidIn is the currency that a claim is paid in.
func (k rules) paidIn(form workflows.Form) string {
	if code := form["pay_in"]; code != "" {
		return code
	}
	return k.PayIn[0]
}
