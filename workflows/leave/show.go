package leave

import (
	"slices"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/approval"
)

// title names a request in a line. A private type is not named: titles stand in notices, which lock screens show.
func (k rules) title(r workflows.Request) workflows.Row {
	args := workflows.Args{"Minutes": r.Measures[MeasureMinutes]}
	if k.private(r.Form["type"]) {
		return workflows.Row{Text: "leave.title_private", Args: args}
	}
	args["Type"] = typeKey(r.Form["type"])
	return workflows.Row{Text: "leave.title", Args: args}
}

// icon names the icon of a type. That of a private type would tell it, where a title does not.
func (k rules) icon(r workflows.Request) string {
	if k.private(r.Form["type"]) {
		return ""
	}
	return r.Form["type"]
}

// private tells whether a type is one that only those read who have to.
func (k rules) private(code string) bool {
	return slices.ContainsFunc(k.Types, func(t Type) bool { return t.Private && t.Code == code })
}

// gist says in a line when, of which type and how long. A private type is leave, as in the title.
func (k rules) gist(r workflows.Request) workflows.Row {
	args := workflows.Args{"Type": typeKey(r.Form["type"]), "Minutes": r.Measures[MeasureMinutes]}
	if k.private(r.Form["type"]) {
		args["Type"] = "leave.private"
	}
	for field, name := range map[string]string{"from": "From", "from_part": "FromPart", "to": "To", "to_part": "ToPart"} {
		args[name] = r.Form[field]
	}
	gist := ranged{whole: "leave.gist_whole", half: "leave.gist_half", parts: "leave.gist_parts"}
	return workflows.Row{Text: gist.key(r.Form["from"], r.Form["from_part"], r.Form["to"], r.Form["to_part"]), Args: args}
}

// ranged are the keys of what is said of a range: of whole days, within one day, or with halves at its edges.
type ranged struct{ whole, half, parts string }

func (s ranged) key(from, fromPart, to, toPart string) string {
	switch {
	case fromPart == workflows.AM.String() && toPart == workflows.PM.String():
		return s.whole
	case from == to:
		return s.half
	}
	return s.parts
}

// terms are what is asked for: the type, the dates and what they cost, the reason.
func (k rules) terms(r workflows.Request, requester workflows.Person) []workflows.Row {
	l, fault := k.readForm(r.Form, requester)
	if fault != nil {
		return nil
	}
	rows := []workflows.Row{l.typeRow(), l.datesRow(r)}
	if l.Reason != "" {
		rows = append(rows, l.reasonRow())
	}
	return rows
}

func (l leave) reasonRow() workflows.Row {
	return workflows.Row{Label: "leave.label.reason", Text: "text.quote", Args: workflows.Args{"Text": l.Reason}}
}

// show lists what a card says of a leave to its requester, to those who decide it and to hr; to nobody else.
func (k rules) show(r workflows.Request, f workflows.Facts, to workflows.Relation) []workflows.Row {
	l, faults := k.read(r, f)
	if len(faults) > 0 || to == workflows.ToNobody {
		return nil
	}
	rows := []workflows.Row{l.typeRow(), l.datesRow(r)}
	add := func(row workflows.Row, ok bool) {
		if ok {
			rows = append(rows, row)
		}
	}
	add(l.balanceRow(r, f))
	if !to.Owns() {
		rows = append(rows, l.teamRows(r, f)...)
	}
	add(k.startRow(l, r, f))
	add(k.limitRow(l, r, f))
	for _, b := range k.clashes(l, f.Org.Departments(r.Requester)) {
		rows = append(rows, workflows.Row{Label: "leave.label.blocked", Text: "leave.blocked_dates", Args: b.args(), Tone: workflows.Warn})
	}
	add(l.calendarRow(r))
	add(k.proofRow(l, r, f))
	add(l.reasonRow(), l.Reason != "")
	return rows
}

func (l leave) typeRow() workflows.Row {
	text := "leave.paid"
	if !l.Type.Paid {
		text = "leave.unpaid"
	}
	return workflows.Row{Label: "leave.label.type", Text: text, Args: workflows.Args{"Type": typeKey(l.Type.Code)}}
}

func (l leave) datesRow(r workflows.Request) workflows.Row {
	row := workflows.Row{Label: "leave.label.dates", Args: workflows.Args{
		"From": l.From.String(), "FromPart": l.FromPart.String(), "To": l.To.String(), "ToPart": l.ToPart.String()}}
	// Without a measure, what it costs could not be worked out, as where nobody works on these dates.
	said := ranged{whole: "leave.when_whole", half: "leave.when_half", parts: "leave.when_parts"}
	if minutes, measured := r.Measures[MeasureMinutes]; measured {
		row.Args["Minutes"] = minutes
		said = ranged{whole: "leave.dates_whole", half: "leave.dates_half", parts: "leave.dates_parts"}
	}
	row.Text = said.key(l.From.String(), l.FromPart.String(), l.To.String(), l.ToPart.String())
	return row
}

// balanceRow tells what the leave does to the balance: without this request, and with it. Once it is
// approved only what is left is of interest.
func (l leave) balanceRow(r workflows.Request, f workflows.Facts) (workflows.Row, bool) {
	if !l.Type.NeedsBalance || len(l.Shares) == 0 { // what costs nothing changes no balance
		return workflows.Row{}, false
	}
	others := l.others(r, f)
	before := l.free(others, others.Debt())
	row := workflows.Row{Label: "leave.label.balance", Text: "leave.balance_change",
		Args: workflows.Args{"Before": int64(before), "After": int64(before - total(l.Shares))}}
	if before-total(l.Shares) < 0 {
		row.Tone = workflows.Warn
	}
	switch r.State {
	case "", approval.StateDraft, approval.StatePending, approval.StateReturned:
		return row, true
	case approval.StateApproved:
		if !f.Closed.IsZero() && !l.From.After(f.Closed) { // settled: what is left by now has nothing to do with it
			return workflows.Row{}, false
		}
		left := int64(before - total(l.Shares))
		return workflows.Row{Label: row.Label, Text: "leave.balance_left", Args: workflows.Args{"Left": left}}, true
	}
	return workflows.Row{}, false
}

// teamRows names colleagues who are away on the same half-days, and those who asked to be; never why.
func (l leave) teamRows(r workflows.Request, f workflows.Facts) []workflows.Row {
	var away, asked []string
	for _, b := range f.Team {
		if b.Person == r.Requester || !b.Span.Overlaps(l.Span) {
			continue
		}
		list := &asked
		if b.Approved {
			list = &away
		}
		addOnce(list, b.Name)
	}
	if len(away)+len(asked) == 0 {
		return []workflows.Row{{Label: "leave.label.team", Text: "leave.team_nobody", Tone: workflows.Quiet}}
	}
	var rows []workflows.Row
	if len(away) > 0 {
		rows = append(rows, workflows.Row{Label: "leave.label.team", Text: "leave.team_away", Args: some(away), Tone: workflows.Warn})
	}
	if len(asked) > 0 {
		rows = append(rows, workflows.Row{Label: "leave.label.team", Text: "leave.team_asked", Args: some(asked)})
	}
	return rows
}

// shownNames is how many colleagues a card names: a decider looks for the few that matter, and a long list hides them.
const shownNames = 5

func some(names []string) workflows.Args {
	if more := len(names) - shownNames; more > 0 {
		return workflows.Args{"Names": names[:shownNames], "More": more}
	}
	return workflows.Args{"Names": names, "More": 0}
}

// startRow marks a waiting request as urgent from one working day before its start.
func (k rules) startRow(l leave, r workflows.Request, f workflows.Facts) (workflows.Row, bool) {
	if info, _ := k.definition.State(r.State); info.Final {
		return workflows.Row{}, false
	}
	requester := f.Org.Person(r.Requester)
	today := f.Today(requester)
	next := ahead(today, 1, works(requester, f))
	row := workflows.Row{Label: "leave.label.start", Args: workflows.Args{"From": l.From.String()}, Tone: workflows.Warn}
	switch {
	case l.From.Before(today):
		row.Text = "leave.start_past"
	case l.From == today:
		row.Text = "leave.start_today"
	case l.From == today.AddDays(1):
		row.Text = "leave.start_tomorrow"
	case !l.From.After(next):
		row.Text = "leave.start_next"
	default:
		return workflows.Row{}, false
	}
	return row, true
}

// limitRow says that hr passed a limit for this request, seen from when it was asked for.
func (k rules) limitRow(l leave, r workflows.Request, f workflows.Facts) (workflows.Row, bool) {
	by := f.Org.Person(r.SentBy)
	if !by.Has("hr") {
		return workflows.Row{}, false
	}
	asked := r.SubmittedAt
	if asked.IsZero() || r.State == approval.StateReturned {
		asked = f.Now
	}
	passed := k.late(l, r, f, asked) != nil
	for _, b := range k.clashes(l, f.Org.Departments(r.Requester)) {
		passed = passed || !b.Warn
	}
	return workflows.Row{Label: "leave.label.limit", Tone: workflows.Warn,
		Text: "leave.limit_passed", Args: workflows.Args{"By": by.Name}}, passed
}

func (l leave) calendarRow(r workflows.Request) (workflows.Row, bool) {
	year := r.Measures[MeasureUnpublished]
	return workflows.Row{Label: "leave.label.calendar", Tone: workflows.Warn,
		Text: "leave.calendar_unpublished", Args: workflows.Args{"Year": year}}, year != 0
}
