package storage

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

const sqlInsertRequest = `
INSERT INTO requests (id, number, kind, definition, requester_id, submitted_by_id, state, final, revision, seq, form, measures, steps, step,
                      submitted_at, changed_at, audit_hash)
VALUES (@id, @prefix::text || '-' || nextval(@sequence::text::regclass), @kind, @definition, @requester, @submitted_by, @state, @final, @revision, @seq,
        @form, @measures, @steps, @step, @submitted_at, @changed_at, @hash)
RETURNING number`

const sqlUpdateRequest = `
UPDATE requests
   SET state = @state, final = @final, revision = @revision, seq = @seq, form = @form, measures = @measures, steps = @steps, step = @step,
       submitted_at = @submitted_at, changed_at = @changed_at, audit_hash = @hash
 WHERE id = @id
RETURNING number`

const sqlTurn = `
INSERT INTO turns (request_id, revision, step, slot, person_id, for_id, why, state, comment, opened_at, decided_at, nudged_at, nr)
VALUES (@request, @revision, @step, @slot, @person, @for, @why, @state, @comment, @opened_at, @decided_at, @nudged_at, @nr)
ON CONFLICT (request_id, revision, step, slot, person_id) DO UPDATE
   SET for_id = excluded.for_id, why = excluded.why, state = excluded.state, comment = excluded.comment, opened_at = excluded.opened_at,
       decided_at = excluded.decided_at, nudged_at = excluded.nudged_at`

const sqlEntries = `
INSERT INTO ledger (person_id, unit, lot_id, kind, date, minutes, request_id, seq, nr, at)
SELECT @person, e.unit, nullif(e.lot, 0), e.kind, e.date, e.minutes, @request, @seq, e.nr, @at
  FROM unnest(@units::text[], @lots::bigint[], @kinds::text[], @dates::date[], @minutes::bigint[]) WITH ORDINALITY AS e (unit, lot, kind, date, minutes, nr)`

const sqlHold = `
INSERT INTO spans (request_id, person_id, halves, approved)
VALUES (@request, @person, int4range(@start, @end), false)
ON CONFLICT (request_id) DO UPDATE SET halves = excluded.halves, approved = excluded.approved`

const sqlHeld = `UPDATE spans SET approved = true WHERE request_id = @request`

const sqlFree = `DELETE FROM spans WHERE request_id = @request`

// A request that claims again what it has, as after an edit, changes nothing; what another has violates the key and ends the transaction.
const sqlClaims = `
INSERT INTO claims (key, request_id)
SELECT k, @request
  FROM unnest(@keys::text[]) AS k
 WHERE NOT EXISTS (SELECT FROM claims c WHERE c.key = k AND c.request_id = @request)`

const sqlFilesTaken = `UPDATE files SET request_id = @request WHERE id = ANY (@files::uuid[]) AND request_id IS NULL`

const sqlAudit = `
INSERT INTO audit (request_id, seq, at, event, actor_id, for_id, operator, platform, revision, from_state, to_state, digest, hash)
VALUES (@request, @seq, @at, @event, @actor, @for, @operator, @platform, @revision, @from, @to, @digest, @hash)`

const sqlAuditValues = `INSERT INTO audit_values (request_id, seq, salt, body) VALUES (@request, @seq, @salt, @body)`

// Everyone's card is drawn again; whether anything on it changed is seen when it is drawn. One that is being sent at this moment stays its sender's, and
// one whose platform asked to be left alone still waits: to let another replica have it now would post it twice.
const sqlWantCards = `
UPDATE cards
   SET wanted = @seq, next_at = CASE WHEN attempts = 0 THEN now() ELSE next_at END
 WHERE request_id = @request AND NOT dead`

const sqlFoldCards = `
UPDATE cards c
   SET folded = true
  FROM bindings b
 WHERE b.id = c.binding_id AND b.person_id = ANY (@people::bigint[]) AND c.request_id = @request AND NOT c.folded`

const sqlFreshCards = `
INSERT INTO cards (id, request_id, binding_id, wanted, next_at)
SELECT gen_random_uuid(), @request, b.id, @seq, now()
  FROM bindings b
 WHERE b.person_id = ANY (@people::bigint[]) AND b.ended_at IS NULL AND b.gone_at IS NULL`

// What goes into a digest waits until the others of the same moment are there.
const sqlNotice = `
INSERT INTO notices (id, request_id, seq, person_id, kind, args, digest, next_at)
VALUES (gen_random_uuid(), @request, @seq, @person, @kind, @args, @digest, now() + CASE WHEN @digest THEN @gather ELSE 0 END * interval '1 second')
ON CONFLICT (request_id, seq, person_id, kind) DO NOTHING`

// gatherSeconds is how long a digest is gathered, by the database's clock: the items of one morning fire within a moment of each other.
const gatherSeconds = 3

const sqlSettle = `DELETE FROM due WHERE request_id = @request`

const sqlFired = `DELETE FROM due WHERE id = @id`

// The first of a series begins it anew: somebody who is asked again has one clock, not the rest of the old one beside it.
const sqlSeries = `DELETE FROM due WHERE kind = @kind AND key = @key`

const sqlDue = `
INSERT INTO due (kind, key, slot, at, request_id, person_id, turn)
VALUES (@kind, @key, @slot, @at, @request, @person, @turn)
ON CONFLICT (kind, key, slot) DO NOTHING`

const sqlAnswer = `
INSERT INTO causes (platform, team, user_id, key, request_id, answer, at)
VALUES (@platform, @team, @user, @key, @request, @answer, @at)`

// writes puts a decision into the second trip of a change. number receives the request's number when the trip is over.
func writes(c workflows.Change, d workflows.Decision, prev []byte, number *string) (*pgx.Batch, error) {
	r := d.Request
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: the runtime ends the program rather than give weak bytes
	if err := d.Audit.Seal(prev, salt); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	common := args{"id": string(r.ID), "state": string(r.State), "final": d.Final, "revision": r.Revision, "seq": r.Seq, "form": r.Form, "measures": orNone(r.Measures),
		"steps": r.Steps, "step": r.Step, "submitted_at": r.SubmittedAt, "changed_at": r.ChangedAt, "hash": d.Audit.Hash}
	if c.Number == "" {
		for name, value := range (args{"prefix": d.Prefix, "sequence": sequence(d.Prefix), "kind": string(r.Kind), "definition": r.Definition,
			"requester": int64(r.Requester), "submitted_by": int64(r.SubmittedBy)}) {
			common[name] = value
		}
		queue(b, sqlInsertRequest, common, one(number))
	} else {
		queue(b, sqlUpdateRequest, common, one(number))
	}

	// What ends comes before what opens: a person has one open turn of a request, and both may be theirs.
	slices.SortStableFunc(d.Turns, func(a, b workflows.Turn) int { return rank(a) - rank(b) })
	for _, t := range d.Turns {
		b.Queue(sqlTurn, args{"request": string(r.ID), "revision": t.Revision, "step": t.Step, "slot": t.Slot, "person": int64(t.Person), "for": idArg(t.For), "why": t.Why,
			"state": string(t.State), "comment": t.Comment, "opened_at": t.OpenedAt, "decided_at": timeArg(t.DecidedAt), "nudged_at": timeArg(t.NudgedAt), "nr": place(r, t)})
	}
	if len(d.Entries) > 0 {
		b.Queue(sqlEntries, entriesArgs(r, d.Entries))
	}
	switch {
	case d.Hold != nil:
		b.Queue(sqlHold, args{"request": string(r.ID), "person": int64(r.Requester), "start": d.Hold.Start, "end": d.Hold.End})
	case d.Held:
		b.Queue(sqlHeld, args{"request": string(r.ID)})
	case d.Free:
		b.Queue(sqlFree, args{"request": string(r.ID)})
	}
	if len(d.Claims) > 0 {
		b.Queue(sqlClaims, args{"request": string(r.ID), "keys": d.Claims})
	}
	if len(d.Files) > 0 {
		b.Queue(sqlFilesTaken, args{"request": string(r.ID), "files": d.Files})
	}
	a := d.Audit
	b.Queue(sqlAudit, args{"request": string(r.ID), "seq": a.Seq, "at": a.At, "event": string(a.Event), "actor": int64(a.Actor), "for": int64(a.For), "operator": a.Operator,
		"platform": a.Platform, "revision": a.Revision, "from": string(a.From), "to": string(a.To), "digest": a.Digest, "hash": a.Hash})
	b.Queue(sqlAuditValues, args{"request": string(r.ID), "seq": a.Seq, "salt": a.Salt, "body": string(a.Body)})

	if c.Number != "" {
		b.Queue(sqlWantCards, args{"request": string(r.ID), "seq": r.Seq})
	}
	var fresh []int64
	for _, wish := range d.Cards {
		if !slices.Contains(fresh, int64(wish.Person)) {
			fresh = append(fresh, int64(wish.Person))
		}
	}
	if len(fresh) > 0 {
		if c.Number != "" {
			b.Queue(sqlFoldCards, args{"request": string(r.ID), "people": fresh})
		}
		b.Queue(sqlFreshCards, args{"request": string(r.ID), "people": fresh, "seq": r.Seq})
	}
	for _, n := range d.Notices {
		values, err := json.Marshal(orNone(n.Args))
		if err != nil {
			return nil, fmt.Errorf("encode notice %s: %w", n.Text, err)
		}
		b.Queue(sqlNotice, args{"request": string(r.ID), "seq": r.Seq, "person": int64(n.Person), "kind": n.Text, "args": values, "digest": n.Digest, "gather": gatherSeconds})
	}
	if d.Settled {
		b.Queue(sqlSettle, args{"request": string(r.ID)})
	} else if c.Due != 0 {
		b.Queue(sqlFired, args{"id": c.Due})
	}
	for _, due := range d.Due {
		if due.Slot == workflows.SlotStart && c.Number != "" {
			b.Queue(sqlSeries, args{"kind": due.Kind, "key": due.Key})
		}
		b.Queue(sqlDue, dueArgs(due))
	}
	answer, err := json.Marshal(d.Told)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	b.Queue(sqlAnswer, args{"platform": c.Cause.Platform, "team": c.Cause.Team, "user": c.Cause.User, "key": c.Cause.Key, "request": string(r.ID), "answer": answer, "at": r.ChangedAt})
	b.Queue("commit")
	return b, nil
}

// entriesArgs turns ledger entries into columns, so that a leave of many days is written in one statement.
func entriesArgs(r workflows.Request, entries []workflows.Entry) args {
	var units, kinds []string
	var lots, minutes []int64
	var dates []pgtype.Date
	for _, e := range entries {
		units, kinds = append(units, e.Unit), append(kinds, string(e.Kind))
		lots, minutes = append(lots, int64(e.Lot)), append(minutes, int64(e.Minutes))
		dates = append(dates, pgDate(e.Date))
	}
	return args{"person": int64(r.Requester), "request": string(r.ID), "seq": r.Seq, "at": r.ChangedAt,
		"units": units, "lots": lots, "kinds": kinds, "dates": dates, "minutes": minutes}
}

func dueArgs(d workflows.Due) args {
	turn := []int64{}
	if d.Turn != ([4]int64{}) {
		turn = d.Turn[:]
	}
	return args{"kind": d.Kind, "key": d.Key, "slot": d.Slot, "at": d.At, "request": string(d.Request), "person": idArg(d.Person), "turn": turn}
}

func rank(t workflows.Turn) int {
	if t.State == workflows.TurnOpen {
		return 1
	}
	return 0
}

// place is a turn's position in its request, which keeps the order in which turns opened.
func place(r workflows.Request, t workflows.Turn) int {
	return slices.IndexFunc(r.Turns, func(x workflows.Turn) bool { return x.Key() == t.Key() })
}

func orNone[M ~map[string]V, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}

// sequence names the sequence of a kind's numbers, which Migrate makes.
func sequence(prefix string) string { return "number_" + strings.ToLower(prefix) }
