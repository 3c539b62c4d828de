package storage

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/nod-chat/nod/workflows"
)

// A subject that claims again what it has, as after an edit, changes nothing; what another has violates the key and ends the transaction.
// What it had and does not claim again is free.
const sqlClaims = `
INSERT INTO claims (key, subject_id)
SELECT k, @subject
  FROM unnest(@keys::text[]) AS k
 WHERE NOT EXISTS (SELECT FROM claims c WHERE c.key = k AND c.subject_id = @subject)`

const sqlUnclaim = `DELETE FROM claims WHERE subject_id = @subject AND key <> ALL (@keys::text[])`

const sqlFilesTaken = `UPDATE files SET subject_id = @subject WHERE id = ANY (@files::uuid[]) AND subject_id IS NULL`

const sqlAudit = `
INSERT INTO audit (subject_id, seq, at, event, actor_kind, actor_id, for_id, operator, platform, revision, from_state, to_state, digest,
       hash)
VALUES (@subject, @seq, @at, @event, @actor_kind, @actor, @for, @operator, @platform, @revision, @from, @to, @digest, @hash)`

const sqlAuditValues = `INSERT INTO audit_values (subject_id, seq, salt, body) VALUES (@subject, @seq, @salt, @body)`

// Everyone's card is drawn again; whether anything on it changed is seen when it is drawn. One that is being sent at this moment stays
// its sender's, and one whose platform asked to be left alone still waits: to let another replica have it now would post it twice.
const sqlWantCards = `
UPDATE cards
   SET wanted = @seq, next_at = CASE WHEN attempts = 0 THEN now() ELSE next_at END
 WHERE subject_id = @subject AND NOT dead`

const sqlFoldCards = `
UPDATE cards c
   SET folded = true
  FROM unnest(@kinds::text[], @parties::bigint[]) AS w (kind, id)
  JOIN bindings b ON b.party_kind = w.kind AND b.party_id = w.id
 WHERE b.id = c.binding_id AND b.ended_at IS NULL AND b.gone_at IS NULL AND c.subject_id = @subject AND NOT c.folded`

const sqlFreshCards = `
INSERT INTO cards (id, subject_id, binding_id, platform, wanted, next_at)
SELECT gen_random_uuid(), @subject, b.id, b.platform, @seq, now()
  FROM unnest(@kinds::text[], @parties::bigint[]) AS w (kind, id)
  JOIN bindings b ON b.party_kind = w.kind AND b.party_id = w.id AND b.ended_at IS NULL AND b.gone_at IS NULL`

// A notice goes to the chat that its party bound last. What goes into a digest waits until the others of the same moment are there.
const sqlNotice = `
INSERT INTO notices (id, about, seq, party_kind, party_id, text, args, tone, holds, digest, binding_id, platform, next_at)
SELECT gen_random_uuid(), @subject::uuid, @seq::integer, @kind::text, @party::bigint, @text::text, @args::jsonb, @tone::text,
       @holds::text, @digest::boolean, chat.id, coalesce(chat.platform, ''), now()
       + CASE WHEN @digest THEN @gather ELSE 0 END * interval '1 second'
  FROM (SELECT) one
  LEFT JOIN LATERAL (SELECT b.id, b.platform
                       FROM bindings b
                      WHERE b.party_kind = @kind AND b.party_id = @party AND b.ended_at IS NULL AND b.gone_at IS NULL
                      ORDER BY b.id DESC
                      LIMIT 1) chat ON true
ON CONFLICT (about, seq, party_id, party_kind, text) DO NOTHING`

// gatherSeconds is how long a digest is gathered, by the database's clock: the items of one morning fire within a moment of each other.
const gatherSeconds = 3

const sqlSettle = `DELETE FROM due WHERE subject_id = @subject`

const sqlFired = `DELETE FROM due WHERE id = @id`

// The first of a series begins it anew: somebody who is asked again has one clock, not the rest of the old one beside it.
const sqlSeries = `DELETE FROM due WHERE kind = @kind AND key = @key`

const sqlDue = `
INSERT INTO due (kind, key, slot, at, subject_id, party_kind, party_id, data)
VALUES (@kind, @key, @slot, @at, @subject::uuid, @party_kind, @party, @data)
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlAnswer = `
INSERT INTO causes (platform, team, user_id, key, subject_id, answer, at)
VALUES (@platform, @team, @user, @key, @subject, @answer, @at)`

// writes puts an outcome into the second trip of a change. number receives the subject's number when the trip is over.
func writes(c workflows.Change, o workflows.Outcome, prev []byte, part Part, number *string) (*pgx.Batch, error) {
	s := o.Subject
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: the runtime ends the program rather than give weak bytes
	if err := o.Audit.Seal(prev, salt); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	subject := args{"subject": string(s.ID)}
	row := with(subject, args{"state": string(s.State), "final": o.Final, "revision": s.Revision, "seq": s.Seq, "changed_at": s.ChangedAt,
		"hash": o.Audit.Hash})
	if c.Subject == "" {
		queue(b, sqlInsertSubject, with(row, args{"prefix": o.Prefix, "sequence": sequence(o.Prefix), "number": s.Number,
			"kind": string(s.Kind), "definition": s.Definition}), one(number))
	} else {
		queue(b, sqlUpdateSubject, row, one(number))
	}
	answer, err := json.Marshal(o.Told)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	b.Queue(sqlAnswer, with(chatUser(c.Cause.ChatUser), with(subject, args{"key": c.Cause.Key, "answer": answer, "at": s.ChangedAt})))
	part.Write(b)
	if c.Subject != "" && (len(o.Claims) > 0 || o.Freed) {
		b.Queue(sqlUnclaim, with(subject, args{"keys": orEmpty(o.Claims)}))
	}
	if len(o.Claims) > 0 {
		b.Queue(sqlClaims, with(subject, args{"keys": o.Claims}))
	}
	if len(o.Files) > 0 {
		b.Queue(sqlFilesTaken, with(subject, args{"files": o.Files}))
	}
	a := o.Audit
	b.Queue(sqlAudit, with(subject, args{"seq": a.Seq, "at": a.At, "event": string(a.Event), "actor_kind": string(a.Actor.Kind),
		"actor": a.Actor.ID, "for": int64(a.For), "operator": a.Operator, "platform": a.Platform, "revision": a.Revision,
		"from": string(a.From), "to": string(a.To),
		"digest": a.Digest, "hash": a.Hash}))
	b.Queue(sqlAuditValues, with(subject, args{"seq": a.Seq, "salt": a.Salt, "body": string(a.Body)}))
	writeCards(b, c, o)
	if err := writeNotices(b, o); err != nil {
		return nil, err
	}
	if o.Settled {
		b.Queue(sqlSettle, subject)
	} else if c.Due != 0 {
		b.Queue(sqlFired, args{"id": c.Due})
	}
	for _, due := range o.Due {
		if due.Slot == 0 && c.Subject != "" {
			b.Queue(sqlSeries, args{"kind": due.Kind, "key": due.Key})
		}
		b.Queue(sqlDue, dueArgs(due))
	}
	b.Queue("commit")
	return b, nil
}

// writeCards has everybody's card drawn again, and posts new ones.
func writeCards(b *pgx.Batch, c workflows.Change, o workflows.Outcome) {
	subject := args{"subject": string(o.Subject.ID), "seq": o.Subject.Seq}
	if c.Subject != "" {
		b.Queue(sqlWantCards, subject)
	}
	var fresh []workflows.Party
	for _, p := range o.Cards {
		if !slices.Contains(fresh, p) {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) == 0 {
		return
	}
	var kinds []string
	var ids []int64
	for _, p := range fresh {
		kinds, ids = append(kinds, string(p.Kind)), append(ids, p.ID)
	}
	if c.Subject != "" {
		b.Queue(sqlFoldCards, args{"subject": string(o.Subject.ID), "kinds": kinds, "parties": ids})
	}
	b.Queue(sqlFreshCards, with(subject, args{"kinds": kinds, "parties": ids}))
}

func writeNotices(b *pgx.Batch, o workflows.Outcome) error {
	for _, n := range o.Notices {
		values, err := json.Marshal(orNone(n.Args))
		if err != nil {
			return fmt.Errorf("encode notice %s: %w", n.Text, err)
		}
		b.Queue(sqlNotice, args{"subject": string(o.Subject.ID), "seq": o.Subject.Seq, "kind": string(n.Party.Kind), "party": n.Party.ID,
			"text": n.Text, "args": values, "tone": string(n.Tone), "holds": n.While, "digest": n.Digest, "gather": gatherSeconds})
	}
	return nil
}

func dueArgs(d workflows.Due) args {
	var data any
	if d.Data != nil {
		data = string(d.Data)
	}
	return args{"kind": d.Kind, "key": d.Key, "slot": d.Slot, "at": d.At, "subject": uuidArg(d.Subject),
		"party_kind": string(d.Party.Kind), "party": d.Party.ID, "data": data}
}

func orNone[M ~map[string]V, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}

// sequence names the sequence of a kind's numbers, which Migrate makes.
func sequence(prefix string) string { return "number_" + strings.ToLower(prefix) }
