package bot

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// CommandHelp is a command as help and completion show it.
type CommandHelp struct {
	Name  string // without the slash
	Usage string
	Help  string
}

type command struct {
	name     string
	usage    string // what may follow it
	audience Audience
	run      func(c *chat, ctx context.Context, args string) error
}

// commands are those that no kind brings. Each is in a file of its name.
func commands() []command {
	return []command{
		{"approvals", "", employees, (*chat).approvals},
		{"requests", "[NUMBER]", employees, (*chat).requests},
		{"balance", "", employees, (*chat).balance},
		{"cancel", "", employees, (*chat).cancel},
		{linkCommand, "CODE", newcomers, (*chat).link},
		{unlinkCommand, "", employees, (*chat).unlink},
		{"help", "", employees, (*chat).help},
	}
}

func (c *chat) command(ctx context.Context, cmd Command) error {
	if known, ok := c.named(cmd.Name); ok {
		return known.run(c, ctx, strings.TrimSpace(cmd.Args))
	}
	name := strings.ToLower(cmd.Name)
	if kind, ok := c.engine.Current(workflows.KindName(name)); ok {
		return c.ask(ctx, kind, c.typed(kind, cmd.Args), "")
	}
	if ok, err := c.understand(ctx, strings.TrimSpace(cmd.Name+" "+cmd.Args)); ok || err != nil {
		return err
	}
	return c.tell(ctx, "command.unknown", workflows.Args{"Name": workflows.Cut(name, 40)})
}

// Commands lists what can be typed, in a language, first what the kinds bring.
func (b *Bot) Commands(language string) []CommandHelp {
	return b.commandHelp(b.texts.For(language, "UTC", b.engine.Now()))
}

func (b *Bot) commandHelp(print *texts.Printer) []CommandHelp {
	var list []CommandHelp
	for _, k := range b.engine.Kinds() {
		list = append(list, CommandHelp{Name: string(k.Kind), Usage: usage(k), Help: print.Text(string(k.Kind)+".help", nil)})
	}
	for _, cmd := range commands() {
		if cmd.name != linkCommand && cmd.name != unlinkCommand {
			list = append(list, CommandHelp{Name: cmd.name, Usage: cmd.usage, Help: print.Text("command."+cmd.name, nil)})
		}
	}
	return list
}

// usage is made from a kind's fields: what must be given first, a half day never, since it has a default.
func usage(k *workflows.Kind) string {
	var words []string
	for _, f := range k.Fields {
		if f.Type != workflows.HalfDay && f.Type != workflows.Files {
			words = append(words, "["+f.Name+"]")
		}
	}
	return strings.Join(words, " ")
}

// typed fills a form from what was typed behind a kind's command: word by word when the words are in the order of the form, else as a sentence.
func (c *chat) typed(k *workflows.Kind, args string) workflows.Form {
	form := readArgs(k, args, c.person)
	if slices.ContainsFunc(k.Fields, func(f workflows.Field) bool { return f.Type == workflows.DateDay && form[f.Name] != "" }) {
		return form
	}
	if kind, values, ok := c.reads(args, c.person); ok && kind.Kind == k.Kind {
		return values
	}
	return form
}

var looksLikeDate = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)

// readArgs fills a form from what was typed behind a command: each word goes to the next field that takes it, and the first word that none takes
// begins the long text. What looks like a date but is none goes to the date field too, which then says what is wrong with it.
func readArgs(k *workflows.Kind, typed string, requester workflows.Person) workflows.Form {
	form := workflows.Form{}
	words := strings.Fields(typed)
	for i, word := range words {
		field := fieldFor(k, form, word, requester)
		if field == nil {
			rest := strings.Join(words[i:], " ")
			at := slices.IndexFunc(k.Fields, func(f workflows.Field) bool { return f.Type == workflows.Long || f.Type == workflows.Text })
			if at >= 0 {
				form[k.Fields[at].Name] = rest
			}
			break
		}
		form[field.Name] = word
	}
	return form
}

func fieldFor(k *workflows.Kind, form workflows.Form, word string, requester workflows.Person) *workflows.Field {
	lastDate := ""
	for i := range k.Fields {
		f := &k.Fields[i]
		if f.Type == workflows.DateDay && form[f.Name] != "" {
			lastDate = f.Name
		}
		if form[f.Name] != "" {
			continue
		}
		switch f.Type {
		case workflows.Choice:
			for _, o := range k.Options[f.From](requester) {
				if o.Named(word) {
					return f
				}
			}
		case workflows.DateDay:
			if looksLikeDate.MatchString(word) {
				return f
			}
		case workflows.HalfDay: // belongs to the date that was read just before it
			if _, err := workflows.ParseHalf(word); err == nil && lastDate != "" && (i+1 == len(k.Fields) || form[k.Fields[i+1].Name] == "") {
				return f
			}
		}
	}
	return nil
}
