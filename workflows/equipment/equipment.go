// Package equipment is the request for things to work with: an employee says what and how many, and what it will cost; the route decides.
//
// Blueprint is the flow and Policy what a company decides about it. show.go says what cards show, hear.go what a line of chat asks for. All
// is pure. What people read lies in texts.
//
// To add a rule, write it in a file of its own, name it in Blueprint, bind it in newRules, and give it a transcript in testdata.
package equipment

import (
	"embed"
	"encoding/json"
	"strconv"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// MeasureQuantity is how many pieces all lines together ask for: what conditions of the route know as quantity.
const MeasureQuantity = "quantity"

// things is the list of what is asked for. Names are short enough for a card that shows fifty of them whole.
var things = workflows.Field{Name: "things", Type: workflows.Lines, Required: true, Fields: []workflows.Field{
	{Name: "item", Type: workflows.Text, Required: true, Max: 60},
	{Name: "quantity", Type: workflows.Number, Required: true, Default: "1", Min: 1, Max: 1000},
}}

// Blueprint is a request for equipment before a policy has made it whole.
var Blueprint = workflows.Blueprint{
	Definition: approval.Flow(workflows.Definition{
		Kind: "equipment", Prefix: "EQ", ForOthers: true,
		Fields: []workflows.Field{
			things,
			{Name: "amount", Type: workflows.Amount, Currency: "currency", Required: true},
			{Name: "currency", Type: workflows.Choice, From: "equipment.currencies", Required: true},
			{Name: "reason", Type: workflows.Long, Max: 2000},
		},
	}, nil),
	Variables: map[string]any{MeasureQuantity: 0},
	Section:   func() workflows.Section { return new(Policy) },
	Shipped:   shipped,
	Texts:     workflows.TextsIn(files),
	Rules:     newRules,
}

//go:embed policy.yaml
var shipped []byte

//go:embed texts/*.toml
var files embed.FS

// newRules binds the names of a definition to the rules, with the policy that is stored in it.
func newRules(d workflows.Definition) (workflows.Rules, error) {
	k := rules{}
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return workflows.Rules{}, err
	}
	return workflows.Rules{
		Approval: approval.Frame(nil),
		Measure:  measure,
		Show:     show,
		Title:    title,
		Gist:     gist,
		Terms:    terms,
		Hear:     k.hear,
		Options:  map[string]workflows.Options{"equipment.currencies": k.currencies},
	}, nil
}

// rules is the policy at work.
type rules struct{ Policy }

// measure counts the pieces.
func measure(r workflows.Request, _ workflows.Facts) (map[string]int64, []*workflows.Error) {
	pieces := int64(0)
	for _, line := range lines(r.Form) {
		pieces += line.quantity
	}
	return map[string]int64{MeasureQuantity: pieces}, nil
}

// line is a line of the list, read.
type line struct {
	item     string
	quantity int64
}

// lines reads the list of a form that has been checked.
func lines(form workflows.Form) []line {
	var list []line
	for _, id := range things.Lines(form) {
		n, _ := strconv.ParseInt(form[workflows.LineName("quantity", id)], 10, 64)
		list = append(list, line{item: form[workflows.LineName("item", id)], quantity: n})
	}
	return list
}

// currencies lists those that an amount can be in.
func (k rules) currencies(workflows.Person) []workflows.Option {
	var options []workflows.Option
	for _, code := range k.Currencies {
		options = append(options, workflows.Option{Value: code})
	}
	return options
}
