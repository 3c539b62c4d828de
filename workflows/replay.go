package workflows

import (
	"fmt"
	"maps"
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
	Released    bool             `json:"released,omitempty"`
	Entries     []Entry          `json:"entries,omitempty"` // of the requester's ledger
	Closed      Date             `json:"closed,omitzero"`   // through which day they close the requester's books
}

// Apply does to a request what a row of its audit says. It knows no move.
func (a AuditRow) Apply(r *Request) {
	change := a.Values.Change
	if change.Form != nil {
		r.Form, r.Measures, r.Steps, r.SubmittedAt = maps.Clone(change.Form), change.Measures, change.Steps, a.At
		r.Kind, r.Definition, r.Requester, r.SubmittedBy = change.Kind, change.Definition, change.Requester, change.SubmittedBy
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
	var r Request
	for i, a := range rows {
		if a.Seq != i+1 {
			return r, fmt.Errorf("seq %d where %d was expected", a.Seq, i+1)
		}
		if a.From != r.State {
			return r, fmt.Errorf("seq %d: from %q, but the request was %q", a.Seq, a.From, r.State)
		}
		a.Apply(&r)
	}
	return r, nil
}
