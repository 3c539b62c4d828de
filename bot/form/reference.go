package form

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Directory is where people and accounts are looked up by what somebody typed.
type Directory interface {
	// FindPeople lists those who work here whom somebody may mean: by employee number, name, a part of it, or address.
	FindPeople(ctx context.Context, typed string, limit int) ([]workflows.Person, error)
	// FindAccounts lists the accounts that somebody may mean: by number, name or a part of it.
	FindAccounts(ctx context.Context, typed string, limit int) ([]workflows.Account, error)
}

// likely is how many people or accounts a fault names that could be meant.
const likely = 4

// Resolved finds for whom a new request is, and puts machine forms in the place of what was typed into its form: dates, and the numbers of
// people and accounts. Who could be several, and what is no one date, is a fault of the field; who is nobody is left as typed, and the
// engine says so. sending tells that the form is to be sent now.
func (m Maker) Resolved(ctx context.Context, filled Filled, sending bool) (Filled, []*workflows.Error, error) {
	filled, unclear, err := m.requested(ctx, filled, sending)
	if err != nil {
		return filled, nil, err
	}
	values, faults := m.dated(filled.fields(), filled.State.Values)
	if unclear != nil {
		faults = append(faults, unclear)
	}
	for _, in := range workflows.Inputs(filled.fields(), values) {
		typed := strings.TrimSpace(values[in.Name])
		if typed == "" {
			continue
		}
		var number, several string
		var names []string
		switch in.Type {
		case workflows.Employee:
			several = "person.several"
			found, err := m.Directory.FindPeople(ctx, typed, likely)
			if err != nil {
				return filled, nil, err
			}
			for _, p := range found {
				number, names = p.No, append(names, p.Titled())
			}
		case workflows.Customer:
			several = "account.several"
			found, err := m.Directory.FindAccounts(ctx, typed, likely)
			if err != nil {
				return filled, nil, err
			}
			for _, a := range found {
				number, names = a.No, append(names, a.Titled())
			}
		}
		switch len(names) {
		case 0:
		case 1:
			values[in.Name] = number
		default:
			faults = append(faults, workflows.Fault(in.Name, several, workflows.Args{"Value": workflows.Cut(typed, 40), "Names": names}))
		}
	}
	filled.State.Values = values
	return filled, faults, nil
}
