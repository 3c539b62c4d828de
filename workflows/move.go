package workflows

// Move is what one event does to a request: which facts it looks at, what its press has to bring, and what follows. Every event of a
// definition has one, the frame's in package approval or a kind's own; what no move serves does not load, so nothing defaults to an
// approval.
//
// A move changes the request and the decision of its case, which are data. Replaying an audit applies that data and knows no move.
type Move struct {
	By    By                  // whose it is; a transition that gives the event to anybody else does not load
	Needs func(act Act) Wants // facts beside those of a form, known before anything is locked; nil: none
	Form  FormUse             // whose facts are loaded besides
	// Concerned: it looks at nobody but whom the request names, and where it has the route go on at those above them. Not set, the whole of
	// the company is loaded that a route may name.
	Concerned bool
	Signs     bool     // it holds for the revision that the actor saw, and for no other
	Asks      []string // fields that the event's press has to bring, so that every definition asks for them
	Undo      Event    // takes it back, as long as nothing else has happened; empty: nothing does
	Style     Style    // how its button stands out
	// Do gives the event that moves the state machine: its own, what the route makes of it, or none when the state stays as it is. nil:
	// its own.
	Do func(c *Case) (Event, error)
	// Told adds what people hear of it once the state has moved. nil: nothing.
	Told func(c *Case)
}

// FormUse says which form a move's facts belong to.
type FormUse string

// The uses of a form.
const (
	NoForm     FormUse = ""
	NewForm    FormUse = "new"    // the one that the act brings
	PartForm   FormUse = "part"   // what the act brings of one
	StoredForm FormUse = "stored" // the one that the request has
)

// Style says how much a button should stand out.
type Style string

// The styles of buttons.
const (
	Primary Style = "primary"
	Danger  Style = "danger"
)

// Case is a request before a move: all that the move may look at, and what it changes.
type Case struct {
	Kind       *Kind
	Request    *Request
	Act        Act
	Actor      Actor
	Facts      Facts
	Transition Transition
	Brought    Form      // what the press was asked for, checked
	Decision   *Decision // what follows
}

// Card asks for a new card of a person.
func (c *Case) Card(person PersonID) {
	c.Decision.Cards = append(c.Decision.Cards, person.Party())
}

// Claim takes a key for the request beside those that this change takes already. What it had before and is not taken again is free.
func (c *Case) Claim(keys ...string) {
	c.Decision.Claims = append(c.Decision.Claims, keys...)
}

// Tell sends a person a notice.
func (c *Case) Tell(person PersonID, n Notice) {
	n.Party = person.Party()
	c.Decision.Notices = append(c.Decision.Notices, n)
}

// Name is the name of a person among the facts.
func (c *Case) Name(id PersonID) string { return c.Facts.Org.Person(id).Name }

// About notes in the audit whom the change is about.
func (c *Case) About(who string) { c.Decision.Audit.Values.About = who }

// Opened asks everybody whose turn has just opened.
func (c *Case) Opened(turns []Turn) {
	for _, t := range turns {
		c.Card(t.Person)
	}
}
