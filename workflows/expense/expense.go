// Package expense is the expense claim: an employee hands in receipts, line after line; the route decides; finance pays.
//
// Blueprint is the flow and Policy what a company decides about it; the other files hold one rule each: line.go reads the lines of a claim,
// measure.go works out what is paid of them, limit.go and duplicate.go what is wrong with them, sanction.go and payment.go what approvers
// and finance do, show.go what cards show, hear.go what a line of chat says of a claim. All is pure: money is integers of its minor unit,
// and facts come in, faults, rows and effects go out. What people read lies in texts.
//
// To add a rule, write it in a file of its own, name it in Blueprint, bind it in newRules, and give it a transcript in testdata.
package expense

import (
	"embed"
	"encoding/json"
	"slices"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// maxQuantity is the most units that a line claims.
const maxQuantity = 100_000

// lineItems is the list of what was spent.
var lineItems = workflows.Field{Name: "lines", Type: workflows.Lines, Required: true, Fields: []workflows.Field{
	{Name: "category", Type: workflows.Choice, From: "expense.categories", Required: true},
	{Name: "date", Type: workflows.DateDay, Required: true},
	{Name: "until", Type: workflows.DateDay},
	{Name: "quantity", Type: workflows.Number, Min: 1, Max: maxQuantity},
	{Name: "amount", Type: workflows.Amount, Currency: "currency", Required: true},
	{Name: "currency", Type: workflows.Choice, From: "expense.currencies"}, // the first, where an amount has none
	{Name: "receipt", Type: workflows.Files},
	{Name: "merchant", Type: workflows.Text, Max: 60},
	{Name: "city", Type: workflows.Text, Max: 40},
	{Name: "invoice_no", Type: workflows.Text, Max: 30},
	{Name: "tax", Type: workflows.Amount, Currency: "currency"},
	{Name: "rate", Type: workflows.Text, Max: 20},
	{Name: "note", Type: workflows.Text, Max: 300},
}}

var (
	comment    = workflows.Field{Name: "comment", Type: workflows.Long, Required: true, Max: 1000}
	formGuards = []string{"expense.form", "expense.age", "expense.receipts", "expense.limits", "expense.duplicates"}
	taken      = []string{"expense.charge", "expense.claim"}
	nothing    = []string{"expense.release"}
)

// Blueprint is the claim before a policy has made it whole.
var Blueprint = workflows.Blueprint{
	Definition: withPayment(approval.Flow(workflows.Definition{
		Kind: "expense", Prefix: "EX", ForOthers: true, Offices: []string{"finance"},
		Fields: []workflows.Field{
			lineItems,
			{Name: "purpose", Type: workflows.Text, Max: 200},
			{Name: "account", Type: workflows.Customer},
			{Name: "cost_center", Type: workflows.Choice, From: "expense.cost_centers"},
			{Name: "pay_in", Type: workflows.Choice, From: "expense.pay_in"},
		},
	}, map[workflows.Event]approval.Own{
		approval.Submit:   {Guards: formGuards, Effects: taken},
		approval.Send:     {Guards: formGuards, Effects: taken},
		approval.Edit:     {Guards: formGuards, Effects: taken},
		approval.AddLine:  {Effects: []string{"expense.added"}},
		approval.EditLine: {Effects: []string{"expense.added"}},
		approval.Discard:  {},
		approval.Withdraw: {Effects: nothing},
		approval.Approved: {Effects: []string{"expense.sanctioned"}},
		approval.Rejected: {Effects: nothing},
		approval.Close:    {Effects: nothing},
		approval.Revive:   {Guards: []string{"expense.duplicates", "expense.room"}, Effects: taken},
	})),
	Variables: map[string]any{"total": workflows.Money{}},
	Section:   func() workflows.Section { return new(Policy) },
	Shipped:   shipped,
	Texts:     workflows.TextsIn(files),
	Command:   "expense",
	Rules:     newRules,
}

//go:embed policy.yaml
var shipped []byte

//go:embed texts/*.toml
var files embed.FS

// newRules binds the names of a definition to the rules, with the policy that is stored in it.
func newRules(d workflows.Definition) (workflows.Rules, error) {
	k := rules{bands: bandsOf(d.Route)}
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return workflows.Rules{}, err
	}
	return workflows.Rules{
		Approval:  approval.Frame(k.moves()),
		Wants:     k.wants,
		Measure:   k.measure,
		Show:      k.show,
		Title:     k.title,
		Gist:      k.gist,
		Terms:     k.terms,
		Fits:      k.fits,
		Offers:    k.offers,
		Variables: k.variables,
		Hear:      k.hear,
		Line:      k.belongs,
		Press:     k.press,
		ReadFile:  k.readFile,
		Reporting: k.reporting(),
		Options: map[string]workflows.Options{"expense.categories": k.categories, "expense.currencies": k.currencies,
			"expense.pay_in": k.payIn, "expense.cost_centers": k.costCenters},
		Guards: map[string]workflows.Guard{
			"expense.form":       k.complete,
			"expense.age":        k.age,
			"expense.receipts":   k.receipts,
			"expense.limits":     k.limits,
			"expense.room":       k.stillFits,
			"expense.duplicates": k.duplicates,
		},
		Effects: map[string]workflows.Effect{
			"expense.added":      k.added,
			"expense.charge":     k.charge,
			"expense.claim":      k.claim,
			"expense.sanctioned": k.charge,
			"expense.release":    release,
		},
	}, nil
}

// rules is the policy at work.
type rules struct {
	Policy
	bands []workflows.Money // the totals from which the route asks further people
}

// categories lists what money can be spent on.
func (k rules) categories(workflows.Person) []workflows.Option {
	var list []workflows.Option
	for _, c := range k.Categories {
		o := workflows.Option{Value: c.Code, Alias: c.Aliases}
		if slices.Contains(Codes, c.Code) {
			o.Text = "expense.category." + c.Code
		}
		list = append(list, o)
	}
	return list
}

func (k rules) currencies(workflows.Person) []workflows.Option { return options(k.Currencies) }
func (k rules) payIn(workflows.Person) []workflows.Option      { return options(k.PayIn) }

// costCenters lists those of the policy; where it has none, a claim belongs to its requester's department.
func (k rules) costCenters(requester workflows.Person) []workflows.Option {
	if len(k.CostCenters) > 0 {
		return options(k.CostCenters)
	}
	if requester.Department == "" {
		return nil
	}
	return options([]string{requester.Department})
}

func options(codes []string) []workflows.Option {
	var list []workflows.Option
	for _, code := range codes {
		list = append(list, workflows.Option{Value: code})
	}
	return list
}

// variables are what conditions of the route know beside the form's fields: what is paid in all, in the policy's currency.
func (k rules) variables(r workflows.Request) map[string]any {
	return map[string]any{"total": workflows.Money{Minor: r.Measures[MeasureBase], Currency: k.Currency}}
}

// offers tells whether a button is worth showing.
func (k rules) offers(event workflows.Event, r workflows.Request, _ workflows.Facts) bool {
	switch event {
	case approval.AddLine, PayPart, Queue: // what is typed, imported and exported
		return false
	case Reverse:
		return k.paid(r).Minor > 0
	case Cancel:
		return k.paid(r).Minor == 0
	}
	return true
}
