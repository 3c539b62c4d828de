package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const sqlPersonByID = `SELECT ` + personColumns + ` FROM people p WHERE p.id = @id`

// Person finds a person by id; Unknown when there is none.
func (s *Store) Person(ctx context.Context, id workflows.PersonID) (workflows.Person, error) {
	return s.person(ctx, sqlPersonByID, args{"id": int64(id)})
}

const sqlPersonByNo = `SELECT ` + personColumns + ` FROM people p WHERE p.employee_no = @no`

// PersonByNo finds a person by employee number; Unknown when there is none.
func (s *Store) PersonByNo(ctx context.Context, no string) (workflows.Person, error) {
	return s.person(ctx, sqlPersonByNo, args{"no": no})
}

// BoundPerson finds the active person that a chat user is bound to; Unknown when there is none.
func (s *Store) BoundPerson(ctx context.Context, platform, team, user string) (workflows.Person, error) {
	return s.person(ctx, sqlActor, args{"platform": platform, "team": team, "user": user})
}

func (s *Store) person(ctx context.Context, sql string, a args) (workflows.Person, error) {
	people, err := s.people(ctx, sql, a)
	if err != nil {
		return workflows.Person{}, err
	}
	if len(people) == 0 {
		return workflows.Person{}, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
	}
	return people[0], nil
}

func (s *Store) people(ctx context.Context, sql string, a args) ([]workflows.Person, error) {
	rows, err := s.pool.Query(ctx, sql, a)
	if err != nil {
		return nil, unread(err)
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Person, error) {
		var p personScan
		err := row.Scan(p.dest()...)
		return p.person(), err
	})
	return people, unread(err)
}

const sqlActivePeople = `SELECT ` + personColumns + ` FROM people p WHERE p.active ORDER BY p.employee_no`

// ActivePeople lists everyone who works here.
func (s *Store) ActivePeople(ctx context.Context) ([]workflows.Person, error) {
	return s.people(ctx, sqlActivePeople, args{})
}

// What waits for the person is shown to them in the new chat.
const sqlBind = `
WITH bound AS (
	INSERT INTO bindings (person_id, platform, team, user_id, bound_at)
	VALUES (@person, @platform, @team, @user, @now)
	ON CONFLICT (platform, team, user_id) WHERE ended_at IS NULL DO NOTHING
	RETURNING id, person_id
)
INSERT INTO cards (id, request_id, binding_id, wanted, next_at)
SELECT gen_random_uuid(), r.id, b.id, r.seq, now()
  FROM bound b
  JOIN tasks t ON t.person_id = b.person_id AND t.state = 'open'
  JOIN requests r ON r.id = t.request_id`

// Bind makes a chat user known to be a person, unless they are known as somebody already.
func (s *Store) Bind(ctx context.Context, person workflows.PersonID, platform, team, user string, now time.Time) error {
	_, err := s.pool.Exec(ctx, sqlBind, args{"person": int64(person), "platform": platform, "team": team, "user": user, "now": now})
	return err
}
