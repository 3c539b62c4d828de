package expense

import (
	"maps"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// Sanction approves a claim for less than it asks: its press brings what is paid of each line. Less needs a reason, more is impossible, and
// nothing at all is a rejection.
const Sanction workflows.Event = "sanction"

// sanctioned is the input of a claim's form that holds what an approver allows of a line, in the currency that the claim is paid in. It is
// none that the requester fills in.
const sanctioned = "sanctioned"

func (k rules) sanction() workflows.Move {
	approve, reject := approval.Approving(), approval.Rejecting()
	return workflows.Move{
		By: workflows.Approver, Signs: true, Needs: approve.Needs, Concerned: approve.Concerned, Asks: []string{"comment"},
		Do: func(c *workflows.Case) (workflows.Event, error) {
			amended, err := k.lowered(c)
			if err != nil {
				return "", err
			}
			r := c.Request
			r.Form = maps.Clone(r.Form) // the caller's stays as it is: it may have to decide again
			maps.Copy(r.Form, amended)
			c.Decision.Audit.Values.Change.Amended = amended
			if k.due(*r).Minor == 0 {
				return reject.Do(c)
			}
			return approve.Do(c)
		},
	}
}

// lowered reads what is allowed of each line, as far as that is less than it was.
func (k rules) lowered(c *workflows.Case) (workflows.Form, error) {
	r := *c.Request
	pay := k.paidIn(r.Form)
	amended := workflows.Form{}
	var faults []*workflows.Error
	for _, l := range k.lines(r.Form) {
		field := l.field("amount")
		typed, brought := c.Act.Form[field]
		if !brought || typed == "" {
			continue
		}
		most, amount := k.allowed(r, l.id), workflows.Money{Currency: pay}
		if !zero(typed, pay) {
			var err error
			if amount, err = workflows.ParseMoney(typed, pay); err != nil {
				faults = append(faults, atField(field, err))
				continue
			}
		}
		switch {
		case amount.Minor > most.Minor:
			faults = append(faults, workflows.Fault(field, "expense.raised", workflows.Args{"Most": most.String()}))
		case amount.Minor < most.Minor:
			amended[l.field(sanctioned)] = amount.Amount()
		}
	}
	if len(faults) == 0 && len(amended) == 0 {
		faults = append(faults, workflows.Refuse(workflows.Invalid, "expense.nothing_lowered", nil))
	}
	return amended, workflows.Joined(faults)
}

// allowed is what is paid of a line as things stand: what was worked out for it, or less where an approver allowed less.
func (k rules) allowed(r workflows.Request, id int) workflows.Money {
	m := workflows.Money{Minor: r.Measures[of(measurePays, id)], Currency: k.paidIn(r.Form)}
	typed := r.Form[workflows.LineName(sanctioned, id)]
	switch less, err := workflows.ParseMoney(typed, m.Currency); {
	case typed == "":
	case zero(typed, m.Currency):
		m.Minor = 0
	case err == nil && less.Minor < m.Minor:
		m.Minor = less.Minor
	}
	return m
}

// taxPaid is the tax in what is paid of a line, in the line's currency: what it says, lowered in proportion, half up, where less is paid
// than it asks for.
func (k rules) taxPaid(r workflows.Request, l line) workflows.Money {
	if _, measured := r.Measures[of(measurePays, l.id)]; !measured {
		return l.tax
	}
	pays, whole := k.allowed(r, l.id), l.whole(r)
	if pays.Minor >= whole.Minor {
		return l.tax
	}
	part, err := l.tax.Share(pays.Minor, whole.Minor)
	if err != nil { // it is less than the tax, which fits
		return l.tax
	}
	return part
}

// due is what is paid of a claim in all.
func (k rules) due(r workflows.Request) workflows.Money {
	sum := workflows.Money{Currency: k.paidIn(r.Form)}
	for _, id := range lineItems.Lines(r.Form) {
		sum.Minor += k.allowed(r, id).Minor // of which measure has seen that they fit
	}
	return sum
}

// sanctionedBase is what is paid of a line in the policy's currency.
func (k rules) sanctionedBase(r workflows.Request, l line) (int64, error) {
	base := workflows.Money{Minor: r.Measures[of(measureBase, l.id)], Currency: k.Currency}
	whole := workflows.Money{Minor: r.Measures[of(measurePays, l.id)], Currency: k.paidIn(r.Form)}
	part, err := scaled(base, k.allowed(r, l.id), whole)
	return part.Minor, err
}

// press gives what a press has to bring of a request's own lines, with what stands there at first.
func (k rules) press(event workflows.Event, r workflows.Request) ([]workflows.Field, workflows.Form) {
	if event != Sanction {
		return nil, nil
	}
	var fields []workflows.Field
	values := workflows.Form{}
	for _, l := range k.lines(r.Form) {
		label := k.lineRow(l, r, workflows.Facts{})
		fields = append(fields, workflows.Field{Name: l.field("amount"), Type: workflows.Text, Max: 20, Label: &label})
		values[l.field("amount")] = k.allowed(r, l.id).Amount()
	}
	return fields, values
}

// moves are the kind's own.
func (k rules) moves() map[workflows.Event]workflows.Move {
	moves := k.paying()
	moves[Sanction] = k.sanction()
	return moves
}
