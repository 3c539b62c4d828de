package workflows

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Decision is an Outcome of a request, with what requests have beyond other subjects.
type Decision struct {
	Outcome
	Request  Request
	Turns    []Turn   // those of Request that are new or changed
	Hold     *Hold    // what the request takes of the requester's time from now on, in place of what it took before
	Used     bool     // what it holds is approved: its minutes are used and no more reserved
	Released bool     // what it held is free again, and it spends nothing
	Charges  []Charge // what the request spends from now on, in place of what it spent before; nil: that stays
	Entries  []Entry  // added to the requester's ledger
	Closed   Date     // the requester's books are closed through this day by Entries; zero: they stay as they are
}

// Decide is the pure function that says what follows for a request. It may be called again, with newer facts.
type Decide func(r Request, actor Actor, f Facts) (Decision, error)

// Decide says what an act of an actor does to a request. It reads no clock and does no I/O: all it knows is in f. A refusal is an *Error,
// and nothing follows from it; any other error is a fault of the program or of a definition.
func (k *Kind) Decide(r Request, act Act, actor Actor, f Facts) (Decision, error) {
	if r.State == "" {
		r.State = k.Start
	}
	r.Turns = slices.Clone(r.Turns) // the caller's stay as they are: it may have to decide again
	before := slices.Clone(r.Turns)
	f.OwnFiles(r.ID, r.Requester, r.SubmittedBy)
	t, ok := k.Transition(act.Event, r.State)
	if err := k.authorize(r, t, ok, act, actor, f); err != nil {
		return Decision{}, err
	}
	if r.Erased {
		return Decision{}, Refuse(NotNow, "request.erased", Args{"Number": r.Number})
	}
	brought, err := k.brought(t, r, act)
	if err != nil {
		return Decision{}, err
	}
	act.Comment, act.Person = brought["comment"], brought["person"]

	d := Decision{Outcome: Outcome{Audit: actor.did(act, r.ID, r.State, f.Now)}}
	if r.Seq == 0 {
		d.Audit.From = ""
	}
	if t.By == Requester && r.Filed() && actor.Party.Person() == r.SubmittedBy {
		d.Audit.For, d.Audit.Values.For = r.Requester, f.Org.Person(r.Requester).Titled()
	}
	c := &Case{Kind: k, Request: &r, Act: act, Actor: actor, Facts: f, Transition: t, Brought: brought, Decision: &d}
	event := act.Event
	if do := k.Moves[act.Event].Do; do != nil {
		if event, err = do(c); err != nil {
			return Decision{}, err
		}
	}
	if event != "" { // empty: a partial approval, which changes turns and leaves the state
		if err := k.transit(c, event); err != nil {
			return Decision{}, err
		}
	}
	k.finish(c, before)
	return d, nil
}

// brought reads what a press was asked for.
func (k *Kind) brought(t Transition, r Request, act Act) (Form, error) {
	if len(t.Asks) == 0 {
		return Form{}, nil
	}
	raw := Form{}
	maps.Copy(raw, act.Form)
	raw["comment"], raw["person"] = act.Comment, act.Person
	asked, _ := k.Asked(t.Event, r)
	form, faults := ReadForm(asked, raw, nil)
	return form, Joined(faults)
}

// Asked lists what an event's press on a request has to bring, the request's own first, with what stands there at first.
func (k *Kind) Asked(event Event, r Request) (fields []Field, values Form) {
	if k.Press != nil {
		fields, values = k.Press(event, r)
	}
	return slices.Concat(fields, k.Asks(event)), values
}

// Asking is what an event's press on a request has to bring, for a form.
func (k *Kind) Asking(event Event, r Request) Asking {
	a := Asking{Kind: k.Kind, Event: event, Style: k.Moves[event].Style, Options: k.Options}
	a.Fields, a.Values = k.Asked(event, r)
	return a
}

// transit fires the machine and runs the transition's guards and effects.
func (k *Kind) transit(c *Case, event Event) error {
	r, d := c.Request, c.Decision
	t, ok := k.Transition(event, r.State)
	if !ok {
		return fmt.Errorf("%s: no transition for %s in state %s", k.Kind, event, r.State)
	}
	to, err := k.machine.Fire(r.State, event)
	if err != nil {
		return err
	}
	if faults := k.guard(t, *r, c.Facts); len(faults) > 0 {
		return Joined(faults)
	}
	r.State = to
	if info, _ := k.State(to); !info.Routed {
		r.CloseTurns(func(Turn) bool { return true })
		d.Settled = true
	}
	for _, name := range t.Effects {
		if err := k.Effects[name](*r, c.Facts, d); err != nil {
			return err
		}
	}
	if told := k.Moves[event].Told; told != nil {
		told(c)
	}
	return nil
}

// finish counts the change and writes down what it was.
func (k *Kind) finish(c *Case, before []Turn) {
	r, d := c.Request, c.Decision
	r.Seq++
	r.ChangedAt = c.Facts.Now
	info, _ := k.State(r.State)
	d.Request, d.Subject, d.Prefix, d.Final = *r, r.Subject, k.Prefix, info.Final
	d.Freed = d.Freed && len(d.Claims) == 0 // else those take their place
	for _, turn := range r.Turns {
		if slices.Contains(before, turn) {
			continue
		}
		d.Turns = append(d.Turns, turn)
		open := func(b Turn) bool {
			return b.Key() == turn.Key() && b.State == TurnOpen && b.OpenedAt.Equal(turn.OpenedAt)
		}
		if turn.State == TurnOpen && !slices.ContainsFunc(before, open) && k.Clock != nil { // a nudge leaves the clock as it is
			d.Due = append(d.Due, k.Clock(*r, turn, c.Facts.Now))
		}
	}
	d.Audit.Seq, d.Audit.Revision, d.Audit.To = r.Seq, r.Revision, r.State
	change := &d.Audit.Values.Change
	change.Step, change.Turns, change.Entries, change.Closed = r.Step, d.Turns, d.Entries, d.Closed
	change.Hold, change.Used, change.Released = d.Hold, d.Used, d.Released
	change.Charges, change.Claims, change.Freed = d.Charges, d.Claims, d.Freed
	d.tell(r.Subject, c.Act.Event, c.Actor, Args{"State": string(r.State)})
}

// authorize refuses whoever may not do this, and whatever comes too late. To whoever the request is nothing to, there is no such
// request: they are refused before the state is looked at.
func (k *Kind) authorize(r Request, t Transition, exists bool, act Act, actor Actor, f Facts) error {
	by, known := k.pressedBy(act.Event)
	switch actor.Party.Kind {
	case ClockParty, OperatorParty:
		if !exists || !slices.Contains(machines[actor.Party.Kind], t.By) {
			return k.late(r, 0, by, f)
		}
		return nil
	case PersonParty:
	case "":
		return Refuse(Unknown, "person.unknown", nil)
	default:
		return Refuse(NotFound, "request.not_found", Args{"Number": r.Number})
	}
	me := actor.Party.Person()
	if !actor.Person.Active {
		return Refuse(Unknown, "person.unknown", nil)
	}
	rel := k.Relation(r, actor)
	notYours := Refuse(NotYours, "request.not_yours", Args{"Number": r.Number})
	switch {
	case rel == ToNobody:
		return Refuse(NotFound, "request.not_found", Args{"Number": r.Number})
	case !known, by == Requester && !rel.Owns(), by == Office && !k.HoldsOffice(actor.Person),
		by != Office && (rel == ToHR || rel == ToOffice):
		return notYours
	case by != Requester && rel.Owns():
		return Refuse(NotYours, "request.own", Args{"Number": r.Number})
	case !exists:
		return k.late(r, me, by, f)
	case k.Moves[act.Event].Signs && r.Seq > 0 && act.Digest != r.Digest:
		return Refuse(Changed, "request.changed", Args{"Number": r.Number})
	case by == Approver && rel != ToApprover:
		return k.late(r, me, by, f)
	case t.Form && rel.Owns():
		return k.MayFile(r, actor.Person, f.Org)
	}
	return nil
}

// machines says whose transitions an actor that is nobody may cause.
var machines = map[PartyKind][]By{ClockParty: {System}, OperatorParty: {Administrator, Office}}

// May tells whether an actor may do something to a request now, without doing it: for opening the form that it needs.
func (k *Kind) May(r Request, act Act, actor Actor, f Facts) error {
	t, ok := k.Transition(act.Event, r.State)
	return k.authorize(r, t, ok, act, actor, f)
}

// Offered lists the transitions whose buttons are an actor's to press now, in the order of the definition.
func (k *Kind) Offered(r Request, actor Actor, f Facts) []Transition {
	if r.Seq == 0 {
		return nil
	}
	rel := k.Relation(r, actor)
	var list []Transition
	for _, t := range k.Transitions {
		mine := t.By == Requester && rel.Owns() || t.By == Approver && rel == ToApprover ||
			t.By == Office && k.HoldsOffice(actor.Person) && !rel.Owns()
		if t.Form && (k.MayFile(r, actor.Person, f.Org) != nil || k.IsDraft(r) && !t.Draft) { // a draft is sent as it is kept
			continue
		}
		if mine && slices.Contains(t.From, r.State) && (k.Offers == nil || k.Offers(t.Event, r, f)) {
			list = append(list, t)
		}
	}
	return list
}

// pressedBy says whose press an event is, if it is any person's.
func (k *Kind) pressedBy(event Event) (By, bool) {
	for _, t := range k.Transitions {
		if t.Event == event && t.By.pressed() {
			return t.By, true
		}
	}
	return "", false
}

// pressed tells whether it is a person's press that causes the transition.
func (b By) pressed() bool { return b == Requester || b == Approver || b == Office }

// late says what has already happened to a request, by whom and when.
func (k *Kind) late(r Request, me PersonID, by By, f Facts) error {
	args := Args{"Number": r.Number, "Kind": string(k.Kind), "State": string(r.State), "At": r.ChangedAt.Format(time.RFC3339)}
	var decided *Turn
	if info, _ := k.State(r.State); info.Routed {
		decided = r.Settled(me)
	} else if k.Decided(r.State) || by != Office && k.followsUp(r.State) { // an office hears what became of it since
		decided = r.LastDecision()
	}
	if decided == nil {
		return Refuse(NotNow, "request.not_now", args)
	}
	args["By"], args["At"] = f.Org.Person(decided.Person).Name, decided.DecidedAt.Format(time.RFC3339)
	return Refuse(NotNow, "request.already_"+string(decided.State), args)
}

// followsUp tells whether a state is what an office made of a decision.
func (k *Kind) followsUp(s State) bool {
	return slices.ContainsFunc(k.Transitions, func(t Transition) bool { return t.To == s && t.By == Office })
}

// Decided tells whether a state is the outcome of a route, so that the last decision says who brought it about.
func (k *Kind) Decided(s State) bool {
	return slices.ContainsFunc(k.Transitions, func(t Transition) bool { return t.To == s && t.By == Route })
}
