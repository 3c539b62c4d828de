package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/nod-chat/nod/workflows"
)

// Sort is a sort of subjects beside requests, as tasks: what can be done to one, and what is seen of it.
type Sort interface {
	// Kind is the name of its subjects.
	Kind() workflows.KindName
	// Prefix begins the numbers of its subjects.
	Prefix() string
	// Events are those that people press. No other sort has any of them, and no kind of request.
	Events() []workflows.Event
	// View gives a subject as somebody may see it. NotFound: there is none, or to them there is none.
	View(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) (workflows.View, error)
	// Asking is what an event's press has to bring, or what a new subject begins with, where no ID is given; a refusal when it is not
	// theirs to make, or comes too late.
	Asking(ctx context.Context, id workflows.SubjectID, event workflows.Event, by workflows.Person) (workflows.Asking, error)
	// Act does an event to a subject, or makes a new one, where no ID is given.
	Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error)
	// Files lists the IDs of what was handed in with a subject, for somebody who may see it.
	Files(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) ([]string, error)
}

// add makes a sort known.
func (e *Engine) add(s Sort) { e.sorts = append(e.sorts, s) }

// Sorts lists the sorts of subjects beside requests.
func (e *Engine) Sorts() []Sort { return slices.Clone(e.sorts) }

// Prefixes lists those of the numbers of requests, and of what else has a story.
func (e *Engine) Prefixes() []string {
	var list []string
	for _, k := range e.rules.Kinds() {
		list = append(list, k.Prefix)
	}
	for _, s := range e.sorts {
		list = append(list, s.Prefix())
	}
	return list
}

// SortOf finds the sort that has an event; false: requests have it, or nothing has.
func (e *Engine) SortOf(event workflows.Event) (Sort, bool) {
	i := slices.IndexFunc(e.sorts, func(s Sort) bool { return slices.Contains(s.Events(), event) })
	if i < 0 {
		return nil, false
	}
	return e.sorts[i], true
}

// SortNamed finds the sort whose subjects have a name; false: those are requests, or nothing is called so.
func (e *Engine) SortNamed(kind workflows.KindName) (Sort, bool) {
	i := slices.IndexFunc(e.sorts, func(s Sort) bool { return s.Kind() == kind })
	if i < 0 {
		return nil, false
	}
	return e.sorts[i], true
}

// KindOfSubject names what a subject is; NotFound when there is none.
func (e *Engine) KindOfSubject(ctx context.Context, id workflows.SubjectID) (workflows.KindName, error) {
	if !isID(id) {
		return "", workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return e.store.KindOf(ctx, id)
}

// noClock ends a transaction that begins the clock of somebody whose working hours were not loaded.
type noClock struct{ of workflows.PersonID }

func (n noClock) Error() string { return "somebody's working hours are not loaded" }

// clocked tells whether an outcome needs the working hours of anybody whose are not among the facts.
func clocked(o workflows.Outcome, f workflows.Facts) error {
	for _, d := range o.Due {
		if p := d.Party.Person(); p != 0 {
			if _, ok := f.Clocks[p]; !ok {
				return noClock{p}
			}
		}
	}
	return nil
}

// clockTries is how often a change is tried that finds out within its transaction whose working hours it needs.
const clockTries = 6

// withClocks changes something, and loads whose working hours that turns out to need.
func withClocks(c workflows.Change, change func(workflows.Change) (workflows.Answer, error)) (answer workflows.Answer, err error) {
	for range clockTries {
		answer, err = change(c)
		var missing noClock
		if !errors.As(err, &missing) {
			return answer, err
		}
		c.Wants.Clocks = append(slices.Clip(c.Wants.Clocks), missing.of)
	}
	return answer, err
}

// wakeAll has whoever sends or fires what has been stored do so at once.
func (e *Engine) wakeAll() {
	for _, wake := range e.woken {
		wake()
	}
}

// wake does so once a change has been committed.
func (e *Engine) wake(answer workflows.Answer, err error) (workflows.Answer, error) {
	if err == nil && !answer.Repeated {
		e.wakeAll()
	}
	return answer, err
}

// fired does an event that has fallen due to a subject, as act does it. What no longer has anything to do goes.
func (e *Engine) fired(event workflows.Event, act func(context.Context, workflows.Change, workflows.Act) (workflows.Answer, error)) Firing {
	return func(ctx context.Context, item workflows.DueItem) error {
		c := ofDue(item)
		if p := item.Party.Person(); p != 0 {
			c.Wants.Clocks = []workflows.PersonID{p}
		}
		answer, err := act(ctx, c, workflows.Act{Event: event, Slot: item.Slot})
		if errors.Is(err, &workflows.Error{Code: workflows.NotNow}) || err == nil && answer.Repeated {
			return e.store.DropDue(ctx, item.ID)
		}
		return err
	}
}
