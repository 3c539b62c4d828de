package workflows

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// AuditRow is one change of a request. The rows of a request form a chain: each hash covers the row's own columns, the digest of its values and the
// hash before it. The values themselves lie apart, salted, so that a person can be erased and the chain still proves the order of events.
type AuditRow struct {
	Request  RequestID
	Seq      int
	At       time.Time
	Event    Event
	Actor    PersonID // zero for a clock or an administrator
	For      PersonID // in whose place
	Operator string   // the account at the command line
	Platform string
	Revision int
	From, To State
	Digest   []byte // of the salted values
	Hash     []byte
	Salt     []byte      // nil once erased
	Values   AuditValues // empty once erased
	Body     []byte      // the values as they were digested; nil once erased
}

// AuditValues is what a change brought, enough to work the request out again from nothing but its audit.
type AuditValues struct {
	Actor       string           `json:"actor"`         // number and name at the time
	For         string           `json:"for,omitempty"` // likewise
	Subject     string           `json:"subject,omitempty"`
	Comment     string           `json:"comment,omitempty"`
	Kind        KindName         `json:"kind,omitempty"`
	Definition  string           `json:"definition,omitempty"`
	Requester   PersonID         `json:"requester,omitempty"`
	SubmittedBy PersonID         `json:"submitted_by,omitempty"`
	Form        Form             `json:"form,omitempty"`
	Amended     Form             `json:"amended,omitempty"` // values of the form that changed without a new revision
	Measures    map[string]int64 `json:"measures,omitempty"`
	Steps       []Step           `json:"steps,omitempty"`
	Step        int              `json:"step"`
	Turns       []Turn           `json:"turns,omitempty"` // new or changed
	Entries     []Entry          `json:"entries,omitempty"`
	Shown       *Shown           `json:"shown,omitempty"` // what the decider's card showed
}

// Seal fills in the digest and hash of a row that follows the row hashed prev (nil for the first).
func (a *AuditRow) Seal(prev, salt []byte) error {
	body, err := json.Marshal(a.Values)
	if err != nil {
		return fmt.Errorf("encode audit values: %w", err)
	}
	a.Salt, a.Body = salt, body
	a.Digest = digest(salt, body)
	a.Hash = a.link(prev)
	return nil
}

// Verify checks a row against the hash before it and, unless they were erased, its values against their digest.
func (a *AuditRow) Verify(prev []byte) error {
	if a.Body != nil && string(digest(a.Salt, a.Body)) != string(a.Digest) {
		return fmt.Errorf("the values are not those that were recorded")
	}
	if string(a.link(prev)) != string(a.Hash) {
		return fmt.Errorf("the row is not what was recorded, or the row before it is missing")
	}
	return nil
}

func digest(salt, body []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(body)
	return h.Sum(nil)
}

// link hashes the row's own columns. Every column is in it, each with its length, so that no two rows look alike.
func (a *AuditRow) link(prev []byte) []byte {
	h := sha256.New()
	for _, s := range []string{
		string(prev), string(a.Request), fmt.Sprint(a.Seq), a.At.UTC().Format(time.RFC3339Nano), string(a.Event), fmt.Sprint(a.Actor), fmt.Sprint(a.For),
		a.Operator, a.Platform, fmt.Sprint(a.Revision), string(a.From), string(a.To), string(a.Digest),
	} {
		fmt.Fprintf(h, "%d:%s;", len(s), s)
	}
	return h.Sum(nil)
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
		v := a.Values
		if v.Form != nil {
			r.Form, r.Measures, r.Steps, r.SubmittedAt = v.Form, v.Measures, v.Steps, a.At
			r.Kind, r.Definition, r.Requester, r.SubmittedBy = v.Kind, v.Definition, v.Requester, v.SubmittedBy
		}
		for name, value := range v.Amended {
			r.Form[name] = value
		}
		for _, t := range v.Turns {
			if old := r.turn(t.Key()); old != nil {
				*old = t
			} else {
				r.Turns = append(r.Turns, t)
			}
		}
		r.ID, r.Seq, r.Revision, r.State, r.Step, r.ChangedAt = a.Request, a.Seq, a.Revision, a.To, v.Step, a.At
	}
	return r, nil
}
