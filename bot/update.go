package bot

import (
	"context"

	"github.com/nod-chat/nod/workflows"
)

// Update is one thing that a chat user did, verified and translated by an adapter.
type Update struct {
	Cause   workflows.Cause // who, from where, and the key under which a repeat is recognised
	Content Content
}

// Content is one of Command, Press, Submission, Recalculation.
type Content interface{ content() }

// Command is a typed command, without its slash.
type Command struct {
	Name string
	Args string
}

// Press is a pressed button.
type Press struct {
	Action Action // as it was drawn: adapters carry it with the button and bring it back whole
}

// Submission is a form that was sent.
type Submission struct{ FormState }

// Recalculation asks for the form again, worked out for the values as they are now; nothing is sent.
type Recalculation struct{ FormState }

// FormState is what a form's owner has filled in so far.
type FormState struct {
	Form     string            // as Form.ID
	Nonce    string            // as Form.Nonce: two sends of one form are one
	Number   string            // the request it is about; empty for a new one
	Revision int               // of that request as the form showed it
	Values   map[string]string // by field name, as typed
}

func (Command) content()       {}
func (Press) content()         {}
func (Submission) content()    {}
func (Recalculation) content() {}

// Reply answers one update, to its sender alone. The adapter that made the update makes it; what the platform needs for it (a trigger, a callback
// query) rides inside and is nobody else's business.
type Reply interface {
	// Open shows a form.
	Open(ctx context.Context, f Form) error
	// Update redraws the form that the update came from, as after a recalculation or with faults at its fields.
	Update(ctx context.Context, f Form) error
	// Done takes the form away.
	Done(ctx context.Context) error
	// Tell gives a private answer, which only the sender sees.
	Tell(ctx context.Context, m Message) error
}

// Opener is a press that opens a form or shows something and commits nothing. On a platform whose triggers live briefly its adapter may answer early.
func (p Press) Opener() bool { return p.Action.Opens }
