package storage

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/storage/table"
	"github.com/nod-chat/nod/workflows"
)

// PeopleColumns are those of a people file.
var PeopleColumns = append(
	table.Required("employee_no", "name", "email", "manager_no", "department", "title", "roles", "country", "timezone", "language",
		"hired_on"),
	table.Optional("first_employed_on", "tier", "active", "pattern", "bank_account")...)

// PeopleRules are what a people file is held to besides its columns.
type PeopleRules struct {
	Patterns   []string            // the weekly patterns that the policy names
	SamePerson []string            // employee numbers whose holder is the same person, whatever changes
	TimesOfDay []workflows.DueSort // what keeps its time of day when its person moves
}

// ImportPeople imports a people file: whoever is new is added, whoever is known is brought up to date, everybody else stays. A column
// that the file leaves out stays as it is too.
func (s *Store) ImportPeople(t table.Table, rules PeopleRules, now time.Time) Import {
	return Import{store: s, table: t, lock: sqlImportPeopleLock, plan: func(ctx context.Context, tx pgx.Tx, t table.Table) (Plan, error) {
		return planPeople(ctx, tx, t, rules, now)
	}}
}

const sqlImportPeople = `SELECT ` + personColumns + `, p.bank_account FROM people p ORDER BY p.employee_no`

const sqlImportPersonNew = `
INSERT INTO people (employee_no, name, email, department, title, roles, country, timezone, language, hired_on, first_employed_on, tier,
       pattern, active, bank_account)
VALUES (@no, @name, @email, @department, @title, @roles, @country, @timezone, @language, @hired_on, @first_employed_on, @tier, @pattern,
       @active, @bank_account)`

const sqlImportPerson = `
UPDATE people
   SET name = @name, email = @email, department = @department, title = @title, roles = @roles, country = @country, timezone = @timezone,
       language = @language, hired_on = @hired_on, first_employed_on = @first_employed_on, tier = @tier, pattern = @pattern,
       active = @active, bank_account = @bank_account
 WHERE employee_no = @no`

// An address may pass from one person of a file to another, so those who give one up do so first.
const sqlImportFreeEmail = `UPDATE people SET email = '' WHERE id = ANY (@people::bigint[])`

const sqlImportManager = `
UPDATE people
   SET manager_id = (SELECT m.id FROM people m WHERE m.employee_no = @manager)
 WHERE employee_no = @no`

// What falls due for somebody at a time of their day, as a reminder, keeps that time of day where they move.
const sqlImportMoved = `
UPDATE due d
   SET at = (d.at AT TIME ZONE @was) AT TIME ZONE @is
 WHERE d.party_kind = 'person' AND d.party_id = @person AND d.at > @now AND ` + ofSorts

// Whoever is called otherwise now is so on the cards of what is open and names them: a request as its requester, as one who decides it or
// decided a step of it; a task as its owner, as who stands in, added it or is helped by it; a plan by their part in it, by what they signed
// off and as the owner of a task of it. What is closed keeps the name under which it was decided.
const sqlImportRenamed = `
UPDATE cards c
   SET ` + drawAgain + `
  FROM subjects s
 WHERE NOT s.final AND c.subject_id = s.id AND ` + drawn + `
   AND (EXISTS (SELECT FROM requests r
                 WHERE r.id = s.id
                   AND (r.requester_id = ANY (@people::bigint[]) OR r.submitted_by_id = ANY (@people::bigint[])
                        OR EXISTS (SELECT FROM turns t WHERE t.request_id = r.id AND t.person_id = ANY (@people::bigint[]))
                        OR EXISTS (SELECT FROM jsonb_path_query(r.steps, '$[*].slots[*].people[*]') p
                                    WHERE p::bigint = ANY (@people::bigint[]))))
        OR EXISTS (SELECT FROM tasks t
                    WHERE t.id = s.id
                      AND (t.owner_id = ANY (@people::bigint[]) OR (t.body ->> 'by')::bigint = ANY (@people::bigint[])
                           OR (t.body ->> 'about')::bigint = ANY (@people::bigint[])
                           OR EXISTS (SELECT FROM jsonb_path_query(t.helpers, '$[*]') p WHERE p::bigint = ANY (@people::bigint[]))))
        OR EXISTS (SELECT FROM plans l
                    WHERE l.id = s.id
                      AND (l.newcomer_id = ANY (@people::bigint[]) OR l.mentor_id = ANY (@people::bigint[])
                           OR l.manager_id = ANY (@people::bigint[])
                           OR (l.body ->> 'by')::bigint = ANY (@people::bigint[])
                           OR EXISTS (SELECT FROM jsonb_path_query(l.body, '$.phases[*].signed') p
                                       WHERE p::bigint = ANY (@people::bigint[]))
                           OR EXISTS (SELECT FROM tasks t
                                       WHERE t.source_id = l.id AND t.open AND t.owner_id = ANY (@people::bigint[])))))`

const sqlEndBindings = `
UPDATE bindings
   SET ended_at = @now
 WHERE party_kind = 'person' AND party_id = ANY (@people::bigint[]) AND ended_at IS NULL
RETURNING id, platform, user_id, bound_at`

// staff is a company as it is, and as it would be after an import. Managers are named by number, since a new one has no id yet.
type staff struct {
	was    map[string]member
	is     map[string]member
	lineOf map[string]int // of whoever the file names
	order  []string       // of the file
	chats  map[workflows.PersonID][]addressBinding
	loose  map[string][]string // numbers by what a spreadsheet leaves of them
	no     map[workflows.PersonID]string
}

const sqlImportChats = `
SELECT b.id, b.party_id, b.platform, b.address
  FROM bindings b
 WHERE b.ended_at IS NULL AND b.address <> '' AND b.party_kind = 'person'
 ORDER BY b.id`

type member struct {
	workflows.Person
	manager string
	bank    string // the bank account, which no line of a plan may show
}

func planPeople(ctx context.Context, tx pgx.Tx, t table.Table, rules PeopleRules, now time.Time) (Plan, error) {
	plan := Plan{now: now}
	company, err := readStaff(ctx, tx)
	if err != nil {
		return plan, err
	}
	zones, err := knownZones(ctx, tx, t)
	if err != nil {
		return plan, err
	}
	for _, row := range t.Rows {
		c := cells{row, &plan}
		no := c.key("employee_no")
		if first, twice := company.lineOf[no]; twice && no != "" {
			c.fault("employee_no", "%s is in line %d already; keep one of the two lines.", table.Show(no), first)
			continue
		}
		m := c.member(no, company.was[no], t, zones, rules.Patterns)
		if no != "" {
			company.is[no], company.lineOf[no] = m, row.Line
			company.order = append(company.order, no)
		}
	}
	company.checkNumbers(&plan)
	company.checkManagers(&plan)
	company.checkEmails(&plan)
	company.checkIdentities(&plan, rules.SamePerson)
	plan.sort()
	if len(plan.Faults) > 0 {
		return plan, nil
	}
	company.diff(&plan, rules.TimesOfDay, now)
	return plan, company.stayBehind(ctx, tx, &plan, now)
}

func readStaff(ctx context.Context, tx pgx.Tx) (staff, error) {
	company := staff{was: map[string]member{}, is: map[string]member{}, lineOf: map[string]int{},
		chats: map[workflows.PersonID][]addressBinding{}, loose: map[string][]string{}, no: map[workflows.PersonID]string{}}
	rows, err := tx.Query(ctx, sqlImportPeople, args{})
	if err != nil {
		return company, err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (member, error) {
		var p personScan
		var m member
		err := row.Scan(p.dest(&m.bank)...)
		m.Person = p.person()
		return m, err
	})
	if err != nil {
		return company, err
	}
	for _, p := range people {
		company.no[p.ID] = p.No
	}
	for _, p := range people {
		slices.Sort(p.Roles)
		p.manager = company.no[p.Manager]
		company.was[p.No], company.is[p.No] = p, p
		company.loose[table.Loose(p.No)] = append(company.loose[table.Loose(p.No)], p.No)
	}
	if rows, err = tx.Query(ctx, sqlImportChats, args{}); err != nil {
		return company, err
	}
	var id workflows.PersonID
	var c addressBinding
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &id, &c.Platform, &c.Address}, func() error {
		company.chats[id] = append(company.chats[id], c)
		return nil
	})
	return company, err
}

var roleForm = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// member reads a line about somebody who was so far as given; zero for somebody new.
func (c cells) member(no string, was member, t table.Table, zones map[string]bool, patterns []string) member {
	m := was
	if was.No == "" {
		m = member{Person: workflows.Person{No: no, Active: true}}
	}
	m.Name = c.required("name", 100)
	m.Email = c.email()
	m.manager = c.code("manager_no")
	m.Department = c.text("department", 100)
	m.Title = c.text("title", 100)
	m.Roles = c.roles()
	m.Country = c.country()
	m.Zone = c.zone(zones)
	m.Language = c.choice("language", workflows.Languages...)
	m.HiredOn = c.date("hired_on")
	if t.Has("first_employed_on") {
		m.FirstEmployedOn = c.date("first_employed_on")
	}
	if !m.HiredOn.IsZero() && m.FirstEmployedOn.After(m.HiredOn) {
		c.fault("first_employed_on", "%s is after hired_on, %s; it is the first day of the person's working life.", m.FirstEmployedOn,
			m.HiredOn)
	}
	if t.Has("tier") {
		m.Tier = c.choice("tier", "", "new", "senior", "expert")
	}
	if t.Has("active") {
		m.Active = c.truth("active", true)
	}
	if t.Has("pattern") {
		m.Pattern = c.choice("pattern", append([]string{""}, patterns...)...)
	}
	if t.Has("bank_account") {
		m.bank = c.bankAccount(m)
	}
	return m
}

// maxBankAccount is how many characters a bank account may have, which leaves room for the bank's name beside the longest number.
const maxBankAccount = 60

// rounded is a number that a spreadsheet may have rounded: it keeps fifteen digits, and makes zeros of those behind.
var rounded = regexp.MustCompile(`^\d{15}0+$`)

// bankAccount reads where somebody is paid. No sentence repeats what the cell holds.
func (c cells) bankAccount(m member) string {
	s := table.Code(c.row.Cell("bank_account"))
	unfit := func(r rune) bool { return r != ' ' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	switch {
	case table.Shortened(s):
		c.fault("bank_account", "The number was shortened by a spreadsheet; give the column the format Text there and write it in full.")
	case utf8.RuneCountInString(s) > maxBankAccount:
		c.fault("bank_account", "The account is too long; at most %d characters fit.", maxBankAccount)
	case strings.ContainsFunc(s, unfit):
		c.fault("bank_account", "An account has letters, digits, spaces and hyphens only; write it without other signs.")
	case rounded.MatchString(s):
		c.plan.warn(c.row.Line, "the bank account of %s ends in zeros behind fifteen digits, as a spreadsheet leaves a longer number; see "+
			"that it is right", titled(m))
	}
	return s
}

func (c cells) email() string {
	s := strings.ToLower(c.text("email", 254))
	if s == "" {
		return ""
	}
	// Whose case this program and the database may fold differently.
	beyondASCII := strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
	if address, err := mail.ParseAddress(s); err != nil || address.Address != s || beyondASCII {
		c.fault("email", "%s is no e-mail address; write it as name@example.com.", table.Show(s))
	}
	return s
}

func (c cells) roles() []string {
	roles := []string{}
	for role := range strings.SplitSeq(c.row.Cell("roles"), ";") {
		role = strings.TrimSpace(role)
		switch {
		case role == "":
		case len(role) > 40 || !roleForm.MatchString(role):
			c.fault("roles", "%s is no role; write roles in lower case with ; between them, as hr;sales.", table.Show(role))
		default:
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// eaten says how to keep a spreadsheet from changing numbers.
const eaten = "a spreadsheet takes leading zeros away, unless the column has the form Text"

// meant is a hint at the stored number that may be meant by one that is nobody's; empty when there is none.
func (s *staff) meant(no string) string {
	for _, other := range s.loose[table.Loose(no)] {
		if other != no {
			return fmt.Sprintf(" Is %s meant? If so: %s.", titled(s.was[other]), eaten)
		}
	}
	return ""
}

// checkNumbers warns of new numbers that may be another's after a spreadsheet has been at them.
func (s *staff) checkNumbers(plan *Plan) {
	here := map[string]string{}
	for _, no := range s.order {
		loose := table.Loose(no)
		others := s.loose[loose]
		if other, twice := here[loose]; twice {
			others = append(slices.Clone(others), other)
		}
		here[loose] = no
		for _, other := range others {
			if _, stored := s.was[no]; !stored && other != no {
				plan.warn(s.lineOf[no], "%s would be new beside %s: the same person? "+eaten, table.Show(no), titled(s.is[other]))
			}
		}
	}
}

// checkManagers refuses managers who do not exist, and circles.
func (s *staff) checkManagers(plan *Plan) {
	for _, no := range s.order {
		is := s.is[no]
		switch m, known := s.is[is.manager]; {
		case is.manager == "":
		case !known:
			plan.fault(s.lineOf[no], "manager_no", "%s is nobody's number, neither in this file nor among the people stored.%s",
				table.Show(is.manager), s.meant(is.manager))
		case is.Active && !m.Active:
			plan.warn(s.lineOf[no], "the manager of %s, %s, is not active; whoever is above decides instead", titled(is), titled(m))
		}
	}
	done := map[string]bool{}
	for _, no := range s.order {
		if circle := s.circle(no, done); circle != nil {
			line := s.lineOf[no]
			if i := slices.IndexFunc(circle, func(no string) bool { return s.lineOf[no] > 0 }); i >= 0 {
				line = s.lineOf[circle[i]]
			}
			plan.fault(line, "manager_no", "The managers form a circle: %s; give one of them another manager, or none.",
				strings.Join(append(circle, circle[0]), " → "))
		}
	}
}

// circle walks up from a person until it meets somebody twice, and gives those in between; nil when it ends at the top, or at those
// done before. It may close through people who are not in the file.
func (s *staff) circle(no string, done map[string]bool) []string {
	var way []string
	at := no
	for ; at != "" && !done[at]; at = s.is[at].manager {
		done[at] = true
		way = append(way, at)
	}
	if i := slices.Index(way, at); i >= 0 {
		return way[i:]
	}
	return nil
}

// checkEmails refuses an address that two active people would share: it is what a chat user is recognised by.
func (s *staff) checkEmails(plan *Plan) {
	holders := map[string]string{}
	for no, m := range s.is {
		if _, named := s.lineOf[no]; !named && m.Active && m.Email != "" {
			holders[strings.ToLower(m.Email)] = no
		}
	}
	for _, no := range s.order {
		m := s.is[no]
		if !m.Active || m.Email == "" {
			continue
		}
		other, taken := holders[m.Email]
		if !taken {
			holders[m.Email] = no
			continue
		}
		where := fmt.Sprintf("line %d", s.lineOf[other])
		if s.lineOf[other] == 0 {
			where = "stored"
		}
		plan.fault(s.lineOf[no], "email", "%s is the address of %s (%s) already; active people need one each.", m.Email,
			titled(s.is[other]), where)
	}
}

// checkIdentities refuses a number that changes name and address at once: what is somebody's, as chats, balances and requests, would be
// another person's from then on. Whoever confirms that it is the same person names the number.
func (s *staff) checkIdentities(plan *Plan, same []string) {
	for _, no := range s.order {
		was, is := s.was[no], s.is[no]
		renamed := was.No != "" && !strings.EqualFold(was.Name, is.Name)
		moved := is.Email != "" && !strings.EqualFold(was.Email, is.Email)
		if renamed && moved && !slices.Contains(same, no) {
			plan.fault(s.lineOf[no], "employee_no", "%s (%s) would become %s (%s): another person? A new person needs a number of their "+
				"own. If it is the same person, add -same %s.", titled(was), cmp.Or(was.Email, "no address"), workflows.Inert(is.Name),
				is.Email, no)
		}
	}
}

// diff says what changes, and plans the writes: rows first, then managers, who may only then all be there.
func (s *staff) diff(plan *Plan, timesOfDay []workflows.DueSort, now time.Time) {
	var managers []write
	var freed, renamed []int64
	for _, no := range s.order {
		was, is := s.was[no], s.is[no]
		line := s.lineOf[no]
		differs := changes(was, is)
		switch {
		case was.No == "":
			plan.say(line, "new: %s, %s", titled(is), describe(is))
			plan.write(sqlImportPersonNew, personArgs(is))
		case len(differs) == 0:
			plan.Unchanged++
			continue
		default:
			plan.say(line, "change: %s: %s", titled(was), strings.Join(differs, ", "))
			plan.write(sqlImportPerson, personArgs(is))
			plan.people = append(plan.people, was.ID)
			if was.Zone != is.Zone {
				plan.write(sqlImportMoved, sortArgs(timesOfDay,
					args{"was": was.Zone, "is": is.Zone, "person": int64(was.ID), "now": now}))
			}
			if was.Name != is.Name {
				renamed = append(renamed, int64(was.ID))
			}
			if was.Email != "" && (was.Email != is.Email || was.Active != is.Active) {
				freed = append(freed, int64(was.ID))
			}
			if was.Active && !is.Active {
				plan.Deactivated = append(plan.Deactivated, was.ID)
			}
		}
		plan.Changed++
		if was.manager != is.manager {
			managers = append(managers, write{sqlImportManager, args{"no": no, "manager": is.manager}})
		}
	}
	if len(freed) > 0 {
		plan.writes = append([]write{{sqlImportFreeEmail, args{"people": freed}}}, plan.writes...)
	}
	plan.writes = append(plan.writes, managers...)
	if len(renamed) > 0 {
		plan.write(sqlImportRenamed, args{"people": renamed})
	}
	s.endChats(plan)
	if len(plan.Deactivated) > 0 {
		plan.leave = plan.Deactivated
		for _, sql := range relieving {
			plan.write(sql, args{"now": now})
		}
	}
	if !s.administered() {
		plan.warn(0, "nobody active holds the role admin; a request for which no approver is found could not be sent")
	}
	for _, no := range slices.Sorted(maps.Keys(s.was)) {
		if _, named := s.lineOf[no]; !named && s.was[no].Active {
			plan.Stays = append(plan.Stays, titled(s.was[no]))
		}
	}
}

// endChats ends the chats that somebody has by an address which is theirs no more, or which is somebody else's now. An address that is
// only missing is no change.
func (s *staff) endChats(plan *Plan) {
	holders := map[string]string{}
	for no, m := range s.is {
		if m.Active && m.Email != "" {
			holders[strings.ToLower(m.Email)] = no
		}
	}
	for _, no := range slices.Sorted(maps.Keys(s.was)) {
		was, is := s.was[no], s.is[no]
		if !is.Active {
			continue
		}
		for _, c := range s.chats[was.ID] {
			holder := holders[strings.ToLower(c.Address)]
			if holder == no || holder == "" && is.Email == "" {
				continue
			}
			line := s.lineOf[no]
			if line == 0 {
				line = s.lineOf[holder]
			}
			plan.say(line, "ends the %s chat of %s, which was linked by the address %s; it can be linked anew", c.Platform, titled(is),
				c.Address)
			c.Person = was.Person
			plan.moved = append(plan.moved, c)
		}
	}
}

// administered tells whether somebody is there to decide what nobody else can.
func (s *staff) administered() bool {
	for _, m := range s.is {
		if m.Active && m.Has("admin") {
			return true
		}
	}
	return false
}

// changes lists what differs, by column.
func changes(was, is member) []string {
	var list []string
	compare := func(column, a, b string) {
		if a != b {
			list = append(list, fmt.Sprintf("%s %s → %s", column, table.Show(a), table.Show(b)))
		}
	}
	compare("name", was.Name, is.Name)
	compare("email", was.Email, is.Email)
	compare("manager_no", was.manager, is.manager)
	compare("department", was.Department, is.Department)
	compare("title", was.Title, is.Title)
	compare("roles", strings.Join(was.Roles, ";"), strings.Join(is.Roles, ";"))
	compare("country", was.Country, is.Country)
	compare("timezone", was.Zone, is.Zone)
	compare("language", was.Language, is.Language)
	compare("hired_on", was.HiredOn.String(), is.HiredOn.String())
	compare("first_employed_on", was.FirstEmployedOn.String(), is.FirstEmployedOn.String())
	compare("tier", was.Tier, is.Tier)
	compare("active", fmt.Sprint(was.Active), fmt.Sprint(is.Active))
	compare("pattern", was.Pattern, is.Pattern)
	if was.bank != is.bank {
		list = append(list, "another bank_account")
	}
	return list
}

func describe(m member) string {
	under := "no manager"
	if m.manager != "" {
		under = "manager " + m.manager
	}
	if !m.Active {
		under += ", not active"
	}
	return under
}

// titled names a person for the command line.
func titled(m member) string { return workflows.Inert(m.No + " " + m.Name) }

func personArgs(m member) args {
	return args{"no": m.No, "name": m.Name, "email": m.Email, "department": m.Department, "title": m.Title, "roles": m.Roles,
		"country": m.Country, "timezone": m.Zone, "language": m.Language, "hired_on": dateArg(m.HiredOn),
		"first_employed_on": dateArg(m.FirstEmployedOn), "tier": m.Tier, "pattern": m.Pattern, "active": m.Active,
		"bank_account": m.bank}
}
