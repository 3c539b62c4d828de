package expense

import (
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

// SumsUp tells whether a claim's amounts agree with one another: what is paid of the lines comes to the total, what is due is no more than
// that, and what is paid no more than what is due.
func SumsUp(d workflows.Definition, r workflows.Request) error {
	var k rules
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return err
	}
	lines := int64(0)
	for _, l := range k.lines(r.Form) {
		lines += r.Measures[of(measurePays, l.id)]
	}
	total := r.Measures[MeasureTotal]
	switch due, paid := k.due(r).Minor, k.paid(r).Minor; {
	case lines != total:
		return fmt.Errorf("the lines come to %d, the total is %d", lines, total)
	case due > total, due < 0:
		return fmt.Errorf("%d is due of %d", due, total)
	case paid > due, paid < 0:
		return fmt.Errorf("%d is paid of %d", paid, due)
	case r.State == StatePaid && paid != due:
		return fmt.Errorf("it counts as paid, with %d of %d", paid, due)
	}
	return nil
}
