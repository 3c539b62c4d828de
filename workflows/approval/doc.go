// Package approval is how requests are decided: the route, its steps and turns, and the frame's moves, one file each. All is pure.
//
// A kind of request takes Frame and adds moves of its own. To add a move to the frame, write it in a file of its name and list it in Frame.
package approval

import "github.com/nod-chat/nod/workflows"

// The events that every kind shares. Approve, Reject and Return are presses of an approver; Approved, Rejected and Returned are what
// the route makes of them.
const (
	Submit   workflows.Event = "submit"
	Edit     workflows.Event = "edit"
	Withdraw workflows.Event = "withdraw"
	Nudge    workflows.Event = "nudge"
	Attach   workflows.Event = "attach" // hands in files that the form had a place for

	AddLine  workflows.Event = "add_line"  // begins a draft or adds to it
	EditLine workflows.Event = "edit_line" // keeps a draft's form as it is now
	Send     workflows.Event = "send"      // sends a draft
	Discard  workflows.Event = "discard"   // drops a draft

	Approve workflows.Event = "approve"
	Reject  workflows.Event = "reject"
	Return  workflows.Event = "return"

	Approved workflows.Event = "approved"
	Rejected workflows.Event = "rejected"
	Returned workflows.Event = "returned"

	Remind   workflows.Event = "remind"
	Escalate workflows.Event = "escalate"
	Expire   workflows.Event = "expire"
	Relieve  workflows.Event = "relieve" // an approver has left: their open turns move
	Chase    workflows.Event = "chase"   // what was to be handed in later is due

	Reassign workflows.Event = "reassign"
	Close    workflows.Event = "close"
	Revive   workflows.Event = "revive"
)

// Frame is what all kinds share, with a kind's own moves added. Own ones may not take the place of the frame's.
func Frame(own map[workflows.Event]workflows.Move) workflows.Approval {
	moves := map[workflows.Event]workflows.Move{
		Submit: submit, Edit: edit, Withdraw: withdraw, Nudge: nudge, Attach: attach,
		AddLine: addLine, EditLine: editLine, Send: send, Discard: discard,
		Approve: approve, Reject: reject, Return: giveBack,
		Approved: approved, Rejected: rejected, Returned: returned,
		Remind: remind, Escalate: escalate, Expire: expire, Relieve: relieve, Chase: chase,
		Reassign: reassign, Close: closing, Revive: revive,
	}
	for event, move := range own {
		if _, taken := moves[event]; taken {
			panic("approval: " + string(event) + " is the frame's move")
		}
		moves[event] = move
	}
	return workflows.Approval{Moves: moves, WorkRoute: WorkRoute, RouteWants: RouteWants, CheckStep: CheckStep, Clock: startClock,
		Lost: lost}
}

// lastResortWanted is what a move needs that may ask further people: whoever decides when nobody else can be found.
func lastResortWanted(workflows.Act) workflows.Wants { return workflows.Wants{Roles: LastResort} }

// lost tells whether nothing came of a request that ended in a state.
func lost(s workflows.State) bool {
	return s == StateRejected || s == StateWithdrawn || s == StateExpired || s == StateClosed || s == StateCancelled
}

// number begins the arguments of a sentence about a request.
func number(c *workflows.Case) workflows.Args { return workflows.Args{"Number": c.Request.Number} }
