package task

import (
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
)

// New makes a task that somebody adds, for themselves or for somebody for whom they may act, or that a source gives out, which a clock
// does. id is that of its subject.
func New(id workflows.SubjectID, t Task, actor workflows.Actor, f workflows.Facts) (Task, workflows.Outcome, error) {
	c := &change{t: &t, was: t.Owner, act: workflows.Act{Event: Add}, actor: actor, facts: f, out: new(workflows.Outcome)}
	t.Subject = workflows.Subject{Ref: workflows.Ref{Kind: Kind, ID: id}, State: StateOpen}
	given := actor.Party.Kind == workflows.ClockParty
	if !given {
		if !actor.Person.Active {
			return t, workflows.Outcome{}, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
		}
		if !workflows.MayActFor(actor.Person, t.Owner, f.Org) {
			return t, workflows.Outcome{}, workflows.Refuse(workflows.NotYours, "task.not_for_them", nil)
		}
		if owner := f.Org.Person(t.Owner); !owner.Active {
			return t, workflows.Outcome{}, workflows.Fault("person", "person.not_found", workflows.Args{"Value": owner.No})
		}
		if err := c.said(); err != nil {
			return t, workflows.Outcome{}, err
		}
		t.By, t.Source = actor.Party.Person(), Source{Kind: Manual}
	}
	c.out.Prefix = Prefix
	if !given || t.Source.Kind == Manual {
		c.out.Cards = append(c.out.Cards, t.Owner.Party())
	}
	if given && t.Source.Item != "" {
		c.out.Claims = []string{t.Source.Key()}
	}
	if !given || !c.atOnce() {
		c.startClock()
	}
	if !given && t.Owner != t.By {
		c.out.Told.Args = workflows.Args{"For": f.Org.Person(t.Owner).Name}
	}
	return t, c.finish(""), nil
}

// Key is what the task of an item claims, so that a source gives it out once.
func (s Source) Key() string {
	return strings.Join([]string{"task", string(s.Kind), string(s.Subject), s.Part, s.Item}, ":")
}

// said checks what somebody typed.
func (c *change) said() error {
	t := c.t
	title, err := workflows.CleanText(strings.Join(strings.Fields(t.Title.En), " "), MaxTitle)
	if err != nil {
		return err
	}
	if title == "" {
		return workflows.Fault("title", "field.required", nil)
	}
	t.Title = workflows.Said(title)
	if _, err := workflows.CleanText(t.Note.En, MaxReason); err != nil {
		return err
	}
	today := c.facts.Today(c.facts.Org.Person(t.Owner))
	if t.Due.IsZero() {
		t.Due = today
	}
	if t.Due.Before(today) {
		return workflows.Fault("due", "task.past", workflows.Args{"Date": t.Due.String()})
	}
	if t.Due.Days()-today.Days() > farthest {
		return workflows.Fault("due", "date.range", workflows.Args{"Value": t.Due.String()})
	}
	if slices.ContainsFunc([]bool{t.HandIn, t.Link != "", len(t.Checklist) > 0, len(t.Files) > 0}, func(b bool) bool { return b }) {
		return workflows.Refuse(workflows.Invalid, "field.invalid", nil)
	}
	return nil
}

// NewForm is the form of a new task, filled in as far as is known.
func NewForm(values workflows.Form) workflows.Asking {
	return workflows.Asking{Kind: Kind, Event: Add, Style: workflows.Primary, Values: values,
		Title: workflows.Row{Text: "task.form.add_task"},
		Fields: []workflows.Field{
			{Name: "title", Type: workflows.Text, Required: true, Max: MaxTitle},
			{Name: "due", Type: workflows.DateDay, Required: true},
			{Name: "person", Type: workflows.Employee},
			{Name: "note", Type: workflows.Long, Max: MaxReason},
		}}
}

// farthest is how many days ahead a task can be due.
const farthest = 2 * 366
