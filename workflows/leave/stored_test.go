package leave_test

import (
	"testing"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// TestStoredDefinitionRules: what a stored definition says of fields and states holds for its requests, whatever today's says.
func TestStoredDefinitionRules(t *testing.T) {
	today, _ := policy.Default().Kind("leave")
	d := today.Definition
	d.Fields = nil
	for _, f := range today.Fields {
		if f.Name == "reason" {
			f.Default = "as always"
		}
		d.Fields = append(d.Fields, f)
	}
	kind, err := policy.Default().Restore(d, "of another day")
	if err != nil {
		t.Fatal(err)
	}
	form, faults := kind.ReadForm(workflows.Form{"type": "annual", "from": "2026-03-16"}, workflows.Person{Country: "CN"})
	if len(faults) > 0 || form["reason"] != "as always" {
		t.Errorf("%v %v", form, faults)
	}
}
