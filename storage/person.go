package storage

import (
	"context"

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

const sqlBoundPerson = `
SELECT ` + personColumns + `
  FROM bindings b
  JOIN people p ON b.party_kind = 'person' AND p.id = b.party_id
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL AND p.active`

const sqlBoundParty = `
SELECT b.party_kind, b.party_id
  FROM bindings b
  JOIN parties p ON p.kind = b.party_kind AND p.id = b.party_id
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL AND p.active`

// BoundParty finds the active party that a chat user is bound to, with the person that it is if it is one; Unknown when there is none.
func (s *Store) BoundParty(ctx context.Context, u workflows.ChatUser) (workflows.Party, workflows.Person, error) {
	b := &pgx.Batch{}
	var party workflows.Party
	var p personScan
	queue(b, sqlBoundParty, chatUser(u), one(&party.Kind, &party.ID))
	queue(b, sqlBoundPerson, chatUser(u), one(p.dest()...))
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return party, workflows.Person{}, unread(err)
	}
	if party.ID == 0 {
		return party, workflows.Person{}, workflows.Refuse(workflows.Unknown, "person.unknown", nil)
	}
	return party, p.person(), nil
}

// BoundPerson finds the active person that a chat user is bound to; Unknown when there is none.
func (s *Store) BoundPerson(ctx context.Context, u workflows.ChatUser) (workflows.Person, error) {
	return s.person(ctx, sqlBoundPerson, chatUser(u))
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

// As sqlFindAccounts does for accounts.
const sqlFindPeople = `
SELECT ` + personColumns + `,
       CASE WHEN lower(p.employee_no) = lower(@typed) THEN 0
            WHEN lower(p.name) = lower(@typed) OR lower(p.email) = lower(@typed) THEN 1
            ELSE 2 END AS fit
  FROM people p
 WHERE p.active AND (lower(p.employee_no) = lower(@typed) OR lower(p.email) = lower(@typed) OR p.name ILIKE @pattern)
 ORDER BY fit, p.employee_no
 LIMIT @limit`

// FindPeople lists those who work here whom somebody may mean by what they typed: an employee number, a name or a part of it, an address.
func (s *Store) FindPeople(ctx context.Context, typed string, limit int) ([]workflows.Person, error) {
	rows, err := s.pool.Query(ctx, sqlFindPeople, typedArgs(typed, limit))
	if err != nil {
		return nil, unread(err)
	}
	var found []workflows.Person
	var p personScan
	var fit int
	best := -1
	err = each(func() {
		if best < 0 {
			best = fit
		}
		if fit == best {
			found = append(found, p.person())
		}
	}, p.dest(&fit)...)(rows)
	return found, unread(err)
}

const sqlPeopleNamed = `
SELECT ` + personColumns + `
  FROM people p
 WHERE p.active AND (string_to_array(lower(p.name), ' ') && @words::text[] OR lower(p.employee_no) = ANY (@words::text[])
       OR lower(p.email) = ANY (@words::text[]))
 ORDER BY p.employee_no
 LIMIT @limit`

// PeopleNamed lists those who work here who have one of the words, in small letters, in their name, or for their number or address. It
// reads everybody who works here, and is for what somebody typed.
func (s *Store) PeopleNamed(ctx context.Context, words []string, limit int) ([]workflows.Person, error) {
	if len(words) == 0 {
		return nil, nil
	}
	return s.people(ctx, sqlPeopleNamed, args{"words": words, "limit": limit})
}

const sqlActivePeople = `SELECT ` + personColumns + ` FROM people p WHERE p.active ORDER BY p.employee_no`

// ActivePeople lists everyone who works here.
func (s *Store) ActivePeople(ctx context.Context) ([]workflows.Person, error) {
	return s.people(ctx, sqlActivePeople, args{})
}
