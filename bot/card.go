package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

// Card is a message that shows a request and is edited in place when the request changes. Every text in it is final: in the viewer's
// language, and inert once an adapter has escaped it for its platform. Lines with Typed set were written by a person.
type Card struct {
	Subject  workflows.SubjectID `json:"subject"`
	Number   string              `json:"number"`
	Kind     workflows.KindName  `json:"kind"`
	Revision int                 `json:"revision"`
	Seq      int                 `json:"seq"`
	Icon     string              `json:"icon"`            // an emoji for the kind
	Title    string              `json:"title"`           // "Annual leave · 3 days"
	Who      string              `json:"who,omitempty"`   // whose request, for an approver
	Status   Status              `json:"status"`          // where it stands
	Lines    []Line              `json:"lines,omitempty"` // what the decision needs
	Steps    []StepLine          `json:"steps,omitempty"` // who decides, in order
	Actions  []Action            `json:"actions,omitempty"`
	Folded   bool                `json:"folded,omitempty"` // shrunk to a line: its number, title if it has one, and status
	Fallback string              `json:"fallback"`         // one sentence for notifications and screen readers
}

// Fold shrinks a card to a line.
func (c Card) Fold() Card {
	c.Lines, c.Steps, c.Actions, c.Folded = nil, nil, nil, true
	return c
}

// Hash identifies what a card shows. The seq is left out: a change that a viewer cannot see needs no edit.
func (c Card) Hash() string {
	c.Seq = 0
	content, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("a card is plain data: %v", err))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

// Status is where a request stands, in words, with how it is meant.
type Status struct {
	Text string         `json:"text"`
	Tone workflows.Tone `json:"tone"`
}

// Line is a label and a text.
type Line struct {
	Label string         `json:"label"`
	Text  string         `json:"text"`
	Tone  workflows.Tone `json:"tone,omitempty"`
	Typed bool           `json:"typed,omitempty"`
	Link  string         `json:"link,omitempty"` // where its text leads; the company's own, never typed in a chat
}

// StepLine is one step of the route: who, and how far it is.
type StepLine struct {
	Text string         `json:"text"`           // "Zhao Lei (manager)"
	Note string         `json:"note,omitempty"` // "approved Tue 1 Dec 10:05", or why somebody else was asked
	Tone workflows.Tone `json:"tone"`           // quiet: not yet; wait: it is their turn; good, bad: decided
}

// Action is a button. Adapters carry all of it with the button and bring it back in a Press.
type Action struct {
	Name    string              `json:"name"` // the event's name, or an opener's: show
	Label   string              `json:"label"`
	Style   workflows.Style     `json:"style,omitempty"`
	Subject workflows.SubjectID `json:"subject,omitempty"` // whose button it is
	Digest  string              `json:"digest,omitempty"`  // of the revision that it stands under
	Number  string              `json:"number,omitempty"`  // for showing only: it names nothing
	Args    string              `json:"args,omitempty"`    // for a button that runs a command: its arguments
	Opens   bool                `json:"opens,omitempty"`   // it opens a form or shows something, and changes nothing by itself
	Once    bool                `json:"once,omitempty"`    // it stands under a notice, which nobody draws again: done with, it goes
}

// Spent tells whether a button goes once what it offers about a subject is over.
func (a Action) Spent(subject workflows.SubjectID) bool { return a.Once && a.Subject == subject }

// The names of actions that are no events: they show something.
const (
	ShowAction    = "show"
	AgainAction   = "again"   // opens the form of a new request, filled in from one of which nothing came
	FilesAction   = "files"   // gives out what was handed in with a request
	CommandAction = "command" // runs a command, as if it had been typed
)
