package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// What an import of people leaves as it is, and somebody may want to see to: requests of whoever leaves, and those that wait for a manager
// who is theirs no more.

const sqlImportLeavers = `
SELECT r.requester_id, s.number, coalesce(k.approved, false), coalesce(lower(k.halves), 0), coalesce(upper(k.halves), 0)
  FROM requests r
  JOIN subjects s ON s.id = r.id
  LEFT JOIN bookings k ON k.subject_id = r.id
 WHERE r.requester_id = ANY (@people::bigint[])
   AND CASE WHEN k.approved THEN upper(k.halves) > @half ELSE NOT s.final END
 ORDER BY r.requester_id, r.submitted_at, r.id`

const sqlImportOldManagers = `
SELECT DISTINCT r.requester_id, s.number, r.submitted_at
  FROM unnest(@people::bigint[], @managers::bigint[]) AS m (person, manager)
  JOIN requests r ON r.requester_id = m.person
  JOIN subjects s ON s.id = r.id AND NOT s.final
  JOIN turns t ON t.request_id = r.id AND t.person_id = m.manager AND t.state = 'open'
 ORDER BY r.requester_id, r.submitted_at, s.number`

// behind is what stays of one person.
type behind struct{ waiting, ahead, withOldManager []string }

func (s *staff) stayBehind(ctx context.Context, tx pgx.Tx, plan *Plan, now time.Time) error {
	var left, moved, managers []int64
	for _, no := range s.order {
		was, is := s.was[no], s.is[no]
		if was.Active && !is.Active {
			left = append(left, int64(was.ID))
		}
		if old, known := s.is[was.manager]; known && old.Active && was.manager != is.manager && is.Active {
			moved, managers = append(moved, int64(was.ID)), append(managers, int64(old.ID))
		}
	}
	if len(left)+len(moved) == 0 {
		return nil
	}
	people := map[workflows.PersonID]*behind{}
	of := func(id workflows.PersonID) *behind {
		if people[id] == nil {
			people[id] = &behind{}
		}
		return people[id]
	}
	trip := &Trip{}
	var id workflows.PersonID
	var number string
	var approved bool
	var span workflows.Span
	var at time.Time
	queue(trip, sqlImportLeavers, args{"people": left, "half": 2 * workflows.DateOf(now.UTC()).Days()}, each(func() {
		if !approved {
			of(id).waiting = append(of(id).waiting, number)
			return
		}
		first, _ := span.First()
		last, _ := span.Last()
		of(id).ahead = append(of(id).ahead, fmt.Sprintf("%s (%s – %s)", number, first, last))
	}, &id, &number, &approved, &span.Start, &span.End))
	queue(trip, sqlImportOldManagers, args{"people": moved, "managers": managers}, each(func() {
		of(id).withOldManager = append(of(id).withOldManager, number)
	}, &id, &number, &at))
	if err := trip.send(ctx, tx); err != nil {
		return err
	}
	for _, no := range s.order {
		was, line := s.was[no], s.lineOf[no]
		stays := people[was.ID]
		if was.No == "" || stays == nil {
			continue
		}
		if len(stays.waiting) > 0 {
			plan.warn(line, "%s leaves, and their requests go on waiting: %s; to end one: nod request NUMBER close -reason …", titled(was),
				first(stays.waiting))
		}
		if len(stays.ahead) > 0 {
			plan.warn(line, "%s leaves, and what was approved stays booked: %s", titled(was), first(stays.ahead))
		}
		if len(stays.withOldManager) > 0 {
			plan.warn(line, "%s has another manager, but these requests stay with %s: %s; to move one: nod request NUMBER reassign "+
				"-to EMPLOYEE_NO -reason …", titled(was), titled(s.was[was.manager]), first(stays.withOldManager))
		}
	}
	return nil
}

// first joins the first of a list of requests, and says how many more there are.
func first(numbers []string) string {
	const most = 5
	if more := len(numbers) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(numbers[:most], ", "), more)
	}
	return strings.Join(numbers, ", ")
}
