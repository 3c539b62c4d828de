package bot

import (
	"context"
	"io"

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

// Said is a line that was typed without a slash before it; or files that were sent while no form was open, with what stands under them,
// which may be nothing, or anything that can be typed.
type Said struct {
	Text    string
	Uploads []Upload // the files; their Field is empty
}

// Press is a pressed button.
type Press struct {
	Action Action // as it was drawn: adapters carry it with the button and bring it back whole
}

// Submission is a form that was sent.
type Submission struct{ FormState }

// Recalculation asks for the form again, worked out for the values as they are now; nothing is sent.
type Recalculation struct {
	FormState
	Do   LineEvent // what is to happen to the form's list before that; empty: nothing
	Line int       // the ID of the line that it happens to: that is opened
}

// LineEvent is what a button does to the list of a form that is being filled in. Each is the button's name, too.
type LineEvent string

// What is done to a list.
const (
	AddLine    LineEvent = "add_line"    // opens a further line
	EditLine   LineEvent = "edit_line"   // opens another line
	RemoveLine LineEvent = "remove_line" // takes the open line away
)

func (Command) content()       {}
func (Said) content()          {}
func (Press) content()         {}
func (Submission) content()    {}
func (Recalculation) content() {}

// CommandHelp is a command as help and completion show it.
type CommandHelp struct {
	Name  string // without the slash
	Usage string
	Help  string
	// Registered is the name under which a chat that registers an app's commands has it; empty: it is reached only behind the app's own
	// command.
	Registered string
}

// FormState is what a form's owner has filled in so far.
type FormState struct {
	Form    string              // as Form.ID
	Nonce   string              // as Form.Nonce: two sends of one form are one
	Number  string              // of the request it is about, for showing only
	Subject workflows.SubjectID // that request; empty for a new one
	Digest  string              // of its revision as the form showed it
	Values  map[string]string   // by field name, as typed, those of all lines of a list
	Line    int                 // the ID of the line that is open, of a form with a list
	Uploads []Upload            `json:"-"` // files that were given with it and are not among its values yet
}

// Upload is a file that came with a form and is not stored yet.
type Upload struct {
	Field string // of the form; empty: it came with none
	Name  string // as its sender calls it
	Size  int64  // bytes, as the platform says; 0: it does not
	// Open fetches the content. Its error holds no address and no token.
	Open func(ctx context.Context) (io.ReadCloser, error)
}
