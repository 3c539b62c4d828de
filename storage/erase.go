package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/workflows"
)

// Erasure is what erasing a person or contact takes away, or would.
type Erasure struct {
	Who       string // number and name, as they were
	As        string // the number under which amounts, bookings and decisions stay; it names nobody
	Obstacles []Obstacle
	Counts    []Erased
	Policies  []string // kinds whose stored definitions name them: requests go by those, so they stay
}

// Obstacle is what has to be done first.
type Obstacle struct {
	Why     ObstacleKind
	Numbers []string // of requests
}

// ObstacleKind says what stands in the way.
type ObstacleKind string

// What stands in the way of erasing somebody.
const (
	StillActive ObstacleKind = "active"  // they work here
	UnderWay    ObstacleKind = "way"     // requests of theirs were sent and are not over yet
	WaitedFor   ObstacleKind = "waiting" // others' requests wait for them
)

// Erased is how much of one sort is erased.
type Erased struct {
	What string
	N    int64
}

// ErrNotOwner is what erasing gives for a role that does not own the tables: the role that serves may not touch the audit.
var ErrNotOwner = errors.New("this database role may not erase anything from the audit")

// The right lasts as long as the transaction that it is given and taken in, and nobody else ever sees it.
const (
	sqlErasingGranted = `GRANT UPDATE (salt, body) ON audit_values TO CURRENT_USER`
	sqlErasingRevoked = `REVOKE UPDATE (salt, body) ON audit_values FROM CURRENT_USER`
	sqlErasingLock    = `SELECT pg_advisory_xact_lock(7236104), pg_advisory_xact_lock(7236106)` // rights, imports
)

const (
	sqlErasePerson = `
SELECT ` + personColumns + `, p.bank_account
  FROM people p
 WHERE p.employee_no = @no AND p.employee_no <> 'erased-' || p.id
   FOR NO KEY UPDATE`
	sqlEraseContact = `SELECT c.id, c.name FROM contacts c WHERE lower(c.email) = lower(@no) AND c.email <> '' ORDER BY c.id LIMIT 1
	FOR NO KEY UPDATE`
	sqlEraseBindings = `
SELECT b.user_id, b.address
  FROM bindings b
 WHERE b.party_kind = @kind AND b.party_id = @party
 ORDER BY b.id
   FOR UPDATE`
	sqlEraseBooks = `SELECT b.person_id FROM books b WHERE @kind = 'person' AND b.person_id = @party FOR NO KEY UPDATE`
	// What they were called at the time, in the audit of what they did.
	sqlEraseFormer = `
SELECT DISTINCT v.body ->> 'actor'
  FROM audit a
  JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq
 WHERE a.actor_kind = @kind AND a.actor_id = @party AND v.body ->> 'actor' <> ''`
	sqlEraseSubjects = `
SELECT s.id::text, s.number, s.final, @kind = 'person' AND @party IN (r.requester_id, o.owner_id, l.newcomer_id) IS TRUE AS own,
       coalesce(@kind = 'person' AND r.submitted_by_id = @party, false) AS filed,
       coalesce(r.id = s.id AND s.state = d.body ->> 'start', false) AS unsent, w.waits
  FROM subjects s
  LEFT JOIN requests r ON r.id = s.id
  LEFT JOIN definitions d ON d.hash = s.definition
  LEFT JOIN tasks o ON o.id = s.id
  LEFT JOIN plans l ON l.id = s.id
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM turns t
                                     WHERE t.request_id = s.id AND @kind = 'person' AND t.person_id = @party
                                       AND t.state = 'open')) w (waits)
 WHERE @kind = 'person' AND (@party IN (r.requester_id, r.submitted_by_id)
       OR EXISTS (SELECT FROM turns t WHERE t.request_id = s.id AND @party IN (t.person_id, t.for_id)))
    OR @kind = 'person' AND @party IN (o.owner_id, l.newcomer_id)
    OR r.form::text ~* @words OR o.body::text ~* @words OR l.body::text ~* @words
    OR EXISTS (SELECT FROM turns t WHERE t.request_id = s.id AND t.comment ~* @words)
    OR EXISTS (SELECT FROM cards c WHERE c.subject_id = s.id AND c.facts::text ~* @words)
    OR EXISTS (SELECT FROM audit_values v WHERE v.subject_id = s.id AND v.body::text ~* @words)
 ORDER BY s.id
   FOR NO KEY UPDATE OF s`
	sqlErasePolicies = `SELECT DISTINCT d.kind FROM definitions d WHERE d.body::text ~* @words ORDER BY 1`
)

// What is theirs, and what hangs on their requests, goes.
const (
	sqlEraseForms = `UPDATE requests SET form = '{}', measures = '{}' WHERE id = ANY (@own::uuid[])`
	// Of tasks and plans who, when and how far stays, and nothing that anybody wrote.
	sqlEraseTasks = `
UPDATE tasks
   SET body = (body - 'note' - 'reason' - 'checklist' - 'files' - 'link') || '{"title": {}}'
 WHERE id = ANY (@own::uuid[])`
	sqlErasePlans = `
UPDATE plans
   SET body = (body - 'feedback' - 'reason')
              || jsonb_build_object('phases', (SELECT jsonb_agg(p - 'refused') FROM jsonb_array_elements(body -> 'phases') p))
 WHERE id = ANY (@own::uuid[])`
	sqlEraseComments = `
UPDATE turns
   SET comment = ''
 WHERE comment <> '' AND (request_id = ANY (@own::uuid[]) OR @kind = 'person' AND person_id = @party)`
	sqlEraseValues = `
UPDATE audit_values v
   SET salt = NULL, body = NULL
 WHERE v.body IS NOT NULL
   AND (v.subject_id = ANY (@own::uuid[]) OR v.body::text ~* @words
        OR EXISTS (SELECT FROM audit a
                    WHERE a.subject_id = v.subject_id AND a.seq = v.seq
                      AND (a.actor_kind = @kind AND a.actor_id = @party OR @kind = 'person' AND a.for_id = @party)))`
	sqlEraseFiles = `DELETE FROM files WHERE subject_id = ANY (@own::uuid[]) OR @kind = 'person' AND person_id = @party`
	sqlEraseLots  = `
UPDATE lots SET reason = '', key = 'erased-lot-' || id WHERE @kind = 'person' AND person_id = @party`
	sqlEraseCorrections = `
UPDATE ledger
   SET reason = '', key = 'erased-entry-' || id
 WHERE @kind = 'person' AND person_id = @party AND key IS NOT NULL`
	sqlEraseAlerts = `
WITH gone AS (
	DELETE FROM alerts a
	 WHERE a.key ~* @words OR a.args::text ~* @words OR split_part(a.key, ':', 2) = @no
	RETURNING a.id
)
DELETE FROM notices n USING gone WHERE n.about = gone.id`
	sqlEraseNotices = `DELETE FROM notices WHERE party_kind = @kind AND party_id = @party OR about = ANY (@own::uuid[])`
	sqlEraseCauses  = `
DELETE FROM causes c
 WHERE c.subject_id = ANY (@own::uuid[])
    OR EXISTS (SELECT FROM bindings b
                WHERE b.party_kind = @kind AND b.party_id = @party AND b.platform = c.platform AND b.team = c.team
                  AND b.user_id = c.user_id)`
	sqlEraseDue = `
DELETE FROM due WHERE party_kind = @kind AND party_id = @party OR subject_id = ANY (@own::uuid[])`
	sqlEraseDrafts = `
DELETE FROM drafts d
 WHERE d.owner ~* @words OR encode(d.state, 'escape') ~* @bytes
    OR EXISTS (SELECT FROM bindings b
                WHERE b.party_kind = @kind AND b.party_id = @party
                  AND d.owner IN (b.platform || '/' || b.user_id, b.platform || '/' || b.team || '/' || b.user_id))`
	sqlEraseSubmissions = `
DELETE FROM submissions s
 WHERE encode(s.body, 'escape') ~* @bytes
    OR EXISTS (SELECT FROM bindings b
                WHERE b.party_kind = @kind AND b.party_id = @party AND b.platform = s.platform AND b.team = s.team
                  AND b.user_id = s.user_id)`
	sqlEraseLetters  = `DELETE FROM dead_letters WHERE key ~* @words OR why ~* @words OR encode(body, 'escape') ~* @bytes`
	sqlEraseCodes    = `DELETE FROM link_codes WHERE @kind = 'person' AND person_id = @party`
	sqlEraseFailures = `
DELETE FROM link_failures f
 USING bindings b
 WHERE b.party_kind = @kind AND b.party_id = @party AND b.platform = f.platform AND b.team = f.team AND b.user_id = f.user_id`
	sqlEraseWebMessages = `
DELETE FROM web_messages m
 WHERE m.body #>> '{card,subject}' = ANY (@own::text[]) OR m.body::text ~* @words
    OR EXISTS (SELECT FROM subjects s WHERE s.id = ANY (@own::uuid[]) AND m.body::text ~ (s.number || '(?![0-9])'))
    OR EXISTS (SELECT FROM bindings b
                WHERE b.party_kind = @kind AND b.party_id = @party AND b.platform = 'web' AND b.user_id = m.user_id)`
	sqlEraseWebUsers = `
DELETE FROM web_users u
 USING bindings b
 WHERE b.party_kind = @kind AND b.party_id = @party AND b.platform = 'web' AND b.user_id = u.user_id`
)

// Cards in other people's chats are drawn again: those of what is erased say so, others name nobody any more. What stands in their own
// chats stays there, since the name of a chat and of its messages may name its user.
const (
	sqlEraseOwnCards = `
UPDATE cards c
   SET reference = NULL, facts = NULL, hash = '', dead = true
  FROM bindings b
 WHERE b.id = c.binding_id AND b.party_kind = @kind AND b.party_id = @party`
	sqlEraseCards = `
UPDATE cards
   SET facts = NULL, dead = dead OR reference IS NULL OR platform = 'web', shown = least(shown, wanted - 1), redraw = true, next_at = now(),
       again = attempts > 0
 WHERE subject_id = ANY (@own::uuid[])`
	sqlEraseNamedCards = `
UPDATE cards c
   SET redraw = true, ` + drawAgain + `
 WHERE c.subject_id = ANY (@touched::uuid[]) AND ` + drawn
	sqlEraseSubjectsDone = `UPDATE subjects SET erased = true WHERE id = ANY (@own::uuid[])`
	sqlEraseBindingsDone = `
UPDATE bindings
   SET user_id = 'erased-' || id, address = '', channel = '', ended_at = coalesce(ended_at, @now)
 WHERE party_kind = @kind AND party_id = @party`
	sqlErasePeopleDone = `
UPDATE people
   SET employee_no = @as, name = 'erased', email = '', department = '', title = '', roles = '{}', country = '', timezone = 'UTC',
       language = 'en', hired_on = NULL, first_employed_on = NULL, tier = '', pattern = '', bank_account = ''
 WHERE @kind = 'person' AND id = @party`
	sqlEraseContactsDone = `
UPDATE contacts
   SET name = 'erased', email = '', timezone = 'UTC', language = 'en', active = false
 WHERE @kind = 'contact' AND id = @party`
)

// erasure is a statement, with what it erases; "": nothing worth telling.
type erasure struct{ what, sql string }

// erasing is what goes, in this order, with what it is called.
var erasing = []erasure{
	{"forms of requests", sqlEraseForms}, {"tasks", sqlEraseTasks}, {"plans", sqlErasePlans}, {"comments", sqlEraseComments},
	{"values in the audit", sqlEraseValues},
	{"files", sqlEraseFiles}, {"reasons of grants", sqlEraseLots}, {"reasons of corrections", sqlEraseCorrections},
	{"", sqlEraseAlerts}, {"notices", sqlEraseNotices},
	{"answers to deliveries", sqlEraseCauses}, {"", sqlEraseDue}, {"half-filled forms", sqlEraseDrafts},
	{"forms being saved", sqlEraseSubmissions}, {"updates that could not be handled", sqlEraseLetters}, {"link codes", sqlEraseCodes},
	{"", sqlEraseFailures}, {"web chat messages", sqlEraseWebMessages}, {"", sqlEraseWebUsers}, {"", sqlEraseOwnCards},
	{"cards that will say so", sqlEraseCards}, {"", sqlEraseNamedCards}, {"", sqlEraseSubjectsDone}, {"chats", sqlEraseBindingsDone},
	{"", sqlErasePeopleDone}, {"", sqlEraseContactsDone},
}

// Where other people's texts name them, what names nobody takes the place of their name.
const (
	sqlEraseNamedForms    = `SELECT r.ctid::text, r.form::text FROM requests r WHERE r.form::text ~* @words`
	sqlEraseFormNamed     = `UPDATE requests SET form = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedTasks    = `SELECT t.ctid::text, t.body::text FROM tasks t WHERE t.body::text ~* @words`
	sqlEraseTaskNamed     = `UPDATE tasks SET body = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedPlans    = `SELECT l.ctid::text, l.body::text FROM plans l WHERE l.body::text ~* @words`
	sqlErasePlanNamed     = `UPDATE plans SET body = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedComments = `SELECT t.ctid::text, t.comment FROM turns t WHERE t.comment ~* @words`
	sqlEraseCommentNamed  = `UPDATE turns SET comment = @text WHERE ctid = @row::tid`
	sqlEraseNamedAnswers  = `SELECT c.ctid::text, c.answer::text FROM causes c WHERE c.answer::text ~* @words FOR UPDATE`
	sqlEraseAnswerNamed   = `UPDATE causes SET answer = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedNotices  = `SELECT n.ctid::text, n.args::text FROM notices n WHERE n.args::text ~* @words FOR UPDATE`
	sqlEraseNoticeNamed   = `UPDATE notices SET args = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedFacts    = `SELECT c.ctid::text, c.facts::text FROM cards c WHERE c.facts::text ~* @words FOR UPDATE`
	sqlEraseFactsNamed    = `UPDATE cards SET facts = @text::json WHERE ctid = @row::tid`
	sqlEraseNamedDue      = `SELECT d.ctid::text, d.data::text FROM due d WHERE d.data::text ~* @words FOR UPDATE`
	sqlEraseDueNamed      = `UPDATE due SET data = @text::jsonb WHERE ctid = @row::tid`
	sqlEraseNamedLots     = `SELECT l.ctid::text, l.reason FROM lots l WHERE l.reason ~* @words FOR UPDATE`
	sqlEraseLotNamed      = `UPDATE lots SET reason = @text WHERE ctid = @row::tid`
	sqlEraseNamedEntries  = `SELECT e.ctid::text, e.reason FROM ledger e WHERE e.reason ~* @words FOR UPDATE`
	sqlEraseEntryNamed    = `UPDATE ledger SET reason = @text WHERE ctid = @row::tid`
	sqlEraseNamedFiles    = `SELECT f.ctid::text, f.name FROM files f WHERE f.name ~* @words FOR UPDATE`
	sqlEraseFileNamed     = `UPDATE files SET name = @text WHERE ctid = @row::tid`
)

var naming = []struct {
	find, write string
	json        bool
}{
	{sqlEraseNamedForms, sqlEraseFormNamed, true}, {sqlEraseNamedTasks, sqlEraseTaskNamed, true},
	{sqlEraseNamedPlans, sqlErasePlanNamed, true}, {sqlEraseNamedComments, sqlEraseCommentNamed, false},
	{sqlEraseNamedAnswers, sqlEraseAnswerNamed, true}, {sqlEraseNamedNotices, sqlEraseNoticeNamed, true},
	{sqlEraseNamedFacts, sqlEraseFactsNamed, true}, {sqlEraseNamedDue, sqlEraseDueNamed, true},
	{sqlEraseNamedLots, sqlEraseLotNamed, false}, {sqlEraseNamedEntries, sqlEraseEntryNamed, false},
	{sqlEraseNamedFiles, sqlEraseFileNamed, false},
}

// Erase erases a person by employee number, or a contact by address; unless apply, it only says what it would erase and leaves all as it
// is. The store has to be opened as the role that owns the tables, else it gives ErrNotOwner. NotFound when there is nobody. With an
// obstacle nothing is erased.
//
// It is one transaction, and takes its locks in the order of Change: people, bindings, books, subjects, the rest. Where others get in its
// way it tries again, as an import does.
func (s *Store) Erase(ctx context.Context, who string, apply bool, now time.Time) (Erasure, error) {
	return s.eraseAs(ctx, apply, func(tx pgx.Tx) (Erasure, error) {
		e := eraser{tx: tx, args: pgx.NamedArgs{"no": who, "now": now}}
		if err := e.find(ctx, who); err != nil {
			return e.done, err
		}
		if err := e.lock(ctx); err != nil || len(e.done.Obstacles) > 0 {
			return e.done, err
		}
		err := e.erase(ctx)
		return e.done, err
	})
}

// eraseAs has do erase with the right to, and tries again where others get in its way.
func (s *Store) eraseAs(ctx context.Context, apply bool, do func(tx pgx.Tx) (Erasure, error)) (done Erasure, err error) {
	err = withoutDeadlock(ctx, func() error {
		done, err = s.tryErase(ctx, apply, do)
		return err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		err = errors.Join(ErrNotOwner, err)
	}
	return done, err
}

func (s *Store) tryErase(ctx context.Context, apply bool, do func(tx pgx.Tx) (Erasure, error)) (done Erasure, err error) {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return done, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	for _, sql := range []string{sqlErasingLock, sqlErasingGranted} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return done, err
		}
	}
	if done, err = do(tx); err != nil || len(done.Obstacles) > 0 {
		return done, err
	}
	if _, err := tx.Exec(ctx, sqlErasingRevoked); err != nil || !apply {
		return done, err
	}
	return done, tx.Commit(ctx)
}

// What was booked for later may still be withdrawn.
const sqlPurgeSubjects = `
SELECT s.id::text
  FROM subjects s
 WHERE s.final AND NOT s.erased
   AND (EXISTS (SELECT FROM requests r WHERE r.id = s.id) OR EXISTS (SELECT FROM tasks t WHERE t.id = s.id)
        OR EXISTS (SELECT FROM plans l WHERE l.id = s.id))
   AND s.changed_at < @before
   AND NOT EXISTS (SELECT FROM bookings k
                    WHERE k.subject_id = s.id
                      AND upper(k.halves) > 2 * ((@before::timestamptz AT TIME ZONE 'UTC')::date - date '1970-01-01'))
 ORDER BY s.id
   FOR NO KEY UPDATE OF s`

// purging is what goes of requests without their people.
var purging = []erasure{
	{"forms of requests", sqlEraseForms}, {"tasks", sqlEraseTasks}, {"plans", sqlErasePlans}, {"comments", sqlEraseComments},
	{"values in the audit", sqlEraseValues},
	{"files", sqlEraseFiles}, {"notices", sqlEraseNotices}, {"answers to deliveries", sqlEraseCauses}, {"", sqlEraseDue},
	{"web chat messages", sqlEraseWebMessages}, {"cards that will say so", sqlEraseCards}, {"", sqlEraseSubjectsDone},
}

// Purge erases what requests said that came to their end before a time, and whose booked days are over by then. As for Erase, the store
// has to be opened as the role that owns the tables.
func (s *Store) Purge(ctx context.Context, before time.Time, apply bool) (Erasure, error) {
	return s.eraseAs(ctx, apply, func(tx pgx.Tx) (Erasure, error) {
		none := newErasedWords("")
		e := eraser{tx: tx, words: none, args: pgx.NamedArgs{"before": before, "kind": "nobody", "party": int64(0), "words": none.Stored}}
		rows, err := tx.Query(ctx, sqlPurgeSubjects, e.args)
		if err != nil {
			return e.done, err
		}
		own, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return e.done, err
		}
		e.args["own"] = own
		err = e.each(ctx, purging)
		return e.done, err
	})
}

// eraser erases one party in a transaction.
type eraser struct {
	tx    pgx.Tx
	done  Erasure
	known []string // the words by which they are known
	words erasedWords
	args  pgx.NamedArgs // of every statement; each takes what it names
}

// shortestAccount is how long a bank account is by which somebody is found in texts: a shorter one may be any number.
const shortestAccount = 8

// find locks whom it is about.
func (e *eraser) find(ctx context.Context, who string) error {
	var p personScan
	party := workflows.Party{Kind: workflows.ContactParty}
	var name, bank string
	err := e.tx.QueryRow(ctx, sqlErasePerson, pgx.NamedArgs{"no": who}).Scan(p.dest(&bank)...)
	if err == nil {
		person := p.person()
		party, name = person.ID.Party(), person.Name
		e.known = []string{person.No, person.Name, person.Email}
		if utf8.RuneCountInString(bank) >= shortestAccount {
			e.known = append(e.known, bank)
		}
		e.done.Who, e.done.As = person.No+" "+person.Name, fmt.Sprintf("erased-%d", person.ID)
		if person.Active {
			e.done.Obstacles = append(e.done.Obstacles, Obstacle{Why: StillActive})
		}
	} else if errors.Is(err, pgx.ErrNoRows) {
		err = e.tx.QueryRow(ctx, sqlEraseContact, pgx.NamedArgs{"no": who}).Scan(&party.ID, &name)
		if errors.Is(err, pgx.ErrNoRows) {
			return workflows.Refuse(workflows.NotFound, "person.not_found", workflows.Args{"Value": who})
		}
		e.known = []string{name, who}
		e.done.Who, e.done.As = name, fmt.Sprintf("erased-contact-%d", party.ID)
	}
	e.args["kind"], e.args["party"], e.args["as"] = string(party.Kind), party.ID, e.done.As
	return err
}

// lock takes the other locks, and learns what they are known by and what stands in the way.
func (e *eraser) lock(ctx context.Context) error {
	read := func(sql string, got func(), dest ...any) error {
		rows, err := e.tx.Query(ctx, sql, e.args)
		if err != nil {
			return err
		}
		return each(got, dest...).rows(rows)
	}
	var user, address, former string
	if err := read(sqlEraseBindings, func() { e.known = append(e.known, user, address) }, &user, &address); err != nil {
		return err
	}
	if err := read(sqlEraseFormer, func() {
		e.known = append(e.known, strings.TrimPrefix(former, fmt.Sprint(e.args["no"])+" "))
	}, &former); err != nil {
		return err
	}
	e.words = newErasedWords(e.done.As, e.known...)
	e.args["words"], e.args["bytes"] = e.words.Stored, e.words.Bytes
	if _, err := e.tx.Exec(ctx, sqlEraseBooks, e.args); err != nil {
		return err
	}
	own, touched := []string{}, []string{}
	var underWay, waiting []string
	var id, number string
	var final, theirs, filed, unsent, waits bool
	err := read(sqlEraseSubjects, func() {
		if theirs {
			own = append(own, id)
		} else {
			touched = append(touched, id)
		}
		if !final && !unsent && (theirs || filed) { // what was never sent is like a form that is half filled in
			underWay = append(underWay, number)
		}
		if waits {
			waiting = append(waiting, number)
		}
	}, &id, &number, &final, &theirs, &filed, &unsent, &waits)
	e.args["own"], e.args["touched"] = own, touched
	for why, numbers := range map[ObstacleKind][]string{UnderWay: underWay, WaitedFor: waiting} {
		if len(numbers) > 0 {
			slices.Sort(numbers)
			e.done.Obstacles = append(e.done.Obstacles, Obstacle{Why: why, Numbers: numbers})
		}
	}
	slices.SortFunc(e.done.Obstacles, func(a, b Obstacle) int { return strings.Compare(string(a.Why), string(b.Why)) })
	if err != nil {
		return err
	}
	var kind string
	return read(sqlErasePolicies, func() { e.done.Policies = append(e.done.Policies, kind) }, &kind)
}

// each runs statements and counts what they erase.
func (e *eraser) each(ctx context.Context, steps []erasure) error {
	for _, step := range steps {
		done, err := e.tx.Exec(ctx, step.sql, e.args)
		if err != nil {
			return fmt.Errorf("erase: %w", err)
		}
		if n := done.RowsAffected(); n > 0 && step.what != "" {
			e.done.Counts = append(e.done.Counts, Erased{What: step.what, N: n})
		}
	}
	return nil
}

func (e *eraser) erase(ctx context.Context) error {
	if err := e.each(ctx, erasing); err != nil {
		return err
	}
	var named int64
	for _, n := range naming {
		changed, err := e.rename(ctx, n.find, n.write, n.json)
		if err != nil {
			return err
		}
		named += changed
	}
	if named > 0 {
		e.done.Counts = append(e.done.Counts, Erased{What: "other people's texts that named them", N: named})
	}
	return nil
}

// rename puts what names nobody in the place of their name, where a statement finds it.
func (e *eraser) rename(ctx context.Context, find, write string, isJSON bool) (changed int64, err error) {
	rows, err := e.tx.Query(ctx, find, e.args)
	if err != nil {
		return 0, err
	}
	type row struct{ ID, Text string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		text := e.words.replaced(r.Text)
		if isJSON {
			text, err = e.words.replacedJSON(r.Text)
		}
		if err != nil {
			return changed, err
		}
		done, err := e.tx.Exec(ctx, write, pgx.NamedArgs{"row": r.ID, "text": text})
		if err != nil {
			return changed, err
		}
		changed += done.RowsAffected()
	}
	return changed, nil
}
