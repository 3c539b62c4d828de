package draw

import (
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// steps shows the route with what has become of each step.
func steps(v engine.View, print *texts.Printer) []bot.StepLine {
	r := v.Request
	var list []bot.StepLine
	for i, step := range r.Steps {
		s := bot.StepLine{Tone: workflows.Quiet}
		var places, notes []string
		for j, slot := range step.Slots {
			var people []string
			for _, person := range slot.People {
				people = append(people, v.Facts.Org.Person(person).Name)
			}
			places = append(places, anyName(print, people))
			for _, note := range slot.Notes {
				notes = append(notes, print.Text(note.Text, workflows.Args{"Name": v.Facts.Org.Person(note.Person).Name}))
			}
			for _, t := range r.Turns {
				if t.Revision != r.Revision || t.Step != i || t.Slot != j {
					continue
				}
				note, tone := turnNote(v, t, print)
				if note != "" {
					notes = append(notes, note)
				}
				if tone != "" {
					s.Tone = tone
				}
			}
		}
		s.Text = print.Text("step."+string(step.Mode), workflows.Args{"Names": print.List(places), "Places": len(places)})
		s.Note = strings.Join(notes, " · ")
		list = append(list, s)
	}
	return list
}

// turnNote says what is worth saying of a turn beside its step, and the tone that it gives the step.
func turnNote(v engine.View, t workflows.Turn, print *texts.Printer) (string, workflows.Tone) {
	args := workflows.Args{"By": "", "At": print.Time(t.DecidedAt)}
	if place := v.Request.Steps[t.Step].Slots[t.Slot]; len(place.People) > 1 || place.People[0] != t.Person {
		args["By"] = decider(v, t, print) // else the step's own line has the name
	}
	switch t.State {
	case workflows.TurnApproved:
		return print.Text("step.approved", args), workflows.Good
	case workflows.TurnRejected:
		return print.Text("step.rejected", args), workflows.Bad
	case workflows.TurnReturned:
		return print.Text("step.returned", args), workflows.Warn
	case workflows.TurnOpen:
		if !t.NudgedAt.IsZero() {
			return print.Text("step.nudged", workflows.Args{"At": print.Time(t.NudgedAt)}), workflows.Wait
		}
		if t.Why != "" {
			args := workflows.Args{"Name": v.Facts.Org.Person(t.Person).Name, "For": v.Facts.Org.Person(t.For).Name}
			return print.Text("why."+t.Why, args), workflows.Wait
		}
		return "", workflows.Wait
	}
	return "", ""
}

// PlannedStep shows a step of a route that has not begun.
func PlannedStep(step workflows.Step, p workflows.Preview, print *texts.Printer) bot.StepLine {
	s := bot.StepLine{Tone: workflows.Quiet}
	var places []string
	var notes []string
	for _, slot := range step.Slots {
		var names []string
		for _, person := range slot.People {
			names = append(names, p.Name(person))
		}
		places = append(places, anyName(print, names))
		for _, note := range slot.Notes {
			notes = append(notes, print.Text(note.Text, workflows.Args{"Name": p.Name(note.Person)}))
		}
	}
	s.Text = print.Text("step."+string(step.Mode), workflows.Args{"Names": print.List(places), "Places": len(places)})
	s.Note = strings.Join(notes, " ")
	return s
}
