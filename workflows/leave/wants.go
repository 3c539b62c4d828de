package leave

import (
	"slices"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// wants says which facts the rules look at. The form may be as somebody typed it.
func (k rules) wants(raw workflows.Form, requester workflows.Person) workflows.Wants {
	var w workflows.Wants
	form, _ := workflows.ReadForm(k.definition.Fields, raw, func(workflows.Field) []workflows.Option { return k.options(requester) })
	if form["type"] == "" { // the person may have moved to a country that does not offer it
		form["type"] = raw["type"]
	}
	l, fault := k.readForm(form, requester)
	w.Ledger = l.Type.NeedsBalance
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

func addOnce(list *[]string, s string) {
	if s != "" && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}
