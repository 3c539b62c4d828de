package leave_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/policy"
)

// memory is what storage keeps, in memory: it brings the facts to Decide and takes in what follows, and after each change checks what must always hold.
type memory struct {
	t        judge
	now      time.Time
	policy   *policy.Policy
	kind     *workflows.Kind
	people   []workflows.Person
	calendar map[string][]workflows.CalendarDay // imported, by country
	grants   []grant
	settled  []settled // entries of closed books
	closed   map[workflows.PersonID]workflows.Date
	requests []*workflows.Request
	holds    map[workflows.SubjectID]hold
	files    map[string]workflows.File // by ID
	audit    map[workflows.SubjectID][]workflows.AuditRow
	due      []workflows.Due
	heard    func(workflows.Decision) // hears what a clock brought about
}

// judge is what testing.T and rapid.T have in common.
type judge interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

type grant struct {
	owner workflows.PersonID
	lot   workflows.Lot
}

type settled struct {
	owner workflows.PersonID
	entry workflows.Entry
}

// hold is what a request takes of its requester's time.
type hold struct {
	workflows.Hold
	owner    workflows.PersonID
	approved bool
}

func newMemory(t judge, p *policy.Policy, people ...workflows.Person) *memory {
	kind, ok := p.Kind("leave")
	if !ok {
		t.Fatal("the policy has no leave")
	}
	return &memory{t: t, policy: p, kind: kind, people: people, calendar: map[string][]workflows.CalendarDay{},
		closed: map[workflows.PersonID]workflows.Date{}, holds: map[workflows.SubjectID]hold{}, files: map[string]workflows.File{},
		audit: map[workflows.SubjectID][]workflows.AuditRow{}}
}

func (m *memory) person(id workflows.PersonID) workflows.Person {
	for _, p := range m.people {
		if p.ID == id {
			return p
		}
	}
	return workflows.Person{}
}

func (m *memory) byID(id workflows.SubjectID) *workflows.Request {
	i := slices.IndexFunc(m.requests, func(r *workflows.Request) bool { return r.ID == id })
	return m.requests[i]
}

func (m *memory) request(number string) *workflows.Request {
	for _, r := range m.requests {
		if r.Number == number {
			return r
		}
	}
	m.t.Fatalf("no request %s", number)
	return nil
}

// wants says what the engine loads for an act: what its move needs, and what the kind wants where a form is looked at.
func (m *memory) wants(r workflows.Request, act workflows.Act) workflows.Wants {
	var w workflows.Wants
	move := m.kind.Moves[act.Event]
	if move.Needs != nil {
		w = move.Needs(act)
	}
	switch move.Form {
	case workflows.NewForm:
		w = w.And(m.kind.Wants(act.Form, m.person(r.Requester)))
	case workflows.StoredForm:
		w = w.And(m.kind.Wants(r.Form, m.person(r.Requester)))
	}
	return w
}

// facts loads only what is wanted, so that a rule which forgets to ask is found out.
func (m *memory) facts(r workflows.Request, w workflows.Wants) workflows.Facts {
	requester := m.person(r.Requester)
	f := workflows.Facts{Now: m.now, Org: workflows.NewOrg(m.people...), Patterns: m.policy.Patterns()}
	for _, d := range m.calendar[requester.Country] {
		if !d.Date.Before(w.From) && !d.Date.After(w.To) {
			f.Calendar = append(f.Calendar, d)
		}
	}
	f.Closed = m.closed[r.Requester]
	if w.Ledger {
		f.Ledgers = m.accounts(r.Requester)
	}
	f.Files = map[string]workflows.File{}
	for _, id := range w.Files {
		if file, ok := m.files[id]; ok {
			f.Files[id] = file
		}
	}
	for id, h := range m.holds {
		busy := workflows.Busy{Person: h.owner, Number: m.byID(id).Number, Span: h.Span, Approved: h.approved}
		switch {
		case id == r.ID:
		case h.owner == r.Requester:
			if h.Span.Overlaps(w.Span) || h.Span.Overlaps(w.Around) {
				busy.Form = m.byID(id).Form
				f.Busy = append(f.Busy, busy)
			}
		case !h.Span.Overlaps(w.Span):
		case m.person(h.owner).Manager == requester.Manager:
			busy.Name = m.person(h.owner).Name
			f.Team = append(f.Team, busy)
		}
	}
	slices.SortFunc(f.Team, func(a, b workflows.Busy) int { return cmp.Compare(a.Number, b.Number) })
	for _, turn := range r.Turns {
		if w.OpenClocks && turn.State == workflows.TurnOpen {
			w.Clocks = append(w.Clocks, turn.Person)
		}
	}
	f.Clocks = map[workflows.PersonID]workflows.ClockFacts{}
	for _, id := range w.Clocks {
		p := m.person(id)
		f.Clocks[id] = workflows.ClockFacts{Person: p, Days: m.calendar[p.Country]}
	}
	return f
}

// accounts are somebody's lots and bookings, as far as their books are open.
func (m *memory) accounts(owner workflows.PersonID) []workflows.Ledger {
	var list []workflows.Ledger
	account := func(unit string) *workflows.Ledger {
		i := slices.IndexFunc(list, func(a workflows.Ledger) bool { return a.Unit == unit })
		if i < 0 {
			i = len(list)
			list = append(list, workflows.Ledger{Unit: unit, Settled: m.closed[owner]})
		}
		return &list[i]
	}
	for _, g := range m.grants {
		if g.owner == owner && (g.lot.Until.IsZero() || g.lot.Until.After(m.closed[owner])) {
			g.lot.Left = g.lot.Granted
			a := account(g.lot.Unit)
			a.Lots = append(a.Lots, g.lot)
		}
	}
	for _, s := range m.settled {
		if s.owner != owner {
			continue
		}
		a := account(s.entry.Unit)
		i := slices.IndexFunc(a.Lots, func(l workflows.Lot) bool { return l.ID == s.entry.Lot })
		if i < 0 && s.entry.Lot == 0 {
			i = len(a.Lots)
			a.Lots = append(a.Lots, workflows.Lot{Unit: s.entry.Unit})
		}
		if i >= 0 {
			a.Lots[i].Left += s.entry.Minutes
		}
	}
	for id, h := range m.holds {
		last, _ := h.Span.Last()
		if h.owner == owner && h.Unit != "" && last.After(m.closed[owner]) {
			a := account(h.Unit)
			a.Bookings = append(a.Bookings, workflows.Booking{Subject: id, Approved: h.approved, Shares: h.Shares})
		}
	}
	return list
}

// payment is how somebody's lots of a unit pay for what is booked.
func (m *memory) payment(owner workflows.PersonID, unit string) workflows.Payment {
	return workflows.Facts{Ledgers: m.accounts(owner)}.Ledger(unit).Pay()
}

func (m *memory) balance(owner workflows.PersonID, unit string) workflows.Minutes {
	paid := m.payment(owner, unit)
	sum := -paid.Debt
	for _, l := range paid.Lots {
		if l.ID != 0 {
			sum += l.Left
		}
	}
	return sum
}

// change decides and stores. A refusal stores nothing.
func (m *memory) change(r workflows.Request, act workflows.Act, actor workflows.Actor) (workflows.Decision, error) {
	m.t.Helper()
	d, err := m.kind.Decide(r, act, actor, m.facts(r, m.wants(r, act)))
	if err != nil {
		if refusal := (*workflows.Error)(nil); !errors.As(err, &refusal) {
			m.t.Fatalf("%s of %s: not a refusal but a fault of the program: %v", act.Event, r.Number, err)
		}
		return d, err
	}
	if r.Seq == 0 {
		d.Request.Number = fmt.Sprintf("LV-%d", len(m.requests)+1)
		m.requests = append(m.requests, &d.Request)
	} else {
		*m.request(r.Number) = d.Request
	}
	now := m.request(d.Request.Number)
	for _, e := range d.Entries {
		m.settled = append(m.settled, settled{now.Requester, e})
	}
	if !d.Closed.IsZero() {
		m.closed[now.Requester] = d.Closed
	}
	for _, id := range d.Files {
		file := m.files[id]
		file.Subject = now.ID
		m.files[id] = file
	}
	m.takeHold(*now, d)
	m.takeClocks(*now, d)
	m.takeAudit(now, d)
	m.check(*now)
	return d, nil
}

func (m *memory) takeHold(r workflows.Request, d workflows.Decision) {
	switch {
	case d.Hold != nil:
		for id, h := range m.holds {
			if id != r.ID && h.owner == r.Requester && h.Span.Overlaps(d.Hold.Span) {
				m.t.Fatalf("%s and %s hold the same half-days", m.byID(id).Number, r.Number)
			}
		}
		m.holds[r.ID] = hold{Hold: *d.Hold, owner: r.Requester}
	case d.Used:
		h := m.holds[r.ID]
		h.approved = true
		m.holds[r.ID] = h
	case d.Released:
		delete(m.holds, r.ID)
	}
}

// takeClocks keeps what is due once. A turn's card counts as posted the moment the turn opens.
func (m *memory) takeClocks(r workflows.Request, d workflows.Decision) {
	if d.Settled {
		m.due = slices.DeleteFunc(m.due, func(old workflows.Due) bool { return old.Subject == r.ID })
	}
	for _, due := range d.Due {
		if due.Slot == 0 { // a series begins anew
			m.due = slices.DeleteFunc(m.due, func(old workflows.Due) bool { return old.Kind == due.Kind && old.Key == due.Key })
		}
		if due.Kind == approval.DueTurn && due.Slot == approval.SlotStart {
			due.Slot = approval.SlotFirst
			who := due.Party.Person()
			due.At = approval.NextDue(due.Slot, m.now, m.facts(r, workflows.Wants{Clocks: []workflows.PersonID{who}}).Hours(who))
		}
		known := func(old workflows.Due) bool {
			return old.Kind == due.Kind && old.Key == due.Key && old.Slot == due.Slot
		}
		if !slices.ContainsFunc(m.due, known) {
			m.due = append(m.due, due)
		}
	}
}

func (m *memory) takeAudit(r *workflows.Request, d workflows.Decision) {
	m.t.Helper()
	row := d.Audit
	var prev []byte
	if rows := m.audit[r.ID]; len(rows) > 0 {
		prev = rows[len(rows)-1].Hash
	}
	if err := row.Seal(prev, []byte("salt")); err != nil {
		m.t.Fatal(err)
	}
	if len(m.audit[r.ID]) == 0 || m.audit[r.ID][len(m.audit[r.ID])-1].Revision != row.Revision {
		r.Digest = workflows.RevisionDigest(row.Hash)
	}
	row.Values = workflows.AuditValues{} // what is kept is the JSON
	if err := json.Unmarshal(row.Body, &row.Values); err != nil {
		m.t.Fatal(err)
	}
	m.audit[r.ID] = append(m.audit[r.ID], row)
}

// check holds a changed request against the promises: I3 (never approved but by somebody else), I5 (audit = state), I8 (the ledger adds up).
func (m *memory) check(r workflows.Request) {
	m.t.Helper()
	replayed, err := workflows.Replay(m.audit[r.ID])
	if err != nil {
		m.t.Fatalf("I5: %s: %v", r.Number, err)
	}
	replayed.Number = r.Number
	if !reflect.DeepEqual(replayed, r) {
		m.t.Fatalf("I5: the audit of %s gives\n%+v\nand the state is\n%+v", r.Number, replayed, r)
	}
	if r.State == "approved" {
		last := r.LastDecision()
		if last == nil || last.State != workflows.TurnApproved || last.Revision != r.Revision || last.Person == r.Requester || last.Person == r.SubmittedBy {
			m.t.Fatalf("I3: %s is approved and its last decision is %+v", r.Number, last)
		}
	}
	h, held := m.holds[r.ID]
	if held != (r.State == "pending" || r.State == "approved") || h.approved != (r.State == "approved") {
		m.t.Fatalf("%s is %s; its half-days are held: %v, %v", r.Number, r.State, held, h.approved)
	}
	var booked workflows.Minutes
	for _, s := range h.Shares {
		booked += s.Minutes
	}
	if held && m.needsBalance(r) && booked != workflows.Minutes(r.Measures["minutes"]) {
		m.t.Fatalf("I8: %s is %s and costs %d; booked are %d", r.Number, r.State, r.Measures["minutes"], booked)
	}
	m.checkLedgers(r)
}

// checkLedgers holds what is granted against what is left and what is booked.
func (m *memory) checkLedgers(r workflows.Request) {
	m.t.Helper()
	for _, a := range m.accounts(r.Requester) {
		var have, booked, left, paid workflows.Minutes
		for _, l := range a.Lots {
			have += max(l.Left, 0)
		}
		for _, b := range a.Bookings {
			for _, s := range b.Shares {
				if s.Date.After(a.Settled) {
					booked += s.Minutes
				}
			}
		}
		p := a.Pay()
		for _, l := range p.Lots {
			left += max(l.Left, 0)
		}
		owed := p.Debt
		for _, l := range a.Lots {
			owed += min(l.Left, 0) // of closed books
		}
		for _, part := range p.Parts {
			paid += part.Minutes
		}
		if paid != booked || have-left != booked-owed {
			m.t.Fatalf("I8: %s: %d were there, %d are left; %d are booked, %d accounted for, %d owed", a.Unit, have, left, booked, paid, owed)
		}
	}
}

func (m *memory) needsBalance(r workflows.Request) bool {
	return m.kind.Wants(r.Form, m.person(r.Requester)).Ledger
}

// tick runs every clock that falls due until then, in order. What no longer applies is refused, and that is all right.
func (m *memory) tick(until time.Time) {
	m.t.Helper()
	for {
		slices.SortStableFunc(m.due, func(a, b workflows.Due) int { return a.At.Compare(b.At) })
		if len(m.due) == 0 || m.due[0].At.After(until) {
			break
		}
		due := m.due[0]
		m.due = m.due[1:]
		m.now = due.At.UTC()
		for _, r := range m.requests {
			if r.ID != due.Subject {
				continue
			}
			key, err := approval.DueTurnKey(due)
			if err != nil {
				m.t.Fatal(err)
			}
			event := approval.Clocks()[due.Kind](due.Slot)
			d, err := m.change(*r, workflows.Act{Event: event, Turn: key, Slot: due.Slot}, workflows.ClockActor())
			if err != nil && !errors.Is(err, &workflows.Error{Code: workflows.NotNow}) {
				m.t.Fatalf("%s of %s: %v", event, r.Number, err)
			}
			if err == nil && m.heard != nil {
				m.heard(d)
			}
		}
	}
	m.now = until
}

// relieve moves the open turns of a person who has left.
func (m *memory) relieve(person workflows.PersonID) {
	m.t.Helper()
	for _, r := range m.requests {
		turn := r.OpenTurn(person)
		if turn == nil {
			continue
		}
		d, err := m.change(*r, workflows.Act{Event: approval.Relieve, Turn: turn.Key()}, workflows.ClockActor())
		if err != nil {
			m.t.Fatalf("relieve of %s: %v", r.Number, err)
		}
		if m.heard != nil {
			m.heard(d)
		}
	}
}

func (m *memory) events(id workflows.SubjectID) []string {
	var events []string
	for _, row := range m.audit[id] {
		events = append(events, string(row.Event))
	}
	return events
}

func (m *memory) held(owner workflows.PersonID) []string {
	var numbers []string
	for id, h := range m.holds {
		if h.owner == owner {
			numbers = append(numbers, m.byID(id).Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}
