package bot

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// Update is one thing that a chat user did, verified and translated by an adapter.
type Update struct {
	Cause    workflows.Cause // who, from where, and the key under which a repeat is recognised
	Content  Content
	Language string // of the sender's app, as zh-CN, for as long as nobody knows who they are; empty: not known either
	// Stranger is what its sender hears if they are bound to nobody, where the adapter knows why: a refusal. nil: the usual.
	Stranger error
}

// Content is one of Command, Said, Press, Submission, Recalculation.
type Content interface{ content() }

// Command is a typed command, without its slash.
type Command struct {
	Name string
	Args string
}

// Said is a line that was typed without a slash before it.
type Said struct{ Text string }

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
	Form    string              // as Form.ID
	Nonce   string              // as Form.Nonce: two sends of one form are one
	Number  string              // of the request it is about, for showing only
	Subject workflows.SubjectID // that request; empty for a new one
	Digest  string              // of its revision as the form showed it
	Values  map[string]string   // by field name, as typed
	Uploads []Upload            `json:"-"` // files that were given with it and are not among its values yet
}

func (Command) content()       {}
func (Said) content()          {}
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

// OpensForm tells, without looking anything up, whether an update is one that opens a form. A platform whose triggers live for seconds then shows an
// empty form at once, and has Reply.Open fill it.
func (b *Bot) OpensForm(c Content) bool {
	switch c := b.meant(c).(type) {
	case Command:
		if _, ok := b.engine.Current(workflows.KindName(strings.ToLower(c.Name))); ok {
			return true
		}
		if _, ok := b.named(c.Name); ok {
			return false
		}
		_, _, ok := b.reads(c.Name+" "+c.Args, workflows.Person{})
		return ok
	case Said:
		_, _, ok := b.reads(c.Text, workflows.Person{})
		return ok
	case Press:
		if c.Action.Name == commandAction {
			return b.OpensForm(asCommand(c.Action.Args))
		}
		return c.Action.Opens && c.Action.Name != showAction && c.Action.Name != filesAction
	}
	return false
}
