package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// machine checks what the library of state machines takes without a word: each state is reached and none is a dead end, each event leads
// from a state once, and every name is known.
func machine(t rapid.TB, d workflows.Definition) {
	t.Helper()
	known := map[workflows.State]workflows.StateInfo{}
	for _, s := range d.States {
		if _, twice := known[s.Name]; twice || s.Name == "" {
			t.Errorf("state %q is there twice, or has no name", s.Name)
		}
		known[s.Name] = s
	}
	type row struct {
		event workflows.Event
		from  workflows.State
	}
	seen, reached, leaves := map[row]bool{}, map[workflows.State]bool{d.Start: true}, map[workflows.State]bool{}
	for range d.States {
		for _, tr := range d.Transitions {
			if slices.ContainsFunc(tr.From, func(s workflows.State) bool { return reached[s] }) {
				reached[tr.To] = true
			}
		}
	}
	for _, tr := range d.Transitions {
		if _, ok := known[tr.To]; !ok {
			t.Errorf("%s leads to %q, which is no state", tr.Event, tr.To)
		}
		for _, from := range tr.From {
			if _, ok := known[from]; !ok || seen[row{tr.Event, from}] {
				t.Errorf("%s from %q is there twice, or from no state", tr.Event, from)
			}
			seen[row{tr.Event, from}] = true
			leaves[from] = leaves[from] || tr.To != from
		}
		if _, err := workflows.NewMachine(d.Transitions).Fire(tr.From[0], tr.Event); err != nil {
			t.Errorf("%s does not fire from %s: %v", tr.Event, tr.From[0], err)
		}
	}
	for _, s := range d.States {
		if !reached[s.Name] {
			t.Errorf("nothing leads to %s", s.Name)
		}
		if s.Final == leaves[s.Name] {
			t.Errorf("%s is a dead end that is not final, or final and left", s.Name)
		}
	}
	if _, ok := known[d.Start]; !ok || d.Kind != plan.Kind || d.Prefix != plan.Prefix {
		t.Errorf("it starts as %q, of kind %q with prefix %q", d.Start, d.Kind, d.Prefix)
	}
}

// stored checks that a script comes back out of its definition as it went in, and hashes the same.
func stored(t rapid.TB, s plan.Script) {
	t.Helper()
	d := s.Definition()
	back, err := plan.Restore(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the script comes back changed:\n%s", diff)
	}
	again := back.Definition()
	if again.Hash() != d.Hash() {
		t.Error("the definition has another hash when it comes back")
	}
}

// Rules §5: a plan's machine is made of its template's phases, each of which ends at a gate; it has no hole.
func TestMachineOfEachTemplate_Rules5(t *testing.T) {
	templates, tests := shippedPolicy()
	for _, template := range templates {
		s := plan.NewScript(template, tests)
		machine(t, s.Definition())
		stored(t, s)
	}
	machine(t, small().Definition())
	rapid.Check(t, func(t *rapid.T) {
		s := anyScript(t)
		plan.Check([]plan.Template{s.Template}, s.Tests, func(place, sentence string) { t.Errorf("%s: %s", place, sentence) })
		machine(t, s.Definition())
		stored(t, s)
	})
}

// Of the states of the default plan there are: before day 1, two of each phase, and three ends.
func TestStatesOfTheShippedPlan(t *testing.T) {
	var got []string
	d := shipped().Definition()
	for _, s := range d.States {
		got = append(got, string(s.Name))
	}
	want := []string{"preparing", "product", "product_decision", "skills", "skills_decision", "shadowing", "shadowing_decision", "own", "own_decision",
		"passed", "failed", "closed"}
	if !slices.Equal(got, want) {
		t.Errorf("the states are %v, want %v", got, want)
	}
}

// A script takes the tests of its gates along, each once, and no other.
func TestScriptTakesItsTestsAlong(t *testing.T) {
	template := small().Template
	template.Phases = slices.Clone(template.Phases)
	template.Phases[1].Gate.Test = "quiz"
	other := quiz()
	other.Code = "other"
	s := plan.NewScript(template, []plan.Test{other, quiz()})
	if len(s.Tests) != 1 || s.Tests[0].Code != "quiz" {
		t.Errorf("it takes %+v", s.Tests)
	}
}

// What was stored of anything else is no plan.
func TestRestoreRefuses(t *testing.T) {
	d := small().Definition()
	d.Kind = "leave"
	if _, err := plan.Restore(d); err == nil {
		t.Error("a definition of leave is taken for a plan's")
	}
	d = small().Definition()
	d.Policy = []byte(`{"template": 1}`)
	if _, err := plan.Restore(d); err == nil {
		t.Error("a broken script is taken")
	}
}

// anyScript draws a script that a policy could have, of 1 to 6 phases.
func anyScript(t *rapid.T) plan.Script {
	owners := rapid.SampledFrom([]plan.Role{plan.Newcomer, plan.Mentor, plan.Manager, plan.IT, plan.HR})
	n := 0
	item := func(day int) plan.Item {
		n++
		return plan.Item{Code: fmt.Sprintf("item-%d", n), Day: day, Owner: owners.Draw(t, "owner"), Title: words("do"),
			HandIn: rapid.Bool().Draw(t, "hand in")}
	}
	s := plan.Script{Template: plan.Template{Code: "any", Name: words("Any")}, Tests: []plan.Test{quiz()}}
	for range rapid.IntRange(0, 3).Draw(t, "before") {
		s.Template.Before = append(s.Template.Before, item(rapid.IntRange(-20, 0).Draw(t, "day before")))
	}
	day, tested := 1, false
	for i := range rapid.IntRange(1, 6).Draw(t, "phases") {
		p := plan.Phase{Code: fmt.Sprintf("phase-%d", i), Name: words("Phase"), From: day, To: day + rapid.IntRange(0, 9).Draw(t, "length"),
			Gate: plan.Gate{Test: rapid.SampledFrom([]string{"", "quiz"}).Draw(t, "test"), Extend: rapid.IntRange(0, 4).Draw(t, "extend"),
				SignOff: rapid.SampledFrom([]plan.Role{"", plan.Mentor, plan.Manager}).Draw(t, "sign off")}}
		for range rapid.IntRange(0, 3).Draw(t, "tasks") {
			p.Tasks = append(p.Tasks, item(rapid.IntRange(p.From, p.To).Draw(t, "day")))
		}
		tested = tested || p.Gate.Test != ""
		s.Template.Phases = append(s.Template.Phases, p)
		day = p.To + 1
	}
	if rapid.Bool().Draw(t, "asked") {
		s.Template.Feedback = []int{rapid.IntRange(1, day-1).Draw(t, "asked on")}
	}
	if !tested {
		s.Tests = nil
	}
	return s
}
