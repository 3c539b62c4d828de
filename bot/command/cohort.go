package command

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/picture"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/phrase"
	"github.com/nod-chat/nod/workflows/plan"
)

// isMonth tells whether words behind a report say a month or nothing.
func isMonth(args string) bool {
	_, rest, _ := phrase.MonthIn(args, workflows.Date{Year: 2000, Month: 1, Day: 1}) // which month it is counts for nothing here
	return rest == ""
}

// cohorts draws how those got on who began in a month: the last one that is over, where none is named.
func cohorts(ctx context.Context, c call, args string) (Result, error) {
	today := c.today()
	month, rest, named := phrase.MonthIn(args, today)
	switch {
	case rest != "":
		return c.message("report.unclear", workflows.Args{"Value": workflows.Cut(rest, 40)}), nil
	case !named:
		month = today.FirstOfMonth(-1)
	case month.After(today):
		return c.message("report.future", workflows.Args{"Month": month.String()}), nil
	}
	all := plan.SeesAllCohorts(c.Person)
	if !all {
		leads, err := c.directory.LeadsPeople(ctx, c.Person.ID)
		if err != nil {
			return Result{}, err
		}
		if !leads {
			return Result{}, workflows.Refuse(workflows.NotYours, "report.onboarding.not_yours", nil)
		}
	}
	var months []workflows.Date
	for n := 1 - monthsBack; n <= 0; n++ {
		months = append(months, month.FirstOfMonth(n))
	}
	runs, err := c.directory.Runs(ctx, c.Person.ID, all, months[0], month.FirstOfMonth(1), today)
	if err != nil {
		return Result{}, err
	}
	r := cohortReport{call: c, list: plan.Cohorts(runs, months)}
	return r.result(today)
}

// cohortReport is a report of cohorts while it is written; the last of them is the one that it is about.
type cohortReport struct {
	call
	list []plan.Cohort
}

func (r cohortReport) about() plan.Cohort { return r.list[len(r.list)-1] }

func (r cohortReport) result(today workflows.Date) (Result, error) {
	month := r.about().Month
	m := bot.Message{Text: strings.Join(r.figures(), "\n")}
	var err error
	if m.Picture, err = r.picture(); err != nil {
		return Result{}, err
	}
	if slices.ContainsFunc(r.list, func(c plan.Cohort) bool { return c.Began() > 0 }) {
		sheet, err := r.sheet()
		if err != nil {
			return Result{}, err
		}
		m.Files = []bot.Attachment{{Name: "onboarding-" + month.String()[:len("2006-01")] + ".csv", Type: "text/csv",
			Size: int64(len(sheet)),
			Open: func(context.Context) ([]byte, error) { return sheet, nil }}}
	}
	turn := func(month workflows.Date) {
		m.Actions = append(m.Actions, bot.Action{Name: bot.CommandAction, Args: "report onboarding " + month.String()[:len("2006-01")],
			Label: r.Print.Month(month)})
	}
	turn(month.FirstOfMonth(-1))
	if month.Before(today.FirstOfMonth(0)) {
		turn(month.FirstOfMonth(1))
	}
	return Result{Message: m}, nil
}

// figures says in words what matters: how many passed, against the month before, how long it took, and where they fell behind.
func (r cohortReport) figures() []string {
	c, before := r.about(), r.list[len(r.list)-2]
	if c.Began() == 0 {
		return []string{r.text("report.cohort.nobody", workflows.Args{"Month": c.Month.String()})}
	}
	lines := []string{r.text("report.cohort.began", workflows.Args{"Month": c.Month.String(), "Count": c.Began(), "Passed": c.Passed,
		"Failed": c.Failed, "Closed": c.Ended, "UnderWay": c.UnderWay})}
	if rate, ok := c.Rate(); ok {
		args := workflows.Args{"Rate": rate, "Last": before.Month.String(), "Compared": false, "Before": 0}
		if last, ok := before.Rate(); ok {
			args["Compared"], args["Before"] = true, last
		}
		lines = append(lines, r.text("report.cohort.rate", args))
	}
	if days, ok := c.Median(); ok {
		lines = append(lines, r.text("report.cohort.median", workflows.Args{"Days": days}))
	}
	if h, ok := c.Hardest(); ok {
		lines = append(lines, r.text("report.cohort.hardest", workflows.Args{"Phase": h.Name, "Extended": h.Extended, "Reached": h.Reached,
			"Late": h.LateRate()}))
	}
	if n := len(c.Ratings); n > 0 {
		mean, told := c.Rating()
		args := workflows.Args{"Count": n, "Few": !told, "Rating": fmt.Sprintf("%d.%d", mean/10, mean%10)}
		lines = append(lines, r.text("report.cohort.rating", args))
	}
	return lines
}

// picture draws the pass rate by month, and for the cohort where it fell behind; nil: there is nothing to draw.
func (r cohortReport) picture() (*bot.Picture, error) {
	var panels picture.Panels
	rates := r.bars("report.cohort.by_month", "report.cohort.unit_rate", r.about().Month)
	var values []int64
	for _, c := range r.list {
		if rate, ok := c.Rate(); ok {
			rates.Groups = append(rates.Groups, r.Print.Month(c.Month)+r.text("report.cohort.of", workflows.Args{"Passed": c.Passed,
				"Over": c.Over()}))
			values = append(values, int64(rate))
		}
	}
	if len(values) > 0 {
		rates.Series = []picture.Series{{Values: values}}
		panels = append(panels, rates)
	}
	if r.about().Began() > 0 {
		for _, by := range []struct {
			title, unit string
			share       func(plan.Hurdle) int
		}{
			{"report.cohort.by_extended", "report.cohort.unit_extended", plan.Hurdle.ExtendedRate},
			{"report.cohort.by_late", "report.cohort.unit_late", func(h plan.Hurdle) int { return h.LateRate() }},
		} {
			b := r.bars(by.title, by.unit, r.about().Month)
			var values []int64
			for _, h := range r.about().Phases {
				b.Groups = append(b.Groups, r.text("text.words", workflows.Args{"Words": h.Name}))
				values = append(values, int64(by.share(h)))
			}
			if b.Series = []picture.Series{{Values: values}}; len(b.Groups) <= picture.MaxGroups {
				panels = append(panels, b)
			}
		}
	}
	if len(panels) == 0 {
		return nil, nil
	}
	return panels.Picture("onboarding-" + r.about().Month.String()[:len("2006-01")] + ".png")
}

func (r cohortReport) bars(title, unit string, month workflows.Date) picture.Bars {
	args := workflows.Args{"Month": month.String()}
	return picture.Bars{Title: r.text(title, args), Unit: r.text(unit, args), Empty: r.text("report.cohort.none", nil),
		Whole:  100,
		Format: func(n int64) string { return r.text("report.cohort.percent", workflows.Args{"Rate": int(n)}) }}
}

// sheet is the report as a table: a line for each month, with codes and figures alone.
func (r cohortReport) sheet() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"month", "began", "passed", "not_passed", "closed", "under_way", "pass_rate", "median_days"}
	var phases []string
	for _, c := range r.list {
		for _, h := range c.Phases {
			if !slices.Contains(phases, h.Code) {
				phases = append(phases, h.Code)
			}
		}
	}
	for _, code := range phases {
		head = append(head, code+"_reached", code+"_extended", code+"_decided", code+"_tasks", code+"_late")
	}
	lines := [][]string{head}
	for _, c := range r.list {
		line := []string{c.Month.String()[:len("2006-01")]}
		for _, n := range []int{c.Began(), c.Passed, c.Failed, c.Ended, c.UnderWay} {
			line = append(line, strconv.Itoa(n))
		}
		rate, over := c.Rate()
		days, passed := c.Median()
		line = append(line, figure(rate, over), figure(days, passed))
		for _, code := range phases {
			i := slices.IndexFunc(c.Phases, func(h plan.Hurdle) bool { return h.Code == code })
			if i < 0 {
				line = append(line, "", "", "", "", "")
				continue
			}
			h := c.Phases[i]
			for _, n := range []int{h.Reached, h.Extended, h.Decided, h.Tasks, h.Late} {
				line = append(line, strconv.Itoa(n))
			}
		}
		lines = append(lines, line)
	}
	err := w.WriteAll(lines)
	return b.Bytes(), err
}

// figure is a number of a table; empty: there is none.
func figure(n int, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.Itoa(n)
}
