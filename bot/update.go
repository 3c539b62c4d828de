package bot

import (
	"context"
	"slices"
	"strings"

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
	Uploads  []Upload          `json:"-"` // files that were given with it and are not among its values yet
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

// OpensForm tells, without looking anything up, whether an update is one that opens a form. A platform whose triggers live for seconds then shows an
// empty form at once, and has Reply.Open fill it.
func (b *Bot) OpensForm(c Content) bool {
	switch c := c.(type) {
	case Command:
		name := strings.ToLower(c.Name)
		if _, ok := b.engine.Current(workflows.KindName(name)); ok {
			return true
		}
		if name == linkCommand || slices.ContainsFunc(commands(), func(known command) bool { return known.name == name }) {
			return false
		}
		_, _, ok := b.reads(c.Name+" "+c.Args, workflows.Person{})
		return ok
	case Press:
		if c.Action.Name == "command" {
			return b.OpensForm(asCommand(c.Action.Args))
		}
		return c.Action.Opens && c.Action.Name != "show" && c.Action.Name != filesAction
	}
	return false
}
