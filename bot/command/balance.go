package command

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// balance shows what the person has left of each unit that is granted to them, with the day on which it ends.
func balance(ctx context.Context, c call) (Result, error) {
	ledgers, err := c.directory.Ledgers(ctx, c.Person.ID, c.engine.Now())
	if err != nil {
		return Result{}, err
	}
	today := workflows.DateOf(c.engine.Now().In(c.Person.Location()))
	m := bot.Message{Text: c.text("balance.list", nil)}
	for _, lot := range balances(ledgers) {
		if !lot.Until.IsZero() && lot.Until.Before(today) || lot.Left == 0 && lot.Granted == 0 {
			continue
		}
		item := bot.Item{Text: c.text("balance.item", workflows.Args{"Unit": c.unit(lot.Unit), "Left": int64(lot.Left)})}
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
		return c.message("balance.none", nil), nil
	}
	return Result{Message: m}, nil
}

// unit is what people call a unit of ledgers; its own name, where nobody is granted any more of it.
func (c call) unit(ledger string) string {
	for _, k := range c.engine.Kinds() {
		if k.Units == nil {
			continue
		}
		for _, u := range k.Units(c.Person) {
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
