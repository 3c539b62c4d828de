package leave

import (
	"time"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// expires gives the end of the first day at the requester's place, where a request that still waits by then expires.
func (k rules) expires(r workflows.Request, f workflows.Facts) (time.Time, bool) {
	l, faults := k.read(r, f)
	if len(faults) > 0 || l.Type.PastStart != Expire {
		return time.Time{}, false
	}
	return l.From.AddDays(1).At(0, f.Org.Person(r.Requester).Location()), true
}

// expiry sets the clock. Leave asked for or revived when its first day is over has passed that point knowingly and does not expire.
func (k rules) expiry(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	at, ok := k.expires(r, f)
	if ok && at.After(f.Now) {
		d.Due = append(d.Due, workflows.Due{Kind: approval.DueExpire, Key: string(r.ID), At: at, Subject: r.ID, Party: r.Requester.Party()})
	}
	return nil
}

// passed lets a request expire only if its first day, as the form has it now and where its requester is now, is over: the clock may have
// been set for an earlier revision or another place.
func (k rules) passed(r workflows.Request, f workflows.Facts) []*workflows.Error {
	at, ok := k.expires(r, f)
	args := workflows.Args{"Number": r.Number}
	switch {
	case !ok || !r.SubmittedAt.Before(at):
		return []*workflows.Error{workflows.Refuse(workflows.NotNow, "request.not_now", args)}
	case f.Now.Before(at):
		return []*workflows.Error{workflows.RefuseUntil(at, "request.not_now", args)}
	}
	return nil
}
