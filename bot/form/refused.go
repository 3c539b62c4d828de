package form

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// What is wrong with a file that was not taken is in none of a form's values: the file is not there. So that it is still said when the form
// is worked out again, it rides in the form beside them, under the field's name with this behind it, until another file is chosen there.
const refusedBehind = "_refused"

// refusals are what can be wrong with a file: what comes back from a chat says nothing else.
var refusals = map[string]bool{"file.empty": true, "file.large": true, "file.type": true, "file.picture": true, "file.many": true,
	"file.waiting": true, "form.files_failed": true}

type refusal struct {
	Text string         `json:"text"`
	Args workflows.Args `json:"args,omitempty"`
}

// keepRefused notes among a form's values what was wrong with the files that were just chosen for its fields.
func keepRefused(values map[string]string, chosen []bot.Upload, faults []*workflows.Error) {
	for _, u := range chosen {
		delete(values, u.Field+refusedBehind)
	}
	for _, fault := range faults {
		name := fault.Field + refusedBehind
		if values[name] != "" || !refusals[fault.Text] {
			continue
		}
		text, err := json.Marshal(refusal{fault.Text, fault.Args})
		if err != nil {
			slog.Error("what is wrong with a file cannot be kept", "fault", fault.Text, "error", err)
			continue
		}
		values[name] = string(text)
	}
}

// showRefused says at a form's fields what was wrong with the files that were last chosen there, and at a line that is not open with those
// of its, and has the form bring it back. Nothing else is wrong for that: the form can be sent without the file.
func (m Maker) showRefused(f *bot.Form, values map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		input, is := strings.CutSuffix(key, refusedBehind)
		if !is {
			continue
		}
		var r refusal
		if err := json.NewDecoder(strings.NewReader(values[key])).Decode(&r); err != nil || !refusals[r.Text] {
			continue
		}
		i := slices.IndexFunc(f.Fields, func(field bot.FormField) bool {
			return field.Name == input && field.Asks == workflows.AskFiles
		})
		line := lineOf(f, input, workflows.AskFiles)
		switch {
		case i < 0 && line == nil:
			continue // its line is gone
		case i >= 0 && f.Fields[i].Fault == "":
			f.Fields[i].Fault = m.Print.Text(r.Text, r.Args)
		case i < 0:
			said := m.Print.Text(r.Text, r.Args)
			line.Sendable = line.Fault == "" || line.Fault == said
			line.Fault = cmp.Or(line.Fault, said)
		}
		if f.Held == nil {
			f.Held = map[string]string{}
		}
		f.Held[key] = values[key]
	}
}
