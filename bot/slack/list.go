package slack

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// A list has the inputs of one line in a modal: those of fifty would be more blocks than Slack takes. The other lines stand above them as
// text, and their values ride in the view's private_metadata or, where that is too short, in a draft that it names.

// The ids of a list's blocks. A colon is in no field's name.
const (
	linesBlock  = "lines:"        // begins those of the lines as text
	buttonBlock = "line_buttons:" // begins that of what acts on the list; its turn follows
)

const (
	openLine = "▸ " // before the line whose inputs stand below
	leastRow = 20   // characters that a line keeps, however many there are
	mostRow  = 200
)

// of makes what rides in the view of a form that is drawn now, where m rode in the one before.
func (m meta) of(f bot.Form, do bot.LineEvent) meta {
	m.Nonce, m.Number, m.Subject, m.Digest, m.Held = f.Nonce, f.Number, f.Subject, f.Digest, nil
	if f.List == nil {
		m.Line, m.Turn, m.Apart = 0, 0, ""
		return m
	}
	// Slack keeps what stands in a block as long as its id stays, and takes no first values then (slackapi/bolt-python#1064): the inputs of
	// a line that may have stood here before, with other values, are given ids of their own.
	if m.Line != 0 && (m.Line != f.List.Open || do == bot.RemoveLine) {
		m.Turn++
	}
	m.Line = f.List.Open
	for name, value := range f.Held {
		if value == "" {
			continue
		}
		if m.Held == nil {
			m.Held = map[string]string{}
		}
		m.Held[name] = value
	}
	return m
}

// carried makes what rides in the view of a form, and keeps apart what is too much for it. A draft is named after what it holds: another
// view of the form, or this one before it was drawn again, names its own.
func (c *Chat) carried(ctx context.Context, team, user string, f bot.Form, before meta, do bot.LineEvent) (meta, error) {
	m := before.of(f, do)
	m.Apart = ""
	if len(m.Held) == 0 || utf8.RuneCountInString(chat.Encode(m)) <= maxMeta {
		return m, nil
	}
	held := chat.Encode(m.Held)
	sum := sha256.Sum256([]byte(held))
	m.Held, m.Apart = nil, base64.RawURLEncoding.EncodeToString(sum[:12])
	if m.Apart == before.Apart && m.Nonce == before.Nonce { // as when a date has changed
		return m, nil
	}
	if err := c.Drafts.Save(ctx, draftOwner(team, user), m.heldName(), []byte(held)); err != nil {
		return m, err
	}
	return m, nil
}

func (m meta) heldName() string { return "lines:" + m.Nonce + ":" + m.Apart }

// withHeld adds to what a view shows what it holds besides. It is not dropped when the form is sent, since that may come a second time, but
// forgotten within a day.
func (c *Chat) withHeld(ctx context.Context, team, user string, s bot.FormState, m meta) (bot.FormState, error) {
	held := m.Held
	if m.Apart != "" {
		kept, found, err := c.Drafts.Load(ctx, draftOwner(team, user), m.heldName())
		if err != nil {
			return s, fmt.Errorf("look up the lines of a form: %w", err)
		}
		if !found || chat.Decode(string(kept), &held) != nil {
			return s, errDraftLost
		}
	}
	for name, value := range held {
		if _, shown := s.Values[name]; !shown {
			s.Values[name] = value
		}
	}
	return s, chat.CheckState(s)
}

// listDrawing is a list in a modal: what stands before the inputs of the open line, and what behind them.
type listDrawing struct{ before, after []slackapi.Block }

func (l listDrawing) size() int { return len(l.before) + len(l.after) }

func drawList(list *bot.FormList, turn int) listDrawing {
	var d listDrawing
	if list == nil {
		return d
	}
	d.before = rowBlocks(rows(list.Lines, list.Open, maxAll))
	if buttons := lineButtons(list); len(buttons) > 0 {
		d.after = []slackapi.Block{slackapi.NewActionBlock(buttonBlock+strconv.Itoa(turn), buttons...)}
	}
	return d
}

// rows writes lines as text, each with its place and its fault, in about so many characters. Those for which there is no room are counted.
func rows(lines []bot.FormLine, open, most int) []string {
	var list []string
	each := min(max(most/max(len(lines), 1)-1, leastRow), mostRow)
	for i, l := range lines {
		row := strconv.Itoa(i+1) + ". " + flat(l.Text)
		if l.ID == open {
			row = openLine + row
		}
		if l.Fault != "" { // which says what to do, and so is not the part that is cut short
			fault := cut(" "+toned(workflows.Warn, flat(l.Fault)), each)
			row = cut(row, max(each-utf8.RuneCountInString(fault), leastRow)) + fault
		}
		row = cut(row, max(each, 2*leastRow))
		if most -= utf8.RuneCountInString(row) + 1; most < 0 {
			return append(list, "… +"+strconv.Itoa(len(lines)-i))
		}
		list = append(list, row)
	}
	return list
}

// flat is text on one line.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// rowBlocks puts rows into as few sections as hold them.
func rowBlocks(rows []string) []slackapi.Block {
	var blocks []slackapi.Block
	var text string
	flush := func() {
		if text != "" {
			id := linesBlock + strconv.Itoa(len(blocks)+1)
			blocks = append(blocks, slackapi.NewSectionBlock(plain(text, maxText), nil, nil, slackapi.SectionBlockOptionBlockID(id)))
		}
		text = ""
	}
	for _, row := range rows {
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(row)+1 > maxText {
			flush()
		}
		text = strings.TrimPrefix(text+"\n"+row, "\n")
	}
	flush()
	return blocks
}

// lineButtons are what acts on a list.
func lineButtons(list *bot.FormList) []slackapi.BlockElement {
	var buttons []slackapi.BlockElement
	button := func(do bot.LineEvent, label string) {
		if label != "" {
			buttons = append(buttons, slackapi.NewButtonBlockElement(string(do), "", plain(label, maxButtonText)))
		}
	}
	button(bot.AddLine, list.Add)
	if others := otherLines(list); list.Edit != "" && len(others) > 0 {
		e := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(list.Edit, maxPlaceholder), string(bot.EditLine))
		e.Options, e.OptionGroups = offered(others)
		buttons = append(buttons, e)
	}
	button(bot.RemoveLine, list.Remove)
	return buttons
}

// otherLines are those that can be opened.
func otherLines(list *bot.FormList) []*slackapi.OptionBlockObject {
	most := maxOptionText
	if len(list.Lines) > maxOptions { // hundreds of such long ones would be more than the 250 kB of a view
		most = leastRow
	}
	var options []bot.FormOption
	for i, l := range list.Lines {
		if l.ID != list.Open {
			options = append(options, bot.FormOption{Value: strconv.Itoa(l.ID), Label: cut(strconv.Itoa(i+1)+". "+flat(l.Text), most)})
		}
	}
	return choices(options)
}

// lineEvent reads a press on what acts on a list.
func (b blockAction) lineEvent() (do bot.LineEvent, line int, ok bool) {
	do = bot.LineEvent(b.ID)
	if !strings.HasPrefix(b.Block, buttonBlock) || !slices.Contains([]bot.LineEvent{bot.AddLine, bot.EditLine, bot.RemoveLine}, do) {
		return "", 0, false
	}
	line, _ = strconv.Atoi(b.Option.Value) // none: what is pressed is a button
	return do, line, true
}

// faultyLines are the lines of a form that say what is wrong with them, since no input of theirs stands in it.
func faultyLines(f bot.Form) []string {
	var faults []string
	if f.List == nil {
		return nil
	}
	for i, l := range f.List.Lines {
		if l.Fault != "" {
			faults = append(faults, strconv.Itoa(i+1)+". "+l.Fault)
		}
	}
	return faults
}

// withoutLines tells the owner of a form that the lines which no input shows are gone, and ends the form; or that they are out of reach for
// the moment, and leaves it.
func (r *reply) withoutLines(ctx context.Context, err error) {
	told := bot.Message{Text: r.chat.say("slack.failed"), Tone: workflows.Warn}
	if errors.Is(err, errDraftLost) {
		r.set(func() { r.shows = showsAnswer })
		told = r.chat.draftLost()
	}
	r.chat.Log.WarnContext(ctx, "a form came without its lines", "user", r.user, "error", err)
	if err := r.Tell(ctx, told); err != nil {
		r.chat.Log.ErrorContext(ctx, "that a form is lost could not be told", "error", err)
	}
}

var errDraftLost = errors.New("a draft is not kept any more")
