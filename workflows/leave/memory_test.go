package leave_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
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
	ledger   []line
	requests []*workflows.Request
	spans    map[workflows.RequestID]workflows.Busy
	files    map[string]workflows.File // by ID
	audit    map[workflows.RequestID][]workflows.AuditRow
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

type line struct {
	owner   workflows.PersonID
	request workflows.RequestID
	entry   workflows.Entry
}

func newMemory(t judge, p *policy.Policy, people ...workflows.Person) *memory {
	kind, ok := p.Kind("leave")
	if !ok {
		t.Fatal("the policy has no leave")
	}
	return &memory{t: t, policy: p, kind: kind, people: people, calendar: map[string][]workflows.CalendarDay{},
		spans: map[workflows.RequestID]workflows.Busy{}, files: map[string]workflows.File{}, audit: map[workflows.RequestID][]workflows.AuditRow{}}
}

func (m *memory) person(id workflows.PersonID) workflows.Person {
	for _, p := range m.people {
		if p.ID == id {
			return p
		}
	}
	return workflows.Person{}
}

func (m *memory) byID(id workflows.RequestID) *workflows.Request {
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

// wants says what the engine loads for an act: what the kind wants where a form is looked at, and next to nothing for a press.
func (m *memory) wants(r workflows.Request, act workflows.Act) workflows.Wants {
	switch act.Event {
	case workflows.Submit, workflows.Edit:
		return m.kind.Wants(act.Form, m.person(r.Requester))
	case workflows.Revive:
		return m.kind.Wants(r.Form, m.person(r.Requester))
	case workflows.Attach:
		return workflows.Wants{Roles: []string{"admin", "hr"}, Files: workflows.FileIDs(act.Form["proof"])}
	}
	return workflows.Wants{Roles: []string{"admin", "hr"}}
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
	for _, unit := range w.Units {
		f.Lots = append(f.Lots, m.lots(r.Requester, unit)...)
	}
	f.Files = map[string]workflows.File{}
	for _, id := range w.Files {
		if file, ok := m.files[id]; ok {
			f.Files[id] = file
		}
	}
	f.Reserved = m.reserved(r.ID)
	for id, b := range m.spans {
		switch {
		case id == r.ID:
		case b.Person == r.Requester:
			if b.Span.Overlaps(w.Span) || b.Span.Overlaps(w.Around) {
				b.Form = m.byID(id).Form
				f.Busy = append(f.Busy, b)
			}
		case !b.Span.Overlaps(w.Span):
		case m.person(b.Person).Manager == requester.Manager:
			b.Name = m.person(b.Person).Name
			f.Team = append(f.Team, b)
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

func (m *memory) lots(owner workflows.PersonID, unit string) []workflows.Lot {
	var lots []workflows.Lot
	sums := map[workflows.LotID]workflows.Minutes{}
	for _, l := range m.ledger {
		if l.owner == owner && l.entry.Unit == unit {
			sums[l.entry.Lot] += l.entry.Minutes
		}
	}
	for _, g := range m.grants {
		if g.owner == owner && g.lot.Unit == unit {
			g.lot.Left = g.lot.Granted + sums[g.lot.ID]
			lots = append(lots, g.lot)
		}
	}
	if sums[0] != 0 {
		lots = append(lots, workflows.Lot{Unit: unit, Left: sums[0]})
	}
	return lots
}

func (m *memory) balance(owner workflows.PersonID, unit string) workflows.Minutes {
	var sum workflows.Minutes
	for _, l := range m.lots(owner, unit) {
		sum += l.Left
	}
	return sum
}

// reserved sums a request's reservations and releases; what is not undone is open.
func (m *memory) reserved(id workflows.RequestID) []workflows.Entry {
	var open []workflows.Entry
	for _, l := range m.ledger {
		e := l.entry
		if l.request != id || e.Kind != workflows.EntryReserve && e.Kind != workflows.EntryRelease {
			continue
		}
		i := slices.IndexFunc(open, func(o workflows.Entry) bool { return o.Unit == e.Unit && o.Lot == e.Lot && o.Date == e.Date })
		if i < 0 {
			e.Kind = workflows.EntryReserve
			open = append(open, e)
			continue
		}
		open[i].Minutes += e.Minutes
	}
	return slices.DeleteFunc(open, func(e workflows.Entry) bool { return e.Minutes == 0 })
}

// change decides and stores. A refusal stores nothing.
func (m *memory) change(r workflows.Request, act workflows.Act, actor workflows.Actor, clock workflows.PersonID) (workflows.Decision, error) {
	m.t.Helper()
	w := m.wants(r, act)
	w.Clocks, w.OpenClocks = []workflows.PersonID{clock}, act.Event == workflows.Nudge
	d, err := m.kind.Decide(r, act, actor, m.facts(r, w))
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
		m.ledger = append(m.ledger, line{now.Requester, now.ID, e})
	}
	for _, id := range d.Files {
		file := m.files[id]
		file.Request = now.Number
		m.files[id] = file
	}
	m.takeSpan(*now, d)
	m.takeClocks(*now, d)
	m.takeAudit(*now, d)
	m.check(*now)
	return d, nil
}

func (m *memory) takeSpan(r workflows.Request, d workflows.Decision) {
	switch {
	case d.Hold != nil:
		for id, b := range m.spans {
			if id != r.ID && b.Person == r.Requester && b.Span.Overlaps(*d.Hold) {
				m.t.Fatalf("%s and %s hold the same half-days", b.Number, r.Number)
			}
		}
		m.spans[r.ID] = workflows.Busy{Person: r.Requester, Number: r.Number, Span: *d.Hold}
	case d.Held:
		b := m.spans[r.ID]
		b.Approved = true
		m.spans[r.ID] = b
	case d.Free:
		delete(m.spans, r.ID)
	}
}

// takeClocks keeps what is due once. A turn's card counts as posted the moment the turn opens.
func (m *memory) takeClocks(r workflows.Request, d workflows.Decision) {
	if d.Settled {
		m.due = slices.DeleteFunc(m.due, func(old workflows.Due) bool { return old.Request == r.ID })
	}
	for _, due := range d.Due {
		if due.Kind == workflows.DueTurn && due.Slot == workflows.SlotStart {
			due.Slot = workflows.SlotFirst
			due.At = workflows.NextDue(due.Slot, m.now, m.facts(r, workflows.Wants{Clocks: []workflows.PersonID{due.Person}}).Hours(due.Person))
		}
		known := func(old workflows.Due) bool {
			return old.Kind == due.Kind && old.Key == due.Key && old.Slot == due.Slot
		}
		if !slices.ContainsFunc(m.due, known) {
			m.due = append(m.due, due)
		}
	}
}

func (m *memory) takeAudit(r workflows.Request, d workflows.Decision) {
	m.t.Helper()
	row := d.Audit
	var prev []byte
	if rows := m.audit[r.ID]; len(rows) > 0 {
		prev = rows[len(rows)-1].Hash
	}
	if err := row.Seal(prev, []byte("salt")); err != nil {
		m.t.Fatal(err)
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
	var open, used workflows.Minutes
	for _, l := range m.ledger {
		if l.request != r.ID {
			continue
		}
		if l.entry.Kind == workflows.EntryUse {
			used -= l.entry.Minutes
		} else {
			open -= l.entry.Minutes
		}
	}
	cost := workflows.Minutes(r.Measures["minutes"])
	wantOpen, wantUsed := workflows.Minutes(0), workflows.Minutes(0)
	if m.needsBalance(r) {
		switch r.State {
		case "pending":
			wantOpen = cost
		case "approved":
			wantUsed = cost
		}
	}
	if open != wantOpen || used != wantUsed {
		m.t.Fatalf("I8: %s is %s and costs %d; reserved %d, want %d; used %d, want %d", r.Number, r.State, cost, open, wantOpen, used, wantUsed)
	}
	if _, held := m.spans[r.ID]; held != (r.State == "pending" || r.State == "approved") {
		m.t.Fatalf("%s is %s; its half-days are held: %v", r.Number, r.State, held)
	}
}

func (m *memory) needsBalance(r workflows.Request) bool {
	return len(m.kind.Wants(r.Form, m.person(r.Requester)).Units) > 0
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
			if r.ID != due.Request {
				continue
			}
			event, _ := workflows.DueEvent(due.Kind, due.Slot)
			clock := workflows.PersonID(0)
			if due.Kind == workflows.DueTurn {
				clock = due.Person
			}
			d, err := m.change(*r, workflows.Act{Event: event, Turn: due.Turn, Slot: due.Slot},
				workflows.Actor{System: true, Platform: workflows.PlatformSystem}, clock)
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
		d, err := m.change(*r, workflows.Act{Event: workflows.Relieve, Turn: turn.Key()}, workflows.Actor{System: true, Platform: workflows.PlatformSystem}, 0)
		if err != nil {
			m.t.Fatalf("relieve of %s: %v", r.Number, err)
		}
		if m.heard != nil {
			m.heard(d)
		}
	}
}

func (m *memory) events(id workflows.RequestID) []string {
	var events []string
	for _, row := range m.audit[id] {
		events = append(events, string(row.Event))
	}
	return events
}

func (m *memory) held(owner workflows.PersonID) []string {
	var numbers []string
	for _, b := range slices.Collect(maps.Values(m.spans)) {
		if b.Person == owner {
			numbers = append(numbers, b.Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}
