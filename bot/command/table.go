package command

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// command is one that no kind brings.
type command struct {
	name       string
	takes      bool   // something may follow it, which the text usage.NAME names
	registered string // its name where a chat registers an app's commands; empty: it has none there
	audience   bot.Audience
	unlisted   bool                   // no list of commands has it
	slashed    bool                   // with words behind it, it is one only behind a slash: "away tomorrow" asks for leave
	opens      func(args string) bool // tells whether it opens a form; nil: it never does
	own        func(args string) bool // tells which words behind it are its own, where a kind has its name; nil: all are
	whole      func(args string) bool // without a slash, tells of several words behind it whether they are its own; nil: they never are
	run        func(ctx context.Context, c call) (Result, error)
}

// table has the commands but for help, which tells of them. Each is in a file of its name. Whoever reads the list has no use for link, and
// unlink asks nothing more; whoever has just been unlinked hears so again when it is delivered twice.
var table = []command{
	{name: "approvals", registered: "approvals", audience: bot.Employees, run: approvals},
	{name: "requests", takes: true, registered: "requests", audience: bot.Employees, run: requests},
	{name: "tasks", takes: true, registered: "tasks", audience: bot.Employees, opens: opensTask, run: tasks},
	{name: "onboarding", takes: true, audience: bot.Employees, unlisted: true, opens: opensOnboarding, own: ofPlans, run: onboarding},
	{name: "away", takes: true, audience: bot.Employees, slashed: true, run: away},
	{name: "balance", takes: true, audience: bot.Employees, run: balance},
	{name: "payments", audience: bot.Employees, run: payments},
	{name: "report", takes: true, audience: bot.Employees, whole: isReport, run: runReport},
	{name: "cancel", audience: bot.Employees, run: cancel},
	{name: "link", takes: true, audience: bot.Newcomers, unlisted: true, run: link},
	{name: "unlink", audience: bot.Newcomers, unlisted: true, run: unlink},
}

// takesAll tells whether words behind the command are its own, and not meant for the kind of its name.
func (c command) takesAll(args string) bool { return c.own == nil || c.own(args) }

// named gives commands by all that people call them.
func named(list []command, t *texts.Texts) map[string]command {
	words := map[string]command{}
	for _, c := range list {
		words[c.name] = c
		for _, language := range workflows.Languages {
			for word := range strings.FieldsSeq(t.Say(language, "said."+c.name, nil)) {
				words[folded(word)] = c
			}
		}
	}
	return words
}
