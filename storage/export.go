package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/nod-chat/nod/workflows"
)

// exportPage is how many people or requests are read at once: memory holds no more of them, however many there are.
const exportPage = 500

// BalanceLine is a line of exported balances: what was granted, as an import reads it, or with negative minutes a correction of it. What a
// person owes that no grant pays for has neither dates nor granted minutes.
type BalanceLine struct {
	Person               workflows.Person
	Unit                 string
	Granted              workflows.Minutes
	From, Until          workflows.Date
	Reason               string
	IsGrant              bool // the following are known: of corrections they are not, since they stand at what is corrected
	Used, Reserved, Left workflows.Minutes
	lot                  workflows.LotID
	correction           string // what makes several entries one correction
}

const sqlExportPeople = `SELECT ` + personColumns + ` FROM people p WHERE p.id > @after ORDER BY p.id LIMIT @limit`

// Grants come before what corrects them, as an import wants them.
const sqlExportEntries = `
SELECT e.person_id, e.unit, l.id, l.valid_from, l.valid_until, e.kind, CASE e.kind WHEN 'adjust' THEN e.reason ELSE l.reason END,
       coalesce(e.key, ''), e.amount
  FROM lots l
  JOIN ledger e ON e.lot_id = l.id
 WHERE l.person_id = ANY (@people::bigint[])
   AND l.valid_from <= coalesce(@until::date, 'infinity') AND coalesce(l.valid_until, 'infinity') >= coalesce(@from::date, '-infinity')
 ORDER BY e.person_id, e.unit, l.valid_from, l.valid_until, e.kind = 'adjust', l.id, e.id`

// ExportBalances gives every grant and correction that is valid within a period to line, person by person, all of one moment. A zero date
// is no bound.
func (s *Store) ExportBalances(ctx context.Context, from, until workflows.Date, line func(BalanceLine) error) error {
	return s.snapshot(ctx, func(tx pgx.Tx) error {
		for after := workflows.PersonID(0); ; {
			rows, err := tx.Query(ctx, sqlExportPeople, args{"after": int64(after), "limit": exportPage})
			if err != nil {
				return err
			}
			people, err := pgx.CollectRows(rows, scanPerson)
			if err != nil || len(people) == 0 {
				return err
			}
			after = people[len(people)-1].ID
			if err := exportPeople(ctx, tx, people, from, until, line); err != nil {
				return err
			}
		}
	})
}

func exportPeople(ctx context.Context, tx pgx.Tx, people []workflows.Person, from, until workflows.Date,
	line func(BalanceLine) error) error {
	who := make([]int64, len(people))
	for i, p := range people {
		who[i] = int64(p.ID)
	}
	owned := map[workflows.PersonID]*books{}
	lines := map[workflows.PersonID][]BalanceLine{}
	settled := map[workflows.LotID]workflows.Minutes{}
	trip := &Trip{}
	var id workflows.PersonID
	var first, last pgtype.Date
	var e BalanceLine
	var kind workflows.EntryKind
	queue(trip, sqlExportEntries, args{"people": who, "from": dateArg(from), "until": dateArg(until)}, each(func() {
		e.From, e.Until, e.IsGrant = date(first), date(last), kind != workflows.EntryAdjust
		switch list := lines[id]; {
		case kind == workflows.EntrySettle:
			settled[e.lot] -= e.Granted
		case !e.IsGrant && joined(list, e):
		default:
			lines[id] = append(list, e)
		}
	}, &id, &e.Unit, &e.lot, &first, &last, &kind, &e.Reason, &e.correction, &e.Granted))
	queueBooks(trip, who, owned)
	if err := trip.send(ctx, tx); err != nil {
		return err
	}
	for _, p := range people {
		states, debts := lotStates(owned[p.ID])
		for _, l := range lines[p.ID] {
			l.Person = p
			if l.IsGrant {
				state := states[l.lot]
				l.Used, l.Reserved, l.Left = settled[l.lot]+state.Used, state.Reserved, state.Left
			}
			if err := line(l); err != nil {
				return err
			}
		}
		for _, d := range debts {
			d.Person = p
			if err := line(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// joined adds an entry to the correction that it is a part of.
func joined(list []BalanceLine, e BalanceLine) bool {
	for i := range list {
		if e.correction != "" && list[i].correction == e.correction {
			list[i].Granted += e.Granted
			return true
		}
	}
	return false
}

// lotStates says what is used, reserved and left of each open lot, and what no lot pays for.
func lotStates(own *books) (states map[workflows.LotID]BalanceLine, debts []BalanceLine) {
	states = map[workflows.LotID]BalanceLine{}
	if own == nil {
		return states, nil
	}
	for _, ledger := range own.ledgers {
		approved := map[workflows.SubjectID]bool{}
		for _, b := range ledger.Bookings {
			approved[b.Subject] = b.Approved
		}
		paid := ledger.Pay()
		for _, part := range paid.Parts {
			state := states[part.Lot]
			if approved[part.Subject] {
				state.Used += part.Minutes
			} else {
				state.Reserved += part.Minutes
			}
			states[part.Lot] = state
		}
		for _, lot := range paid.Lots {
			state := states[lot.ID]
			state.Left = lot.Left
			states[lot.ID] = state
		}
		if paid.Debt > 0 {
			debts = append(debts, BalanceLine{Unit: ledger.Unit, IsGrant: true, Left: -paid.Debt})
		}
		delete(states, 0)
	}
	return states, debts
}

// ExportedRequest is a request with what its export says beside it.
type ExportedRequest struct {
	workflows.Request
	Requester workflows.Person
	Submitter string   // number and name of who filed it
	Waiting   []string // numbers and names of those who have it now
	Decided   []string // of those who decided this revision, in their order
}

const sqlExportRequests = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.erased, s.changed_at, r.form, r.measures, r.submitted_at,
       q.employee_no || ' ' || q.name,
       coalesce((SELECT array_agg(w.employee_no || ' ' || w.name ORDER BY t.nr) FROM turns t JOIN people w ON w.id = t.person_id
                  WHERE t.request_id = r.id AND t.state = 'open'), '{}'),
       coalesce((SELECT array_agg(w.employee_no || ' ' || w.name ORDER BY t.nr) FROM turns t JOIN people w ON w.id = t.person_id
                  WHERE t.request_id = r.id AND t.revision = s.revision AND t.decided_at IS NOT NULL), '{}'),
       ` + personColumns + `
  FROM requests r
  JOIN subjects s ON s.id = r.id
  JOIN people p ON p.id = r.requester_id
  JOIN people q ON q.id = r.submitted_by_id
 WHERE r.id > @after AND r.submitted_at >= coalesce(@from::timestamptz, '-infinity') AND r.submitted_at < coalesce(@before::timestamptz,
       'infinity')
 ORDER BY r.id
 LIMIT @limit`

func scanExported(row pgx.CollectableRow) (r ExportedRequest, err error) {
	var p personScan
	err = row.Scan(append([]any{&r.ID, &r.Number, &r.Kind, &r.Definition, &r.State, &r.Revision, &r.Erased, &r.ChangedAt,
		&r.Form, &r.Measures, &r.SubmittedAt, &r.Submitter, &r.Waiting, &r.Decided}, p.dest()...)...)
	r.Requester = p.person()
	r.Request.Requester = r.Requester.ID
	return r, err
}

// ExportRequests gives every request that was sent from one time on and before another to request, the oldest in front, all of one moment.
// A zero time is no bound.
func (s *Store) ExportRequests(ctx context.Context, from, before time.Time, request func(ExportedRequest) error) error {
	return s.snapshot(ctx, func(tx pgx.Tx) error {
		for after := (workflows.SubjectID("00000000-0000-0000-0000-000000000000")); ; {
			rows, err := tx.Query(ctx, sqlExportRequests, args{"after": string(after), "from": timeArg(from), "before": timeArg(before),
				"limit": exportPage})
			if err != nil {
				return err
			}
			page, err := pgx.CollectRows(rows, scanExported)
			if err != nil || len(page) == 0 {
				return err
			}
			after = page[len(page)-1].ID
			for _, r := range page {
				if err := request(r); err != nil {
					return err
				}
			}
		}
	})
}

// ExportedCharge is what a line of a request spends, with the request as it stands.
type ExportedCharge struct {
	workflows.Charge
	Request   workflows.Request // without its turns
	Requester workflows.Person
}

// The page is read along charges_date, from the line before on, and what its lines say is looked up for them alone: LATERAL … OFFSET 0. So
// a period costs what it holds, however many years there are.
const sqlExportCharges = `
SELECT c.date, c.line, c.heading, c.amount, c.currency, c.base, s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.erased,
       s.changed_at, r.form, r.measures, r.submitted_at, ` + personColumns + `
  FROM (SELECT *
          FROM charges
         WHERE (date, subject_id, line) > (@date::date, @subject::uuid, @line::integer) AND date <= coalesce(@to::date, 'infinity')
         ORDER BY date, subject_id, line
         LIMIT @limit) c,
       LATERAL (SELECT * FROM subjects WHERE id = c.subject_id OFFSET 0) s,
       LATERAL (SELECT * FROM requests WHERE id = c.subject_id OFFSET 0) r,
       LATERAL (SELECT * FROM people WHERE id = c.person_id OFFSET 0) p
 ORDER BY c.date, c.subject_id, c.line`

func scanExportedCharge(row pgx.CollectableRow) (c ExportedCharge, err error) {
	var p personScan
	var day pgtype.Date
	r := &c.Request
	err = row.Scan(append([]any{&day, &c.Line, &c.Heading, &c.Amount.Minor, &c.Amount.Currency, &c.Base, &r.ID, &r.Number, &r.Kind,
		&r.Definition, &r.State, &r.Revision, &r.Erased, &r.ChangedAt, &r.Form, &r.Measures, &r.SubmittedAt}, p.dest()...)...)
	c.Date, c.Requester = date(day), p.person()
	r.Requester = c.Requester.ID
	return c, err
}

// ExportCharges gives every line that spends something within a period to line, by date and request, all of one moment. A zero date is no
// bound.
func (s *Store) ExportCharges(ctx context.Context, from, to workflows.Date, line func(ExportedCharge) error) error {
	return s.snapshot(ctx, func(tx pgx.Tx) error {
		after := ExportedCharge{Charge: workflows.Charge{Date: from}} // a line's ID is above zero
		if from.IsZero() {
			after.Date = workflows.Date{Year: 1, Month: time.January, Day: 1}
		}
		after.Request.ID = "00000000-0000-0000-0000-000000000000"
		for {
			rows, err := tx.Query(ctx, sqlExportCharges, args{"date": pgDate(after.Date), "subject": string(after.Request.ID),
				"line": after.Line, "to": dateArg(to), "limit": exportPage})
			if err != nil {
				return err
			}
			page, err := pgx.CollectRows(rows, scanExportedCharge)
			if err != nil || len(page) == 0 {
				return err
			}
			after = page[len(page)-1]
			for _, c := range page {
				if err := line(c); err != nil {
					return err
				}
			}
		}
	})
}

// The open requests of a kind lie along subjects_definition, so that those of the past are not looked at.
const sqlOpenRequests = `
SELECT s.id::text, s.number, s.kind, s.definition, s.state, s.revision, s.erased, s.changed_at, r.form, r.measures, r.submitted_at,
       ` + personColumns + `
  FROM definitions d
  JOIN subjects s ON s.definition = d.hash AND NOT s.final
  JOIN requests r ON r.id = s.id
  JOIN people p ON p.id = r.requester_id
 WHERE d.kind = @kind AND s.state = ANY (@states::text[])
 ORDER BY s.id`

// OpenRequests lists the requests of a kind that are in one of some states, none of which is final, the oldest in front, without turns.
func (s *Store) OpenRequests(ctx context.Context, kind workflows.KindName, states []workflows.State) ([]ExportedRequest, error) {
	rows, err := s.pool.Query(ctx, sqlOpenRequests, args{"kind": string(kind), "states": states})
	if err != nil {
		return nil, unread(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r ExportedRequest, err error) {
		var p personScan
		err = row.Scan(append([]any{&r.ID, &r.Number, &r.Kind, &r.Definition, &r.State, &r.Revision, &r.Erased, &r.ChangedAt, &r.Form,
			&r.Measures, &r.SubmittedAt}, p.dest()...)...)
		r.Requester = p.person()
		r.Request.Requester = r.Requester.ID
		return r, err
	})
	return list, unread(err)
}
