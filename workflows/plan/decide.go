package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Decision is the pure function that says what follows for a plan. It may be called again, with newer facts.
type Decision func(p Plan, actor workflows.Actor, f Facts) (Plan, workflows.Outcome, error)

// view is a plan with what it is looked at by.
type view struct {
	p Plan
	s Script
	f Facts
}

// change is a plan being changed.
type change struct {
	*view
	act   workflows.Act
	form  workflows.Form
	actor workflows.Actor
	out   *workflows.Outcome

	signer workflows.PersonID // whom the plan names for the signature that was given
}

// move is what a press does to a plan.
type move struct {
	event workflows.Event
	by    func(c *view) []workflows.PersonID // whose press it is now
	style workflows.Style
	signs bool // it holds for what the actor saw
	after bool // it can be done when the plan is over
	asks  func(c *view) (workflows.Asking, bool)
	fits  func(c *view) error // refuses what comes too late or too early
	do    func(c *change) error
}

// moves are in the order of their buttons.
var moves []move

func init() { // the moves look at one another
	moves = []move{
		{event: BeginTest, by: newcomer, style: workflows.Primary, signs: true, asks: testAsks, fits: testFits, do: takeTest},
		{event: SignOff, by: signers, style: workflows.Primary, signs: true, asks: signAsks, fits: signFits, do: sign},
		{event: Feedback, by: newcomer, after: true, asks: feedbackAsks, fits: feedbackFits, do: answer},
		{event: Pass, by: deciders, style: workflows.Primary, signs: true, fits: decisionFits, do: pass},
		{event: Extend, by: deciders, signs: true, fits: decisionFits, do: extend},
		{event: Fail, by: deciders, style: workflows.Danger, signs: true, asks: reasonAsks(Fail), fits: decisionFits, do: fail},
		{event: Close, by: closers, style: workflows.Danger, asks: reasonAsks(Close), fits: openFits, do: closeEarly},
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
		list = append(list, m.event)
	}
	return list
}

func newcomer(c *view) []workflows.PersonID { return []workflows.PersonID{c.p.Newcomer} }
func deciders(c *view) []workflows.PersonID { return c.p.acting(Manager, c.f.Facts) }
func closers(c *view) []workflows.PersonID  { return c.p.Who(HR, c.f.Facts) }

// may refuses whoever may not press this, and whatever comes too late. To whoever the plan is nothing to, there is none.
func (c *view) may(m move, actor workflows.Actor) error {
	args := workflows.Args{"Number": c.p.Number}
	switch {
	case c.p.Relation(actor, c.f) == workflows.ToNobody:
		return workflows.Refuse(workflows.NotFound, "plan.not_found", args)
	case c.p.Erased:
		return workflows.Refuse(workflows.NotNow, "request.erased", args)
	case !c.p.Open() && !m.after:
		return workflows.Refuse(workflows.NotNow, "plan.over", args)
	case !slices.Contains(m.by(c), actor.Party.Person()):
		return workflows.Refuse(workflows.NotYours, "plan.not_yours", args)
	}
	if m.fits != nil {
		return m.fits(c)
	}
	return nil
}

// Decide says what a press, a clock or an operator does to a plan. It reads no clock and does no I/O.
func (s Script) Decide(p Plan, act workflows.Act, actor workflows.Actor, f Facts) (Plan, workflows.Outcome, error) {
	p.Phases = slices.Clone(p.Phases) // the caller's stays as it is: it may have to decide again
	c := &change{view: &view{p: p, s: s, f: f}, act: act, actor: actor, out: new(workflows.Outcome)}
	from := p.State
	var err error
	switch act.Event {
	case Tick:
		err = c.byClock(c.pass)
	case Relieve:
		err = c.byClock(c.relieve)
	default:
		err = c.press()
	}
	if err != nil {
		return p, workflows.Outcome{}, err
	}
	return c.p, c.finish(from), nil
}

// byClock does what only a clock does.
func (c *change) byClock(do func() error) error {
	if c.actor.Party.Kind != workflows.ClockParty || !c.p.Open() {
		return workflows.Refuse(workflows.NotNow, "plan.over", workflows.Args{"Number": c.p.Number})
	}
	return do()
}

func (c *change) press() error {
	m, ok := moveOf(c.act.Event)
	if !ok {
		return fmt.Errorf("no move does %q to a plan", c.act.Event)
	}
	if err := c.may(m, c.actor); err != nil {
		return err
	}
	if m.signs && c.act.Digest != c.p.Digest {
		return workflows.Refuse(workflows.Changed, "plan.changed", workflows.Args{"Number": c.p.Number})
	}
	if m.asks != nil {
		a, ok := m.asks(c.view)
		if !ok {
			return workflows.Refuse(workflows.NotNow, "plan.changed", workflows.Args{"Number": c.p.Number})
		}
		form, err := a.Read(c.act.Form, c.actor.Person, c.f.Facts)
		if err != nil {
			return err
		}
		c.form = form
	}
	return m.do(c)
}

// fire moves the machine.
func (c *change) fire(event workflows.Event) error {
	to, err := workflows.NewMachine(c.s.Definition().Transitions).Fire(c.p.State, event)
	c.p.State = to
	return err
}

// progress is that of a phase, to be changed.
func (c *change) progress(phase int) *Progress { return &c.p.Phases[phase] }

// name is that of somebody of the plan.
func (c *change) name(id workflows.PersonID) string { return c.f.Org.Person(id).Name }

// tell sends somebody a notice, unless it was they who did it.
func (c *change) tell(person workflows.PersonID, n workflows.Notice) {
	if person != 0 && person != c.actor.Party.Person() && c.f.Org.Person(person).Active {
		c.notify(person, n)
	}
}

// notify sends somebody a notice who is known to work here.
func (c *change) notify(person workflows.PersonID, n workflows.Notice) {
	n.Party = person.Party()
	args := workflows.Args{"Newcomer": c.name(c.p.Newcomer), "Template": c.p.Name}
	maps.Copy(args, n.Args)
	n.Args = args
	if !slices.ContainsFunc(c.out.Notices, func(o workflows.Notice) bool { return o.Party == n.Party && o.Text == n.Text }) {
		c.out.Notices = append(c.out.Notices, n)
	}
}

// crew are those whom the plan names, and those who act for them, each once.
func (c *change) crew() []workflows.PersonID {
	var list []workflows.PersonID
	for _, r := range []Role{Newcomer, Mentor, Manager} {
		for _, id := range append(c.p.acting(r, c.f.Facts), c.p.Who(r, c.f.Facts)[:min(1, len(c.p.Who(r, c.f.Facts)))]...) {
			if !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
	}
	if !slices.Contains(list, c.p.By) && c.f.Org.Person(c.p.By).Active {
		list = append(list, c.p.By)
	}
	return list
}

// card asks for a new card of somebody who works here.
func (c *change) card(people ...workflows.PersonID) {
	for _, id := range people {
		if c.f.Org.Person(id).Active && !slices.Contains(c.out.Cards, id.Party()) {
			c.out.Cards = append(c.out.Cards, id.Party())
		}
	}
}

// finish counts the change and writes down what it was.
func (c *change) finish(from workflows.State) workflows.Outcome {
	o := c.out
	c.p.Seq++
	c.p.Revision = max(c.p.Revision, 1)
	c.p.ChangedAt = c.f.Now
	if !c.p.Open() {
		o.Final = true
		if from != c.p.State {
			c.p.EndedOn = c.f.Today(c.f.Org.Person(c.p.Newcomer))
			o.Settled, o.Freed = true, true
		}
		if c.p.State != StatePassed && from != c.p.State { // what nobody has to do any more
			o.Due = append(o.Due, workflows.Due{Kind: DueSkip, Key: string(c.p.ID), At: c.f.Now, Subject: c.p.ID})
		}
	} else if at, ok := c.next(); ok {
		o.Due = append(o.Due, workflows.Due{Kind: DueTick, Key: string(c.p.ID), At: at, Subject: c.p.ID, Party: c.p.Newcomer.Party()})
	}
	c.act.Comment = c.form["comment"]
	o.Record(c.p.Subject, c.p, from, c.act, c.actor, workflows.Args{"Newcomer": c.name(c.p.Newcomer)})
	if named := c.inPlaceOf(); named != 0 && named != c.actor.Party.Person() {
		o.Audit.For, o.Audit.Values.For = named, c.f.Org.Person(named).Titled()
	}
	return *o
}

// inPlaceOf is whom the plan names for a press that somebody else may make in their place; nobody for other presses.
func (c *change) inPlaceOf() workflows.PersonID {
	switch c.act.Event {
	case SignOff:
		return c.signer
	case Pass, Extend, Fail:
		return c.p.Manager
	}
	return 0
}

// Asking is what an event's press on a plan has to bring, for somebody; a refusal when it is not theirs to make, or comes too late.
func (s Script) Asking(p Plan, event workflows.Event, actor workflows.Actor, f Facts) (workflows.Asking, error) {
	c := &view{p: p, s: s, f: f}
	m, ok := moveOf(event)
	if !ok || m.asks == nil {
		return workflows.Asking{}, fmt.Errorf("the press of %q on a plan brings nothing", event)
	}
	if err := c.may(m, actor); err != nil {
		return workflows.Asking{}, err
	}
	a, ok := m.asks(c)
	if !ok {
		return a, workflows.Refuse(workflows.NotNow, "plan.changed", workflows.Args{"Number": p.Number})
	}
	return a, nil
}
