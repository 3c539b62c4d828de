package command_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
	"github.com/nod-chat/nod/workflows/policy"
)

// school is an office of which some have gone through plans.
type school struct {
	till
	runs []plan.Run
	all  []bool // whether everybody was asked for, each time
}

func (s *school) Runs(_ context.Context, _ workflows.PersonID, all bool, from, until, _ workflows.Date) (list []plan.Run, err error) {
	s.all = append(s.all, all)
	for _, r := range s.runs {
		if !r.Start.Before(from) && r.Start.Before(until) {
			list = append(list, r)
		}
	}
	return list, nil
}

// autumnOfHires began in September, of whom three of five passed, and in October, of whom six of seven did; one is still under way.
func autumnOfHires() (runs []plan.Run) {
	begin := func(n int, month workflows.Date, state workflows.State, days, extended, late int, rating int) {
		for range n {
			r := plan.Run{Plan: plan.Plan{Start: month.AddDays(4)}, Tasks: map[string]plan.Punctual{
				"product": {Tasks: 12, Late: late}, "skills": {Tasks: 11, Late: 0}}}
			r.State, r.EndedOn = state, r.Start.AddDays(days-1)
			r.Phases = []plan.Progress{
				{Code: "product", Name: workflows.Words{En: "Product", Zh: "产品"}, Extended: extended, Rounds: min(extended, 1), PassedOn: r.Start.AddDays(6)},
				{Code: "skills", Name: workflows.Words{En: "Sales skills", Zh: "销售技巧"}},
			}
			if rating > 0 {
				r.Feedback = []plan.Answer{{Day: 7, Rating: rating}}
			}
			runs = append(runs, r)
		}
	}
	september, october := month(2026, 9), month(2026, 10)
	begin(3, september, plan.StatePassed, 30, 0, 0, 0)
	begin(2, september, plan.StateFailed, 35, 5, 6, 0)
	begin(4, october, plan.StatePassed, 30, 0, 0, 4)
	begin(2, october, plan.StatePassed, 35, 5, 3, 5)
	begin(1, october, plan.StateFailed, 35, 5, 6, 0)
	begin(1, october, "skills", 0, 0, 0, 0)
	return runs
}

// How many passed stands against the month before; where people fell behind, and the picture and the table with all of it, in the reader's language.
func TestReportOfCohorts(t *testing.T) {
	words, o := openTexts(t), &school{till: till{office: office{kinds: policy.Default().Kinds()}}, runs: autumnOfHires()}
	commands := command.New(o, o, words, func() {})
	for language, want := range map[string]struct{ typed, text, alt string }{
		"en": {"/report onboarding", `8 plans began in October 2026: 6 passed, 1 not passed, 0 closed early, 1 under way
Pass rate: 85 % (September 2026: 60 %)
Half of those who passed took 30 days or fewer.
Where they fall behind most: Product, extended for 3 of 8, 12 % of its tasks late
How clear is what is expected: 4.3 of 5, 6 answers`, `Pass rate by month of the first day
% of those whose plan is over
September 2026 (3 of 5) 60 %
October 2026 (6 of 7) 85 %

Phases that were extended
% of those who reached the phase · October 2026
Product 37 %
Sales skills 0 %

Late tasks by phase
% of the tasks given out · October 2026
Product 12 %
Sales skills 0 %`},
		"zh": {"/报表 入职 10月", `2026年10月有 8 个计划开始：通过 6，未通过 1，提前关闭 0，进行中 1
通过率：85%（2026年9月：60%）
通过者中有一半用时不超过 30 天。
最容易落后的阶段：产品，8 人中 3 人延长，任务逾期率 12%
对期望的清楚程度：4.3 分（满分 5），6 份回答`, `按入职月份的通过率
占计划已结束者的百分比
2026年9月（3/5） 60%
2026年10月（6/7） 85%

延长的阶段
占到达该阶段者的百分比 · 2026年10月
产品 37%
销售技巧 0%

各阶段逾期任务
占已发放任务的百分比 · 2026年10月
产品 12%
销售技巧 0%`},
	} {
		m := run(t, commands, reader(words, language, "hr"), want.typed)
		if m.Text != want.text {
			t.Errorf("%s says\n%s\nwant\n%s", language, m.Text, want.text)
		}
		if m.Picture == nil || m.Picture.Alt != want.alt || m.Picture.Name != "onboarding-2026-10.png" {
			t.Errorf("%s shows %s, want\n%s", language, m.Picture.Alt, want.alt)
		}
		size, err := png.DecodeConfig(bytes.NewReader(m.Picture.PNG))
		if err != nil || size.Width != 900 || len(m.Picture.PNG) > 150_000 {
			t.Errorf("%s: the picture is %+v, %d bytes, %v", language, size, len(m.Picture.PNG), err)
		}
		if len(m.Files) != 1 || m.Files[0].Name != "onboarding-2026-10.csv" {
			t.Fatalf("%s: the files are %+v", language, m.Files)
		}
		sheet, err := m.Files[0].Open(t.Context())
		if err != nil || string(sheet) != cohortSheet {
			t.Errorf("%s: the table is\n%s\n%v", language, sheet, err)
		}
		if len(m.Actions) != 2 || m.Actions[0].Args != "report onboarding 2026-09" || m.Actions[1].Args != "report onboarding 2026-11" {
			t.Errorf("%s: the buttons are %+v", language, m.Actions)
		}
	}
}

const cohortSheet = "month,began,passed,not_passed,closed,under_way,pass_rate,median_days," +
	"product_reached,product_extended,product_decided,product_tasks,product_late," +
	"skills_reached,skills_extended,skills_decided,skills_tasks,skills_late" + `
2026-05,0,0,0,0,0,,,,,,,,,,,,
2026-06,0,0,0,0,0,,,,,,,,,,,,
2026-07,0,0,0,0,0,,,,,,,,,,,,
2026-08,0,0,0,0,0,,,,,,,,,,,,
2026-09,5,3,2,0,0,60,30,5,2,0,60,12,5,0,0,55,0
2026-10,8,6,1,0,1,85,30,8,3,0,96,12,8,0,0,88,0
`

// HR and directors see everybody, who leads people their own new hires, nobody else anything.
func TestWhoMaySeeCohorts(t *testing.T) {
	for _, who := range []struct {
		roles     []string
		leads     bool
		sees, all bool
	}{
		{[]string{"hr"}, false, true, true},
		{[]string{"director"}, true, true, true},
		{nil, true, true, false},
		{[]string{"mentor"}, false, false, false},
		{[]string{"finance", "it", "admin"}, false, false, false},
	} {
		words, o := openTexts(t), &school{till: till{office: office{kinds: policy.Default().Kinds()}, leads: who.leads}, runs: autumnOfHires()}
		_, err := command.New(o, o, words, func() {}).Run(t.Context(), reader(words, "en", who.roles...), bot.ReadTyped("/report onboarding"))
		if !who.sees {
			if !errors.Is(err, &workflows.Error{Code: workflows.NotYours, Text: "report.onboarding.not_yours"}) || len(o.all) > 0 {
				t.Errorf("%v, leads %v: %v, looked up %v", who.roles, who.leads, err, o.all)
			}
			continue
		}
		if err != nil || len(o.all) != 1 || o.all[0] != who.all {
			t.Errorf("%v, leads %v: %v, everybody %v", who.roles, who.leads, err, o.all)
		}
	}
}

// Of a month in which nobody began, and of one that is to come, there is a word and no empty picture; a mean of few answers is not told.
func TestReportOfFewHires(t *testing.T) {
	words, o := openTexts(t), &school{till: till{office: office{kinds: policy.Default().Kinds()}}}
	commands, by := command.New(o, o, words, func() {}), reader(words, "en", "hr")
	if m := run(t, commands, by, "/report onboarding 2026-10"); m.Text != "Nobody’s plan began in October 2026." || m.Picture != nil || len(m.Files) > 0 {
		t.Errorf("of nobody it says %q, %v, %v", m.Text, m.Picture, m.Files)
	}
	if m := run(t, commands, by, "/report onboarding 2027-10"); m.Picture != nil || len(m.Files) > 0 || len(o.all) != 1 {
		t.Errorf("of a month to come it says %q, looked up %v", m.Text, o.all)
	}
}
