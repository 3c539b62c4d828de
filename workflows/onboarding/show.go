package onboarding

import "github.com/nod-chat/nod/workflows"

// title names a request in a line.
func (k rules) title(r workflows.Request) workflows.Row {
	t, _ := k.template(r.Form)
	return workflows.Row{Text: "onboarding.title", Args: workflows.Args{"No": r.Form["newcomer"], "Template": t.Name}}
}

// show lists what a card says of a request.
func (k rules) show(r workflows.Request, f workflows.Facts, to workflows.Relation) []workflows.Row {
	if to == workflows.ToNobody {
		return nil
	}
	var rows []workflows.Row
	for _, field := range []string{"newcomer", "mentor", "manager"} {
		if p, ok := f.Org.ByNo(r.Form[field]); ok {
			rows = append(rows, workflows.Row{Label: "onboarding.label." + field, Text: "text.quote",
				Args: workflows.Args{"Text": p.Titled()}})
		}
	}
	rows = append(rows, k.rest(r)...)
	if t, ok := k.template(r.Form); ok {
		tasks := len(t.Before)
		for _, p := range t.Phases {
			tasks += len(p.Tasks)
		}
		rows = append(rows, workflows.Row{Label: "onboarding.label.holds", Text: "onboarding.holds",
			Args: workflows.Args{"Count": tasks, "Phases": len(t.Phases), "Days": t.Phases[len(t.Phases)-1].To}})
	}
	return rows
}

// rest are the rows that the form alone tells.
func (k rules) rest(r workflows.Request) []workflows.Row {
	var rows []workflows.Row
	if r.Form["start"] != "" {
		rows = append(rows, workflows.Row{Label: "onboarding.label.start", Text: "field.date",
			Args: workflows.Args{"Date": r.Form["start"]}})
	}
	if t, ok := k.template(r.Form); ok {
		row := t.Name.Row()
		row.Label = "onboarding.label.template"
		rows = append(rows, row)
	}
	if note := r.Form["note"]; note != "" {
		rows = append(rows, workflows.Row{Label: "onboarding.label.note", Text: "text.quote", Args: workflows.Args{"Text": note}})
	}
	return rows
}

// terms are what is asked for, as the form alone tells it.
func (k rules) terms(r workflows.Request, _ workflows.Person) []workflows.Row {
	var rows []workflows.Row
	for _, field := range []string{"newcomer", "mentor", "manager"} {
		rows = append(rows, workflows.Row{Label: "onboarding.label." + field, Text: "text.quote",
			Args: workflows.Args{"Text": r.Form[field]}})
	}
	return append(rows, k.rest(r)...)
}
