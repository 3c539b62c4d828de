package plan

import (
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/workflows"
)

const (
	// Kind is the name of plans among the subjects.
	Kind workflows.KindName = "plan"
	// Prefix begins a plan's number.
	Prefix = "TP"
)

// The states of every plan. Each phase is a state of its own code, and one in which its manager decides how it goes on.
const (
	StatePreparing workflows.State = "preparing" // before day 1
	StatePassed    workflows.State = "passed"
	StateFailed    workflows.State = "failed"
	StateClosed    workflows.State = "closed" // early: nothing is said of the new hire
)

var reserved = []workflows.State{StatePreparing, StatePassed, StateFailed, StateClosed}

// The events of plans.
const (
	Begin     workflows.Event = "begin_plan"
	Tick      workflows.Event = "tick_plan" // the clock: all that is due
	BeginTest workflows.Event = "begin_test"
	SignOff   workflows.Event = "sign_off"
	Feedback  workflows.Event = "feedback"
	Extend    workflows.Event = "extend"
	Pass      workflows.Event = "pass"
	Fail      workflows.Event = "fail"
	Close     workflows.Event = "close_plan"
	Relieve   workflows.Event = "relieve_plan" // somebody of it has left

	start     workflows.Event = "start"     // day 1
	through   workflows.Event = "through"   // the gate was passed
	again     workflows.Event = "again"     // the phase is extended
	undecided workflows.Event = "undecided" // the manager decides
)

// Script is what a plan goes by: its template and the tests of its gates, stored with its definition.
type Script struct {
	Template Template `json:"template"`
	Tests    []Test   `json:"tests"`
}

// NewScript takes from a policy what a plan of a template goes by.
func NewScript(t Template, tests []Test) Script {
	s := Script{Template: t}
	for _, test := range tests {
		for _, p := range t.Phases {
			if p.Gate.Test == test.Code {
				s.Tests = append(s.Tests, test)
				break
			}
		}
	}
	return s
}

// Definition is the plan's state machine, with the script in the place of a policy.
func (s Script) Definition() workflows.Definition {
	policy, err := json.Marshal(s)
	if err != nil {
		panic("plan: a script is plain data: " + err.Error())
	}
	d := workflows.Definition{Kind: Kind, Prefix: Prefix, Start: StatePreparing, Policy: policy,
		States: []workflows.StateInfo{{Name: StatePreparing}}}
	row := func(e workflows.Event, to workflows.State, from ...workflows.State) {
		d.Transitions = append(d.Transitions, workflows.Transition{Event: e, From: from, To: to, By: workflows.System})
	}
	open := []workflows.State{StatePreparing}
	phases := s.Template.Phases
	for i, p := range phases {
		at, next := workflows.State(p.Code), StatePassed
		if i+1 < len(phases) {
			next = workflows.State(phases[i+1].Code)
		}
		d.States = append(d.States, workflows.StateInfo{Name: at}, workflows.StateInfo{Name: deciding(at), Tone: workflows.Warn})
		row(through, next, at)
		row(again, at, at)
		row(undecided, deciding(at), at)
		row(Pass, next, deciding(at))
		row(Extend, at, deciding(at))
		row(Fail, StateFailed, deciding(at))
		open = append(open, at, deciding(at))
	}
	if len(phases) > 0 {
		row(start, workflows.State(phases[0].Code), StatePreparing)
	}
	row(Close, StateClosed, open...)
	d.States = append(d.States, workflows.StateInfo{Name: StatePassed, Final: true, Tone: workflows.Good},
		workflows.StateInfo{Name: StateFailed, Final: true, Tone: workflows.Bad}, workflows.StateInfo{Name: StateClosed, Final: true})
	return d
}

// deciding is the state in which a phase waits for its manager.
func deciding(phase workflows.State) workflows.State { return phase + "_decision" }

// Restore reads the script out of a definition that was stored.
func Restore(d workflows.Definition) (Script, error) {
	var s Script
	if d.Kind != Kind {
		return s, fmt.Errorf("the definition is of %q and of no plan", d.Kind)
	}
	if err := json.Unmarshal(d.Policy, &s); err != nil {
		return s, fmt.Errorf("decode the script of a plan: %w", err)
	}
	return s, nil
}

// test finds a test of the script.
func (s Script) test(code string) (Test, bool) {
	for _, t := range s.Tests {
		if t.Code == code {
			return t, true
		}
	}
	return Test{}, false
}
