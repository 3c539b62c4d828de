package draw

import (
	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Card makes a card of what somebody may see of a request.
func Card(v workflows.View, print *texts.Printer) bot.Card {
	c := bot.Card{Subject: v.ID, Number: v.Number, Kind: v.Kind, Revision: v.Revision, Seq: v.Seq,
		Icon: icon(v, print), Title: print.Text(v.Title.Text, v.Title.Args), Who: workflows.Inert(v.Of),
		Status: bot.Status{Text: print.Text(v.Status.Text, v.Status.Args), Tone: v.Status.Tone}}
	for _, row := range v.Rows {
		c.Lines = append(c.Lines, Line(print, row))
	}
	if v.Comment.Text != "" {
		c.Lines = append(c.Lines, Line(print, v.Comment))
	}
	c.Steps, c.Actions = Steps(v.Steps, print), actions(v, print)
	c.Fallback = print.Text("card.fallback", workflows.Args{"Number": v.Number, "Title": c.Title, "Who": c.Who, "Status": c.Status.Text})
	return c
}

// Line shows a row.
func Line(print *texts.Printer, row workflows.Row) bot.Line {
	l := bot.Line{Text: print.Text(row.Text, row.Args), Tone: row.Tone, Typed: row.Text == "text.quote"}
	if row.Label != "" {
		l.Label = print.Text(row.Label, nil)
	}
	return l
}

// icon is the emoji of a request: its own, where its kind has one for what it asks for, else the kind's.
func icon(v workflows.View, print *texts.Printer) string {
	key := string(v.Kind) + ".icon"
	if own := key + "." + v.Icon; v.Icon != "" && print.Has(own) {
		key = own
	}
	return print.Text(key, nil)
}
