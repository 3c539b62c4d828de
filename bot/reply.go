package bot

import (
	"context"

	"github.com/nod-chat/nod/workflows"
)

// Reply answers one update, to its sender alone. The adapter that made the update makes it; what the platform needs for it (a trigger, a
// callback query) rides inside and is nobody else's business.
type Reply interface {
	// Open shows a form.
	Open(ctx context.Context, f Form) error
	// Update redraws the form that the update came from, as after a recalculation or with faults at its fields.
	Update(ctx context.Context, f Form) error
	// Done takes the form away.
	Done(ctx context.Context) error
	// Tell gives a private answer, which only the sender sees.
	Tell(ctx context.Context, m Message) error
	// Spent takes the buttons that stand there Once off the message in which one was pressed, as far as they are about a subject: what
	// they offer is done, or can be done no more.
	Spent(ctx context.Context, subject workflows.SubjectID) error
}

// Speller is a Reply, or a sender of notices and cards, on whose platform a command is not typed as a slash and its name.
type Speller interface {
	// Spell writes a command as it is typed there.
	Spell(command string) string
}

// Spelling gives how commands are typed where a reply or sender writes; nil: as everywhere.
func Spelling(to any) func(command string) string {
	if s, ok := to.(Speller); ok {
		return s.Spell
	}
	return nil
}
