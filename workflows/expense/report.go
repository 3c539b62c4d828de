package expense

import (
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// reporting says how reports read what claims spend.
func (k rules) reporting() *workflows.Reporting {
	return &workflows.Reporting{
		Currency:   k.Currency,
		CostCenter: "cost_center",
		Heading:    func(code string) string { return Category{Code: code}.textKey() },
		Standing: map[workflows.State]workflows.Standing{
			approval.StatePending:  workflows.Undecided,
			approval.StateReturned: workflows.Undecided,
			approval.StateApproved: workflows.Unpaid,
			StateQueued:            workflows.Unpaid,
			StateFailed:            workflows.Unpaid,
			StatePartPaid:          workflows.PartPaid,
			StatePaid:              workflows.Paid,
		},
	}
}
