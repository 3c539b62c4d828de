package form

import (
	"context"
	"time"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Engine is what forms ask of the engine.
type Engine interface {
	Now() time.Time
	Preview(ctx context.Context, viewer, requester workflows.Person, name workflows.KindName, id workflows.SubjectID, raw workflows.Form) (
		workflows.Preview, error)
	// Whom finds whom somebody means, among those for whom they may act: one, or several of whom they have to say which.
	Whom(ctx context.Context, asker workflows.Person, typed string) ([]workflows.Person, error)
	// PeopleOf lists those for whom somebody may act, themselves among them; all is false when there are more than most.
	PeopleOf(ctx context.Context, asker workflows.Person, most int) (list []workflows.Person, all bool, err error)
}

// Files is where what people hand in lies.
type Files interface {
	// KeepFile stores a file and gives its ID.
	KeepFile(ctx context.Context, f workflows.File, content []byte) (id string, err error)
	// Files finds files; those that do not exist are left out.
	Files(ctx context.Context, ids []string) (map[string]workflows.File, error)
}

// Maker makes the forms of one person.
type Maker struct {
	Engine    Engine
	Files     Files
	Directory Directory
	Person    workflows.Person // who fills them in
	Print     *texts.Printer   // for that person
	Platform  string           // where they are, for the log

	requester workflows.Person // whose request the form at hand is of; nobody, where that is not known yet
}

// of makes the form of a request of somebody's: their types, their calendar, their balance.
func (m Maker) of(requester workflows.Person) Maker {
	m.requester = requester
	return m
}
