package draw

import (
	"cmp"
	"maps"
	"slices"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// About is a notice with the subject that it is about, as that is when it goes out; the zero one: it is about none.
type About struct {
	workflows.Notice
	Subject workflows.Ref
	Gist    workflows.Row // what the subject is about, in a line; without a text: that is not said
	Actions []bot.Action  // what the notice's party can do about it
	Past    bool          // its While no longer holds for its party
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
		item := bot.Item{Text: n.Subject.Number, Detail: print.Text(print.Own(n.Subject.Kind, n.Text+".item"), n.args(print))}
		if n.Gist.Text != "" {
			item.Text = print.Text(n.Gist.Text, n.Gist.Args)
		}
		if bot.Employees.For(n.Party) {
			main := func(a bot.Action) bool { return a.Style == workflows.Primary } // the others are on the card
			if i := slices.IndexFunc(n.Actions, main); i >= 0 {
				item.Actions = append(item.Actions, n.Actions[i])
			}
			item.Actions = append(item.Actions, ShowButton(print, n.Subject))
		}
		m.Items = append(m.Items, item)
	}
	return m
}

// notice makes the message of a notice in the words of its subject's kind, with what an employee can do about it and a button that shows
// it.
func notice(n About, print *texts.Printer) bot.Message {
	if n.Subject.ID == "" { // something that an administrator has to look at
		return bot.Message{Text: print.Text(n.Text, n.Args), Tone: n.Tone}
	}
	m := bot.Message{Text: print.Text(print.Own(n.Subject.Kind, n.Text), n.args(print)), Tone: n.Tone}
	if bot.Employees.For(n.Party) {
		m.Actions = append(slices.Clone(n.Actions), ShowButton(print, n.Subject))
	}
	return m
}

// args are what the text of a notice may say: its own arguments, and of its subject the number, what it is about in a line (Gist), and what
// that line is made of.
func (n About) args(print *texts.Printer) workflows.Args {
	args := workflows.Args{"Gist": ""}
	maps.Copy(args, n.Gist.Args)
	if n.Gist.Text != "" {
		args["Gist"] = print.Text(n.Gist.Text, n.Gist.Args)
	}
	maps.Copy(args, n.Args)
	args["Number"] = n.Subject.Number // a new subject had none yet when the notice was decided
	return args
}
