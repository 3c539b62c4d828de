package draw

import (
	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// ShowButton shows a request.
func ShowButton(print *texts.Printer, subject workflows.Ref) bot.Action {
	return bot.Action{Name: bot.ShowAction, Label: print.Text("action.show", nil), Number: subject.Number, Subject: subject.ID, Opens: true}
}

// actions lists the buttons that are this viewer's to press now, in the order of the definition.
func actions(v engine.View, viewer workflows.Person, print *texts.Printer) []bot.Action {
	r := v.Request
	var list []bot.Action
	for _, t := range v.Kind.Offered(r, workflows.PersonActor(viewer, ""), v.Facts) {
		list = append(list, bot.Action{Name: string(t.Event), Label: print.Of(r.Kind, "event."+string(t.Event), nil),
			Style: v.Kind.Moves[t.Event].Style, Number: r.Number, Subject: r.ID, Digest: r.Digest, Opens: t.Form || len(t.Asks) > 0})
	}
	if count := len(v.Kind.FilesOf(r.Form)); count > 0 {
		label := print.Text("action.files", workflows.Args{"Count": count})
		list = append(list, bot.Action{Name: bot.FilesAction, Label: label, Number: r.Number, Subject: r.ID, Opens: true})
	}
	return list
}
