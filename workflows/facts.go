package workflows

import (
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Act is what somebody wants to happen to a request.
type Act struct {
	Event   Event
	Digest  string  // of the revision that the person saw; empty where the event does not depend on it
	Form    Form    // the whole form, with submit and edit; what else the event asks for, as files
	Comment string  // the reason, where the event asks for one
	Person  string  // an employee number, where the event names somebody (reassign: who decides from now on)
	From    string  // an employee number: in whose place (reassign); empty: the only one who is asked
	Turn    TurnKey // with a clock's events
	Slot    int     // which reminder, with remind
	Seen    *Shown  // what the person's card would show, where none of theirs is known to have been posted
}

// Wants says which facts a move or a kind's rules need; storage loads them in the trip that takes the lock.
type Wants struct {
	Concerned  bool     // of the company only those whom the request asks, and more where its route goes on: Move.Concerned
	Ledger     bool     // the requester's lots and bookings
	Span       Span     // half-days whose other requests and absences matter; empty: none
	Around     Span     // half-days beyond Span in which the requester's own other requests matter; empty: only those of Span
	From, To   Date     // of the requester's calendar; zero: none
	Roles      []string // whose holders the route may name
	Claims     []string // keys that have to be free, as an invoice number
	Charges    DateSpan // on which dates other requests of the requester's spend something
	People     []string // employee numbers the route may name
	Accounts   []string // numbers of customers that the form names
	Files      []string // of the form, by ID
	Rates      []RateWanted
	Clocks     []PersonID // whose working hours matter
	OpenClocks bool       // and those of everybody with an open turn of the request
}

// And gives what either wants.
func (w Wants) And(other Wants) Wants {
	if w.Span.Empty() {
		w.Span, w.Around = other.Span, other.Around
	}
	if w.From.IsZero() {
		w.From, w.To = other.From, other.To
	}
	w.Ledger, w.OpenClocks = w.Ledger || other.Ledger, w.OpenClocks || other.OpenClocks
	w.Charges = w.Charges.And(other.Charges)
	w.Roles, w.Claims, w.People = union(w.Roles, other.Roles), union(w.Claims, other.Claims), union(w.People, other.People)
	w.Files, w.Clocks, w.Accounts = union(w.Files, other.Files), union(w.Clocks, other.Clocks), union(w.Accounts, other.Accounts)
	w.Rates = union(w.Rates, other.Rates)
	return w
}

func union[T comparable](a, b []T) []T {
	all := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

// Facts is all that Decide knows of the world.
type Facts struct {
	Now      time.Time
	Org      Org
	Calendar []CalendarDay             // imported rows of the requester's country within the wanted range
	Ledgers  []Ledger                  // the requester's, by unit, as far as they are open
	Closed   Date                      // the requester's books are closed: what is on this day or before is settled; zero: never yet
	Busy     []Busy                    // the requester's other requests that touch the wanted span, or what is wanted around it
	Team     []Busy                    // absences of colleagues within the wanted span, asked for and approved
	Accounts map[string]Account        // of the wanted accounts those that exist, by number
	Files    map[string]File           // of the wanted files those that exist
	Rates    map[RateWanted]QuotedRate // of the wanted rates those that were imported: each the newest of its date or up to RateDays before
	Claimed  map[string]Claimed        // of the wanted claims those that are taken by other requests
	Charged  []Charged                 // what other requests of the requester's spend on the wanted dates
	Clocks   map[PersonID]ClockFacts   // of the people whose working hours are wanted
	Patterns map[string]Pattern        // weekly patterns by name and by country, from the policy
	Reached  map[PersonID]bool         // of the people of a task or plan those whom some chat reaches
	Shown    *Shown                    // what the actor's card showed when they pressed, if they have one
}

// Claimed is the request that has a key.
type Claimed struct {
	Number    string
	Requester PersonID // zero: it is no request
}

// ClockFacts is what a person's working time is made of.
type ClockFacts struct {
	Person Person
	Days   []CalendarDay
	Away   []Span
}

// Busy is a span that somebody's open or approved request holds.
type Busy struct {
	Person   PersonID
	Name     string // of colleagues, who are not in Org
	Number   string // of the requester's own
	Span     Span
	Approved bool
	Form     Form // of the requester's own
}

// Shown is what a card put before a person, kept with their decision.
type Shown struct {
	Revision int             `json:"revision"`
	Hash     string          `json:"hash"`
	Facts    json.RawMessage `json:"facts"`
}

// Ledger gives the requester's ledger of a unit; an empty one when there is neither a lot nor a booking of it.
func (f Facts) Ledger(unit string) Ledger {
	for _, a := range f.Ledgers {
		if a.Unit == unit {
			return a
		}
	}
	return Ledger{Unit: unit, Settled: f.Closed}
}

// Today is the date at a person's place.
func (f Facts) Today(p Person) Date { return DateOf(f.Now.In(p.Location())) }

// Location is the person's zone; UTC when the name is unknown, which import refuses.
func (p Person) Location() *time.Location { return Zone(p.Zone) }

// zones keeps what was loaded: Go reads a zone from its file each time that it is asked for, which a press does often.
var zones sync.Map

// Zone is the time zone of a name; UTC when it is unknown.
func Zone(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, loc)
	return loc
}

// Pattern is a person's weekly pattern: their own, else their country's, else the usual five days.
func (f Facts) Pattern(p Person) Pattern {
	for _, name := range []string{p.Pattern, p.Country} {
		if pattern, ok := f.Patterns[name]; ok && name != "" {
			return pattern
		}
	}
	return StandardPattern()
}

// Hours is the working time of a person whose clock the facts hold.
func (f Facts) Hours(person PersonID) Hours {
	c := f.Clocks[person]
	return Hours{Zone: c.Person.Location(), Pattern: f.Pattern(c.Person), Calendar: NewCalendar(c.Person.Country, c.Days...), Away: c.Away}
}
