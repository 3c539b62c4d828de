package workflowtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// T is what testing.T, testing.B and rapid.T have in common.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Rules is where kinds come from: a policy, and definitions of the past.
type Rules interface {
	Kinds() []*workflows.Kind
	Restore(d workflows.Definition, hash string) (*workflows.Kind, error)
	Patterns() map[string]workflows.Pattern
}

// Memory is what storage and engine do, in memory: it brings the facts to Decide and takes in what follows, and after each change checks
// what must always hold.
type Memory struct {
	Now    time.Time
	People []workflows.Person
	Check  func(m *Memory, r workflows.Request) error // a kind's own promises; nil: none

	t        T
	rules    Rules
	kinds    map[workflows.KindName]*workflows.Kind // as new requests use them
	byHash   map[string]*workflows.Kind
	calendar map[string][]workflows.CalendarDay // imported, by country
	grants   []grant
	settled  []settled // entries of closed books
	closed   map[workflows.PersonID]workflows.Date
	requests []*workflows.Request
	holds    map[workflows.SubjectID]hold
	files    map[string]workflows.File // by ID
	claims   map[string]workflows.SubjectID
	charges  map[workflows.SubjectID][]workflows.Charge
	rates    []quoted
	accounts map[string]workflows.Account // by number
	audit    map[workflows.SubjectID][]workflows.AuditRow
	due      []workflows.Due
	heard    func(workflows.Decision) // hears what a clock brought about
}

// quoted is a rate of a currency.
type quoted struct {
	currency string
	workflows.QuotedRate
}

// hold is what a request takes of its requester's time.
type hold struct {
	workflows.Hold
	owner    workflows.PersonID
	approved bool
}

// NewMemory begins on a Monday morning, with the people of Company and nothing else.
func NewMemory(t T, rules Rules) *Memory {
	m := &Memory{t: t, rules: rules, Now: monday, People: Company(), kinds: map[workflows.KindName]*workflows.Kind{},
		byHash: map[string]*workflows.Kind{}, calendar: map[string][]workflows.CalendarDay{},
		closed:  map[workflows.PersonID]workflows.Date{},
		charges: map[workflows.SubjectID][]workflows.Charge{}, accounts: map[string]workflows.Account{},
		holds: map[workflows.SubjectID]hold{}, files: map[string]workflows.File{}, claims: map[string]workflows.SubjectID{},
		audit: map[workflows.SubjectID][]workflows.AuditRow{}}
	for _, k := range rules.Kinds() {
		m.use(k)
	}
	return m
}

// use has new requests made by a kind.
func (m *Memory) use(k *workflows.Kind) { m.kinds[k.Kind], m.byHash[k.Hash()] = k, k }

// Kind finds a kind as new requests use it.
func (m *Memory) Kind(name workflows.KindName) *workflows.Kind {
	m.t.Helper()
	k := m.kinds[name]
	if k == nil {
		m.t.Fatalf("there is no kind %q", name)
	}
	return k
}

// KindOf finds the kind of a request, by the definition with which it began.
func (m *Memory) KindOf(r workflows.Request) *workflows.Kind { return m.byHash[r.Definition] }

// Person finds a person; the zero Person when there is none.
func (m *Memory) Person(id workflows.PersonID) workflows.Person {
	for _, p := range m.People {
		if p.ID == id {
			return p
		}
	}
	return workflows.Person{}
}

// Named finds a person by name.
func (m *Memory) Named(name string) workflows.Person {
	m.t.Helper()
	i := slices.IndexFunc(m.People, func(p workflows.Person) bool { return p.Name == name })
	if i < 0 {
		m.t.Fatalf("nobody is called %s", name)
	}
	return m.People[i]
}

// Draft is a request that has not been sent.
func (m *Memory) Draft(name workflows.KindName, requester, submitter workflows.PersonID) workflows.Request {
	m.t.Helper()
	r := workflows.Request{Requester: requester, SubmittedBy: submitter}
	r.ID, r.Kind, r.Definition = workflows.SubjectID(fmt.Sprintf("r%d", len(m.requests)+1)), name, m.Kind(name).Hash()
	return r
}

// Request finds a request by its number.
func (m *Memory) Request(number string) workflows.Request {
	m.t.Helper()
	return *m.request(number)
}

func (m *Memory) request(number string) *workflows.Request {
	m.t.Helper()
	i := slices.IndexFunc(m.requests, func(r *workflows.Request) bool { return r.Number == number })
	if i < 0 {
		m.t.Fatalf("no request %s", number)
	}
	return m.requests[i]
}

func (m *Memory) byID(id workflows.SubjectID) *workflows.Request {
	return m.requests[slices.IndexFunc(m.requests, func(r *workflows.Request) bool { return r.ID == id })]
}

// Hold is what a request takes of its requester's time, and whether that is used and no more only reserved.
func (m *Memory) Hold(id workflows.SubjectID) (h workflows.Hold, used, held bool) {
	kept, held := m.holds[id]
	return kept.Hold, kept.approved, held
}

// Charges are what a request spends.
func (m *Memory) Charges(id workflows.SubjectID) []workflows.Charge { return m.charges[id] }

// Requests lists all requests as they are now, in the order in which they began.
func (m *Memory) Requests() []workflows.Request {
	var list []workflows.Request
	for _, r := range m.requests {
		list = append(list, *r)
	}
	return list
}

// Quote imports the rate of a currency of a date: what one unit of the policy's base currency, CNY, costs.
func (m *Memory) Quote(currency string, on workflows.Date, rate workflows.Rate) {
	m.rates = append(m.rates, quoted{currency, workflows.QuotedRate{Rate: rate, Date: on, Base: "CNY"}})
}

// AddFile keeps a file that somebody has sent, and gives its ID, which is made of its place.
func (m *Memory) AddFile(owner workflows.PersonID, name string) string {
	id := fmt.Sprintf("00000000-0000-7000-8000-%012d", len(m.files)+1)
	m.files[id] = workflows.File{ID: id, Owner: owner, Name: name, Type: "application/pdf", Size: 1, Hash: name}
	return id
}

// Files lists the IDs of all files.
func (m *Memory) Files() []string { return slices.Sorted(maps.Keys(m.files)) }

// Change decides and stores. A refusal stores nothing.
func (m *Memory) Change(r workflows.Request, act workflows.Act, actor workflows.Actor) (workflows.Decision, error) {
	m.t.Helper()
	kind := m.KindOf(r)
	d, err := kind.Decide(r, act, actor, m.Facts(r, m.Wants(r, act)))
	if err != nil {
		if refusal := (*workflows.Error)(nil); !errors.As(err, &refusal) {
			m.t.Fatalf("%s of %s: not a refusal but a fault of the program: %v", act.Event, r.Number, err)
		}
		return d, err
	}
	if r.Seq == 0 {
		d.Request.Number = m.nextNumber(kind)
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
	m.takeClaims(*now, d)
	m.takeCharges(*now, d)
	m.takeHold(*now, d)
	m.takeClocks(*now, d)
	m.takeAudit(now, d)
	m.check(*now)
	return d, nil
}

// nextNumber counts the requests of each kind.
func (m *Memory) nextNumber(kind *workflows.Kind) string {
	n := 1
	for _, r := range m.requests {
		if r.Kind == kind.Kind {
			n++
		}
	}
	return fmt.Sprintf("%s-%d", kind.Prefix, n)
}

func (m *Memory) takeClaims(r workflows.Request, d workflows.Decision) {
	m.t.Helper()
	if len(d.Claims) > 0 || d.Freed {
		maps.DeleteFunc(m.claims, func(_ string, holder workflows.SubjectID) bool { return holder == r.ID })
	}
	for _, key := range d.Claims {
		if holder, taken := m.claims[key]; taken && holder != r.ID {
			m.t.Fatalf("%s and %s claim %s", m.byID(holder).Number, r.Number, key)
		}
		m.claims[key] = r.ID
	}
}

func (m *Memory) takeCharges(r workflows.Request, d workflows.Decision) {
	switch {
	case d.Charges != nil:
		m.charges[r.ID] = d.Charges
	case d.Released:
		delete(m.charges, r.ID)
	}
}

func (m *Memory) takeHold(r workflows.Request, d workflows.Decision) {
	m.t.Helper()
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
func (m *Memory) takeClocks(r workflows.Request, d workflows.Decision) {
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
			due.At = approval.NextDue(due.Slot, m.Now, m.Facts(r, workflows.Wants{Clocks: []workflows.PersonID{who}}).Hours(who))
		}
		known := func(old workflows.Due) bool {
			return old.Kind == due.Kind && old.Key == due.Key && old.Slot == due.Slot
		}
		if !slices.ContainsFunc(m.due, known) {
			m.due = append(m.due, due)
		}
	}
}

func (m *Memory) takeAudit(r *workflows.Request, d workflows.Decision) {
	m.t.Helper()
	row := d.Audit
	var prev []byte
	rows := m.audit[r.ID]
	if len(rows) > 0 {
		prev = rows[len(rows)-1].Hash
	}
	if err := row.Seal(prev, []byte("salt")); err != nil {
		m.t.Fatal(err)
	}
	if len(rows) == 0 || rows[len(rows)-1].Revision != row.Revision {
		r.Digest = workflows.RevisionDigest(row.Hash)
	}
	row.Values = workflows.AuditValues{} // what is kept is the JSON
	if err := json.Unmarshal(row.Body, &row.Values); err != nil {
		m.t.Fatal(err)
	}
	m.audit[r.ID] = append(rows, row)
}

// tick runs every clock that falls due until then, in order. What no longer applies is refused, and that is all right.
func (m *Memory) tick(until time.Time) {
	m.t.Helper()
	for {
		slices.SortStableFunc(m.due, func(a, b workflows.Due) int { return a.At.Compare(b.At) })
		if len(m.due) == 0 || m.due[0].At.After(until) {
			break
		}
		due := m.due[0]
		m.due = m.due[1:]
		m.Now = due.At.UTC()
		for _, r := range m.requests {
			if r.ID == due.Subject {
				m.fire(*r, due)
			}
		}
	}
	m.Now = until
}

func (m *Memory) fire(r workflows.Request, due workflows.Due) {
	m.t.Helper()
	if due.Kind == workflows.DueBeginPlan {
		return // what it begins is no request
	}
	key, err := approval.DueTurnKey(due)
	if err != nil {
		m.t.Fatal(err)
	}
	brings := approval.Clocks()[due.Kind]
	if brings == nil {
		m.t.Fatalf("%s: nothing fires due items of the kind %q", r.Number, due.Kind)
	}
	event := brings(due.Slot)
	d, err := m.Change(r, workflows.Act{Event: event, Turn: key, Slot: due.Slot}, workflows.ClockActor())
	var refusal *workflows.Error
	if errors.As(err, &refusal) && refusal.Until.After(m.Now) {
		due.At = refusal.Until
		m.due = append(m.due, due)
		return
	}
	if err != nil && !errors.Is(err, &workflows.Error{Code: workflows.NotNow}) {
		m.t.Fatalf("%s of %s: %v", event, r.Number, err)
	}
	if err == nil && m.heard != nil {
		m.heard(d)
	}
}

// relieve moves the open turns of a person who has left.
func (m *Memory) relieve(person workflows.PersonID) {
	m.t.Helper()
	for _, r := range m.requests {
		turn := r.OpenTurn(person)
		if turn == nil {
			continue
		}
		d, err := m.Change(*r, workflows.Act{Event: approval.Relieve, Turn: turn.Key()}, workflows.ClockActor())
		if err != nil {
			m.t.Fatalf("relieve of %s: %v", r.Number, err)
		}
		if m.heard != nil {
			m.heard(d)
		}
	}
}

func (m *Memory) events(id workflows.SubjectID) []string {
	var events []string
	for _, row := range m.audit[id] {
		events = append(events, string(row.Event))
	}
	return events
}

func (m *Memory) held(owner workflows.PersonID) []string {
	var numbers []string
	for id, h := range m.holds {
		if h.owner == owner {
			numbers = append(numbers, m.byID(id).Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}
