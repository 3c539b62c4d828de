package equipment

import (
	"strconv"

	"github.com/nod-chat/nod/workflows"
)

// title names a request in a line: its first thing, and how many more there are.
func title(r workflows.Request) workflows.Row {
	list := lines(r.Form)
	if len(list) == 0 {
		return workflows.Row{Text: "equipment.title_none"}
	}
	row := workflows.Row{Text: "equipment.title", Args: workflows.Args{"Thing": list[0].String()}}
	if more := len(list) - 1; more > 0 {
		row.Text, row.Args["More"] = "equipment.title_more", more
	}
	return row
}

// String says what a line asks for, in any language.
func (l line) String() string { return l.item + " × " + strconv.FormatInt(l.quantity, 10) }

// atOnce is how many lines stand in one row of a card: no chat cuts a row as short as that.
const atOnce = 10

// show lists what a card says of a request to its requester, to those who decide it and to hr; to nobody else.
func show(r workflows.Request, _ workflows.Facts, to workflows.Relation) []workflows.Row {
	if to == workflows.ToNobody {
		return nil
	}
	var rows []workflows.Row
	list := lines(r.Form)
	for i := 0; i < len(list); i += atOnce {
		var part []string
		for _, l := range list[i:min(i+atOnce, len(list))] {
			part = append(part, l.String())
		}
		row := workflows.Row{Text: "equipment.things", Args: workflows.Args{"Things": part}}
		if i == 0 {
			row.Label = "equipment.label.things"
		}
		rows = append(rows, row)
	}
	if pieces, measured := r.Measures[MeasureQuantity]; measured && len(list) > 1 {
		rows = append(rows, workflows.Row{Label: "equipment.label.pieces", Text: "equipment.pieces",
			Args: workflows.Args{"Pieces": pieces, "Lines": len(list)}})
	}
	return append(rows, rest(r)...)
}

// rest are the rows below the things: what they cost, and what they are for.
func rest(r workflows.Request) []workflows.Row {
	var rows []workflows.Row
	if m, err := workflows.ParseMoney(r.Form["amount"], r.Form["currency"]); err == nil {
		rows = append(rows, workflows.Row{Label: "equipment.label.amount", Text: "field.money", Args: workflows.Args{"Money": m.String()}})
	}
	if reason := r.Form["reason"]; reason != "" {
		rows = append(rows, workflows.Row{Label: "equipment.label.reason", Text: "text.quote", Args: workflows.Args{"Text": reason}})
	}
	return rows
}

// terms are what is asked for: all things, what they cost, the reason.
func terms(r workflows.Request, _ workflows.Person) []workflows.Row {
	var things []string
	for _, l := range lines(r.Form) {
		things = append(things, l.String())
	}
	row := workflows.Row{Label: "equipment.label.things", Text: "equipment.things", Args: workflows.Args{"Things": things}}
	return append([]workflows.Row{row}, rest(r)...)
}

// gist says in a line what is asked for and what it costs.
func gist(r workflows.Request) workflows.Row {
	row := title(r)
	m, err := workflows.ParseMoney(r.Form["amount"], r.Form["currency"])
	if err != nil || row.Args == nil {
		return row
	}
	row.Args["Money"] = m.String()
	if row.Text = "equipment.gist"; row.Args["More"] != nil {
		row.Text = "equipment.gist_more"
	}
	return row
}
