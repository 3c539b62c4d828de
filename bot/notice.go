package bot

import (
	"cmp"
	"slices"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Numbered is a notice with the number of the request that it is about; empty: it is about none.
type Numbered struct {
	workflows.Notice
	Number string
}

// DrawNotices makes one message of the notices of a digest, all of one kind: each request once, the oldest matter first. One alone is drawn as itself.
func DrawNotices(list []Numbered, print *texts.Printer) Message {
	since := func(n Numbered) string { s, _ := n.Args["Since"].(string); return s }
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Numbered) int {
		return cmp.Or(cmp.Compare(since(a), since(b)), cmp.Compare(a.Number, b.Number))
	})
	list = slices.CompactFunc(list, func(a, b Numbered) bool { return a.Number == b.Number })
	if len(list) == 1 {
		return drawNotice(list[0], print)
	}
	m := Message{Text: print.Text(list[0].Text+".digest", workflows.Args{"Count": len(list)}), Tone: workflows.Warn}
	for _, n := range list {
		m.Items = append(m.Items, Item{
			Text:   n.Number,
			Detail: print.Text("approvals.item", workflows.Args{"Name": n.Args["Requester"], "Since": since(n)}),
			Action: &Action{Name: "show", Label: print.Text("action.show", nil), Number: n.Number, Opens: true},
		})
	}
	return m
}

// drawNotice makes the message of a notice, with a button that shows the request it is about, if there is one.
func drawNotice(n Numbered, print *texts.Printer) Message {
	number := n.Number
	args := workflows.Args{"Number": number}
	for name, value := range n.Args {
		args[name] = value
	}
	args["Number"] = number // a new request had none yet when the notice was decided
	m := Message{Text: print.Text(n.Text, args)}
	if number == "" { // something that an administrator has to look at
		m.Tone = workflows.Warn
		return m
	}
	m.Actions = []Action{{Name: "show", Label: print.Text("action.show", nil), Number: number, Opens: true}}
	switch n.Text {
	case "notice.approved":
		m.Tone = workflows.Good
	case "notice.rejected":
		m.Tone = workflows.Bad
	case "notice.remind", "notice.nudge", "notice.escalated", "notice.expire":
		m.Tone = workflows.Warn
	}
	return m
}
