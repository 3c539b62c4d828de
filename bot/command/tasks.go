package command

import (
	"context"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
	"github.com/nod-chat/nod/workflows/task"
)

// What can stand behind /tasks: nothing, for one's own; the number of one; another page of them; what those have to do whom one leads; what
// somebody of them has to do. Anything else is a task to be added, whose form opens.
const (
	addWord  = "add"
	teamWord = "team"
	ofWord   = "of"
)

// tasks lists what the author, or somebody whom they lead, has to do.
func tasks(ctx context.Context, c call) (Result, error) {
	if opensTask(c.args) {
		return c.newTask(), nil
	}
	word, rest, _ := strings.Cut(c.args, " ")
	switch {
	case c.args == "":
		return c.tasksOf(ctx, c.Person, "")
	case word == afterWord:
		ref, err := c.engine.Find(ctx, rest)
		if err != nil {
			return Result{}, err
		}
		return c.tasksOf(ctx, c.Person, ref.ID)
	case c.args == teamWord:
		return c.teamTasks(ctx)
	case word == ofWord:
		found, err := c.engine.Whom(ctx, c.Person, rest)
		if err != nil {
			return Result{}, err
		}
		if len(found) > 1 {
			return c.several(rest, found), nil
		}
		return c.tasksOf(ctx, found[0], "")
	}
	ref, err := c.engine.Find(ctx, c.args)
	return Result{Show: ref.ID}, err
}

// opensTask tells whether what stands behind /tasks opens the form of a new one.
func opensTask(args string) bool {
	word, rest, _ := strings.Cut(args, " ")
	_, isNumber := workflows.RequestNumber(args)
	return args != "" && args != teamWord && word != afterWord && (word != ofWord || rest == "") && !isNumber
}

// newTask opens the form of a new task, filled in with what stands behind the command.
func (c call) newTask() Result {
	values := workflows.Form{}
	var faults []*workflows.Error
	if c.args != addWord {
		read := phrase.Read(c.args, c.today())
		values["title"] = read.Rest
		if fault := read.Fault(); fault != nil {
			fault.Field = "due"
			faults = append(faults, fault)
		} else if read.Dated {
			values["due"] = read.From.String()
		}
	}
	form := task.NewForm(values)
	return Result{Form: &form, Faults: faults}
}

// tasksOf lists what somebody has to do: their own with what the author can do about each.
func (c call) tasksOf(ctx context.Context, of workflows.Person, after workflows.SubjectID) (Result, error) {
	list, err := c.directory.OpenTasks(ctx, of.ID, after, pageSize+1)
	if err != nil {
		return Result{}, err
	}
	own := of.ID == c.Person.ID
	args := workflows.Args{"Name": of.Name, "Own": own}
	m := bot.Message{Text: c.text("tasks.list", args), Replaces: after != ""}
	if len(list) == 0 {
		m.Text = c.text("tasks.none", args)
	}
	for _, l := range list[:min(len(list), pageSize)] {
		m.Items = append(m.Items, c.taskItem(l, own))
	}
	if len(list) > pageSize {
		last := list[pageSize-1].Task.Number
		m.Actions = append(m.Actions, c.tasksButton(afterWord+" "+last, "list.on"))
	}
	if !own {
		return Result{Message: m}, nil
	}
	if after == "" && len(list) <= pageSize {
		others, err := c.directory.StandInTasks(ctx, c.Person.ID, c.engine.Now(), pageSize)
		if err != nil {
			return Result{}, err
		}
		for _, l := range others {
			item := c.taskItem(l, true)
			item.Detail += " · " + c.text("tasks.for", workflows.Args{"Name": l.Owner})
			m.Items = append(m.Items, item)
		}
		if len(others) > 0 {
			m.Text = c.text("tasks.list", args)
		}
	}
	add := c.tasksButton(addWord, "tasks.add")
	add.Opens = true
	m.Actions = append(m.Actions, add)
	leads, err := c.directory.LeadsPeople(ctx, c.Person.ID)
	if leads {
		m.Actions = append(m.Actions, c.tasksButton(teamWord, "tasks.team"))
	}
	return Result{Message: m}, err
}

// tasksButton is a button that does what stands behind /tasks.
func (c call) tasksButton(args, label string) bot.Action {
	return bot.Action{Name: bot.CommandAction, Args: "tasks " + args, Label: c.text(label, nil)}
}

// taskItem is a task as a line of a list.
func (c call) taskItem(l task.Listed, own bool) bot.Item {
	t := l.Task
	title := t.Named()
	item := bot.Item{Text: c.text(title.Text, title.Args)}
	today := c.today()
	args := workflows.Args{"Number": t.Number, "Due": t.Due.String()}
	switch {
	case t.Late(today):
		item.Detail, item.Tone = c.text("tasks.late", args), workflows.Warn
	case t.Due == today:
		item.Detail, item.Tone = c.text("tasks.today", args), workflows.Wait
	default:
		item.Detail = c.text("tasks.item", args)
	}
	if own {
		event := t.DoneBy()
		_, opens := t.Asking(event)
		item.Actions = append(item.Actions, bot.Action{Name: string(event), Label: c.Print.Of(task.Kind, "event."+string(event), nil),
			Style: workflows.Primary, Number: t.Number, Subject: t.ID, Opens: opens})
	}
	item.Actions = append(item.Actions, draw.ShowButton(c.Print, t.Ref))
	return item
}

// mostTeam is how many people a list counts the tasks of.
const mostTeam = 30

// teamTasks counts what those have to do whom the author leads.
func (c call) teamTasks(ctx context.Context) (Result, error) {
	counts, err := c.directory.TaskCounts(ctx, c.Person.ID, c.today(), mostTeam+1)
	if err != nil {
		return Result{}, err
	}
	if len(counts) == 0 {
		return c.message("tasks.team_none", nil), nil
	}
	m := bot.Message{Text: c.text("tasks.team_list", nil)}
	for i, n := range counts {
		if i == mostTeam {
			m.Items = append(m.Items, bot.Item{Text: c.text("tasks.team_more", nil)})
			break
		}
		args := workflows.Args{"Count": n.Open, "Late": n.Late, "Today": n.Today}
		item := bot.Item{Text: n.Person.Name, Detail: c.text("tasks.count", args)}
		if n.Late > 0 {
			item.Tone = workflows.Warn
		}
		item.Actions = []bot.Action{c.tasksButton(ofWord+" "+n.Person.No, "action.show")}
		m.Items = append(m.Items, item)
	}
	return Result{Message: m}, nil
}

// remind adds the task that a line asks to be reminded of, or opens its form where the line does not say clearly when.
func (c call) remind(ctx context.Context, r phrase.Reminder) (Result, error) {
	owner := c.Person
	if r.Whom != "" {
		found, err := c.engine.Whom(ctx, c.Person, r.Whom)
		if err != nil {
			return Result{}, err
		}
		if len(found) > 1 {
			return c.several(r.Whom, found), nil
		}
		owner = found[0]
	}
	if r.Fault == nil {
		return Result{Task: &task.Task{Title: workflows.Said(r.What), Due: r.Due, Owner: owner.ID}}, nil
	}
	r.Fault.Field = "due"
	values := workflows.Form{"title": r.What}
	if owner.ID != c.Person.ID {
		values["person"] = owner.No
	}
	form := task.NewForm(values)
	return Result{Form: &form, Faults: []*workflows.Error{r.Fault}}, nil
}

// several says that a name could be any of some people.
func (c call) several(typed string, found []workflows.Person) Result {
	var names []string
	for _, p := range found {
		names = append(names, p.Titled())
	}
	return c.message("person.several", workflows.Args{"Value": workflows.Cut(typed, 40), "Names": names})
}
