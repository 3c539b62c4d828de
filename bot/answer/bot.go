package answer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
)

// Bot answers updates.
type Bot struct {
	engine    Engine
	directory Directory
	commands  *command.Commands
	texts     *texts.Texts
	refreshed func() // wakes whoever draws cards
}

// New makes a bot. refreshed is called after it has asked for cards to be drawn again.
func New(e Engine, d Directory, t *texts.Texts, refreshed func()) *Bot {
	return &Bot{engine: e, directory: d, commands: command.New(e, d, t, refreshed), texts: t, refreshed: refreshed}
}

// Commands lists what can be typed, in a language, first what the kinds bring.
func (b *Bot) Commands(language string) []bot.CommandHelp {
	return b.commands.Help(b.texts.For(language, "UTC", b.engine.Now()))
}

// IsCommand tells whether what was typed is a command and no more: in a chat that asks for one thing after the other, it is no answer.
func (b *Bot) IsCommand(c bot.Content) bool { return b.commands.Means(c) }

// OpensForm tells, without looking anything up, whether an update is one that opens a form. A platform whose triggers live for seconds then
// shows an empty form at once, and has Reply.Open fill it.
func (b *Bot) OpensForm(c bot.Content) bool {
	switch c := c.(type) {
	case bot.Command, bot.Said:
		return b.commands.Opens(c)
	case bot.Press:
		switch c.Action.Name {
		case bot.CommandAction:
			return b.commands.Opens(bot.ReadCommand(c.Action.Args))
		case bot.ShowAction, bot.FilesAction:
			return false
		}
		return c.Action.Opens
	}
	return false
}

// Handle answers an update. Whatever goes wrong, its sender hears of it; the error is returned when the adapter should know too, because
// the update was surely not saved and may come again.
//
// Who sends it is looked up first, except where they press what happens at once: the transaction finds out who they are and whether they
// may, and its answer says so. They are looked up all the same when it is refused, since who they are says in which words.
func (b *Bot) Handle(ctx context.Context, u bot.Update, reply bot.Reply) error {
	x := &exchange{engine: b.engine, directory: b.directory, commands: b.commands, refreshed: b.refreshed, texts: b.texts, update: u,
		reply: reply, audience: b.audience(u.Content)}
	var err error
	if !b.atOnce(u.Content) {
		err = x.identify(ctx)
	}
	if err == nil {
		err = guarded(ctx, x, u.Content)
	}
	if err == nil {
		return nil
	}
	if unknown := x.identify(ctx); unknown != nil && !errors.Is(unknown, &workflows.Error{Code: workflows.Unavailable}) {
		err = unknown // it is not theirs to ask, whatever else is wrong with it
	}
	if lost := reply.Tell(context.WithoutCancel(ctx), x.failure(ctx, err)); lost != nil {
		slog.ErrorContext(ctx, "a refusal could not be told", "platform", u.Cause.Platform, "error", lost)
	}
	if errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) || errors.Is(err, &workflows.Error{Code: workflows.Unconfirmed}) {
		return err
	}
	return nil
}

// atOnce tells whether an update is a button that needs nothing looked up before what it does.
func (b *Bot) atOnce(c bot.Content) bool {
	press, ok := c.(bot.Press)
	if !ok || press.Action.Opens {
		return false
	}
	switch press.Action.Name {
	case bot.CommandAction, bot.ShowAction, bot.FilesAction, bot.AgainAction:
		return false
	}
	return true
}

// audience tells for whom something is. Buttons and forms of requests are for employees.
func (b *Bot) audience(c bot.Content) bot.Audience {
	switch c := c.(type) {
	case bot.Command:
		return b.commands.Audience(c)
	case bot.Said:
		return b.commands.Audience(bot.ReadTyped(c.Text)) // under files, a command may stand
	}
	return bot.Employees
}

// guarded keeps a fault in the answer to one update from ending the program.
func guarded(ctx context.Context, x *exchange, c bot.Content) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(ctx, x, c)
}

func answer(ctx context.Context, x *exchange, c bot.Content) error {
	switch c := c.(type) {
	case bot.Command:
		return x.typed(ctx, c, nil)
	case bot.Said:
		if len(c.Uploads) > 0 {
			return x.handed(ctx, c)
		}
		return x.typed(ctx, c, nil)
	case bot.Press:
		if c.Action.Name == bot.CommandAction {
			return x.typed(ctx, bot.ReadCommand(c.Action.Args), nil)
		}
		return x.press(ctx, c.Action)
	case bot.Submission:
		return x.submission(ctx, c.FormState)
	case bot.Recalculation:
		return x.recalculation(ctx, c)
	}
	return fmt.Errorf("unknown content %T", c)
}
