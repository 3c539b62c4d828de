package workflows

import "time"

// Change says what is to change and why, before anything of it is loaded.
type Change struct {
	Cause     Cause
	Subject   SubjectID // empty for a new one
	Requester PersonID  // of a new request; and of one that there is, where more than its own row is looked at
	Wants     Wants
	Contested bool      // it looks at the requester's ledger or bookings, so that other changes to those must wait
	Due       int64     // the due item that this change is the firing of; zero: none
	Now       time.Time // business time
}
