package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

type eraseCommand struct {
	Who   string `arg:"" help:"Employee number, as E003, or a contact's address."`
	Apply bool   `help:"Erase them. Without this nothing is changed."`
}

// Help says what goes and what stays, with an example.
func (eraseCommand) Help() string {
	return `Erases somebody who has left: their name, number, address and chats, what their requests said, their files and comments, and ` +
		`what the audit keeps of them. Amounts, bookings and the order of decisions stay under a number that names nobody, so that sums ` +
		`and other people's requests stay whole and nod audit verify still holds. It cannot be taken back, and backups still have them.

Cards in other people's chats are drawn again without them while nod serve runs. What nod cannot reach stays in the chats: notices that ` +
		`were sent, messages that their platform lets nobody edit any more (Telegram: after 48 hours), what people typed, and the ` +
		`person's own chat.

It needs the role that owns the tables (NOD_MIGRATE_DATABASE_URL, if there are two).

Example: nod erase E003 -apply`
}

// Run erases them, or says what it would erase.
func (c eraseCommand) Run(ctx context.Context, p *program) error {
	d, err := openDeskAs(ctx, p, openOwner)
	if err != nil {
		return err
	}
	defer d.close()
	done, err := d.store.Erase(ctx, c.Who, c.Apply, d.clock.Now())
	if err != nil {
		return d.explainErasure(err)
	}
	if len(done.Obstacles) > 0 {
		return c.refused(done)
	}
	c.report(p, done)
	return nil
}

// openOwner connects as the role that owns the tables.
func openOwner(ctx context.Context, c Config) (*storage.Store, error) {
	address, _, err := owner(c)
	if err != nil {
		return nil, err
	}
	store, err := storage.Open(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%s; check NOD_MIGRATE_DATABASE_URL", oneLine(err))
	}
	return store, nil
}

func (d *desk) explainErasure(err error) error {
	if errors.Is(err, storage.ErrNotOwner) {
		return errors.New("this database role may not erase anything from the audit, so nothing is erased; name the role that owns the " +
			"tables in NOD_MIGRATE_DATABASE_URL")
	}
	return d.explain(err)
}

func printErased(w io.Writer, done storage.Erasure) {
	for _, e := range done.Counts {
		fmt.Fprintf(w, "%s: %d\n", e.What, e.N)
	}
}

// refused says what to do first.
func (c eraseCommand) refused(done storage.Erasure) error {
	who := workflows.Inert(done.Who)
	var list []error
	for _, o := range done.Obstacles {
		numbers := strings.Join(o.Numbers, ", ")
		switch o.Why {
		case storage.StillActive:
			list = append(list, fmt.Errorf("%s works here; import them as not active first (active false in the people file)", who))
		case storage.UnderWay:
			list = append(list, fmt.Errorf("requests of theirs are under way: %s; end each first: nod request NUMBER close -reason \"…\"; "+
				"a claim that is approved is paid, or cancelled, by finance in the chat", numbers))
		case storage.WaitedFor:
			list = append(list, fmt.Errorf("requests wait for them: %s; a running nod serve moves each to their manager, and so does "+
				"nod request NUMBER reassign", numbers))
		}
	}
	return errors.Join(append(list, errors.New("nothing is erased"))...)
}

func (c eraseCommand) report(p *program, done storage.Erasure) {
	printErased(p.stdout, done)
	if len(done.Policies) > 0 {
		fmt.Fprintf(p.stdout, "warning: the policy names them, or did when requests began (%s); those rules stay as they were. Take them "+
			"out of the policy file\n", strings.Join(done.Policies, ", "))
	}
	if c.Apply {
		fmt.Fprintf(p.stdout, "erased: they are %s from now on\n", done.As)
		return
	}
	fmt.Fprintf(p.stdout, "nothing is erased yet: %s would become %s; add -apply to erase them for good\n", workflows.Inert(done.Who),
		done.As)
}
