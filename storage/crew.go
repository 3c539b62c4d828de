package storage

import (
	"time"

	"github.com/nod-chat/nod/workflows"
)

// Everybody whom a task or a plan has to do with: those whom it names, whoever acts, whom a press names, those who hold a role, and every
// manager above each of them; and which of them some chat reaches. named lists those whom a subject names, in SQL.
const (
	crewActs = `
WITH RECURSIVE seed AS (
	SELECT unnest(@ids::bigint[]) AS id
	UNION SELECT b.party_id FROM bindings b WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL
	             AND b.party_kind = 'person'
	UNION SELECT p.id FROM people p WHERE p.active AND p.roles <> '{}' AND p.roles && @roles::text[]
	UNION SELECT p.id FROM people p WHERE p.employee_no = ANY (@people::text[])
	UNION `
	crewReached = `,
       coalesce((SELECT true FROM bindings b
                  WHERE b.party_kind = 'person' AND b.party_id = p.id AND b.ended_at IS NULL AND b.gone_at IS NULL
                  LIMIT 1), false)`
)

// crew says whose facts are loaded of a task or plan.
type crew struct {
	Subject workflows.SubjectID // of an existing one; empty for a new one
	IDs     []workflows.PersonID
	User    workflows.ChatUser // the actor
}

// loadCrew queues what a task or plan is decided by. sql names its people; the facts are whole when finish has been called.
func loadCrew(trip *Trip, sql string, c crew, w workflows.Wants, now time.Time, f *workflows.Facts) (finish func()) {
	f.Now, f.Reached = now, map[workflows.PersonID]bool{}
	var people []workflows.Person
	var p personScan
	var away, reached bool
	queue(trip, sql, with(chatUser(c.User), args{"subject": uuidArg(c.Subject), "ids": ids(c.IDs), "roles": orEmpty(w.Roles),
		"people": orEmpty(w.People), "now": now}), each(func() {
		person := p.person()
		person.Away = away
		people = append(people, person)
		f.Reached[person.ID] = reached
	}, p.dest(&away, &reached)...))
	if len(w.Files) > 0 {
		f.Files = map[string]workflows.File{}
		queueFiles(trip, sqlFilesLocked, w.Files, c.Subject, f.Files)
	}
	if len(w.Clocks) > 0 {
		loadClocks(trip, whose{}, w, now, f)
	}
	return func() { f.Org = workflows.NewOrg(people...) }
}
