package storage

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
WITH said AS (
	INSERT INTO audit_values (subject_id, seq, salt, body)
	SELECT @subject::uuid, @seq::integer, @salt::bytea, @body::json
	  FROM @each)
INSERT INTO audit (subject_id, seq, at, event, actor_kind, actor_id, for_id, operator, platform, revision, from_state, to_state, digest,
       hash)
SELECT @subject::uuid, @seq::integer, @at::timestamptz, @event::text, @actor_kind::text, @actor::bigint, @for::bigint, @operator::text,
       @platform::text, @revision::integer, @from::text, @to::text, @digest::bytea, @hash::bytea
  FROM @each`

// Everyone's card is drawn again; whether anything on it changed is seen when it is drawn. One that is being sent at this moment stays
// its sender's, and one whose platform asked to be left alone still waits: to let another replica have it now would post it twice.
const sqlWantCards = `
UPDATE cards c
   SET wanted = @seq::integer, next_at = CASE WHEN c.attempts = 0 THEN now() ELSE c.next_at END
  FROM @each
 WHERE c.subject_id = @subject::uuid AND NOT c.dead`

const sqlFoldCards = `
UPDATE cards c
   SET folded = true
  FROM @each
  JOIN bindings b ON b.party_kind = @kind::text AND b.party_id = @party::bigint
 WHERE b.id = c.binding_id AND b.ended_at IS NULL AND b.gone_at IS NULL AND c.subject_id = @subject::uuid AND NOT c.folded`

const sqlFreshCards = `
INSERT INTO cards (subject_id, binding_id, platform, wanted, next_at)
SELECT @subject::uuid, b.id, b.platform, @seq::integer, now()
  FROM @each
  JOIN bindings b ON b.party_kind = @kind::text AND b.party_id = @party::bigint AND b.ended_at IS NULL AND b.gone_at IS NULL`

// A notice goes to the chat that its party bound last. What goes into a digest waits until the others of the same moment are there.
const sqlNotice = `
INSERT INTO notices (about, seq, party_kind, party_id, text, args, tone, holds, digest, binding_id, platform, next_at)
SELECT @subject::uuid, @seq::integer, @kind::text, @party::bigint, @text::text, @args::jsonb, @tone::text,
       @holds::text, @digest::boolean, chat.id, coalesce(chat.platform, ''), now()
       + CASE WHEN @digest::boolean THEN @gather::integer ELSE 0 END * interval '1 second'
  FROM @each
  LEFT JOIN LATERAL (SELECT b.id, b.platform
                       FROM bindings b
                      WHERE b.party_kind = @kind::text AND b.party_id = @party::bigint AND b.ended_at IS NULL AND b.gone_at IS NULL
                      ORDER BY b.id DESC
                      LIMIT 1) chat ON true
ON CONFLICT (about, seq, party_id, party_kind, text) DO NOTHING`

// gatherSeconds is how long a digest is gathered, by the database's clock: the items of one morning fire within a moment of each other.
const gatherSeconds = 3

const sqlSettle = `DELETE FROM due d USING @each WHERE d.subject_id = @subject::uuid`

const sqlFired = `DELETE FROM due d USING @each WHERE d.id = @id::bigint`

// The first of a series begins it anew: somebody who is asked again has one clock, not the rest of the old one beside it.
const sqlSeries = `DELETE FROM due d USING @each WHERE d.kind = @kind::text AND d.key = @key::text`

const sqlDue = `
INSERT INTO due (kind, key, slot, at, subject_id, party_kind, party_id, data)
SELECT @kind::text, @key::text, @slot::integer, @at::timestamptz, @subject::uuid, @party_kind::text, @party::bigint, @data::jsonb
  FROM @each
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlAnswer = `
INSERT INTO causes (platform, team, user_id, key, subject_id, answer, at)
SELECT @platform::text, @team::text, @user::text, @key::text, @subject::uuid, @answer::jsonb, @at::timestamptz
  FROM @each`

// writes puts an outcome into the second trip of a change. number receives the subject's number when the trip is over.
func writes(c workflows.Change, o workflows.Outcome, prev []byte, part Part, number *string) (*Trip, error) {
	s := o.Subject
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: the runtime ends the program rather than give weak bytes
	if err := o.Audit.Seal(prev, salt); err != nil {
		return nil, err
	}
	trip := &Trip{}
	subject := args{"subject": string(s.ID)}
	row := with(subject, args{"state": string(s.State), "final": o.Final, "revision": s.Revision, "seq": s.Seq, "changed_at": s.ChangedAt,
		"hash": o.Audit.Hash})
	if c.Subject == "" {
		queue(trip, sqlInsertSubject, with(row, args{"prefix": o.Prefix, "sequence": sequence(o.Prefix), "number": s.Number,
			"kind": string(s.Kind), "definition": s.Definition}), one(number))
	} else {
		trip.Queue(sqlUpdateSubject, row)
	}
	answer, err := json.Marshal(o.Told)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	trip.Queue(sqlAnswer, with(chatUser(c.Cause.ChatUser), subject, args{"key": c.Cause.Key, "answer": answer, "at": s.ChangedAt}))
	part.Write(trip)
	if c.Subject != "" && (len(o.Claims) > 0 || o.Freed) {
		trip.Queue(sqlUnclaim, with(subject, args{"keys": orEmpty(o.Claims)}))
	}
	if len(o.Claims) > 0 {
		trip.Queue(sqlClaims, with(subject, args{"keys": o.Claims}))
	}
	if len(o.Files) > 0 {
		trip.Queue(sqlFilesTaken, with(subject, args{"files": o.Files}))
	}
	a := o.Audit
	trip.Queue(sqlAudit, with(subject, args{"seq": a.Seq, "at": a.At, "event": string(a.Event), "actor_kind": string(a.Actor.Kind),
		"actor": a.Actor.ID, "for": int64(a.For), "operator": a.Operator, "platform": a.Platform, "revision": a.Revision,
		"from": string(a.From), "to": string(a.To), "digest": a.Digest, "hash": a.Hash, "salt": a.Salt, "body": string(a.Body)}))
	writeCards(trip, c, o)
	if err := writeNotices(trip, o); err != nil {
		return nil, err
	}
	if o.Settled {
		trip.Queue(sqlSettle, subject)
	} else if c.Due != 0 {
		trip.Queue(sqlFired, args{"id": c.Due})
	}
	for _, due := range o.Due {
		if due.Slot == 0 && c.Subject != "" {
			trip.Queue(sqlSeries, args{"kind": due.Kind, "key": due.Key})
		}
		trip.Queue(sqlDue, dueArgs(due))
	}
	return trip, nil
}

// writeCards has everybody's card drawn again, and posts new ones.
func writeCards(trip *Trip, c workflows.Change, o workflows.Outcome) {
	subject := args{"subject": string(o.Subject.ID), "seq": o.Subject.Seq}
	if c.Subject != "" {
		trip.Queue(sqlWantCards, subject)
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
	for _, p := range fresh {
		to := with(subject, args{"kind": string(p.Kind), "party": p.ID})
		if c.Subject != "" {
			trip.Queue(sqlFoldCards, args{"subject": string(o.Subject.ID), "kind": string(p.Kind), "party": p.ID})
		}
		trip.Queue(sqlFreshCards, to)
	}
}

func writeNotices(trip *Trip, o workflows.Outcome) error {
	for _, n := range o.Notices {
		values, err := json.Marshal(orNone(n.Args))
		if err != nil {
			return fmt.Errorf("encode notice %s: %w", n.Text, err)
		}
		trip.Queue(sqlNotice, args{"subject": string(o.Subject.ID), "seq": o.Subject.Seq, "kind": string(n.Party.Kind), "party": n.Party.ID,
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
