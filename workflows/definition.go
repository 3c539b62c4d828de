package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

type (
	// KindName names a kind of request, as in "leave".
	KindName string
	// State is where a request stands.
	State string
	// Event is what happens to a request; it is also the action name of the button that asks for it.
	Event string
	// By says who may cause a transition.
	By string
)

// Who may cause a transition.
const (
	Requester     By = "requester"
	Approver      By = "approver"      // whoever holds an open turn of the current step; what follows is the route's to say
	Route         By = "route"         // the outcome of the route, never a person's press
	System        By = "system"        // a clock
	Administrator By = "administrator" // the command line; can never approve
	Office        By = "office"        // whoever holds one of the definition's offices, of others' requests, or the command line for them
)

// Definition is a kind of request as data. It is stored under the hash of its content, and a running
// request keeps the one with which it began.
type Definition struct {
	Kind        KindName        `json:"kind"`
	Prefix      string          `json:"prefix"` // of the number people see, as LV in LV-1042
	Start       State           `json:"start"`
	ForOthers   bool            `json:"for_others,omitempty"` // hr and managers may ask in somebody's place; else everybody for themselves
	Offices     []string        `json:"offices,omitempty"`    // roles that look after all requests of the kind, as finance
	States      []StateInfo     `json:"states"`
	Fields      []Field         `json:"fields"`
	Transitions []Transition    `json:"transitions"`
	Route       []StepPlan      `json:"route"`
	Policy      json.RawMessage `json:"policy,omitempty"` // the kind's section of the policy file
}

// StateInfo describes a state.
type StateInfo struct {
	Name   State `json:"name"`
	Routed bool  `json:"routed,omitempty"` // the route is at work: turns are open
	Final  bool  `json:"final,omitempty"`
	Tone   Tone  `json:"tone,omitempty"` // how it is meant; empty: quietly
}

// Transition is one row of the state machine.
type Transition struct {
	Event   Event    `json:"event"`
	From    []State  `json:"from"`
	To      State    `json:"to,omitempty"` // empty for an approver's press: the route decides
	By      By       `json:"by"`
	Asks    []Field  `json:"asks,omitempty"`    // what the press itself must bring, as a reason
	Guards  []string `json:"guards,omitempty"`  // names of the rules that may refuse it
	Effects []string `json:"effects,omitempty"` // names of what follows from it
	Form    bool     `json:"form,omitempty"`    // it brings the whole form: submit and edit
	Draft   bool     `json:"draft,omitempty"`   // what it brings may be incomplete
}

// StepPlan is a step of a route as the policy states it.
//
// An approver is written as one of: manager, manager:N (the N-th above the requester), head (of the requester's department), director
// (the role, else the topmost manager), role:NAME, person:EMPLOYEE_NO, field:NAME (the employee number chosen in that field of the
// form).
type StepPlan struct {
	Name      string   `json:"name"`
	Approvers []string `json:"approvers"`
	Mode      Mode     `json:"mode"`
	When      string   `json:"when,omitempty"` // a condition on the form's fields and measures; empty: always
}

// State looks a state up by name.
func (d *Definition) State(name State) (StateInfo, bool) {
	i := slices.IndexFunc(d.States, func(s StateInfo) bool { return s.Name == name })
	if i < 0 {
		return StateInfo{}, false
	}
	return d.States[i], true
}

// Transition finds the row for an event in a state.
func (d *Definition) Transition(event Event, from State) (Transition, bool) {
	for _, t := range d.Transitions {
		if t.Event == event && slices.Contains(t.From, from) {
			return t, true
		}
	}
	return Transition{}, false
}

// Asks lists what an event's own press must bring, whatever the state.
func (d *Definition) Asks(event Event) []Field {
	for _, t := range d.Transitions {
		if t.Event == event {
			return t.Asks
		}
	}
	return nil
}

// Hash identifies the definition's content.
func (d *Definition) Hash() string {
	content, err := json.Marshal(d)
	if err != nil {
		panic("workflows: a definition is plain data: " + err.Error()) // only a Policy that is no JSON can do this, and kinds encode theirs
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}
