package workflows

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// AuditRow is one change of a subject. The rows of a subject form a chain: each hash covers the row's own columns, the digest of its
// values and the hash before it. The values themselves lie apart, salted, so that a person can be erased and the chain still proves the
// order of events.
type AuditRow struct {
	Subject  SubjectID
	Seq      int
	At       time.Time
	Event    Event
	Actor    Party
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

// AuditValues is what a change brought, enough to work the subject out again from nothing but its audit.
type AuditValues struct {
	Actor   string          `json:"actor"`           // number and name at the time
	For     string          `json:"for,omitempty"`   // likewise
	About   string          `json:"about,omitempty"` // whom it is about besides: who was asked, reminded, relieved
	Comment string          `json:"comment,omitempty"`
	Shown   *Shown          `json:"shown,omitempty"` // what the decider's card showed
	Change  RequestChange   `json:"change,omitzero"` // of a request
	Other   json.RawMessage `json:"other,omitempty"` // what a change of any other sort of subject brought, in its own form
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
		string(prev), string(a.Subject), fmt.Sprint(a.Seq), a.At.UTC().Format(time.RFC3339Nano), string(a.Event),
		string(a.Actor.Kind), fmt.Sprint(a.Actor.ID), fmt.Sprint(a.For), a.Operator, a.Platform,
		fmt.Sprint(a.Revision), string(a.From), string(a.To), string(a.Digest),
	} {
		fmt.Fprintf(h, "%d:%s;", len(s), s)
	}
	return h.Sum(nil)
}
