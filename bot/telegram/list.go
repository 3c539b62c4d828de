package telegram

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

const (
	openLine  = "▸ " // before the line whose inputs are asked for
	mostLines = 2400 // units of all lines together, and
	fewLines  = 600  // where little room is left
	mostLine  = 120  // units of a line's text, and
	fewLine   = 24   // where there are many
)

// linePressed handles a press on what acts on the form's list. The button says of which line it was drawn, so that one that comes twice,
// or was drawn for another state of the list, does nothing the second time.
func (c *Chat) linePressed(ctx context.Context, in *incoming, r *reply, d *dialog, do bot.LineEvent, value string) error {
	line, err := strconv.Atoi(value)
	if err != nil || !offers(d.Form.List, do, line) {
		return c.keepAndShow(ctx, r, d, month{})
	}
	if sound := c.workedOut(ctx, in, r, bot.Recalculation{FormState: d.Form.State(), Do: do, Line: line}); r.ending != nil {
		return nil
	} else if sound {
		d.listed(do)
	}
	return c.keepAndShow(ctx, r, d, month{})
}

// offers tells whether a list can still be acted on as a button says. The line of what adds one is the last, below which it stood.
func offers(list *bot.FormList, do bot.LineEvent, line int) bool {
	if list == nil {
		return false
	}
	switch do {
	case bot.AddLine:
		return list.Add != "" && line == lastLine(list)
	case bot.EditLine:
		return slices.ContainsFunc(list.Lines, func(l bot.FormLine) bool { return l.ID == line })
	}
	return list.Remove != "" && line == list.Open
}

func lastLine(list *bot.FormList) int {
	if len(list.Lines) == 0 {
		return 0
	}
	return list.Lines[len(list.Lines)-1].ID
}

// listed goes where one is after a list was acted on: through the line that is open now, or to the summary when one was taken away.
func (d *dialog) listed(do bot.LineEvent) {
	d.sum()
	i := slices.IndexFunc(d.Form.Fields, func(f bot.FormField) bool { return f.Line > 0 })
	if do != bot.RemoveLine && i >= 0 {
		d.Field, d.OneLine, d.Brief = d.Form.Fields[i].Name, true, false
	}
}

// begun tells whether the list says anything that a question for a field does not say by itself.
func begun(f bot.Form, asked bot.FormField) bool {
	filled := func(field bot.FormField) bool { return field.Line > 0 && field.Value != "" }
	return len(f.List.Lines) > 1 || asked.Line == 0 && slices.ContainsFunc(f.Fields, filled)
}

// lines adds a list as text. faults has it say what is wrong with its lines; that a file was not taken, another line than the open one says
// always. Many lines are shortened; those for which there is no room then are left away and counted, but never the one that is open.
func (v view) lines(p *page, f bot.Form, room int, faults bool) {
	left, full, away := min(max(room, fewLines), mostLines), false, 0
	each := min(max(left/len(f.List.Lines), fewLine), mostLine)
	skipped := func() {
		if away > 0 {
			p.add(true, literal("… "), italic(v.say("telegram.more_lines", map[string]any{"Count": away})))
		}
		away = 0
	}
	for n, l := range f.List.Lines {
		open := l.ID == f.List.Open
		part := &page{}
		mark := ""
		if open && len(f.List.Lines) > 1 {
			mark = openLine
		}
		text := strings.Join(strings.Fields(l.Text), " ") // a line end in it would make two lines of one
		part.add(open, literal(mark+strconv.Itoa(n+1)+". "), inert(cut(text, each), nil))
		if faults || !open && l.Sendable {
			part.lineFaults(f, l)
		}
		if full = full || part.n() >= left; full && !open {
			away++
			continue
		}
		left -= part.n() + 1
		skipped()
		p.lines = append(p.lines, part.lines...)
	}
	skipped()
}

// lineFaults adds what is wrong with a line: with its inputs, when it is open.
func (p *page) lineFaults(f bot.Form, l bot.FormLine) {
	if l.Fault != "" {
		p.add(true, literal(signs[workflows.Warn]), inert(cut(l.Fault, 100), nil))
	}
	for _, field := range f.Fields {
		if field.Line == l.ID && field.Fault != "" {
			p.add(true, literal(signs[workflows.Warn]), bold(cut(field.Label, 100)), literal(": "), inert(cut(field.Fault, 300), nil))
		}
	}
}

// lineFaulty tells whether anything is wrong with a line.
func lineFaulty(f bot.Form, l bot.FormLine) bool {
	return l.Fault != "" || slices.ContainsFunc(f.Fields, func(field bot.FormField) bool { return field.Line == l.ID && field.Fault != "" })
}

// lineKeys are the buttons that open a line each.
func (out *drawn) lineKeys(d *dialog) []key {
	var keys []key
	for n, l := range d.Form.List.Lines {
		sign := "✏️ "
		if lineFaulty(d.Form, l) {
			sign = signs[workflows.Warn]
		}
		k := key{Text: sign + strconv.Itoa(n+1) + ". " + strings.Join(strings.Fields(l.Text), " ")}
		if k, ok := out.stepKey(d, k, string(bot.EditLine), "", strconv.Itoa(l.ID)); ok {
			keys = append(keys, k)
		}
	}
	return keys
}
