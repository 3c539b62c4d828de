package command

import (
	"context"
	"errors"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// balance shows what the person has left of each unit that is granted to them, with the day on which it ends; or what somebody else has
// whom they named and for whom they may act.
func balance(ctx context.Context, c call) (Result, error) {
	whose := c.Person
	if c.args != "" {
		found, err := c.engine.Whom(ctx, c.Person, c.args)
		switch {
		case err != nil:
			if errors.Is(err, &workflows.Error{Code: workflows.NotYours}) {
				err = workflows.Refuse(workflows.NotYours, "balance.not_yours", nil)
			}
			return Result{}, err
		case len(found) > 1:
			number := func(p workflows.Person) string { return "balance " + p.No }
			return Result{Message: whichPerson(c.Author, found, c.args, number)}, nil
		}
		whose = found[0]
	}
	return c.balanceOf(ctx, whose)
}

func (c call) balanceOf(ctx context.Context, whose workflows.Person) (Result, error) {
	ledgers, err := c.directory.Ledgers(ctx, whose.ID, c.engine.Now())
	if err != nil {
		return Result{}, err
	}
	own := ""
	args := workflows.Args{"Name": whose.Titled()}
	if whose.ID != c.Person.ID {
		own = "_of"
	}
	today := workflows.DateOf(c.engine.Now().In(whose.Location()))
	m := bot.Message{Text: c.text("balance.list"+own, args)}
	for _, lot := range balances(ledgers) {
		if !lot.Until.IsZero() && lot.Until.Before(today) || lot.Left == 0 && lot.Granted == 0 {
			continue
		}
		item := bot.Item{Text: c.text("balance.item", workflows.Args{"Unit": c.unit(lot.Unit, whose), "Left": int64(lot.Left)})}
		switch args := (workflows.Args{"Granted": int64(lot.Granted), "From": lot.From.String(), "Until": lot.Until.String()}); {
		case lot.ID == 0:
			item.Detail = c.text("balance.debt", nil)
		case lot.From.After(today):
			item.Detail = c.text("balance.later", args)
		case lot.Until.IsZero():
			item.Detail = c.text("balance.open", args)
		default:
			item.Detail = c.text("balance.until", args)
		}
		m.Items = append(m.Items, item)
	}
	if len(m.Items) == 0 {
		return c.message("balance.none"+own, args), nil
	}
	return Result{Message: m}, nil
}

// unit is what people call a unit of ledgers; its own name, where nobody is granted any more of it.
func (c call) unit(ledger string, whose workflows.Person) string {
	for _, k := range c.engine.Kinds() {
		if k.Units == nil {
			continue
		}
		for _, u := range k.Units(whose) {
			if u.Ledger == ledger {
				return c.text(u.Text, nil)
			}
		}
	}
	return ledger
}

// balances lists the lots of ledgers with what their bookings leave of each; what no lot pays for is the lot 0.
func balances(ledgers []workflows.Ledger) []workflows.Lot {
	var list []workflows.Lot
	for _, a := range ledgers {
		paid := a.Pay()
		for _, lot := range paid.Lots {
			if lot.ID != 0 {
				list = append(list, lot)
			}
		}
		if paid.Debt != 0 {
			list = append(list, workflows.Lot{Unit: a.Unit, Left: -paid.Debt})
		}
	}
	return list
}
