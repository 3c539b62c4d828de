package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// dueRelieveTask is the kind of due items that take a task from somebody who has left.
const dueRelieveTask = "relieve_task"

// Tasks are what people have to do.
type Tasks struct{ e *Engine }

// Kind is the name of tasks.
func (Tasks) Kind() workflows.KindName { return task.Kind }

// Prefix begins the number of a task.
func (Tasks) Prefix() string { return task.Prefix }

// Events are what people press on a task, and the form of a new one.
func (Tasks) Events() []workflows.Event { return append(task.Events(), task.Add) }

// AddTask adds a task for whoever it names as its owner.
func (e *Engine) AddTask(ctx context.Context, cause workflows.Cause, t task.Task) (workflows.Answer, error) {
	return e.Tasks.Add(ctx, cause, t)
}

// clocks are what fires the due items of tasks.
func (x Tasks) clocks() map[string]Firing {
	return map[string]Firing{task.DueRemind: x.e.fired(task.Remind, x.act), dueRelieveTask: x.e.fired(task.Relieve, x.act)}
}

// Add adds a task for whoever it names as its owner.
func (x Tasks) Add(ctx context.Context, cause workflows.Cause, t task.Task) (workflows.Answer, error) {
	return x.add(ctx, workflows.Change{Cause: cause}, t)
}

// given adds a task that a source gives out, as a due item says.
func (x Tasks) given(ctx context.Context, item workflows.DueItem, t task.Task) (workflows.Answer, error) {
	return x.add(ctx, ofNew(item), t)
}

func (x Tasks) add(ctx context.Context, c workflows.Change, t task.Task) (workflows.Answer, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return workflows.Answer{}, fmt.Errorf("make the id of a task: %w", err)
	}
	people := append([]workflows.PersonID{t.Owner, t.By, t.About}, t.Helpers...)
	c.Now, c.Wants = x.e.Now(), workflows.Wants{Clocks: []workflows.PersonID{t.Owner}, Roles: roles}
	return x.change(ctx, c, people, func(_ task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
		return task.New(workflows.SubjectID(id.String()), t, actor, f)
	})
}

// roles are whose holders stand in where nobody nearer is found.
var roles = []string{"hr", "admin"}

// Act does an event to a task, or adds the one that a form says.
func (x Tasks) Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error) {
	if id == "" && act.Event == task.Add {
		return x.filledIn(ctx, cause, act.Form)
	}
	if !isID(id) {
		return workflows.Answer{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return x.act(ctx, workflows.Change{Cause: cause, Subject: id}, act)
}

// filledIn adds the task that a form says: for the person that it names, else for whoever sends it.
func (x Tasks) filledIn(ctx context.Context, cause workflows.Cause, raw workflows.Form) (workflows.Answer, error) {
	form, faults := workflows.ReadForm(task.NewForm(nil).Fields, raw, nil)
	if len(faults) > 0 {
		return workflows.Answer{}, workflows.Joined(faults)
	}
	t := task.Task{Title: workflows.Said(form["title"]), Note: workflows.Said(form["note"])}
	t.Due, _ = workflows.ParseDate(form["due"]) // read already
	var owner workflows.Person
	var err error
	if no := form["person"]; no != "" {
		if owner, err = x.e.store.PersonByNo(ctx, no); errors.Is(err, &workflows.Error{Code: workflows.Unknown}) {
			return workflows.Answer{}, workflows.Fault("person", "person.not_found", workflows.Args{"Value": workflows.Cut(no, 40)})
		}
	} else {
		owner, err = x.e.store.BoundPerson(ctx, cause.ChatUser)
	}
	if err != nil {
		return workflows.Answer{}, err
	}
	t.Owner = owner.ID
	return x.Add(ctx, cause, t)
}

func (x Tasks) act(ctx context.Context, c workflows.Change, act workflows.Act) (workflows.Answer, error) {
	c.Now = x.e.Now()
	c.Wants = c.Wants.And(workflows.Wants{Roles: roles})
	if a, asks := (task.Task{}).Asking(act.Event); asks {
		c.Wants = c.Wants.And(workflows.WantedBy(a.Fields, act.Form))
	}
	return x.change(ctx, c, nil, func(t task.Task, actor workflows.Actor, f workflows.Facts) (task.Task, workflows.Outcome, error) {
		return task.Decide(t, act, actor, f)
	})
}

// change has the store commit what decide says.
func (x Tasks) change(ctx context.Context, c workflows.Change, people []workflows.PersonID,
	decide func(task.Task, workflows.Actor, workflows.Facts) (task.Task, workflows.Outcome, error)) (workflows.Answer, error) {
	return x.e.wake(withClocks(c, func(c workflows.Change) (workflows.Answer, error) {
		return x.e.store.ChangeTask(ctx, c, people, func(t task.Task, actor workflows.Actor, f workflows.Facts) (
			task.Task, workflows.Outcome, error,
		) {
			f.Patterns = x.e.rules.Patterns()
			t, o, err := decide(t, actor, f)
			if err == nil {
				err = clocked(o, f)
			}
			return t, o, err
		})
	}))
}

// load finds a task with what showing it to somebody needs.
func (x Tasks) load(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) (task.Task, workflows.Facts, error) {
	if !isID(id) {
		return task.Task{}, workflows.Facts{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return x.e.store.Task(ctx, id, []workflows.PersonID{viewer.ID}, workflows.Wants{Roles: roles}, x.e.Now())
}

// View gives a task as somebody may see it.
func (x Tasks) View(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) (workflows.View, error) {
	t, f, err := x.load(ctx, id, viewer)
	if err != nil {
		return workflows.View{}, err
	}
	v, ok := t.View(workflows.PersonActor(f.Org.Person(viewer.ID), ""), f)
	if !ok {
		return v, workflows.Refuse(workflows.NotFound, "task.not_found", workflows.Args{"Number": t.Number})
	}
	return v, nil
}

// Asking is what an event's press on a task has to bring.
func (x Tasks) Asking(ctx context.Context, id workflows.SubjectID, event workflows.Event, by workflows.Person) (workflows.Asking, error) {
	if id == "" && event == task.Add {
		return task.NewForm(nil), nil
	}
	t, f, err := x.load(ctx, id, by)
	if err != nil {
		return workflows.Asking{}, err
	}
	if err := t.May(event, workflows.PersonActor(f.Org.Person(by.ID), ""), f); err != nil {
		return workflows.Asking{}, err
	}
	a, ok := t.Asking(event)
	if !ok {
		return a, fmt.Errorf("the press of %s on a task brings nothing", event)
	}
	return a, nil
}

// Files lists what was handed in with a task.
func (x Tasks) Files(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) ([]string, error) {
	t, f, err := x.load(ctx, id, viewer)
	if err != nil {
		return nil, err
	}
	if t.Relation(workflows.PersonActor(f.Org.Person(viewer.ID), ""), f) == workflows.ToNobody {
		return nil, workflows.Refuse(workflows.NotFound, "task.not_found", workflows.Args{"Number": t.Number})
	}
	return t.Files, nil
}
