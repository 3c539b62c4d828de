package slack

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// Block Kit's limits, in characters, of which a Chinese one is one: docs.slack.dev/reference/block-kit. Longer is refused, so everything is
// cut before.
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
	maxText          = 3000 // of a text object
	maxFieldText     = 2000 // in a section's fields
	maxFields        = 10
	maxHeader        = 150
	maxButtons       = 25 // in an actions block
	maxButtonText    = 75
	maxButtonValue   = 2000
	maxHelp          = 75 // an accessibility_label
	maxID            = 255
	maxFallback      = 700 // before escaping makes up to five of each; chat.update takes 4000
	// Somewhere between 11,000 and 13,000 characters all blocks of a message together are too much, which is written nowhere (bolt-js#2509,
	// #2867).
	maxAll = 10_000
)

// The event types of message metadata.
const (
	cardEvent   = "nod_card"
	noticeEvent = "nod_notice"
)

// drawing is a message as it is sent.
type drawing struct {
	text   string // for notifications and screen readers; escaped
	blocks []slackapi.Block
	meta   *slackapi.SlackMetadata
}

func (d drawing) options() []slackapi.MsgOption {
	list := []slackapi.MsgOption{slackapi.MsgOptionText(d.text, false), slackapi.MsgOptionBlocks(d.blocks...),
		slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl()}
	if d.meta != nil {
		list = append(list, slackapi.MsgOptionMetadata(*d.meta))
	}
	return list
}

// draw makes the message of a post. Its metadata can be read by every app of the workspace: ids and numbers only.
func draw(p deliver.Post) drawing {
	if p.Card != nil {
		c := p.Card
		d := drawing{text: fallback(c.Fallback), blocks: cardBlocks(*c, maxMessageBlocks)}
		d.meta = &slackapi.SlackMetadata{EventType: cardEvent,
			EventPayload: map[string]any{"number": c.Number, "kind": string(c.Kind), "revision": c.Revision, "seq": c.Seq, "key": p.Key}}
		return d
	}
	d := drawMessage(*p.Message, maxMessageBlocks)
	d.meta = &slackapi.SlackMetadata{EventType: noticeEvent, EventPayload: map[string]any{"key": p.Key}}
	return d
}

func drawMessage(m bot.Message, room int) drawing {
	text := m.Text
	if text == "" && m.Card != nil {
		text = m.Card.Fallback
	}
	return drawing{text: fallback(text), blocks: messageBlocks(m, room)}
}

// drawPlain draws a post without anything that could be refused: for when Slack refuses what draw made.
func drawPlain(p deliver.Post) drawing {
	d := draw(p)
	if p.Card != nil {
		d.blocks = append([]slackapi.Block{section(p.Card.Fallback)}, buttonBlocks(p.Card.Actions)...)
	} else {
		d.blocks = append([]slackapi.Block{section(p.Message.Text)}, buttonBlocks(p.Message.Actions)...)
	}
	return d
}

// escape keeps text from meaning anything in mrkdwn and in the fallback, where <…> makes mentions and links:
// docs.slack.dev/messaging/formatting-message-text.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func fallback(s string) string { return escape.Replace(cut(s, maxFallback)) }

// cut shortens by characters, and says so.
func cut(s string, most int) string {
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// plain is text that means nothing but itself. Emoji are off, so that nobody's :words: turn into pictures; real emoji are characters. Slack
// refuses empty text.
func plain(s string, most int) *slackapi.TextBlockObject {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.TrimSpace(s) == "" {
		s = "–"
	}
	return slackapi.NewTextBlockObject(slackapi.PlainTextType, cut(s, most), false, false)
}

// bold is a label of ours; the text behind it is always plain.
func bold(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, "*"+escape.Replace(cut(strings.ReplaceAll(s, "*", ""), 200))+"*", false, true)
}

// linked is a label of ours with an address of the company's behind it. Whatever would end the link early is written as an address has it.
func linked(label, text, address string) *slackapi.TextBlockObject {
	inside := strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20")
	shown := strings.NewReplacer("|", "", "<", "", ">", "").Replace(text)
	link := "<" + escape.Replace(inside.Replace(address)) + "|" + escape.Replace(shown) + ">"
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, bold(label).Text+" "+cut(link, maxText), false, true)
}

func section(s string) slackapi.Block {
	return slackapi.NewSectionBlock(plain(s, maxText), nil, nil)
}

func smallPrint(s, id string) slackapi.Block {
	return slackapi.NewContextBlock(id, plain(s, maxText))
}

var icons = map[workflows.Tone]string{
	workflows.Wait: "⏳", workflows.Good: "✅", workflows.Bad: "❌", workflows.Warn: "⚠️", workflows.Quiet: "▫️"}

// toned puts the icon of a tone before a text.
func toned(tone workflows.Tone, s string) string {
	if icon := icons[tone]; icon != "" {
		return icon + " " + s
	}
	return s
}

// cardBlocks draws a card. What is around the lines comes first out of the room that there is: a long reason must not cost the buttons.
func cardBlocks(c bot.Card, room int) []slackapi.Block {
	title := strings.TrimSpace(c.Icon + " " + c.Number + " · " + c.Title)
	if c.Folded && c.Title == "" {
		title = c.Number
	}
	if c.Folded {
		return []slackapi.Block{smallPrint(title+" · "+c.Status.Text, "")}
	}
	head := []slackapi.Block{slackapi.NewHeaderBlock(plain(title, maxHeader))}
	status := toned(c.Status.Tone, c.Status.Text)
	if c.Who != "" {
		status = cut(c.Who, 500) + "\n" + cut(status, 500)
	}
	head = append(head, section(status))
	tail := stepBlocks(c.Steps)
	tail = append(tail, buttonBlocks(c.Actions)...)
	left := maxAll - runes(head) - runes(tail)
	blocks := append(head, lineBlocks(c.Lines, room-len(head)-len(tail), left)...)
	return append(blocks, tail...)
}

// runes counts what blocks weigh.
func runes(blocks []slackapi.Block) int {
	raw, _ := json.Marshal(slackapi.Blocks{BlockSet: blocks}.BlockSet)
	var v any
	_ = json.Unmarshal(raw, &v)
	return weigh(v)
}

func weigh(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			n += weigh(x)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok {
			n += utf8.RuneCountInString(s)
		}
		for _, x := range v {
			n += weigh(x)
		}
	}
	return n
}

// shortLine is how long a text may be to stand beside its label, in one of two columns.
const shortLine = 80

// lineBlocks draws labelled lines: short ones in two columns, long ones below their label. What does not fit ends with a line that says how
// many are left.
func lineBlocks(lines []bot.Line, room, left int) []slackapi.Block {
	var blocks []slackapi.Block
	var columns []*slackapi.TextBlockObject
	flush := func() {
		if len(columns) > 0 {
			blocks = append(blocks, slackapi.NewSectionBlock(nil, columns, nil))
			columns = nil
		}
	}
	for i, l := range lines {
		text := l.Text
		if l.Tone == workflows.Warn || l.Tone == workflows.Bad {
			text = toned(l.Tone, text)
		}
		weight := min(utf8.RuneCountInString(text), maxText) + min(utf8.RuneCountInString(l.Label), 200) + 2
		if len(blocks)+4 > room || left < 100 { // two blocks for this one, one that is begun, one for the rest
			flush()
			return append(blocks, smallPrint("… +"+strconv.Itoa(len(lines)-i), ""))
		}
		if weight > left {
			text = cut(text, max(20, left-utf8.RuneCountInString(l.Label)-10))
			weight = left
		}
		left -= weight
		switch {
		case l.Link != "":
			flush()
			blocks = append(blocks, slackapi.NewSectionBlock(linked(l.Label, text, l.Link), nil, nil))
		case l.Label == "":
			flush()
			blocks = append(blocks, section(text))
		case utf8.RuneCountInString(text) <= shortLine && !strings.Contains(text, "\n"):
			if columns = append(columns, bold(l.Label), plain(text, maxFieldText)); len(columns) == maxFields {
				flush()
			}
		default:
			flush()
			blocks = append(blocks, slackapi.NewSectionBlock(bold(l.Label), nil, nil), section(text))
		}
	}
	flush()
	return blocks
}

// stepBlocks draws the route as small print, a line for each step.
func stepBlocks(steps []bot.StepLine) []slackapi.Block {
	var lines []string
	for _, s := range steps {
		line := toned(s.Tone, s.Text)
		if s.Note != "" {
			line += " — " + s.Note
		}
		lines = append(lines, cut(line, 400))
	}
	if len(lines) == 0 {
		return nil
	}
	return []slackapi.Block{slackapi.NewContextBlock("", plain(strings.Join(lines, "\n"), 2000))}
}

// buttonBlocks draws buttons in as few rows as Slack allows: 25 in each, and no name twice.
func buttonBlocks(actions []bot.Action) []slackapi.Block {
	var blocks []slackapi.Block
	var row []slackapi.BlockElement
	names := map[string]bool{}
	flush := func() {
		if len(row) > 0 {
			blocks = append(blocks, slackapi.NewActionBlock("", row...))
			row, names = nil, map[string]bool{}
		}
	}
	for _, a := range actions {
		b := button(a)
		if b == nil {
			continue
		}
		if names[b.ActionID] || len(row) == maxButtons {
			flush()
		}
		row, names[b.ActionID] = append(row, b), true
	}
	flush()
	return blocks
}

// button draws an action, which it carries whole; nil when it is too much to carry.
func button(a bot.Action) *slackapi.ButtonBlockElement {
	carried := a
	value, err := chat.Encode(carried), chat.CheckAction(carried)
	if utf8.RuneCountInString(value) > maxButtonValue || err != nil { // how it looks need not come back
		carried = bot.Action{Name: a.Name, Subject: a.Subject, Digest: a.Digest, Args: a.Args, Opens: a.Opens, Once: a.Once}
		value, err = chat.Encode(carried), chat.CheckAction(carried)
	}
	if utf8.RuneCountInString(value) > maxButtonValue || err != nil {
		return nil
	}
	b := slackapi.NewButtonBlockElement(a.Name, value, plain(a.Label, maxButtonText))
	switch a.Style {
	case workflows.Primary:
		b.Style = slackapi.StylePrimary
	case workflows.Danger:
		b.Style = slackapi.StyleDanger
	}
	if a.Number != "" {
		b.AccessibilityLabel = cut(a.Label+" "+a.Number, maxHelp)
	}
	return b
}

// messageBlocks draws an answer, a notice or a list.
func messageBlocks(m bot.Message, room int) []slackapi.Block {
	var blocks []slackapi.Block
	if m.Text != "" {
		blocks = append(blocks, section(toned(m.Tone, m.Text)))
	}
	tail := buttonBlocks(m.Actions)
	if m.Card != nil {
		tail = append(cardBlocks(*m.Card, room-len(blocks)-len(tail)), tail...)
	}
	left := maxAll - runes(blocks) - runes(tail)
	for i, item := range m.Items {
		b := itemBlocks(item)
		left -= runes(b)
		if len(blocks)+len(tail)+len(b)+1 > room || left < 0 {
			blocks = append(blocks, smallPrint("… +"+strconv.Itoa(len(m.Items)-i), ""))
			break
		}
		blocks = append(blocks, b...)
	}
	blocks = append(blocks, tail...)
	if len(blocks) == 0 {
		blocks = append(blocks, section(""))
	}
	return blocks
}

// itemBlocks draws a line of a list, with its button at the end or several below.
func itemBlocks(item bot.Item) []slackapi.Block {
	text := cut(toned(item.Tone, item.Text), 300)
	if item.Detail != "" {
		text += "\n" + cut(item.Detail, 300)
	}
	s := slackapi.NewSectionBlock(plain(text, maxText), nil, nil)
	if len(item.Actions) > 1 {
		return append([]slackapi.Block{s}, buttonBlocks(item.Actions)...)
	}
	for _, a := range item.Actions {
		if b := button(a); b != nil {
			s.Accessory = slackapi.NewAccessory(b)
		}
	}
	return []slackapi.Block{s}
}

// withoutSpent are the blocks of a message without the buttons that go once what they offer about a subject is over.
func withoutSpent(blocks []slackapi.Block, subject workflows.SubjectID) []slackapi.Block {
	spent := func(e slackapi.BlockElement) bool {
		b, ok := e.(*slackapi.ButtonBlockElement)
		if !ok {
			return false
		}
		a, err := chat.ReadAction(b.Value)
		return err == nil && a.Spent(subject)
	}
	var left []slackapi.Block
	for _, block := range blocks {
		switch b := block.(type) {
		case *slackapi.ActionBlock:
			b.Elements.ElementSet = slices.DeleteFunc(b.Elements.ElementSet, spent)
			if len(b.Elements.ElementSet) == 0 { // an empty row is refused
				continue
			}
		case *slackapi.SectionBlock:
			if b.Accessory != nil && b.Accessory.ButtonElement != nil && spent(b.Accessory.ButtonElement) {
				b.Accessory = nil
			}
		}
		left = append(left, block)
	}
	return left
}
