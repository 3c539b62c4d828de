package slacktest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/bottest"
)

// readText is a text object as a person reads it: plain_text is what it is, mrkdwn means something.
func readText(o map[string]any) string {
	text := stringOf(o["text"])
	if o["type"] == "mrkdwn" {
		return readMarkup(text)
	}
	return text
}

var (
	special = regexp.MustCompile(`<([^<>]*)>`)
	styled  = regexp.MustCompile("(^|[\\s(])([*_~`])([^*_~`\\n]+)([*_~`])($|[\\s.,:)])")
	escapes = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// readMarkup is what becomes of mrkdwn: docs.slack.dev/messaging/formatting-message-text.
func readMarkup(text string) string {
	text = special.ReplaceAllStringFunc(text, func(m string) string {
		inner := m[1 : len(m)-1]
		target, label, labelled := strings.Cut(inner, "|")
		switch {
		case labelled:
			return label
		case strings.HasPrefix(target, "!"), strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
			return "@" + target[1:]
		}
		return target
	})
	text = styled.ReplaceAllString(text, "$1$3$5")
	return escapes.Replace(text)
}

// mentions lists whom a text would call.
func mentions(text string) []string {
	var list []string
	for _, m := range special.FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], "!") || strings.HasPrefix(m[1], "@") {
			list = append(list, m[1])
		}
	}
	return list
}

// page is what can be read and pressed in blocks.
type page struct {
	lines   []string
	buttons []bottest.Button
	values  map[string]string
	faults  map[string]string
}

func (p *page) say(o any) {
	if m, ok := o.(map[string]any); ok && m["text"] != nil {
		p.lines = append(p.lines, readText(m))
	}
}

func (p *page) element(o map[string]any) {
	if o["type"] == "button" {
		label, _ := o["text"].(map[string]any)
		p.buttons = append(p.buttons, bottest.Button{Action: stringOf(o["action_id"]), Label: readText(label)})
	}
}

// faultPrefix begins the id of the block below an input that says what is wrong with it, where Slack's own errors cannot stand; "fault:"
// alone belongs to the whole form. It is the one thing that this package knows of the adapter.
const faultPrefix = "fault:"

func readBlocks(blocks []map[string]any) page {
	p := page{values: map[string]string{}, faults: map[string]string{}}
	for _, b := range blocks {
		if at, ok := strings.CutPrefix(stringOf(b["block_id"]), faultPrefix); ok {
			var inner page
			inner.block(b)
			p.faults[at] = strings.TrimSpace(strings.TrimPrefix(strings.Join(inner.lines, "\n"), "⚠️"))
			continue
		}
		p.block(b)
	}
	return p
}

func (p *page) block(b map[string]any) {
	p.say(b["text"])
	for _, name := range []string{"fields", "elements"} {
		list, _ := b[name].([]any)
		for _, x := range list {
			o, _ := x.(map[string]any)
			switch o["type"] {
			case "plain_text", "mrkdwn":
				p.say(o)
			default:
				p.element(o)
			}
		}
	}
	if accessory, ok := b["accessory"].(map[string]any); ok {
		p.element(accessory)
	}
	p.say(b["label"])
	p.say(b["hint"])
}

// valueOf reads the state of an input.
func valueOf(state map[string]any) string {
	switch state["type"] {
	case "plain_text_input":
		return stringOf(state["value"])
	case "datepicker":
		return stringOf(state["selected_date"])
	case "users_select":
		return stringOf(state["selected_user"])
	case "static_select", "radio_buttons":
		o, _ := state["selected_option"].(map[string]any)
		return stringOf(o["value"])
	case "checkboxes":
		var values []string
		for _, o := range asBlocks(asList(state["selected_options"])) {
			values = append(values, stringOf(o["value"]))
		}
		return strings.Join(values, " ")
	case "file_input":
		return strings.Join(filesOf(state), " ")
	}
	return ""
}

// filesOf names the files that an input of files holds, or the options that are ticked.
func filesOf(state map[string]any) []string {
	var names []string
	for _, o := range asBlocks(asList(state["selected_options"])) {
		text, _ := o["text"].(map[string]any)
		names = append(names, readText(text))
	}
	for _, f := range asBlocks(asList(state["files"])) {
		name := stringOf(f["name"])
		if name == "" {
			name = stringOf(f["id"])
		}
		names = append(names, name)
	}
	return names
}

// clone copies a JSON value, so that what was sent does not change afterwards.
func clone(v map[string]any) map[string]any {
	raw, _ := json.Marshal(v)
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return out
}

func asBlocks(list []any) []map[string]any {
	var blocks []map[string]any
	for _, b := range list {
		if o, ok := b.(map[string]any); ok {
			blocks = append(blocks, o)
		}
	}
	return blocks
}

// shownMessage is a message as it is read.
func shownMessage(m *Message) bottest.Shown {
	blocks := asBlocks(m.Blocks)
	p := readBlocks(blocks)
	s := bottest.Shown{Reference: m.Channel + ":" + m.TS, Text: strings.Join(p.lines, "\n"), Buttons: p.buttons}
	if len(blocks) == 0 {
		s.Text = readMarkup(m.Text)
	}
	for _, f := range m.Files {
		if f.Alt != "" {
			s.Pictures = append(s.Pictures, bottest.Picture{Content: f.Content, Alt: f.Alt})
			continue
		}
		s.Files = append(s.Files, bottest.File{Name: escapes.Replace(f.Title), Content: f.Content})
	}
	if payload, ok := m.Metadata["event_payload"].(map[string]any); ok {
		s.Number = stringOf(payload["number"])
		s.Folded = s.Number != "" && len(blocks) > 0 && blocks[0]["type"] == "context"
	}
	return s
}

func shownView(v *view) bottest.Shown {
	p := readBlocks(v.blocks())
	title, _ := v.body["title"].(map[string]any)
	if title != nil {
		p.lines = append([]string{readText(title)}, p.lines...)
	}
	return bottest.Shown{Reference: "view:" + v.id, Text: strings.Join(p.lines, "\n"), Buttons: p.buttons}
}

func shownForm(v *view) *bottest.ShownForm {
	p := readBlocks(v.blocks())
	title, _ := v.body["title"].(map[string]any)
	f := &bottest.ShownForm{Title: readText(title), Values: map[string]string{}, Faults: p.faults, Files: map[string][]string{},
		Text: strings.Join(p.lines, "\n")}
	for _, at := range slices.Sorted(maps.Keys(v.state)) {
		if !v.takes(at) {
			continue
		}
		for action, state := range v.state[at] {
			state := state.(map[string]any)
			f.Values[v.inputOf(at)] = valueOf(state)
			f.Files[action] = append(f.Files[action], filesOf(state)...)
		}
	}
	for at, sentence := range v.errors {
		f.Faults[v.inputOf(at)] = sentence
	}
	f.Lines, f.Open = readLines(v.blocks())
	return f
}
