package draw

import (
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Card makes a card of what somebody may see of a request.
func Card(v workflows.View, print *texts.Printer) bot.Card {
	c := bot.Card{Subject: v.ID, Number: v.Number, Kind: v.Kind, Revision: v.Revision, Seq: v.Seq,
		Icon: print.Text(string(v.Kind)+".icon", nil), Title: print.Text(v.Title.Text, v.Title.Args), Who: workflows.Inert(v.Of),
		Status: bot.Status{Text: print.Text(v.Status.Text, v.Status.Args), Tone: v.Status.Tone}}
	for _, row := range v.Rows {
		c.Lines = append(c.Lines, lines(print, row)...)
	}
	if v.Comment.Text != "" {
		c.Lines = append(c.Lines, Line(print, v.Comment))
	}
	c.Steps, c.Actions = Steps(v.Steps, print), actions(v, print)
	return fallback(c, print)
}

// Replaced shrinks a card to the line that an older card of a request becomes: where that stands, the newer one says.
func Replaced(c bot.Card, print *texts.Printer) bot.Card {
	c = c.Fold()
	c.Title, c.Who, c.Status = "", "", bot.Status{Text: print.Text("status.replaced", nil), Tone: workflows.Quiet}
	c.Fallback = c.Number + " · " + c.Status.Text
	return c
}

func fallback(c bot.Card, print *texts.Printer) bot.Card {
	c.Fallback = print.Text("card.fallback", workflows.Args{"Number": c.Number, "Title": c.Title, "Who": c.Who, "Status": c.Status.Text})
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

// lines shows a row with what it said before: in front of it, or, where either is somebody's own words or long, in a line below it.
func lines(print *texts.Printer, row workflows.Row) []bot.Line {
	now := Line(print, row)
	if row.Was == nil {
		return []bot.Line{now}
	}
	was := Line(print, *row.Was)
	if !now.Typed && !was.Typed && !strings.Contains(now.Text+was.Text, "\n") {
		now.Text = print.Text("row.changed", workflows.Args{"Was": was.Text, "Now": now.Text})
		return []bot.Line{now}
	}
	was.Label = print.Text("label.before", workflows.Args{"Label": now.Label})
	return []bot.Line{now, was}
}
