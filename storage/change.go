package storage

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/nod-chat/nod/workflows"
)

// Part is what a sort of subject adds to the shell for one try of a change: its own tables, its facts, and the pure function that says
// what follows. The shell does everything else: causes, actors, locks, the audit, cards, notices, due items and files.
type Part interface {
	// Locks queues locks that come before the subject's own. They follow the order that Change states.
	Locks(trip *Trip)
	// Load queues what is read behind the locks.
	Load(trip *Trip)
	// Decide says what follows. s is the subject as it is locked; the zero one for a new subject. An error writes nothing.
	Decide(s workflows.Subject, actor workflows.Actor, shown *workflows.Shown) (workflows.Outcome, error)
	// Write queues the rows of the part's own tables, behind the subject's row and before what the shell writes.
	Write(trip *Trip)
	// Violated makes a refusal of the violation of one of the part's own constraints: somebody was faster. nil: it is none of them.
	Violated(err error) error
}

// Change claims the cause, resolves its actor, locks the subject, has its part decide with what is stored and known now, and commits
// the new state, its audit row and everything that follows from it together. It makes two trips to Postgres; presses that wait at the
// same moment make them together (group.go).
//
// Everything that changes a subject, a press, a clock or an operator, takes its locks in one order: the chat user's binding (shared),
// then the books of whose lots and bookings are looked at, then the subject, then the rest. Unlinking, deactivation and a changed
// address end bindings in a transaction of their own, which waits for presses under way and is seen by those that follow. Imports lock
// people and then bindings, or books; whoever is bound by an address has their person locked first. None of these takes a subject.
//
// An error from the part writes nothing. A repeated cause returns the first answer. When the connection breaks it tries again under the
// same cause, which finds out whether the first try was committed; it gives up with ctx, as Unavailable when surely nothing was saved,
// else as Unconfirmed.
func (s *Store) Change(ctx context.Context, c workflows.Change, part func() Part) (workflows.Answer, error) {
	perhaps := false // an earlier try may have been committed
	for try := 0; ; try++ {
		a := s.try(ctx, c, part)
		answer, err := a.answer, a.err
		var refused final
		if errors.As(err, &refused) {
			return answer, refused.error
		}
		if err == nil && perhaps {
			answer.Repeated = false // as far as anybody can tell, it is this very change that an earlier try committed
		}
		var refusal *workflows.Error
		if err == nil || errors.As(err, &refusal) || !passing(err) {
			return answer, err
		}
		perhaps = perhaps || a.sent
		pause := time.Duration(try) * 20 * time.Millisecond
		if try >= 20 || !wait(ctx, pause) {
			if perhaps {
				return answer, errors.Join(workflows.Refuse(workflows.Unconfirmed, "storage.unconfirmed", nil), err)
			}
			return answer, errors.Join(workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil), err)
		}
	}
}

// final is an error from a part, which another try would only meet again.
type final struct{ error }

// passing tells whether another try can do better: the connection broke, Postgres is starting or stopping, or another transaction got
// in the way.
func passing(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var scan pgx.ScanArgError // what came back is not what the program expects
		return !errors.As(err, &scan)
	}
	switch {
	case pg.ConstraintName == "causes_pkey": // the same cause at the same moment, on another subject: the next try hears its answer
		return true
	case pg.Code == "40001", pg.Code == "40P01", pg.Code == "55P03", pg.Code == "25006":
		return true
	}
	return pg.Code[:2] == "08" || pg.Code[:2] == "53" || pg.Code[:2] == "57"
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// attempt is one try of a change: what it loads, and what comes of it.
type attempt struct {
	change workflows.Change
	part   Part
	actor  actorScan
	stored subjectScan
	known  []byte // the first answer to a cause that comes again
	number string
	shown  workflows.Shown
	told   workflows.Answer // what it answers once it is committed

	answer workflows.Answer
	sent   bool // the writes were sent, so that a broken connection leaves the outcome open
	err    error
	alone  bool // it has to be tried again without the others of its group
}

// held says what becomes of rows that another transaction has locked.
type held bool

const (
	waited held = false
	passed held = true // they are passed over, as if they were not there
)

const skipped = ` SKIP LOCKED`

// The binding stays locked until the commit: an unlink, a deactivation or a changed address either comes first and counts, or waits.
const sqlActor = `
SELECT @n::integer, b.party_kind, b.party_id, ` + personColumns + `
  FROM @each
  JOIN bindings b ON b.platform = @platform::text AND b.team = @team::text AND b.user_id = @user::text AND b.ended_at IS NULL
  LEFT JOIN people p ON b.party_kind = 'person' AND p.id = b.party_id AND p.active
   FOR SHARE OF b`

const sqlActorPassed = sqlActor + skipped

const sqlCause = `
SELECT @n::integer, c.answer, s.number
  FROM @each
  JOIN causes c ON c.platform = @platform::text AND c.team = @team::text AND c.user_id = @user::text AND c.key = @key::text
  JOIN subjects s ON s.id = c.subject_id`

// What the actor's own card of the subject shows at this moment.
const sqlShown = `
SELECT @n::integer, c.revision, c.hash, c.facts
  FROM @each
  JOIN LATERAL (SELECT * FROM cards WHERE subject_id = @subject::uuid AND NOT folded AND facts IS NOT NULL OFFSET 0) c ON true
  JOIN bindings b ON b.id = c.binding_id
 WHERE b.platform = @platform::text AND b.team = @team::text AND b.user_id = @user::text AND b.ended_at IS NULL`

// load is the first trip: the locks, and what is read behind them.
func (a *attempt) load(h held) *Trip {
	c, trip := a.change, &Trip{}
	a.actor.queue(trip, c.Cause.ChatUser, h)
	a.part.Locks(trip)
	if c.Subject != "" {
		lock := sqlLockSubject
		if h == passed {
			lock = sqlLockSubjectPassed
		}
		queue(trip, lock, args{"subject": string(c.Subject)}, one(a.stored.dest()...))
	}
	queue(trip, sqlCause, with(chatUser(c.Cause.ChatUser), args{"key": c.Cause.Key}), one(&a.known, &a.number))
	if c.Subject != "" && a.actor.chats {
		queue(trip, sqlShown, with(chatUser(c.Cause.ChatUser), args{"subject": string(c.Subject)}),
			one(&a.shown.Revision, &a.shown.Hash, &a.shown.Facts))
	}
	a.part.Load(trip)
	return trip
}

// decide has the part decide by what was loaded, and gives the second trip; nil: there is nothing to write, and this is over.
func (a *attempt) decide() *Trip {
	c := a.change
	actor := a.actor.actor(c.Cause.ChatUser)
	if a.known != nil {
		if a.err = json.Unmarshal(a.known, &a.answer); a.err == nil {
			a.answer.Number, a.answer.Repeated, a.answer.By = a.number, true, actor
		}
		return nil
	}
	if c.Subject != "" && a.stored.s.ID == "" {
		a.err = workflows.Refuse(workflows.NotFound, "request.gone", nil)
		return nil
	}
	var seen *workflows.Shown
	if a.shown.Facts != nil {
		seen = &a.shown
	}
	o, err := a.part.Decide(a.stored.subject(), actor, seen)
	if err != nil {
		a.err = final{err}
		return nil
	}
	a.number, a.told = a.stored.s.Number, o.Told
	a.told.By = actor
	trip, err := writes(c, o, a.stored.hash, a.part, &a.number)
	if err != nil {
		a.err = final{err}
		return nil
	}
	return trip
}

// committed tells the answer of an attempt whose writes are stored.
func (a *attempt) committed() {
	a.sent, a.answer = true, a.told
	a.answer.Number = a.number
}

// failed says what the failure of the second trip means for an attempt that was alone in it.
func (a *attempt) failed(err error) {
	if a.err = a.part.Violated(err); a.err != nil {
		return
	}
	if violated(err, "claims_pkey") { // the rules have looked, but only for what was there then
		a.err = workflows.Refuse(workflows.Invalid, "claim.taken", nil)
		return
	}
	a.err, a.sent = err, !saidNo(err)
}

// saidNo tells that it was Postgres that refused: surely nothing was committed. When it ends the connection it may have committed before.
func saidNo(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}

// alone is one transaction for one attempt.
func (s *Store) alone(ctx context.Context, c workflows.Change, part Part) *attempt {
	a := &attempt{change: c, part: part}
	b := &pgx.Batch{}
	b.Queue("begin")
	merge(b, a.load(waited))
	var written []*Trip
	failed := s.transact(ctx, b, func() []*Trip {
		if trip := a.decide(); trip != nil {
			written = append(written, trip)
		}
		return written
	})
	switch {
	case failed == nil && written != nil:
		a.committed()
	case failed != nil && failed.sent:
		a.failed(failed.error)
	case failed != nil:
		a.err = failed.error
	}
	return a
}

// failure is why a transaction came to nothing.
type failure struct {
	error
	sent   bool // its writes were, and perhaps it is committed all the same
	broken bool // there is no connection, or not any more
}

// transact makes a transaction of two trips: load begins it, and what decide makes of that is written, if there is anything.
func (s *Store) transact(ctx context.Context, load *pgx.Batch, decide func() []*Trip) *failure {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return &failure{error: err, broken: true}
	}
	defer conn.Release()
	failed := func(err error, sent bool) *failure {
		broken := conn.Conn().IsClosed()
		rollback(conn.Conn())
		return &failure{err, sent, broken}
	}
	if err := conn.SendBatch(ctx, load).Close(); err != nil {
		return failed(err, false)
	}
	trips := decide()
	if len(trips) == 0 {
		rollback(conn.Conn())
		return nil
	}
	b := &pgx.Batch{}
	merge(b, trips...)
	b.Queue("commit")
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return failed(err, true)
	}
	return nil
}

// actorScan finds out who acts.
type actorScan struct {
	chats  bool
	party  workflows.Party
	person personScan
}

func (s *actorScan) queue(trip *Trip, u workflows.ChatUser, h held) {
	if s.chats = u.Platform != workflows.PlatformSystem && u.Platform != workflows.PlatformCLI; !s.chats {
		return
	}
	sql := sqlActor
	if h == passed {
		sql = sqlActorPassed
	}
	queue(trip, sql, chatUser(u), one(append([]any{&s.party.Kind, &s.party.ID}, s.person.dest()...)...))
}

func (s *actorScan) actor(u workflows.ChatUser) workflows.Actor {
	switch {
	case u.Platform == workflows.PlatformSystem:
		return workflows.ClockActor()
	case u.Platform == workflows.PlatformCLI:
		return workflows.OperatorActor(u.User)
	}
	return workflows.Actor{Party: s.party, Person: s.person.person(), Platform: u.Platform}
}

// rollback ends a transaction that is not to be; a connection on which that fails is closed, which Postgres takes as a rollback too.
func rollback(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Close(ctx)
	}
}
