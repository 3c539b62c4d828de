package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// The relations of a plan, beside workflows.ToNobody and workflows.ToHR.
const (
	ToNewcomer workflows.Relation = "newcomer"
	ToMentor   workflows.Relation = "mentor"
	ToManager  workflows.Relation = "manager" // or anybody above the new hire
	ToIT       workflows.Relation = "it"
)

// Relation gives what somebody is to the plan.
func (p Plan) Relation(a workflows.Actor, f Facts) workflows.Relation {
	me := a.Party.Person()
	switch {
	case me == 0 || !a.Person.Active:
		return workflows.ToNobody
	case me == p.Newcomer:
		return ToNewcomer
	case me == p.Mentor || slices.Contains(p.acting(Mentor, f.Facts), me):
		return ToMentor
	case me == p.Manager || slices.Contains(p.acting(Manager, f.Facts), me):
		return ToManager
	case a.Person.Has("hr"):
		return workflows.ToHR
	case me == p.By || workflows.MayActFor(a.Person, p.Newcomer, f.Org):
		return ToManager
	case a.Person.Has("it"):
		return ToIT
	}
	return workflows.ToNobody
}

// SeesAll tells whether every plan is something to somebody: to HR, and to IT, whose tasks are in each.
func SeesAll(p workflows.Person) bool { return p.Has("hr") || p.Has("it") }

// View gives the plan as somebody may see it; false when to them there is none.
func (s Script) View(p Plan, viewer workflows.Actor, f Facts) (workflows.View, bool) {
	c := &view{p: p, s: s, f: f}
	rel := p.Relation(viewer, f)
	if rel == workflows.ToNobody {
		return workflows.View{}, false
	}
	v := workflows.View{Subject: p.Subject, Relation: rel, Title: p.named(), Status: c.status()}
	v.Gist = v.Title
	if rel == ToIT { // how the new hire gets on is not theirs to know
		v.Status = workflows.Row{Text: "plan.status.preparing", Args: workflows.Args{"Start": p.Start.String()}, Tone: workflows.Quiet}
	}
	if rel != ToNewcomer {
		v.Of = f.Org.Person(p.Newcomer).Name
	}
	if p.Erased {
		return v, true
	}
	v.Rows = c.rows(rel)
	for _, m := range moves {
		// What is too soon becomes possible without any change of the plan: the button stands there, and its press says from when on.
		if err := c.may(m, viewer); err == nil || errors.Is(err, &workflows.Error{Code: workflows.TooSoon}) {
			v.Offers = append(v.Offers, workflows.Offer{Event: m.event, Style: m.style, Opens: m.asks != nil})
		}
	}
	return v, true
}

// named is what the plan is called in a line.
func (p Plan) named() workflows.Row {
	if p.Erased {
		return workflows.Row{Text: "request.erased_title", Args: workflows.Args{"Kind": "plan.name"}}
	}
	return workflows.Row{Text: "plan.title", Args: workflows.Args{"Template": p.Name}}
}

func (c *view) status() workflows.Row {
	p := c.p
	today := c.f.Today(c.f.Org.Person(p.Newcomer))
	args := workflows.Args{"Start": p.Start.String(), "On": p.EndedOn.String(), "Day": p.Day(today), "Of": c.days(),
		"Phase": workflows.Words{}}
	phase, decides := p.phase(c.s)
	if phase >= 0 {
		args["Phase"] = c.s.Template.Phases[phase].Name
	}
	switch {
	case p.State == StatePreparing:
		return workflows.Row{Text: "plan.status.preparing", Args: args, Tone: workflows.Quiet}
	case decides:
		return workflows.Row{Text: "plan.status.decision", Args: args, Tone: workflows.Warn}
	case phase >= 0:
		row := workflows.Row{Text: "plan.status.phase", Args: args, Tone: workflows.Wait}
		if p.Phases[phase].Rounds > 0 {
			row.Text, row.Tone = "plan.status.extended", workflows.Warn
		}
		return row
	}
	tones := map[workflows.State]workflows.Tone{StatePassed: workflows.Good, StateFailed: workflows.Bad, StateClosed: workflows.Quiet}
	return workflows.Row{Text: "plan.status." + string(p.State), Args: args, Tone: tones[p.State]}
}

// days is how many calendar days the plan has, with its extensions.
func (c *view) days() int {
	phases := c.s.Template.Phases
	return phases[len(phases)-1].To + c.p.shift(len(phases))
}

// barWidth is of how many signs a progress bar is.
const barWidth = 10

// Bar draws how much of something is done.
func Bar(done, all int) string {
	n := 0
	if all > 0 {
		n = done * barWidth / all
	}
	return strings.Repeat("█", n) + strings.Repeat("░", barWidth-n)
}

// counted is how far the tasks of a phase are.
type counted struct{ Done, All, Late int }

// count counts the tasks of a phase: those of its template, of whoever they are.
func (c *view) count(phase string, items []Item, today workflows.Date) counted {
	n := counted{All: len(items)}
	for _, g := range c.f.Tasks {
		if g.Phase != phase {
			continue
		}
		switch {
		case g.State == task.StateDone:
			n.Done++
		case g.State == task.StateOpen && g.Due.Before(today):
			n.Late++
		}
	}
	return n
}

func (c *view) rows(rel workflows.Relation) []workflows.Row {
	p, org := c.p, c.f.Org
	today := c.f.Today(org.Person(p.Newcomer))
	rows := []workflows.Row{
		{Label: "plan.label.start", Text: "field.date", Args: workflows.Args{"Date": p.Start.String()}},
		{Label: "plan.label.mentor", Text: "text.quote", Args: workflows.Args{"Text": org.Person(p.Mentor).Name}},
		{Label: "plan.label.manager", Text: "text.quote", Args: workflows.Args{"Text": org.Person(p.Manager).Name}},
	}
	if rel == ToIT {
		return append(rows, c.tasksOf(IT)...)
	}
	if n := c.count("", c.s.Template.Before, today); n.All > 0 && rel != ToNewcomer {
		rows = append(rows, workflows.Row{Label: "plan.label.before", Text: "plan.progress", Args: workflows.Args{"Bar": Bar(n.Done, n.All),
			"Done": n.Done, "All": n.All, "Late": n.Late}})
	}
	at, _ := p.phase(c.s)
	for i, ph := range c.s.Template.Phases {
		n := c.count(ph.Code, ph.Tasks, today)
		args := c.missing(i)
		args["Bar"], args["Done"], args["All"], args["Late"] = Bar(n.Done, n.All), n.Done, n.All, n.Late
		args["Test"], args["Sign"] = ph.Gate.Test != "", ph.Gate.SignOff != ""
		args["SignedBy"], args["Extended"] = org.Person(p.Phases[i].Signed).Name, p.Phases[i].Rounds > 0
		args["Passed"] = !p.Phases[i].PassedOn.IsZero()
		row := workflows.Row{Text: "plan.phase", Args: args}
		if i == 0 {
			row.Label = "plan.label.progress"
		}
		switch {
		case !p.Phases[i].PassedOn.IsZero():
			row.Tone = workflows.Good
		case i == at:
			row.Tone = workflows.Wait
		}
		rows = append(rows, row)
	}
	if at >= 0 && p.Open() {
		gate := p.last(c.s, at, p.hours(c.f.Facts))
		args := c.missing(at)
		args["Date"] = gate.String()
		rows = append(rows, workflows.Row{Label: "plan.label.gate", Text: "plan.gate", Args: args})
		if why := p.Phases[at].Refused; why != "" {
			rows = append(rows, workflows.Row{Label: "plan.label.refused", Text: "text.quote", Args: workflows.Args{"Text": why},
				Tone: workflows.Warn})
		}
	}
	if rel != ToNewcomer {
		rows = append(rows, c.late(today)...)
	}
	if p.Reason != "" {
		rows = append(rows, workflows.Row{Label: "plan.label.reason", Text: "text.quote", Args: workflows.Args{"Text": p.Reason}})
	}
	if rel == workflows.ToHR {
		for _, a := range p.Feedback {
			rows = append(rows, workflows.Row{Label: "plan.label.feedback", Text: "plan.answer",
				Args: workflows.Args{"Day": a.Day, "Rating": a.Rating, "Words": a.Words}})
		}
	}
	return rows
}

// mostLate is how many late tasks a card names.
const mostLate = 5

// late names what is late, and who has not done it.
func (c *view) late(today workflows.Date) []workflows.Row {
	var rows []workflows.Row
	more := 0
	for _, g := range c.f.Tasks {
		if g.State != task.StateOpen || !g.Due.Before(today) {
			continue
		}
		item, ok := c.s.item(g.Phase, g.Item)
		if !ok {
			continue
		}
		if len(rows) == mostLate {
			more++
			continue
		}
		row := workflows.Row{Text: "plan.late", Tone: workflows.Warn, Args: workflows.Args{"Title": item.Title,
			"Owner": c.f.Org.Person(g.Owner).Name, "Due": g.Due.String()}}
		if len(rows) == 0 {
			row.Label = "plan.label.late"
		}
		rows = append(rows, row)
	}
	if more > 0 {
		rows = append(rows, workflows.Row{Text: "plan.late_more", Args: workflows.Args{"Count": more}})
	}
	return rows
}

// tasksOf lists what a role has to do, and what has become of it.
func (c *view) tasksOf(r Role) []workflows.Row {
	var rows []workflows.Row
	list := func(phase string, items []Item) {
		for _, item := range items {
			if item.Owner != r {
				continue
			}
			state := workflows.State("")
			for _, g := range c.f.Tasks {
				if g.Phase == phase && g.Item == item.Code {
					state = g.State
				}
			}
			row := workflows.Row{Text: "plan.item", Args: workflows.Args{"Title": item.Title, "Done": state == task.StateDone,
				"Day": item.Day}}
			if len(rows) == 0 {
				row.Label = "plan.label.tasks"
			}
			rows = append(rows, row)
		}
	}
	list("", c.s.Template.Before)
	for _, p := range c.s.Template.Phases {
		list(p.Code, p.Tasks)
	}
	return rows
}

// item finds an item of the script; the phase "" is the time before day 1.
func (s Script) item(phase, item string) (Item, bool) {
	items := s.Template.Before
	if phase != "" {
		i := slices.IndexFunc(s.Template.Phases, func(p Phase) bool { return p.Code == phase })
		if i < 0 {
			return Item{}, false
		}
		items = s.Template.Phases[i].Tasks
	}
	i := slices.IndexFunc(items, func(it Item) bool { return it.Code == item })
	if i < 0 {
		return Item{}, false
	}
	return items[i], true
}

// Task is the task of an item, due on a day.
func (s Script) Task(p Plan, phase, item string, due workflows.Date, f Facts) (task.Task, bool) {
	it, ok := s.item(phase, item)
	if !ok {
		return task.Task{}, false
	}
	people := p.Who(it.Owner, f.Facts)
	if it.Owner == Newcomer { // who may have no chat yet: their mentor and manager stand in
		people = append([]workflows.PersonID{p.Newcomer}, p.Who(Mentor, f.Facts)...)
	}
	if len(people) == 0 {
		return task.Task{}, false
	}
	t := task.Task{Title: it.Title, Note: it.Note, Link: it.Link, Owner: people[0], About: p.Newcomer, HandIn: it.HandIn, Due: due,
		Shared: it.Owner == IT || it.Owner == HR,
		Source: task.Source{Kind: task.FromPlan, Subject: p.ID, Part: phase, Item: item}}
	for _, id := range people[1:] {
		if id != t.Owner && len(t.Helpers) < 3 {
			t.Helpers = append(t.Helpers, id)
		}
	}
	for _, w := range it.Checklist {
		t.Checklist = append(t.Checklist, task.Check{Text: w})
	}
	return t, true
}

// Listed is a plan as a line of a list.
type Listed struct {
	workflows.Ref
	Newcomer        string // their name
	Status          workflows.Row
	Done, All, Late int // tasks, of whoever they are
}

// Listed gives the plan as a line of a list.
func (s Script) Listed(p Plan, f Facts) Listed {
	c := &view{p: p, s: s, f: f}
	today := f.Today(f.Org.Person(p.Newcomer))
	l := Listed{Ref: p.Ref, Newcomer: f.Org.Person(p.Newcomer).Name, Status: c.status()}
	add := func(n counted) { l.Done, l.All, l.Late = l.Done+n.Done, l.All+n.All, l.Late+n.Late }
	add(c.count("", s.Template.Before, today))
	for _, ph := range s.Template.Phases {
		add(c.count(ph.Code, ph.Tasks, today))
	}
	return l
}
