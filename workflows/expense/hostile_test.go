package expense_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// Signs that nobody sees, which a transcript could not show either. Who wants what: a claimant hands in an invoice a second time, under a
// number that looks the same; or writes a merchant that reads otherwise on the approver's card. Numbers are refused, and what is text is
// kept as it is typed, to be shown with its signs written out (workflows.Inert).
func TestUnseenSigns(t *testing.T) {
	for _, c := range []struct {
		field, typed string
		said         string // "": it is taken
	}{
		{"amount", "3\u200b8", "number.invalid"},
		{"amount", "\u202e83", "number.invalid"},
		{"amount", "38\u0000", "number.invalid"},
		{"amount", "\u00a038\u00a0", ""},
		{"invoice_no", "2511\u200b2000", "expense.invoice_shape"},
		{"invoice_no", "\u202e25112000", "expense.invoice_shape"},
		{"invoice_no", "25112000\u2060", "expense.invoice_shape"},
		{"invoice_no", "\u0410123", "expense.invoice_shape"}, // a Cyrillic A
		{"invoice_no", "\uff21\uff11\uff12\uff13", ""},       // full-width A123
		{"merchant", "\u202eleetoM", ""},
		{"merchant", "\u200b\u200d\u2060", "text.invisible"},
		{"merchant", "a\x00b", "text.invalid"},
		{"merchant", "a\xffb", "text.invalid"},
		{"note", "e" + strings.Repeat("\u0301", 9), "text.combining"},
		{"note", "two\u200b people", ""},
		{"note", strings.Repeat("x", 301), "text.too_long"},
		{"city", "\u2066Shanghai\u2069", ""},
		{"purpose", "\u202e", "text.invisible"},
		{"date", "2026-02-27\u200e", "date.format"},
		{"category", "meal\u200b", "field.choice"},
	} {
		m := workflowtest.NewMemory(t, policy.Default())
		lin := m.Named("lin")
		form := workflows.Form{"category": "meal", "date": "2026-02-27", "amount": "38", "currency": "CNY", c.field: c.typed}
		d, err := m.Change(m.Draft("expense", lin.ID, lin.ID), workflows.Act{Event: approval.Submit, Form: form}, workflows.PersonActor(lin, "web"))
		var refusal *workflows.Error
		switch {
		case errors.As(err, &refusal):
			if refusal.Text != c.said || refusal.Field != c.field {
				t.Errorf("%s %+q: %s at %q, want %q", c.field, c.typed, refusal.Text, refusal.Field, c.said)
			}
		case c.said != "":
			t.Errorf("%s %+q is taken as %+q", c.field, c.typed, d.Request.Form[c.field])
		}
	}
}

// What a policy cannot mean is told with its line before anybody claims anything.
func TestPolicyFaults(t *testing.T) {
	const head = "expense:\n  currency: CNY\n  categories:\n    - {code: meal, limits: ["
	const route = "]}\n  route:\n    - {name: manager, approvers: [manager], mode: any_of}\n"
	for section, want := range map[string]string{
		head + `{per: day, amount: "1.00", tier: new}, {per: day, amount: "2.00", tier: new}` + route: "another limit says the same",
		head + `{per: day, amount: "1.00", city: A}, {per: day, amount: "2.00", city: a}` + route:     "another limit says the same",
		head + `{per: day, amount: "1.00"}, {per: line, amount: "2.00"}` + route:                      "",
		head + `{per: day, amount: "0"}` + route:                                                      `"0" is no amount`,
		head + `{per: day, amount: "-1"}` + route:                                                     `"-1" is no amount`,
		head + `{per: day, amount: "1.005"}` + route:                                                  `"1.005" is no amount`,
		head + `{per: week, amount: "1"}` + route:                                                     `"week" is not one of`,
		head + `{per: day, amount: "1", over: pay}` + route:                                           `"pay" is not one of`,
		strings.Replace(head+route, "limits: [", `rate: "999999999999.99", unit: km, limits: [`, 1):   "could not be paid",
		strings.Replace(head+route, "limits: [", `rate: "900000000000.00", unit: km, limits: [`, 1):   "",
		strings.Replace(head+route, "limits: [", `receipt_above: ".", limits: [`, 1):                  `"." is no amount`,
		strings.Replace(head+route, "limits: [", `receipt_above: "0", limits: [`, 1):                  "",
	} {
		_, err := policy.Load("policy.yaml", []byte(section))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s\nsays %v, want %q", section, err, want)
		}
	}
}
