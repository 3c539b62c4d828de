package task

import (
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// View gives the task as somebody may see it; false when to them there is none.
func (t Task) View(viewer workflows.Actor, f workflows.Facts) (workflows.View, bool) {
	rel := t.Relation(viewer, f)
	if rel == workflows.ToNobody {
		return workflows.View{}, false
	}
	owner := f.Org.Person(t.Owner)
	v := workflows.View{Subject: t.Subject, Relation: rel, Title: t.Named(), Gist: t.Named(), Status: t.status(f)}
	if rel != ToOwner {
		v.Of = owner.Name
	}
	if t.Erased {
		return v, true
	}
	v.Rows, v.Files = t.rows(viewer.Party.Person(), f), len(t.Files)
	for _, m := range moves {
		if m.by != nil && t.may(m, viewer, f) == nil {
			v.Offers = append(v.Offers, workflows.Offer{Event: m.event, Style: m.style, Opens: m.asks != nil})
		}
	}
	return v, true
}

// Named is what the task is called in a line.
func (t Task) Named() workflows.Row {
	if t.Erased {
		return workflows.Row{Text: "request.erased_title", Args: workflows.Args{"Kind": "task.name"}}
	}
	return t.Title.Row()
}

// tones of how a task ended.
var tones = map[workflows.State]workflows.Tone{StateDone: workflows.Good, StateNotDone: workflows.Bad, StateSkipped: workflows.Quiet}

func (t Task) status(f workflows.Facts) workflows.Row {
	today := f.Today(f.Org.Person(t.Owner))
	row := workflows.Row{Text: "task.status." + string(t.State), Tone: tones[t.State], Args: workflows.Args{
		"Due": t.Due.String(), "By": f.Org.Person(t.EndedBy).Name, "At": t.EndedAt.Format(time.RFC3339)}}
	if t.State != StateOpen {
		return row
	}
	row.Tone = workflows.Wait
	switch {
	case t.Late(today):
		row.Text, row.Tone = "task.status.late", workflows.Warn
	case t.Due == today:
		row.Text = "task.status.today"
	}
	return row
}

func (t Task) rows(viewer workflows.PersonID, f workflows.Facts) []workflows.Row {
	var rows []workflows.Row
	add := func(label string, row workflows.Row) {
		row.Label = label
		rows = append(rows, row)
	}
	if t.About != 0 && t.About != viewer {
		add("task.label.about", workflows.Row{Text: "text.quote", Args: workflows.Args{"Text": f.Org.Person(t.About).Name}})
	}
	if !t.Note.Empty() {
		add("task.label.note", t.Note.Row())
	}
	if t.Link != "" {
		add("task.label.link", workflows.Row{Text: "text.quote", Args: workflows.Args{"Text": t.Link}, Link: t.Link})
	}
	for i, check := range t.Checklist {
		args, label := workflows.Args{"Text": check.Text, "Done": check.Done}, ""
		if i == 0 {
			label = "task.label.checklist"
		}
		add(label, workflows.Row{Text: "task.check", Args: args})
	}
	if t.HandIn && len(t.Files) == 0 && t.State == StateOpen {
		add("task.label.hand_in", workflows.Row{Text: "task.hand_in"})
	}
	if t.Reason != "" {
		row := workflows.Row{Text: "text.quote", Args: workflows.Args{"Text": t.Reason}, Tone: workflows.Warn}
		add("task.label.reason", row)
	}
	if t.By != 0 && t.By != viewer && t.By != t.Owner {
		add("task.label.by", workflows.Row{Text: "text.quote", Args: workflows.Args{"Text": f.Org.Person(t.By).Name}})
	}
	if others := t.StandIns(f); t.State == StateOpen && slices.Contains(others, viewer) {
		add("task.label.stand_in", workflows.Row{Text: "task.stand_in", Args: workflows.Args{"Owner": f.Org.Person(t.Owner).Name,
			"Reached": f.Reached[t.Owner]}})
	}
	return rows
}
