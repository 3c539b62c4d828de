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
	Kind      *workflows.Kind // of a request, which keeps the one with which it began; nil: it is about another sort of subject
	Event     workflows.Event
	State     bot.FormState
	Requester workflows.Person // whose request it is; nobody: Resolved has not found out for whom a new one is

	asking *workflows.Asking // what the press of its event has to bring; nil: it is a request's own form
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
	asking := v.Kind.Asking(filled.Event, v.Request)
	filled.asking = &asking
	return filled, nil
}

// EventOf is the event whose press a form is of, by its name alone; of a request's own form it is none that anything knows.
func EventOf(state bot.FormState) workflows.Event {
	name, _ := strings.CutPrefix(state.Form, prefix)
	return workflows.Event(name)
}

// ReadAsked is a form of a press on a subject of any sort.
func ReadAsked(state bot.FormState, a workflows.Asking) Filled {
	return Filled{Event: a.Event, State: state, asking: &a}
}

// requesterOf is the person whose request it is.
func requesterOf(v engine.Loaded) workflows.Person { return v.Facts.Org.Person(v.Request.Requester) }

func unknown(state bot.FormState) error {
	return fmt.Errorf("unknown form %q", workflows.Cut(state.Form, 40))
}

// ofPress tells whether it is the form of a press, and not a request's own.
func (f Filled) ofPress() bool { return f.asking != nil }

// fields are those that the form has.
func (f Filled) fields() []workflows.Field {
	if f.ofPress() {
		return f.asking.Fields
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
