package workflows

import (
	"fmt"
	"slices"
	"time"
)

// Request is one application of a person for something, and where it stands.
type Request struct {
	Subject
	Requester   PersonID         // for whom
	SubmittedBy PersonID         // by whom; usually the same
	SentBy      PersonID         // who of the two sent this revision
	Form        Form             // what was filled in
	Measures    map[string]int64 // named integers worked out from the form, as the minutes that a leave costs
	Steps       []Step           // the route as worked out for this revision
	Step        int              // which of them is at work
	Turns       []Turn           // of all revisions, in the order in which they opened
	SubmittedAt time.Time        // of this revision
	Before      *Version         // what the revision before this one said; nil: this is the first, or that is erased
}

// Version is what one revision of a request said.
type Version struct {
	Form     Form
	Measures map[string]int64
}

// Revise begins the next revision, which remembers what this one said.
func (r *Request) Revise() {
	r.Before = nil
	if r.Form != nil {
		r.Before = &Version{Form: r.Form, Measures: r.Measures}
	}
	r.Measures, r.Steps, r.Step = nil, nil, 0
}

// Step is a step of a route as worked out for one request.
type Step struct {
	Name  string `json:"name"`
	Mode  Mode   `json:"mode"`
	Slots []Slot `json:"slots"`
}

// Mode says how the approvals of one step combine.
type Mode string

// The modes of a step.
const (
	AnyOf   Mode = "any_of"   // 或签: the first decision is the step's
	AllOf   Mode = "all_of"   // 会签: everyone must approve, any rejection rejects
	InOrder Mode = "in_order" // 依次: one after the other
)

// Slot is one place in a step that has to be decided; any of its people can do that.
type Slot struct {
	Approver string     `json:"approver"` // as the plan wrote it
	People   []PersonID `json:"people"`
	Notes    []Note     `json:"notes,omitempty"`
}

// Note is something about a slot that the requester sees and the audit keeps, as "nobody found: the administrators decide".
type Note struct {
	Text      string   `json:"text"` // key
	Person    PersonID `json:"person,omitempty"`
	Condition string   `json:"condition,omitempty"` // that could not be worked out
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

// Turn is one person's part in one step of a request's route.
type Turn struct {
	Revision   int       `json:"revision"`
	Step       int       `json:"step"`
	Slot       int       `json:"slot"`              // place within the step; everyone in one slot may decide for it
	Person     PersonID  `json:"person"`            // who may decide
	For        PersonID  `json:"for,omitempty"`     // in whose place; zero: their own
	Why        string    `json:"why,omitempty"`     // why not (only) the approver in whose place it is
	State      TurnState `json:"state"`             //
	Comment    string    `json:"comment,omitempty"` // the reason given with a rejection or return
	OpenedAt   time.Time `json:"opened_at"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	DecidedSeq int       `json:"decided_seq,omitempty"` // the seq of the change that decided it, which tells what came first; clocks do not
	NudgedAt   time.Time `json:"nudged_at,omitzero"`    // when the requester last asked for an answer
}

// TurnKey identifies a turn within its request.
type TurnKey struct {
	Revision int      `json:"revision"`
	Step     int      `json:"step"`
	Slot     int      `json:"slot"`
	Person   PersonID `json:"person"`
}

func (k TurnKey) String() string {
	return fmt.Sprintf("%d/%d/%d/%d", k.Revision, k.Step, k.Slot, k.Person)
}

// Key identifies the turn within its request.
func (t Turn) Key() TurnKey {
	return TurnKey{Revision: t.Revision, Step: t.Step, Slot: t.Slot, Person: t.Person}
}

// Turn finds a turn by its key; nil when there is none.
func (r *Request) Turn(key TurnKey) *Turn {
	for i := range r.Turns {
		if r.Turns[i].Key() == key {
			return &r.Turns[i]
		}
	}
	return nil
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

// askedBefore tells whether somebody was asked about the revision before this one: what a draft said nobody has seen.
func (r *Request) askedBefore() bool {
	return slices.ContainsFunc(r.Turns, func(t Turn) bool { return t.Revision == r.Revision-1 })
}

// LastDecision finds the turn that was decided last, nil when none was.
func (r *Request) LastDecision() *Turn {
	var last *Turn
	for i := range r.Turns {
		t := &r.Turns[i]
		if t.State == TurnOpen || t.State == TurnClosed {
			continue
		}
		if last == nil || t.DecidedSeq >= last.DecidedSeq {
			last = t
		}
	}
	return last
}

// Settled finds the decision that settled a person's part in the current revision: their own, else the last one made in a place that was
// theirs too.
func (r *Request) Settled(person PersonID) *Turn {
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
			if found == nil || t.DecidedSeq >= found.DecidedSeq {
				found = t
			}
		}
	}
	return found
}

// Ask opens a turn. Whoever is asked again in the same place has their old turn opened again.
func (r *Request) Ask(t Turn) {
	if old := r.Turn(t.Key()); old != nil {
		*old = t
		return
	}
	r.Turns = append(r.Turns, t)
}

// CloseTurns closes the open turns that which picks.
func (r *Request) CloseTurns(which func(Turn) bool) {
	for i := range r.Turns {
		if r.Turns[i].State == TurnOpen && which(r.Turns[i]) {
			r.Turns[i].State = TurnClosed
		}
	}
}

// WhileOpen is the While of a notice that holds only as long as its person has an open turn.
const WhileOpen = "open"

// WhileAlone is the While of a notice that holds anyway, to somebody to whom its subject is nothing: it offers nothing to be shown.
const WhileAlone = "alone"

// WhileEnded is the While of a notice that tells a chat that it has ended: it goes to that very chat, and to no other of its party.
const WhileEnded = "ended"
