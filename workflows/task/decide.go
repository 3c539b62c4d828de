package task

import (
	"fmt"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// The events of tasks.
const (
	Add      workflows.Event = "add_task"
	Done     workflows.Event = "done"
	NotDone  workflows.Event = "not_done"
	HandIn   workflows.Event = "hand_in"
	Tick     workflows.Event = "tick"
	Snooze   workflows.Event = "snooze"
	HandOver workflows.Event = "hand_over"
	Reopen   workflows.Event = "reopen"
	Remind   workflows.Event = "remind_task"
	Relieve  workflows.Event = "relieve_task"
	Skip     workflows.Event = "skip"
)

// move is what one event does to a task.
type move struct {
	event workflows.Event
	by    []workflows.Relation // whose press it is; nil: a clock's
	from  []workflows.State
	to    workflows.State // empty: the state stays
	style workflows.Style
	// asks lists what its press has to bring; nil: nothing.
	asks func(t Task) ([]workflows.Field, workflows.Form)
	// fits tells whether it can be done to a task as it is; nil: to any.
	fits func(t Task) bool
	// do changes the task and says what follows. nil: nothing besides.
	do func(c *change) error
}

var (
	doing      = []workflows.Relation{ToOwner, ToStandIn}
	overseeing = []workflows.Relation{ToOwner, ToStandIn, ToMaker, ToOverseer, workflows.ToHR}
	open       = []workflows.State{StateOpen}
)

// moves are in the order of their buttons.
var moves []move

func init() { // the moves look at one another
	moves = []move{
		{event: Done, by: doing, from: open, to: StateDone, style: workflows.Primary, fits: withoutFile, do: end},
		{event: HandIn, by: doing, from: open, to: StateDone, style: workflows.Primary, fits: withFile, asks: handInAsks, do: handIn},
		{event: Tick, by: doing, from: open, fits: hasChecklist, asks: tickAsks, do: tick},
		{event: NotDone, by: doing, from: open, to: StateNotDone, asks: notDoneAsks, do: end},
		{event: Snooze, by: doing, from: open, asks: snoozeAsks, do: snooze},
		{event: HandOver, by: overseeing, from: open, asks: handOverAsks, do: handOver},
		{event: Reopen, by: doing, from: []workflows.State{StateDone, StateNotDone}, to: StateOpen, do: reopen},
		{event: Remind, from: open, do: remind},
		{event: Relieve, from: open, do: relieve},
		{event: Skip, from: open, to: StateSkipped, do: end},
	}
}

func moveOf(event workflows.Event) (move, bool) {
	i := slices.IndexFunc(moves, func(m move) bool { return m.event == event })
	if i < 0 {
		return move{}, false
	}
	return moves[i], true
}

// Events lists what people can press.
func Events() []workflows.Event {
	var list []workflows.Event
	for _, m := range moves {
		if m.by != nil {
			list = append(list, m.event)
		}
	}
	return list
}

// Decision is the pure function that says what follows for a task. It may be called again, with newer facts.
type Decision func(t Task, actor workflows.Actor, f workflows.Facts) (Task, workflows.Outcome, error)

// change is a task being changed.
type change struct {
	t     *Task
	was   workflows.PersonID // its owner before
	act   workflows.Act
	form  workflows.Form // what the press brought, checked
	actor workflows.Actor
	facts workflows.Facts
	out   *workflows.Outcome
}

// tell sends somebody a notice, unless they did it themselves.
func (c *change) tell(person workflows.PersonID, n workflows.Notice) {
	if person == 0 || person == c.actor.Party.Person() || !c.facts.Org.Person(person).Active {
		return
	}
	n.Party = person.Party()
	c.out.Notices = append(c.out.Notices, n)
}

// args are what every text about the task may say.
func (c *change) args() workflows.Args {
	owner := c.facts.Org.Person(c.t.Owner)
	return workflows.Args{"Title": c.t.Title, "Owner": owner.Name, "By": c.actor.Person.Name, "Due": c.t.Due.String()}
}

// Decide says what an act does to a task. It reads no clock and does no I/O. A refusal is a *workflows.Error, and nothing follows from it.
func Decide(t Task, act workflows.Act, actor workflows.Actor, f workflows.Facts) (Task, workflows.Outcome, error) {
	m, ok := moveOf(act.Event)
	if !ok {
		return t, workflows.Outcome{}, fmt.Errorf("no move does %q to a task", act.Event)
	}
	if err := t.may(m, actor, f); err != nil {
		return t, workflows.Outcome{}, err
	}
	c := &change{t: &t, was: t.Owner, act: act, actor: actor, facts: f, out: new(workflows.Outcome)}
	f.OwnFiles(t.ID, actor.Party.Person())
	if m.asks != nil {
		form, err := t.asking(m).Read(act.Form, actor.Person, f)
		if err != nil {
			return t, workflows.Outcome{}, err
		}
		c.form = form
	}
	from := t.State
	if m.to != "" {
		t.State = m.to
	}
	if m.do != nil {
		if err := m.do(c); err != nil {
			return t, workflows.Outcome{}, err
		}
	}
	return t, c.finish(from), nil
}

// may refuses whoever may not do this, and whatever comes too late. To whoever the task is nothing to, there is none.
func (t Task) may(m move, actor workflows.Actor, f workflows.Facts) error {
	args := workflows.Args{"Number": t.Number}
	if actor.Party.Kind == workflows.ClockParty {
		if m.by != nil || !slices.Contains(m.from, t.State) {
			return workflows.Refuse(workflows.NotNow, "task.not_now", args)
		}
		return nil
	}
	rel := t.Relation(actor, f)
	switch {
	case rel == workflows.ToNobody:
		return workflows.Refuse(workflows.NotFound, "task.not_found", args)
	case t.Erased:
		return workflows.Refuse(workflows.NotNow, "request.erased", args)
	case !slices.Contains(m.by, rel):
		return workflows.Refuse(workflows.NotYours, "task.not_yours", args)
	case !slices.Contains(m.from, t.State):
		args["State"], args["By"] = string(t.State), f.Org.Person(t.EndedBy).Name
		return workflows.Refuse(workflows.NotNow, "task.over", args)
	case m.fits != nil && !m.fits(t):
		return workflows.Refuse(workflows.NotNow, "task.unfit", args)
	}
	return nil
}

// finish counts the change and writes down what it was.
func (c *change) finish(from workflows.State) workflows.Outcome {
	t, o := c.t, c.out
	t.Seq++
	t.Revision, t.ChangedAt = 1, c.facts.Now
	o.Final = t.State != StateOpen
	o.Settled = o.Final
	c.act.Comment = c.form["comment"]
	o.Record(t.Subject, t, from, c.act, c.actor, c.args())
	if me := c.actor.Party.Person(); me != 0 && me != c.was && c.act.Event != Add {
		o.Audit.For, o.Audit.Values.For = c.was, c.facts.Org.Person(c.was).Titled()
	}
	if from != t.State && t.Source.Subject != "" {
		o.Due = append(o.Due, workflows.Due{Kind: DueSource(t.Source.Kind), Key: fmt.Sprintf("%s/%d", t.ID, t.Seq), At: c.facts.Now,
			Subject: t.Source.Subject})
	}
	return *o
}

// DueSource is the kind of the due items that tell the source of a task that it has moved on.
func DueSource(k SourceKind) string { return "task." + string(k) }

// Asking is what an event's press on the task has to bring; false: nothing.
func (t Task) Asking(event workflows.Event) (workflows.Asking, bool) {
	m, ok := moveOf(event)
	if !ok || m.asks == nil {
		return workflows.Asking{}, false
	}
	return t.asking(m), true
}

func (t Task) asking(m move) workflows.Asking {
	a := workflows.Asking{Kind: Kind, Event: m.event, Style: m.style,
		Options: map[string]workflows.Options{"task.ticks": func(workflows.Person) []workflows.Option { return ticks }}}
	a.Fields, a.Values = m.asks(t)
	return a
}

// May tells whether somebody can do something to the task now, without doing it: for opening the form that it needs.
func (t Task) May(event workflows.Event, actor workflows.Actor, f workflows.Facts) error {
	m, ok := moveOf(event)
	if !ok {
		return fmt.Errorf("no move does %q to a task", event)
	}
	return t.may(m, actor, f)
}
