package web

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// post is a message as the template draws it.
type post struct {
	frame
	ID      string // of the element; buttons carry it back
	Number  int64  // of the stored message; 0: not stored
	Change  int64
	Day     string // that it was posted on, for the line between days
	DayName string
	At      string
	New     bool     // not seen yet
	Private bool     // an answer that only its reader sees
	Turned  bool     // it takes the place of the element of its id
	Own     string   // what the reader typed
	Sent    []string // names of the files that they sent with it or without
	Card    *cardView
	Message *messageView
}

type cardView struct {
	bot.Card
	Buttons []button
	Sample  bool // a picture of a card, on the start page
}

type messageView struct {
	bot.Message
	Items   []itemView
	Files   []fileView
	Image   *imageView
	Buttons []button
	Copy    *cardView
}

type itemView struct {
	bot.Item
	ID      string
	Buttons []button
}

// button is an action with what has to come back with it.
type button struct {
	User    string
	Message string
	Seq     int
	Action  string // JSON
	Label   string
	Style   workflows.Style
	Name    string
	About   string // id of the element that says what it is about
}

// post prepares a stored message; those after the change read are new.
func (f frame) post(m Stored, read int64) post {
	p := f.at(post{ID: "m" + strconv.FormatInt(m.ID, 10), Number: m.ID, Change: m.Change}, m.PostedAt)
	var b body
	if err := json.Unmarshal(m.Body, &b); err != nil {
		b.Message = &bot.Message{Text: f.T("web.unreadable"), Tone: workflows.Warn}
	}
	p.show(b)
	p.New = m.Change > read && !(p.Card != nil && p.Card.Folded)
	return p
}

// tell prepares an answer for its reader alone. It is gone when the page is loaded again.
func (f frame) tell(m bot.Message) post { return f.tellAt("e"+newID(), m) }

// tellAt prepares an answer that has an element's place.
func (f frame) tellAt(id string, m bot.Message) post {
	p := f.at(post{ID: id, Private: true}, f.now)
	p.show(body{Message: &m})
	return p
}

// own prepares what the reader typed, and the names of files that they sent.
func (f frame) own(text string, files []string) post {
	return f.at(post{ID: "e" + newID(), Private: true, Own: strings.TrimSpace(text), Sent: files}, f.now)
}

// IsOwn tells whether it is the reader's.
func (p post) IsOwn() bool { return p.Own != "" || len(p.Sent) > 0 }

// isPrivate tells whether a message is an answer for its reader alone.
func isPrivate(message string) bool { return strings.HasPrefix(message, "e") }

func (p *post) show(b body) {
	switch {
	case b.Card != nil:
		p.Card = p.card(*b.Card)
	case b.Message != nil:
		p.Message = p.message(*b.Message)
	}
}

func (p *post) card(c bot.Card) *cardView {
	return &cardView{Card: c, Buttons: p.buttons(c.Actions, c.Seq, "")}
}

func (p *post) message(m bot.Message) *messageView {
	v := &messageView{Message: m, Buttons: p.buttons(m.Actions, 0, "")}
	for i, item := range m.Items {
		view := itemView{Item: item, ID: p.ID + "-" + strconv.Itoa(i)}
		view.Buttons = p.buttons(item.Actions, 0, view.ID)
		v.Items = append(v.Items, view)
	}
	if m.Card != nil {
		v.Copy = p.card(*m.Card)
	}
	return v
}

func (p *post) buttons(actions []bot.Action, seq int, about string) []button {
	var list []button
	for _, a := range actions {
		list = append(list, button{User: p.Me.No, Message: p.ID, Seq: seq, Action: chat.Encode(a), Label: a.Label, Style: a.Style,
			Name: a.Name, About: about})
	}
	return list
}

// sample is a picture of a card for the start page; nothing on it can be pressed.
func (f frame) sample() cardView {
	say := func(key string) string { return f.T("web.sample." + key) }
	return cardView{Sample: true, Card: bot.Card{
		Number: "LV-1042", Icon: "🌴", Title: say("title"), Who: say("who"), Status: bot.Status{Text: say("status"), Tone: workflows.Wait},
		Lines: []bot.Line{
			{Label: say("dates"), Text: say("dates_text")},
			{Label: say("balance"), Text: say("balance_text")},
			{Label: say("away"), Text: say("away_text"), Tone: workflows.Warn},
		},
		Actions: []bot.Action{
			{Label: say("approve"), Style: workflows.Primary},
			{Label: say("return")},
			{Label: say("reject"), Style: workflows.Danger},
		},
	}}
}
