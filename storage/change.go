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
	Locks(b *pgx.Batch)
	// Load queues what is read behind the locks.
	Load(b *pgx.Batch)
	// Decide says what follows. s is the subject as it is locked; the zero one for a new subject. An error writes nothing.
	Decide(s workflows.Subject, actor workflows.Actor, shown *workflows.Shown) (workflows.Outcome, error)
	// Write queues the rows of the part's own tables, behind the subject's row and before what the shell writes.
	Write(b *pgx.Batch)
	// Violated makes a refusal of the violation of one of the part's own constraints: somebody was faster. nil: it is none of them.
	Violated(err error) error
}

// Change claims the cause, resolves its actor, locks the subject, has its part decide with what is stored and known now, and commits
// the new state, its audit row and everything that follows from it together. It makes two trips to Postgres.
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
		answer, sent, err := s.try(ctx, c, part())
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
		perhaps = perhaps || sent
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

// The binding stays locked until the commit: an unlink, a deactivation or a changed address either comes first and counts, or waits.
const sqlActor = `
SELECT b.party_kind, b.party_id, ` + personColumns + `
  FROM bindings b
  LEFT JOIN people p ON b.party_kind = 'person' AND p.id = b.party_id AND p.active
 WHERE b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL
   FOR SHARE OF b`

const sqlCause = `
SELECT c.answer, s.number
  FROM causes c
  JOIN subjects s ON s.id = c.subject_id
 WHERE c.platform = @platform AND c.team = @team AND c.user_id = @user AND c.key = @key`

// What the actor's own card of the subject shows at this moment.
const sqlShown = `
SELECT c.revision, c.hash, c.facts
  FROM cards c
  JOIN bindings b ON b.id = c.binding_id
 WHERE c.subject_id = @subject AND NOT c.folded AND c.facts IS NOT NULL
   AND b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL`

// try is one transaction. sent tells that the writes were sent, so that a broken connection leaves the outcome open.
func (s *Store) try(ctx context.Context, c workflows.Change, part Part) (answer workflows.Answer, sent bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return answer, false, err
	}
	defer conn.Release()

	var (
		actor  actorScan
		stored subjectScan
		known  []byte
		number string
		shown  workflows.Shown
	)
	b := &pgx.Batch{}
	b.Queue("begin")
	actor.queue(b, c.Cause.ChatUser)
	part.Locks(b)
	if c.Subject != "" {
		queue(b, sqlLockSubject, args{"subject": string(c.Subject)}, one(stored.dest()...))
	}
	queue(b, sqlCause, with(chatUser(c.Cause.ChatUser), args{"key": c.Cause.Key}), one(&known, &number))
	if c.Subject != "" && actor.chats {
		queue(b, sqlShown, with(chatUser(c.Cause.ChatUser), args{"subject": string(c.Subject)}),
			one(&shown.Revision, &shown.Hash, &shown.Facts))
	}
	part.Load(b)
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		rollback(conn.Conn())
		return answer, false, err
	}
	if known != nil {
		rollback(conn.Conn())
		if err := json.Unmarshal(known, &answer); err != nil {
			return answer, false, err
		}
		answer.Number, answer.Repeated = number, true
		return answer, false, nil
	}
	if c.Subject != "" && stored.s.ID == "" {
		rollback(conn.Conn())
		return answer, false, workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	var seen *workflows.Shown
	if shown.Facts != nil {
		seen = &shown
	}
	o, err := part.Decide(stored.subject(), actor.actor(c.Cause.ChatUser), seen)
	if err != nil {
		rollback(conn.Conn())
		return answer, false, final{err}
	}
	w, err := writes(c, o, stored.hash, part, &number)
	if err != nil {
		rollback(conn.Conn())
		return answer, false, final{err}
	}
	if err := conn.SendBatch(ctx, w).Close(); err != nil {
		rollback(conn.Conn())
		if refusal := part.Violated(err); refusal != nil {
			return answer, false, refusal
		}
		if violated(err, "claims_pkey") { // the rules have looked, but only for what was there then
			return answer, false, workflows.Refuse(workflows.Invalid, "claim.taken", nil)
		}
		var pg *pgconn.PgError
		refused := errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
		// Postgres itself said no: surely not committed. When it ends the connection it may have committed before.
		return answer, !refused, err
	}
	answer = o.Told
	answer.Number = number
	return answer, true, nil
}

// actorScan finds out who acts.
type actorScan struct {
	chats  bool
	party  workflows.Party
	person personScan
}

func (s *actorScan) queue(b *pgx.Batch, u workflows.ChatUser) {
	if s.chats = u.Platform != workflows.PlatformSystem && u.Platform != workflows.PlatformCLI; !s.chats {
		return
	}
	queue(b, sqlActor, chatUser(u), one(append([]any{&s.party.Kind, &s.party.ID}, s.person.dest()...)...))
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
