package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// Draw makes a request's card for a viewer; false when it is nothing to them. It also gives the facts that the card shows, which the
// audit keeps with the viewer's decision; nil when they have none to make.
func Draw(v engine.View, viewer workflows.Person, print *texts.Printer) (Card, []byte, bool) {
	r := v.Request
	relation := r.Relation(workflows.PersonActor(viewer, ""))
	if relation == workflows.ToNobody {
		return Card{}, nil, false
	}
	c := Card{Subject: r.ID, Number: r.Number, Kind: r.Kind, Revision: r.Revision, Seq: r.Seq, Icon: print.Text(string(r.Kind)+".icon", nil)}
	title := v.Kind.Title(r)
	c.Title = print.Text(title.Text, title.Args)
	if relation != workflows.ToRequester {
		c.Who = workflows.Inert(v.Facts.Org.Person(r.Requester).Name)
	}
	c.Status = status(v, viewer, print)
	rows := v.Kind.Show(r, v.Facts, relation)
	for _, row := range rows {
		c.Lines = append(c.Lines, line(print, row))
	}
	if last := r.LastDecision(); last != nil && last.Comment != "" && last.Revision == r.Revision {
		c.Lines = append(c.Lines, Line{Label: print.Text("label."+string(last.State), nil), Text: workflows.Inert(last.Comment), Tone: workflows.Warn, Typed: true})
	}
	c.Steps = steps(v, print)
	c.Actions = actions(v, viewer, print)
	c.Fallback = print.Text("card.fallback", workflows.Args{"Number": r.Number, "Title": c.Title, "Who": c.Who, "Status": c.Status.Text})
	if relation != workflows.ToApprover {
		return c, nil, true
	}
	facts, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("rows are plain data: %v", err))
	}
	return c, facts, true
}

// Fold shrinks a card to the line that an older card of a request becomes.
func (c Card) Fold() Card {
	return Card{Subject: c.Subject, Number: c.Number, Kind: c.Kind, Revision: c.Revision, Seq: c.Seq, Icon: c.Icon, Title: c.Title, Who: c.Who, Status: c.Status, Folded: true, Fallback: c.Fallback}
}

// Hash identifies what a card shows. The seq is left out: a change that a viewer cannot see needs no edit.
func (c Card) Hash() string {
	c.Seq = 0
	content, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("a card is plain data: %v", err))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

func line(print *texts.Printer, row workflows.Row) Line {
	l := Line{Text: print.Text(row.Text, row.Args), Tone: row.Tone, Typed: row.Text == "text.quote"}
	if row.Label != "" {
		l.Label = print.Text(row.Label, nil)
	}
	return l
}

// status says where a request stands, to this viewer.
func status(v engine.View, viewer workflows.Person, print *texts.Printer) Status {
	r := v.Request
	info, _ := v.Kind.State(r.State)
	args := workflows.Args{"State": print.Text(string(r.Kind)+".state."+string(r.State), nil)}
	if info.Routed {
		if r.OpenTurn(viewer.ID) != nil {
			return Status{print.Text("status.yours", args), workflows.Wait}
		}
		args["Names"] = names(v, r.Open())
		return Status{print.Text("status.waiting", args), workflows.Wait}
	}
	last := r.LastDecision()
	tone := workflows.Quiet
	if last != nil && v.Kind.Decided(r.State) {
		args["By"] = decider(v, *last, print) // when: the step's own line says
		tone = map[workflows.TurnState]workflows.Tone{workflows.TurnApproved: workflows.Good, workflows.TurnRejected: workflows.Bad, workflows.TurnReturned: workflows.Warn}[last.State]
		return Status{print.Text("status."+string(last.State), args), tone}
	}
	args["At"] = print.Time(r.ChangedAt)
	return Status{print.Text("status.ended", args), tone}
}

// decider names who decided, and for whom.
func decider(v engine.View, t workflows.Turn, print *texts.Printer) string {
	name := v.Facts.Org.Person(t.Person).Name
	if t.For == 0 {
		return name
	}
	return print.Text("names.for", workflows.Args{"Name": name, "For": v.Facts.Org.Person(t.For).Name})
}

func names(v engine.View, turns []workflows.Turn) []string {
	var list []string
	for _, t := range turns {
		if name := v.Facts.Org.Person(t.Person).Name; !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// steps shows the route with what has become of each step.
func steps(v engine.View, print *texts.Printer) []StepLine {
	r := v.Request
	var list []StepLine
	for i, step := range r.Steps {
		s := StepLine{Tone: workflows.Quiet}
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
			return print.Text("why."+t.Why, workflows.Args{"Name": v.Facts.Org.Person(t.Person).Name, "For": v.Facts.Org.Person(t.For).Name}), workflows.Wait
		}
		return "", workflows.Wait
	}
	return "", ""
}

// actions lists the buttons that are this viewer's to press now, in the order of the definition.
func actions(v engine.View, viewer workflows.Person, print *texts.Printer) []Action {
	r := v.Request
	var list []Action
	for _, t := range v.Kind.Offered(r, workflows.PersonActor(viewer, ""), v.Facts) {
		list = append(list, Action{Name: string(t.Event), Label: print.Text("event."+string(t.Event), nil), Style: v.Kind.Moves[t.Event].Style,
			Number: r.Number, Subject: r.ID, Digest: r.Digest, Opens: t.Form || len(t.Asks) > 0})
	}
	if count := len(v.Kind.FilesOf(r.Form)); count > 0 {
		list = append(list, Action{Name: filesAction, Label: print.Text("action.files", workflows.Args{"Count": count}), Number: r.Number, Subject: r.ID, Opens: true})
	}
	return list
}
