package workflows

import (
	"fmt"
	"strings"
)

// Diagram draws a kind's state machine in Mermaid's notation, in people's words: say gives the text of a key,
// the kind's own where it has one.
func (k *Kind) Diagram(say func(key string) string) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range k.States {
		fmt.Fprintf(&b, "    %s: %s\n", s.Name, oneLine(say("state."+string(s.Name))))
	}
	fmt.Fprintf(&b, "    [*] --> %s\n", k.Start)
	for _, t := range k.Transitions {
		if t.To == "" {
			continue
		}
		for _, from := range t.From {
			fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n",
				from, t.To, oneLine(say("event."+string(t.Event))), oneLine(say("by."+string(t.By))))
		}
	}
	for _, s := range k.States {
		if s.Final {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.Name)
		}
	}
	return b.String()
}

// oneLine keeps a text from ending or commenting out the line it stands in.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", ":", " ", ";", " ", "%%", "%").Replace(s)
}
