// Package leave is the leave request: an employee asks, the route decides, the ledger and the half-days of the person follow.
//
// Definition is the flow and Policy what a company decides about it; the other files hold one rule each. All is pure: facts come in, faults,
// rows and effects go out. What people read lies in texts.
//
// To add a rule, write it in a file of its own, name it in Definition, bind it in Restore, and give it a transcript in testdata.
package leave

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// The states of a leave request.
const (
	Draft     workflows.State = "draft"
	Pending   workflows.State = "pending"
	Returned  workflows.State = "returned"
	Approved  workflows.State = "approved"
	Rejected  workflows.State = "rejected"
	Withdrawn workflows.State = "withdrawn"
	Expired   workflows.State = "expired"
	Closed    workflows.State = "closed"
)

// What conditions of the route may use beside the fields.
const (
	MeasureMinutes     = "minutes"              // what the leave costs
	MeasureUnpublished = "days_off_unpublished" // the first of its years whose holidays are not known; 0: none
	constantDay        = "day"                  // the minutes of a day, for "minutes > 10 * day"
)

var (
	fileGuards = []string{"leave.dates", "leave.notice", "leave.limits", "leave.blocked", "leave.overlap", "leave.balance"}
	proof      = workflows.Field{Name: "proof", Type: workflows.Files, Required: true}
	reason     = workflows.Field{Name: "comment", Type: workflows.Long, Required: true, Max: 1000}
)

// Definition is the flow of today without what the policy adds: the route and the policy itself.
var Definition = workflows.Definition{
	Kind: "leave", Prefix: "LV", Start: Draft,
	States: []workflows.StateInfo{
		{Name: Draft},
		{Name: Pending, Routed: true},
		{Name: Returned},
		{Name: Approved, Final: true},
		{Name: Rejected, Final: true},
		{Name: Withdrawn, Final: true},
		{Name: Expired, Final: true},
		{Name: Closed, Final: true},
	},
	Fields: []workflows.Field{
		{Name: "type", Type: workflows.Choice, From: "leave.types", Required: true},
		{Name: "from", Type: workflows.DateDay, Required: true},
		{Name: "from_part", Type: workflows.HalfDay, Default: "am"},
		{Name: "to", Type: workflows.DateDay, Same: "from", Required: true},
		{Name: "to_part", Type: workflows.HalfDay, Default: "pm"},
		{Name: "reason", Type: workflows.Long, Max: 2000},
		{Name: "proof", Type: workflows.Files},
	},
	Transitions: []workflows.Transition{
		{Event: approval.Submit, From: in(Draft), To: Pending, By: workflows.Requester, Form: true,
			Guards: fileGuards, Effects: []string{"leave.reserve", "leave.expiry"}},
		{Event: approval.Edit, From: in(Returned), To: Pending, By: workflows.Requester, Form: true,
			Guards: fileGuards, Effects: []string{"leave.reserve", "leave.expiry"}},
		{Event: approval.Withdraw, From: in(Pending, Returned), To: Withdrawn, By: workflows.Requester, Effects: []string{"leave.release"}},

		{Event: approval.Nudge, From: in(Pending), To: Pending, By: workflows.Requester},
		{Event: approval.Attach, From: in(Pending), To: Pending, By: workflows.Requester, Asks: []workflows.Field{proof}},
		{Event: approval.Attach, From: in(Approved), To: Approved, By: workflows.Requester, Asks: []workflows.Field{proof}},

		{Event: approval.Approve, From: in(Pending), By: workflows.Approver},
		{Event: approval.Reject, From: in(Pending), By: workflows.Approver, Asks: []workflows.Field{reason}},
		{Event: approval.Return, From: in(Pending), By: workflows.Approver, Asks: []workflows.Field{reason}},
		{Event: approval.Approved, From: in(Pending), To: Approved, By: workflows.Route,
			Effects: []string{"leave.use", "leave.await_proof"}}, // no overlap can have come about: the request holds its half-days exclusively
		{Event: approval.Rejected, From: in(Pending), To: Rejected, By: workflows.Route, Effects: []string{"leave.release"}},
		{Event: approval.Returned, From: in(Pending), To: Returned, By: workflows.Route, Effects: []string{"leave.release"}},

		{Event: approval.Remind, From: in(Pending), To: Pending, By: workflows.System},
		{Event: approval.Escalate, From: in(Pending), To: Pending, By: workflows.System},
		{Event: approval.Relieve, From: in(Pending), To: Pending, By: workflows.System},
		{Event: approval.Chase, From: in(Approved), To: Approved, By: workflows.System,
			Guards: []string{"leave.unproved"}, Effects: []string{"leave.chase_proof"}},
		{Event: approval.Expire, From: in(Pending), To: Expired, By: workflows.System,
			Guards: []string{"leave.passed"}, Effects: []string{"leave.release"}},

		{Event: approval.Reassign, From: in(Pending), To: Pending, By: workflows.Administrator,
			Asks: []workflows.Field{{Name: "person", Type: workflows.Text, Required: true}, reason}},
		{Event: approval.Close, From: in(Pending, Returned), To: Closed, By: workflows.Administrator,
			Asks: []workflows.Field{reason}, Effects: []string{"leave.release"}},
		{Event: approval.Revive, From: in(Closed, Expired), To: Pending, By: workflows.Administrator, Asks: []workflows.Field{reason},
			Guards: []string{"leave.overlap", "leave.balance"}, Effects: []string{"leave.reserve", "leave.expiry"}},
	},
}

func in(states ...workflows.State) []workflows.State { return states }

//go:embed texts/*.toml
var texts embed.FS

// New makes the kind that a policy describes.
func New(p *Policy, compile workflows.Compile) (*workflows.Kind, error) {
	content, err := json.Marshal(p.complete())
	if err != nil {
		return nil, fmt.Errorf("encode the leave policy: %w", err)
	}
	d := Definition
	d.Route, d.Policy = p.Route, content
	return Restore(d, "", compile)
}

// Restore makes the kind of a definition stored under a hash: the same rules with the policy of then.
func Restore(d workflows.Definition, hash string, compile workflows.Compile) (*workflows.Kind, error) {
	k := rules{definition: d}
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return nil, fmt.Errorf("decode the leave policy: %w", err)
	}
	words, err := fs.Sub(texts, "texts")
	if err != nil {
		return nil, err
	}
	return workflows.NewKind(d, hash, workflows.Rules{
		Approval:  approval.Frame(nil),
		Wants:     k.wants,
		Measure:   k.measure,
		Show:      k.show,
		Title:     k.title,
		Fits:      k.fits,
		Offers:    k.offers,
		Variables: func(workflows.Request) map[string]any { return map[string]any{constantDay: int(workflows.StandardDay)} },
		Options:   map[string]workflows.Options{"leave.types": k.options},
		Guards: map[string]workflows.Guard{
			"leave.dates":    k.dates,
			"leave.notice":   k.notice,
			"leave.limits":   k.limits,
			"leave.blocked":  k.blocked,
			"leave.overlap":  k.overlap,
			"leave.balance":  k.balance,
			"leave.passed":   k.passed,
			"leave.unproved": k.proofMissing,
		},
		Effects: map[string]workflows.Effect{
			"leave.await_proof": k.awaitProof,
			"leave.chase_proof": k.chaseProof,
			"leave.reserve":     k.reserve,
			"leave.use":         use,
			"leave.release":     release,
			"leave.expiry":      k.expiry,
		},
		Texts: words,
	}, compile)
}

// Variables gives a value of its type for each name that a condition may use beside the fields.
func Variables() map[string]any {
	return map[string]any{MeasureMinutes: 0, MeasureUnpublished: 0, constantDay: 0}
}

// rules is the policy at work.
type rules struct {
	Policy
	definition workflows.Definition // the stored one, never today's
}
