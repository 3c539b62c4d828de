package command

import (
	"context"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
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
	run := call{by, c.engine, c.directory, c.refreshed, ""}
	if cmd, ok := typed.(bot.Command); ok && c.read(typed, by.Person, nil).nothing() {
		return run.message("command.unknown", workflows.Args{"Name": workflows.Cut(strings.ToLower(cmd.Name), 40)}), nil
	}
	_, line := words(typed)
	if _, said := typed.(bot.Said); said {
		if r, ok := phrase.ReminderIn(line, run.today()); ok {
			return run.remind(ctx, r)
		}
	}
	people, err := c.directory.PeopleNamed(ctx, phrase.NameWords(line), likely)
	if err != nil {
		return Result{}, err
	}
	return c.read(typed, by.Person, people).answer(ctx, run, c)
}

// likely is how many people a line is held against that have a word of it in their names.
const likely = 50

// Audience tells for whom it is what was typed. Kinds of requests are for employees.
func (c *Commands) Audience(typed bot.Content) bot.Audience {
	if known, _, ok := c.find(typed); ok {
		return known.audience
	}
	return bot.Employees
}

// Opens tells, without looking anything up, whether what was typed opens a form.
func (c *Commands) Opens(typed bot.Content) bool {
	if known, args, ok := c.find(typed); ok {
		return known.opens != nil && known.opens(args)
	}
	return c.read(typed, workflows.Person{}, nil).opens()
}

// Means tells whether what was typed is a command and no more, as help, 取消 or "requests LV-1": such a line answers no question.
func (c *Commands) Means(typed bot.Content) bool {
	_, _, ok := c.find(typed)
	return ok
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
		known, ok = c.named[folded(typed.Name)]
		args = strings.TrimSpace(typed.Args)
		return known, args, ok && known.takesAll(args)
	case bot.Said:
		cmd := bot.ReadCommand(typed.Text)
		known, ok = c.named[folded(cmd.Name)]
		short := cmd.Args == "" || known.takes && !known.slashed && len(strings.Fields(cmd.Args)) == 1
		ok = ok && known.takesAll(cmd.Args)
		return known, cmd.Args, ok && (short || known.whole != nil && known.whole(cmd.Args))
	}
	return command{}, "", false
}

// folded is a word as it names a command.
func folded(word string) string { return strings.ToLower(workflows.Folded(word)) }

// kindOf finds the kind whose name what was typed begins with, with what is behind it.
func (c *Commands) kindOf(typed bot.Content) (k *workflows.Kind, args string, ok bool) {
	cmd, _ := words(typed)
	k, ok = c.engine.Current(workflows.KindName(folded(cmd.Name)))
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

// examples are lines that can be said, one for each kind.
func (c *Commands) examples(print *texts.Printer) []string {
	var list []string
	for _, k := range c.engine.Kinds() {
		list = append(list, print.Text(string(k.Kind)+".example", nil))
	}
	return list
}
