package draw

import (
	"encoding/json"
	"fmt"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// Card makes a request's card for a viewer; false when it is nothing to them. It also gives the facts that the card shows, which the
// audit keeps with the viewer's decision; nil when they have none to make.
func Card(v engine.View, viewer workflows.Person, print *texts.Printer) (bot.Card, []byte, bool) {
	r := v.Request
	relation := r.Relation(workflows.PersonActor(viewer, ""))
	if relation == workflows.ToNobody {
		return bot.Card{}, nil, false
	}
	c := bot.Card{Subject: r.ID, Number: r.Number, Kind: r.Kind, Revision: r.Revision, Seq: r.Seq,
		Icon: print.Text(string(r.Kind)+".icon", nil)}
	title := v.Kind.Title(r)
	c.Title = print.Text(title.Text, title.Args)
	if relation != workflows.ToRequester {
		c.Who = workflows.Inert(v.Facts.Org.Person(r.Requester).Name)
	}
	c.Status = status(v, viewer, print)
	rows := v.Kind.Show(r, v.Facts, relation)
	for _, row := range rows {
		c.Lines = append(c.Lines, Line(print, row))
	}
	if last := r.LastDecision(); last != nil && last.Comment != "" && last.Revision == r.Revision {
		label := print.Text("label."+string(last.State), nil)
		c.Lines = append(c.Lines, bot.Line{Label: label, Text: workflows.Inert(last.Comment), Tone: workflows.Warn, Typed: true})
	}
	c.Steps = steps(v, print)
	c.Actions = actions(v, viewer, print)
	c.Fallback = print.Text("card.fallback",
		workflows.Args{"Number": r.Number, "Title": c.Title, "Who": c.Who, "Status": c.Status.Text})
	if relation != workflows.ToApprover {
		return c, nil, true
	}
	facts, err := json.Marshal(rows)
	if err != nil {
		panic(fmt.Sprintf("rows are plain data: %v", err))
	}
	return c, facts, true
}

// Line shows a row.
func Line(print *texts.Printer, row workflows.Row) bot.Line {
	l := bot.Line{Text: print.Text(row.Text, row.Args), Tone: row.Tone, Typed: row.Text == "text.quote"}
	if row.Label != "" {
		l.Label = print.Text(row.Label, nil)
	}
	return l
}

// decided is how a decision is meant.
var decided = map[workflows.TurnState]workflows.Tone{
	workflows.TurnApproved: workflows.Good, workflows.TurnRejected: workflows.Bad, workflows.TurnReturned: workflows.Warn,
}

// status says where a request stands, to this viewer.
func status(v engine.View, viewer workflows.Person, print *texts.Printer) bot.Status {
	r := v.Request
	info, _ := v.Kind.State(r.State)
	args := workflows.Args{"State": print.State(r.Kind, r.State)}
	if info.Routed {
		if r.OpenTurn(viewer.ID) != nil {
			return bot.Status{Text: print.Text("status.yours", args), Tone: workflows.Wait}
		}
		args["Names"] = names(v, r.Open())
		return bot.Status{Text: print.Text("status.waiting", args), Tone: workflows.Wait}
	}
	last := r.LastDecision()
	if last != nil && v.Kind.Decided(r.State) {
		args["By"] = decider(v, *last, print) // when: the step's own line says
		return bot.Status{Text: print.Text("status."+string(last.State), args), Tone: decided[last.State]}
	}
	args["At"] = print.Time(r.ChangedAt)
	return bot.Status{Text: print.Text("status.ended", args), Tone: workflows.Quiet}
}
