package expense

import (
	"errors"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// invoiceClaim is the key by which the number of an e-invoice is a claim's alone in the whole company.
func invoiceClaim(number string) string { return "invoice:" + number }

// claim takes the numbers of the claim's invoices, those that are typed and those that its receipts say, and the contents of its receipts:
// nobody can hand them in again.
func (k rules) claim(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	var keys []string
	add := func(key string) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, l := range k.lines(r.Form) {
		if l.invoice != "" {
			add(invoiceClaim(l.invoice))
		}
		for _, id := range l.receipts {
			file := f.Files[id]
			if file.Hash != "" {
				add(workflows.FileKey(file.Hash))
			}
			if file.Key != "" {
				add(file.Key)
			}
		}
	}
	d.Claims, d.Freed = keys, len(keys) == 0
	return nil
}

// duplicates refuses a receipt or an invoice number that another claim has, or that stands in this one twice. What somebody else claimed is
// not named.
func (k rules) duplicates(r workflows.Request, f workflows.Facts) []*workflows.Error {
	var faults []*workflows.Error
	lines := map[string]int{} // that have a key first
	twice := func(key string, l line) (first int, is bool) {
		if key == "" {
			return 0, false
		}
		first, is = lines[key]
		if !is {
			lines[key] = l.id
		}
		return first, is && first != l.id
	}
	for _, l := range k.lines(r.Form) {
		if l.invoice != "" {
			field := l.field("invoice_no")
			if first, is := twice(invoiceClaim(l.invoice), l); is {
				faults = append(faults, workflows.Fault(field, "expense.invoice_twice", workflows.Args{"Line": first}))
			} else if by, taken := f.Claimed[invoiceClaim(l.invoice)]; taken {
				faults = append(faults, another(field, "expense.invoice_claimed", by, r))
			}
		}
		for _, id := range l.receipts {
			file, ok := f.Files[id]
			if !ok || file.Hash == "" {
				continue
			}
			field := l.field("receipt")
			first, is := twice(workflows.FileKey(file.Hash), l)
			if by, too := twice(file.Key, l); too {
				first, is = by, true
			}
			if is {
				faults = append(faults, workflows.Fault(field, "expense.receipt_twice", workflows.Args{"Name": file.Name, "Line": first}))
			} else if file.Claimed != nil {
				fault := another(field, "expense.receipt_claimed", *file.Claimed, r)
				fault.Args["Name"] = file.Name
				faults = append(faults, fault)
			}
		}
	}
	return faults
}

// another says that another claim has something: which one, where it is the same person's.
func another(field, text string, by workflows.Claimed, r workflows.Request) *workflows.Error {
	args := workflows.Args{"Number": ""}
	if by.Requester == r.Requester {
		args["Number"] = by.Number
	}
	return workflows.Fault(field, text, args)
}

// alike lists the claims of the same person that have a line of the same date and amount.
func (l line) alike(f workflows.Facts) []string {
	var numbers []string
	for _, c := range f.Charged {
		if l.given() && c.Date == l.date && c.Amount == l.amount && !slices.Contains(numbers, c.Number) {
			numbers = append(numbers, c.Number)
		}
	}
	return numbers
}

// splitDays is how many days apart the lines of claims may lie that look like one claim in parts.
const splitDays = 7

// split finds the claims that together with this one reach a band of the route which this one alone does not, in the categories and about
// the dates of its lines; nothing where none do.
func (k rules) split(r workflows.Request, f workflows.Facts) (numbers []string, band workflows.Money) {
	own := workflows.Money{Minor: r.Measures[MeasureBase], Currency: k.Currency}
	together := own
	lines := k.lines(r.Form)
	for _, c := range f.Charged {
		near := func(l line) bool {
			apart := l.date.Days() - c.Date.Days()
			return l.category.Code == c.Heading && apart <= splitDays && apart >= -splitDays
		}
		if !slices.ContainsFunc(lines, near) {
			continue
		}
		together.Minor = plus(together.Minor, c.Base)
		if !slices.Contains(numbers, c.Number) {
			numbers = append(numbers, c.Number)
		}
	}
	for _, bound := range k.bands {
		if bound.Currency == k.Currency && own.Minor < bound.Minor && together.Minor >= bound.Minor {
			return numbers, bound
		}
	}
	return nil, workflows.Money{}
}

// atField puts a refusal at a field.
func atField(field string, err error) *workflows.Error {
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		return workflows.Fault(field, refusal.Text, refusal.Args)
	}
	return workflows.Fault(field, "field.invalid", nil)
}
