package command

import (
	"context"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Commands are all that can be typed: the commands of this package, the kinds by their names, and lines that read like a request.
type Commands struct {
	reader
	directory Directory
	refreshed func()
	list      []command
	named     map[string]command
}

// New makes the commands. refreshed is called when somebody has become known, whose cards are to be drawn here now.
func New(e Engine, d Directory, t *texts.Texts, refreshed func()) *Commands {
	c := &Commands{reader: reader{e, t}, directory: d, refreshed: refreshed}
	c.list = append(slices.Clone(table), command{name: "help", audience: bot.Employees, run: c.help})
	c.named = named(c.list, t)
	return c
}

// Run does what was typed, a Command or Said, and gives what came of it.
func (c *Commands) Run(ctx context.Context, by Author, typed bot.Content) (Result, error) {
	if known, args, ok := c.find(typed); ok {
		return known.run(ctx, call{by, c.engine, c.directory, c.refreshed, args})
	}
	if ask, guessed, ok := c.ask(typed, by.Person); ok {
		if guessed { // whoever wrote it sees what was understood before they send anything
			ask.Intro = by.Print.Text("form.understood", nil)
		}
		return Result{Ask: &ask}, nil
	}
	text := by.Print.Text("said.unclear", nil)
	if cmd, ok := typed.(bot.Command); ok {
		text = by.Print.Text("command.unknown", workflows.Args{"Name": workflows.Cut(strings.ToLower(cmd.Name), 40)})
	}
	return Result{Message: bot.Message{Text: text}}, nil
}

// Audience tells for whom it is what was typed. Kinds of requests are for employees.
func (c *Commands) Audience(typed bot.Content) bot.Audience {
	if known, _, ok := c.find(typed); ok {
		return known.audience
	}
	return bot.Employees
}

// Opens tells, without looking anything up, whether what was typed opens a form.
func (c *Commands) Opens(typed bot.Content) bool {
	if _, _, ok := c.find(typed); ok {
		return false
	}
	_, _, ok := c.ask(typed, workflows.Person{})
	return ok
}

// Help lists what can be typed, first what the kinds bring.
func (c *Commands) Help(print *texts.Printer) []bot.CommandHelp {
	var list []bot.CommandHelp
	for _, k := range c.engine.Kinds() {
		list = append(list, bot.CommandHelp{Name: string(k.Kind), Usage: usage(k), Help: print.Text(string(k.Kind)+".help", nil)})
	}
	for _, cmd := range c.list {
		if !cmd.unlisted {
			list = append(list, bot.CommandHelp{Name: cmd.name, Usage: cmd.usage, Help: print.Text("command."+cmd.name, nil)})
		}
	}
	return list
}

func (c *Commands) help(_ context.Context, by call) (Result, error) {
	return help(by.Print, c.Help(by.Print)), nil
}

// find gives the command that was typed, with what followed it. A line is one when it says no more than that: "help", "requests LV-1",
// 帮助, "link CODE".
func (c *Commands) find(typed bot.Content) (known command, args string, ok bool) {
	switch typed := typed.(type) {
	case bot.Command:
		known, ok = c.named[strings.ToLower(typed.Name)]
		return known, strings.TrimSpace(typed.Args), ok
	case bot.Said:
		cmd := bot.ReadCommand(typed.Text)
		known, ok = c.named[strings.ToLower(cmd.Name)]
		short := cmd.Args == "" || known.usage != "" && len(strings.Fields(cmd.Args)) == 1
		return known, cmd.Args, ok && short
	}
	return command{}, "", false
}

// ask gives the form that was asked for: by the name of a kind, with what is to go into its form behind it, or, which is a guess, by a line
// that reads like a request.
func (c *Commands) ask(typed bot.Content, p workflows.Person) (ask Ask, guessed, ok bool) {
	var cmd bot.Command
	var line string
	switch typed := typed.(type) {
	case bot.Command:
		cmd, line = typed, strings.TrimSpace(typed.Name+" "+typed.Args)
	case bot.Said:
		cmd, line = bot.ReadCommand(typed.Text), typed.Text
	}
	if kind, ok := c.engine.Current(workflows.KindName(strings.ToLower(cmd.Name))); ok {
		return Ask{Kind: kind, Values: c.behind(kind, cmd.Args, p)}, false, true
	}
	kind, values, ok := c.line(line, p)
	return Ask{Kind: kind, Values: values}, true, ok
}
