package storage

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const subjectColumns = `s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.digest, s.seq, s.changed_at, s.erased,
	s.audit_hash`

const sqlLockSubject = `
SELECT @n::integer, ` + subjectColumns + `
  FROM @each
  JOIN subjects s ON s.id = @subject::uuid
   FOR NO KEY UPDATE OF s`

const sqlLockSubjectPassed = sqlLockSubject + skipped

const sqlInsertSubject = `
INSERT INTO subjects (id, number, kind, definition, state, final, revision, digest, seq, changed_at, audit_hash)
VALUES (@subject, CASE WHEN @prefix::text = '' THEN @number::text ELSE @prefix::text || '-' || nextval(@sequence::text::regclass) END,
       @kind, @definition,
        @state, @final, @revision, @hash, @seq, @changed_at, @hash)
RETURNING number`

const sqlUpdateSubject = `
UPDATE subjects s
   SET state = @state::text, final = @final::boolean,
       digest = CASE WHEN s.revision = @revision::integer THEN s.digest ELSE @hash::bytea END, revision = @revision::integer,
       seq = @seq::integer, changed_at = @changed_at::timestamptz, audit_hash = @hash::bytea
  FROM @each
 WHERE s.id = @subject::uuid`

// subjectScan reads a subject and the hash that its next audit row is linked to.
type subjectScan struct {
	s            workflows.Subject
	digest, hash []byte
}

func (s *subjectScan) dest() []any {
	return []any{&s.s.ID, &s.s.Number, &s.s.Kind, &s.s.Definition, &s.s.State, &s.s.Revision, &s.digest, &s.s.Seq, &s.s.ChangedAt,
		&s.s.Erased, &s.hash}
}

func (s *subjectScan) subject() workflows.Subject {
	if s.s.ID == "" {
		return workflows.Subject{}
	}
	subject := s.s
	subject.ChangedAt, subject.Digest = subject.ChangedAt.UTC(), workflows.RevisionDigest(s.digest)
	return subject
}

const sqlFind = `SELECT s.kind, s.id::text, s.number FROM subjects s WHERE s.number = @number ORDER BY s.kind`

// Find lists what has a number: one of each kind at most.
func (s *Store) Find(ctx context.Context, number string) ([]workflows.Ref, error) {
	rows, err := s.pool.Query(ctx, sqlFind, args{"number": number})
	if err != nil {
		return nil, unread(err)
	}
	refs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.Ref, error) {
		var ref workflows.Ref
		err := row.Scan(&ref.Kind, &ref.ID, &ref.Number)
		return ref, err
	})
	return refs, unread(err)
}

const sqlKindOf = `SELECT s.kind FROM subjects s WHERE s.id = @subject`

// KindOf names what a subject is; NotFound when there is none.
func (s *Store) KindOf(ctx context.Context, id workflows.SubjectID) (kind workflows.KindName, err error) {
	err = s.pool.QueryRow(ctx, sqlKindOf, args{"subject": string(id)}).Scan(&kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", workflows.Refuse(workflows.NotFound, "request.gone", nil)
	}
	return kind, unread(err)
}

func chatUser(u workflows.ChatUser) args {
	return args{"platform": u.Platform, "team": u.Team, "user": u.User}
}
