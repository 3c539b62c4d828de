package command

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// ahead is how many days, with today, the list of who is away tells of when nobody says which.
const ahead = 7

// away lists who is away, of those near the author.
func away(ctx context.Context, c call) (Result, error) {
	if _, ok := c.dates(c.args); c.args != "" && !ok {
		return c.message("away.unclear", workflows.Args{"Value": workflows.Cut(c.args, 40)}), nil
	}
	return c.away(ctx, c.args, nil)
}

// away tells who is away on the days of which a line speaks; of some people only, where it names some.
func (c call) away(ctx context.Context, line string, of []workflows.Person) (Result, error) {
	span, ok := c.dates(line)
	if _, fault := c.readDates(line); fault != nil && fault.Text != "date.unclear" { // that may be this week
		return c.message("away.unclear", workflows.Args{"Value": fault.Args["Value"]}), nil
	}
	if !ok {
		span, _ = workflows.NewSpan(c.today(), workflows.AM, c.today().AddDays(ahead-1), workflows.PM)
	}
	list, err := c.directory.Away(ctx, c.Person.ID, span, ids(of), pageSize+1)
	if err != nil {
		return Result{}, err
	}
	args := days(span)
	if len(of) > 0 {
		args["Name"] = of[0].Name
		if len(list) == 0 { // the same whether they are at work or it is not for the author to know
			return c.message("away.not_them", args), nil
		}
	}
	if len(list) == 0 {
		return c.message("away.none", args), nil
	}
	m := bot.Message{Text: c.text("away.list", args)}
	for i, b := range list {
		if i == pageSize {
			m.Items = append(m.Items, bot.Item{Text: c.text("away.more", nil)})
			break
		}
		m.Items = append(m.Items, bot.Item{Text: b.Name, Detail: c.text("away.item", absence(b.Span))})
	}
	return Result{Message: m}, nil
}

func ids(people []workflows.Person) []workflows.PersonID {
	var list []workflows.PersonID
	for _, p := range people {
		list = append(list, p.ID)
	}
	return list
}

// absence is a span with its halves, as arguments of a text.
func absence(span workflows.Span) workflows.Args {
	args := days(span)
	_, first := span.First()
	_, last := span.Last()
	args["FromPart"], args["ToPart"] = first.String(), last.String()
	args["Whole"] = first == workflows.AM && last == workflows.PM
	return args
}
