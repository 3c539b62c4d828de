package command

import (
	"context"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/draw"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// plansWord behind /onboarding asks for the plans under way.
const plansWord = "plans"

// ofPlans tells whether what stands behind /onboarding is about plans; anything else fills in the form of a new one.
func ofPlans(args string) bool {
	_, isNumber := workflows.RequestNumber(args)
	return args == "" || args == plansWord || isNumber
}

// opensOnboarding tells whether /onboarding opens a form: for hr and managers it does.
func opensOnboarding(args string) bool { return args == "" }

// onboarding shows a new hire their plan, opens the form of a new one for hr and managers, above it those under way, and lists them for
// everybody else whom they concern.
func onboarding(ctx context.Context, c call) (Result, error) {
	if c.args != "" && c.args != plansWord {
		ref, err := c.engine.Find(ctx, c.args)
		return Result{Show: ref.ID}, err
	}
	own, open, err := c.directory.PlanOf(ctx, c.Person.ID)
	if err != nil || open && c.args == "" {
		return Result{Show: own}, err
	}
	list, err := c.engine.PlansFor(ctx, c.Person, pageSize+1)
	if err != nil {
		return Result{}, err
	}
	leads, err := c.directory.LeadsPeople(ctx, c.Person.ID)
	if err != nil {
		return Result{}, err
	}
	k, ok := c.engine.Current("onboarding")
	switch {
	case c.args == "" && ok && (leads || c.Person.Has("hr")):
		ask := Ask{Kind: k, Requester: c.Person}
		if len(list) > 0 {
			ask.Intro = c.text("onboarding.under_way", workflows.Args{"Lines": c.planLines(list)})
		}
		return Result{Ask: &ask}, nil
	case len(list) == 0 && c.args == "" && own != "": // theirs is over
		return Result{Show: own}, nil
	case len(list) == 0 && c.args == "":
		return c.message("onboarding.only", nil), nil
	case len(list) == 0:
		return c.message("onboarding.none", nil), nil
	}
	m := bot.Message{Text: c.text("onboarding.list", nil)}
	for i, l := range list {
		if i == pageSize {
			m.Items = append(m.Items, bot.Item{Text: c.text("away.more", nil)})
			break
		}
		item := bot.Item{Text: l.Newcomer + " · " + c.text(l.Status.Text, l.Status.Args), Detail: c.planProgress(l),
			Actions: []bot.Action{draw.ShowButton(c.Print, l.Ref)}}
		if l.Late > 0 {
			item.Tone = workflows.Warn
		}
		m.Items = append(m.Items, item)
	}
	return Result{Message: m}, nil
}

// mostAbove is how many plans under way stand above a form.
const mostAbove = 6

func (c call) planLines(list []plan.Listed) []string {
	var lines []string
	for _, l := range list[:min(len(list), mostAbove)] {
		lines = append(lines, l.Newcomer+" · "+c.text(l.Status.Text, l.Status.Args)+" · "+c.planProgress(l))
	}
	if len(list) > mostAbove {
		lines = append(lines, c.text("onboarding.more", nil))
	}
	return lines
}

func (c call) planProgress(l plan.Listed) string {
	return c.text("plan.progress", workflows.Args{"Bar": plan.Bar(l.Done, l.All), "Done": l.Done, "All": l.All, "Late": l.Late})
}
