package draw

import (
	"cmp"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// About is a notice with the subject that it is about; the zero one: it is about none.
type About struct {
	workflows.Notice
	Subject workflows.Ref
}

// Notices makes one message of the notices of a digest, all of one sort: each request once, the oldest matter first. One alone is drawn
// as itself.
func Notices(list []About, print *texts.Printer) bot.Message {
	since := func(n About) string { s, _ := n.Args["Since"].(string); return s }
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b About) int {
		return cmp.Or(cmp.Compare(since(a), since(b)), cmp.Compare(a.Subject.Number, b.Subject.Number))
	})
	list = slices.CompactFunc(list, func(a, b About) bool { return a.Subject == b.Subject })
	if len(list) == 1 {
		return notice(list[0], print)
	}
	first := list[0]
	key := print.Own(first.Subject.Kind, first.Text+".digest")
	m := bot.Message{Text: print.Text(key, workflows.Args{"Count": len(list)}), Tone: first.Tone}
	for _, n := range list {
		item := bot.Item{Text: n.Subject.Number, Detail: print.Text(print.Own(n.Subject.Kind, n.Text+".item"), n.Args)}
		if bot.Employees.For(n.Party) {
			show := ShowButton(print, n.Subject)
			item.Action = &show
		}
		m.Items = append(m.Items, item)
	}
	return m
}

// notice makes the message of a notice in the words of its subject's kind, with a button that shows an employee the request it is about.
func notice(n About, print *texts.Printer) bot.Message {
	args := workflows.Args{}
	for name, value := range n.Args {
		args[name] = value
	}
	if n.Subject.ID == "" { // something that an administrator has to look at
		return bot.Message{Text: print.Text(n.Text, args), Tone: n.Tone}
	}
	args["Number"] = n.Subject.Number // a new subject had none yet when the notice was decided
	m := bot.Message{Text: print.Text(print.Own(n.Subject.Kind, n.Text), args), Tone: n.Tone}
	if bot.Employees.For(n.Party) {
		m.Actions = []bot.Action{ShowButton(print, n.Subject)}
	}
	return m
}
