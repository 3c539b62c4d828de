package main

import (
	"context"
	"fmt"
)

type redrawCommand struct{}

// Help says when it is needed.
func (redrawCommand) Help() string {
	return "After a backup was restored, chats still show what happened since it was made. This has the cards of everything that is open " +
		"drawn again, as it stands now; buttons of what the backup does not know say so when they are pressed. The cards go out at the " +
		"platforms' rates once nod serve runs.\n\nExample: nod redraw"
}

// Run has open cards drawn again.
func (redrawCommand) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	n, err := d.store.Redraw(ctx)
	if err != nil {
		return err
	}
	if n == 1 {
		fmt.Fprintln(p.stdout, "1 card is drawn again")
		return nil
	}
	fmt.Fprintf(p.stdout, "%d cards are drawn again\n", n)
	return nil
}
