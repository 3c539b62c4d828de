package command_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/expense"
	"github.com/nod-chat/nod/workflows/policy"
)

// till is an office with sums of what was spent. It notes what was asked of it.
type till struct {
	office
	sums  workflows.Spending
	leads bool
	asked []workflows.SpendingWanted
}

func (t *till) LeadsPeople(context.Context, workflows.PersonID) (bool, error) { return t.leads, nil }

func (t *till) Spending(_ context.Context, w workflows.SpendingWanted) (workflows.Spending, error) {
	t.asked = append(t.asked, w)
	within := func(list []workflows.Sum, first workflows.Date) []workflows.Sum {
		return slices.DeleteFunc(slices.Clone(list), func(s workflows.Sum) bool { return s.Month.Before(first) || s.Month.After(w.Month) })
	}
	return workflows.Spending{Headings: within(t.sums.Headings, w.Month.FirstOfMonth(1-w.Months)),
		CostCenters: within(t.sums.CostCenters, w.Month), People: within(t.sums.People, w.Month), States: within(t.sums.States, w.Month)}, nil
}

// KindOf gives claims of the definition "euro" a policy that counts in euros.
func (t *till) KindOf(_ context.Context, r workflows.Request) (*workflows.Kind, error) {
	k, _ := t.Current("expense")
	if r.Definition != "euro" {
		return k, nil
	}
	other := *k
	reporting := *k.Reporting
	reporting.Currency = "EUR"
	other.Reporting = &reporting
	return &other, nil
}

func month(year, n int) workflows.Date {
	return workflows.Date{Year: year, Month: 1, Day: 1}.FirstOfMonth(n - 1)
}

// autumn is what a company spent from May to October 2026.
func autumn() workflows.Spending {
	october := month(2026, 10)
	var s workflows.Spending
	spend := func(code string, months ...int64) {
		for i, base := range months {
			if base > 0 {
				s.Headings = append(s.Headings, workflows.Sum{Key: code, Month: month(2026, 5+i), Definition: "today", Base: base, Requests: 3})
			}
		}
	}
	spend("travel", 1_820_000, 2_105_050, 1_433_000, 1_990_000, 2_410_000, 2_640_080)
	spend("lodging", 1_240_000, 1_305_000, 910_000, 1_420_000, 1_180_000, 1_515_000)
	spend("meal", 640_050, 702_080, 581_000, 655_500, 720_090, 811_460)
	spend("transport", 96_000, 104_050, 88_820, 91_000, 99_990, 120_050)
	spend("client_gift", 0, 0, 0, 250_000, 0, 138_800)
	spend("per_diem", 40_000, 45_000, 0, 30_000, 55_000, 35_000)
	in := func(list *[]workflows.Sum, key, name string, base int64) {
		*list = append(*list, workflows.Sum{Key: key, Name: name, Month: october, Definition: "today", Base: base, Requests: 2})
	}
	in(&s.CostCenters, "华东大客户部", "", 2_500_000)
	in(&s.CostCenters, "Sales South", "", 1_960_390)
	in(&s.CostCenters, "", "", 800_000)
	in(&s.People, "E003", "Tom Baker", 1_900_390)
	in(&s.People, "E013", "王磊 Wang Lei", 1_260_000)
	in(&s.People, "E014", "王磊 Wang Lei", 1_100_000)
	in(&s.People, "E011", "周凯 Zhou Kai", 1_000_000)
	in(&s.States, "approved", "", 300_000)
	in(&s.States, "paid", "", 4_000_390)
	in(&s.States, "part_paid", "", 560_000)
	in(&s.States, "payment_failed", "", 400_000)
	in(&s.States, "pending", "", 77_700)
	in(&s.States, "returned", "", 1_000)
	return s
}

func newTill(t *testing.T, sums workflows.Spending) (*command.Commands, *till, *texts.Texts) {
	t.Helper()
	words, o := openTexts(t), &till{office: office{kinds: policy.Default().Kinds()}, sums: sums}
	return command.New(o, o, words, func() {}), o, words
}

func reader(words *texts.Texts, language string, roles ...string) command.Author {
	p := workflows.Person{ID: 7, No: "E001", Zone: "Asia/Shanghai", Language: language, Active: true, Roles: roles}
	return command.Author{Person: p, Print: words.For(language, "Asia/Shanghai", now)}
}

func run(t *testing.T, commands *command.Commands, by command.Author, typed string) bot.Message {
	t.Helper()
	got, err := commands.Run(t.Context(), by, bot.ReadTyped(typed))
	if err != nil {
		t.Fatalf("%s: %v", typed, err)
	}
	return got.Message
}

// The figures that matter stand in words, and all of them in the picture, in the reader's language.
func TestReportOfExpenses(t *testing.T) {
	commands, _, words := newTill(t, autumn())
	for language, want := range map[string]struct{ typed, text, alt string }{
		"en": {"/report expense", `Company expenses, October 2026: 52,603.90 CNY
7,953.10 CNY (18 %) more than in September 2026
Largest category: Travel, 26,400.80 CNY (50 %)
Of this approved, not paid yet: 4 claims, 7,000.00 CNY
Of this paid in part: 2 claims of 5,600.00 CNY together
Not counted, since they are not decided yet: 4 claims, 787.00 CNY`, `Company expenses by category
CNY · October 2026
Travel 26,400.80
Lodging 15,150.00
Meal 8,114.60
client_gift 1,388.00
Local transport 1,200.50
Per diem 350.00

Company expenses by cost centre
CNY · October 2026
华东大客户部 25,000.00
Sales South 19,603.90
No cost centre 8,000.00

Company expenses by person
CNY · October 2026
Tom Baker 19,003.90
E013 王磊 Wang Lei 12,600.00
E014 王磊 Wang Lei 11,000.00
周凯 Zhou Kai 10,000.00

Company expenses in the last six months
CNY
May 2026 38,360.50 (`},
		"zh": {"/报表 报销 10月", `全公司报销 · 2026年10月：52,603.90 CNY
比2026年9月增加 7,953.10 CNY（18%）
最大类别：差旅交通 26,400.80 CNY（50%）
其中已通过、未付款：4 条申请，7,000.00 CNY
其中部分付款：2 条申请，合计 5,600.00 CNY
未计入（审批中或已退回）：4 条申请，787.00 CNY`, `全公司报销 · 按类别
CNY · 2026年10月
差旅交通 26,400.80
住宿 15,150.00
`},
	} {
		m := run(t, commands, reader(words, language, "finance"), want.typed)
		if m.Text != want.text {
			t.Errorf("%s says\n%s\nwant\n%s", language, m.Text, want.text)
		}
		if m.Picture == nil || !strings.HasPrefix(m.Picture.Alt, want.alt) || m.Picture.Name != "expense-2026-10.png" {
			t.Fatalf("%s shows %+v", language, m.Picture)
		}
		size, err := png.DecodeConfig(bytes.NewReader(m.Picture.PNG))
		if err != nil || size.Width != 900 || size.Height > 3400 || len(m.Picture.PNG) > 150_000 {
			t.Errorf("%s: the picture is %+v, %d bytes, %v", language, size, len(m.Picture.PNG), err)
		}
		if len(m.Actions) != 2 || m.Actions[0].Args != "report expense 2026-09" || m.Actions[1].Args != "report expense 2026-11" {
			t.Errorf("%s: the buttons are %+v", language, m.Actions)
		}
	}
}

// A month is what people call it; the last one that is over where they name none, on their own calendar.
func TestReportOfAMonth(t *testing.T) {
	commands, o, words := newTill(t, workflows.Spending{}) // drawing takes longest, and is looked at elsewhere
	finance := reader(words, "en", "finance")
	for typed, want := range map[string]string{
		"/report expense": "2026-10-01", "/report expenses": "2026-10-01", "report expense": "2026-10-01", "/报表 报销": "2026-10-01",
		"/report expense last month": "2026-10-01", "/report expense this month": "2026-11-01", "/report expense October": "2026-10-01",
		"/report expense 2026-09": "2026-09-01", "/报表 报销10月": "2026-10-01", "/报表 报销 上个月": "2026-10-01", "/报表 费用 2025年12月": "2025-12-01",
		"report expense October": "2026-10-01", "报表 报销 9月": "2026-09-01", "报表 报销 公司 9月": "2026-09-01", "Report expense last month": "2026-10-01",
		"/report expense company 2026-08": "2026-08-01", "/report EXPENSE Sep mine": "2026-09-01",
	} {
		o.asked = nil
		if !commands.Means(bot.ReadTyped(typed)) {
			t.Errorf("%q is not taken for a report", typed)
		}
		m := run(t, commands, finance, typed)
		if len(o.asked) != 1 || o.asked[0].Month.String() != want || o.asked[0].Months != 6 || o.asked[0].Kind != "expense" {
			t.Errorf("%q asks for %+v (%s)", typed, o.asked, m.Text)
		}
	}
	o.asked = nil
	for typed, want := range map[string]string{
		"/report expense 2027-01":           "January 2027 has not begun yet",
		"/report expense next month":        "December 2026 has not begun yet",
		"/report expense Tom":               "I did not understand “Tom”",
		"/report expense 2026-13":           "I did not understand “2026-13”",
		"/report expense September October": "I did not understand",
		"/report sales":                     "There is no report “sales”",
		"/report expensive":                 "There is no report “expensive”",
		"/report":                           "Which report would you like?",
	} {
		if m := run(t, commands, finance, typed); !strings.HasPrefix(m.Text, want) || m.Picture != nil {
			t.Errorf("%q says %q", typed, m.Text)
		}
	}
	if len(o.asked) > 0 {
		t.Errorf("what was not understood is looked up: %+v", o.asked)
	}
	for _, line := range []string{"report expense taxi 38 yesterday", "报表 报销 打车 38 昨天", "report a fault"} { // these are claims, or nothing
		if commands.Means(bot.Said{Text: line}) {
			t.Errorf("%q is taken for a report", line)
		}
	}
	m := run(t, commands, finance, "/report")
	if len(m.Items) != 2 || m.Items[1].Actions[0].Args != "report onboarding" || len(m.Items[0].Actions) != 1 || m.Items[0].Actions[0].Args != "report expense" || m.Items[0].Actions[0].Name != bot.CommandAction {
		t.Errorf("the reports are %+v", m.Items)
	}

	late := tomOf(words) // it is 1 December in Auckland, and 30 November in Los Angeles
	for zone, want := range map[string]string{"Pacific/Auckland": "2026-11-01", "America/Los_Angeles": "2026-10-01"} {
		eve := &till{office: o.office}
		late.Person = workflows.Person{ID: 1, Zone: zone, Active: true}
		if _, err := command.New(onTheEve{eve}, eve, words, func() {}).Run(t.Context(), late, bot.ReadTyped("/report expense")); err != nil {
			t.Fatal(err)
		}
		if len(eve.asked) != 1 || eve.asked[0].Month.String() != want {
			t.Errorf("in %s: %+v", zone, eve.asked)
		}
	}
}

// Finance, hr and directors see the company, a manager the people below, an employee what is their own; whoever asks for more hears who can.
func TestWhoMaySeeAReport(t *testing.T) {
	for _, who := range []struct {
		roles []string
		leads bool
		see   map[string]workflows.Scope // by what is said behind the report; "": refused
	}{
		{nil, false, map[string]workflows.Scope{"": "own", "mine": "own", "team": "", "company": "", "公司": "", "团队": ""}},
		{nil, true, map[string]workflows.Scope{"": "below", "mine": "own", "team": "below", "company": "", "全公司": ""}},
		{[]string{"finance"}, false, map[string]workflows.Scope{"": "company", "company": "company", "mine": "own", "team": ""}},
		{[]string{"hr"}, true, map[string]workflows.Scope{"": "company", "team": "below", "我的": "own"}},
		{[]string{"director"}, true, map[string]workflows.Scope{"": "company"}},
		{[]string{"admin", "sales", "mentor"}, false, map[string]workflows.Scope{"": "own", "company": ""}},
	} {
		for said, scope := range who.see {
			commands, o, words := newTill(t, workflows.Spending{People: autumn().People})
			o.leads = who.leads
			by := reader(words, "en", who.roles...)
			got, err := commands.Run(t.Context(), by, bot.Command{Name: "report", Args: "expense " + said})
			if scope == "" {
				if !errors.Is(err, &workflows.Error{Code: workflows.NotYours, Text: "report.not_yours"}) || len(o.asked) > 0 || got.Message.Picture != nil {
					t.Errorf("%v, leads %v, says %q: %v, looked up %v", who.roles, who.leads, said, err, o.asked)
				}
				continue
			}
			if err != nil || len(o.asked) != 1 || o.asked[0].Scope != scope || o.asked[0].Person != by.Person.ID {
				t.Errorf("%v, leads %v, says %q: %v, looked up %+v", who.roles, who.leads, said, err, o.asked)
			}
			if p := got.Message.Picture; p != nil && !strings.Contains(p.Alt, "by person") || (p != nil) != (scope != "own") {
				t.Errorf("%s: it shows %+v", scope, p)
			}
		}
	}
	commands, _, words := newTill(t, autumn())
	gone := reader(words, "en", "finance")
	gone.Person.Active = false
	if _, err := commands.Run(t.Context(), gone, bot.ReadTyped("/report expense")); err == nil {
		t.Error("somebody who has left sees the company's expenses")
	}
	o := &till{office: office{kinds: policy.Default().Kinds()}, sums: autumn()}
	manager := reader(words, "en", "hr")
	m := run(t, command.New(o, o, words, func() {}), manager, "/report expense company 2026-10")
	if m.Actions[0].Args != "report expense 2026-09 company" {
		t.Errorf("another month is of another scope: %+v", m.Actions)
	}
}

// What only some states of a claim count is what expense says of them: all that charge something are known, and only those count that are
// approved.
func TestApprovedCounts(t *testing.T) {
	commands, o, words := newTill(t, workflows.Spending{})
	run(t, commands, reader(words, "en", "finance"), "/report expense")
	want := "approved paid part_paid payment_failed payment_queued"
	var got []string
	for _, state := range o.asked[0].Approved {
		got = append(got, string(state))
	}
	if strings.Join(got, " ") != want || o.asked[0].CostCenter != "cost_center" {
		t.Errorf("%v count", got)
	}
	k, _ := o.Current("expense")
	for _, state := range append(expense.Unpaid(), expense.StatePaid) {
		if !k.Reporting.Standing[state].Approved() {
			t.Errorf("what is %s does not count", state)
		}
	}
}

// A month of nothing says so and draws what there is, and changes are told as they are.
func TestReportOfLittle(t *testing.T) {
	only := func(sums ...workflows.Sum) workflows.Spending { return workflows.Spending{Headings: sums} }
	sum := func(year, n int, base int64, definition string) workflows.Sum {
		return workflows.Sum{Key: "meal", Month: month(year, n), Definition: definition, Base: base, Requests: 1}
	}
	for name, is := range map[string]struct {
		sums    workflows.Spending
		typed   string
		says    []string
		panels  string // the beginning of the picture's text; "": there is none
		missing string
	}{
		"nothing at all": {workflows.Spending{}, "/report expense", []string{"Your expenses, October 2026: nothing approved"}, "", "than in"},
		"nothing this time": {only(sum(2026, 9, 5000, "")), "/report expense",
			[]string{"nothing approved", "50.00 CNY (100 %) less than in September 2026"}, "Your expenses in the last six months", "Largest"},
		"for the first time": {only(sum(2026, 10, 5000, "")), "/report expense",
			[]string{"October 2026: 50.00 CNY", "Nothing in September 2026", "Meal, 50.00 CNY (100 %)"}, "Your expenses by category", "than"},
		"as before": {only(sum(2026, 10, 5000, ""), sum(2026, 9, 5000, "")), "/report expense", []string{"As much as in September 2026"}, "Your", "than"},
		"running": {only(sum(2026, 11, 5000, ""), sum(2026, 10, 9000, "")), "/report expense this month",
			[]string{"Your expenses, November 2026 so far: 50.00 CNY", "October 2026 came to 90.00 CNY in all"}, "Your expenses by category\nCNY · November 2026 so far", "less"},
		"another currency": {only(sum(2026, 10, 5000, ""), sum(2026, 10, 700, "euro"), sum(2026, 9, 900, "euro")), "/report expense",
			[]string{"October 2026: 50.00 CNY", "Not counted: 7.00 EUR", "Nothing in September"}, "Your expenses by category\nCNY · October 2026\nMeal 50.00\n", "57"},
		"the turn of a year": {only(sum(2025, 12, 5000, ""), sum(2026, 1, 5100, "")), "/report expense 2026-01",
			[]string{"January 2026: 51.00 CNY", "1.00 CNY (2 %) more than in December 2025"}, "Your", "less"},
	} {
		commands, _, words := newTill(t, is.sums)
		m := run(t, commands, reader(words, "en"), is.typed)
		for _, want := range is.says {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s: %q does not say %q", name, m.Text, want)
			}
		}
		if strings.Contains(m.Text, is.missing) || (m.Picture != nil) != (is.panels != "") || m.Picture != nil && !strings.HasPrefix(m.Picture.Alt, is.panels) {
			t.Errorf("%s: %q, %+v", name, m.Text, m.Picture)
		}
	}

	commands, _, words := newTill(t, only(sum(2026, 10, math.MaxInt64, "a"), sum(2026, 10, 1, "b")))
	_, err := commands.Run(t.Context(), reader(words, "en"), bot.ReadTyped("/report expense"))
	if !errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: "report.too_large"}) {
		t.Errorf("what does not fit comes to %v", err)
	}
}

// What people are called turns no line, and breaks no picture.
func TestReportOfHostileNames(t *testing.T) {
	sums := autumn()
	for i, name := range []string{"<b>Tom</b>\n1,000,000.00", "\u202egnp.exe", "😀", strings.Repeat("永", 5000)} {
		sums.People[i].Name, sums.CostCenters[i%3].Key = name, name
	}
	commands, _, words := newTill(t, sums)
	m := run(t, commands, reader(words, "zh", "hr"), "/报表 报销")
	if m.Picture == nil || strings.Contains(m.Picture.Alt, "\u202e") || strings.Contains(m.Picture.Alt, "</b>\n1") || len([]rune(m.Picture.Alt)) > 1000 {
		t.Errorf("%+v", m.Picture)
	}
}

// onTheEve is an office on 30 November, at noon in London.
type onTheEve struct{ *till }

func (onTheEve) Now() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }
