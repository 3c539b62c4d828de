package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// dueRelievePlan is the kind of due items that see to a plan of which somebody has left.
const dueRelievePlan = "relieve_plan"

// Plans are what people go through in phases.
type Plans struct{ e *Engine }

// planRoles are whose holders have tasks of a plan, or stand in.
var planRoles = []string{"hr", "it", "admin"}

// Kind is the name of plans.
func (Plans) Kind() workflows.KindName { return plan.Kind }

// Prefix begins the number of a plan.
func (Plans) Prefix() string { return plan.Prefix }

// Events are what people press on a plan.
func (Plans) Events() []workflows.Event { return plan.Events() }

// clocks are what fires the due items of plans.
func (x Plans) clocks() map[string]Firing {
	return map[string]Firing{
		workflows.DueBeginPlan:        x.begin,
		plan.DueTick:                  x.e.fired(plan.Tick, x.act),
		dueRelievePlan:                x.e.fired(plan.Relieve, x.act),
		plan.DueTask:                  x.give,
		plan.DueSkip:                  x.skip,
		plan.DueDay:                   x.newDay,
		task.DueSource(task.FromPlan): x.redraw,
	}
}

// begin begins the plan for which an approved request asks, once.
func (x Plans) begin(ctx context.Context, item workflows.DueItem) error {
	r, err := x.e.store.Request(ctx, item.Subject)
	if err != nil {
		return err
	}
	var asked workflows.PlanWanted
	if err := json.Unmarshal(item.Data, &asked); err != nil {
		return fmt.Errorf("decode what plan a request asks for: %w", err)
	}
	var script plan.Script
	if err := json.Unmarshal(asked.Script, &script); err != nil {
		return fmt.Errorf("decode the script of a plan: %w", err)
	}
	definition := script.Definition()
	hash := definition.Hash()
	if err := x.e.store.SaveDefinition(ctx, hash, definition, x.e.Now()); err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make the id of a plan: %w", err)
	}
	p := plan.Plan{Request: r.ID, By: r.SubmittedBy, Start: asked.Start}
	for _, named := range []struct {
		no    string
		place *workflows.PersonID
	}{{asked.Newcomer, &p.Newcomer}, {asked.Mentor, &p.Mentor}, {asked.Manager, &p.Manager}} {
		person, err := x.e.store.PersonByNo(ctx, named.no)
		if err != nil {
			return err
		}
		*named.place = person.ID
	}
	p.Definition = hash
	_, err = x.change(ctx, ofNew(item), []workflows.PersonID{p.Newcomer, p.Mentor, p.Manager, p.By},
		func(_ plan.Plan, actor workflows.Actor, f plan.Facts) (plan.Plan, workflows.Outcome, error) {
			return script.New(workflows.SubjectID(id.String()), p, actor, f)
		})
	if errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "claim.taken"}) {
		slog.WarnContext(ctx, "somebody goes through a plan already, so no second one begins", "request", r.Number)
		return x.e.store.DropDue(ctx, item.ID)
	}
	return err
}

// Act does an event to a plan.
func (x Plans) Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error) {
	if !isID(id) {
		return workflows.Answer{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return x.act(ctx, workflows.Change{Cause: cause, Subject: id}, act)
}

func (x Plans) act(ctx context.Context, c workflows.Change, act workflows.Act) (workflows.Answer, error) {
	for range actTries {
		answer, err := x.change(ctx, c, nil, func(p plan.Plan, actor workflows.Actor, f plan.Facts) (
			plan.Plan, workflows.Outcome, error,
		) {
			script, ok := x.e.scripts.Load(p.Definition)
			if !ok {
				return p, workflows.Outcome{}, unknownDefinition{p.Definition}
			}
			return script.(plan.Script).Decide(p, act, actor, f)
		})
		var unknown unknownDefinition
		if !errors.As(err, &unknown) {
			return answer, err
		}
		if _, err := x.script(ctx, unknown.hash); err != nil {
			return answer, err
		}
	}
	return workflows.Answer{}, fmt.Errorf("the script of a plan cannot be found")
}

// script loads that of a plan, by the definition with which it began.
func (x Plans) script(ctx context.Context, hash string) (plan.Script, error) {
	if script, ok := x.e.scripts.Load(hash); ok {
		return script.(plan.Script), nil
	}
	d, err := x.e.store.Definition(ctx, hash)
	if err != nil {
		return plan.Script{}, err
	}
	script, err := plan.Restore(d)
	if err == nil {
		x.e.scripts.Store(hash, script)
	}
	return script, err
}

// change has the store commit what decide says.
func (x Plans) change(ctx context.Context, c workflows.Change, people []workflows.PersonID, decide plan.Decision) (workflows.Answer,
	error) {
	c.Now = x.e.Now()
	c.Wants = c.Wants.And(workflows.Wants{Roles: planRoles})
	return x.e.wake(withClocks(c, func(c workflows.Change) (workflows.Answer, error) {
		return x.e.store.ChangePlan(ctx, c, people, func(p plan.Plan, actor workflows.Actor, f plan.Facts) (
			plan.Plan, workflows.Outcome, error,
		) {
			f.Patterns = x.e.rules.Patterns()
			for _, id := range append([]workflows.PersonID{p.Newcomer, p.Manager}, people...) {
				if _, ok := f.Clocks[id]; !ok && id != 0 {
					return p, workflows.Outcome{}, noClock{id}
				}
			}
			return decide(p, actor, f)
		})
	}))
}

// load finds a plan, its script, and what showing it to somebody needs.
func (x Plans) load(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) (
	p plan.Plan, s plan.Script, f plan.Facts, err error,
) {
	if !isID(id) {
		return p, s, f, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	wants := workflows.Wants{Roles: planRoles}
	for range clockTries {
		if p, f, err = x.e.store.Plan(ctx, id, []workflows.PersonID{viewer.ID}, wants, x.e.Now()); err != nil {
			return p, s, f, err
		}
		if _, ok := f.Clocks[p.Newcomer]; ok {
			break
		}
		wants.Clocks = []workflows.PersonID{p.Newcomer, p.Manager}
	}
	f.Patterns = x.e.rules.Patterns()
	s, err = x.script(ctx, p.Definition)
	return p, s, f, err
}

// View gives a plan as somebody may see it.
func (x Plans) View(ctx context.Context, id workflows.SubjectID, viewer workflows.Person) (workflows.View, error) {
	p, s, f, err := x.load(ctx, id, viewer)
	if err != nil {
		return workflows.View{}, err
	}
	v, ok := s.View(p, workflows.PersonActor(f.Org.Person(viewer.ID), ""), f)
	if !ok {
		return v, workflows.Refuse(workflows.NotFound, "plan.not_found", workflows.Args{"Number": p.Number})
	}
	return v, nil
}

// Asking is what an event's press on a plan has to bring.
func (x Plans) Asking(ctx context.Context, id workflows.SubjectID, event workflows.Event, by workflows.Person) (workflows.Asking, error) {
	p, s, f, err := x.load(ctx, id, by)
	if err != nil {
		return workflows.Asking{}, err
	}
	return s.Asking(p, event, workflows.PersonActor(f.Org.Person(by.ID), ""), f)
}

// Files lists nothing: files are handed in with the tasks of a plan.
func (Plans) Files(context.Context, workflows.SubjectID, workflows.Person) ([]string, error) {
	return nil, nil
}

// PlansFor lists the plans under way that concern somebody, those that began first first.
func (e *Engine) PlansFor(ctx context.Context, person workflows.Person, limit int) ([]plan.Listed, error) {
	ids, err := e.store.OpenPlans(ctx, person.ID, plan.SeesAll(person), limit)
	if err != nil {
		return nil, err
	}
	var list []plan.Listed
	for _, id := range ids {
		p, s, f, err := e.Plans.load(ctx, id, person)
		if err != nil {
			return nil, err
		}
		list = append(list, s.Listed(p, f))
	}
	return list, nil
}

// give gives a task of a plan out, once: to whom, is found out now.
func (x Plans) give(ctx context.Context, item workflows.DueItem) error {
	var wanted struct {
		Phase string         `json:"phase"`
		Item  string         `json:"item"`
		Due   workflows.Date `json:"due"`
	}
	if err := json.Unmarshal(item.Data, &wanted); err != nil {
		return fmt.Errorf("decode which task a plan gives out: %w", err)
	}
	p, s, f, err := x.load(ctx, item.Subject, workflows.Person{})
	if err != nil {
		return err
	}
	t, ok := s.Task(p, wanted.Phase, wanted.Item, wanted.Due, f)
	if !ok || !p.Open() {
		return x.e.store.DropDue(ctx, item.ID)
	}
	answer, err := x.e.Tasks.given(ctx, item, t)
	if errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "claim.taken"}) || err == nil && answer.Repeated {
		return x.e.store.DropDue(ctx, item.ID)
	}
	return err
}

// skipped is how many tasks are skipped at once; what is left follows at once.
const skipped = 20

// skip ends the tasks of a plan that is over.
func (x Plans) skip(ctx context.Context, item workflows.DueItem) error {
	ids, err := x.e.store.OpenTasksOf(ctx, item.Subject, "", skipped)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c := workflows.Change{Subject: id, Cause: byClock(fmt.Sprintf("skip:%s", id))}
		_, err := x.e.Tasks.act(ctx, c, workflows.Act{Event: task.Skip})
		if err != nil && !errors.Is(err, &workflows.Error{Code: workflows.NotNow}) { // somebody has just done it
			return err
		}
	}
	if len(ids) == skipped {
		return x.e.store.MoveDue(ctx, item.ID, item.Slot, x.e.Now())
	}
	return x.e.store.DropDue(ctx, item.ID)
}

// newDay has the cards of a plan say what day it is.
func (x Plans) newDay(ctx context.Context, item workflows.DueItem) error {
	newcomer, err := x.e.store.Person(ctx, item.Party.Person())
	if err != nil {
		return err
	}
	if err := x.e.store.RedrawSubject(ctx, item.Subject); err != nil {
		return err
	}
	return x.e.store.MoveDue(ctx, item.ID, item.Slot, plan.NextDay(x.e.Now(), newcomer.Location()))
}

// redraw has the cards of a plan drawn again: a task of it has moved on.
func (x Plans) redraw(ctx context.Context, item workflows.DueItem) error {
	if err := x.e.store.RedrawSubject(ctx, item.Subject); err != nil {
		return err
	}
	x.e.wakeAll()
	return x.e.store.DropDue(ctx, item.ID)
}
