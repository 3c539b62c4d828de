package storage

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// Whom a plan names, and who has a task of it.
const namedByPlan = `
	SELECT unnest(ARRAY[p.newcomer_id, p.mentor_id, p.manager_id, (p.body ->> 'by')::bigint]
	              || ARRAY(SELECT t.owner_id FROM tasks t WHERE t.source_id = p.id))
	  FROM plans p
	 WHERE p.id = @subject::uuid`

const sqlPlanCrew = crewActs + namedByPlan + `
), ` + orgColumns + crewReached + orgFrom

const sqlPlanTasks = `
SELECT t.part, t.body #>> '{source,item}', s.state, t.due_on, t.owner_id
  FROM tasks t
  JOIN LATERAL (SELECT state FROM subjects WHERE id = t.id OFFSET 0) s ON true
 WHERE t.source_id = @subject
 ORDER BY t.due_on, t.id`

// Those who have the same manager as the new hire: as many as want to be told that somebody joins them.
const sqlPlanTeam = `
SELECT c.id
  FROM plans p
  JOIN people n ON n.id = p.newcomer_id
  JOIN people c ON c.manager_id = n.manager_id AND c.active AND c.id <> n.id
 WHERE p.id = @subject
 ORDER BY c.employee_no
 LIMIT 30`

// plans keeps what people go through in phases.
var plans = bodies[plan.Plan, plan.Facts]{
	table:   "plans",
	subject: func(p *plan.Plan) *workflows.Subject { return &p.Subject },
	load:    loadPlan,
}

// ChangePlan changes a plan, or makes one, as decide says. people are those whom a new one names. See Change.
func (s *Store) ChangePlan(ctx context.Context, c workflows.Change, people []workflows.PersonID, decide plan.Decision) (
	workflows.Answer, error,
) {
	return plans.change(ctx, s, c, people, decide)
}

// Plan finds a plan with what showing it needs; NotFound when there is none.
func (s *Store) Plan(ctx context.Context, id workflows.SubjectID, viewer []workflows.PersonID, w workflows.Wants, now time.Time) (
	plan.Plan, plan.Facts, error,
) {
	return plans.find(ctx, s, id, viewer, w, now)
}

// loadPlan queues what a plan is decided by.
func loadPlan(trip *Trip, c crew, w workflows.Wants, now time.Time, f *plan.Facts) (finish func()) {
	finish = loadCrew(trip, sqlPlanCrew, c, w, now, &f.Facts)
	if c.Subject == "" {
		return finish
	}
	var g plan.Given
	var due string
	queue(trip, sqlPlanTasks, args{"subject": string(c.Subject)}, each(func() {
		given := g
		given.Due, _ = workflows.ParseDate(due) // the program wrote it
		f.Tasks = append(f.Tasks, given)
	}, &g.Phase, &g.Item, &g.State, &due, &g.Owner))
	if c.User.Platform == workflows.PlatformSystem {
		var id workflows.PersonID
		queue(trip, sqlPlanTeam, args{"subject": string(c.Subject)}, each(func() { f.Team = append(f.Team, id) }, &id))
	}
	return finish
}

const sqlPlanOf = `SELECT p.id::text, p.open FROM plans p WHERE p.newcomer_id = @person ORDER BY p.open DESC, p.id DESC LIMIT 1`

// PlanOf finds the plan that somebody goes through, or went through last; "": there is none.
func (s *Store) PlanOf(ctx context.Context, person workflows.PersonID) (id workflows.SubjectID, open bool, err error) {
	err = s.pool.QueryRow(ctx, sqlPlanOf, args{"person": int64(person)}).Scan(&id, &open)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return id, open, unread(err)
}

// The open plans of those whom somebody mentors or leads; of everybody for whoever looks after all.
const sqlOpenPlans = below + `
SELECT p.id::text
  FROM plans p
 WHERE p.open
   AND (@all OR p.mentor_id = @manager OR p.manager_id = @manager
    OR p.newcomer_id <> @manager AND p.newcomer_id IN (SELECT id FROM below))
 ORDER BY p.start_on, p.id
 LIMIT @limit`

// OpenPlans lists the plans under way, those that began first first: all of them, or those of whom somebody mentors or leads.
func (s *Store) OpenPlans(ctx context.Context, person workflows.PersonID, all bool, limit int) ([]workflows.SubjectID, error) {
	rows, err := s.pool.Query(ctx, sqlOpenPlans, args{"manager": int64(person), "all": all, "limit": limit})
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[workflows.SubjectID])
	return list, unread(err)
}

// The plans that began in some months, of everybody or of those below somebody; and how punctual their tasks were, each by its owner's
// days.
const (
	runsOf = below + `, l AS (
	SELECT p.id, p.body
	  FROM plans p
	 WHERE p.start_on >= @from AND p.start_on < @until
	   AND (@all OR p.manager_id = @manager OR p.newcomer_id <> @manager AND p.newcomer_id IN (SELECT id FROM below))
)`
	sqlRuns      = runsOf + `SELECT ` + subjectColumns + `, l.body FROM l JOIN subjects s ON s.id = l.id ORDER BY s.id`
	sqlRunsTasks = runsOf + `
SELECT l.id::text, t.part, count(*),
       count(*) FILTER (WHERE t.due_on < CASE WHEN t.open THEN @today
                                              ELSE ((t.body ->> 'ended_at')::timestamptz AT TIME ZONE o.timezone)::date::text END)
  FROM l
  JOIN LATERAL (SELECT * FROM tasks WHERE source_id = l.id OFFSET 0) t ON true
  JOIN LATERAL (SELECT timezone FROM people WHERE id = t.owner_id OFFSET 0) o ON true
  JOIN LATERAL (SELECT state FROM subjects WHERE id = t.id OFFSET 0) s ON true
 WHERE s.state <> 'skipped'
 GROUP BY l.id, t.part`
)

// Runs lists the plans that began from a day on and before another: of everybody, or of those whom somebody leads.
func (s *Store) Runs(ctx context.Context, manager workflows.PersonID, all bool, from, until, today workflows.Date) ([]plan.Run, error) {
	a := args{"manager": int64(manager), "all": all, "from": from.String(), "until": until.String()}
	trip := &Trip{}
	var list []plan.Run
	var subject subjectScan
	var body []byte
	var wrong error
	at := map[workflows.SubjectID]int{}
	queue(trip, sqlRuns, a, each(func() {
		p, err := plans.read(subject.subject(), body)
		if err != nil {
			wrong = err
		}
		at[p.ID] = len(list)
		list = append(list, plan.Run{Plan: p, Tasks: map[string]plan.Punctual{}})
		body = nil // the next is another
	}, append(subject.dest(), &body)...))
	var id workflows.SubjectID
	var part string
	var n plan.Punctual
	queue(trip, sqlRunsTasks, with(a, args{"today": today.String()}), each(func() {
		if i, ok := at[id]; ok {
			list[i].Tasks[part] = n
		}
	}, &id, &part, &n.Tasks, &n.Late))
	if err := trip.send(ctx, s.pool); err != nil {
		return nil, unread(err)
	}
	return list, wrong
}
