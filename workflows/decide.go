package workflows

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Decide says what an act of an actor does to a request. It reads no clock and does no I/O: all it knows is in f. A refusal is an *Error, and nothing
// follows from it; any other error is a fault of the program or of a definition.
func (k *Kind) Decide(r Request, act Act, actor Actor, f Facts) (Decision, error) {
	if r.State == "" {
		r.State = k.Start
	}
	r.Turns = slices.Clone(r.Turns) // the caller's stay as they are: it may have to decide again
	before := slices.Clone(r.Turns)
	f.ownFiles(r)
	t, ok := k.Transition(act.Event, r.State)
	if err := k.authorize(r, t, ok, act, actor, f); err != nil {
		return Decision{}, err
	}
	brought := Form{}
	if len(t.Asks) > 0 {
		maps.Copy(brought, act.Form)
		brought["comment"], brought["person"] = act.Comment, act.Person
		var faults []*Error
		if brought, faults = ReadForm(t.Asks, brought, nil); len(faults) > 0 {
			return Decision{}, Joined(faults)
		}
	}
	act.Comment, act.Person = brought["comment"], brought["person"]

	d := Decision{Audit: AuditRow{
		Request: r.ID, Event: act.Event, At: f.Now, Actor: actor.Person.ID, Operator: actor.Operator, Platform: actor.Platform, From: r.State,
		Values: AuditValues{Actor: name(actor), Comment: act.Comment},
	}}
	if r.Seq == 0 {
		d.Audit.From = ""
	}
	event := act.Event
	var err error
	switch {
	case t.Form:
		err = k.submit(&r, act, f, &d)
	case t.By == Approver:
		event, err = k.approverPress(&r, act, actor, f, &d)
	case act.Event == Attach:
		err = k.attach(&r, t, brought, f, &d)
	case act.Event == Nudge:
		err = nudge(&r, f, &d)
	case act.Event == Remind:
		err = remind(&r, act, f, &d)
	case act.Event == Escalate:
		err = escalate(&r, act, f, &d)
	case act.Event == Relieve:
		err = relieve(&r, act, f, &d)
	case act.Event == Reassign:
		err = reassign(&r, act, f, &d)
	case act.Event == Revive:
		for _, turn := range openStep(&r, f.Org, f.Now) {
			d.Cards = append(d.Cards, CardWish{Person: turn.Person, Fresh: true})
		}
	}
	if err != nil {
		return Decision{}, err
	}
	if event != "" { // empty: a partial approval, which changes turns and leaves the state
		if err := k.transit(&r, event, f, &d); err != nil {
			return Decision{}, err
		}
	} else {
		d.tellStep(r, actor, f)
	}

	r.Seq++
	r.ChangedAt = f.Now
	d.Request, d.Prefix = r, k.Prefix
	info, _ := k.State(r.State)
	d.Final = info.Final
	for _, turn := range r.Turns {
		if !slices.Contains(before, turn) {
			d.Turns = append(d.Turns, turn)
			if turn.State == TurnOpen {
				d.Due = append(d.Due, clockStart(r, turn, f.Now))
			}
		}
	}
	d.Audit.Seq, d.Audit.Revision, d.Audit.To = r.Seq, r.Revision, r.State
	d.Audit.Values.Step, d.Audit.Values.Turns, d.Audit.Values.Entries = r.Step, d.Turns, d.Entries
	d.Told = Answer{ID: r.ID, Number: r.Number, Kind: r.Kind, Event: act.Event, State: r.State, Revision: r.Revision, Seq: r.Seq,
		Text: "told." + string(act.Event), Args: Args{"State": string(r.State)}}
	return d, nil
}

// transit fires the machine and runs the transition's guards and effects.
func (k *Kind) transit(r *Request, event Event, f Facts, d *Decision) error {
	t, ok := k.Transition(event, r.State)
	if !ok {
		return fmt.Errorf("%s: no transition for %s in state %s", k.Kind, event, r.State)
	}
	to, err := k.fire(r.State, event)
	if err != nil {
		return err
	}
	if faults := k.guard(t, *r, f); len(faults) > 0 {
		return Joined(faults)
	}
	r.State = to
	if info, _ := k.State(to); !info.Routed {
		closeTurns(r, func(Turn) bool { return true })
		d.Settled = true
	}
	for _, name := range t.Effects {
		if err := k.Effects[name](*r, f, d); err != nil {
			return err
		}
	}
	d.tellOutcome(*r, event, f)
	return nil
}

// submit takes a form in: a new request, or a new revision of a returned one, whose route begins again.
func (k *Kind) submit(r *Request, act Act, f Facts, d *Decision) error {
	form, faults := k.ReadForm(act.Form, f.Org.Person(r.Requester))
	if len(faults) > 0 {
		return Joined(faults)
	}
	r.Form = form
	r.Revision++
	r.SubmittedAt = f.Now
	if faults := checkFiles(k.Fields, r.Form, f); len(faults) > 0 {
		return Joined(faults)
	}
	d.Files = k.FilesOf(r.Form)
	if faults := k.work(r, f); len(faults) > 0 {
		return Joined(faults)
	}
	d.Audit.Values.Form, d.Audit.Values.Measures, d.Audit.Values.Steps = r.Form, r.Measures, r.Steps
	d.Audit.Values.Kind, d.Audit.Values.Definition = r.Kind, r.Definition
	d.Audit.Values.Requester, d.Audit.Values.SubmittedBy = r.Requester, r.SubmittedBy
	for _, turn := range openStep(r, f.Org, f.Now) {
		d.Cards = append(d.Cards, CardWish{Person: turn.Person, Fresh: true})
	}
	d.Cards = append(d.Cards, CardWish{Person: r.Requester, Fresh: true})
	return nil
}

// approverPress applies an approve, reject or return and gives the event that the route makes of it.
func (k *Kind) approverPress(r *Request, act Act, actor Actor, f Facts, d *Decision) (Event, error) {
	turn := r.OpenTurn(actor.Person.ID)
	d.Audit.For = turn.For
	d.Audit.Values.Shown = f.Shown
	if turn.For != 0 {
		d.Audit.Values.For = personName(f.Org.Person(turn.For))
	}
	outcome, opened := press(r, turn, act.Event, act.Comment, f.Org, f.Now)
	for _, t := range opened {
		d.Cards = append(d.Cards, CardWish{Person: t.Person, Fresh: true})
	}
	return outcome, nil
}

// authorize refuses whoever may not do this, and whatever comes too late. Strangers learn nothing: they are refused before the state is looked at.
func (k *Kind) authorize(r Request, t Transition, exists bool, act Act, actor Actor, f Facts) error {
	if actor.System || actor.Operator != "" {
		by := Administrator
		if actor.System {
			by = System
		}
		if !exists || t.By != by {
			return k.late(r, 0, f)
		}
		return nil
	}
	me := actor.Person.ID
	if me == 0 || !actor.Person.Active {
		return Refuse(Unknown, "person.unknown", nil)
	}
	owner := me == r.Requester || me == r.SubmittedBy
	if !owner && !r.Asked(me) {
		return Refuse(NotYours, "request.not_yours", Args{"Number": r.Number})
	}
	by, known := k.pressedBy(act.Event)
	switch {
	case !known:
		return Refuse(NotYours, "request.not_yours", Args{"Number": r.Number})
	case by == Requester && !owner:
		return Refuse(NotYours, "request.not_yours", Args{"Number": r.Number})
	case by == Requester && me != r.Requester && r.Seq == 0 && !mayFileFor(actor.Person, r.Requester, f.Org):
		return Refuse(NotYours, "request.not_for_them", nil)
	case by == Approver && owner:
		return Refuse(NotYours, "request.own", Args{"Number": r.Number})
	case !exists:
		return k.late(r, me, f)
	case (by == Approver || t.Form && r.Seq > 0) && act.Revision != r.Revision:
		return Refuse(Changed, "request.changed", Args{"Number": r.Number})
	case by == Approver && r.OpenTurn(me) == nil:
		return k.late(r, me, f)
	}
	return nil
}

// May tells whether an actor may do something to a request now, without doing it: for opening the form that it needs.
func (k *Kind) May(r Request, act Act, actor Actor, f Facts) error {
	t, ok := k.Transition(act.Event, r.State)
	return k.authorize(r, t, ok, act, actor, f)
}

// pressedBy says whose press an event is, if it is any person's.
func (k *Kind) pressedBy(event Event) (By, bool) {
	for _, t := range k.Transitions {
		if t.Event == event && (t.By == Requester || t.By == Approver) {
			return t.By, true
		}
	}
	return "", false
}

// mayFileFor: hr for anyone, a manager for the people below.
func mayFileFor(p Person, requester PersonID, org Org) bool {
	if p.Has("hr") {
		return true
	}
	for n := 1; ; n++ {
		switch above := org.Manager(requester, n); above {
		case p.ID:
			return true
		case 0:
			return false
		}
	}
}

// late says what has already happened to a request, by whom and when.
func (k *Kind) late(r Request, me PersonID, f Facts) error {
	args := Args{"Number": r.Number, "Kind": string(k.Kind), "State": string(r.State), "At": r.ChangedAt.Format(time.RFC3339)}
	var decided *Turn
	if info, _ := k.State(r.State); info.Routed {
		decided = r.settled(me)
	} else if k.decidedState(r.State) {
		decided = r.LastDecision()
	}
	if decided == nil {
		return Refuse(NotNow, "request.not_now", args)
	}
	args["By"], args["At"] = f.Org.Person(decided.Person).Name, decided.DecidedAt.Format(time.RFC3339)
	return Refuse(NotNow, "request.already_"+string(decided.State), args)
}

// decidedState tells whether a state is the outcome of a route, so that the last decision says who brought it about.
func (k *Kind) decidedState(s State) bool {
	return slices.ContainsFunc(k.Transitions, func(t Transition) bool { return t.To == s && t.By == Route })
}

// tellOutcome tells the requester, and whoever no longer has to decide, what became of a request.
func (d *Decision) tellOutcome(r Request, event Event, f Facts) {
	args := Args{"Number": r.Number, "Kind": string(r.Kind)}
	if last := r.LastDecision(); last != nil {
		args["By"] = f.Org.Person(last.Person).Name
		args["Comment"] = last.Comment
	}
	switch event {
	case Approved, Rejected:
		d.Notices = append(d.Notices, Notice{Person: r.Requester, Text: "notice." + string(event), Args: args})
	case Returned:
		d.Cards = append(d.Cards, CardWish{Person: r.Requester, Fresh: true})
	case Expire, Close, Revive:
		args["Comment"] = d.Audit.Values.Comment
		d.Notices = append(d.Notices, Notice{Person: r.Requester, Text: "notice." + string(event), Args: args})
		for _, t := range r.Turns {
			if event != Revive && t.Revision == r.Revision && t.State == TurnClosed {
				d.Notices = append(d.Notices, Notice{Person: t.Person, Text: "notice." + string(event), Args: args})
			}
		}
	}
}

// tellStep tells the requester that one step is passed and who is next.
func (d *Decision) tellStep(r Request, actor Actor, f Facts) {
	var next []string
	for _, t := range r.Open() {
		next = append(next, f.Org.Person(t.Person).Name)
	}
	d.Notices = append(d.Notices, Notice{Person: r.Requester, Text: "notice.step", Args: Args{"Number": r.Number, "By": actor.Person.Name, "Next": next}})
}

func personName(p Person) string { return p.No + " " + p.Name }

// name is how the audit calls an actor.
func name(a Actor) string {
	switch {
	case a.System:
		return "system"
	case a.Operator != "":
		return "administrator " + a.Operator
	}
	return personName(a.Person)
}
