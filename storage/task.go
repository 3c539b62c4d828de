package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// Whom a task names: who has to do it, who added it, for whom it is done, who stand in.
const namedByTask = `
	SELECT unnest(ARRAY[t.owner_id, (t.body ->> 'by')::bigint, (t.body ->> 'about')::bigint]
	              || ARRAY(SELECT jsonb_array_elements_text(coalesce(t.body -> 'helpers', '[]'))::bigint))
	  FROM tasks t
	 WHERE t.id = @subject::uuid`

const sqlTaskCrew = crewActs + namedByTask + `
), ` + orgColumns + crewReached + orgFrom

// tasks keeps what people have to do.
var tasks = bodies[task.Task, workflows.Facts]{
	table:   "tasks",
	subject: func(t *task.Task) *workflows.Subject { return &t.Subject },
	load: func(trip *Trip, c crew, w workflows.Wants, now time.Time, f *workflows.Facts) (finish func()) {
		return loadCrew(trip, sqlTaskCrew, c, w, now, f)
	},
}

// ChangeTask changes a task, or makes one, as decide says. people are those whom a new one names. See Change.
func (s *Store) ChangeTask(ctx context.Context, c workflows.Change, people []workflows.PersonID, decide task.Decision) (
	workflows.Answer, error,
) {
	return tasks.change(ctx, s, c, people, decide)
}

// Task finds a task with what showing it needs; NotFound when there is none.
func (s *Store) Task(ctx context.Context, id workflows.SubjectID, viewer []workflows.PersonID, w workflows.Wants, now time.Time) (
	task.Task, workflows.Facts, error,
) {
	return tasks.find(ctx, s, id, viewer, w, now)
}

// taskLines are open tasks as lines of a list.
const taskLines = `
SELECT ` + subjectColumns + `, t.body, p.name
  FROM tasks t
  JOIN LATERAL (SELECT * FROM subjects WHERE id = t.id OFFSET 0) s ON true
  JOIN LATERAL (SELECT * FROM people WHERE id = t.owner_id OFFSET 0) p ON true`

// Read along the index of what is open: a page costs the same however much was done.
const sqlOpenTasks = taskLines + `
 WHERE t.owner_id = @person AND t.open AND (t.due_on, t.id) > (
       coalesce((SELECT e.due_on FROM tasks e WHERE e.id = @after::uuid), ''),
       coalesce(@after::uuid, '00000000-0000-0000-0000-000000000000'))
 ORDER BY t.due_on, t.id
 LIMIT @limit`

// OpenTasks lists what somebody has to do, what is due first first: behind a task, where one is given.
func (s *Store) OpenTasks(ctx context.Context, person workflows.PersonID, after workflows.SubjectID, limit int) (
	[]task.Listed, error,
) {
	return s.taskLines(ctx, sqlOpenTasks, args{"person": int64(person), "after": uuidArg(after), "limit": limit})
}

// What somebody may do in another's place now: of an office, or of somebody who is away, in no chat, or has left.
const sqlStandInTasks = `
WITH tasks AS MATERIALIZED (
	SELECT t.* FROM tasks t WHERE t.open AND t.helpers @> to_jsonb(@person::bigint)
)` + taskLines + `
 WHERE (t.body ->> 'shared' = 'true' OR NOT p.active
        OR NOT EXISTS (SELECT FROM bindings b
                        WHERE b.party_kind = 'person' AND b.party_id = p.id AND b.ended_at IS NULL AND b.gone_at IS NULL)
        OR EXISTS (SELECT FROM bookings k WHERE k.person_id = p.id AND k.approved AND k.away AND k.halves @> ` + halfNow + `))
 ORDER BY t.due_on, t.id
 LIMIT @limit`

// StandInTasks lists what somebody may do in another's place now, what is due first first.
func (s *Store) StandInTasks(ctx context.Context, person workflows.PersonID, now time.Time, limit int) ([]task.Listed, error) {
	return s.taskLines(ctx, sqlStandInTasks, args{"person": int64(person), "now": now, "limit": limit})
}

func (s *Store) taskLines(ctx context.Context, sql string, a args) ([]task.Listed, error) {
	rows, err := s.pool.Query(ctx, sql, a)
	if err != nil {
		return nil, unread(err)
	}
	var list []task.Listed
	var subject subjectScan
	var body []byte
	var name string
	var wrong error
	err = each(func() {
		t, err := tasks.read(subject.subject(), body)
		if err != nil {
			wrong = err
		}
		list = append(list, task.Listed{Task: t, Owner: name})
		body = nil // the next is another
	}, append(subject.dest(), &body, &name)...).rows(rows)
	if err == nil {
		err = wrong
	}
	return list, unread(err)
}

// A leader's people are few; what each has open is counted along the index, as far as a count is worth reading.
const sqlTaskCounts = below + `
SELECT p.id, p.employee_no, p.name, c.open, c.late, c.today
  FROM below
  JOIN LATERAL (SELECT * FROM people WHERE id = below.id OFFSET 0) p ON true
 CROSS JOIN LATERAL (SELECT count(*) AS open, count(*) FILTER (WHERE t.due_on < @today) AS late,
                            count(*) FILTER (WHERE t.due_on = @today) AS today
                       FROM (SELECT t.due_on FROM tasks t WHERE t.owner_id = p.id AND t.open ORDER BY t.due_on LIMIT @most) t) c
 WHERE p.id <> @manager AND p.active AND c.open > 0
 ORDER BY c.late DESC, p.employee_no
 LIMIT @limit`

// TaskCounts counts what those below somebody have to do, who is late first.
func (s *Store) TaskCounts(ctx context.Context, manager workflows.PersonID, today workflows.Date, limit int) ([]task.Count, error) {
	rows, err := s.pool.Query(ctx, sqlTaskCounts, args{"manager": int64(manager), "today": today.String(), "most": workflows.MostCounted,
		"limit": limit})
	if err != nil {
		return nil, unread(err)
	}
	var list []task.Count
	var c task.Count
	err = each(func() { list = append(list, c) }, &c.Person.ID, &c.Person.No, &c.Person.Name, &c.Open, &c.Late, &c.Today).rows(rows)
	return list, unread(err)
}

const sqlOpenTasksOf = `
SELECT t.id::text
  FROM tasks t
 WHERE t.source_id = @source AND t.open AND (@part = '' OR t.part = @part)
 ORDER BY t.id
 LIMIT @limit`

// OpenTasksOf lists what a source gave out and nobody has done, all of it or of one part.
func (s *Store) OpenTasksOf(ctx context.Context, source workflows.SubjectID, part string, limit int) ([]workflows.SubjectID, error) {
	rows, err := s.pool.Query(ctx, sqlOpenTasksOf, args{"source": uuidArg(source), "part": part, "limit": limit})
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[workflows.SubjectID])
	return list, unread(err)
}
