package expense

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Policy is what a company decides about expenses: the section "expense" of the policy file. docs/policy.md describes it for people.
// Amounts are in Currency, written without it.
type Policy struct {
	Currency   string   `yaml:"currency" json:"currency"`     // in which limits and the bands of the route are stated
	PayIn      []string `yaml:"pay_in" json:"pay_in"`         // in which claims are paid; the first unless another is chosen
	Currencies []string `yaml:"currencies" json:"currencies"` // of receipts; the first stands in an empty line
	// CostCenters are what claims can be charged to; none: a claim belongs to its requester's department.
	CostCenters []string             `yaml:"cost_centers" json:"cost_centers,omitempty"`
	MaxAge      *int                 `yaml:"max_age_days" json:"max_age_days"`   // calendar days from a line's date; nil: DefaultMaxAge
	Receipt     string               `yaml:"receipt_above" json:"receipt_above"` // the amount above which a line needs a receipt
	NoReceipt   Over                 `yaml:"no_receipt" json:"no_receipt"`       // what becomes of a line without one that it needs
	Categories  []Category           `yaml:"categories" json:"categories"`
	Route       []workflows.StepPlan `yaml:"route" json:"-"` // a definition keeps its route in a place of its own
}

// Category is what money can be spent on.
type Category struct {
	Code    string   `yaml:"code" json:"code"`
	Aliases []string `yaml:"aliases" json:"aliases,omitempty"`             // what people call it
	Receipt string   `yaml:"receipt_above" json:"receipt_above,omitempty"` // in place of the policy's
	Limits  []Limit  `yaml:"limits" json:"limits,omitempty"`
	Rate    string   `yaml:"rate" json:"rate,omitempty"` // the amount for one Unit: what is claimed is a quantity and no amount
	Unit    string   `yaml:"unit" json:"unit,omitempty"` // as km
	PerDiem *PerDiem `yaml:"per_diem" json:"per_diem,omitempty"`
}

// PerDiem is a category that pays so much for each date of a journey: what is claimed is its dates and no amount.
type PerDiem struct {
	Day   string `yaml:"day" json:"day"`
	Edges string `yaml:"first_and_last_day" json:"first_and_last_day"` // for each of these; a journey of one day is one of them
}

// Limit is how much of a category is paid. Of several for the same period the most specific counts: that of a city and a tier, of a tier,
// of a city, of all.
type Limit struct {
	Per    Period `yaml:"per" json:"per"`
	Amount string `yaml:"amount" json:"amount"`
	City   string `yaml:"city" json:"city,omitempty"`
	Tier   string `yaml:"tier" json:"tier,omitempty"`
	Over   Over   `yaml:"over" json:"over"` // what becomes of what is over it
}

// Period is what a limit counts together.
type Period string

// The periods of limits. Days and months are those of the lines' dates.
const (
	PerLine  Period = "line"
	PerDay   Period = "day"
	PerMonth Period = "month"
)

// Over says what becomes of what goes beyond a rule.
type Over string

// What can become of it.
const (
	Warn  Over = "warn"  // the approvers see it
	Block Over = "block" // the claim is refused
	Cap   Over = "cap"   // what is within the limit is paid, and no more
)

// DefaultMaxAge is how many calendar days old a line may be where the policy does not say.
const DefaultMaxAge = 90

// Codes are the categories whose names the texts know; one of another code is called by that code.
var Codes = []string{"meal", "travel", "transport", "lodging", "mileage", "per_diem", "other"}

// Plan gives the route as the file states it.
func (p *Policy) Plan() []workflows.StepPlan { return p.Route }

// Complete fills in what the file leaves out.
func (p *Policy) Complete() any {
	c := *p
	if len(c.PayIn) == 0 {
		c.PayIn = []string{c.Currency}
	}
	if len(c.Currencies) == 0 {
		c.Currencies = []string{c.Currency}
	}
	if c.MaxAge == nil {
		days := DefaultMaxAge
		c.MaxAge = &days
	}
	if c.NoReceipt == "" {
		c.NoReceipt = Block
	}
	c.Categories = slices.Clone(p.Categories)
	for i := range c.Categories {
		limits := slices.Clone(c.Categories[i].Limits)
		for j := range limits {
			if limits[j].Over == "" {
				limits[j].Over = Block
			}
		}
		c.Categories[i].Limits = limits
	}
	return &c
}

// Check tells fault of everything that reading the file could not know to be wrong, with the place as in categories[2].code.
func (p *Policy) Check(fault func(place, sentence string)) {
	currency(fault, "currency", p.Currency)
	for i, code := range p.PayIn {
		currency(fault, fmt.Sprintf("pay_in[%d]", i), code)
	}
	for i, code := range p.Currencies {
		currency(fault, fmt.Sprintf("currencies[%d]", i), code)
	}
	if p.MaxAge != nil && (*p.MaxAge < 0 || *p.MaxAge > maxAgeDays) {
		fault("max_age_days", fmt.Sprintf("%d is out of range; write a number of days from 0 to %d", *p.MaxAge, maxAgeDays))
	}
	p.amount(fault, "receipt_above", p.Receipt, true)
	oneOf(fault, "no_receipt", p.NoReceipt, "", Warn, Block)
	if len(p.Categories) == 0 {
		fault("categories", "no category is listed, so nothing could be claimed")
	}
	words := map[string]string{}
	for i, c := range p.Categories {
		at := func(field string) string { return fmt.Sprintf("categories[%d].%s", i, field) }
		if !codeShape.MatchString(c.Code) {
			fault(at("code"), fmt.Sprintf("%q cannot be a code; write small letters, digits and _, as client_gift", c.Code))
		}
		for j, word := range append([]string{c.Code}, c.Aliases...) {
			place := at("code")
			if j > 0 {
				place = at(fmt.Sprintf("aliases[%d]", j-1))
			}
			key := strings.ToLower(strings.TrimSpace(word))
			if sooner, twice := words[key]; twice {
				fault(place, fmt.Sprintf("%q already means %s", word, sooner))
			}
			words[key] = c.Code
		}
		p.checkCategory(c, func(field, sentence string) { fault(at(field), sentence) })
	}
}

// maxAgeDays keeps a slip of the finger from loading years of lines.
const maxAgeDays = 400

var codeShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)

func (p *Policy) checkCategory(c Category, fault func(field, sentence string)) {
	p.amount(fault, "receipt_above", c.Receipt, true)
	switch {
	case c.Rate != "" && c.PerDiem != nil:
		fault("rate", "a category is paid by the unit or by the day, not both; leave one out")
	case c.Rate != "":
		p.amount(fault, "rate", c.Rate, false)
		if p.money(c.Rate).Minor > math.MaxInt64/maxQuantity {
			fault("rate", fmt.Sprintf("%d times %s could not be paid; write what one unit is paid with", maxQuantity, c.Rate))
		}
		if strings.TrimSpace(c.Unit) == "" {
			fault("unit", "say what the rate is for, as km")
		}
	case c.Unit != "":
		fault("rate", "say what one "+c.Unit+" is paid with, as 0.80")
	case c.PerDiem != nil:
		p.amount(fault, "per_diem.day", c.PerDiem.Day, false)
		p.amount(fault, "per_diem.first_and_last_day", c.PerDiem.Edges, false)
	}
	type scope struct {
		Per        Period
		City, Tier string
	}
	seen := map[scope]bool{}
	for i, l := range c.Limits {
		at := func(field string) string { return fmt.Sprintf("limits[%d].%s", i, field) }
		oneOf(fault, at("per"), l.Per, PerLine, PerDay, PerMonth)
		oneOf(fault, at("over"), l.Over, "", Warn, Block, Cap)
		p.amount(fault, at("amount"), l.Amount, false)
		oneOf(fault, at("tier"), l.Tier, "", "new", "senior", "expert")
		of := scope{l.Per, strings.ToLower(l.City), l.Tier}
		if seen[of] {
			fault(at("amount"), "another limit says the same of the same period, city and tier; leave one out")
		}
		seen[of] = true
	}
}

// amount checks an amount of the policy's currency.
func (p *Policy) amount(fault func(place, sentence string), place, amount string, optional bool) {
	if amount == "" && optional {
		return
	}
	if _, known := workflows.Decimals(p.Currency); !known { // which is said at its own place
		return
	}
	if _, err := workflows.ParseMoney(amount, p.Currency); err != nil && !(optional && zero(amount, p.Currency)) {
		fault(place, fmt.Sprintf("%q is no amount of %s; write it without the currency, as 100.00", amount, p.Currency))
	}
}

// zero tells whether an amount is nothing, in whatever way it is written: a receipt is needed above 0.
func zero(amount, currency string) bool {
	_, err := workflows.ParseMoney(amount, currency)
	var refusal *workflows.Error
	return errors.As(err, &refusal) && refusal.Text == "money.positive"
}

func currency(fault func(place, sentence string), place, code string) {
	if _, known := workflows.Decimals(code); !known {
		fault(place, fmt.Sprintf("%q is no currency; write its three capital letters, as CNY or EUR", code))
	}
}

func oneOf[T ~string](fault func(place, sentence string), place string, value T, known ...T) {
	if slices.Contains(known, value) {
		return
	}
	var words []string
	for _, k := range known {
		if k != "" {
			words = append(words, string(k))
		}
	}
	fault(place, fmt.Sprintf("%q is not one of %s", value, strings.Join(words, ", ")))
}

// money reads an amount of the policy, which was checked; nothing where it says none.
func (p *Policy) money(amount string) workflows.Money {
	m, err := workflows.ParseMoney(amount, p.Currency)
	if err != nil {
		return workflows.Money{Currency: p.Currency}
	}
	return m
}

// category finds a category by its code.
func (p *Policy) category(code string) (Category, bool) {
	i := slices.IndexFunc(p.Categories, func(c Category) bool { return c.Code == code })
	if i < 0 {
		return Category{}, false
	}
	return p.Categories[i], true
}

// cities are those for which a category has a limit of its own.
func (c Category) cities() []string {
	var list []string
	for _, l := range c.Limits {
		if l.City != "" && !slices.Contains(list, l.City) {
			list = append(list, l.City)
		}
	}
	return list
}

// bandShape is a bound of the route: total >= 1000.00 CNY.
var bandShape = regexp.MustCompile(`\btotal\s*>=?\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Z]{3})\b`)

// bandsOf lists the totals from which a route asks further people.
func bandsOf(route []workflows.StepPlan) []workflows.Money {
	var bands []workflows.Money
	for _, step := range route {
		for _, m := range bandShape.FindAllStringSubmatch(step.When, -1) {
			if bound, err := workflows.ParseMoney(m[1], m[2]); err == nil && !slices.Contains(bands, bound) {
				bands = append(bands, bound)
			}
		}
	}
	return bands
}
