package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// Verification is how the audit is verified.
type Verification struct {
	Fast     bool              // the chains of hashes alone
	Progress func(records int) // hears how many were read so far, now and then; nil: nobody does
}

// Verdict is what came of it.
type Verdict struct {
	Broken   []Broken // at most one of each subject, in the order of their IDs
	Records  int      // that were read
	Subjects int
	Partial  int // of these could be compared only in part, since values were erased
	Loose    []Loose
}

// Broken is the first thing about a subject that is not what was recorded.
type Broken struct {
	Ref   workflows.Ref
	Seq   int
	Why   string
	State bool // the record holds, and what is stored is not what it says
}

func (b Broken) String() string {
	if b.Seq == 0 {
		return b.Ref.Number
	}
	return fmt.Sprintf("%s seq %d", b.Ref.Number, b.Seq)
}

// chain is a subject's audit as it is read, and the subject.
type chain struct {
	ref    workflows.Ref
	seq    int // of the row read last, and its hash
	hash   []byte
	replay workflows.Replayed
	broken *Broken
	apart  *Broken // the first row without its values, or values without their row

	exists bool
	stored workflows.Stored
	head   []byte // the hash that the subject was left with
}

// found keeps the first break.
func (c *chain) found(seq int, why string) {
	if c.broken == nil {
		c.broken = &Broken{Ref: c.ref, Seq: seq, Why: why}
	}
}

// lone remembers the first row without its values, or values without their row: that a row is not what was recorded comes before.
func (c *chain) lone(seq int, why string) {
	if c.apart == nil || seq < c.apart.Seq {
		c.apart = &Broken{Ref: c.ref, Seq: seq, Why: why}
	}
}

// row reads the next row.
func (c *chain) row(a workflows.AuditRow) {
	if a.Seq != c.seq+1 {
		c.found(c.seq+1, "the row is missing")
	} else if err := a.Verify(c.hash); err != nil {
		c.found(a.Seq, err.Error())
	}
	if c.broken == nil {
		if err := c.replay.Add(a); err != nil {
			c.found(a.Seq, err.Error())
		}
	}
	c.seq, c.hash = a.Seq, a.Hash
}

// end holds the chain against the head that its subject carries.
func (c *chain) end() {
	switch seq := c.stored.Seq; {
	case !c.exists && c.seq == 0: // values of nothing
	case !c.exists:
		c.found(c.seq, "its subject is missing")
	case c.seq < seq:
		c.found(c.seq+1, "the row is missing")
	case c.seq > seq:
		c.found(seq+1, "its subject does not know the row")
	case string(c.hash) != string(c.head):
		c.found(seq, "the row is not the one that its subject was left with")
	}
}

// verifying is one run over everything, some subjects at a time and in the order of their IDs, so that its memory does not grow with them.
type verifying struct {
	Verification
	tx          pgx.Tx
	verdict     Verdict
	definitions map[string]*workflows.Definition
	closed      map[workflows.PersonID]closing
	hidden      map[workflows.PersonID]bool // a change of their requests was erased, so their books may be closed further
}

// closing is the last closing of somebody's books that the audit tells.
type closing struct {
	ref     workflows.Ref
	seq     int
	through workflows.Date
}

// Each reading is a small one, and the database has others to serve.
const sqlVerifyAlone = `SET LOCAL max_parallel_workers_per_gather = 0`

// subjectsAtOnce is how many subjects are compared at once.
const subjectsAtOnce = 200

// VerifyAudit checks every chain from its first row to the head that its subject carries, and holds what is stored against what replaying
// it gives. All of it is of one moment.
func (s *Store) VerifyAudit(ctx context.Context, how Verification) (verdict Verdict, err error) {
	err = s.snapshot(ctx, func(tx pgx.Tx) error {
		verdict, err = verify(ctx, tx, how)
		return err
	})
	return verdict, err
}

func verify(ctx context.Context, tx pgx.Tx, how Verification) (Verdict, error) {
	if _, err := tx.Exec(ctx, sqlVerifyAlone); err != nil {
		return Verdict{}, err
	}
	v := verifying{Verification: how, tx: tx, definitions: map[string]*workflows.Definition{},
		closed: map[workflows.PersonID]closing{}, hidden: map[workflows.PersonID]bool{}}
	after := "00000000-0000-0000-0000-000000000000"
	for {
		through, err := v.through(ctx, after)
		if err != nil || through == "" {
			if err == nil && !how.Fast {
				err = v.books(ctx)
			}
			if err == nil && !how.Fast {
				v.verdict.Loose, err = loose(ctx, tx)
			}
			return v.verdict, err
		}
		if err := v.page(ctx, args{"after": after, "through": through}); err != nil {
			return v.verdict, err
		}
		if v.Progress != nil {
			v.Progress(v.verdict.Records)
		}
		after = through
	}
}

// No foreign key keeps audit rows, their values and their subjects together, so each of them may be there without the others.
const sqlVerifyThrough = `
SELECT x.id::text
  FROM (SELECT y.id
          FROM ((SELECT s.id FROM subjects s WHERE s.id > @after ORDER BY s.id LIMIT @limit)
                UNION
                (SELECT DISTINCT a.subject_id FROM audit a WHERE a.subject_id > @after ORDER BY a.subject_id LIMIT @limit)
                UNION
                (SELECT DISTINCT v.subject_id FROM audit_values v WHERE v.subject_id > @after ORDER BY v.subject_id LIMIT @limit)) y
         ORDER BY y.id
         LIMIT @limit) x
 ORDER BY x.id DESC
 LIMIT 1`

// through gives the last subject of those that are looked at next; "" when there are none.
func (v *verifying) through(ctx context.Context, after string) (string, error) {
	var through string
	err := v.tx.QueryRow(ctx, sqlVerifyThrough, args{"after": after, "limit": subjectsAtOnce}).Scan(&through)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return through, err
}

const sqlVerifySubjects = `
SELECT ` + subjectColumns + `, s.final, r.id IS NOT NULL, coalesce(r.requester_id, 0), coalesce(r.submitted_by_id, 0),
       coalesce(r.sent_by_id, r.submitted_by_id, 0), coalesce(r.form, '{}'), coalesce(r.measures, '{}'),
       coalesce(r.steps, '[]'), coalesce(r.step, 0), r.submitted_at, coalesce(t.body, l.body), coalesce(t.open, l.open, false),
       CASE WHEN t.id IS NOT NULL THEN 'task' WHEN l.id IS NOT NULL THEN 'plan' ELSE '' END
  FROM subjects s
  LEFT JOIN requests r ON r.id = s.id
  LEFT JOIN tasks t ON t.id = s.id
  LEFT JOIN plans l ON l.id = s.id
 WHERE s.id > @after AND s.id <= @through`

const sqlVerifyRows = `
SELECT ` + auditColumns + `, v.subject_id IS NULL
  FROM audit a
  LEFT JOIN audit_values v ON v.subject_id = a.subject_id AND v.seq = a.seq AND v.subject_id > @after AND v.subject_id <= @through
 WHERE a.subject_id > @after AND a.subject_id <= @through
 ORDER BY a.subject_id, a.seq`

// What was erased leaves an empty row of values, so none is ever without its row.
const sqlVerifyValues = `
SELECT v.subject_id::text, v.seq
  FROM audit_values v
  LEFT JOIN audit a ON a.subject_id = v.subject_id AND a.seq = v.seq AND a.subject_id > @after AND a.subject_id <= @through
 WHERE v.subject_id > @after AND v.subject_id <= @through AND a.subject_id IS NULL
 ORDER BY v.subject_id, v.seq`

const sqlVerifyTurns = `
SELECT t.request_id::text, t.revision, t.step, t.slot, t.person_id, coalesce(t.for_id, 0), t.why, t.state, t.comment, t.opened_at,
       t.decided_at, coalesce(t.decided_seq, 0), t.nudged_at
  FROM turns t
 WHERE t.request_id > @after AND t.request_id <= @through
 ORDER BY t.request_id, t.nr`

const sqlVerifyBookings = `
SELECT k.subject_id::text, k.person_id, lower(k.halves), upper(k.halves), k.away, k.unit, k.dates, k.amounts, k.approved
  FROM bookings k
 WHERE k.subject_id > @after AND k.subject_id <= @through`

const sqlVerifyLedger = `
SELECT e.subject_id::text, e.person_id, e.unit, coalesce(e.lot_id, 0), e.kind, e.date, e.amount, e.seq, e.at
  FROM ledger e
 WHERE e.subject_id > @after AND e.subject_id <= @through
 ORDER BY e.subject_id, e.seq, e.nr`

const sqlVerifyCharges = `
SELECT c.subject_id::text, c.person_id, c.line, c.heading, c.date, c.amount, c.currency, c.base
  FROM charges c
 WHERE c.subject_id > @after AND c.subject_id <= @through
 ORDER BY c.subject_id, c.line`

const sqlVerifyClaims = `
SELECT c.subject_id::text, c.key
  FROM claims c
 WHERE c.subject_id > @after AND c.subject_id <= @through
 ORDER BY c.subject_id, c.key`

// page verifies the subjects of a range.
func (v *verifying) page(ctx context.Context, of args) error {
	chains := map[workflows.SubjectID]*chain{}
	at := func(id workflows.SubjectID) *chain {
		c := chains[id]
		if c == nil { // no subject has it
			c = &chain{ref: workflows.Ref{ID: id, Number: string(id)}}
			chains[id] = c
		}
		return c
	}
	trip := &Trip{}
	queue(trip, sqlVerifySubjects, of, all(func(rows pgx.Rows) error { return readSubjects(rows, chains) }))
	queue(trip, sqlVerifyRows, of, all(func(rows pgx.Rows) error {
		for rows.Next() {
			v.verdict.Records++
			var alone bool
			a, err := scanAudit(rows, &alone)
			if err != nil {
				return err
			}
			c := at(a.Subject)
			c.row(a)
			if alone {
				c.lone(a.Seq, "the values are missing")
			}
		}
		return rows.Err()
	}))
	var stray workflows.SubjectID
	var seq int
	queue(trip, sqlVerifyValues, of, each(func() { at(stray).lone(seq, "there are values without a row") }, &stray, &seq))
	if !v.Fast {
		queueStored(trip, of, at)
	}
	if err := trip.send(ctx, v.tx); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(chains)) {
		if err := v.judge(ctx, chains[id]); err != nil {
			return err
		}
	}
	return nil
}

// judge compares a subject that was read.
func (v *verifying) judge(ctx context.Context, c *chain) error {
	v.verdict.Subjects++
	c.end()
	if c.broken == nil {
		c.broken = c.apart
	}
	if c.replay.Partial() {
		v.verdict.Partial++
	}
	if c.broken == nil && !v.Fast {
		definition, err := v.definition(ctx, c.stored.Definition)
		if err != nil {
			return err
		}
		if c.stored.BodyOf == task.Kind {
			definition = &workflows.Definition{States: task.States()}
		}
		if d := c.replay.Against(c.stored, definition); d != nil {
			c.broken = &Broken{Ref: c.ref, Seq: d.Seq, Why: d.What, State: true}
		}
	}
	person := cmp.Or(c.replay.Requester, c.stored.Requester)
	if c.replay.Partial() || c.broken != nil && !c.broken.State {
		v.hidden[person] = true
	}
	if told := c.replay; told.Shut > 0 && told.Closed.After(v.closed[person].through) {
		v.closed[person] = closing{c.ref, told.Shut, told.Closed}
	}
	if c.broken != nil {
		v.verdict.Broken = append(v.verdict.Broken, *c.broken)
	}
	return nil
}

// definition finds the one with which a subject began; nil when it has none that is known.
func (v *verifying) definition(ctx context.Context, hash string) (*workflows.Definition, error) {
	if d, ok := v.definitions[hash]; ok || hash == "" {
		return d, nil
	}
	var body []byte
	err := v.tx.QueryRow(ctx, sqlDefinition, args{"hash": hash}).Scan(&body)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	var d workflows.Definition
	if err != nil || json.Unmarshal(body, &d) != nil {
		v.definitions[hash] = nil
		return nil, nil
	}
	v.definitions[hash] = &d
	return &d, nil
}

func readSubjects(rows pgx.Rows, chains map[workflows.SubjectID]*chain) error {
	for rows.Next() {
		var s subjectScan
		var r workflows.Stored
		var submitted pgtype.Timestamptz
		if err := rows.Scan(append(s.dest(), &r.Final, &r.Own, &r.Requester, &r.SubmittedBy, &r.SentBy, &r.Form, &r.Measures,
			&r.Steps, &r.Step, &submitted, &r.Body, &r.Open, &r.BodyOf)...); err != nil {
			return err
		}
		r.Subject, r.SubmittedAt = s.subject(), instant(submitted)
		r.Bodied = r.Kind == task.Kind || r.Kind == plan.Kind
		chains[r.ID] = &chain{ref: r.Ref, exists: true, stored: r, head: s.hash}
	}
	return rows.Err()
}

// queueStored reads what is stored of requests beside their own rows.
func queueStored(trip *Trip, of args, at func(workflows.SubjectID) *chain) {
	var id workflows.SubjectID
	var t workflows.Turn
	var decided, nudged pgtype.Timestamptz
	queue(trip, sqlVerifyTurns, of, each(func() {
		turn := t
		turn.DecidedAt, turn.NudgedAt = instant(decided), instant(nudged)
		r := &at(id).stored
		r.Turns = append(r.Turns, turn)
	}, &id, &t.Revision, &t.Step, &t.Slot, &t.Person, &t.For, &t.Why, &t.State, &t.Comment, &t.OpenedAt, &decided,
		&t.DecidedSeq, &nudged))
	var k workflows.StoredHold
	var dates []pgtype.Date
	var amounts []int64
	queue(trip, sqlVerifyBookings, of, each(func() {
		hold := k
		for i := range dates {
			hold.Shares = append(hold.Shares, workflows.Share{Date: date(dates[i]), Minutes: workflows.Minutes(amounts[i])})
		}
		at(id).stored.Booking = &hold
	}, &id, &k.Person, &k.Span.Start, &k.Span.End, &k.Away, &k.Unit, &dates, &amounts, &k.Used))
	var e workflows.StoredEntry
	var on pgtype.Date
	queue(trip, sqlVerifyLedger, of, each(func() {
		entry := e
		entry.Date = date(on)
		s := &at(id).stored
		s.Ledger = append(s.Ledger, entry)
	}, &id, &e.Person, &e.Unit, &e.Lot, &e.Kind, &on, &e.Minutes, &e.Seq, &e.At))
	var c workflows.StoredCharge
	queue(trip, sqlVerifyCharges, of, each(func() {
		charge := c
		charge.Date = date(on)
		s := &at(id).stored
		s.Charges = append(s.Charges, charge)
	}, &id, &c.Person, &c.Line, &c.Heading, &on, &c.Amount.Minor, &c.Amount.Currency, &c.Base))
	var key string
	queue(trip, sqlVerifyClaims, of, each(func() {
		s := &at(id).stored
		s.Claims = append(s.Claims, key)
	}, &id, &key))
}

const sqlVerifyBooks = `
SELECT b.person_id, p.employee_no, b.closed_on
  FROM books b
  JOIN people p ON p.id = b.person_id
 WHERE b.closed_on IS NOT NULL
 ORDER BY b.person_id`

// books compares through which day everybody's books are closed: the last that the audit of any of their requests tells.
func (v *verifying) books(ctx context.Context) error {
	found := func(of closing, why string) {
		v.verdict.Broken = append(v.verdict.Broken, Broken{Ref: of.ref, Seq: of.seq, Why: why, State: true})
	}
	var person workflows.PersonID
	var no string
	var on pgtype.Date
	rows, err := v.tx.Query(ctx, sqlVerifyBooks)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&person, &no, &on}, func() error {
		told, ok := v.closed[person]
		delete(v.closed, person)
		further := date(on).After(told.through)
		switch {
		case date(on) == told.through, further && v.hidden[person]:
		case !ok:
			found(closing{ref: workflows.Ref{Number: "the books of " + no}},
				fmt.Sprintf("closed through %s, which no audit tells", date(on)))
		default:
			found(told, fmt.Sprintf("the books of %s are closed through %s, the audit says %s", no, date(on), told.through))
		}
		return nil
	})
	for _, person := range slices.Sorted(maps.Keys(v.closed)) {
		told := v.closed[person]
		found(told, fmt.Sprintf("the books of person %d are not closed, the audit says through %s", person, told.through))
	}
	return err
}
