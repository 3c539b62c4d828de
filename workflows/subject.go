package workflows

import (
	"encoding/base64"
	"regexp"
	"time"
)

// SubjectID is the key in storage of whatever has a story, a UUID in text form. Unlike a number it never comes again, whatever is restored.
type SubjectID string

// Ref names a subject. Two kinds may use the same number, since an ERP numbers its orders as it likes.
type Ref struct {
	Kind   KindName  `json:"kind"`
	ID     SubjectID `json:"id"`
	Number string    `json:"number"` // what people say, as LV-1042
}

// Subject is what everything with a story has in common, a request, an order, a task, a plan: where it stands and how often it has
// changed. Its row is the one that is locked and updated; cards, notices, due items, causes, files and the audit point to it. What else
// a sort of subject has lies in tables of its own.
type Subject struct {
	Ref
	Definition string // hash of the definition with which it began; empty: it has none
	State      State
	Revision   int    // what one signs: grows with each edit
	Digest     string // of the revision, as a button carries it: see RevisionDigest
	Seq        int    // how many changes it has had: the length of its audit
	ChangedAt  time.Time
	Erased     bool // what was said in it is erased; nothing can be done with it any more
}

// RevisionDigest names a revision by the hash of the audit row that made it, in 11 characters. That hash covers who signed what, when,
// and all that was before, so a revision that is numbered anew after a restore has another digest.
func RevisionDigest(hash []byte) string {
	return base64.RawURLEncoding.EncodeToString(hash[:min(len(hash), 8)])
}

var digestShape = regexp.MustCompile(`^([A-Za-z0-9_-]{11})?$`)

// IsDigest tells whether what came back with a button could be a digest of a revision, or none.
func IsDigest(s string) bool { return digestShape.MatchString(s) }
