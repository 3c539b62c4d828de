package workflows

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Kind is a definition together with the functions that its names resolve to.
type Kind struct {
	Definition
	Rules
	Command    string // as in its Blueprint
	hash       string
	conditions map[string]Condition
	machine    Machine
}

// Approval is how the requests of a kind are decided. Package approval has the frame's; a kind may add moves of its own.
type Approval struct {
	Moves map[Event]Move
	// WorkRoute works out who decides a request, in which order. It refuses when somebody has to decide and nobody can be found.
	WorkRoute func(plans []StepPlan, holds func(condition string) (bool, error), r Request, org Org) ([]Step, error)
	// RouteWants says whom a route may name beside those above the requester.
	RouteWants func(plans []StepPlan, form Form) Wants
	// CheckStep says what is wrong with a step of a plan, other than its condition.
	CheckStep func(step StepPlan, fields []Field) []error
	// Clock begins the clock of a turn that has opened.
	Clock func(r Request, t Turn, now time.Time) Due
	// Lost tells whether nothing came of a request that ended so, and it may be asked for anew; nil: of none that ended.
	Lost func(s State) bool
}

// Rules are a kind's own functions. All are pure.
type Rules struct {
	Approval
	// Wants says which facts the rules need for a form, which may hold anything: it has not been checked yet. Files, and whom the route
	// names, are added to them by themselves.
	Wants func(form Form, requester Person) Wants
	// Measure works the request's named integers out of its form.
	Measure func(r Request, f Facts) (map[string]int64, []*Error)
	// Show lists what a card and the form's preview say of the request to somebody to whom it is something.
	Show func(r Request, f Facts, to Relation) []Row
	// Title names one request in a line, as "Annual leave · 3 days"; its label is empty.
	Title func(r Request) Row
	// Icon names the icon of what a request asks for, for which the texts may have an emoji of its own; nil or empty: the kind's.
	Icon func(r Request) string
	// Gist says what a request is about in a line of a list or of a reminder: "Mon 21 – Wed 23 Dec · Annual leave · 3 days". It tells no
	// more than a lock screen may show, and a kind's own texts of notices may use its arguments. nil: its title.
	Gist func(r Request) Row
	// Terms are the rows of Show that say what is asked for, worked out of the form and the measures alone. By them a card says what was
	// changed since the revision before; nil: it says nothing of it.
	Terms func(r Request, requester Person) []Row
	// Fits tells whether a field belongs into a form as it is filled in so far, which may hold anything; nil: all do.
	Fits func(field string, form Form, requester Person) bool
	// Line finds the line of a draft that something belongs to which was brought, named as in a first line; 0: to none of them. nil: a line
	// of its own.
	Line func(r Request, brought Form, f Facts) int
	// ReadFile gives what a file that is handed in says of its line, named as in a first one, as an e-invoice does of its amount, and the
	// key by which it is claimed in whatever bytes it comes. A fault says why that is nothing; without a form, why the file is not taken at
	// all. nil: files say nothing.
	ReadFile func(content []byte) (says Form, key string, fault *Error)
	// Press gives what an event's press has to bring of the request's own, with what stands there at first, beside what the definition
	// asks for; nil: nothing.
	Press func(event Event, r Request) ([]Field, Form)
	// Offers tells whether a button is worth showing where the definition allows what it does; nil: all are.
	Offers func(event Event, r Request, f Facts) bool
	// Conditions' variables beside the form's fields and the measures.
	Variables func(r Request) map[string]any
	// Hear takes what it understands out of a line of chat beside the fields' own, puts it into the form, and tells how much speaks for the
	// kind; nil: nothing. asked: the line stands behind the kind's name, so that it need not say that something is wanted.
	Hear    func(line Line, form Form, asked bool) Evidence
	Options map[string]Options
	// Reporting says how reports read what requests of the kind spend; nil: they spend nothing.
	Reporting *Reporting
	// Units lists what can be granted to a person for requests of the kind; nil: nothing is.
	Units   func(p Person) []Unit
	Guards  map[string]Guard
	Effects map[string]Effect
	// Texts holds en.toml and zh.toml.
	Texts fs.FS
}

// Guard is a rule that may refuse a transition, with a fault for each field.
type Guard func(r Request, f Facts) []*Error

// Effect adds to a decision what follows from a transition.
type Effect func(r Request, f Facts, d *Decision) error

// Row is one line of a card: a label, and a text with its arguments.
type Row struct {
	Label string `json:"label"`          // key
	Text  string `json:"text"`           // key
	Args  Args   `json:"args,omitempty"` //
	Tone  Tone   `json:"tone,omitempty"`
	Link  string `json:"link,omitempty"` // where it leads: an address from the policy, and never one that somebody typed
	Was   *Row   `json:"was,omitempty"`  // what it said in the revision before, where that was something else
}

// Tone says how a line or state is meant.
type Tone string

// The tones; adapters choose colours and signs for them.
const (
	Quiet Tone = "quiet"
	Wait  Tone = "wait"
	Good  Tone = "good"
	Bad   Tone = "bad"
	Warn  Tone = "warn"
)

// Condition is a compiled condition of a route's step.
type Condition func(variables map[string]any) (bool, error)

// Compile makes a condition from its source.
type Compile func(source string) (Condition, error)

// NewKind binds a definition to its functions and checks that the two fit. hash is that under which the definition is stored, which an
// older program may have written in other words; empty for one of today.
func NewKind(d Definition, hash string, rules Rules, compile Compile) (*Kind, error) {
	if hash == "" {
		hash = d.Hash()
	}
	wants := rules.Wants
	rules.Wants = func(form Form, requester Person) Wants {
		var w Wants
		if wants != nil {
			w = wants(form, requester)
		}
		return w.And(rules.RouteWants(d.Route, form)).And(WantedBy(d.Fields, form))
	}
	k := &Kind{Definition: d, Rules: rules, hash: hash, conditions: map[string]Condition{}}
	faults := k.check()
	for _, step := range d.Route {
		if step.When == "" {
			continue
		}
		condition, err := compile(step.When)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: step %s: condition %q: %w", d.Kind, step.Name, step.When, err))
			continue
		}
		k.conditions[step.When] = condition
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	k.machine = NewMachine(d.Transitions)
	return k, nil
}

// Hash identifies the kind's definition, as it is stored.
func (k *Kind) Hash() string { return k.hash }

// ReadForm checks a raw form against the kind's fields. What does not belong into it need not be filled in.
func (k *Kind) ReadForm(raw Form, requester Person) (Form, []*Error) {
	form, faults := ReadForm(k.Fields, raw, k.optionsFor(requester))
	if k.Fits != nil {
		faults = slices.DeleteFunc(faults, func(e *Error) bool { return e.Missing() && !k.Fits(e.Field, form, requester) })
	}
	return form, faults
}

// optionsFor lists the options that a field has for a requester.
func (k *Kind) optionsFor(requester Person) func(f Field) []Option {
	return func(f Field) []Option {
		list := k.Options[f.From]
		if list == nil {
			return nil
		}
		return list(requester)
	}
}

// ShowValue gives what people read for the value of an input of a request.
func (k *Kind) ShowValue(in Input, form Form, requester Person, f Facts) Row {
	return ShowValue(in, form, f, k.optionsFor(requester))
}

// route works out who decides a request.
func (k *Kind) route(r Request, org Org) ([]Step, error) {
	variables := conditionValues(k.Fields, r.Form)
	for name, value := range r.Measures {
		variables[name] = int(value)
	}
	requester := org.Person(r.Requester)
	variables["department"], variables["tier"], variables["country"] = requester.Department, requester.Tier, requester.Country
	if k.Variables != nil {
		for name, value := range k.Variables(r) {
			variables[name] = value
		}
	}
	return k.WorkRoute(k.Definition.Route, func(source string) (bool, error) { return k.conditions[source](variables) }, r, org)
}

// Preview is a request as it would be if it were sent now.
type Preview struct {
	Request Request
	Rows    []Row
	Faults  []*Error
	Steps   []StepView
	Facts   Facts // that it was worked out from
}

// Preview works a form out without sending it: the measures, the route, what the card would say and every fault that sending would meet.
// Whoever may not send it, r.SentBy, hears that and nothing else. The facts have them.
func (k *Kind) Preview(r Request, raw Form, f Facts) Preview {
	f.OwnFiles(r.ID, r.Requester, r.SubmittedBy)
	p := Preview{Request: r, Facts: f}
	p.Request.Revise() // nothing that was worked out for the revision before is shown of this one
	if err := k.MayFile(r, f.Org.Person(r.SentBy), f.Org); err != nil {
		p.Faults = []*Error{asFault(err)}
		return p
	}
	p.Request.Form, p.Faults = k.ReadForm(raw, f.Org.Person(r.Requester))
	if len(p.Faults) > 0 {
		return p
	}
	if faults := k.Work(&p.Request, f); len(faults) > 0 {
		p.Faults = faults
	}
	p.Faults = append(p.Faults, CheckValues(k.Fields, p.Request.Form, f)...)
	event, ok := k.FormEvent(r.State)
	if event.Draft { // what keeping it meets is not what sending it would
		event, ok = k.FormEvent("")
	}
	if ok {
		p.Faults = append(p.Faults, k.guard(event, p.Request, f)...)
	}
	p.Steps = stepViews(p.Request.Steps, Request{}, f.Org)
	if p.Request.Filed() {
		p.Rows = append(p.Rows, filedRow(p.Request, f.Org))
	}
	if k.Show != nil {
		p.Rows = append(p.Rows, k.Show(p.Request, f, ToRequester)...)
	}
	return p
}

// Defaults fills in what a form's empty fields stand for, so that it shows what will be sent.
func (k *Kind) Defaults(values Form) Form {
	form := Form{}
	for _, f := range Inputs(k.Fields, values) {
		form[f.Name] = values[f.Name]
		if form[f.Name] == "" && f.Same != "" {
			form[f.Name] = form[f.Same]
		}
		if form[f.Name] == "" {
			form[f.Name] = f.Default
		}
	}
	return form
}

// Edits is the event that sends the form of a request again.
func (k *Kind) Edits() (Event, bool) {
	for _, t := range k.Transitions {
		if t.Form && !slices.Contains(t.From, k.Start) {
			return t.Event, true
		}
	}
	return "", false
}

// FormEvent finds the transition that brings a form from a state, the empty one being that of a new request: the first submit or an edit.
func (k *Kind) FormEvent(state State) (Transition, bool) {
	draft := state == k.Start // which is kept as it is
	if state == "" {
		state = k.Start
	}
	for _, t := range k.Transitions {
		if t.Form && t.Draft == draft && slices.Contains(t.From, state) {
			return t, true
		}
	}
	return Transition{}, false
}

// Work fills in what follows from the form alone: measures and route.
func (k *Kind) Work(r *Request, f Facts) []*Error {
	if k.Measure != nil {
		measures, faults := k.Measure(*r, f)
		if len(faults) > 0 {
			return faults
		}
		r.Measures = measures
	}
	steps, err := k.route(*r, f.Org)
	if err != nil {
		return []*Error{asFault(err)}
	}
	r.Steps, r.Step = steps, 0
	return nil
}

func (k *Kind) guard(t Transition, r Request, f Facts) []*Error {
	var faults []*Error
	for _, name := range t.Guards {
		faults = append(faults, k.Guards[name](r, f)...)
	}
	return faults
}
