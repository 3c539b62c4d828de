package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// found lists the faults of templates and tests, each as place: sentence.
func found(templates []plan.Template, tests []plan.Test) []string {
	var list []string
	plan.Check(templates, tests, func(place, sentence string) { list = append(list, place+": "+sentence) })
	return list
}

// There is nothing wrong with the shipped templates and tests.
func TestShippedTemplatesHaveNoFault(t *testing.T) {
	if faults := found(shippedPolicy()); faults != nil {
		t.Errorf("%v", faults)
	}
	if faults := found([]plan.Template{small().Template}, small().Tests); faults != nil {
		t.Errorf("%v", faults)
	}
}

// Each fault of a template or a test is told in a sentence of its own, at its place.
func TestCheckNamesEachFault(t *testing.T) {
	number := int64(3)
	long := func(n int) string { return strings.Repeat("长", n) }
	for _, test := range []struct {
		name   string
		change func(tp *plan.Template, ts *plan.Test)
		want   string
	}{
		{"a template's code", func(tp *plan.Template, _ *plan.Test) { tp.Code = "Sales 30" },
			`templates[0].code: "Sales 30" is no code; write lowercase letters, digits and hyphens, as in sales-30`},
		{"no code at all", func(tp *plan.Template, _ *plan.Test) { tp.Code = "" },
			`templates[0].code: "" is no code; write lowercase letters, digits and hyphens, as in sales-30`},
		{"a code that is too long", func(tp *plan.Template, _ *plan.Test) { tp.Code = strings.Repeat("a", 32) },
			`templates[0].code: "` + strings.Repeat("a", 32) + `" is no code; write lowercase letters, digits and hyphens, as in sales-30`},
		{"an English text", func(tp *plan.Template, _ *plan.Test) { tp.Name.En = "" },
			`templates[0].name: the text in en is missing; write both: {en: …, zh: …}`},
		{"a Chinese text", func(tp *plan.Template, _ *plan.Test) { tp.Name.Zh = "" },
			`templates[0].name: the text in zh is missing; write both: {en: …, zh: …}`},
		{"a template's name", func(tp *plan.Template, _ *plan.Test) { tp.Name.Zh = long(61) },
			`templates[0].name.zh: it has 61 characters; at most 60 can be shown`},
		{"too many phases", func(tp *plan.Template, _ *plan.Test) {
			tp.Phases, tp.Feedback = nil, nil
			for i := range 13 {
				tp.Phases = append(tp.Phases, plan.Phase{Code: fmt.Sprintf("p%d", i), Name: words("P"), From: i + 1, To: i + 1})
			}
		}, `templates[0].phases: there are 13 phases; a plan has from 1 to 12`},
		{"no phase", func(tp *plan.Template, _ *plan.Test) { tp.Phases, tp.Feedback = nil, nil },
			`templates[0].phases: there are 0 phases; a plan has from 1 to 12`},
		{"a task before day 1 that is not", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Day = 1 },
			`templates[0].before[0].day: day 1 is not before the first day; write 0 for the day before it, down to -60`},
		{"a task long before day 1", func(tp *plan.Template, _ *plan.Test) { tp.Before[1].Day = -61 },
			`templates[0].before[1].day: day -61 is not before the first day; write 0 for the day before it, down to -60`},
		{"a task's code", func(tp *plan.Template, _ *plan.Test) { tp.Before[1].Code = "x_y" },
			`templates[0].before[1].code: "x_y" is no code; write lowercase letters, digits and hyphens, as in sales-30`},
		{"two tasks of one code, in two phases", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Tasks[0].Code = "guide" },
			`templates[0].phases[1].tasks[0].code: another task of this template is called "guide" already; each needs a code of its own`},
		{"two phases of one code", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Code = "one" },
			`templates[0].phases[1].code: another phase is called "one" already; each needs a code of its own`},
		{"a phase's name", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Name.En = long(41) },
			`templates[0].phases[1].name.en: it has 41 characters; at most 40 can be shown`},
		{"a phase called like a state", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Code = "closed" },
			`templates[0].phases[0].code: "closed" is a state of every plan; call the phase otherwise`},
		{"a first phase that begins late", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].From, tp.Phases[0].Tasks = 2, nil },
			`templates[0].phases[0].from: the phase begins on day 2; the one before it ends on day 0, so write 1`},
		{"a gap between phases", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].From, tp.Phases[1].Tasks = 5, nil },
			`templates[0].phases[1].from: the phase begins on day 5; the one before it ends on day 3, so write 4`},
		{"phases that overlap", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].From = 3 },
			`templates[0].phases[1].from: the phase begins on day 3; the one before it ends on day 3, so write 4`},
		{"an end before the beginning", func(tp *plan.Template, _ *plan.Test) {
			tp.Phases[1].To, tp.Phases[1].Tasks, tp.Feedback = 3, nil, nil
		}, `templates[0].phases[1].to: day 3 is no end for a phase that begins on day 4; write one from 4 to 400`},
		{"a plan that is too long", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].To = 401 },
			`templates[0].phases[1].to: day 401 is no end for a phase that begins on day 4; write one from 4 to 400`},
		{"a task before its phase", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Tasks[0].Day = 3 },
			`templates[0].phases[1].tasks[0].day: day 3 is not within the phase, which is from day 4 to 5`},
		{"a task behind its phase", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Tasks[1].Day = 6 },
			`templates[0].phases[1].tasks[1].day: day 6 is not within the phase, which is from day 4 to 5`},
		{"a test that is not there", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Gate.Test = "prodct" },
			`templates[0].phases[0].gate.test: there is no test "prodct"; write it under tests, or leave this out`},
		{"a new hire who signs", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Gate.SignOff = plan.Newcomer },
			`templates[0].phases[0].gate.sign_off: "newcomer" cannot sign off; write mentor or manager, or leave it out`},
		{"hr who signs", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Gate.SignOff = plan.HR },
			`templates[0].phases[0].gate.sign_off: "hr" cannot sign off; write mentor or manager, or leave it out`},
		{"an extension that takes days", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Gate.Extend = -1 },
			`templates[0].phases[0].gate.extend: a phase cannot be extended by -1 days; write a number from 0 to 90`},
		{"an extension that is too long", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Gate.Extend = 91 },
			`templates[0].phases[0].gate.extend: a phase cannot be extended by 91 days; write a number from 0 to 90`},
		{"too many tasks", func(tp *plan.Template, _ *plan.Test) {
			for i := range 197 {
				tp.Before = append(tp.Before, plan.Item{Code: fmt.Sprintf("more-%d", i), Owner: plan.HR, Title: words("More")})
			}
		}, `templates[0]: it has 203 tasks; a plan has at most 200`},
		{"questions before the first day", func(tp *plan.Template, _ *plan.Test) { tp.Feedback = []int{0} },
			`templates[0].feedback[0]: day 0 is not in the plan, which ends on day 5`},
		{"questions behind the last day", func(tp *plan.Template, _ *plan.Test) { tp.Feedback = []int{5, 6} },
			`templates[0].feedback[1]: day 6 is not in the plan, which ends on day 5`},
		{"a task without a title", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Title = workflows.Words{Zh: "电脑"} },
			`templates[0].before[0].title: the text in en is missing; write both: {en: …, zh: …}`},
		{"a title that is too long", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Tasks[1].Title.En = long(121) },
			`templates[0].phases[0].tasks[1].title.en: it has 121 characters; at most 120 can be shown`},
		{"a note in one language", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Note.En = "how" },
			`templates[0].before[0].note: the text in zh is missing; write both: {en: …, zh: …}`},
		{"a note that is too long", func(tp *plan.Template, _ *plan.Test) {
			tp.Before[0].Note = workflows.Words{En: long(401), Zh: "怎么做"}
		},
			`templates[0].before[0].note.en: it has 401 characters; at most 400 can be shown`},
		{"an owner who is none", func(tp *plan.Template, _ *plan.Test) { tp.Phases[0].Tasks[0].Owner = "boss" },
			`templates[0].phases[0].tasks[0].owner: "boss" does no task; write newcomer, mentor, manager, it or hr`},
		{"no owner", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Owner = "" },
			`templates[0].before[0].owner: "" does no task; write newcomer, mentor, manager, it or hr`},
		{"a link that is not safe", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Link = "http://wiki.example.com" },
			`templates[0].before[0].link: write a whole address that begins with https://, of at most 500 characters`},
		{"a script for a link", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Link = "javascript:alert(1)" },
			`templates[0].before[0].link: write a whole address that begins with https://, of at most 500 characters`},
		{"a link to nowhere", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Link = "https:///handbook" },
			`templates[0].before[0].link: write a whole address that begins with https://, of at most 500 characters`},
		{"a link that is too long", func(tp *plan.Template, _ *plan.Test) { tp.Before[0].Link = "https://wiki.example.com/" + long(500) },
			`templates[0].before[0].link: write a whole address that begins with https://, of at most 500 characters`},
		{"a checklist that is too long", func(tp *plan.Template, _ *plan.Test) {
			tp.Before[0].Checklist = slices.Repeat([]workflows.Words{words("entry")}, 11)
		}, `templates[0].before[0].checklist: it has 11 entries; at most 10 can be shown`},
		{"an entry of a checklist", func(tp *plan.Template, _ *plan.Test) { tp.Phases[1].Tasks[1].Checklist[0].Zh = "" },
			`templates[0].phases[1].tasks[1].checklist[0]: the text in zh is missing; write both: {en: …, zh: …}`},
		{"a test's code", func(tp *plan.Template, ts *plan.Test) { ts.Code, tp.Phases[0].Gate.Test = "1", "" },
			`tests[0].code: "1" is no code; write lowercase letters, digits and hyphens, as in sales-30`},
		{"a test's name", func(_ *plan.Template, ts *plan.Test) { ts.Name.En = long(61) },
			`tests[0].name.en: it has 61 characters; at most 60 can be shown`},
		{"no pass mark", func(_ *plan.Template, ts *plan.Test) { ts.Pass = 0 }, `tests[0].pass: 0 is no pass mark; write a percentage from 1 to 100`},
		{"a pass mark above all", func(_ *plan.Template, ts *plan.Test) { ts.Pass = 101 }, `tests[0].pass: 101 is no pass mark; write a percentage from 1 to 100`},
		{"nothing drawn", func(_ *plan.Template, ts *plan.Test) { ts.Draw = 0 }, `tests[0].draw: 0 questions cannot be drawn from 3; write a number from 1 to 3`},
		{"more drawn than there are", func(_ *plan.Template, ts *plan.Test) { ts.Draw = 4 },
			`tests[0].draw: 4 questions cannot be drawn from 3; write a number from 1 to 3`},
		{"more drawn than a form holds", func(_ *plan.Template, ts *plan.Test) {
			ts.Draw, ts.Questions = 21, slices.Repeat(ts.Questions[:1], 30)
		}, `tests[0].draw: 21 questions cannot be drawn from 30; write a number from 1 to 20`},
		{"no questions", func(_ *plan.Template, ts *plan.Test) { ts.Questions = nil }, `tests[0].draw: 3 questions cannot be drawn from 0; write a number from 1 to 1`},
		{"no attempt", func(_ *plan.Template, ts *plan.Test) { ts.Attempts = 0 },
			`tests[0].attempts: 0 attempts are too few or too many; write a number from 1 to 20`},
		{"too many attempts", func(_ *plan.Template, ts *plan.Test) { ts.Attempts = 21 },
			`tests[0].attempts: 21 attempts are too few or too many; write a number from 1 to 20`},
		{"a wait below zero", func(_ *plan.Template, ts *plan.Test) { ts.Wait = -1 },
			`tests[0].wait: -1 hours are too few or too many; write a number from 0 to 168`},
		{"a wait of more than a week", func(_ *plan.Template, ts *plan.Test) { ts.Wait = 169 },
			`tests[0].wait: 169 hours are too few or too many; write a number from 0 to 168`},
		{"what is asked", func(_ *plan.Template, ts *plan.Test) { ts.Questions[2].Ask.En = "" },
			`tests[0].questions[2].ask: the text in en is missing; write both: {en: …, zh: …}`},
		{"a question that is too long", func(_ *plan.Template, ts *plan.Test) { ts.Questions[2].Ask.En = long(301) },
			`tests[0].questions[2].ask.en: it has 301 characters; at most 300 can be shown`},
		{"options and a number", func(_ *plan.Template, ts *plan.Test) { ts.Questions[0].Number = &number },
			`tests[0].questions[0]: a question has options or a number, not both`},
		{"off by less than nothing", func(_ *plan.Template, ts *plan.Test) { ts.Questions[2].Within = -1 },
			`tests[0].questions[2].within: how far off the number may be is not below zero`},
		{"one option", func(_ *plan.Template, ts *plan.Test) {
			ts.Questions[0].Options, ts.Questions[0].Right = ts.Questions[0].Options[:1], []int{1}
		},
			`tests[0].questions[0].options: there are 1 options; write from 2 to 8, or a number`},
		{"neither options nor a number", func(_ *plan.Template, ts *plan.Test) { ts.Questions[0].Options, ts.Questions[0].Right = nil, nil },
			`tests[0].questions[0].options: there are 0 options; write from 2 to 8, or a number`},
		{"too many options", func(_ *plan.Template, ts *plan.Test) {
			ts.Questions[0].Options = slices.Repeat(ts.Questions[0].Options, 3)
		},
			`tests[0].questions[0].options: there are 9 options; write from 2 to 8, or a number`},
		{"nothing is right", func(_ *plan.Template, ts *plan.Test) { ts.Questions[0].Right = nil },
			`tests[0].questions[0].right: no option is right; name at least one by its number, the first being 1`},
		{"an option that is too long", func(_ *plan.Template, ts *plan.Test) { ts.Questions[1].Options[3].Zh = long(76) },
			`tests[0].questions[1].options[3].zh: it has 76 characters; at most 75 can be shown`},
		{"right is what is not there", func(_ *plan.Template, ts *plan.Test) { ts.Questions[0].Right = []int{4} },
			`tests[0].questions[0].right[0]: 4 is no option, or is there twice; write numbers from 1 to 3`},
		{"right is counted from 0", func(_ *plan.Template, ts *plan.Test) { ts.Questions[0].Right = []int{0} },
			`tests[0].questions[0].right[0]: 0 is no option, or is there twice; write numbers from 1 to 3`},
		{"right is named twice", func(_ *plan.Template, ts *plan.Test) { ts.Questions[1].Right = []int{1, 3, 1} },
			`tests[0].questions[1].right[2]: 1 is no option, or is there twice; write numbers from 1 to 4`},
	} {
		s := small()
		test.change(&s.Template, &s.Tests[0])
		if diff := cmp.Diff([]string{test.want}, found([]plan.Template{s.Template}, s.Tests)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// What lies between templates is checked too: there is one, and no two of them, nor two tests, have one code. All faults are told at once.
func TestCheckOfSeveral(t *testing.T) {
	for _, test := range []struct {
		name      string
		templates []plan.Template
		tests     []plan.Test
		want      []string
	}{
		{"no template", nil, []plan.Test{quiz()}, []string{"templates: there is no template, so no plan could begin; write at least one"}},
		{"two templates of one code", []plan.Template{small().Template, small().Template}, []plan.Test{quiz()},
			[]string{`templates[1].code: another template is called "small" already; each needs a code of its own`}},
		{"two tests of one code", []plan.Template{small().Template}, []plan.Test{quiz(), quiz()},
			[]string{`tests[1].code: another test is called "quiz" already; each needs a code of its own`}},
		{"several at once", []plan.Template{{Code: "x", Name: words("X"), Phases: []plan.Phase{{Code: "one", Name: words("One"), From: 1, To: 0,
			Gate: plan.Gate{SignOff: "it", Extend: 100}}}}}, nil, []string{
			"templates[0].phases[0].to: day 0 is no end for a phase that begins on day 1; write one from 1 to 400",
			`templates[0].phases[0].gate.sign_off: "it" cannot sign off; write mentor or manager, or leave it out`,
			"templates[0].phases[0].gate.extend: a phase cannot be extended by 100 days; write a number from 0 to 90"}},
	} {
		if diff := cmp.Diff(test.want, found(test.templates, test.tests)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// What is let through can be used: every question can be answered right in a chat.
func TestEveryQuestionThatIsLetThroughCanBeAnswered(t *testing.T) {
	for _, n := range []int64{0, 1, 40, 150_000, 1_000_000_000, -5, 1_000_000_001} {
		s := small()
		s.Tests[0].Questions, s.Tests[0].Draw, s.Tests[0].Pass = []plan.Question{{Ask: words("Count"), Number: &n}}, 1, 100
		if faults := found([]plan.Template{s.Template}, s.Tests); faults != nil {
			continue // it is refused, which is as well
		}
		r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
		r.to("2026-03-09 10:00")
		if err := r.try(nia, workflows.Act{Event: plan.BeginTest, Digest: r.p.Digest, Form: workflows.Form{"q1": fmt.Sprint(n)}}); err != nil {
			t.Errorf("%d is right, nod check finds nothing wrong with it, and typing it is refused: %v", n, err)
		} else if !r.p.Phases[0].Attempts[0].Passed {
			t.Errorf("%d is right and counts as wrong", n)
		}
	}
}

// A template is for those with one of its roles and of one of its tiers, as far as it names any.
func TestWhomATemplateFits(t *testing.T) {
	for _, test := range []struct {
		roles, tiers []string
		person       workflows.Person
		want         bool
	}{
		{nil, nil, workflows.Person{}, true},
		{[]string{"sales"}, nil, workflows.Person{Roles: []string{"mentor", "sales"}}, true},
		{[]string{"sales"}, nil, workflows.Person{Roles: []string{"mentor"}}, false},
		{nil, []string{"new", "senior"}, workflows.Person{Tier: "senior"}, true},
		{nil, []string{"new"}, workflows.Person{}, false},
		{[]string{"sales"}, []string{"new"}, workflows.Person{Roles: []string{"sales"}, Tier: "new"}, true},
		{[]string{"sales"}, []string{"new"}, workflows.Person{Roles: []string{"sales"}, Tier: "expert"}, false},
		{[]string{"sales"}, []string{"new"}, workflows.Person{Tier: "new"}, false},
	} {
		if got := (plan.Template{Roles: test.roles, Tiers: test.tiers}).Fits(test.person); got != test.want {
			t.Errorf("for %v %v, somebody with %v of %q: %v", test.roles, test.tiers, test.person.Roles, test.person.Tier, got)
		}
	}
}
