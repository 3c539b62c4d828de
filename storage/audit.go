package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const auditColumns = `coalesce(s.kind, ''), coalesce(s.number, a.subject_id::text), a.subject_id::text, a.seq, a.at, a.event,
	a.actor_kind, a.actor_id, a.for_id, a.operator, a.platform, a.revision, a.from_state, a.to_state, a.digest, a.hash, v.salt,
	v.body::text`

const sqlAuditOf = `
SELECT ` + auditColumns + `
  FROM audit a
  LEFT JOIN subjects s ON s.id = a.subject_id
  LEFT JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq
 WHERE a.subject_id = @subject
 ORDER BY a.seq`

const sqlAuditAll = `
SELECT ` + auditColumns + `
  FROM audit a
  LEFT JOIN subjects s ON s.id = a.subject_id
  LEFT JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq
 ORDER BY a.subject_id, a.seq`

const sqlAuditHeads = `SELECT s.kind, s.number, s.id::text, s.seq, s.audit_hash FROM subjects s`

// No foreign key keeps rows, their values and their subjects together. What was erased leaves an empty row of values, so none is ever
// without the others.
const sqlAuditApart = `
SELECT coalesce(s.kind, ''), coalesce(s.number, x.subject_id::text), x.subject_id::text, x.seq, x.why
  FROM (SELECT v.subject_id, v.seq, 'there are values without a row' AS why
          FROM audit_values v
         WHERE NOT EXISTS (SELECT FROM audit a WHERE a.subject_id = v.subject_id AND a.seq = v.seq)
        UNION ALL
        SELECT a.subject_id, a.seq, 'the values are missing'
          FROM audit a
         WHERE NOT EXISTS (SELECT FROM audit_values v WHERE v.subject_id = a.subject_id AND v.seq = a.seq)
        UNION ALL
        SELECT a.subject_id, a.seq, 'its subject is missing'
          FROM audit a
         WHERE NOT EXISTS (SELECT FROM subjects k WHERE k.id = a.subject_id)) x
  LEFT JOIN subjects s ON s.id = x.subject_id
 ORDER BY 2, 4`

// Audit gives a subject's audit, oldest change first.
func (s *Store) Audit(ctx context.Context, id workflows.SubjectID) ([]workflows.AuditRow, error) {
	rows, err := s.pool.Query(ctx, sqlAuditOf, args{"subject": string(id)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.AuditRow, error) {
		_, a, err := scanAudit(row)
		return a, err
	})
}

func scanAudit(row pgx.CollectableRow) (ref workflows.Ref, a workflows.AuditRow, err error) {
	var body *string
	err = row.Scan(&ref.Kind, &ref.Number, &a.Subject, &a.Seq, &a.At, &a.Event, &a.Actor.Kind, &a.Actor.ID, &a.For, &a.Operator,
		&a.Platform, &a.Revision, &a.From, &a.To, &a.Digest, &a.Hash, &a.Salt, &body)
	a.At, ref.ID = a.At.UTC(), a.Subject
	if err == nil && body != nil {
		a.Body = []byte(*body)
		// Values that cannot be read are a break in the chain, which Verify names; they are no reason to stop reading.
		_ = json.Unmarshal(a.Body, &a.Values)
	}
	return ref, a, err
}

// Broken is the first row of a subject's audit that is not what was recorded.
type Broken struct {
	Ref workflows.Ref
	Seq int
	Why string
}

func (b Broken) String() string { return fmt.Sprintf("%s seq %d", b.Ref.Number, b.Seq) }

// verifier follows every chain and keeps the first break of each.
type verifier struct {
	ends    map[workflows.SubjectID]chainEnd
	broken  []Broken
	bad     map[workflows.SubjectID]bool
	checked int
}

type chainEnd struct {
	seq  int
	hash string
}

func (v *verifier) report(ref workflows.Ref, seq int, why string) {
	if !v.bad[ref.ID] {
		v.bad[ref.ID] = true
		v.broken = append(v.broken, Broken{Ref: ref, Seq: seq, Why: why})
	}
}

func (v *verifier) row(ref workflows.Ref, a workflows.AuditRow) {
	v.checked++
	last := v.ends[ref.ID]
	if a.Seq != last.seq+1 {
		v.report(ref, last.seq+1, "the row is missing")
	} else if err := a.Verify([]byte(last.hash)); err != nil {
		v.report(ref, a.Seq, err.Error())
	}
	v.ends[ref.ID] = chainEnd{a.Seq, string(a.Hash)}
}

func (v *verifier) head(ref workflows.Ref, seq int, hash []byte) {
	switch last := v.ends[ref.ID]; {
	case last.seq < seq:
		v.report(ref, last.seq+1, "the row is missing")
	case last.seq > seq:
		v.report(ref, seq+1, "its subject does not know the row")
	case last.hash != string(hash):
		v.report(ref, seq, "the row is not the one that its subject was left with")
	}
}

// VerifyAudit checks every chain from its first row to the head that its subject carries, and gives the first broken row of each and
// how many rows were read.
func (s *Store) VerifyAudit(ctx context.Context) (broken []Broken, checked int, err error) {
	// The rows and the heads of one moment.
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, 0, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	v := verifier{ends: map[workflows.SubjectID]chainEnd{}, bad: map[workflows.SubjectID]bool{}}
	rows, err := tx.Query(ctx, sqlAuditAll)
	if err != nil {
		return nil, 0, err
	}
	for rows.Next() {
		ref, a, err := scanAudit(rows)
		if err != nil {
			return nil, v.checked, err
		}
		v.row(ref, a)
	}
	if err := rows.Err(); err != nil {
		return nil, v.checked, err
	}
	var ref workflows.Ref
	var seq int
	var hash []byte
	heads, err := tx.Query(ctx, sqlAuditHeads)
	if err != nil {
		return nil, v.checked, err
	}
	if _, err := pgx.ForEachRow(heads, []any{&ref.Kind, &ref.Number, &ref.ID, &seq, &hash},
		func() error { v.head(ref, seq, hash); return nil }); err != nil {
		return nil, v.checked, err
	}
	var why string
	apart, err := tx.Query(ctx, sqlAuditApart)
	if err != nil {
		return nil, v.checked, err
	}
	_, err = pgx.ForEachRow(apart, []any{&ref.Kind, &ref.Number, &ref.ID, &seq, &why}, func() error { v.report(ref, seq, why); return nil })
	return v.broken, v.checked, err
}
