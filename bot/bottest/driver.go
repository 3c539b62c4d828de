// Package bottest holds what every chat must do, as a suite that each adapter passes, and a chat in memory that passes it too.
//
// A Driver is a person's hands and eyes on one chat: it types, presses, fills in forms and reads the screen. The same drivers play
// the transcripts of the whole program.
package bottest

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/deliver"
)

// Driver uses a chat as people do.
type Driver interface {
	// Sender is the adapter's.
	Sender() deliver.Sender
	// Address is where a user's messages go.
	Address(user string) deliver.Address
	// Type sends a line of text, as "/leave annual".
	Type(ctx context.Context, user, text string) error
	// Press presses a button of a message, named by the message's reference and the action's name. times is how often, at the same moment.
	Press(ctx context.Context, user, reference, action string, times int) error
	// Change fills in fields of the open form and lets go of them, so that a live form is worked out again.
	Change(ctx context.Context, user string, values map[string]string) error
	// Attach gives files to a field of the open form, as one choice of several.
	Attach(ctx context.Context, user, field string, files ...File) error
	// SendFiles sends files by themselves, as one message of several, with text under them. None of them goes to a form's field.
	SendFiles(ctx context.Context, user, text string, files ...File) error
	// TakeOut takes a file out of a field of the open form, by its name.
	TakeOut(ctx context.Context, user, field, name string) error
	// List presses what acts on the list of the form that is open.
	List(ctx context.Context, user string, do bot.LineEvent, line int) error
	// Send sends the open form, or what stands before the user in its place, times times at the same moment.
	Send(ctx context.Context, user string, times int) error
	// Screen is what the user sees now.
	Screen(ctx context.Context, user string) (Screen, error)
}

// Screen is what a user sees.
type Screen struct {
	Messages []Shown // oldest first
	Form     *ShownForm
	Private  []Shown // answers that only they see, oldest first
}

// Shown is a message as it is read.
type Shown struct {
	Reference string
	Number    string // of the request, on a card
	Text      string // all that can be read, in order
	Buttons   []Button
	Folded    bool
	Files     []File // that came with it
	Pictures  []Picture
	Passing   bool // it goes by itself after a moment
}

// File is a file as somebody gives or gets it.
type File struct {
	Name    string
	Content []byte
}

// Picture is an image as somebody sees it.
type Picture struct {
	Content []byte
	Alt     string // empty also where a chat has no place for it
}

// Button is something that can be pressed.
type Button struct {
	Action string
	Label  string
}

// ShownForm is a form as it is seen.
type ShownForm struct {
	Title  string
	Values map[string]string
	Faults map[string]string   // by field; "" for one that belongs to none
	Files  map[string][]string // names of the files that a field holds, where the chat shows them before the form is sent
	Lines  []string            // the texts of all lines as shown
	Open   int                 // the ID of the line that is open
	Text   string              // the preview, the steps and the sentences around
}

// Message finds the newest message that is not folded and shows a request.
func (s Screen) Message(number string) (Shown, bool) {
	for i := len(s.Messages) - 1; i >= 0; i-- {
		if m := s.Messages[i]; m.Number == number && !m.Folded {
			return m, true
		}
	}
	return Shown{}, false
}

// Has tells whether a message offers an action.
func (m Shown) Has(action string) bool {
	for _, b := range m.Buttons {
		if b.Action == action {
			return true
		}
	}
	return false
}

// Files lists all files that a user was given, oldest first.
func (s Screen) Files() []File {
	var all []File
	for _, list := range [][]Shown{s.Messages, s.Private} {
		for _, m := range list {
			all = append(all, m.Files...)
		}
	}
	return all
}

// Pictures lists all pictures that a user sees, oldest first.
func (s Screen) Pictures() []Picture {
	var all []Picture
	for _, list := range [][]Shown{s.Messages, s.Private} {
		for _, m := range list {
			all = append(all, m.Pictures...)
		}
	}
	return all
}

// Says tells whether any message or private answer contains a text.
func (s Screen) Says(text string) bool {
	for _, list := range [][]Shown{s.Messages, s.Private} {
		for _, m := range list {
			if strings.Contains(m.Text, text) {
				return true
			}
		}
	}
	return false
}
