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
	Preview(ctx context.Context, requester workflows.Person, name workflows.KindName, id workflows.SubjectID, raw workflows.Form) (
		workflows.Preview, error)
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
	Person    workflows.Person
	Print     *texts.Printer // for that person
	Platform  string         // where they are, for the log
}
