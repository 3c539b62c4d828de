package bot

import (
	"context"
	"strings"
	"unicode"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Typed reads what was typed: a command behind a slash, which may be full-width, as Chinese keyboards write it, or a line.
func Typed(text string) Content {
	text = strings.TrimSpace(text)
	for _, slash := range []string{"/", "／"} {
		if rest, ok := strings.CutPrefix(text, slash); ok {
			cmd := asCommand(rest)
			cmd.Name = strings.ToLower(cmd.Name)
			return cmd
		}
	}
	return Said{Text: text}
}

// said answers a line that is no command: it opens the form of the request that the line reads like, or shows what can be said.
func (c *chat) said(ctx context.Context, line string) error {
	if ok, err := c.understand(ctx, line); ok || err != nil {
		return err
	}
	return c.tell(ctx, "said.unclear", nil)
}

// meant gives the command that a line is when it says no more than one: "help", "requests LV-1", 帮助, "link CODE", or the name of a kind and whatever
// is to go into its form. Other content stays as it is.
func (b *Bot) meant(content Content) Content {
	said, ok := content.(Said)
	if !ok {
		return content
	}
	cmd := asCommand(said.Text)
	if _, ok := b.engine.Current(workflows.KindName(strings.ToLower(cmd.Name))); ok {
		return cmd
	}
	if known, ok := b.named(cmd.Name); ok && (cmd.Args == "" || known.usage != "" && len(strings.Fields(cmd.Args)) == 1) {
		return Command{Name: known.name, Args: cmd.Args}
	}
	return content
}

// called gives the commands that no kind brings, by all that people call them.
func called(t *texts.Texts) map[string]command {
	words := map[string]command{}
	for _, c := range commands() {
		words[c.name] = c
		for _, language := range workflows.Languages {
			for word := range strings.FieldsSeq(t.Say(language, "said."+c.name, nil)) {
				words[word] = c
			}
		}
	}
	return words
}

func (b *Bot) named(word string) (command, bool) {
	c, ok := b.called[strings.ToLower(word)]
	return c, ok
}

// asCommand reads a line as a command with its words; the space between them may be as wide as a Chinese keyboard makes it.
func asCommand(line string) Command {
	line = strings.TrimSpace(line)
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		return Command{Name: line[:i], Args: strings.TrimSpace(line[i:])}
	}
	return Command{Name: line}
}
