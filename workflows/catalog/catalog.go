// Package catalog lists the kinds of requests that the program knows. To add one, write its folder and name it here.
package catalog

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/equipment"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/leave"
	"github.com/nod-chat/nod/workflows/onboarding"
)

// kinds are in the order in which people are offered them.
var kinds = []workflows.Blueprint{
	leave.Blueprint,
	equipment.Blueprint,
	expense.Blueprint,
	onboarding.Blueprint,
}

// Kinds lists the kinds in the order in which people are offered them.
func Kinds() []workflows.Blueprint { return slices.Clone(kinds) }
