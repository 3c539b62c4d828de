package leave

import (
	"slices"
	"strings"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// wants says which facts the rules look at. The form may be as somebody typed it.
func (k rules) wants(raw workflows.Form, requester workflows.Person) workflows.Wants {
	w := workflows.Wants{Roles: slices.Clone(workflows.LastResort)}
	form, _ := workflows.ReadForm(Definition.Fields, raw, func(workflows.Field) []workflows.Option { return k.options(requester) })
	k.wantPeople(&w, form)
	l, fault := k.readForm(form, requester)
	if l.Type.NeedsBalance {
		w.Units = []string{l.Type.account()}
	}
	if fault != nil {
		return w
	}
	w.Span = l.Span
	// Limits count working days on either side of the leave. Whole years, because only a row of a year shows that the year is published.
	margin := 2*max(l.Type.Notice, value(l.Type.Backdate), l.Type.MaxInARow) + 30
	w.From = workflows.Date{Year: l.From.AddDays(-margin).Year, Month: time.January, Day: 1}
	w.To = workflows.Date{Year: l.To.AddDays(margin).Year, Month: time.December, Day: 31}
	if l.Type.MaxPerYear > 0 || l.Type.MaxInARow > 0 {
		w.Around = workflows.Span{Start: 2 * w.From.Days(), End: 2 * (w.To.Days() + 1)}
	}
	return w
}

// wantPeople adds whom the route names other than by their place above the requester.
func (k rules) wantPeople(w *workflows.Wants, form workflows.Form) {
	for _, step := range k.route {
		for _, approver := range step.Approvers {
			word, arg, _ := strings.Cut(approver, ":")
			switch word {
			case "director":
				addOnce(&w.Roles, word)
			case "role":
				addOnce(&w.Roles, arg)
			case "person":
				addOnce(&w.People, arg)
			case "field":
				addOnce(&w.People, form[arg])
			}
		}
	}
}

func addOnce(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}
