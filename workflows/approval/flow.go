package approval

import "github.com/nod-chat/nod/workflows"

// The states of a request, whatever its kind.
const (
	StateDraft     workflows.State = "draft"
	StatePending   workflows.State = "pending"
	StateReturned  workflows.State = "returned"
	StateApproved  workflows.State = "approved"
	StateRejected  workflows.State = "rejected"
	StateWithdrawn workflows.State = "withdrawn"
	StateExpired   workflows.State = "expired"
	StateClosed    workflows.State = "closed"
	StateCancelled workflows.State = "cancelled" // after its approval
	StateDiscarded workflows.State = "discarded"
)

// Own is what a kind adds to a transition that all kinds share: names of its guards and effects, and what the press asks for.
type Own struct {
	Guards, Effects []string
	Asks            []workflows.Field
}

// optional are the events that only those kinds have which name them: files that come later, asking for them, an end by the clock, and
// drafts.
var optional = map[workflows.Event]bool{Attach: true, Chase: true, Expire: true, AddLine: true, EditLine: true, Send: true, Discard: true}

var (
	comment = workflows.Field{Name: "comment", Type: workflows.Long, Required: true, Max: 1000}
	person  = workflows.Field{Name: "person", Type: workflows.Text, Required: true}
)

// shared are the transitions of every kind, in the order in which their buttons stand.
var shared = []workflows.Transition{
	{Event: Submit, From: in(StateDraft), To: StatePending, By: workflows.Requester, Form: true},
	{Event: Send, From: in(StateDraft), To: StatePending, By: workflows.Requester},
	{Event: AddLine, From: in(StateDraft), To: StateDraft, By: workflows.Requester, Draft: true},
	{Event: EditLine, From: in(StateDraft), To: StateDraft, By: workflows.Requester, Form: true, Draft: true},
	{Event: Discard, From: in(StateDraft), To: StateDiscarded, By: workflows.Requester},
	{Event: Edit, From: in(StateReturned, StatePending), To: StatePending, By: workflows.Requester, Form: true},
	{Event: Withdraw, From: in(StatePending, StateReturned), To: StateWithdrawn, By: workflows.Requester},

	{Event: Nudge, From: in(StatePending), To: StatePending, By: workflows.Requester},
	{Event: Attach, From: in(StatePending), To: StatePending, By: workflows.Requester},
	{Event: Attach, From: in(StateApproved), To: StateApproved, By: workflows.Requester},

	{Event: Approve, From: in(StatePending), By: workflows.Approver},
	{Event: Reject, From: in(StatePending), By: workflows.Approver, Asks: []workflows.Field{comment}},
	{Event: Return, From: in(StatePending), By: workflows.Approver, Asks: []workflows.Field{comment}},
	{Event: Approved, From: in(StatePending), To: StateApproved, By: workflows.Route},
	{Event: Rejected, From: in(StatePending), To: StateRejected, By: workflows.Route},
	{Event: Returned, From: in(StatePending), To: StateReturned, By: workflows.Route},

	{Event: Remind, From: in(StatePending), To: StatePending, By: workflows.System},
	{Event: Escalate, From: in(StatePending), To: StatePending, By: workflows.System},
	{Event: Relieve, From: in(StatePending), To: StatePending, By: workflows.System},
	{Event: Chase, From: in(StateApproved), To: StateApproved, By: workflows.System},
	{Event: Expire, From: in(StatePending), To: StateExpired, By: workflows.System},

	{Event: Reassign, From: in(StatePending), To: StatePending, By: workflows.Administrator, Asks: []workflows.Field{person, comment}},
	{Event: Close, From: in(StatePending, StateReturned), To: StateClosed, By: workflows.Administrator, Asks: []workflows.Field{comment}},
	{Event: Revive, From: in(StateClosed, StateExpired), To: StatePending, By: workflows.Administrator, Asks: []workflows.Field{comment}},
}

func in(states ...workflows.State) []workflows.State { return states }

// Flow gives a kind's definition the states and transitions that all kinds share, with what the kind adds to them.
func Flow(d workflows.Definition, own map[workflows.Event]Own) workflows.Definition {
	_, expires := own[Expire]
	_, drafts := own[Discard]
	d.Start = StateDraft
	d.States = []workflows.StateInfo{
		{Name: StateDraft},
		{Name: StatePending, Routed: true},
		{Name: StateReturned},
		{Name: StateApproved, Final: true},
		{Name: StateRejected, Final: true},
		{Name: StateWithdrawn, Final: true},
	}
	if expires {
		d.States = append(d.States, workflows.StateInfo{Name: StateExpired, Final: true})
	}
	d.States = append(d.States, workflows.StateInfo{Name: StateClosed, Final: true})
	if drafts {
		d.States = append(d.States, workflows.StateInfo{Name: StateDiscarded, Final: true})
	}
	for _, t := range shared {
		added, named := own[t.Event]
		if optional[t.Event] && !named {
			continue
		}
		t.Guards, t.Effects = added.Guards, added.Effects
		if len(added.Asks) > 0 {
			t.Asks = added.Asks
		}
		if t.Event == Revive && !expires {
			t.From = in(StateClosed)
		}
		d.Transitions = append(d.Transitions, t)
	}
	return d
}
