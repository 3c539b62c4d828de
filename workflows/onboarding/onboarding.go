// Package onboarding is the request that begins a new hire's plan: hr or a manager names the new hire, a mentor, a manager and the first
// day; the route decides; then package plan takes over.
//
// Blueprint is the flow and Policy what a company decides about it, its templates and tests among it. rules.go says what is refused,
// show.go what cards show. All is pure. What people read lies in texts.
package onboarding

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/plan"
)

var (
	guards = []string{"onboarding.people", "onboarding.start", "onboarding.free"}
	claims = []string{"onboarding.claim"}
	frees  = []string{"onboarding.release"}
)

// Blueprint is the request before a policy has made it whole.
var Blueprint = workflows.Blueprint{
	Definition: approval.Flow(workflows.Definition{
		Kind: "onboarding", Prefix: "ON",
		Fields: []workflows.Field{
			{Name: "newcomer", Type: workflows.Employee, Required: true},
			{Name: "start", Type: workflows.DateDay, Required: true},
			{Name: "mentor", Type: workflows.Employee, Required: true},
			{Name: "manager", Type: workflows.Employee, Required: true},
			{Name: "template", Type: workflows.Choice, From: "onboarding.templates", Required: true},
			{Name: "note", Type: workflows.Long, Max: 1000},
		},
	}, map[workflows.Event]approval.Own{
		approval.Submit:   {Guards: guards, Effects: claims},
		approval.Edit:     {Guards: guards, Effects: claims},
		approval.Approved: {Guards: []string{"onboarding.decider"}, Effects: []string{"onboarding.begin"}},
		approval.Rejected: {Effects: frees},
		approval.Withdraw: {Effects: frees},
		approval.Close:    {Effects: frees},
		approval.Revive:   {Guards: []string{"onboarding.people", "onboarding.free"}, Effects: claims},
	}),
	Variables: map[string]any{byHR: 0},
	Section:   func() workflows.Section { return new(Policy) },
	Shipped:   shipped,
	Texts:     workflows.TextsIn(files),
	Rules:     newRules,
}

// byHR is 1 in conditions of the route when hr sends the request, else 0.
const byHR = "by_hr"

//go:embed policy.yaml
var shipped []byte

//go:embed texts/*.toml
var files embed.FS

// Policy is what a company decides about onboarding: the section "onboarding" of the policy file. docs/policy.md describes it for people.
type Policy struct {
	Templates []plan.Template      `yaml:"templates" json:"templates"`
	Tests     []plan.Test          `yaml:"tests" json:"tests,omitempty"`
	Route     []workflows.StepPlan `yaml:"route" json:"-"` // a definition keeps its route in a place of its own
}

// Plan gives the route as the file states it.
func (p *Policy) Plan() []workflows.StepPlan { return p.Route }

// Complete gives the section as it is stored: nothing is left out that would stand for something.
func (p *Policy) Complete() any { return p }

// Check tells fault of everything that reading the file could not know to be wrong.
func (p *Policy) Check(fault func(place, sentence string)) { plan.Check(p.Templates, p.Tests, fault) }

// newRules binds the names of a definition to the rules, with the policy that is stored in it.
func newRules(d workflows.Definition) (workflows.Rules, error) {
	k := rules{}
	if err := json.Unmarshal(d.Policy, &k.Policy); err != nil {
		return workflows.Rules{}, err
	}
	return workflows.Rules{
		Approval:  approval.Frame(nil),
		Wants:     wants,
		Measure:   measure,
		Show:      k.show,
		Title:     k.title,
		Terms:     k.terms,
		Variables: func(r workflows.Request) map[string]any { return map[string]any{byHR: int(r.Measures[byHR])} },
		Options:   map[string]workflows.Options{"onboarding.templates": k.options},
		Guards: map[string]workflows.Guard{"onboarding.people": people, "onboarding.start": start, "onboarding.free": free,
			"onboarding.decider": decider},
		Effects: map[string]workflows.Effect{"onboarding.claim": claim, "onboarding.release": release, "onboarding.begin": k.begin},
	}, nil
}

// rules is the policy at work.
type rules struct{ Policy }

// options are the templates.
func (k rules) options(workflows.Person) []workflows.Option {
	var list []workflows.Option
	for _, t := range k.Templates {
		row := t.Name.Row()
		list = append(list, workflows.Option{Value: t.Code, Label: &row, Alias: []string{t.Name.En, t.Name.Zh}})
	}
	return list
}

// template finds the one that a form names.
func (k rules) template(form workflows.Form) (plan.Template, bool) {
	for _, t := range k.Templates {
		if t.Code == form["template"] {
			return t, true
		}
	}
	return plan.Template{}, false
}

// begin leaves what begins the plan, once the request is approved.
func (k rules) begin(r workflows.Request, f workflows.Facts, d *workflows.Decision) error {
	t, ok := k.template(r.Form)
	if !ok {
		return fmt.Errorf("onboarding: there is no template %q", r.Form["template"])
	}
	script, err := json.Marshal(plan.NewScript(t, k.Tests))
	if err != nil {
		return fmt.Errorf("encode the script of a plan: %w", err)
	}
	first, err := workflows.ParseDate(r.Form["start"])
	if err != nil {
		return err
	}
	data, err := json.Marshal(workflows.PlanWanted{Newcomer: r.Form["newcomer"], Mentor: r.Form["mentor"], Manager: r.Form["manager"],
		Start: first, Script: script})
	if err != nil {
		return fmt.Errorf("encode what plan is wanted: %w", err)
	}
	d.Due = append(d.Due, workflows.Due{Kind: workflows.DueBeginPlan, Key: string(r.ID), At: f.Now, Subject: r.ID, Data: data})
	return release(r, f, d) // the plan has a key of its own
}
