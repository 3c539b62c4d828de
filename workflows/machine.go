package workflows

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/looplab/fsm"
)

// Machine moves subjects from state to state along the transitions of a definition. It keeps no state between moves.
type Machine struct{ free *sync.Pool } // of *fsm.FSM, to make one for each move takes longer than the move

// NewMachine makes the machine of transitions that have been checked: the library takes a state or an event that is there twice or is
// misspelt without a word.
func NewMachine(transitions []Transition) Machine {
	var events fsm.Events
	for _, t := range transitions {
		if t.To == "" {
			continue
		}
		from := make([]string, len(t.From))
		for i, s := range t.From {
			from[i] = string(s)
		}
		events = append(events, fsm.EventDesc{Name: string(t.Event), Src: from, Dst: string(t.To)})
	}
	return Machine{&sync.Pool{New: func() any { return fsm.NewFSM("", events, nil) }}}
}

// Fire gives the state into which an event leads from another. A transition to the same state is a change like any other.
func (m Machine) Fire(state State, event Event) (State, error) {
	machine := m.free.Get().(*fsm.FSM)
	defer m.free.Put(machine)
	machine.SetState(string(state))
	err := machine.Event(context.Background(), string(event))
	var still fsm.NoTransitionError
	if err != nil && !(errors.As(err, &still) && still.Err == nil) {
		return "", fmt.Errorf("%s in state %s: %w", event, state, err)
	}
	return State(machine.Current()), nil
}
