package command

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// report is one that can be asked for behind the command.
type report struct {
	name  string                 // behind the command in buttons; texts of report.NAME tell what it is
	words []string               // what people call it, in every language
	takes func(args string) bool // tells whether what follows its name can be read
	run   func(ctx context.Context, c call, args string) (Result, error)
}

// reports are those that there are. To add one, name it here, and give it its texts.
var reports = []report{
	{"expense", strings.Fields("expense expenses 报销 费用"), isSpending, spending("expense")},
	{"onboarding", strings.Fields("onboarding 入职 新员工"), isMonth, cohorts},
}

// runReport draws the report that is asked for, or says which there are.
func runReport(ctx context.Context, c call) (Result, error) {
	for _, r := range reports {
		if args, ok := r.asked(c.args); ok {
			return r.run(ctx, c, args)
		}
	}
	m := bot.Message{Text: c.text("report.list", nil)}
	if c.args != "" {
		m.Text = c.text("report.unknown", workflows.Args{"Value": workflows.Cut(c.args, 40)})
	}
	for _, r := range reports {
		show := bot.Action{Name: bot.CommandAction, Args: "report " + r.name, Label: c.text("action.show", nil)}
		item := bot.Item{Text: c.text("report."+r.name, nil), Detail: c.text("report."+r.name+".help", nil), Actions: []bot.Action{show}}
		m.Items = append(m.Items, item)
	}
	return Result{Message: m}, nil
}

// isReport tells whether what is said behind the command's name asks for a report, and is no sentence that begins like it: "report expense
// taxi 38" is a claim.
func isReport(line string) bool {
	return slices.ContainsFunc(reports, func(r report) bool {
		args, ok := r.asked(line)
		return ok && r.takes(args)
	})
}

// asked tells whether a line asks for the report, and gives what follows its name, from which Chinese needs no space.
func (r report) asked(line string) (args string, ok bool) {
	for _, word := range r.words {
		if len(line) < len(word) || !strings.EqualFold(line[:len(word)], word) {
			continue
		}
		rest := line[len(word):]
		last, _ := utf8.DecodeLastRuneInString(word)
		if rest == "" || rest[0] == ' ' || unicode.Is(unicode.Han, last) {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}
