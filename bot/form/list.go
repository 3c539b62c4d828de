package form

import (
	"maps"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// listOf finds the list among fields; a form has one at most.
func listOf(fields []workflows.Field) (workflows.Field, bool) {
	i := slices.IndexFunc(fields, func(f workflows.Field) bool { return f.Type == workflows.Lines })
	if i < 0 {
		return workflows.Field{}, false
	}
	return fields[i], true
}

// Listed does to the list of a form what its owner pressed a button for, and gives the form as it is then. A line that was taken away goes
// with its values; the others keep their IDs.
func Listed(filled Filled, do bot.LineEvent, line int) Filled {
	list, ok := listOf(filled.fields())
	if !ok || do == "" {
		return filled
	}
	values := workflows.Form(maps.Clone(filled.State.Values))
	state := &filled.State
	switch do {
	case bot.AddLine:
		if free, ok := list.FreeLine(values); ok {
			state.Line = free
		}
	case bot.EditLine:
		if slices.Contains(list.Lines(values), line) {
			state.Line = line
		}
	case bot.RemoveLine:
		for _, in := range list.LineInputs(state.Line) {
			delete(values, in.Name+refusedBehind)
		}
		values = list.WithoutLine(values, state.Line)
		state.Values, state.Line = values, nearest(list.Lines(values), state.Line)
	}
	return filled
}

// nearest is the line that stands where one was taken away: the one before it, else the first; 0: there is none.
func nearest(ids []int, gone int) int {
	near := 0
	for _, id := range ids {
		if near == 0 || id < gone {
			near = id
		}
	}
	return near
}

// open is the line whose fields stand in the form: the one that is open, also when it is still empty, else the first.
func open(list workflows.Field, raw workflows.Form, line int) int {
	ids := list.Lines(raw)
	free, more := list.FreeLine(raw)
	switch {
	case slices.Contains(ids, line), more && line == free:
		return line
	case len(ids) > 0:
		return ids[0]
	}
	return 1
}

// list makes the list of a request's form, and gives the values of the lines that are not open.
func (m Maker) list(
	k *workflows.Kind, f workflows.Field, raw workflows.Form, facts workflows.Facts, open int,
) (*bot.FormList, map[string]string) {
	ids := f.Lines(raw)
	if !slices.Contains(ids, open) {
		ids = append(ids, open)
		slices.Sort(ids)
	}
	held := map[string]string{}
	list := &bot.FormList{Name: f.Name, Open: open}
	for _, id := range ids {
		list.Lines = append(list.Lines, bot.FormLine{ID: id, Text: m.lineText(k, f, raw, facts, id)})
		for _, in := range f.LineInputs(id) {
			if id != open && raw[in.Name] != "" {
				held[in.Name] = raw[in.Name]
			}
		}
	}
	if free, more := f.FreeLine(raw); more && free != open {
		list.Add = m.Print.Text("lines.add", nil)
	}
	if len(ids) > 1 {
		list.Edit, list.Remove = m.Print.Text("lines.edit", nil), m.Print.Text("lines.remove", nil)
	}
	return list, held
}

// lineText is what a line holds, in one line: in the kind's own words, where it has some and what has to be filled in is, else value after
// value. Of files it says how many there are; a kind's words have the bare number, too, as ReceiptCount beside Receipt.
func (m Maker) lineText(k *workflows.Kind, f workflows.Field, raw workflows.Form, facts workflows.Facts, id int) string {
	args := workflows.Args{}
	var values []string
	whole := true
	for _, in := range f.LineInputs(id) {
		name, shown, value := strings.ToUpper(in.Base[:1])+in.Base[1:], "", raw[in.Name]
		if in.Type == workflows.Files {
			args[name+"Count"] = len(workflows.FileIDs(value))
		}
		switch {
		case value == "":
			whole = whole && !in.Required
		case in.Type == workflows.Files:
			shown = m.Print.Text("row.files", workflows.Args{"Count": len(workflows.FileIDs(value))})
		default:
			shown = m.shown(ofKind(k), in, raw, facts)
		}
		if shown != "" {
			values = append(values, shown)
		}
		args[name] = shown
	}
	if own := string(k.Kind) + ".line." + f.Name; m.Print.Has(own) && whole && len(values) > 0 {
		return m.Print.Text(own, args)
	}
	if len(values) == 0 {
		return m.Print.Text("lines.none", nil)
	}
	return strings.Join(values, " · ")
}

// lineOf finds the line of a form's list to which an input belongs whose field does not stand in the form. asks is the widget that asks for
// it; empty: any.
func lineOf(f *bot.Form, input string, asks workflows.Widget) *bot.FormLine {
	if f.List == nil {
		return nil
	}
	_, line := workflows.SplitLineName(input)
	for i := range f.List.Lines {
		l := &f.List.Lines[i]
		if l.ID == line && l.ID != f.List.Open && held(f, input, asks) {
			return l
		}
	}
	return nil
}

// held tells whether an input is one of a list's lines: another input of the same name stands in the open line.
func held(f *bot.Form, input string, asks workflows.Widget) bool {
	base, _ := workflows.SplitLineName(input)
	return slices.ContainsFunc(f.Fields, func(field bot.FormField) bool {
		name, _ := workflows.SplitLineName(field.Name)
		return field.Line > 0 && name == base && (asks == "" || field.Asks == asks)
	})
}
