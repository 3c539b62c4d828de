package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type purgeCommand struct {
	Older string `required:"" placeholder:"DAYS" help:"How long ago a request came to its end, in days, as 1095d."`
	Apply bool   `help:"Erase it. Without this nothing is changed."`
}

// Help says what goes, with an example.
func (purgeCommand) Help() string {
	return `Erases what requests said that came to their end long ago, and whose booked days are over by then: forms, files, comments, ` +
		`and what the audit keeps of them. Numbers, states, amounts, bookings and the chain of the audit stay, and their cards say that ` +
		`they are erased. It cannot be taken back, and backups still have them. Nothing is erased by itself: how long is for you to say.

It needs the role that owns the tables (NOD_MIGRATE_DATABASE_URL, if there are two).

Example: nod purge -older 1095d -apply`
}

// Run erases what is older, or says what it would erase.
func (c purgeCommand) Run(ctx context.Context, p *program) error {
	days, err := strconv.Atoi(strings.TrimSuffix(c.Older, "d"))
	if err != nil || days < 1 || days > 36500 {
		return usageError{errors.New("-older takes a number of days, as 1095d")}
	}
	d, err := openDeskAs(ctx, p, openOwner)
	if err != nil {
		return err
	}
	defer d.close()
	done, err := d.store.Purge(ctx, d.clock.Now().AddDate(0, 0, -days), c.Apply)
	if err != nil {
		return d.explainErasure(err)
	}
	printErased(p.stdout, done)
	switch {
	case len(done.Counts) == 0:
		fmt.Fprintf(p.stdout, "nothing came to its end more than %d days ago\n", days)
	case c.Apply:
		fmt.Fprintln(p.stdout, "erased")
	default:
		fmt.Fprintln(p.stdout, "nothing is erased yet; add -apply to erase it for good")
	}
	return nil
}
