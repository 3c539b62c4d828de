package workflows

import (
	"encoding/json"
	"time"
)

// Cause identifies the delivery that made something happen, so that a repeat of it changes nothing.
type Cause struct {
	Platform string // slack, telegram, web; system for a clock, cli for an administrator
	Team     string
	User     string // the platform's own id of who pressed; for cli the account at the command line
	Key      string // unique for the press, command or due item
}

// The platforms that are no chats. No adapter may use these names.
const (
	PlatformSystem = "system"
	PlatformCLI    = "cli"
)

// Act is what somebody wants to happen to a request.
type Act struct {
	Event    Event
	Revision int    // of the request as the person saw it; zero where the event does not depend on it
	Form     Form   // the whole form, with submit and edit; what else the event asks for, as files
	Comment  string // the reason, where the event asks for one
	Person   string // an employee number, where the event names somebody (reassign: who decides from now on)
	From     string // an employee number: in whose place (reassign); empty: the only one who is asked
	Turn     [4]int64
	Slot     int // which reminder, with remind
}

// Wants says which facts a kind's rules need for a form; storage loads them in the trip that takes the lock.
type Wants struct {
	Units      []string   // of the requester's ledger
	Span       Span       // half-days whose other requests and absences matter; empty: none
	Around     Span       // half-days beyond Span in which the requester's own other requests matter; empty: only those of Span
	From, To   Date       // of the requester's calendar; zero: none
	Roles      []string   // whose holders the route may name
	Claims     []string   // keys that have to be free, as an invoice number
	People     []string   // employee numbers the route may name
	Files      []string   // of the form, by ID
	Clocks     []PersonID // whose working hours matter
	OpenClocks bool       // and those of everybody with an open turn of the request
}

// Facts is all that Decide knows of the world.
type Facts struct {
	Now      time.Time
	Org      Org
	Calendar []CalendarDay           // imported rows of the requester's country within the wanted range
	Lots     []Lot                   // of the wanted units; the lot 0 of a unit holds what no grant covers
	Reserved []Entry                 // this request's open reservations, negative
	Busy     []Busy                  // the requester's other requests that touch the wanted span, or what is wanted around it
	Team     []Busy                  // absences of colleagues within the wanted span
	Files    map[string]File         // of the wanted files those that exist
	Claimed  map[string]string       // of the wanted claims those that are taken, with the number of the request that has each
	Clocks   map[PersonID]ClockFacts // of the people whose working hours are wanted
	Patterns map[string]Pattern      // weekly patterns by name and by country, from the policy
	Shown    *Shown                  // what the actor's card showed when they pressed, if they have one
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
	Name     string // set for colleagues, who are not in Org
	Number   string
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

// Today is the date at a person's place.
func (f Facts) Today(p Person) Date { return DateOf(f.Now.In(p.Location())) }

// Location is the person's zone; UTC when the name is unknown, which import refuses.
func (p Person) Location() *time.Location {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
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
