package command

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// balance shows what the person has left of each unit that is granted to them, with the day on which it ends.
func balance(ctx context.Context, c call) (Result, error) {
	accounts, err := c.directory.Accounts(ctx, c.Person.ID, c.engine.Now())
	if err != nil {
		return Result{}, err
	}
	today := workflows.DateOf(c.engine.Now().In(c.Person.Location()))
	m := bot.Message{Text: c.text("balance.list", nil)}
	for _, lot := range balances(accounts) {
		if !lot.Until.IsZero() && lot.Until.Before(today) || lot.Left == 0 && lot.Granted == 0 {
			continue
		}
		kind, name, _ := strings.Cut(lot.Unit, ":")
		item := bot.Item{Text: c.text("balance.item", workflows.Args{"Unit": c.text(kind+".type."+name, nil), "Left": int64(lot.Left)})}
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

// balances lists the lots of accounts with what their bookings leave of each; what no lot pays for is the lot 0.
func balances(accounts []workflows.Account) []workflows.Lot {
	var list []workflows.Lot
	for _, a := range accounts {
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
