package leave

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// typesIn lists the types of a country: those that name it, else those that name none.
func (p *Policy) typesIn(country string) []Type {
	var own, plain []Type
	for _, t := range p.Types {
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

func (p *Policy) typeIn(country, code string) (Type, bool) {
	types := p.typesIn(country)
	i := slices.IndexFunc(types, func(t Type) bool { return t.Code == code })
	if i < 0 {
		return Type{}, false
	}
	return types[i], true
}

// options lists the types that a person can ask for.
func (p *Policy) options(requester workflows.Person) []workflows.Option {
	var options []workflows.Option
	for _, t := range p.typesIn(requester.Country) {
		options = append(options, workflows.Option{Value: t.Code, Text: typeKey(t.Code), Alias: t.Aliases})
	}
	return options
}

func typeKey(code string) string { return "leave.type." + code }

// account names the ledger unit of a type.
func (t Type) account() string { return "leave:" + t.Code }
