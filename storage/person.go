package storage

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const sqlPersonByID = `SELECT ` + personColumns + ` FROM people p WHERE p.id = @id`

// Person finds a person by id; Unknown when there is none.
func (s *Store) Person(ctx context.Context, id workflows.PersonID) (workflows.Person, error) {
	return s.person(ctx, sqlPersonByID, args{"id": int64(id)})
}

const sqlBankAccounts = `SELECT p.id, p.bank_account FROM people p WHERE p.id = ANY (@people::bigint[]) AND p.bank_account <> ''`

// BankAccounts gives where people are paid, of those of whom it is known. Only finance may see them, and no log may.
func (s *Store) BankAccounts(ctx context.Context, people []workflows.PersonID) (map[workflows.PersonID]string, error) {
	accounts := map[workflows.PersonID]string{}
	rows, err := s.pool.Query(ctx, sqlBankAccounts, args{"people": ids(people)})
	if err != nil {
		return nil, unread(err)
	}
	var id workflows.PersonID
	var account string
	err = each(func() { accounts[id] = account }, &id, &account).rows(rows)
	return accounts, unread(err)
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
	trip := &Trip{}
	var party workflows.Party
	var p personScan
	queue(trip, sqlBoundParty, chatUser(u), one(&party.Kind, &party.ID))
	queue(trip, sqlBoundPerson, chatUser(u), one(p.dest()...))
	if err := trip.send(ctx, s.pool); err != nil {
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
	people, err := pgx.CollectRows(rows, scanPerson)
	return people, unread(err)
}

// namedPeople picks those who work here whom somebody may mean, in SQL: by employee number, alone or before the name; by name or address;
// by words of the name, in any order; by a part of it. What fits best hides the rest.
const namedPeople = `
SELECT ` + personColumns + `,
       CASE WHEN lower(@typed) IN (lower(p.employee_no), lower(p.employee_no || ' ' || p.name)) THEN 0
            WHEN lower(@typed) IN (lower(p.name), lower(p.email)) THEN 1
            WHEN string_to_array(lower(@typed), ' ') <@ string_to_array(lower(p.name), ' ') THEN 2
            ELSE 3 END AS fit
  FROM people p
 WHERE p.active AND (lower(@typed) IN (lower(p.employee_no), lower(p.employee_no || ' ' || p.name), lower(p.email))
       OR p.name ILIKE @pattern OR string_to_array(lower(@typed), ' ') <@ string_to_array(lower(p.name), ' '))`

// As sqlFindAccounts does for accounts.
const sqlFindPeople = namedPeople + `
 ORDER BY fit, p.employee_no
 LIMIT @limit`

// FindPeople lists those who work here whom somebody may mean by what they typed: an employee number, a name or a part of it, an address.
func (s *Store) FindPeople(ctx context.Context, typed string, limit int) ([]workflows.Person, error) {
	return s.findPeople(ctx, sqlFindPeople, typed, args{"limit": limit})
}

// below are a person and all those below them, whoever of them still works here, in SQL. UNION ends the walk where managers form a circle.
const below = `
WITH RECURSIVE below AS (
	SELECT @manager::bigint AS id
	UNION
	SELECT p.id FROM below JOIN people p ON p.manager_id = below.id
)`

const sqlFindPeopleBelow = below + namedPeople + ` AND p.id IN (SELECT id FROM below)
 ORDER BY fit, p.employee_no
 LIMIT @limit`

// FindPeopleOf lists those of whom FindPeople finds for whom somebody may act: hr for anyone, a manager for the people below, and everybody
// for themselves.
func (s *Store) FindPeopleOf(ctx context.Context, actor workflows.Person, typed string, limit int) ([]workflows.Person, error) {
	if actor.Has("hr") {
		return s.FindPeople(ctx, typed, limit)
	}
	return s.findPeople(ctx, sqlFindPeopleBelow, typed, args{"manager": int64(actor.ID), "limit": limit})
}

func (s *Store) findPeople(ctx context.Context, sql, typed string, more args) ([]workflows.Person, error) {
	if typed = workflows.TypedName(typed); typed == "" { // a part of every name
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, sql, with(nameArgs(typed), more))
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
	}, p.dest(&fit)...).rows(rows)
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

// sqlPeopleBelow is without an order, so that it walks no further than to as many as are wanted: it is asked whenever a form is drawn, of a
// director too.
const sqlPeopleBelow = below + `
SELECT ` + personColumns + `
  FROM below
  JOIN people p ON p.id = below.id
 WHERE p.active
 LIMIT @limit`

const sqlPeople = `SELECT ` + personColumns + ` FROM people p WHERE p.active ORDER BY p.employee_no LIMIT @limit`

// PeopleOf lists those for whom somebody may act, as FindPeopleOf says, themselves among them. With limit of them it has left others out.
func (s *Store) PeopleOf(ctx context.Context, actor workflows.Person, limit int) ([]workflows.Person, error) {
	if actor.Has("hr") {
		return s.people(ctx, sqlPeople, args{"limit": limit})
	}
	people, err := s.people(ctx, sqlPeopleBelow, args{"manager": int64(actor.ID), "limit": limit})
	slices.SortFunc(people, func(a, b workflows.Person) int { return cmp.Compare(a.No, b.No) })
	return people, err
}

const sqlActivePeople = `SELECT ` + personColumns + ` FROM people p WHERE p.active ORDER BY p.employee_no`

// ActivePeople lists everyone who works here.
func (s *Store) ActivePeople(ctx context.Context) ([]workflows.Person, error) {
	return s.people(ctx, sqlActivePeople, args{})
}
