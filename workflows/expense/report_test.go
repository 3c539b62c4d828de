package expense_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/policy"
)

// Reports know of every state whether what a claim charges counts in it, but for those in which it charges nothing; and what is still to be
// paid is told to be so.
func TestReporting(t *testing.T) {
	k, _ := policy.Default().Kind("expense")
	charges := func(s workflows.State) bool {
		switch s {
		case approval.StateDraft, approval.StateRejected, approval.StateWithdrawn, approval.StateClosed, approval.StateDiscarded,
			approval.StateCancelled:
			return false
		}
		return true
	}
	for _, s := range k.States {
		if standing, known := k.Reporting.Standing[s.Name]; known != charges(s.Name) {
			t.Errorf("%s is %q, known %v", s.Name, standing, known)
		}
	}
	for _, s := range expense.Unpaid() {
		if is := k.Reporting.Standing[s]; is != workflows.Unpaid && is != workflows.PartPaid {
			t.Errorf("%s is %q", s, is)
		}
	}
	if k.Reporting.Currency != "CNY" || k.Reporting.Heading("meal") != "expense.category.meal" || k.Reporting.Heading("client_gift") != "client_gift" {
		t.Errorf("%+v", k.Reporting)
	}
	if _, ok := fieldOf(k.Fields, k.Reporting.CostCenter); !ok {
		t.Errorf("a claim has no field %q", k.Reporting.CostCenter)
	}
}

// fieldOf finds a field by its name.
func fieldOf(fields []workflows.Field, name string) (workflows.Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return workflows.Field{}, false
}
