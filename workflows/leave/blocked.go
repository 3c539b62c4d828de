package leave

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// blocked refuses leave on blocked dates. hr may pass with a reason.
func (k rules) blocked(r workflows.Request, f workflows.Facts) []*workflows.Error {
	l, faults := k.read(r, f)
	if len(faults) > 0 {
		return faults
	}
	for _, b := range k.clashes(l, f.Org.Departments(r.Requester)) {
		if !b.Warn {
			return excuse(r, f, workflows.Fault("from", "leave.blocked", b.args()))
		}
	}
	return nil
}

// clashes lists the blocks that a date which costs something falls in. A block of a department holds for the departments below it.
func (k rules) clashes(l leave, departments []string) []Block {
	var found []Block
	for _, b := range k.Blocked {
		within := func(department string) bool { return slices.Contains(b.Departments, department) }
		meant := (len(b.Departments) == 0 || slices.ContainsFunc(departments, within)) &&
			(len(b.Types) == 0 || slices.Contains(b.Types, l.Type.Code))
		if meant && slices.ContainsFunc(l.Shares, func(s workflows.Share) bool { return !s.Date.Before(b.From) && !s.Date.After(b.To) }) {
			found = append(found, b)
		}
	}
	return found
}

func (b Block) args() workflows.Args {
	return workflows.Args{"From": b.From.String(), "To": b.To.String(), "Reason": b.Reason}
}
