package workflows

import "time"

// Change says what is to change and why, before anything of it is loaded.
type Change struct {
	Cause     Cause
	Number    string   // of the request; empty for a new one
	Requester PersonID // of a new request; zero: the actor
	Wants     Wants
	Contested bool      // the change looks at the requester's ledger or spans, so other changes to those must wait
	Due       int64     // the due item that this change is the firing of; zero: none
	Now       time.Time // business time
}

// Decide is the pure function that says what follows. It may be called again, with newer facts.
type Decide func(r Request, actor Actor, f Facts) (Decision, error)
