package form

import (
	"context"
	"maps"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// TakesFiles tells whether files that come without a form begin or continue a draft of the kind, each a line of its list.
func TakesFiles(k *workflows.Kind) bool {
	_, _, ok := handedTo(k)
	return ok
}

// handedTo finds the list of a kind that has drafts, and the field of its lines that takes files.
func handedTo(k *workflows.Kind) (list, file workflows.Field, ok bool) {
	list, ok = listOf(k.Fields)
	if !ok || !k.Drafts() {
		return list, file, false
	}
	i := slices.IndexFunc(list.Fields, func(f workflows.Field) bool { return f.Type == workflows.Files })
	if i < 0 {
		return list, file, false
	}
	return list, list.Fields[i], true
}

// Lines stores files that came without a form, and makes a line of each with what it says of itself. said is what was said with them, which
// is the first one's and of the whole. What cannot be taken is a fault; the rest is taken. The form is empty when nothing is left.
func (m Maker) Lines(ctx context.Context, k *workflows.Kind, uploads []bot.Upload, said workflows.Form) (
	workflows.Form, []*workflows.Error,
) {
	list, file, ok := handedTo(k)
	if !ok {
		return nil, nil
	}
	form := workflows.Form{}
	var faults []*workflows.Error
	line := 0
	for _, u := range uploads {
		u.Field = file.Name
		id, says, fault := m.store(ctx, k, u)
		if fault != nil {
			faults = append(faults, fault)
		}
		if id == "" {
			continue
		}
		values := workflows.Form{}
		maps.Copy(values, says)
		line++
		values[file.Name] = id
		for _, in := range list.LineInputs(1) {
			value := values[in.Name]
			if own := said[in.Name]; line == 1 && own != "" && in.Type != workflows.Files {
				value = own
			}
			if value != "" {
				form[workflows.LineName(in.Name, line)] = value
			}
		}
	}
	if line == 0 {
		return nil, faults
	}
	for _, f := range k.Fields {
		if f.Type != workflows.Lines && said[f.Name] != "" {
			form[f.Name] = said[f.Name]
		}
	}
	return form, faults
}
