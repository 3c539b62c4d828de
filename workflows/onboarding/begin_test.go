package onboarding_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

// What an approval leaves says all that the plan needs: who, from when, also where that is past, and the whole script, with the tests of the
// template's gates and no others.
func TestWhatBeginsThePlan(t *testing.T) {
	m := workflowtest.NewMemory(t, policy.Default())
	sent, err := submit(m, "han", workflows.Form{"newcomer": "E003", "start": "2026-02-20", "mentor": "E004", "manager": "E002", "template": "sales"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.Change(sent.Request, workflows.Act{Event: approval.Approve, Digest: m.Request("ON-1").Digest}, workflows.PersonActor(m.Named("zhao"), "web"))
	if err != nil {
		t.Fatal(err)
	}
	begins := slices.DeleteFunc(slices.Clone(d.Due), func(due workflows.Due) bool { return due.Kind != workflows.DueBeginPlan })
	if len(begins) != 1 || begins[0].Subject != d.Request.ID || !begins[0].At.Equal(m.Now) {
		t.Fatalf("due are %+v", d.Due)
	}
	var got workflows.PlanWanted
	if err := json.Unmarshal(begins[0].Data, &got); err != nil {
		t.Fatal(err)
	}
	var script plan.Script
	if err := json.Unmarshal(got.Script, &script); err != nil {
		t.Fatal(err)
	}
	got.Script = nil
	want := workflows.PlanWanted{Newcomer: "E003", Mentor: "E004", Manager: "E002", Start: workflows.Date{Year: 2026, Month: 2, Day: 20}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the plan that is wanted (-want +got):\n%s", diff)
	}
	var section struct {
		Templates []plan.Template `json:"templates"`
		Tests     []plan.Test     `json:"tests"`
	}
	if err := json.Unmarshal(m.KindOf(d.Request).Policy, &section); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.NewScript(section.Templates[0], section.Tests), script); diff != "" {
		t.Errorf("its script (-want +got):\n%s", diff)
	}
	if len(script.Tests) == 0 || len(script.Template.Phases) == 0 {
		t.Error("the shipped template has tests and phases")
	}
	if _, err := plan.Restore(script.Definition()); err != nil {
		t.Errorf("what a plan would store does not load: %v", err)
	}
}
