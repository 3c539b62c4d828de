package bot

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// balance shows what the person has left of each unit that is granted to them, with the day on which it ends.
func (c *chat) balance(ctx context.Context, _ string) error {
	ledgers, err := c.directory.Ledgers(ctx, c.person.ID, c.engine.Now())
	if err != nil {
		return err
	}
	today := workflows.DateOf(c.engine.Now().In(c.person.Location()))
	m := Message{Text: c.text("balance.list", nil)}
	for _, lot := range balances(ledgers) {
		if !lot.Until.IsZero() && lot.Until.Before(today) || lot.Left == 0 && lot.Granted == 0 {
			continue
		}
		kind, name, _ := strings.Cut(lot.Unit, ":")
		item := Item{Text: c.text("balance.item", workflows.Args{"Unit": c.text(kind+".type."+name, nil), "Left": int64(lot.Left)})}
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
		return c.tell(ctx, "balance.none", nil)
	}
	return c.reply.Tell(ctx, m)
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
