package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

const auditColumns = `r.number, a.request_id::text, a.seq, a.at, a.event, a.actor_id, a.for_id, a.operator, a.platform, a.revision, a.from_state, a.to_state,
	a.digest, a.hash, v.salt, v.body::text`

const sqlAuditOf = `
SELECT ` + auditColumns + `
  FROM audit a
  JOIN requests r ON r.id = a.request_id
  LEFT JOIN audit_values v ON v.request_id = a.request_id AND v.seq = a.seq
 WHERE r.number = @number
 ORDER BY a.seq`

const sqlAuditAll = `
SELECT ` + auditColumns + `
  FROM audit a
  JOIN requests r ON r.id = a.request_id
  LEFT JOIN audit_values v ON v.request_id = a.request_id AND v.seq = a.seq
 ORDER BY a.request_id, a.seq`

const sqlAuditHeads = `SELECT r.number, r.seq, r.audit_hash FROM requests r`

// Audit gives a request's audit, oldest change first.
func (s *Store) Audit(ctx context.Context, number string) ([]workflows.AuditRow, error) {
	rows, err := s.pool.Query(ctx, sqlAuditOf, args{"number": number})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (workflows.AuditRow, error) {
		_, a, err := scanAudit(row)
		return a, err
	})
}

func scanAudit(row pgx.CollectableRow) (number string, a workflows.AuditRow, err error) {
	var body *string
	err = row.Scan(&number, &a.Request, &a.Seq, &a.At, &a.Event, &a.Actor, &a.For, &a.Operator, &a.Platform, &a.Revision, &a.From, &a.To,
		&a.Digest, &a.Hash, &a.Salt, &body)
	a.At = a.At.UTC()
	if err == nil && body != nil {
		a.Body = []byte(*body)
		// Values that cannot be read are a break in the chain, which Verify names; they are no reason to stop reading.
		_ = json.Unmarshal(a.Body, &a.Values)
	}
	return number, a, err
}

// Broken is the first row of a request's audit that is not what was recorded.
type Broken struct {
	Number string
	Seq    int
	Why    string
}

func (b Broken) String() string { return fmt.Sprintf("%s seq %d", b.Number, b.Seq) }

// VerifyAudit checks every chain from its first row to the head that the request carries, and gives the first broken row of each and how many rows
// were read.
func (s *Store) VerifyAudit(ctx context.Context) (broken []Broken, checked int, err error) {
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}) // the rows and the heads of one moment
	if err != nil {
		return nil, 0, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	type end struct {
		seq  int
		hash string
	}
	ends := map[string]end{}
	bad := map[string]bool{}
	report := func(number string, seq int, why string) {
		if !bad[number] {
			bad[number] = true
			broken = append(broken, Broken{Number: number, Seq: seq, Why: why})
		}
	}
	rows, err := tx.Query(ctx, sqlAuditAll)
	if err != nil {
		return nil, 0, err
	}
	for rows.Next() {
		number, a, err := scanAudit(rows)
		if err != nil {
			return nil, checked, err
		}
		checked++
		last := ends[number]
		if a.Seq != last.seq+1 {
			report(number, last.seq+1, "the row is missing")
		} else if err := a.Verify([]byte(last.hash)); err != nil {
			report(number, a.Seq, err.Error())
		}
		ends[number] = end{a.Seq, string(a.Hash)}
	}
	if err := rows.Err(); err != nil {
		return nil, checked, err
	}
	heads, err := tx.Query(ctx, sqlAuditHeads)
	if err != nil {
		return nil, checked, err
	}
	var number string
	var seq int
	var hash []byte
	_, err = pgx.ForEachRow(heads, []any{&number, &seq, &hash}, func() error {
		switch last := ends[number]; {
		case last.seq < seq:
			report(number, last.seq+1, "the row is missing")
		case last.seq > seq:
			report(number, seq+1, "the request does not know the row")
		case last.hash != string(hash):
			report(number, seq, "the row is not the one that the request was left with")
		}
		return nil
	})
	return broken, checked, err
}
