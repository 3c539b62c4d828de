package draw

import (
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Steps shows a route, begun or still planned.
func Steps(steps []workflows.StepView, print *texts.Printer) []bot.StepLine {
	var list []bot.StepLine
	for _, step := range steps {
		var places, notes []string
		for _, people := range step.Places {
			places = append(places, anyOf(people, print))
		}
		for _, note := range step.Notes {
			notes = append(notes, print.Text(note.Text, note.Args))
		}
		text := print.Text("step."+string(step.Mode), workflows.Args{"Names": print.List(places), "Places": len(places)})
		list = append(list, bot.StepLine{Text: text, Note: strings.Join(notes, " · "), Tone: step.Tone})
	}
	return list
}

// anyOf joins the people of one place, any of whom may decide.
func anyOf(names []string, print *texts.Printer) string {
	if len(names) > 3 {
		return print.Text("names.any_more", workflows.Args{"Names": print.Joined(names[:2], "names.comma"), "More": len(names) - 2})
	}
	return print.Joined(names, "names.or")
}
