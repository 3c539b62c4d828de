package workflows

import (
	"fmt"
	"maps"
	"time"
)

// RequestChange is what a change did to a request. Form is set where the change made a new revision, and what goes with it then is set too.
type RequestChange struct {
	Kind        KindName         `json:"kind,omitempty"`
	Definition  string           `json:"definition,omitempty"`
	Requester   PersonID         `json:"requester,omitempty"`
	SubmittedBy PersonID         `json:"submitted_by,omitempty"`
	Form        Form             `json:"form,omitempty"`
	Measures    map[string]int64 `json:"measures,omitempty"`
	Steps       []Step           `json:"steps,omitempty"`
	Amended     Form             `json:"amended,omitempty"` // values of the form that changed without a new revision
	Step        int              `json:"step"`
	Turns       []Turn           `json:"turns,omitempty"` // new or changed
	Hold        *Hold            `json:"hold,omitempty"`  // what is booked from now on
	Used        bool             `json:"used,omitempty"`  // what is booked is approved
	Released    bool             `json:"released,omitempty"`
	Charges     []Charge         `json:"charges,omitempty"` // what it spends from now on
	Claims      []string         `json:"claims,omitempty"`  // the keys that it has from now on
	Freed       bool             `json:"freed,omitempty"`   // it has none any more
	Entries     []Entry          `json:"entries,omitempty"` // of the requester's ledger
	Closed      Date             `json:"closed,omitzero"`   // through which day they close the requester's books
}

// Apply does to a request what a row of its audit says. It knows no move.
func (a AuditRow) Apply(r *Request) {
	change := a.Values.Change
	if change.Form != nil {
		r.Revise()
		r.Form, r.Measures, r.Steps, r.SubmittedAt = maps.Clone(change.Form), change.Measures, change.Steps, a.At
		r.Kind, r.Definition, r.Requester, r.SubmittedBy = change.Kind, change.Definition, change.Requester, change.SubmittedBy
		r.SentBy = a.Actor.Person()
	}
	if len(change.Amended) > 0 && r.Form == nil { // the row that brought the form was erased
		r.Form = Form{}
	}
	maps.Copy(r.Form, change.Amended)
	for _, t := range change.Turns {
		r.Ask(t)
	}
	if a.Revision != r.Revision {
		r.Digest = RevisionDigest(a.Hash)
	}
	r.ID, r.Seq, r.Revision, r.State, r.Step, r.ChangedAt = a.Subject, a.Seq, a.Revision, a.To, change.Step, a.At
}

// Replay works a request out from its audit alone. It is how the promise "audit = state" is checked.
func Replay(rows []AuditRow) (Request, error) {
	var p Replayed
	for _, a := range rows {
		if err := p.Add(a); err != nil {
			return p.Request, err
		}
	}
	return p.Request, nil
}

// Replayed is what the audit alone tells of a subject, row by row. Where the values of rows were erased it tells less: what they may have
// changed is not known until a later row tells it anew.
type Replayed struct {
	Request
	Hold    *Hold    // what it takes of its requester's time
	Used    bool     // that is approved
	Charges []Charge // what it spends
	Claims  []string // the keys that it has
	Closed  Date     // through which day it closed its requester's books last
	Shut    int      // the seq of the change that did
	Other   []byte   // of what is no request: all of it, as the last change left it
	OtherAt int      // the seq of that change

	kinded   bool
	erased   map[int]bool // rows without their values
	hidden   int          // the last of them
	revised  int          // the row that made the revision
	held     int          // the row that last told what is booked
	charged  int          // and what it spends
	claimed  int          // and which keys it has
	turns    map[TurnKey]int
	postings map[int]posting
}

// posting is what a change wrote into the ledger.
type posting struct {
	at      time.Time
	entries []Entry
}

// Partial tells whether values were erased, so that not all of the subject can be worked out.
func (p *Replayed) Partial() bool { return p.hidden > 0 }

// Add replays the next row.
func (p *Replayed) Add(a AuditRow) error {
	if a.Seq != p.Seq+1 {
		return fmt.Errorf("seq %d where %d was expected", a.Seq, p.Seq+1)
	}
	if a.From != p.State {
		return fmt.Errorf("seq %d: from %q, but the subject was %q", a.Seq, a.From, p.State)
	}
	if p.turns == nil {
		p.turns, p.erased, p.postings = map[TurnKey]int{}, map[int]bool{}, map[int]posting{}
	}
	if a.Revision != p.Revision {
		p.revised = a.Seq
	}
	if a.Body == nil {
		p.erased[a.Seq], p.hidden = true, a.Seq
	}
	a.Apply(&p.Request)
	change := a.Values.Change
	if change.Form == nil && change.Kind != "" {
		p.Kind, p.Definition, p.kinded = change.Kind, change.Definition, true
	}
	for _, t := range change.Turns {
		p.turns[t.Key()] = a.Seq
	}
	switch {
	case change.Hold != nil:
		p.Hold, p.Used, p.held = change.Hold, false, a.Seq
	case change.Released:
		p.Hold, p.Used, p.held = nil, false, a.Seq
		p.Charges, p.charged = nil, a.Seq
	case change.Used:
		p.Used = true
	}
	if a.Values.Other != nil {
		p.Other, p.OtherAt = a.Values.Other, a.Seq
	}
	if change.Charges != nil {
		p.Charges, p.charged = change.Charges, a.Seq
	}
	if change.Claims != nil || change.Freed {
		p.Claims, p.claimed = change.Claims, a.Seq
	}
	if len(change.Entries) > 0 {
		p.postings[a.Seq] = posting{a.At, change.Entries}
	}
	if !change.Closed.IsZero() {
		p.Closed, p.Shut = change.Closed, a.Seq
	}
	return nil
}
