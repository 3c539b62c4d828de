package form

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// prefix begins the ID of every form; the name of a kind or of an event follows.
const prefix = "form:"

// Filled is a form that came back from its owner: what it brings when it is sent, and what they filled in.
type Filled struct {
	Kind      *workflows.Kind // a request keeps the one with which it began
	Event     workflows.Event
	State     bot.FormState
	Requester workflows.Person // whose request it is; nobody: Resolved has not found out for whom a new one is

	asked []workflows.Field // what the press of its event has to bring
}

// ReadNew finds what a form of a new request is of. current gives the kinds that there are.
func ReadNew(state bot.FormState, current func(workflows.KindName) (*workflows.Kind, bool)) (Filled, error) {
	name, ok := strings.CutPrefix(state.Form, prefix)
	if !ok {
		return Filled{}, unknown(state)
	}
	k, ok := current(workflows.KindName(name))
	if !ok {
		return Filled{}, unknown(state)
	}
	t, ok := k.FormEvent("")
	if !ok {
		return Filled{}, unknown(state)
	}
	return Filled{Kind: k, Event: t.Event, State: state}, nil
}

// Read finds what a form about a request is of: the request itself, edited, or a press that has to bring something.
func Read(state bot.FormState, v engine.Loaded) (Filled, error) {
	name, ok := strings.CutPrefix(state.Form, prefix)
	if !ok {
		return Filled{}, unknown(state)
	}
	state.Number = v.Request.Number
	filled := Filled{Kind: v.Kind, Event: workflows.Event(name), State: state, Requester: requesterOf(v)}
	if name == string(v.Kind.Kind) {
		if t, ok := v.Kind.FormEvent(v.Request.State); ok {
			filled.Event = t.Event
			return filled, nil
		}
		// What came back is decided by now, or somebody else's press was faster: the event that would have sent it says so.
		if event, ok := v.Kind.Edits(); ok {
			filled.Event = event
			return filled, nil
		}
	}
	if len(v.Kind.Asks(filled.Event)) == 0 {
		return Filled{}, unknown(state)
	}
	filled.asked, _ = v.Kind.Asked(filled.Event, v.Request)
	return filled, nil
}

// requesterOf is the person whose request it is.
func requesterOf(v engine.Loaded) workflows.Person { return v.Facts.Org.Person(v.Request.Requester) }

func unknown(state bot.FormState) error {
	return fmt.Errorf("unknown form %q", workflows.Cut(state.Form, 40))
}

// ofPress tells whether it is the form of a press, and not a request's own.
func (f Filled) ofPress() bool { return f.Kind.Moves[f.Event].Form != workflows.NewForm }

// fields are those that the form has.
func (f Filled) fields() []workflows.Field {
	if f.ofPress() {
		return f.asked
	}
	return f.Kind.Fields
}

// fileInput finds an input that takes files. A list has those of the lines that are filled in, and of the one that is open.
func (f Filled) fileInput(name string) (workflows.Input, bool) {
	fields := f.fields()
	inputs := workflows.Inputs(fields, f.State.Values)
	if list, ok := listOf(fields); ok {
		inputs = append(inputs, list.LineInputs(open(list, f.State.Values, f.State.Line))...)
	}
	i := slices.IndexFunc(inputs, func(in workflows.Input) bool { return in.Name == name && in.Type == workflows.Files })
	if i < 0 {
		return workflows.Input{}, false
	}
	return inputs[i], true
}
