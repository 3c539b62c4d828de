package workflows

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Languages are those in which every text exists.
var Languages = []string{"en", "zh"}

// check finds every fault of a definition: the state machine library accepts them all without a word.
func (k *Kind) check() []error {
	c := checker{k: k}
	if k.Moves == nil || k.WorkRoute == nil || k.RouteWants == nil || k.CheckStep == nil {
		c.fault("nothing says how its requests are decided")
		return c.faults
	}
	c.functions()
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
		leaves, corrected := false, false // what an office takes back is a correction of what had ended
		for _, t := range c.k.Transitions {
			if t.To != "" && t.To != s.Name && t.By != Administrator && slices.Contains(t.From, s.Name) {
				leaves, corrected = leaves || t.By != Office, corrected || t.By == Office
			}
		}
		if !s.Final && !leaves && !corrected {
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
		c.move(t)
	}
	for _, s := range c.k.States {
		for _, outcome := range slices.Sorted(maps.Keys(c.k.Moves)) {
			if c.k.Moves[outcome].By == Route && s.Routed && !seen[row{outcome, s.Name}] {
				c.fault("the route in state %s can end as %s, which leads nowhere", s.Name, outcome)
			}
		}
	}
}

// move holds a transition against its event's move: an event that nothing serves, or that somebody else may cause, would be taken for
// another.
func (c *checker) move(t Transition) {
	m, ok := c.k.Moves[t.Event]
	if !ok {
		c.fault("%s: no move does this; the events that have one are %s",
			t.Event, strings.Join(words(slices.Sorted(maps.Keys(c.k.Moves))), ", "))
		return
	}
	if t.By != m.By {
		c.fault("%s is the %s's, not the %s's", t.Event, m.By, cmp.Or(t.By, "unknown"))
	}
	if t.Form != (m.Form == NewForm) {
		c.fault("%s: a form is brought by submitting or editing, and by nothing else", t.Event)
	}
	for _, name := range m.Asks {
		if !slices.ContainsFunc(t.Asks, func(f Field) bool { return f.Name == name && f.Required }) {
			c.fault("%s: its press has to ask for %s", t.Event, name)
		}
	}
	undone := func(other Transition) bool { return other.Event == m.Undo }
	if m.Undo != "" && !slices.ContainsFunc(c.k.Transitions, undone) {
		c.fault("%s is taken back by %s, which the definition does not have", t.Event, m.Undo)
	}
}

// functions finds what a kind must bring: a card without a title could never be drawn.
func (c *checker) functions() {
	if c.k.Title == nil || c.k.Show == nil {
		c.fault("a card needs the functions Title and Show")
	}
	if c.k.Texts == nil {
		c.fault("the texts are missing")
		return
	}
	for _, language := range Languages {
		if _, err := fs.Stat(c.k.Texts, language+".toml"); err != nil {
			c.fault("the texts in %s are missing: %v", language, err)
		}
	}
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
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
	c.types(c.k.Fields)
	lists := 0
	for _, f := range c.k.Fields {
		if f.Type == Lines {
			lists++
		}
	}
	if lists > 1 {
		c.fault("a form has one list of lines at most")
	}
	seen := map[string]bool{}
	for _, in := range Every(c.k.Fields) {
		if in.Name == "" || seen[in.Name] {
			c.fault("field %q is there twice or has no name", in.Name)
		}
		if _, line := SplitLineName(in.Name); line > 1 {
			c.fault("field %s: only a further line's field ends in a number", in.Name)
		}
		if in.Same != "" && !seen[in.Same] {
			c.fault("field %s takes the value of %q, which does not come before it", in.Name, in.Same)
		}
		seen[in.Name] = true
		if in.Type == Choice && c.k.Options[in.From] == nil {
			c.fault("field %s: unknown options %q", in.Name, in.From)
		}
	}
}

// types finds what is wrong with the types of fields, and of those within a list's lines.
func (c *checker) types(fields []Field) {
	for _, f := range fields {
		known, ok := fieldTypes[f.Type]
		if !ok {
			c.fault("field %s: unknown type %q", f.Name, f.Type)
		}
		if known.plan != nil {
			if wrong := known.plan(f, append(slices.Clone(fields), c.k.Fields...)); wrong != "" {
				c.fault("field %s: %s", f.Name, wrong)
			}
		}
		c.types(f.Fields)
	}
}

func (c *checker) route() {
	if len(c.k.Definition.Route) == 0 {
		c.fault("the route has no step")
	}
	for _, step := range c.k.Definition.Route {
		for _, err := range c.k.CheckStep(step, c.k.Fields) {
			c.fault("%v", err)
		}
	}
}

// TextKeys lists the keys that a kind's own texts must have, by the names its definition uses.
func (k *Kind) TextKeys() []string {
	prefix := string(k.Kind) + "."
	keys := []string{prefix + "name", prefix + "icon", prefix + "form", prefix + "help", prefix + "example"}
	for _, in := range Every(k.Fields) {
		keys = append(keys, prefix+"field."+in.Base)
	}
	return keys
}

// SharedKeys lists the keys that must be there in the frame's texts or, after the kind's name, in its own: the names of states and events,
// whose an event is, what its actor is told, and the title of the form that its press opens.
func (k *Kind) SharedKeys() []string {
	var keys []string
	for _, s := range k.States {
		keys = append(keys, "state."+string(s.Name))
	}
	for _, t := range k.Transitions {
		event := string(t.Event)
		keys = append(keys, "event."+event, "by."+string(t.By))
		if t.By != Route && t.By != System {
			keys = append(keys, "told."+event)
		}
		if t.By.pressed() && len(t.Asks) > 0 {
			keys = append(keys, "form."+event)
		}
	}
	return keys
}
