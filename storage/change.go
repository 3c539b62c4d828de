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

// Change claims the cause, resolves its actor, locks the request (for a new one: the requester), calls decide with what is stored and known now, and
// commits the new state, its audit row and everything that follows from it together. It makes two trips to Postgres.
//
// An error from decide writes nothing. A repeated cause returns the first answer. When the connection breaks it tries again under the same cause,
// which finds out whether the first try was committed; it gives up with ctx, as Unavailable when surely nothing was saved, else as Unconfirmed.
func (s *Store) Change(ctx context.Context, c workflows.Change, decide workflows.Decide) (workflows.Answer, error) {
	perhaps := false // an earlier try may have been committed
	for try := 0; ; try++ {
		answer, sent, err := s.try(ctx, c, decide)
		var refused undecided
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

// undecided is an error from decide, which another try would only meet again.
type undecided struct{ error }

// passing tells whether another try can do better: the connection broke, Postgres is starting or stopping, or another transaction got in the way.
func passing(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var scan pgx.ScanArgError // what came back is not what the program expects
		return !errors.As(err, &scan)
	}
	switch {
	case pg.ConstraintName == "causes_pkey": // the same cause at the same moment, on another request: the next try hears its answer
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

const sqlLockRequester = `SELECT p.id FROM people p WHERE p.id = ` + requester + ` FOR NO KEY UPDATE`

const sqlCause = `
SELECT c.answer, r.number
  FROM causes c
  JOIN requests r ON r.id = c.request_id
 WHERE c.platform = @platform AND c.team = @team AND c.user_id = @user AND c.key = @key`

// What the actor's own card of the request shows at this moment.
const sqlShown = `
SELECT c.revision, c.hash, c.facts
  FROM cards c
  JOIN requests r ON r.id = c.request_id
  JOIN bindings b ON b.id = c.binding_id
 WHERE r.number = @number AND NOT c.folded AND c.facts IS NOT NULL
   AND b.platform = @platform AND b.team = @team AND b.user_id = @user AND b.ended_at IS NULL`

// try is one transaction. sent tells that the writes were sent, so that a broken connection leaves the outcome open.
func (s *Store) try(ctx context.Context, c workflows.Change, decide workflows.Decide) (answer workflows.Answer, sent bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return answer, false, err
	}
	defer conn.Release()

	sub := subject{Number: c.Number, Requester: c.Requester, Cause: c.Cause}
	actor := workflows.Actor{Platform: c.Cause.Platform}
	var (
		stored requestScan
		facts  workflows.Facts
		known  []byte
		number string
		shown  workflows.Shown
		person personScan
	)
	b := &pgx.Batch{}
	b.Queue("begin")
	if c.Number != "" {
		stored.queue(b, sqlLockRequest, c.Number)
	}
	if c.Number == "" || c.Contested {
		var id int64
		queue(b, sqlLockRequester, sub.args(nil), one(&id))
	}
	queue(b, sqlCause, args{"platform": c.Cause.Platform, "team": c.Cause.Team, "user": c.Cause.User, "key": c.Cause.Key}, one(&known, &number))
	switch c.Cause.Platform {
	case workflows.PlatformSystem:
		actor.System = true
	case workflows.PlatformCLI:
		actor.Operator = c.Cause.User
	default:
		queue(b, sqlActor, args{"platform": c.Cause.Platform, "team": c.Cause.Team, "user": c.Cause.User}, one(person.dest()...))
		if c.Number != "" {
			queue(b, sqlShown, args{"number": c.Number, "platform": c.Cause.Platform, "team": c.Cause.Team, "user": c.Cause.User},
				one(&shown.Revision, &shown.Hash, &shown.Facts))
		}
	}
	if c.Number != "" {
		stored.queueTurns(b, c.Number)
	}
	finish := load(b, sub, c.Wants, c.Now, &facts)
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		rollback(conn.Conn())
		return answer, false, err
	}
	finish()
	actor.Person = person.person()
	if shown.Facts != nil {
		facts.Shown = &shown
	}

	if known != nil {
		rollback(conn.Conn())
		if err := json.Unmarshal(known, &answer); err != nil {
			return answer, false, err
		}
		answer.Number, answer.Repeated = number, true
		return answer, false, nil
	}
	request := stored.request()
	if c.Number != "" && request.ID == "" {
		rollback(conn.Conn())
		return answer, false, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": c.Number})
	}
	if c.Number == "" {
		request = workflows.Request{Requester: c.Requester, SubmittedBy: actor.Person.ID}
		if c.Requester == 0 {
			request.Requester = actor.Person.ID
		}
	}
	d, err := decide(request, actor, facts)
	if err != nil {
		rollback(conn.Conn())
		return answer, false, undecided{err}
	}

	number = ""
	w, err := writes(c, d, stored.hash, &number)
	if err != nil {
		rollback(conn.Conn())
		return answer, false, undecided{err}
	}
	if err := conn.SendBatch(ctx, w).Close(); err != nil {
		rollback(conn.Conn())
		switch { // somebody was faster; the rules have looked, but only for what was there then
		case violated(err, "spans_exclusive"):
			err = workflows.Refuse(workflows.Invalid, "span.taken", nil)
		case violated(err, "claims_pkey"):
			err = workflows.Refuse(workflows.Invalid, "claim.taken", nil)
		}
		var pg *pgconn.PgError
		refused := errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
		return answer, !refused, err // Postgres itself said no: surely not committed; when it ends the connection it may have committed before
	}
	answer = d.Told
	answer.Number = number
	return answer, true, nil
}

// rollback ends a transaction that is not to be; a connection on which that fails is closed, which Postgres takes as a rollback too.
func rollback(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Close(ctx)
	}
}
