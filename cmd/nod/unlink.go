package main

import (
	"context"
	"fmt"
	"time"
)

type unlinkCommand struct {
	EmployeeNo string `arg:"" help:"Whose chats."`
	Platform   string `arg:"" optional:"" enum:"telegram,slack," default:"" help:"telegram or slack; both when it is left out."`
}

// Help shows an example.
func (unlinkCommand) Help() string {
	return `Ends an employee's chats, and the codes that would link others: from that moment their buttons there do nothing and nothing ` +
		`more is sent there. A chat that was
ended so is linked again by a code only (nod link). People can do it themselves: unlink, in their own chat.

Example: nod unlink E003 telegram`
}

// Run ends the chats.
func (u unlinkCommand) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	ended, err := d.store.Unlink(ctx, u.EmployeeNo, u.Platform, d.clock.Now())
	if err != nil {
		return d.explain(err)
	}
	for _, b := range ended {
		fmt.Fprintf(p.stdout, "ended: %s user %s, linked since %s\n", b.Platform, b.User, b.Since.Local().Format(time.DateOnly))
	}
	if len(ended) == 0 {
		on := u.Platform
		if on == "" {
			on = "Slack or Telegram"
		}
		fmt.Fprintf(p.stdout, "%s has no chat on %s; nothing was ended\n", u.EmployeeNo, on)
	}
	return nil
}
