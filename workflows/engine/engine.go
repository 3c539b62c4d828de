// Package engine is the one way in which a request changes: it finds the rules of a kind, says which facts they need, and has the store
// commit what the pure Decide makes of them. It also fires what falls due.
//
// It holds no state but the kinds; any number of engines may work over one database.
package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// Store is what the engine asks of storage.
type Store interface {
	ChangeRequest(ctx context.Context, c workflows.Change, decide workflows.Decide) (workflows.Answer, error)
	Find(ctx context.Context, number string) ([]workflows.Ref, error)
	Request(ctx context.Context, id workflows.SubjectID) (workflows.Request, error)
	// RequestOf finds a request and whose it is.
	RequestOf(ctx context.Context, id workflows.SubjectID) (workflows.Request, workflows.Person, error)
	// RequestsConcerned finds those of some requests that there are, each with those whom it asks.
	RequestsConcerned(ctx context.Context, ids []workflows.SubjectID, now time.Time) ([]workflows.Request, []workflows.Facts, error)
	Person(ctx context.Context, id workflows.PersonID) (workflows.Person, error)
	PersonByNo(ctx context.Context, no string) (workflows.Person, error)
	BoundPerson(ctx context.Context, u workflows.ChatUser) (workflows.Person, error)
	FindPeopleOf(ctx context.Context, actor workflows.Person, typed string, limit int) ([]workflows.Person, error)
	PeopleOf(ctx context.Context, actor workflows.Person, limit int) ([]workflows.Person, error)
	Facts(
		ctx context.Context, id workflows.SubjectID, requester workflows.PersonID, w workflows.Wants, now time.Time,
	) (workflows.Facts, error)
	SaveDefinition(ctx context.Context, hash string, d workflows.Definition, at time.Time) error
	Definition(ctx context.Context, hash string) (workflows.Definition, error)
	ClaimedBy(ctx context.Context, key string) (id workflows.SubjectID, found bool, err error)
	OpenDefinitions(ctx context.Context) ([]string, error)

	// KindOf names what a subject is; NotFound when there is none.
	KindOf(ctx context.Context, id workflows.SubjectID) (workflows.KindName, error)
	ChangeTask(ctx context.Context, c workflows.Change, people []workflows.PersonID, decide task.Decision) (workflows.Answer, error)
	Task(ctx context.Context, id workflows.SubjectID, viewer []workflows.PersonID, w workflows.Wants, now time.Time) (
		task.Task, workflows.Facts, error)
	// OpenTasksOf lists what a source gave out and nobody has done, all of it or of one part.
	OpenTasksOf(ctx context.Context, source workflows.SubjectID, part string, limit int) ([]workflows.SubjectID, error)
	ChangePlan(ctx context.Context, c workflows.Change, people []workflows.PersonID, decide plan.Decision) (workflows.Answer, error)
	Plan(ctx context.Context, id workflows.SubjectID, viewer []workflows.PersonID, w workflows.Wants, now time.Time) (
		plan.Plan, plan.Facts, error)
	OpenPlans(ctx context.Context, person workflows.PersonID, all bool, limit int) ([]workflows.SubjectID, error)
	// RedrawSubject has everybody's cards of a subject drawn again.
	RedrawSubject(ctx context.Context, id workflows.SubjectID) error

	ClaimDue(ctx context.Context, now time.Time, limit int) ([]workflows.DueItem, error)
	NextDue(ctx context.Context, now time.Time) (time.Time, bool, error)
	MoveDue(ctx context.Context, id int64, slot int, at time.Time) error
	DropDue(ctx context.Context, id int64) error
	Posted(ctx context.Context, id workflows.SubjectID, to workflows.Party) (at time.Time, reachable bool, err error)
}

// Rules is where kinds come from: the policy in force, and definitions of the past.
type Rules interface {
	Kinds() []*workflows.Kind
	Restore(d workflows.Definition, hash string) (*workflows.Kind, error)
	Patterns() map[string]workflows.Pattern
}

// Engine changes requests, and what else has a story.
type Engine struct {
	// hears how each look for what has fallen due went; nil: nobody does. It is to be set before the engine runs.
	Looked func(error)

	store Store
	rules Rules
	clock *workflows.Clock
	woken []func() // called after each commit, so that what it stored goes out at once
	fires map[string]Firing
	sorts []Sort
	Tasks Tasks
	Plans Plans

	scripts sync.Map // of plans, by the hash of their definition

	mu      sync.RWMutex
	byHash  map[string]*workflows.Kind
	current map[workflows.KindName]*workflows.Kind
}

// New makes an engine. It stores the definitions in force, and refuses to start when a request under way uses one whose names this program
// no longer knows. committed is called after each commit.
func New(ctx context.Context, store Store, rules Rules, clock *workflows.Clock, committed ...func()) (*Engine, error) {
	e := &Engine{store: store, rules: rules, clock: clock, woken: committed,
		byHash: map[string]*workflows.Kind{}, current: map[workflows.KindName]*workflows.Kind{}}
	e.fires = e.clocks()
	e.Tasks, e.Plans = Tasks{e}, Plans{e}
	e.add(e.Tasks)
	e.add(e.Plans)
	for kind, fire := range e.Tasks.clocks() {
		e.On(kind, fire)
	}
	for kind, fire := range e.Plans.clocks() {
		e.On(kind, fire)
	}
	for _, k := range rules.Kinds() {
		e.byHash[k.Hash()], e.current[k.Kind] = k, k
		if err := store.SaveDefinition(ctx, k.Hash(), k.Definition, clock.Now()); err != nil {
			return nil, fmt.Errorf("store the definition of %s: %w", k.Kind, err)
		}
	}
	if err := sameForms(rules.Kinds()); err != nil {
		return nil, err
	}
	open, err := store.OpenDefinitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list definitions in use: %w", err)
	}
	var faults []error
	for _, hash := range open {
		if err := e.known(ctx, hash); err != nil {
			faults = append(faults, fmt.Errorf("requests under way use definition %s, which this program cannot serve: %w", hash, err))
		}
	}
	return e, errors.Join(faults...)
}

// known refuses a definition in use that this program cannot serve.
func (e *Engine) known(ctx context.Context, hash string) error {
	if e.cached(hash) != nil {
		return nil
	}
	d, err := e.store.Definition(ctx, hash)
	if err != nil {
		return err
	}
	if d.Kind == plan.Kind {
		_, err = e.Plans.script(ctx, hash)
	} else {
		_, err = e.kind(ctx, hash)
	}
	return err
}

// sameForms refuses kinds that do not agree on whose form an event looks at: which of them a press is about shows only behind the lock.
func sameForms(kinds []*workflows.Kind) error {
	uses := map[workflows.Event]workflows.FormUse{}
	for _, k := range kinds {
		for event, m := range k.Moves {
			if use, ok := uses[event]; ok && use != m.Form {
				return fmt.Errorf("%s: %s looks at another form than in other kinds", k.Kind, event)
			}
			uses[event] = m.Form
		}
	}
	return nil
}

// Now is the business time.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Kinds lists the kinds of request that can be made.
func (e *Engine) Kinds() []*workflows.Kind { return e.rules.Kinds() }

// Current finds a kind as new requests use it.
func (e *Engine) Current(name workflows.KindName) (*workflows.Kind, bool) {
	k, ok := e.current[name]
	return k, ok
}

// KindOf finds the kind of a request, by the definition with which it began.
func (e *Engine) KindOf(ctx context.Context, r workflows.Request) (*workflows.Kind, error) {
	return e.kind(ctx, r.Definition)
}

func (e *Engine) kind(ctx context.Context, hash string) (*workflows.Kind, error) {
	if k := e.cached(hash); k != nil {
		return k, nil
	}
	d, err := e.store.Definition(ctx, hash)
	if err != nil {
		return nil, err
	}
	k, err := e.rules.Restore(d, hash)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byHash[hash] = k
	return k, nil
}

func (e *Engine) cached(hash string) *workflows.Kind {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.byHash[hash]
}

// Submit makes a new request of a kind for a person. Who the actor is, and whether they may ask for that person, is found out in the
// transaction.
func (e *Engine) Submit(ctx context.Context, cause workflows.Cause, name workflows.KindName, requester workflows.Person,
	form workflows.Form) (workflows.Answer, error) {
	return e.begin(ctx, cause, name, requester, workflows.Act{Event: approval.Submit, Form: form})
}

// addTries is how often something is added to a draft which at that moment is begun or sent by somebody else.
const addTries = 4

// Add adds to the draft that a person has of a kind what a form holds: lines, and what is said of the whole. It begins one where there is
// none.
func (e *Engine) Add(ctx context.Context, cause workflows.Cause, name workflows.KindName, person workflows.Person, form workflows.Form) (
	answer workflows.Answer, err error) {
	act := workflows.Act{Event: approval.AddLine, Form: form}
	for range addTries {
		id, found, err := e.Draft(ctx, name, person.ID)
		if err != nil {
			return answer, err
		}
		if found {
			answer, err = e.Act(ctx, cause, id, act)
		} else {
			answer, err = e.begin(ctx, cause, name, person, act)
		}
		moved := errors.Is(err, &workflows.Error{Code: workflows.NotNow}) || errors.Is(err, &workflows.Error{Code: workflows.Invalid,
			Text: "claim.taken"})
		if err == nil || !moved {
			return answer, err
		}
	}
	return answer, err
}

// Draft finds the draft that a person has of a kind.
func (e *Engine) Draft(ctx context.Context, name workflows.KindName, person workflows.PersonID) (workflows.SubjectID, bool, error) {
	return e.store.ClaimedBy(ctx, approval.DraftKey(name, person))
}

// begin makes a new request.
func (e *Engine) begin(ctx context.Context, cause workflows.Cause, name workflows.KindName, requester workflows.Person, act workflows.Act) (
	workflows.Answer, error) {
	k, ok := e.Current(name)
	if !ok {
		return workflows.Answer{}, workflows.Refuse(workflows.NotFound, "kind.not_found", workflows.Args{"Kind": string(name)})
	}
	if requester.ID == 0 {
		return workflows.Answer{}, fmt.Errorf("a new request of %s is nobody's", name)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return workflows.Answer{}, fmt.Errorf("make a request id: %w", err)
	}
	c := workflows.Change{Cause: cause, Requester: requester.ID, Wants: k.Wants(act.Form, requester), Contested: true, Now: e.Now()}
	return e.change(ctx, c, func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
		r.ID, r.Kind, r.Definition = workflows.SubjectID(id.String()), k.Kind, k.Hash()
		f.Patterns = e.rules.Patterns()
		return k.Decide(r, act, actor, f)
	})
}

// Act does anything else to a request. Which facts that needs, the event's move says.
func (e *Engine) Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error) {
	if !isID(id) {
		return workflows.Answer{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return e.prepared(ctx, workflows.Change{Cause: cause, Subject: id}, act)
}

// prepared adds to a change what its move needs, and makes it.
func (e *Engine) prepared(ctx context.Context, c workflows.Change, act workflows.Act) (workflows.Answer, error) {
	use, concerned := workflows.NoForm, true
	for _, k := range e.current { // whose request it is shows only behind the lock; to load a little too much does no harm
		m, ok := k.Moves[act.Event]
		if !ok {
			continue
		}
		concerned = concerned && m.Concerned
		if m.Needs != nil {
			c.Wants = c.Wants.And(m.Needs(act))
		}
		use = cmp.Or(use, m.Form)
	}
	if use != workflows.NoForm {
		// Whose request it is decides which facts a form needs; what they are checked against is found out in the transaction.
		r, k, requester, err := e.request(ctx, c.Subject)
		if err != nil {
			return workflows.Answer{}, err
		}
		form := act.Form
		if use == workflows.StoredForm {
			form = r.Form
		}
		c.Requester, c.Contested, c.Wants = requester.ID, true, c.Wants.And(k.Wants(form, requester))
	}
	c.Wants.Concerned = concerned && use == workflows.NoForm
	c.Now = e.Now()
	return e.act(ctx, c, act)
}

// request loads a request, its kind, and whose it is.
func (e *Engine) request(
	ctx context.Context, id workflows.SubjectID,
) (r workflows.Request, k *workflows.Kind, requester workflows.Person, err error) {
	if !isID(id) {
		return r, nil, requester, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	if r, requester, err = e.store.RequestOf(ctx, id); err != nil {
		return r, nil, requester, err
	}
	k, err = e.KindOf(ctx, r)
	return r, k, requester, err
}

// isID tells whether an ID that came from outside could be one.
func isID(id workflows.SubjectID) bool {
	parsed, err := uuid.Parse(string(id))
	return err == nil && parsed.String() == string(id)
}

// Find finds the request, or what else has a story, with a number, however somebody typed it.
func (e *Engine) Find(ctx context.Context, typed string) (workflows.Ref, error) {
	number, ok := workflows.RequestNumber(typed)
	if !ok { // it is no request's, and is quoted no longer than one
		return workflows.Ref{}, notFound(workflows.Cut(strings.ToValidUTF8(number, "\uFFFD"), 20))
	}
	refs, err := e.store.Find(ctx, number)
	if err != nil {
		return workflows.Ref{}, err
	}
	for _, ref := range refs {
		_, request := e.current[ref.Kind] // whose number has its kind's own prefix
		if _, other := e.SortNamed(ref.Kind); request || other {
			return ref, nil
		}
	}
	return workflows.Ref{}, notFound(number)
}

func notFound(number string) error {
	return workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": number})
}

// unknownDefinition ends a transaction whose request uses a definition that has to be loaded first.
type unknownDefinition struct{ hash string }

func (u unknownDefinition) Error() string { return "definition " + u.hash + " is not loaded" }

// unseen ends a transaction in which somebody signs what no card of theirs is known to have shown: its post may have no answer yet, or
// they pressed below a list.
type unseen struct{ by workflows.Actor }

func (u unseen) Error() string { return "what was signed is not known" }

// actTries is how often an act is tried that finds out what it needs within its transaction.
const actTries = 4

func (e *Engine) act(ctx context.Context, c workflows.Change, act workflows.Act) (answer workflows.Answer, err error) {
	for range actTries {
		answer, err = e.change(ctx, c, func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (workflows.Decision, error) {
			k := e.cached(r.Definition)
			if k == nil {
				return workflows.Decision{}, unknownDefinition{r.Definition}
			}
			f.Patterns = e.rules.Patterns()
			d, err := k.Decide(r, act, actor, f)
			if m := k.Moves[act.Event]; err == nil && m.Signs && m.By == workflows.Approver && d.Audit.Values.Shown == nil {
				return workflows.Decision{}, unseen{actor}
			}
			return d, err
		})
		var unknown unknownDefinition
		var signed unseen
		switch {
		case errors.As(err, &unknown):
			if _, err := e.kind(ctx, unknown.hash); err != nil {
				return answer, err
			}
		case errors.As(err, &signed):
			seen, failed := e.shown(ctx, c.Subject, signed.by)
			if failed != nil {
				return answer, failed
			}
			act.Seen = seen
		default:
			return answer, err
		}
	}
	return answer, err
}

// shown is what a card of a request would show somebody now, for the audit of their decision.
func (e *Engine) shown(ctx context.Context, id workflows.SubjectID, to workflows.Actor) (*workflows.Shown, error) {
	loaded, err := e.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	v, visible := loaded.View(to)
	if !visible {
		return nil, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": loaded.Request.Number})
	}
	return &workflows.Shown{Revision: loaded.Request.Revision, Facts: v.Shown()}, nil
}

// change has the store commit and then wakes whoever sends what was stored.
func (e *Engine) change(ctx context.Context, c workflows.Change, decide workflows.Decide) (workflows.Answer, error) {
	var last workflows.Decision // what is decided again with newer facts is not what was committed
	deciding := func(r workflows.Request, actor workflows.Actor, f workflows.Facts) (d workflows.Decision, err error) {
		last, err = decide(r, actor, f)
		return last, err
	}
	answer, err := e.store.ChangeRequest(ctx, c, deciding)
	if err == nil && !answer.Repeated {
		nameFailed(ctx, answer.Number, last.Audit.Values.Change.Steps)
		e.wakeAll()
	}
	return answer, err
}

// nameFailed names in the log the conditions of a new route that could not be worked out. What they failed at is left out: it may hold
// what the requester wrote.
func nameFailed(ctx context.Context, number string, route []workflows.Step) {
	for _, step := range route {
		for _, slot := range step.Slots {
			for _, note := range slot.Notes {
				if note.Condition != "" {
					slog.WarnContext(ctx, "a condition could not be worked out, so the administrators decide; mend the policy",
						"request", number, "condition", note.Condition)
				}
			}
		}
	}
}

// Preview works a form out that viewer would send for a requester, without sending it. id names the request that is being edited, which
// then says whose it is; empty for a new one.
func (e *Engine) Preview(ctx context.Context, viewer, requester workflows.Person, name workflows.KindName, id workflows.SubjectID,
	raw workflows.Form) (workflows.Preview, error) {
	r := workflows.Request{Requester: requester.ID, SubmittedBy: viewer.ID}
	r.Kind = name
	k, ok := e.Current(name)
	if id != "" {
		var err error
		if r, k, requester, err = e.request(ctx, id); err != nil {
			return workflows.Preview{}, err
		}
		if !k.Relation(r, workflows.PersonActor(viewer, "")).Owns() {
			return workflows.Preview{}, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": r.Number})
		}
		ok = true
	}
	if !ok {
		return workflows.Preview{}, workflows.Refuse(workflows.NotFound, "kind.not_found", workflows.Args{"Kind": string(name)})
	}
	r.SentBy = viewer.ID
	wants := k.Wants(raw, requester).And(workflows.Wants{People: []string{viewer.No}})
	f, err := e.store.Facts(ctx, r.ID, r.Requester, wants, e.Now())
	if err != nil {
		return workflows.Preview{}, err
	}
	f.Patterns = e.rules.Patterns()
	return k.Preview(r, raw, f), nil
}

// Loaded is a request with its kind and the facts that showing it needs.
type Loaded struct {
	Kind    *workflows.Kind
	Request workflows.Request
	Facts   workflows.Facts
}

// View gives the request as somebody may see it; false when to them there is none.
func (l Loaded) View(viewer workflows.Actor) (workflows.View, bool) {
	return l.Kind.View(l.Request, viewer, l.Facts)
}

// Load loads a request for showing.
func (e *Engine) Load(ctx context.Context, id workflows.SubjectID) (Loaded, error) {
	r, k, requester, err := e.request(ctx, id)
	if err != nil {
		return Loaded{}, err
	}
	f, err := e.store.Facts(ctx, r.ID, r.Requester, k.Wants(r.Form, requester), e.Now())
	if err != nil {
		return Loaded{}, err
	}
	f.Patterns = e.rules.Patterns()
	return Loaded{Kind: k, Request: r, Facts: f}, nil
}

// LoadConcerned loads many requests with those whom they ask, and no other facts: to say what each is about, and what can be done with it.
// What is gone is not among them.
func (e *Engine) LoadConcerned(ctx context.Context, ids []workflows.SubjectID) (map[workflows.SubjectID]Loaded, error) {
	list, facts, err := e.store.RequestsConcerned(ctx, ids, e.Now())
	if err != nil {
		return nil, err
	}
	loaded := make(map[workflows.SubjectID]Loaded, len(list))
	for i, r := range list {
		k, err := e.KindOf(ctx, r)
		if err != nil {
			return nil, err
		}
		facts[i].Patterns = e.rules.Patterns()
		loaded[r.ID] = Loaded{Kind: k, Request: r, Facts: facts[i]}
	}
	return loaded, nil
}
