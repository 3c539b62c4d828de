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
	if k, args, ok := c.kindOf(typed); ok {
		if words, ok := c.forSomebody(k, args, by.Person); ok {
			return c.forOther(ctx, by, k, words)
		}
	}
	asked, guessed := c.asked(typed, by.Person)
	switch {
	case len(asked) > 1:
		return Result{Message: c.which(asked, typed, by.Print)}, nil
	case len(asked) == 1:
		if guessed { // whoever wrote it sees what was understood before they send anything
			asked[0].Intro = by.Print.Text("form.understood", nil)
		}
		return Result{Ask: &asked[0]}, nil
	}
	text := by.Print.Text("said.unclear", workflows.Args{"Examples": c.examples(by.Print)})
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
	asked, _ := c.asked(typed, workflows.Person{})
	return len(asked) == 1
}

// Help lists what can be typed, first what the kinds bring.
func (c *Commands) Help(print *texts.Printer) []bot.CommandHelp {
	var list []bot.CommandHelp
	for _, k := range c.engine.Kinds() {
		list = append(list, bot.CommandHelp{Name: string(k.Kind), Usage: usage(k, print), Registered: k.Command,
			Help: print.Text(string(k.Kind)+".help", nil)})
	}
	for _, cmd := range c.list {
		if !cmd.unlisted {
			h := bot.CommandHelp{Name: cmd.name, Registered: cmd.registered, Help: print.Text("command."+cmd.name, nil)}
			if cmd.takes {
				h.Usage = print.Text("usage."+cmd.name, nil)
			}
			list = append(list, h)
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
		short := cmd.Args == "" || known.takes && len(strings.Fields(cmd.Args)) == 1
		return known, cmd.Args, ok && short
	}
	return command{}, "", false
}

// asked gives the form that was asked for: by the name of a kind, with what is to go into its form behind it, or, which is a guess, by a
// line that reads like a request. Of several it is not known which is meant.
func (c *Commands) asked(typed bot.Content, p workflows.Person) (asked []Ask, guessed bool) {
	if kind, args, ok := c.kindOf(typed); ok {
		return []Ask{{Kind: kind, Requester: p, Values: c.behind(kind, args, p)}}, false
	}
	_, line := words(typed)
	for _, h := range c.line(line, p) {
		asked = append(asked, Ask{Kind: h.Kind, Requester: p, Values: h.Form})
	}
	return asked, true
}

// kindOf finds the kind whose name what was typed begins with, with what is behind it.
func (c *Commands) kindOf(typed bot.Content) (k *workflows.Kind, args string, ok bool) {
	cmd, _ := words(typed)
	k, ok = c.engine.Current(workflows.KindName(strings.ToLower(cmd.Name)))
	return k, cmd.Args, ok
}

// words reads what was typed both ways: as a command with what is behind it, and as a line.
func words(typed bot.Content) (cmd bot.Command, line string) {
	switch typed := typed.(type) {
	case bot.Command:
		return typed, strings.TrimSpace(typed.Name + " " + typed.Args)
	case bot.Said:
		return bot.ReadCommand(typed.Text), typed.Text
	}
	return bot.Command{}, ""
}

// which asks for which of several kinds a line was meant. Each has a button that opens its form, filled in as far as the line tells.
func (c *Commands) which(asked []Ask, typed bot.Content, print *texts.Printer) bot.Message {
	_, line := words(typed)
	m := bot.Message{Text: print.Text("said.which", nil)}
	for _, ask := range asked {
		kind := string(ask.Kind.Kind)
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: kind + " " + line, Opens: true,
			Label: print.Text(kind+".icon", nil) + " " + print.Text(kind+".form", nil)})
	}
	return m
}

// examples are lines that can be said, one for each kind.
func (c *Commands) examples(print *texts.Printer) []string {
	var list []string
	for _, k := range c.engine.Kinds() {
		list = append(list, print.Text(string(k.Kind)+".example", nil))
	}
	return list
}
