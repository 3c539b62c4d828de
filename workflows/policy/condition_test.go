package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

var noTexts = fstest.MapFS{"en.toml": {}, "zh.toml": {}}

var purchase = []workflows.Field{
	{Name: "things", Type: workflows.Lines, Fields: []workflows.Field{{Name: "item", Type: workflows.Text}, {Name: "pieces", Type: workflows.Number}}},
	{Name: "quantity", Type: workflows.Number},
	{Name: "amount", Type: workflows.Amount, Currency: "currency"},
	{Name: "currency", Type: workflows.Choice, From: "currencies"},
	{Name: "receipt", Type: workflows.Files},
	{Name: "dates", Type: workflows.Range},
}

// conditioned makes a kind whose only step has the condition.
func conditioned(when string) (*workflows.Kind, error) {
	d := approval.Flow(workflows.Definition{Kind: "purchase", Prefix: "PU", Fields: purchase,
		Route: []workflows.StepPlan{
			{Name: "manager", Approvers: []string{"manager"}, Mode: workflows.AnyOf},
			{Name: "more", Approvers: []string{"role:finance"}, Mode: workflows.AnyOf, When: when},
		}}, nil)
	return workflows.NewKind(d, "", workflows.Rules{
		Approval: approval.Frame(nil), Texts: noTexts,
		Title: func(workflows.Request) workflows.Row { return workflows.Row{} },
		Show:  func(workflows.Request, workflows.Facts, workflows.Relation) []workflows.Row { return nil },
		Options: map[string]workflows.Options{"currencies": func(workflows.Person) []workflows.Option {
			return []workflows.Option{{Value: "CNY"}, {Value: "EUR"}, {Value: "JPY"}}
		}},
	}, policy.Compiler(d.Fields, map[string]any{"pieces": 0}))
}

// Numbers and amounts are compared as what they are, never as text: 9 is less than 10, and no fraction is ever rounded.
func TestConditionsOfNumbersAndAmounts(t *testing.T) {
	form := func(quantity, amount, currency string) workflows.Form {
		return workflows.Form{"quantity": quantity, "amount": amount, "currency": currency}
	}
	for _, c := range []struct {
		when string
		form workflows.Form
		want string // more: the step is there; plain: it is not; else the key of the refusal
	}{
		{"quantity > 5", form("6", "1", "CNY"), "more"},
		{"quantity > 5", form("5", "1", "CNY"), "plain"},
		{"quantity > 9", form("10", "1", "CNY"), "more"},
		{"quantity > 5", form("", "1", "CNY"), "plain"},
		{"amount >= 1000.00 CNY", form("1", "1000", "CNY"), "more"},
		{"amount >= 1000.00 CNY", form("1", "999.99", "CNY"), "plain"},
		{"amount >= 1000.00 CNY", form("1", "1,205.91", "CNY"), "more"},
		{"amount > 1000 CNY", form("1", "1000.00", "CNY"), "plain"},
		{"amount > 1000CNY or quantity == 2", form("2", "1", "CNY"), "more"},
		{"amount == 100 JPY", form("1", "100", "JPY"), "more"},
		{"amount != 1 CNY", form("1", "1", "CNY"), "plain"},
		{"amount < 2 CNY and amount <= 1 CNY", form("1", "1", "CNY"), "more"},
		{`currency == "1000.00 CNY" or currency == "CNY"`, form("1", "1", "CNY"), "more"},
		{`currency == "EUR" ? amount > 5 EUR : amount > 5 CNY`, form("1", "6", "EUR"), "more"},
		{`currency == 'EUR' and amount > 5 EUR`, form("1", "6", "CNY"), "plain"},
		{"pieces >= 3", form("1", "1", "CNY"), "plain"}, // measured, not measured here

		// Two currencies are never taken for one, and what is not given is never taken for nothing.
		{"amount >= 1000.00 CNY", form("1", "1000", "EUR"), "route.currency"},
		{"amount >= 1000.00 CNY", form("1", "", ""), "route.no_amount"},
	} {
		k, err := conditioned(c.when)
		if err != nil {
			t.Errorf("%s: %v", c.when, err)
			continue
		}
		boss := workflows.Person{ID: 1, No: "E1", Name: "boss", Active: true}
		lin := workflows.Person{ID: 2, No: "E2", Manager: 1, Active: true}
		fin := workflows.Person{ID: 3, No: "E3", Roles: []string{"finance"}, Active: true}
		r := workflows.Request{Requester: 2, SubmittedBy: 2, Measures: map[string]int64{"pieces": 0}}
		p := k.Preview(r, c.form, workflows.Facts{Org: workflows.NewOrg(boss, lin, fin)})
		got := "plain"
		switch {
		case len(p.Faults) > 0:
			got = p.Faults[0].Text
		case len(p.Request.Steps) == 2:
			got = "more"
		}
		if got != c.want {
			t.Errorf("%s with %v: %s, want %s", c.when, c.form, got, c.want)
		}
	}
}

// What a condition cannot say is refused when the policy is read, with a sentence.
func TestConditionsThatCannotBe(t *testing.T) {
	for when, want := range map[string]string{
		"quantity > \"5\"":        "invalid operation",
		"quantity > 5.5":          "only whole numbers",
		"quantity / 2 > 5":        "cannot be used",
		"amount >= 1000":          "invalid operation",
		"amount >= 1000.005 CNY":  "no amount",
		"amount >= 1000 XYZ":      "no amount",
		"amount >= 0 CNY":         "no amount",
		"amount + 1 CNY > 5 CNY":  "invalid operation",
		"item == \"laptop\"":      "unknown name item",
		"receipt != \"\"":         "unknown name receipt",
		"dates != \"\"":           "unknown name dates",
		"len(currency) > 3":       "unknown name len",
		"amount >= 1000.00 \"CNY": "literal not terminated",
	} {
		_, err := conditioned(when)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", when, err, want)
		}
	}
}
