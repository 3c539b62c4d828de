package workflows

import "time"

// Decision is what follows from an act: everything that is stored, in one transaction.
type Decision struct {
	Request Request  // as it is from now on; its ID is set, its Number is given by storage when it is new
	Turns   []Turn   // those of Request that are new or changed
	Entries []Entry  // added to the requester's ledger
	Hold    *Span    // half-days the requester is busy from now on, in place of those held before
	Held    bool     // the span held so far is confirmed: approved
	Free    bool     // the span held so far is free again
	Claims  []string // keys that this request has from now on, for ever
	Files   []string // IDs of files that belong to this request from now on
	Cards   []CardWish
	Notices []Notice
	Due     []Due
	Settled bool   // the clocks of the request's turns stop
	Final   bool   // the request's state is one that only an administrator can leave
	Prefix  string // of the number of a new request
	Audit   AuditRow
	Told    Answer // what the actor is told
}

// CardWish asks for a person's card. Fresh posts a new one, since an edit makes no sound; the older ones shrink to a line.
type CardWish struct {
	Person PersonID
	Fresh  bool
}

// Notice is a short message that is sent once.
type Notice struct {
	Person PersonID `json:"person"`
	Text   string   `json:"text"` // key of the sentence, and the notice's kind
	Args   Args     `json:"args,omitempty"`
	Digest bool     `json:"digest,omitempty"` // it goes with the others of its kind in one message
}

// Due is something that has to happen at a time, once per slot.
type Due struct {
	Kind    string    // remind, escalate, expire
	Key     string    // what it is about, within its kind
	Slot    int       // which of a series
	At      time.Time //
	Request RequestID // the request it is about
	Person  PersonID  // the person whose clock it is; zero: nobody's
	Turn    [4]int64  // the turn, for a reminder
}

// Answer is the outcome of an act. It is stored with the cause, so that a repeat hears the same.
type Answer struct {
	ID       RequestID `json:"id"`
	Number   string    `json:"number"`
	Kind     KindName  `json:"kind"`
	Event    Event     `json:"event"`
	State    State     `json:"state"`
	Revision int       `json:"revision"`
	Seq      int       `json:"seq"`
	Text     string    `json:"text"` // key of the sentence
	Args     Args      `json:"args,omitempty"`
	Repeated bool      `json:"-"` // this cause had been answered before
}

// DueItem is a due item that has been claimed for firing.
type DueItem struct {
	Due
	ID       int64
	Number   string // of the request
	Attempts int
}

// Listed is a request as a line of a list: who holds one's own request, or who asks for one's approval.
type Listed struct {
	Request Request // without steps and turns
	People  []string
}
