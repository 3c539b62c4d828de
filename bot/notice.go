package bot

import (
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// DrawNotice makes the message of a notice, with a button that shows the request it is about, if there is one.
func DrawNotice(n workflows.Notice, number string, print *texts.Printer) Message {
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
