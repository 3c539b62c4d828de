package storage

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

const requestColumns = `r.requester_id, r.submitted_by_id, coalesce(r.sent_by_id, r.submitted_by_id), r.form, r.measures, r.steps,
	r.step, r.submitted_at`

const sqlSubject = `
SELECT @n::integer, ` + subjectColumns + `
  FROM @each
  JOIN subjects s ON s.id = @subject::uuid`

const sqlRequest = `
SELECT @n::integer, ` + requestColumns + `
  FROM @each
  JOIN requests r ON r.id = @subject::uuid`

const sqlTurns = `
SELECT @n::integer, t.revision, t.step, t.slot, t.person_id, coalesce(t.for_id, 0), t.why, t.state, t.comment, t.opened_at, t.decided_at,
       coalesce(t.decided_seq, 0), t.nudged_at
  FROM @each
  JOIN turns t ON t.request_id = @subject::uuid
 ORDER BY t.nr`

// requestScan reads what a request has beyond its subject.
type requestScan struct{ r workflows.Request }

// queue reads a request's own row and its turns.
func (s *requestScan) queue(trip *Trip, id workflows.SubjectID) {
	r := &s.r
	subject := args{"subject": string(id)}
	queue(trip, sqlRequest, subject, one(&r.Requester, &r.SubmittedBy, &r.SentBy, &r.Form, &r.Measures, &r.Steps, &r.Step,
		&r.SubmittedAt))
	var t workflows.Turn
	var decided, nudged pgtype.Timestamptz
	queue(trip, sqlTurns, subject, each(func() {
		turn := t
		turn.OpenedAt, turn.DecidedAt, turn.NudgedAt = turn.OpenedAt.UTC(), instant(decided), instant(nudged)
		r.Turns = append(r.Turns, turn)
	}, &t.Revision, &t.Step, &t.Slot, &t.Person, &t.For, &t.Why, &t.State, &t.Comment, &t.OpenedAt, &decided, &t.DecidedSeq, &nudged))
}

func (s *requestScan) request(subject workflows.Subject) workflows.Request {
	r := s.r
	r.Subject, r.SubmittedAt = subject, r.SubmittedAt.UTC()
	return r
}

const sqlRequester = `
SELECT @n::integer, ` + personColumns + `
  FROM @each
  JOIN requests r ON r.id = @subject::uuid
  JOIN people p ON p.id = r.requester_id`

// Request finds a request with its turns; NotFound when there is none.
func (s *Store) Request(ctx context.Context, id workflows.SubjectID) (workflows.Request, error) {
	r, _, err := s.RequestOf(ctx, id)
	return r, err
}

// RequestOf finds a request with its turns, and whose it is; NotFound when there is none.
func (s *Store) RequestOf(ctx context.Context, id workflows.SubjectID) (workflows.Request, workflows.Person, error) {
	trip := &Trip{}
	var subject subjectScan
	var stored requestScan
	var requester personScan
	queue(trip, sqlSubject, args{"subject": string(id)}, one(subject.dest()...))
	stored.queue(trip, id)
	queue(trip, sqlRequester, args{"subject": string(id)}, one(requester.dest()...))
	var before beforeScan
	before.queue(trip, id)
	if err := trip.send(ctx, s.pool); err != nil {
		return workflows.Request{}, workflows.Person{}, unread(err)
	}
	if stored.r.Requester == 0 {
		return workflows.Request{}, workflows.Person{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	r := stored.request(subject.subject())
	r.Before = before.version
	return r, requester.person(), nil
}

// RequestsConcerned finds those of some requests that there are, with their turns, each with those whom it asks. What they said before is
// not among it.
func (s *Store) RequestsConcerned(ctx context.Context, ids []workflows.SubjectID, now time.Time) (
	[]workflows.Request, []workflows.Facts, error) {
	subjects, stored := make([]subjectScan, len(ids)), make([]requestScan, len(ids))
	facts, finish, trips := make([]workflows.Facts, len(ids)), make([]func(), len(ids)), make([]*Trip, len(ids))
	for i, id := range ids {
		trips[i] = &Trip{}
		queue(trips[i], sqlSubject, args{"subject": string(id)}, one(subjects[i].dest()...))
		stored[i].queue(trips[i], id)
		finish[i] = load(trips[i], whose{Subject: id}, workflows.Wants{Concerned: true}, now, &facts[i])
	}
	if err := sendTogether(ctx, s.pool, trips...); err != nil {
		return nil, nil, unread(err)
	}
	var list []workflows.Request
	var known []workflows.Facts
	for i := range ids {
		if stored[i].r.Requester != 0 {
			finish[i]()
			list, known = append(list, stored[i].request(subjects[i].subject())), append(known, facts[i])
		}
	}
	return list, known, nil
}

// What a revision said lies in the audit alone: in the row that made it, and in those that amended its form since. Most requests have one
// revision, of which nothing is read.
const sqlBefore = `
SELECT v.body->'change'->'form', v.body->'change'->'measures', v.body->'change'->'amended'
  FROM subjects s
  JOIN audit a ON a.subject_id = s.id AND a.revision = s.revision - 1
  JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq
 WHERE s.id = @subject AND s.revision > 1
   AND (v.body->'change'->'form' IS NOT NULL OR v.body->'change'->'amended' IS NOT NULL)
 ORDER BY a.seq`

// beforeScan reads what the revision before the last said, as far as that is not erased.
type beforeScan struct{ version *workflows.Version }

func (s *beforeScan) queue(trip *Trip, id workflows.SubjectID) {
	var form, amended workflows.Form
	var measures map[string]int64
	queue(trip, sqlBefore, args{"subject": string(id)}, each(func() {
		if form != nil {
			s.version = &workflows.Version{Form: form, Measures: measures}
		}
		if s.version != nil { // else the row that brought the form was erased
			maps.Copy(s.version.Form, amended)
		}
		form, measures, amended = nil, nil, nil // the next row's are others
	}, &form, &measures, &amended))
}

const sqlClaimedBy = `SELECT c.subject_id::text FROM claims c WHERE c.key = @key`

// ClaimedBy finds the subject that has a key.
func (s *Store) ClaimedBy(ctx context.Context, key string) (id workflows.SubjectID, found bool, err error) {
	err = s.pool.QueryRow(ctx, sqlClaimedBy, args{"key": key}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return id, err == nil, unread(err)
}

// ChangeRequest changes a request, or makes one, as decide says. See Change.
func (s *Store) ChangeRequest(ctx context.Context, c workflows.Change, decide workflows.Decide) (workflows.Answer, error) {
	return s.Change(ctx, c, func() Part { return &requestPart{c: c, decide: decide} })
}

// requestPart is one try of a change to a request.
type requestPart struct {
	c      workflows.Change
	decide workflows.Decide
	stored requestScan
	facts  workflows.Facts
	finish func()
	d      workflows.Decision
}

const sqlLockBooks = `SELECT b.person_id FROM books b WHERE b.person_id = ` + requester + ` FOR NO KEY UPDATE`

func (p *requestPart) of() whose {
	return whose{Subject: p.c.Subject, Requester: p.c.Requester, User: p.c.Cause.ChatUser, Taking: true}
}

// Locks has whoever looks at the requester's lots and bookings do so alone.
func (p *requestPart) Locks(trip *Trip) {
	if p.c.Contested {
		var id int64
		queue(trip, sqlLockBooks, p.of().args(), one(&id))
	}
}

func (p *requestPart) Load(trip *Trip) {
	if p.c.Subject != "" {
		p.stored.queue(trip, p.c.Subject)
	}
	p.finish = load(trip, p.of(), p.c.Wants, p.c.Now, &p.facts)
}

func (p *requestPart) Decide(subject workflows.Subject, actor workflows.Actor, shown *workflows.Shown) (workflows.Outcome, error) {
	p.finish()
	p.facts.Shown = shown
	request := p.stored.request(subject)
	switch {
	case p.c.Subject == "" && p.c.Requester == 0:
		return workflows.Outcome{}, errors.New("a new request is nobody's")
	case p.c.Subject == "":
		request = workflows.Request{Requester: p.c.Requester, SubmittedBy: actor.Party.Person()}
	case p.stored.r.Requester == 0: // a subject, and no request
		return workflows.Outcome{}, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	var err error
	p.d, err = p.decide(request, actor, p.facts)
	return p.d.Outcome, err
}

// Violated: the rules have looked, but only for what was there then.
func (p *requestPart) Violated(err error) error {
	if violated(err, "bookings_exclusive") {
		return workflows.Refuse(workflows.Invalid, "span.taken", nil)
	}
	return nil
}

const sqlInsertRequest = `
INSERT INTO requests (id, requester_id, submitted_by_id, sent_by_id, form, measures, steps, step, submitted_at)
VALUES (@subject, @requester, @submitted_by, @sent_by, @form, @measures, @steps, @step, @submitted_at)`

// Written only where it changes: an approval leaves a request's own row as it is.
const sqlUpdateRequest = `
UPDATE requests r
   SET sent_by_id = @sent_by::bigint, form = @form::jsonb, measures = @measures::jsonb, steps = @steps::jsonb, step = @step::integer,
       submitted_at = @submitted_at::timestamptz
  FROM @each
 WHERE r.id = @subject::uuid`

const sqlTurn = `
INSERT INTO turns (request_id, revision, step, slot, person_id, for_id, why, state, comment, opened_at, decided_at, decided_seq,
       nudged_at, nr)
SELECT @subject::uuid, @revision::integer, @step::integer, @slot::integer, @person::bigint, @for::bigint, @why::text, @state::text,
       @comment::text, @opened_at::timestamptz, @decided_at::timestamptz, @decided_seq::integer, @nudged_at::timestamptz, @nr::integer
  FROM @each
ON CONFLICT (request_id, revision, step, slot, person_id) DO UPDATE
   SET for_id = excluded.for_id, why = excluded.why, state = excluded.state, comment = excluded.comment, opened_at = excluded.opened_at,
       decided_at = excluded.decided_at, decided_seq = excluded.decided_seq, nudged_at = excluded.nudged_at`

// Write stores what a decision says of the request itself, its turns, and the requester's time.
func (p *requestPart) Write(trip *Trip) {
	r, change := p.d.Request, p.d.Audit.Values.Change
	steps := r.Steps
	if steps == nil { // a draft has no route yet
		steps = []workflows.Step{}
	}
	row := args{"subject": string(r.ID), "form": r.Form, "measures": orNone(r.Measures), "steps": steps, "step": r.Step,
		"sent_by": idArg(r.SentBy), "submitted_at": r.SubmittedAt}
	switch {
	case p.c.Subject == "":
		trip.Queue(sqlInsertRequest, with(row, args{"requester": int64(r.Requester), "submitted_by": int64(r.SubmittedBy)}))
	case change.Form != nil || change.Amended != nil || r.Step != p.stored.r.Step:
		trip.Queue(sqlUpdateRequest, row)
	}
	// What ends comes before what opens: a person has one open turn of a request, and both may be theirs.
	for _, t := range endedFirst(p.d.Turns) {
		trip.Queue(sqlTurn, args{"subject": string(r.ID), "revision": t.Revision, "step": t.Step, "slot": t.Slot, "person": int64(t.Person),
			"for": idArg(t.For), "why": t.Why, "state": string(t.State), "comment": t.Comment, "opened_at": t.OpenedAt,
			"decided_at": timeArg(t.DecidedAt), "decided_seq": seqArg(t.DecidedSeq), "nudged_at": timeArg(t.NudgedAt), "nr": place(r, t)})
	}
	writeBooking(trip, p.d)
	writeCharges(trip, p.d)
}

func endedFirst(turns []workflows.Turn) []workflows.Turn {
	open := func(t workflows.Turn) int {
		if t.State == workflows.TurnOpen {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(turns), func(a, b workflows.Turn) int { return open(a) - open(b) })
}

// place is a turn's position in its request, which keeps the order in which turns opened.
func place(r workflows.Request, t workflows.Turn) int {
	return slices.IndexFunc(r.Turns, func(x workflows.Turn) bool { return x.Key() == t.Key() })
}
