// Package leave is the leave request: an employee asks, the route decides, the ledger and the half-days of the person follow.
//
// Blueprint is the flow and Policy what a company decides about it; the other files hold one rule each. All is pure: facts come in, faults,
// rows and effects go out. What people read lies in texts.
//
// To add a rule, write it in a file of its own, name it in Blueprint, bind it in newRules, and give it a transcript in testdata.
package leave

import (
	"embed"
	"encoding/json"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// What conditions of the route may use beside the fields.
const (
	MeasureMinutes     = "minutes"              // what the leave costs
	MeasureUnpublished = "days_off_unpublished" // the first of its years whose holidays are not known; 0: none
	constantDay        = "day"                  // the minutes of a day, for "minutes > 10 * day"
)

var (
	formGuards = []string{"leave.dates", "leave.notice", "leave.limits", "leave.blocked", "leave.overlap", "leave.balance"}
	proof      = workflows.Field{Name: "proof", Type: workflows.Files, Required: true}
)

// Blueprint is leave before a policy has made it whole.
var Blueprint = workflows.Blueprint{
	Definition: approval.Flow(workflows.Definition{
		Kind: "leave", Prefix: "LV", ForOthers: true,
		Fields: []workflows.Field{
			{Name: "type", Type: workflows.Choice, From: "leave.types", Required: true},
			{Name: "dates", Type: workflows.Range, Required: true},
			{Name: "reason", Type: workflows.Long, Max: 2000},
			{Name: "proof", Type: workflows.Files},
		},
	}, map[workflows.Event]approval.Own{
		approval.Submit:   {Guards: formGuards, Effects: []string{"leave.reserve", "leave.expiry"}},
		approval.Edit:     {Guards: formGuards, Effects: []string{"leave.reserve", "leave.expiry"}},
		approval.Withdraw: {Effects: []string{"leave.release"}},
		approval.Attach:   {Asks: []workflows.Field{proof}},
		approval.Approved: {Effects: []string{"leave.use", "leave.await_proof"}}, // no overlap by now: half-days are exclusive
		approval.Rejected: {Effects: []string{"leave.release"}},
		approval.Returned: {Effects: []string{"leave.release"}},
		approval.Chase:    {Guards: []string{"leave.unproved"}, Effects: []string{"leave.chase_proof"}},
		approval.Expire:   {Guards: []string{"leave.passed"}, Effects: []string{"leave.release"}},
		approval.Close:    {Effects: []string{"leave.release"}},
		approval.Revive:   {Guards: []string{"leave.overlap", "leave.balance"}, Effects: []string{"leave.reserve", "leave.expiry"}},
	}),
	Variables: map[string]any{MeasureMinutes: 0, MeasureUnpublished: 0, constantDay: 0},
	Section:   func() workflows.Section { return new(Policy) },
	Shipped:   shipped,
	Texts:     texts,
	Command:   "timeoff", // Slack keeps /leave for itself
	Rules:     newRules,
}

//go:embed policy.yaml
var shipped []byte

//go:embed texts/*.toml
var files embed.FS

var texts = workflows.TextsIn(files)

// newRules binds the names of a definition to the rules, with the policy that is stored in it.
func newRules(d workflows.Definition) (workflows.Rules, error) {
	k := rules{definition: d}
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return workflows.Rules{}, err
	}
	return workflows.Rules{
		Approval:  approval.Frame(nil),
		Wants:     k.wants,
		Measure:   k.measure,
		Show:      k.show,
		Title:     k.title,
		Icon:      k.icon,
		Gist:      k.gist,
		Terms:     k.terms,
		Fits:      k.fits,
		Offers:    k.offers,
		Variables: func(workflows.Request) map[string]any { return map[string]any{constantDay: int(workflows.StandardDay)} },
		Options:   map[string]workflows.Options{"leave.types": k.options},
		Units:     k.units,
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
	}, nil
}

// rules is the policy at work.
type rules struct {
	Policy
	definition workflows.Definition // the stored one, never today's
}
