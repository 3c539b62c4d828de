package command

import (
	"context"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/task"
)

// Engine is what commands ask of the engine.
type Engine interface {
	Now() time.Time
	Kinds() []*workflows.Kind
	Current(name workflows.KindName) (*workflows.Kind, bool)
	KindOf(ctx context.Context, r workflows.Request) (*workflows.Kind, error)
	Find(ctx context.Context, number string) (workflows.Ref, error)
	Act(ctx context.Context, cause workflows.Cause, id workflows.SubjectID, act workflows.Act) (workflows.Answer, error)
	// PlansFor lists the plans under way that concern somebody.
	PlansFor(ctx context.Context, person workflows.Person, limit int) ([]plan.Listed, error)
	// Prefixes are those of the numbers of requests, and of what else has a story.
	Prefixes() []string
	// Whom finds whom somebody means, among those for whom they may act: one, or several of whom they have to say which.
	Whom(ctx context.Context, asker workflows.Person, typed string) ([]workflows.Person, error)
}

// Directory is what commands look up about people and what concerns them.
type Directory interface {
	RequestsOf(ctx context.Context, person workflows.PersonID, p workflows.Page) (workflows.List, error)
	ApprovalsOf(ctx context.Context, person workflows.PersonID, p workflows.Page) (workflows.List, error)
	// Holding lists a person's open and approved requests that take some of the half-days.
	Holding(ctx context.Context, person workflows.PersonID, span workflows.Span, limit int) ([]workflows.Listed, error)
	// WaitingFrom lists what waits for a person of what some others asked for.
	WaitingFrom(ctx context.Context, person workflows.PersonID, of []workflows.PersonID, limit int) ([]workflows.Listed, error)
	// Away lists who of those near a person is away within the half-days: of all of them, or only of some who are named.
	Away(ctx context.Context, person workflows.PersonID, span workflows.Span, of []workflows.PersonID, limit int) ([]workflows.Busy, error)
	// InStates lists everybody's requests of a kind that are in one of some states and have not changed since, the oldest first: up to the
	// request last, where one is given.
	InStates(ctx context.Context, kind workflows.KindName, states []workflows.State, until time.Time, last workflows.SubjectID, limit int) (
		[]workflows.Listed, error)
	// Unfinished lists a person's own requests of a kind that are not over, newest first.
	Unfinished(ctx context.Context, person workflows.PersonID, kind workflows.KindName, limit int) ([]workflows.Listed, error)
	// PeopleNamed lists those who have one of the words in their name, or for their number or address.
	PeopleNamed(ctx context.Context, words []string, limit int) ([]workflows.Person, error)
	Ledgers(ctx context.Context, person workflows.PersonID, now time.Time) ([]workflows.Ledger, error)
	// OpenTasks lists what somebody has to do, what is due first first: behind a task, where one is given.
	OpenTasks(ctx context.Context, person workflows.PersonID, after workflows.SubjectID, limit int) ([]task.Listed, error)
	// StandInTasks lists what somebody may do in another's place now.
	StandInTasks(ctx context.Context, person workflows.PersonID, now time.Time, limit int) ([]task.Listed, error)
	// TaskCounts counts what those below somebody have to do, who is late first.
	TaskCounts(ctx context.Context, manager workflows.PersonID, today workflows.Date, limit int) ([]task.Count, error)
	// PlanOf finds the plan that somebody goes through, or went through last; "": there is none.
	PlanOf(ctx context.Context, person workflows.PersonID) (id workflows.SubjectID, open bool, err error)
	// Runs lists the plans that began from a day on and before another: of everybody, or of those whom somebody leads.
	Runs(ctx context.Context, manager workflows.PersonID, all bool, from, until, today workflows.Date) ([]plan.Run, error)
	// LeadsPeople tells whether anybody reports to a person.
	LeadsPeople(ctx context.Context, person workflows.PersonID) (bool, error)
	// Spending sums what requests of a kind spend.
	Spending(ctx context.Context, w workflows.SpendingWanted) (workflows.Spending, error)
	// Redeem binds a chat user to the person whose code they bring.
	Redeem(ctx context.Context, c workflows.Cause, code string, now time.Time) (workflows.Person, error)
	// UnlinkChat ends what a chat user is known as, and gives who that was: only a code makes them known again.
	UnlinkChat(ctx context.Context, c workflows.Cause, now time.Time) (workflows.Person, error)
}

// Author is who typed something.
type Author struct {
	Cause  workflows.Cause
	Person workflows.Person // that the user is, if they are known
	Print  *texts.Printer   // for them
}

// Result is what a command comes to: a form to open, a request to show, or a message to tell.
type Result struct {
	Ask     *Ask                // set: the form to open
	Add     *Ask                // set: what is added to the author's draft
	Form    *workflows.Asking   // set: a form to open that is no request's, with Faults
	Faults  []*workflows.Error  // what was said of its fields and not understood
	Task    *task.Task          // set: the task to add
	Show    workflows.SubjectID // set: the request to show, below the message's text
	Leave   bool                // takes away whatever form is open, before the message
	Message bot.Message
}

// Ask is the form of a new request, as far as it is filled in.
type Ask struct {
	Kind      *workflows.Kind
	Requester workflows.Person // for whom
	Values    workflows.Form
	Faults    []*workflows.Error // what was said of its fields and not understood
	Intro     string             // stands above it
}

// call is a command being run.
type call struct {
	Author
	engine    Engine
	directory Directory
	refreshed func() // wakes whoever draws cards
	args      string
}

// today is the date where the author is.
func (c call) today() workflows.Date {
	return workflows.DateOf(c.engine.Now().In(c.Person.Location()))
}

// dates are those of which a line speaks; none when it speaks of none, or of none that is clear.
func (c call) dates(line string) (workflows.Span, bool) {
	d, fault := c.readDates(line)
	if fault != nil || d.From.IsZero() {
		return workflows.Span{}, false
	}
	span, err := workflows.NewSpan(d.From, d.FromPart, d.To, d.ToPart)
	return span, err == nil
}

// readDates reads the dates of a line, or says what speaks of dates there and names none.
func (c call) readDates(line string) (workflows.DateRange, *workflows.Error) {
	return phrase.NewLine(phrase.WithoutPurpose(line), c.today()).Dates()
}

// days are the first and the last date of a span, as arguments of a text.
func days(span workflows.Span) workflows.Args {
	first, _ := span.First()
	last, _ := span.Last()
	return workflows.Args{"From": first.String(), "To": last.String()}
}

func (c call) text(key string, args workflows.Args) string { return c.Print.Text(key, args) }

func (c call) message(key string, args workflows.Args) Result {
	return Result{Message: bot.Message{Text: c.text(key, args)}}
}
