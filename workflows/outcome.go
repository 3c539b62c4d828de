package workflows

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Outcome is what follows from an act for a subject of any kind, stored in one transaction: the subject as it is from now on, its audit
// row, and every effect of the change.
type Outcome struct {
	Subject Subject
	Prefix  string // of the number of a new subject, which storage gives; empty: Subject.Number is the outside's own
	Final   bool   // its state is one that only an administrator can leave
	Audit   AuditRow
	Cards   []Party // who get a new card, since an edit makes no sound; their older ones shrink to a line
	Notices []Notice
	Due     []Due
	Settled bool     // the subject's clocks stop
	Claims  []string // keys that the subject has from now on in place of those that it had, as an invoice number; nil: it keeps them
	Freed   bool     // the keys that it has are free again
	Files   []string // IDs of files that belong to the subject from now on
	Told    Answer   // what the actor is told
}

// Record writes down what an act left of a subject of which each change leaves all in the audit, as a task: body is the whole of it. args
// are what every text about it may say. From is empty when it is new.
func (o *Outcome) Record(s Subject, body any, from State, act Act, actor Actor, args Args) {
	whole, err := json.Marshal(body)
	if err != nil {
		panic(string(s.Kind) + ": it is plain data: " + err.Error())
	}
	o.Subject, o.Audit = s, actor.did(act, s.ID, from, s.ChangedAt)
	o.Audit.Seq, o.Audit.Revision, o.Audit.To = s.Seq, s.Revision, s.State
	o.Audit.Values.Other, o.Audit.Values.Change = whole, RequestChange{Claims: o.Claims, Freed: o.Freed}
	if from == "" {
		o.Audit.Values.Change.Kind, o.Audit.Values.Change.Definition = s.Kind, s.Definition
	}
	o.tell(s, act.Event, actor, args)
}

// tell says what became of a subject to whoever did an event to it, with what the move adds to args.
func (o *Outcome) tell(s Subject, event Event, actor Actor, args Args) {
	maps.Copy(args, o.Told.Args)
	o.Told = Answer{Ref: s.Ref, Event: event, State: s.State, Revision: s.Revision, Seq: s.Seq,
		Text: "told." + string(event), Args: args, Carded: slices.Contains(o.Cards, actor.Party)}
}

// Notice is a short message that is sent once.
type Notice struct {
	Party  Party  `json:"party"`
	Text   string `json:"text"` // key of the sentence
	Args   Args   `json:"args,omitempty"`
	Tone   Tone   `json:"tone,omitempty"`
	While  string `json:"while,omitempty"`  // what must still hold when it goes out, by a name its subject's kind knows; empty: nothing
	Digest bool   `json:"digest,omitempty"` // it goes with the others of its text in one message
}

// Due is something that has to happen at a time, once per slot. Most are about a subject; a digest is about none.
type Due struct {
	Kind    string // names the handler that fires it
	Key     string // what it is about, within its kind
	Slot    int    // which of a series
	At      time.Time
	Subject SubjectID       // empty: none
	Party   Party           // whose clock it is; zero: nobody's
	Data    json.RawMessage // what its handler wants to know besides; nil: nothing
}

// DueSort names a sort of due items: those of a kind from one slot of their series on.
type DueSort struct {
	Kind string
	From int // the first slot that is meant
}

// Answer is the outcome of an act as its actor hears it. It is stored with the cause, so that a repeat hears the same.
type Answer struct {
	Ref
	Event    Event  `json:"event"`
	State    State  `json:"state"`
	Revision int    `json:"revision"`
	Seq      int    `json:"seq"`
	Text     string `json:"text"` // key of the sentence
	Args     Args   `json:"args,omitempty"`
	Carded   bool   `json:"carded,omitempty"` // the actor gets a new card, which shows them the same
	Repeated bool   `json:"-"`                // this cause had been answered before
	By       Actor  `json:"-"`                // whose cause it was, as they were known when it was answered
}

// DueItem is a due item that has been claimed for firing.
type DueItem struct {
	Due
	ID       int64
	Number   string // of the subject
	Attempts int
}
