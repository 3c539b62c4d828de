package workflows

import "slices"

// Relation is what a party is to a request. Whatever is shown or may be done names the relations that it is for; who has none learns
// that there is no such request.
type Relation string

// The relations of a request.
const (
	ToNobody    Relation = ""
	ToRequester Relation = "requester" // it is for them
	ToSubmitter Relation = "submitter" // they sent it for somebody else
	ToApprover  Relation = "approver"  // they hold an open turn
	ToAsked     Relation = "asked"     // they held one
	ToHR        Relation = "hr"        // they look after everybody's
	ToOffice    Relation = "office"    // they hold one of the roles that look after the kind's
)

// Relation gives what somebody is to a request of the kind, as far as they are known to be active.
func (k *Kind) Relation(r Request, a Actor) Relation {
	switch rel := r.relation(a); {
	case rel == ToNobody && !a.Person.Active, rel != ToNobody && rel != ToHR:
		return rel
	case k.HoldsOffice(a.Person):
		return ToOffice
	default:
		return rel
	}
}

// HoldsOffice tells whether somebody holds one of the roles that look after the kind's requests.
func (k *Kind) HoldsOffice(p Person) bool { return slices.ContainsFunc(k.Offices, p.Has) }

// Settles is the event by which an office settles a request of the kind with one press, as a payment, and the states in which it can;
// empty: none is.
func (k *Kind) Settles() (Event, []State) {
	for _, t := range k.Transitions {
		to, _ := k.State(t.To)
		if t.By == Office && len(t.Asks) == 0 && to.Final && k.Moves[t.Event].Style == Primary {
			return t.Event, t.From
		}
	}
	return "", nil
}

// relation gives what somebody is to the request, whatever its kind.
func (r *Request) relation(a Actor) Relation {
	me := a.Party.Person()
	switch {
	case me == 0 || !a.Person.Active:
		return ToNobody
	case me == r.Requester:
		return ToRequester
	case me == r.SubmittedBy:
		return ToSubmitter
	case r.OpenTurn(me) != nil:
		return ToApprover
	case r.Asked(me):
		return ToAsked
	case a.Person.Has("hr"):
		return ToHR
	}
	return ToNobody
}

// Owns tells whether it is somebody's own request, or one that they sent.
func (rel Relation) Owns() bool { return rel == ToRequester || rel == ToSubmitter }
