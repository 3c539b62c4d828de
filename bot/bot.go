package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
)

// Engine is what the bot asks of the engine.
type Engine interface {
	Now() time.Time
	Kinds() []*workflows.Kind
	Current(name workflows.KindName) (*workflows.Kind, bool)
	KindOf(ctx context.Context, r workflows.Request) (*workflows.Kind, error)
	Find(ctx context.Context, number string) (workflows.Ref, error)
	Preview(ctx context.Context, requester workflows.Person, name workflows.KindName, id workflows.SubjectID, raw workflows.Form) (workflows.Preview, error)
	View(ctx context.Context, id workflows.SubjectID) (engine.View, error)
	Submit(ctx context.Context, cause workflows.Cause, name workflows.KindName, requester workflows.Person, form workflows.Form) (workflows.Answer, error)
	Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error)
}

// Directory is what the bot looks up about people and what concerns them.
type Directory interface {
	// BoundParty finds whom a chat user is known to be, with the person if it is one.
	BoundParty(ctx context.Context, u workflows.ChatUser) (workflows.Party, workflows.Person, error)
	RequestsOf(ctx context.Context, person workflows.PersonID, limit int) ([]workflows.Listed, error)
	ApprovalsOf(ctx context.Context, person workflows.PersonID, limit int) ([]workflows.Listed, error)
	Ledgers(ctx context.Context, person workflows.PersonID, now time.Time) ([]workflows.Ledger, error)
	// Redeem binds a chat user to the person whose code they bring.
	Redeem(ctx context.Context, u workflows.ChatUser, code string, now time.Time) (workflows.Person, error)
	// Unbind ends what a chat user is known as. byHand: only a code makes them known again.
	Unbind(ctx context.Context, u workflows.ChatUser, byHand bool, now time.Time) error
	// Refresh has a party's cards of a subject drawn again.
	Refresh(ctx context.Context, id workflows.SubjectID, to workflows.Party) error
	Files
}

// Bot answers updates.
type Bot struct {
	engine    Engine
	directory Directory
	texts     *texts.Texts
	called    map[string]command
	refreshed func() // wakes whoever draws cards
}

// New makes a bot. refreshed is called after it has asked for cards to be drawn again.
func New(e Engine, d Directory, t *texts.Texts, refreshed func()) *Bot {
	return &Bot{engine: e, directory: d, texts: t, called: called(t), refreshed: refreshed}
}

// chat is one update being answered.
type chat struct {
	*Bot
	cause  workflows.Cause
	party  workflows.Party
	person workflows.Person // that the party is, if it is one
	print  *texts.Printer
	others []*texts.Printer // to somebody whose language nobody knows, every sentence is said in these, too
	reply  Reply
}

// Handle answers an update. Whatever goes wrong, its sender hears of it; the error is returned when the adapter should know too, because the update
// was surely not saved and may come again.
func (b *Bot) Handle(ctx context.Context, u Update, reply Reply) error {
	party, person, err := b.directory.BoundParty(ctx, u.Cause.ChatUser)
	stranger := errors.Is(err, &workflows.Error{Code: workflows.Unknown})
	if u.Stranger != nil && stranger {
		err = u.Stranger
	}
	c := &chat{Bot: b, cause: u.Cause, party: party, reply: reply}
	c.reader(person, u.Language)
	content := b.meant(u.Content)
	if err == nil || stranger && b.forStrangers(content) {
		err = c.guarded(ctx, content)
	}
	if err == nil {
		return nil
	}
	if told := reply.Tell(context.WithoutCancel(ctx), c.failure(ctx, err)); told != nil {
		slog.ErrorContext(ctx, "a refusal could not be told", "platform", u.Cause.Platform, "error", told)
	}
	if errors.Is(err, &workflows.Error{Code: workflows.Unavailable}) || errors.Is(err, &workflows.Error{Code: workflows.Unconfirmed}) {
		return err
	}
	return nil
}

// reader has what follows said to a person, or to somebody who is nobody yet in the language of their app. When that is not known either, it is said in
// all of them, one under the other.
func (c *chat) reader(person workflows.Person, app string) {
	c.person, c.print, c.others = person, c.texts.ForPerson(person, c.engine.Now()), nil
	switch {
	case person.ID != 0:
	case app != "":
		c.print = c.texts.For(app, "UTC", c.engine.Now())
	default:
		for _, language := range workflows.Languages {
			if language != c.print.Language() {
				c.others = append(c.others, c.texts.For(language, "UTC", c.engine.Now()).Spelling(Spelling(c.reply)))
			}
		}
	}
	c.print.Spelling(Spelling(c.reply))
}

// guarded keeps a fault in the answer to one update from ending the program.
func (c *chat) guarded(ctx context.Context, content Content) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.answer(ctx, content)
}

func (c *chat) answer(ctx context.Context, content Content) error {
	if err := c.allowed(content); err != nil {
		return err
	}
	switch content := content.(type) {
	case Command:
		return c.command(ctx, content)
	case Said:
		return c.said(ctx, content.Text)
	case Press:
		return c.press(ctx, content.Action)
	case Submission:
		return c.submission(ctx, content.FormState)
	case Recalculation:
		return c.recalculation(ctx, content.FormState)
	}
	return fmt.Errorf("unknown content %T", content)
}

func (c *chat) text(key string, args workflows.Args) string {
	text := c.print.Text(key, args)
	for _, print := range c.others {
		text += "\n" + print.Text(key, args)
	}
	return text
}

func (c *chat) tell(ctx context.Context, key string, args workflows.Args) error {
	return c.reply.Tell(ctx, Message{Text: c.text(key, args)})
}

// failure makes the sentence for an error. One that is no refusal is logged under an id, and the person reads that id and nothing else.
func (c *chat) failure(ctx context.Context, err error) Message {
	var refusal *workflows.Error
	if errors.As(err, &refusal) {
		if refusal.Code == workflows.Unavailable || refusal.Code == workflows.Unconfirmed {
			slog.ErrorContext(ctx, "an update was not saved", "platform", c.cause.Platform, "error", err)
		}
		return Message{Text: c.text(refusal.Text, refusal.Args), Tone: workflows.Warn}
	}
	id := uuid.NewString()[:8]
	slog.ErrorContext(ctx, "an update failed", "id", id, "platform", c.cause.Platform, "person", c.person.No, "error", err)
	return Message{Text: c.text("error.internal", workflows.Args{"ID": id}), Tone: workflows.Bad}
}
