package expense

import (
	"errors"
	"strings"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense/invoice"
)

// refusedInvoices says why nothing is taken from an e-invoice. Of a file that is none, as a photo, nothing is said: it is a receipt like
// others.
var refusedInvoices = map[error]string{
	invoice.ErrBroken: "expense.invoice_broken", invoice.ErrLocked: "expense.invoice_locked", invoice.ErrSeveral: "expense.invoice_several",
	invoice.ErrRed: "expense.invoice_red", invoice.ErrIncomplete: "expense.invoice_unread", invoice.ErrUnclear: "expense.invoice_unread",
	invoice.ErrItinerary: "expense.invoice_itinerary",
}

// readFile gives what an e-invoice says of the line that it is the receipt of, and claims it by its number.
func (k rules) readFile(content []byte) (workflows.Form, string, *workflows.Error) {
	read, err := invoice.Read(content)
	if err != nil {
		for refused, text := range refusedInvoices {
			if !errors.Is(err, refused) {
				continue
			}
			fault := workflows.Refuse(workflows.Invalid, text, nil)
			if refused == invoice.ErrRed || refused == invoice.ErrSeveral { // no line could be made of it
				return nil, "", fault
			}
			return workflows.Form{}, "", fault
		}
		return workflows.Form{}, "", nil
	}
	form := workflows.Form{"invoice_no": read.Number, "date": read.Date.String(), "amount": read.Amount.Amount(),
		"currency": read.Amount.Currency, "merchant": cutTo(read.Seller, 60)}
	if read.Tax.Minor > 0 {
		form["tax"] = read.Tax.Amount()
	}
	if code := k.categoryOf(read.Category); code != "" {
		form["category"] = code
	}
	return form, invoiceClaim(invoiceKey(read.Number)), nil
}

// categoryOf finds the category for what the tax bureau calls a supply, as 餐饮服务 or 住宿服务, by the words of the policy; none when none of
// them stands in it.
func (k rules) categoryOf(supply string) string {
	for _, c := range k.Categories {
		for _, word := range c.Aliases {
			if word != "" && strings.Contains(supply, word) {
				return c.Code
			}
		}
	}
	return ""
}

func cutTo(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}
