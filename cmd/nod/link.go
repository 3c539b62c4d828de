package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nod-chat/nod/storage"
)

type linkCommand struct {
	EmployeeNo string `arg:"" help:"Whose chat it will be."`
	Platform   string `arg:"" enum:"telegram,slack" help:"telegram or slack."`
}

// Help shows an example.
func (linkCommand) Help() string {
	return `Prints a code that binds one chat user to an employee. It works once, within ten minutes, and makes earlier codes ` +
		`worthless. The employee sends it to nod:

  Telegram:  /start CODE, or the link that is printed
  Slack:     link CODE, in a direct message

Whatever chat of that platform was theirs before ends with it.

Example: nod link E003 telegram`
}

// Run makes the code.
func (l linkCommand) Run(ctx context.Context, p *program) error {
	d, err := openDesk(ctx, p)
	if err != nil {
		return err
	}
	defer d.close()
	code, err := d.store.LinkCode(ctx, l.EmployeeNo, l.Platform)
	if err != nil {
		return d.explain(err)
	}
	fmt.Fprintln(p.stdout, code)
	until := time.Now().Add(storage.CodeLife).Format("15:04")
	switch l.Platform {
	case "slack":
		fmt.Fprintf(p.stdout, "until %s, in a direct message to nod in Slack: link %s\n", until, code)
	case "telegram":
		fmt.Fprintf(p.stdout, "until %s, to the bot in Telegram: /start %s\n", until, code)
		if d.config.TelegramBotToken == "" {
			return nil
		}
		name, err := telegramName(ctx, d.config)
		if err != nil {
			fmt.Fprintf(p.stderr, "the link cannot be printed: %s\n", oneLine(err))
			return nil
		}
		fmt.Fprintf(p.stdout, "or by the link: https://t.me/%s?start=%s\n", name, code)
	}
	return nil
}
