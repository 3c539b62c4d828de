package equipment

import (
	"fmt"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Policy is what a company decides about equipment: the section "equipment" of the policy file. docs/policy.md describes it for people.
type Policy struct {
	Items      []Item               `yaml:"items" json:"items,omitempty"`
	Currencies []string             `yaml:"currencies" json:"currencies"` // that an amount can be in; the first stands in an empty form
	Route      []workflows.StepPlan `yaml:"route" json:"-"`               // a definition keeps its route in a place of its own
}

// Item is something that is often asked for, and what people call it: a line of chat that counts it is understood. Anything else can be
// asked for too, in the form.
type Item struct {
	Name    string   `yaml:"name" json:"name"`
	Aliases []string `yaml:"aliases" json:"aliases,omitempty"`
}

// Plan gives the route as the file states it.
func (p *Policy) Plan() []workflows.StepPlan { return p.Route }

// Complete gives the section as it is stored: nothing is left out that would stand for something.
func (p *Policy) Complete() any { return p }

// Check tells fault of everything that reading the file could not know to be wrong, with the place as in items[2].name.
func (p *Policy) Check(fault func(place, sentence string)) {
	if len(p.Currencies) == 0 {
		fault("currencies", "no currency is listed, so no amount could be written; list at least one, as CNY")
	}
	for i, code := range p.Currencies {
		if _, known := workflows.Decimals(code); !known {
			fault(fmt.Sprintf("currencies[%d]", i), fmt.Sprintf("%q is no currency; write its three capital letters, as CNY or EUR", code))
		}
	}
	taken := map[string]string{}
	for i, item := range p.Items {
		if strings.TrimSpace(item.Name) == "" {
			fault(fmt.Sprintf("items[%d].name", i), "the name is missing; people type it, and read it on the card")
		}
		for j, word := range append([]string{item.Name}, item.Aliases...) {
			place := fmt.Sprintf("items[%d].name", i)
			if j > 0 {
				place = fmt.Sprintf("items[%d].aliases[%d]", i, j-1)
			}
			key := strings.ToLower(word)
			if sooner, twice := taken[key]; twice {
				fault(place, fmt.Sprintf("%q already means %s", word, sooner))
			}
			taken[key] = item.Name
		}
	}
}
