package telegram

import (
	"unicode"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// drawn is a message ready to be sent.
type drawn struct {
	text  string // HTML
	keys  [][]key
	unfit []string // actions whose data would not fit into a button
}

// key is a button: https://core.telegram.org/bots/api#inlinekeyboardbutton. The library's type would send an empty copy_text with each.
type key struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data"`
	Style string `json:"style,omitempty"`
}

const (
	mostKeys = 90 // of a message; Telegram takes about 100
	mostKey  = 48 // units of a label; clients cut what is longer
)

// signs show how a status or a line is meant.
var signs = map[workflows.Tone]string{workflows.Wait: "⏳ ", workflows.Good: "✅ ", workflows.Bad: "❌ ", workflows.Warn: "⚠️ "}

// drawCard draws a card: what it is, where it stands, what the decision needs, who decides.
func drawCard(c bot.Card) drawn {
	d := drawn{text: fitted(func(room int) *page {
		p := &page{}
		title := []frag{literal(c.Icon + " "), bold(cut(c.Title, 300)), literal(" · "), mono(cut(c.Number, 64))}
		status := []frag{literal(signs[c.Status.Tone]), inert(cut(c.Status.Text, 300), nil)}
		who := inert(cut(c.Who, 200), nil)
		if c.Folded && c.Title == "" {
			p.add(true, mono(cut(c.Number, 64)), literal(" · "), inert(cut(c.Status.Text, 300), nil))
			return p
		}
		if c.Folded {
			if c.Who != "" {
				title = append(title, literal(" · "), who)
			}
			p.add(true, append(append(title, literal(" · ")), status...)...)
			return p
		}
		if c.Who != "" { // a notification shows this line: who asks comes first
			title = append([]frag{title[0], who, literal(" · ")}, title[1:]...)
		}
		p.add(true, title...)
		p.add(true, status...)
		p.gap()
		p.facts(c.Lines, room)
		p.gap()
		p.steps(c.Steps)
		return p
	})}
	if !c.Folded {
		d.add(c.Actions)
	}
	return d
}

// facts are lines with labels. What a person typed stands in a quotation.
func (p *page) facts(lines []bot.Line, room int) {
	for _, l := range lines {
		label := bold(cut(l.Label, 100))
		text := inert(cut(l.Text, min(room, 1000)), nil)
		switch {
		case l.Link != "":
			p.add(false, label, literal(": "), tagged(`a href="`+escape(l.Link)+`"`, literal(cut(l.Text, 300))))
		case l.Typed && l.Label != "":
			p.add(false, label, literal(":"))
			p.add(false, quote(inert(cut(l.Text, room), nil)))
		case l.Typed:
			p.add(false, quote(inert(cut(l.Text, room), nil)))
		case l.Label == "":
			p.add(false, literal(signs[l.Tone]), text)
		default:
			p.add(false, label, literal(": "+signs[l.Tone]), text)
		}
	}
}

func (p *page) steps(steps []bot.StepLine) {
	for _, s := range steps {
		sign := signs[s.Tone]
		if sign == "" {
			sign = "○ "
		}
		frags := []frag{literal(sign), inert(cut(s.Text, 300), nil)}
		if s.Note != "" {
			frags = append(frags, literal(" — "), inert(cut(s.Note, 300), nil))
		}
		p.add(false, frags...)
	}
}

// drawMessage draws a notice, an answer, a list. commands are those that may be pressed in its text.
func drawMessage(m bot.Message, commands map[string]bool) drawn {
	var d drawn
	d.text = fitted(func(room int) *page {
		p := &page{}
		if m.Text != "" {
			p.add(true, literal(signs[m.Tone]), inert(cut(m.Text, max(room, 300)), commands))
		}
		if m.Card != nil && m.Text != "" {
			p.gap()
		}
		for i, item := range m.Items {
			if i == 0 {
				p.gap()
			}
			p.add(false, literal("• "+signs[item.Tone]), tagged("b", inert(cut(item.Text, 300), commands)))
			if item.Detail != "" {
				p.add(false, literal("   "), inert(cut(item.Detail, min(room, 600)), commands))
			}
		}
		return p
	})
	if m.Card != nil {
		card := drawCard(*m.Card)
		if d.text == "" || units(d.text)+units(card.text) > mostText {
			d.text = card.text
		} else {
			d.text += "\n\n" + card.text
		}
		d.keys, d.unfit = card.keys, card.unfit
	}
	d.add(m.Actions)
	var items []key
	for _, item := range m.Items {
		row := []key(nil)
		for _, a := range item.Actions { // several of one label need to be told apart
			switch {
			case a.Number != "":
				a.Label += " " + a.Number
			case a.Name == "command" && a.Args != "":
				a.Label = "/" + a.Args
			}
			if k, ok := d.key(a); ok {
				row = append(row, k)
			}
		}
		if len(row) > 1 { // what is about one thing stands in a row of its own
			d.keys = append(d.keys, arranged(row, 3, 36)...)
			row = nil
		}
		items = append(items, row...)
	}
	d.keys = append(d.keys, arranged(items, 3, 36)...)
	d.keys = limited(d.keys)
	return d
}

func (d *drawn) key(a bot.Action) (key, bool) {
	data, ok := actionData(a)
	if !ok {
		d.unfit = append(d.unfit, a.Name)
		return key{}, false
	}
	return key{Text: cut(a.Label, mostKey), Data: data, Style: string(a.Style)}, true
}

// add draws actions as rows of buttons.
func (d *drawn) add(actions []bot.Action) {
	var keys []key
	for _, a := range actions {
		if k, ok := d.key(a); ok {
			keys = append(keys, k)
		}
	}
	d.keys = append(d.keys, arranged(keys, 3, 36)...)
}

// arranged puts buttons into rows of at most so many, and no wider than a phone shows.
func arranged(keys []key, most, width int) [][]key {
	var rows [][]key
	row, used := []key(nil), 0
	for _, k := range keys {
		w := wide(k.Text) + 2
		if len(row) > 0 && (len(row) == most || used+w > width) {
			rows, row, used = append(rows, row), nil, 0
		}
		row, used = append(row, k), used+w
	}
	if len(row) > 0 {
		rows = append(rows, row)
	}
	return rows
}

// wide is about how many letters wide a text is drawn.
func wide(s string) int {
	n := 0
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.So) || r >= 0xFF00 && r <= 0xFFEF {
			n++
		}
		n++
	}
	return n
}

// limited leaves away whole rows that are too many.
func limited(rows [][]key) [][]key {
	n := 0
	for i, row := range rows {
		if n += len(row); n > mostKeys {
			return rows[:i]
		}
	}
	return rows
}
