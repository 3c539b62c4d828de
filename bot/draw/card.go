package draw

import (
	"maps"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Card makes a card of what somebody may see of a request.
func Card(v workflows.View, print *texts.Printer) bot.Card {
	c := bot.Card{Subject: v.ID, Number: v.Number, Kind: v.Kind, Revision: v.Revision, Seq: v.Seq,
		Icon: icon(v, print), Title: print.Text(v.Title.Text, v.Title.Args), Who: workflows.Inert(v.Of),
		Status: bot.Status{Text: print.Of(v.Kind, v.Status.Text, v.Status.Args), Tone: v.Status.Tone}}
	for _, row := range v.Rows {
		c.Lines = append(c.Lines, lines(print, row)...)
	}
	c.Lines = append(c.Lines, toMend(v, print)...)
	if v.Comment.Text != "" {
		c.Lines = append(c.Lines, Line(print, v.Comment))
	}
	c.Steps, c.Actions = Steps(v.Steps, print), actions(v, print)
	c.Fallback = fallback(c, v, print)
	return c
}

// toMend says what has to be mended of a draft before it can be sent, each fault with the line and the field that it belongs to. What is
// only missing the kind's own rows say.
func toMend(v workflows.View, print *texts.Printer) []bot.Line {
	var list []bot.Line
	for _, fault := range v.Faults {
		if fault.Missing() {
			continue
		}
		args := workflows.Args{"Line": "", "Field": "", "Fault": print.Text(fault.Text, fault.Args)}
		if base, line := workflows.SplitLineName(fault.Field); fault.Field != "" {
			args["Field"] = print.Of(v.Kind, "field."+base, nil)
			if v.Listed(base) {
				args["Line"] = line
			}
		}
		l := bot.Line{Text: print.Text("card.mend", args), Tone: workflows.Warn}
		if len(list) == 0 {
			l.Label = print.Text("label.mend", nil)
		}
		list = append(list, l)
	}
	return list
}

// Replaced shrinks a card to the line that an older card of a request becomes: where that stands, the newer one says.
func Replaced(c bot.Card, print *texts.Printer) bot.Card {
	c = c.Fold()
	c.Title, c.Who, c.Status = "", "", bot.Status{Text: print.Text("status.replaced", nil), Tone: workflows.Quiet}
	c.Fallback = c.Number + " · " + c.Status.Text
	return c
}

// fallback is what a notification shows of a card: who asks, and for what. A kind may say it with what its gist is made of.
func fallback(c bot.Card, v workflows.View, print *texts.Printer) string {
	args := workflows.Args{"Gist": c.Title}
	key := "card.fallback"
	if v.Gist.Text != "" {
		maps.Copy(args, v.Gist.Args)
		args["Gist"] = print.Text(v.Gist.Text, v.Gist.Args)
		key = print.Own(v.Kind, key)
	}
	args["Number"], args["Who"], args["Status"] = c.Number, c.Who, c.Status.Text
	return print.Text(key, args)
}

// Line shows a row.
func Line(print *texts.Printer, row workflows.Row) bot.Line {
	l := bot.Line{Text: print.Text(row.Text, row.Args), Tone: row.Tone, Typed: row.Text == "text.quote", Link: row.Link}
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
