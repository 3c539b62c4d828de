package draw

import (
	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// ShowButton shows a request.
func ShowButton(print *texts.Printer, subject workflows.Ref) bot.Action {
	return bot.Action{Name: bot.ShowAction, Label: print.Text("action.show", nil), Number: subject.Number, Subject: subject.ID, Opens: true}
}

// offers makes a button of each event that a viewer can bring about now.
func offers(of workflows.Subject, can []workflows.Offer, print *texts.Printer) []bot.Action {
	var list []bot.Action
	for _, o := range can {
		list = append(list, bot.Action{Name: string(o.Event), Label: print.Of(of.Kind, "event."+string(o.Event), nil), Style: o.Style,
			Number: of.Number, Subject: of.ID, Digest: of.Digest, Opens: o.Opens})
	}
	return list
}

// actions makes a button of each thing that a viewer can do now.
func actions(v workflows.View, print *texts.Printer) []bot.Action {
	list := offers(v.Subject, v.Offers, print)
	if v.Again {
		label := print.Text("action.again", nil)
		list = append(list, bot.Action{Name: bot.AgainAction, Label: label, Number: v.Number, Subject: v.ID, Opens: true})
	}
	if v.Files > 0 {
		label := print.Text("action.files", workflows.Args{"Count": v.Files})
		list = append(list, bot.Action{Name: bot.FilesAction, Label: label, Number: v.Number, Subject: v.ID, Opens: true})
	}
	return list
}
