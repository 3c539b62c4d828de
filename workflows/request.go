package workflows

import "time"

// RequestID is a request's key in storage, a UUID in text form.
type RequestID string

// Request is one application of a person for something, and where it stands.
type Request struct {
	ID          RequestID
	Number      string // what people say, as LV-1042; given by storage
	Kind        KindName
	Definition  string   // hash of the definition with which it began
	Requester   PersonID // for whom
	SubmittedBy PersonID // by whom; usually the same
	State       State
	Revision    int              // what one signs: grows with each edit
	Seq         int              // how many changes it has had: the length of its audit
	Form        Form             // what was filled in
	Measures    map[string]int64 // named integers worked out from the form, as the minutes that a leave costs
	Steps       []Step           // the route as worked out for this revision
	Step        int              // which of them is at work
	Turns       []Turn           // of all revisions, in the order in which they opened
	SubmittedAt time.Time        // of this revision
	ChangedAt   time.Time
}

// TurnState is how far an approver's turn has come.
type TurnState string

// The states of a turn. Closed means done but not decided: somebody else's press settled it, or the request moved on.
const (
	TurnOpen     TurnState = "open"
	TurnApproved TurnState = "approved"
	TurnRejected TurnState = "rejected"
	TurnReturned TurnState = "returned"
	TurnClosed   TurnState = "closed"
)

// Why somebody besides the approver of a slot was asked.
const (
	BecauseAway       = "away"       // the approver is on leave: their manager was asked too
	BecauseInactive   = "inactive"   // the approver has left: their manager was asked instead
	BecauseEscalated  = "escalated"  // nobody answered: the manager was asked too
	BecauseReassigned = "reassigned" // an administrator moved it
)

// Turn is one person's part in one step of a request's route.
type Turn struct {
	Revision  int       `json:"revision"`
	Step      int       `json:"step"`
	Slot      int       `json:"slot"`              // place within the step; everyone in one slot may decide for it
	Person    PersonID  `json:"person"`            // who may decide
	For       PersonID  `json:"for,omitempty"`     // in whose place; zero: their own
	Why       string    `json:"why,omitempty"`     // why not (only) the approver in whose place it is
	State     TurnState `json:"state"`             //
	Comment   string    `json:"comment,omitempty"` // the reason given with a rejection or return
	OpenedAt  time.Time `json:"opened_at"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	NudgedAt  time.Time `json:"nudged_at,omitzero"` // when the requester last asked for an answer
}

// Key identifies a turn within its request.
func (t Turn) Key() [4]int64 {
	return [4]int64{int64(t.Revision), int64(t.Step), int64(t.Slot), int64(t.Person)}
}

// OpenTurn finds the person's open turn; a request has at most one for each person.
func (r *Request) OpenTurn(person PersonID) *Turn {
	for i := range r.Turns {
		if r.Turns[i].Person == person && r.Turns[i].State == TurnOpen {
			return &r.Turns[i]
		}
	}
	return nil
}

// Open lists the turns that wait for somebody.
func (r *Request) Open() []Turn {
	var open []Turn
	for _, t := range r.Turns {
		if t.State == TurnOpen {
			open = append(open, t)
		}
	}
	return open
}

// Asked tells whether the person has or had a turn of this request.
func (r *Request) Asked(person PersonID) bool {
	for _, t := range r.Turns {
		if t.Person == person {
			return true
		}
	}
	return false
}

// LastDecision finds the turn that was decided last, nil when none was.
func (r *Request) LastDecision() *Turn {
	var last *Turn
	for i := range r.Turns {
		t := &r.Turns[i]
		if t.State == TurnOpen || t.State == TurnClosed {
			continue
		}
		if last == nil || !t.DecidedAt.Before(last.DecidedAt) {
			last = t
		}
	}
	return last
}

// settled finds the decision that settled a person's part in the current revision: their own, else one made in a place that was theirs too.
func (r *Request) settled(person PersonID) *Turn {
	var found *Turn
	for i := range r.Turns {
		mine := &r.Turns[i]
		if mine.Person != person || mine.Revision != r.Revision {
			continue
		}
		for j := range r.Turns {
			t := &r.Turns[j]
			if t.Revision != mine.Revision || t.Step != mine.Step || t.DecidedAt.IsZero() {
				continue
			}
			if t.Person == person {
				return t
			}
			found = t
		}
	}
	return found
}

// ask opens a turn. Whoever is asked again in the same place has their old turn opened again.
func (r *Request) ask(t Turn) {
	if old := r.turn(t.Key()); old != nil {
		*old = t
		return
	}
	r.Turns = append(r.Turns, t)
}
