package onboarding

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
)

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
	newcomer, _ := f.Org.ByNo(r.Form["newcomer"])
	rows = append(rows, k.rest(r)...)
	if t, ok := k.template(r.Form); ok {
		tasks := len(t.Before)
		for _, p := range t.Phases {
			tasks += len(p.Tasks)
		}
		rows = append(rows, workflows.Row{Label: "onboarding.label.holds", Text: "onboarding.holds",
			Args: workflows.Args{"Count": tasks, "Phases": len(t.Phases), "Days": t.Phases[len(t.Phases)-1].To}})
		if newcomer.ID != 0 && !t.Fits(newcomer) {
			rows = append(rows, workflows.Row{Label: "onboarding.label.fits", Text: "onboarding.unfit", Tone: workflows.Warn,
				Args: workflows.Args{"For": slices.Concat(t.Roles, t.Tiers), "Is": slices.Concat(newcomer.Roles, tierOf(newcomer))}})
		}
	}
	return rows
}

// tierOf is somebody's tier, if they have one.
func tierOf(p workflows.Person) []string {
	if p.Tier == "" {
		return nil
	}
	return []string{p.Tier}
}

// rest are the rows below the people.
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
