package expense

import (
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

func rulesOf(d workflows.Definition) (rules, error) {
	k := rules{bands: bandsOf(d.Route)}
	return k, json.Unmarshal(d.Policy, &k.Policy)
}

// SumsUp tells whether a claim's amounts agree with one another: what is paid of the lines comes to the total, in both currencies, and of
// none to more than it asks for; what is due is no more than that, and what is paid no more than what is due; the tax of what is paid is no
// more than the tax.
func SumsUp(d workflows.Definition, r workflows.Request) error {
	k, err := rulesOf(d)
	if err != nil {
		return err
	}
	if _, measured := r.Measures[MeasureTotal]; !measured {
		return nil
	}
	lines, base, allowed := int64(0), int64(0), int64(0)
	for _, l := range k.lines(r.Form) {
		pays, due, tax := r.Measures[of(measurePays, l.id)], k.allowed(r, l.id), k.taxPaid(r, l)
		lines += pays
		inBase := r.Measures[of(measureBase, l.id)]
		base += inBase
		allowed += due.Minor
		switch whole := l.whole(r); {
		case pays < 0 || pays > whole.Minor:
			return fmt.Errorf("line %d is paid with %d of %s", l.id, pays, whole)
		case pays == 0 && inBase != 0:
			return fmt.Errorf("nothing is paid of line %d, and it spends %d", l.id, inBase)
		case due.Minor < 0 || due.Minor > pays:
			return fmt.Errorf("%s is due of line %d, of which %d is paid", due, l.id, pays)
		case tax.Minor < 0 || tax.Minor > l.tax.Minor || tax.Minor == l.tax.Minor && l.tax.Minor > 1 && due.Minor < whole.Minor/2:
			return fmt.Errorf("the tax of %s is %s where %s of %s is paid", l.tax, tax, due, whole)
		}
	}
	total := r.Measures[MeasureTotal]
	switch due, paid := k.due(r).Minor, k.paid(r).Minor; {
	case lines != total:
		return fmt.Errorf("the lines come to %d, the total is %d", lines, total)
	case base != r.Measures[MeasureBase]:
		return fmt.Errorf("the lines come to %d in the policy's currency, the total is %d", base, r.Measures[MeasureBase])
	case due != allowed:
		return fmt.Errorf("the lines have %d due, the claim %d", allowed, due)
	case due > total, due < 0:
		return fmt.Errorf("%d is due of %d", due, total)
	case paid > due, paid < 0:
		return fmt.Errorf("%d is paid of %d", paid, due)
	case r.State == StatePaid && paid != due:
		return fmt.Errorf("it counts as paid, with %d of %d", paid, due)
	}
	return nil
}

// Pays is what was worked out to be paid of a line, before anybody lowered it.
func Pays(r workflows.Request, line int) int64 { return r.Measures[of(measurePays, line)] }

// Sanctioned is what is paid of a claim as things stand, in minor units of the policy's currency.
func Sanctioned(d workflows.Definition, r workflows.Request) (int64, error) {
	k, err := rulesOf(d)
	if err != nil {
		return 0, err
	}
	sum := int64(0)
	for _, l := range k.lines(r.Form) {
		base, err := k.sanctionedBase(r, l)
		if err != nil {
			return 0, err
		}
		sum += base
	}
	return sum, nil
}
