package leave

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// typesIn lists the types of a country: those that name it, else those that name none.
func (p *Policy) typesIn(country string) []*Type {
	var own, plain []*Type
	for i := range p.Types {
		t := &p.Types[i]
		switch {
		case slices.Contains(t.Countries, country):
			own = append(own, t)
		case len(t.Countries) == 0:
			plain = append(plain, t)
		}
	}
	if len(own) > 0 {
		return own
	}
	return plain
}

// typeIn finds a type by its code. One that the country does not have is looked for elsewhere: a person may move while a request waits.
// That a new request names a type of the country is the form's to check.
func (p *Policy) typeIn(country, code string) (Type, bool) {
	named, elsewhere := false, -1
	for i := range p.Types { // by index: a type is large, and this is asked for many times a press
		named = named || slices.Contains(p.Types[i].Countries, country)
	}
	for i := range p.Types {
		t := &p.Types[i]
		if t.Code != code {
			continue
		}
		if named && slices.Contains(t.Countries, country) || !named && len(t.Countries) == 0 {
			return *t, true
		}
		if elsewhere < 0 {
			elsewhere = i
		}
	}
	if elsewhere < 0 {
		return Type{}, false
	}
	return p.Types[elsewhere], true
}

// options lists the types that a person can ask for.
func (p *Policy) options(requester workflows.Person) []workflows.Option {
	types := p.typesIn(requester.Country)
	options := make([]workflows.Option, 0, len(types))
	for _, t := range types {
		options = append(options, workflows.Option{Value: t.Code, Text: typeKey(t.Code), Alias: t.Aliases})
	}
	return options
}

func typeKey(code string) string { return "leave.type." + code }

// ledger names a type's unit in ledgers.
func (t Type) ledger() string { return "leave:" + t.Code }

// units lists the types that a person can be granted days of.
func (p *Policy) units(person workflows.Person) []workflows.Unit {
	var units []workflows.Unit
	for _, o := range p.options(person) {
		units = append(units, workflows.Unit{Ledger: Type{Code: o.Value}.ledger(), Option: o})
	}
	return units
}
