package web

import (
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// formView is a form as the template draws it.
type formView struct {
	frame
	bot.Form
	Parts    []partView
	Opener   opener
	Restored bool   // holds a draft
	InPlace  bool   // redrawn where it is, so that the caret stays
	Kept     string // how its draft is
}

type fieldView struct {
	bot.FormField
	User  string // who fills it in
	Focus bool   // the caret goes here when the dialog opens
}

// ID is the input's id on the page.
func (v fieldView) ID() string { return "in-" + v.Name }

// Described lists what a screen reader reads after the label.
func (v fieldView) Described() string {
	var ids []string
	if v.Hint != "" {
		ids = append(ids, "hint-"+v.Name)
	}
	if v.Fault != "" {
		ids = append(ids, "fault-"+v.Name)
	}
	return strings.Join(ids, " ")
}

// form prepares a form for drawing. A date and the half day that follows it share a row. One that is redrawn in place leaves the caret
// where it is: somebody may be typing.
func (f frame) form(form bot.Form, from opener, inPlace bool) formView {
	v := formView{frame: f, Form: form, Opener: from, InPlace: inPlace}
	focus := 0
	for i, field := range form.Fields {
		if field.Fault != "" {
			focus = i
			break
		}
	}
	for i, field := range form.Fields {
		if field.Asks == workflows.AskHalf && len(field.Options) == 0 {
			field.Options = []bot.FormOption{{Value: "am", Label: f.T("web.am")}, {Value: "pm", Label: f.T("web.pm")}}
		}
		v.add(fieldView{FormField: field, User: f.Me.No, Focus: i == focus && !inPlace})
	}
	return v
}

// add puts a field where it stands in the form: in a row, and that in a part.
func (v *formView) add(field fieldView) {
	listed := v.List != nil && field.Line > 0
	if last := len(v.Parts) - 1; last < 0 || listed != (v.Parts[last].List != nil) {
		part := partView{}
		if listed {
			part.List = &listView{FormList: *v.List, frame: v.frame, Nonce: v.Nonce}
		}
		v.Parts = append(v.Parts, part)
	}
	part := &v.Parts[len(v.Parts)-1]
	last := len(part.Rows) - 1
	if field.Asks == workflows.AskHalf && last >= 0 && len(part.Rows[last]) == 1 && part.Rows[last][0].Asks == workflows.AskDate {
		part.Rows[last] = append(part.Rows[last], field)
		return
	}
	part.Rows = append(part.Rows, []fieldView{field})
}

// caret has the caret go into the list's open line, or stay where it is.
func (v *formView) caret(listed bool) {
	for _, part := range v.Parts {
		if part.List != nil {
			part.List.Caret = listed
		}
	}
}

// NewID is the id of one more sending of what opened the form.
func (v formView) NewID() string { return newID() }
