package draw

import (
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// decider names who decided, and for whom.
func decider(v engine.View, t workflows.Turn, print *texts.Printer) string {
	name := v.Facts.Org.Person(t.Person).Name
	if t.For == 0 {
		return name
	}
	return print.Text("names.for", workflows.Args{"Name": name, "For": v.Facts.Org.Person(t.For).Name})
}

func names(v engine.View, turns []workflows.Turn) []string {
	var list []string
	for _, t := range turns {
		if name := v.Facts.Org.Person(t.Person).Name; !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// anyName joins the people of one place, any of whom may decide.
func anyName(p *texts.Printer, names []string) string {
	if len(names) > 3 {
		return p.Text("names.any_more", workflows.Args{"Names": strings.Join(names[:2], ", "), "More": len(names) - 2})
	}
	return strings.Join(names, p.Text("names.or", nil))
}
