package answer

import (
	"context"
	"errors"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/engine"
	"github.com/nod-chat/nod/workflows/task"
)

// Engine is what the bot asks of the engine.
type Engine interface {
	Load(ctx context.Context, id workflows.SubjectID) (engine.Loaded, error)
	Submit(ctx context.Context, cause workflows.Cause, name workflows.KindName, requester workflows.Person, form workflows.Form) (
		workflows.Answer, error)
	Draft(ctx context.Context, name workflows.KindName, person workflows.PersonID) (id workflows.SubjectID, found bool, err error)
	Add(ctx context.Context, cause workflows.Cause, name workflows.KindName, person workflows.Person, form workflows.Form) (
		workflows.Answer, error)
	Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error)
	AddTask(ctx context.Context, cause workflows.Cause, t task.Task) (workflows.Answer, error)
	// KindOfSubject names what a subject is, and SortNamed and SortOf find the sort beside requests that is called so or has an event.
	KindOfSubject(ctx context.Context, id workflows.SubjectID) (workflows.KindName, error)
	SortNamed(kind workflows.KindName) (engine.Sort, bool)
	SortOf(event workflows.Event) (engine.Sort, bool)
	command.Engine
	form.Engine
}

// Directory is what the bot looks up about people and what concerns them.
type Directory interface {
	// BoundParty finds whom a chat user is known to be, with the person if it is one.
	BoundParty(ctx context.Context, u workflows.ChatUser) (workflows.Party, workflows.Person, error)
	// Refresh has a party's cards of a subject drawn again.
	Refresh(ctx context.Context, id workflows.SubjectID, to workflows.Party) error
	FileContent(ctx context.Context, id string) ([]byte, error)
	command.Directory
	form.Files
	form.Directory
}

// exchange is one update being answered.
type exchange struct {
	engine    Engine
	directory Directory
	commands  *command.Commands
	texts     *texts.Texts
	refreshed func()
	update    bot.Update
	audience  bot.Audience // for whom what it asks for is
	reply     bot.Reply

	known  bool // who sent it; until then what follows is zero
	party  workflows.Party
	person workflows.Person // that the party is, if it is one
	print  *texts.Printer
	others []*texts.Printer // to somebody whose language nobody knows, a refusal is said in these, too
}

// identify looks up who sent the update. A refusal says that what it asks for is not for them.
func (x *exchange) identify(ctx context.Context) error {
	if x.known {
		return nil
	}
	party, person, err := x.directory.BoundParty(ctx, x.update.Cause.ChatUser)
	x.from(party, person)
	stranger := errors.Is(err, &workflows.Error{Code: workflows.Unknown})
	switch {
	case stranger && x.audience.For(workflows.Party{}), err == nil && x.audience.For(party):
		return nil
	case stranger && x.update.Stranger != nil:
		return x.update.Stranger
	case err == nil:
		return workflows.Refuse(workflows.NotFound, "audience.none", nil) // as if there were no such thing
	}
	return err
}

// from says who sent the update.
func (x *exchange) from(party workflows.Party, person workflows.Person) {
	x.known, x.party, x.person = true, party, person
	x.print, x.others = printers(x.texts, x.engine.Now(), person, x.update.Language, bot.Spelling(x.reply))
}

// printers write for a person, or for somebody who is nobody yet in the language of their app. When that is not known either, there is one
// for each language.
func printers(t *texts.Texts, now time.Time, person workflows.Person, app string, spell func(string) string) (
	print *texts.Printer, others []*texts.Printer,
) {
	print = t.ForPerson(person, now)
	switch {
	case person.ID != 0:
	case app != "":
		print = t.For(app, "UTC", now)
	default:
		for _, language := range workflows.Languages {
			if language != print.Language() {
				others = append(others, t.For(language, "UTC", now).Spelling(spell))
			}
		}
	}
	return print.Spelling(spell), others
}

// actor is the person, on the platform of the update.
func (x *exchange) actor() workflows.Actor {
	return workflows.PersonActor(x.person, x.update.Cause.Platform)
}

// forms makes the person's forms.
func (x *exchange) forms() form.Maker {
	return form.Maker{Engine: x.engine, Files: x.directory, Directory: x.directory,
		Person: x.person, Platform: x.update.Cause.Platform, Print: x.print}
}
