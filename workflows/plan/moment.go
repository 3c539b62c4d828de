package plan

import (
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// The kinds of due items of a plan: its clock, a task to be given out, the tasks that nobody has to do any more, a new day.
const (
	DueTick = "plan"
	DueTask = "plan_task"
	DueSkip = "plan_skip"
	DueDay  = "plan_day"
)

// When things happen, in minutes after midnight at the new hire's place.
const (
	morning = 9 * 60  // the first day begins, gates are called, questions are asked
	evening = 18 * 60 // tomorrow's tasks are given out, gates close
)

// decideReminders is how often the manager is reminded to decide before hr is told too.
const decideReminders = 2

// moment is something that happens to a plan at a time, once: what it does leaves a mark by which it is known to be done.
type moment struct {
	at time.Time
	do func(c *change) error
}

// moments lists all that are still to come, or overdue, in their order.
func (c *view) moments() []moment {
	var list []moment
	p, hours := c.p, c.p.hours(c.f.Facts)
	at := func(d workflows.Date, minute int, do func(c *change) error) {
		list = append(list, moment{d.At(minute, c.zone()), do})
	}
	give := func(phase string, index int, item Item) {
		if !slices.Contains(p.Given, key(phase, item.Code)) {
			day := p.on(item.Day, index, hours)
			at(day.AddDays(-1), evening, func(c *change) error { return c.give(phase, item, day) })
		}
	}
	phase, decides := p.phase(c.s)
	switch { // a gate that closes comes before what is given out at that time: it may push that
	case phase >= 0 && decides:
		decider := c.f.Hours(p.Manager) // whoever stands in while the manager is away is reminded all the same
		decider.Away = nil
		list = append(list, moment{decider.NextMorning(p.ChangedAt), (*change).remindDecider})
	case phase >= 0:
		gate := p.last(c.s, phase, hours)
		if p.Phases[phase].Reminded <= p.Phases[phase].Rounds {
			at(gate, morning, (*change).callGate)
		}
		at(gate, evening, (*change).closeGate)
	case p.State == StatePreparing:
		at(p.on(1, 0, hours), morning, (*change).firstDay)
	}
	for _, item := range c.s.Template.Before {
		give("", 0, item)
	}
	for i, ph := range c.s.Template.Phases {
		if decides && i > phase {
			break // how it goes on, and when, is not known
		}
		for _, item := range ph.Tasks {
			give(ph.Code, i, item)
		}
	}
	for _, day := range c.s.Template.Feedback {
		if i := c.phaseOf(day); !slices.Contains(p.Asked, day) {
			at(p.on(day, i, hours), morning, func(c *change) error { return c.ask(day) })
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	return list
}

// phaseOf is the phase in which a day lies.
func (c *view) phaseOf(day int) int {
	i := slices.IndexFunc(c.s.Template.Phases, func(p Phase) bool { return day <= p.To })
	return max(i, 0)
}

// next is when the plan's clock fires next.
func (c *change) next() (time.Time, bool) {
	list := c.moments()
	if len(list) == 0 {
		return time.Time{}, false
	}
	if at := list[0].at; at.After(c.f.Now) {
		return at, true
	}
	return c.f.Now, true
}

// pass does all that is due, in its order; after downtime too, each once.
func (c *change) pass() error {
	for range 2 * (maxItems + maxPhases) {
		list := c.moments()
		if len(list) == 0 || list[0].at.After(c.f.Now) || !c.p.Open() {
			return nil
		}
		if err := list[0].do(c); err != nil {
			return err
		}
	}
	return nil
}

// give has a task given out: one by one, each in a transaction of its own.
func (c *change) give(phase string, item Item, day workflows.Date) error {
	c.p.Given = append(slices.Clip(c.p.Given), key(phase, item.Code))
	if first := c.soonest(); day.Before(first) { // it could not be given out earlier: nobody is late before they heard of it
		day = first
	}
	data := []byte(`{"phase":"` + phase + `","item":"` + item.Code + `","due":"` + day.String() + `"}`) // codes and dates need no quoting
	c.out.Due = append(c.out.Due, workflows.Due{Kind: DueTask, Key: string(c.p.ID) + "/" + key(phase, item.Code), Slot: 1, At: c.f.Now,
		Subject: c.p.ID, Data: data})
	return nil
}

// soonest is the first day on which what is given out now can be done: today while there is work, else the next working day.
func (c *change) soonest() workflows.Date {
	hours := c.p.hours(c.f.Facts)
	d := c.f.Today(c.f.Org.Person(c.p.Newcomer))
	if !c.f.Now.Before(d.At(evening, c.zone())) {
		d = d.AddDays(1)
	}
	for range 60 {
		if am, pm := workflows.Works(hours.Pattern, hours.Calendar, d); am || pm {
			break
		}
		d = d.AddDays(1)
	}
	return d
}

// NextDay is when the cards of a plan are drawn anew, which say what day it is and what is late: as the next day begins in a zone.
func NextDay(now time.Time, zone *time.Location) time.Time {
	return workflows.DateOf(now.In(zone)).AddDays(1).At(1, zone)
}

// firstDay begins the first phase, and introduces the new hire, their mentor, their manager and the team to one another.
func (c *change) firstDay() error {
	if err := c.fire(start); err != nil {
		return err
	}
	c.out.Due = append(c.out.Due, workflows.Due{Kind: DueDay, Key: string(c.p.ID), At: NextDay(c.f.Now, c.zone()), Subject: c.p.ID,
		Party: c.p.Newcomer.Party()})
	args := workflows.Args{"Mentor": c.name(c.p.Mentor), "Manager": c.name(c.p.Manager), "Phase": c.s.Template.Phases[0].Name}
	c.tell(c.p.Newcomer, workflows.Notice{Text: "notice.plan_welcome", Args: args, Tone: workflows.Good})
	for _, r := range []Role{Mentor, Manager} {
		for _, id := range c.p.acting(r, c.f.Facts) {
			c.tell(id, workflows.Notice{Text: "notice.plan_first_day_" + string(r), Args: args})
		}
	}
	for _, id := range c.f.Team {
		if id != c.p.Mentor && id != c.p.Manager && id != c.p.Newcomer {
			c.notify(id, workflows.Notice{Text: "notice.plan_team", Args: args, While: workflows.WhileAlone})
		}
	}
	return nil
}
