package bot

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Audience names for whom something is. To whoever it does not name there is no such thing.
type Audience []workflows.PartyKind

// Strangers are chat users whom nobody knows yet: what names them is for those who are bound to nobody.
const Strangers workflows.PartyKind = ""

// The audiences that there are.
var (
	Employees = Audience{workflows.PersonParty}
	Newcomers = Audience{Strangers, workflows.PersonParty} // whoever is, or may become, an employee
)

// For tells whether the audience names a party.
func (a Audience) For(p workflows.Party) bool { return slices.Contains(a, p.Kind) }
