package storage

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const auditColumns = `a.subject_id::text, a.seq, a.at, a.event, a.actor_kind, a.actor_id, a.for_id, a.operator, a.platform, a.revision,
	a.from_state, a.to_state, a.digest, a.hash, v.salt, v.body::text`

const sqlAuditOf = `
SELECT ` + auditColumns + `
  FROM audit a
  LEFT JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq
 WHERE a.subject_id = @subject
 ORDER BY a.seq`

// Audit gives a subject's audit, oldest change first.
func (s *Store) Audit(ctx context.Context, id workflows.SubjectID) ([]workflows.AuditRow, error) {
	rows, err := s.pool.Query(ctx, sqlAuditOf, args{"subject": string(id)})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.AuditRow, error) {
		return scanAudit(row)
	})
}

// scanAudit reads the columns of auditColumns, and those that a statement has behind them.
func scanAudit(row pgx.CollectableRow, more ...any) (a workflows.AuditRow, err error) {
	var body *string
	err = row.Scan(append([]any{&a.Subject, &a.Seq, &a.At, &a.Event, &a.Actor.Kind, &a.Actor.ID, &a.For, &a.Operator, &a.Platform,
		&a.Revision, &a.From, &a.To, &a.Digest, &a.Hash, &a.Salt, &body}, more...)...)
	a.At = a.At.UTC()
	if err == nil && body != nil {
		a.Body = []byte(*body)
		// Values that cannot be read are a break in the chain, which Verify names; they are no reason to stop reading.
		_ = json.Unmarshal(a.Body, &a.Values)
	}
	return a, err
}
