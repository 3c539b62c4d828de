package telegram

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"github.com/nod-chat/nod/bot"
)

// https://core.telegram.org/bots/api#botcommand
var commandShape = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

const (
	mostCommands    = 100
	mostDescription = 256
)

// SetCommands tells Telegram which commands there are: in English for everybody, in Chinese for those whose app is Chinese. It sets only
// what differs.
func (c *Chat) SetCommands(ctx context.Context) error {
	for _, language := range []struct{ code, ours string }{{"", "en"}, {"zh", "zh"}} { // two letters: "zh-hans" is refused
		want := botCommands(c.Bot.Commands(language.ours))
		scope := &models.BotCommandScopeAllPrivateChats{}
		set, err := c.api.GetMyCommands(ctx, &tg.GetMyCommandsParams{Scope: scope, LanguageCode: language.code})
		if err != nil {
			return fmt.Errorf("ask Telegram for the bot's commands: %w", err)
		}
		if slices.Equal(set, want) {
			continue
		}
		_, err = c.api.SetMyCommands(ctx, &tg.SetMyCommandsParams{Commands: want, Scope: scope, LanguageCode: language.code})
		if err != nil {
			return fmt.Errorf("set the bot's commands in Telegram: %w", err)
		}
	}
	return nil
}

func botCommands(list []bot.CommandHelp) []models.BotCommand {
	var commands []models.BotCommand
	for _, h := range list {
		if commandShape.MatchString(h.Name) && h.Help != "" && len(commands) < mostCommands {
			commands = append(commands, models.BotCommand{Command: h.Name, Description: cut(h.Help, mostDescription)})
		}
	}
	return commands
}

// commandWords are the words that may be pressed as commands where the bot speaks.
func (c *Chat) commandWords() map[string]bool {
	words := map[string]bool{}
	for _, h := range c.Bot.Commands("en") {
		words["/"+h.Name] = true
	}
	return words
}
