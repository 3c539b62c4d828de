package storage

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

const requestColumns = `r.id::text, r.number, r.kind, r.definition, r.requester_id, r.submitted_by_id, r.state, r.revision, r.seq, r.form, r.measures, r.steps, r.step,
	r.submitted_at, r.changed_at, r.audit_hash`

const sqlRequest = `SELECT ` + requestColumns + ` FROM requests r WHERE r.number = @number`

const sqlLockRequest = sqlRequest + ` FOR UPDATE`

const sqlTurns = `
SELECT t.revision, t.step, t.slot, t.person_id, coalesce(t.for_id, 0), t.why, t.state, t.comment, t.opened_at, t.decided_at, t.nudged_at
  FROM turns t
  JOIN requests r ON r.id = t.request_id
 WHERE r.number = @number
 ORDER BY t.nr`

// requestScan reads a request and the hash that its next audit row is linked to.
type requestScan struct {
	r    workflows.Request
	hash []byte
}

func (s *requestScan) dest() []any {
	r := &s.r
	return []any{&r.ID, &r.Number, &r.Kind, &r.Definition, &r.Requester, &r.SubmittedBy, &r.State, &r.Revision, &r.Seq, &r.Form, &r.Measures, &r.Steps, &r.Step,
		&r.SubmittedAt, &r.ChangedAt, &s.hash}
}

// queue reads the request with its turns; lock is sqlLockRequest or sqlRequest.
func (s *requestScan) queue(b *pgx.Batch, lock, number string) {
	queue(b, lock, args{"number": number}, one(s.dest()...))
}

func (s *requestScan) queueTurns(b *pgx.Batch, number string) {
	var t workflows.Turn
	var decided, nudged pgtype.Timestamptz
	queue(b, sqlTurns, args{"number": number}, each(func() {
		turn := t
		turn.OpenedAt, turn.DecidedAt, turn.NudgedAt = turn.OpenedAt.UTC(), instant(decided), instant(nudged)
		s.r.Turns = append(s.r.Turns, turn)
	}, &t.Revision, &t.Step, &t.Slot, &t.Person, &t.For, &t.Why, &t.State, &t.Comment, &t.OpenedAt, &decided, &nudged))
}

func (s *requestScan) request() workflows.Request {
	r := s.r
	r.SubmittedAt, r.ChangedAt = r.SubmittedAt.UTC(), r.ChangedAt.UTC()
	return r
}
