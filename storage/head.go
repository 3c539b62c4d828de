package storage

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// Head is the newest record of a subject's audit. Its hash covers all that were before it, so whoever keeps it elsewhere can tell later
// that none of them was changed or taken away, also by an owner of the database who makes everything else fit.
type Head struct {
	Ref  workflows.Ref
	Seq  int
	Hash []byte
}

// A subject whose row is gone is named by its ID.
const sqlHeads = `
SELECT DISTINCT ON (a.subject_id) a.subject_id::text, coalesce(s.number, a.subject_id::text), coalesce(s.kind, '-'), a.seq, a.hash
  FROM audit a
  LEFT JOIN subjects s ON s.id = a.subject_id
 ORDER BY a.subject_id, a.seq DESC`

// Heads gives the newest record of every subject's audit, in the order of their IDs and of one moment.
func (s *Store) Heads(ctx context.Context, each func(Head) error) error {
	rows, err := s.pool.Query(ctx, sqlHeads)
	if err != nil {
		return err
	}
	var h Head
	_, err = pgx.ForEachRow(rows, []any{&h.Ref.ID, &h.Ref.Number, &h.Ref.Kind, &h.Seq, &h.Hash}, func() error { return each(h) })
	return err
}

const sqlHeadsSince = `
SELECT k.nr, coalesce((SELECT max(x.seq) FROM audit x WHERE x.subject_id = k.id), 0), coalesce(a.hash, ''), coalesce(s.number, ''),
       coalesce(s.kind, '')
  FROM unnest(@ids::uuid[], @seqs::integer[]) WITH ORDINALITY AS k (id, seq, nr)
  LEFT JOIN audit a ON a.subject_id = k.id AND a.seq = k.seq
  LEFT JOIN subjects s ON s.id = k.id
 ORDER BY k.nr`

// LostHeads says of which heads that were kept the audit knows nothing any more, and why, one sentence for each. That a chain has grown
// since is as it should be.
func (s *Store) LostHeads(ctx context.Context, kept []Head) (lost []string, err error) {
	var ids []string
	var seqs []int32
	for _, h := range kept {
		ids, seqs = append(ids, string(h.Ref.ID)), append(seqs, int32(h.Seq))
	}
	rows, err := s.pool.Query(ctx, sqlHeadsSince, args{"ids": ids, "seqs": seqs})
	if err != nil {
		return nil, err
	}
	var nr, seq int
	var hash []byte
	var now workflows.Ref
	_, err = pgx.ForEachRow(rows, []any{&nr, &seq, &hash, &now.Number, &now.Kind}, func() error {
		was := kept[nr-1]
		switch {
		case seq == 0:
			lost = append(lost, fmt.Sprintf("%s is gone: it had %s", was.Ref.Number, records(was.Seq)))
		case seq < was.Seq:
			lost = append(lost, fmt.Sprintf("%s was shortened: it had %s, and has %d", was.Ref.Number, records(was.Seq), seq))
		case string(hash) != string(was.Hash):
			lost = append(lost, fmt.Sprintf("%s was rewritten: the hash of record %d is %s, and was %s", was.Ref.Number, was.Seq,
				hex.EncodeToString(hash), hex.EncodeToString(was.Hash)))
		case workflows.InertLine(now.Number) != was.Ref.Number || now.Kind != was.Ref.Kind:
			lost = append(lost, fmt.Sprintf("%s (%s) is called %q (%s) now", was.Ref.Number, was.Ref.Kind, now.Number, now.Kind))
		}
		return nil
	})
	return lost, err
}

func records(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}
