package workflows

import (
	"fmt"
	"slices"
	"strings"
)

// Languages are those in which every text exists.
var Languages = []string{"en", "zh"}

// check finds every fault of a definition: the state machine library accepts them all without a word.
func (k *Kind) check() []error {
	c := checker{k: k}
	c.states()
	c.transitions()
	c.names()
	c.route()
	return c.faults
}

type checker struct {
	k      *Kind
	faults []error
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: "+format, append([]any{c.k.Kind}, args...)...))
}

func (c *checker) states() {
	seen := map[State]bool{}
	for _, s := range c.k.States {
		if s.Name == "" || seen[s.Name] {
			c.fault("state %q is there twice or has no name", s.Name)
		}
		seen[s.Name] = true
		if s.Routed && s.Final {
			c.fault("state %s cannot be both routed and final", s.Name)
		}
	}
	if !seen[c.k.Start] {
		c.fault("start %q is not a state", c.k.Start)
	}
	reached := map[State]bool{c.k.Start: true}
	for grown := true; grown; {
		grown = false
		for _, t := range c.k.Transitions {
			if t.To != "" && !reached[t.To] && slices.ContainsFunc(t.From, func(s State) bool { return reached[s] }) {
				reached[t.To], grown = true, true
			}
		}
	}
	for _, s := range c.k.States {
		if !reached[s.Name] {
			c.fault("state %s cannot be reached", s.Name)
		}
		leaves := slices.ContainsFunc(c.k.Transitions, func(t Transition) bool {
			return t.To != "" && t.To != s.Name && t.By != Administrator && slices.Contains(t.From, s.Name)
		})
		if !s.Final && !leaves {
			c.fault("state %s is a dead end: nothing leaves it and it is not final", s.Name)
		}
		if s.Final && leaves {
			c.fault("state %s is final, but something leaves it", s.Name)
		}
	}
}

func (c *checker) transitions() {
	type row struct {
		Event Event
		From  State
	}
	seen := map[row]bool{}
	for _, t := range c.k.Transitions {
		if t.Event == "" || len(t.From) == 0 {
			c.fault("a transition needs an event and a state to start from: %+v", t)
		}
		if _, clash := c.k.State(State(t.Event)); clash && t.By != Route {
			c.fault("%q is both an event and a state", t.Event)
		}
		for _, from := range t.From {
			if _, ok := c.k.State(from); !ok {
				c.fault("%s: unknown state %q", t.Event, from)
			}
			if seen[row{t.Event, from}] {
				c.fault("%s from %s is there twice", t.Event, from)
			}
			seen[row{t.Event, from}] = true
			if info, _ := c.k.State(from); t.By == Approver && !info.Routed {
				c.fault("%s from %s: an approver can only press while the route is at work", t.Event, from)
			}
		}
		if _, ok := c.k.State(t.To); !ok && !(t.To == "" && t.By == Approver) {
			c.fault("%s: unknown state %q", t.Event, t.To)
		}
		if t.To != "" && t.By == Approver {
			c.fault("%s: where an approver's press leads is the route's to say", t.Event)
		}
		switch t.By {
		case Requester, Approver, Route, System, Administrator:
		default:
			c.fault("%s: unknown actor %q", t.Event, t.By)
		}
	}
	for _, s := range c.k.States {
		for _, outcome := range []Event{Approved, Rejected, Returned} {
			if s.Routed && !seen[row{outcome, s.Name}] {
				c.fault("the route in state %s can end as %s, which leads nowhere", s.Name, outcome)
			}
		}
	}
}

func (c *checker) names() {
	for _, t := range c.k.Transitions {
		for _, name := range t.Guards {
			if c.k.Guards[name] == nil {
				c.fault("%s: unknown guard %q", t.Event, name)
			}
		}
		for _, name := range t.Effects {
			if c.k.Effects[name] == nil {
				c.fault("%s: unknown effect %q", t.Event, name)
			}
		}
	}
	seen := map[string]bool{}
	for _, f := range c.k.Fields {
		if f.Name == "" || seen[f.Name] {
			c.fault("field %q is there twice or has no name", f.Name)
		}
		if f.Same != "" && !seen[f.Same] {
			c.fault("field %s takes the value of %q, which does not come before it", f.Name, f.Same)
		}
		seen[f.Name] = true
		if f.Type == Choice && c.k.Options[f.From] == nil {
			c.fault("field %s: unknown options %q", f.Name, f.From)
		}
	}
	for _, need := range c.k.Needs {
		switch need {
		case NeedLedger, NeedSpan, NeedClaim, NeedCalendar, NeedPeople:
		default:
			c.fault("unknown need %q", need)
		}
	}
}

func (c *checker) route() {
	if len(c.k.Definition.Route) == 0 {
		c.fault("the route has no step")
	}
	for _, step := range c.k.Definition.Route {
		if step.Mode != AnyOf && step.Mode != AllOf && step.Mode != InOrder {
			c.fault("step %s: unknown mode %q (any_of, all_of or in_order)", step.Name, step.Mode)
		}
		if len(step.Approvers) == 0 {
			c.fault("step %s names no approver", step.Name)
		}
		for _, a := range step.Approvers {
			word, arg, has := strings.Cut(a, ":")
			ok := false
			switch word {
			case "manager":
				ok = !has || strings.Trim(arg, "123456789") == "" && arg != ""
			case "head", "director":
				ok = !has
			case "role", "person":
				ok = arg != ""
			case "field":
				ok = slices.ContainsFunc(c.k.Fields, func(f Field) bool { return f.Name == arg })
			}
			if !ok {
				c.fault("step %s: unknown approver %q (manager, manager:N, head, director, role:NAME, person:EMPLOYEE_NO, field:NAME)", step.Name, a)
			}
		}
	}
}

// TextKeys lists the keys that a kind's own texts must have, by the names its definition uses.
func (k *Kind) TextKeys() []string {
	prefix := string(k.Kind) + "."
	keys := []string{prefix + "name", prefix + "icon", prefix + "form", prefix + "help"}
	for _, f := range k.Fields {
		keys = append(keys, prefix+"field."+f.Name)
	}
	for _, s := range k.States {
		keys = append(keys, prefix+"state."+string(s.Name))
	}
	return keys
}
