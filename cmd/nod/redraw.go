package main

import (
	"context"
	"fmt"

	"github.com/nod-chat/nod/workflows/approval"
)

type redrawCommand struct {
	Restored bool `help:"A backup was just restored: what went out since it was made is not sent again, and no number is given out twice."`
}

// Help says when it is needed.
func (redrawCommand) Help() string {
	return "After a backup was restored, chats still show what happened since it was made. This has the cards of everything that is open " +
		"drawn again, as it stands now; buttons of what the backup does not know say so when they are pressed. The cards go out at the " +
		"platforms' rates once nod serve runs.\n\nWith -restored, once and before nod serve, what waited to be sent when the backup was " +
		"made counts as sent, reminders that fell due since come a day later, and a thousand numbers of each kind are left out.\n\n" +
		"Example: nod redraw -restored"
}

// Run has open cards drawn again.
func (r redrawCommand) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	redraw := d.store.Redraw
	if r.Restored {
		redraw = func(ctx context.Context) (int64, error) {
			return d.store.Restored(ctx, approval.Reminders, d.clock.Now())
		}
	}
	n, err := redraw(ctx)
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
