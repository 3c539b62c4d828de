package bot

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Message is a short text: a notice, an answer, a list.
type Message struct {
	Text    string         `json:"text"`
	Tone    workflows.Tone `json:"tone,omitempty"`
	Items   []Item         `json:"items,omitempty"`
	Actions []Action       `json:"actions,omitempty"`
	Files   []Attachment   `json:"files,omitempty"`
	Picture *Picture       `json:"-"`              // of an answer: it is shown in the chat, and kept nowhere
	Card    *Card          `json:"card,omitempty"` // a copy of a card, as an answer: it is not edited later
	Carded  bool           `json:"-"`              // a card that follows says so too: this need only fill the place of a form
	// Replaces has it take the place of the message whose button it answers, as a further page of a list does.
	Replaces bool `json:"replaces,omitempty"`
}

// Spent is the message without the buttons that go once what they offer about a subject is over.
func (m Message) Spent(subject workflows.SubjectID) Message {
	spent := func(a Action) bool { return a.Spent(subject) }
	m.Actions = slices.DeleteFunc(slices.Clone(m.Actions), spent)
	m.Items = slices.Clone(m.Items)
	for i := range m.Items {
		m.Items[i].Actions = slices.DeleteFunc(slices.Clone(m.Items[i].Actions), spent)
	}
	return m
}

// Item is a line of a list, with buttons perhaps.
type Item struct {
	Text    string         `json:"text"`
	Detail  string         `json:"detail,omitempty"`
	Tone    workflows.Tone `json:"tone,omitempty"`
	Actions []Action       `json:"actions,omitempty"`
}

// Attachment is a file that is given out with a message.
type Attachment struct {
	ID   string `json:"id"`
	Name string `json:"name"` // safe to show, and to store under
	Type string `json:"type"` // a media type; files are downloaded, never shown as part of a page
	Size int64  `json:"size"` // bytes

	Open func(ctx context.Context) ([]byte, error) `json:"-"`
}

// Picture is an image that is shown in the chat, beside the text that it belongs to. It may not arrive, and not every chat has a place for
// Alt, so whatever has to be known stands in the text.
type Picture struct {
	Name string // of the file, as "report.png": safe to show, and to store under
	PNG  []byte
	Alt  string // what is to be seen, for those who do not see it
}

// Size gives its width and height in pixels. It is an error when it is no PNG.
func (p Picture) Size() (width, height int, err error) {
	c, err := png.DecodeConfig(bytes.NewReader(p.PNG))
	if err != nil {
		return 0, 0, fmt.Errorf("picture %q: %w", p.Name, err)
	}
	return c.Width, c.Height, nil
}
