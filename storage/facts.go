package storage

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// whose says whose facts are loaded: of an existing request, or of a person who may be about to make one.
type whose struct {
	Subject   workflows.SubjectID // of an existing request; empty for a new one
	Requester workflows.PersonID  // zero: the request's
	User      workflows.ChatUser  // the actor
	Taking    bool                // the files that are wanted are about to be taken
}

func (w whose) args(more ...args) args {
	return with(append(more, args{"requester": int64(w.Requester), "subject": uuidArg(w.Subject)})...)
}

// requester is the person whose facts are loaded, in SQL. Each statement names it afresh, because all of them leave in one trip.
const requester = `coalesce(nullif(@requester::bigint, 0), (SELECT requester_id FROM requests WHERE id = @subject::uuid))`

// personColumns are also of nobody, where a join found none.
const personColumns = `coalesce(p.id, 0), coalesce(p.employee_no, ''), coalesce(p.name, ''), coalesce(p.email, ''),
	coalesce(p.manager_id, 0), coalesce(p.department, ''), coalesce(p.title, ''), coalesce(p.roles, '{}'), coalesce(p.country, ''),
	coalesce(p.timezone, ''), coalesce(p.language, ''), p.hired_on, p.first_employed_on, coalesce(p.tier, ''), coalesce(p.pattern, ''),
	coalesce(p.active, false)`

type personScan struct {
	p            workflows.Person
	hired, first pgtype.Date
}

func (s *personScan) dest(more ...any) []any {
	p := &s.p
	return append([]any{&p.ID, &p.No, &p.Name, &p.Email, &p.Manager, &p.Department, &p.Title, &p.Roles, &p.Country, &p.Zone, &p.Language,
		&s.hired, &s.first, &p.Tier, &p.Pattern, &p.Active}, more...)
}

func (s *personScan) person() workflows.Person {
	p := s.p
	p.HiredOn, p.FirstEmployedOn = date(s.hired), date(s.first)
	return p
}

// scanPerson reads a row of personColumns and nothing else.
func scanPerson(row pgx.CollectableRow) (workflows.Person, error) {
	var p personScan
	err := row.Scan(p.dest()...)
	return p.person(), err
}

// Everybody whom the route may name or move on to: the requester, whoever acts, the approvers so far, the roles and people named, the
// heads of the department, and every manager above each of them. UNION ends the walk where managers form a circle. LATERAL … OFFSET 0 has
// each of the few looked up by key: Postgres expects thousands of rows of a recursive query and would read the whole table.
const sqlOrg = `
WITH RECURSIVE me AS (
	SELECT p.* FROM people p WHERE p.id = ` + requester + `
), seed AS (
	SELECT id FROM me
	UNION SELECT b.party_id FROM bindings b WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL
	             AND b.party_kind = 'person'
	UNION SELECT t.person_id FROM turns t WHERE t.request_id = @subject::uuid
	UNION SELECT unnest(ARRAY[r.requester_id, r.submitted_by_id]) FROM requests r WHERE r.id = @subject::uuid
	UNION SELECT (jsonb_array_elements(jsonb_path_query_array(r.steps, '$[*].slots[*].people[*]')))::bigint FROM requests r
	             WHERE r.id = @subject::uuid
	UNION SELECT p.id FROM people p WHERE p.active AND p.roles <> '{}' AND p.roles && @roles::text[]
	UNION SELECT p.id FROM people p WHERE p.employee_no = ANY (@people::text[])
	UNION SELECT p.id FROM me JOIN people p ON p.department = me.department AND p.active LEFT JOIN people m ON m.id = p.manager_id
	       WHERE me.department <> '' AND m.department IS DISTINCT FROM p.department
), ` + orgAbove

// Whose a request is and whom it asks, for a move that asks nobody else. Where its route goes on behind it, to a further place or step,
// also whom that names, those above them, and the last resort: whoever is asked may be away, or have left.
const sqlConcerned = `
WITH RECURSIVE r AS (
	SELECT @n::integer AS n, r.step + 1 < jsonb_array_length(r.steps) OR jsonb_array_length(r.steps -> r.step -> 'slots') > 1 AS goes_on,
	       r.requester_id, r.submitted_by_id, r.id, r.steps
	  FROM @each
	  JOIN requests r ON r.id = @subject::uuid
), seed AS (
	SELECT r.n, unnest(ARRAY[r.requester_id, r.submitted_by_id]) AS id FROM r
	UNION SELECT r.n, unnest(ARRAY[t.person_id, t.for_id]) FROM r, LATERAL (SELECT * FROM turns WHERE request_id = r.id OFFSET 0) t
	UNION SELECT r.n, p.id FROM r, LATERAL (
		SELECT p::text::bigint AS id FROM jsonb_path_query(r.steps, '$[*].slots[*].people[*]') p WHERE r.goes_on OFFSET 0) p
	UNION SELECT r.n, p.id FROM @each JOIN r ON r.n = @n::integer, LATERAL (
		SELECT id FROM people
		 WHERE r.goes_on AND active AND roles <> '{}' AND roles && ARRAY(SELECT jsonb_array_elements_text(@roles::jsonb)) OFFSET 0) p
), up AS (
	SELECT seed.n, p.id, p.manager_id FROM seed, LATERAL (SELECT id, manager_id FROM people WHERE id = seed.id OFFSET 0) p
	UNION
	SELECT up.n, m.id, m.manager_id FROM up JOIN r ON r.n = up.n AND r.goes_on, LATERAL (
		SELECT id, manager_id FROM people WHERE id = up.manager_id OFFSET 0) m
)
SELECT @n::integer, ` + personColumns + `,
       r.goes_on AND EXISTS (SELECT FROM bookings k WHERE k.person_id = p.id AND k.approved AND k.away AND k.halves @> ` + halfNow + `)
  FROM @each
  JOIN r ON r.n = @n::integer
  JOIN up ON up.n = r.n,
       LATERAL (SELECT * FROM people WHERE id = up.id OFFSET 0) p`

// orgAbove ends a query of people: those of seed, and every manager above each of them, with whether they are away; more columns may stand
// between its two parts.
const orgAbove = orgColumns + orgFrom

const orgColumns = `up AS (
	SELECT p.id, p.manager_id FROM seed, LATERAL (SELECT id, manager_id FROM people WHERE id = seed.id OFFSET 0) p
	UNION
	SELECT m.id, m.manager_id FROM up, LATERAL (SELECT id, manager_id FROM people WHERE id = up.manager_id OFFSET 0) m
)
SELECT ` + personColumns + awayNow

const awayNow = `,
       EXISTS (SELECT FROM bookings k
                WHERE k.person_id = p.id AND k.approved AND k.away
                  AND k.halves @> ` + halfNow + `)`

const orgFrom = `
  FROM up, LATERAL (SELECT * FROM people WHERE id = up.id OFFSET 0) p`

const sqlBusy = `
SELECT k.person_id, s.number, lower(k.halves), upper(k.halves), k.approved, r.form
  FROM bookings k
  JOIN requests r ON r.id = k.subject_id
  JOIN subjects s ON s.id = k.subject_id
 WHERE k.person_id = ` + requester + ` AND k.halves && int4range(@start, @end) AND k.subject_id IS DISTINCT FROM @subject::uuid
 ORDER BY lower(k.halves)`

const sqlTeam = `
SELECT k.person_id, p.name, lower(k.halves), upper(k.halves), k.approved
  FROM people me
  JOIN people p ON p.active AND p.id <> me.id
   AND (p.manager_id = me.manager_id OR p.department = me.department AND me.department <> '')
  JOIN bookings k ON k.person_id = p.id AND k.away AND upper(k.halves) > @start AND lower(k.halves) < @end
 WHERE me.id = ` + requester + `
 ORDER BY lower(k.halves), p.name
 LIMIT 20`

const sqlClaimed = `
SELECT c.key, s.number, coalesce(r.requester_id, 0)
  FROM claims c
  JOIN subjects s ON s.id = c.subject_id
  LEFT JOIN requests r ON r.id = c.subject_id
 WHERE c.key = ANY (@keys::text[]) AND s.id IS DISTINCT FROM @subject::uuid`

const sqlCalendar = `
SELECT c.date, c.kind, c.name
  FROM calendar_days c
  JOIN people p ON p.country = c.country
 WHERE p.id = ` + requester + ` AND c.date BETWEEN @from AND @to`

// clockPeople are those whose working hours are wanted, in SQL. What the few of them have is looked up for each: Postgres expects more of
// them, and would read what everybody has.
const clockPeople = `
  FROM @each, LATERAL (
	SELECT * FROM people
	 WHERE id = ANY (ARRAY(SELECT jsonb_array_elements_text(@people::jsonb)::bigint) || ARRAY(
		SELECT t.person_id FROM turns t WHERE t.request_id = @subject::uuid AND t.state = 'open' AND @open::boolean)) OFFSET 0) p`

const sqlClockPeople = `SELECT @n::integer, ` + personColumns + clockPeople

const sqlClockDays = `SELECT @n::integer, p.id, c.date, c.kind, c.name` + clockPeople + `, LATERAL (
	SELECT * FROM calendar_days WHERE country = p.country AND date BETWEEN @from::date AND @to::date OFFSET 0) c`

const sqlClockAway = `SELECT @n::integer, p.id, lower(k.halves), upper(k.halves)` + clockPeople + `, LATERAL (
	SELECT * FROM bookings WHERE person_id = p.id AND upper(halves) > @start::integer AND approved AND away OFFSET 0) k`

// clockDays is how far ahead a person's calendar is loaded for their clock; the shipped years reach further.
const clockDays = 90

// load queues the statements that bring the facts that are wanted; they are read when the batch is closed.
func load(trip *Trip, s whose, w workflows.Wants, now time.Time, f *workflows.Facts) (finish func()) {
	f.Now = now
	var people []workflows.Person
	var p personScan
	var away bool
	found := each(func() {
		person := p.person()
		person.Away = away
		people = append(people, person)
	}, p.dest(&away)...)
	if w.Concerned && len(w.People) == 0 {
		queue(trip, sqlConcerned, args{"subject": string(s.Subject), "roles": orEmpty(w.Roles), "now": now}, found)
	} else {
		queue(trip, sqlOrg, s.args(chatUser(s.User), args{"roles": orEmpty(w.Roles), "people": orEmpty(w.People), "now": now}), found)
	}

	if w.Ledger {
		loadLedgers(trip, s, f)
	}
	if !w.Span.Empty() {
		span := args{"start": w.Span.Start, "end": w.Span.End}
		var y workflows.Busy
		around := args{"start": min(w.Span.Start, w.Around.Start), "end": max(w.Span.End, w.Around.End)}
		if w.Around.Empty() {
			around = span
		}
		queue(trip, sqlBusy, s.args(around), each(func() {
			f.Busy = append(f.Busy, y)
			y.Form = nil // the next is another
		}, &y.Person, &y.Number, &y.Span.Start, &y.Span.End, &y.Approved, &y.Form))
		var t workflows.Busy
		queue(trip, sqlTeam, s.args(span), each(func() { f.Team = append(f.Team, t) }, &t.Person, &t.Name, &t.Span.Start, &t.Span.End,
			&t.Approved))
	}
	if len(w.Accounts) > 0 {
		loadAccounts(trip, w.Accounts, f)
	}
	if len(w.Rates) > 0 {
		loadRates(trip, w.Rates, f)
	}
	if len(w.Claims) > 0 {
		var key string
		var by workflows.Claimed
		f.Claimed = map[string]workflows.Claimed{}
		queue(trip, sqlClaimed, args{"keys": w.Claims, "subject": uuidArg(s.Subject)},
			each(func() { f.Claimed[key] = by }, &key, &by.Number, &by.Requester))
	}
	if !w.Charges.From.IsZero() {
		loadCharges(trip, s, w.Charges, f)
	}
	if len(w.Files) > 0 {
		f.Files = map[string]workflows.File{}
		sql := sqlFilesOf
		if s.Taking {
			sql = sqlFilesLocked
		}
		queueFiles(trip, sql, w.Files, s.Subject, f.Files)
	}
	if !w.From.IsZero() {
		var day workflows.CalendarDay
		var on pgtype.Date
		queue(trip, sqlCalendar, s.args(args{"from": dateArg(w.From), "to": dateArg(w.To)}), each(func() {
			day.Date = date(on)
			f.Calendar = append(f.Calendar, day)
		}, &on, &day.Kind, &day.Name))
	}
	if len(w.Clocks) > 0 || w.OpenClocks {
		loadClocks(trip, s, w, now, f)
	}
	return func() {
		f.Org = workflows.NewOrg(people...)
	}
}

// loadClocks queues what working hours are made of. The people come first, so that what follows finds them.
func loadClocks(trip *Trip, s whose, w workflows.Wants, now time.Time, f *workflows.Facts) {
	today := workflows.DateOf(now)
	who := args{"subject": uuidArg(s.Subject), "people": ids(w.Clocks), "open": w.OpenClocks}
	f.Clocks = map[workflows.PersonID]workflows.ClockFacts{}
	var p personScan
	queue(trip, sqlClockPeople, who, each(func() { f.Clocks[p.p.ID] = workflows.ClockFacts{Person: p.person()} }, p.dest()...))
	var id workflows.PersonID
	var day workflows.CalendarDay
	var on pgtype.Date
	queue(trip, sqlClockDays, with(who, args{"from": dateArg(today.AddDays(-1)), "to": dateArg(today.AddDays(clockDays))}), each(func() {
		c := f.Clocks[id]
		day.Date = date(on)
		c.Days = append(c.Days, day)
		f.Clocks[id] = c
	}, &id, &on, &day.Kind, &day.Name))
	var span workflows.Span
	queue(trip, sqlClockAway, with(who, args{"start": 2 * (today.Days() - 1)}), each(func() {
		c := f.Clocks[id]
		c.Away = append(c.Away, span)
		f.Clocks[id] = c
	}, &id, &span.Start, &span.End))
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
