package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/plan"
)

// asked is all of a form that leaves for a chat, as JSON.
func asked(t rapid.TB, a workflows.Asking) string {
	t.Helper()
	type option struct {
		Value string
		Alias []string
		Row   workflows.Row
	}
	all := struct {
		Title, Intro workflows.Row
		Fields       []workflows.Field
		Values       workflows.Form
		Labels       []*workflows.Row
		Options      [][]option
	}{Title: a.Title, Intro: a.Intro, Fields: a.Fields, Values: a.Values}
	for _, f := range a.Fields {
		all.Labels = append(all.Labels, f.Label)
		var options []option
		if list := a.Options[f.From]; list != nil {
			for _, o := range list(workflows.Person{}) {
				options = append(options, option{o.Value, o.Alias, o.Row()})
			}
		}
		all.Options = append(all.Options, options)
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// test is the form of the next attempt.
func (r *run) test() workflows.Asking {
	r.t.Helper()
	a, err := r.s.Asking(r.p, plan.BeginTest, r.actor(nia), r.facts(nia))
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// drawn are what an attempt asks, in its order.
func (r *run) drawn() []string {
	r.t.Helper()
	var list []string
	for _, q := range r.questions() {
		list = append(list, q.Ask.En)
	}
	return list
}

// What is right never leaves for the chat: form, card and answers are the same whichever option or number is right.
func TestRightAnswersDoNotLeak_I11(t *testing.T) {
	// leaves is all that a chat gets of a test, before it and after an attempt that is wrong in every variant.
	leaves := func(change func(q []plan.Question)) string {
		s := small()
		change(s.Tests[0].Questions)
		r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
		r.to("2026-03-09 10:00")
		all := asked(t, r.test())
		v, _ := s.View(r.p, r.actor(nia), r.facts(nia))
		form := workflows.Form{}
		for i, q := range r.questions() {
			form[fmt.Sprintf("q%d", i+1)] = map[string]string{"Choose": "3", "Name all": "D", "Count": "999"}[q.Ask.En]
		}
		r.press(nia, plan.BeginTest, form)
		after, _ := s.View(r.p, r.actor(nia), r.facts(nia))
		for _, x := range []any{v, r.o.Told, r.o.Notices, after} {
			body, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			all += "\n" + string(body)
		}
		return all
	}
	number := func(n, within int64) func(q []plan.Question) {
		return func(q []plan.Question) { q[2].Number, q[2].Within = &n, within }
	}
	want := leaves(func([]plan.Question) {})
	for name, change := range map[string]func(q []plan.Question){
		"another option":        func(q []plan.Question) { q[0].Right = []int{1} },
		"other options":         func(q []plan.Question) { q[1].Right = []int{2, 3} },
		"one more of them":      func(q []plan.Question) { q[1].Right = []int{1, 2, 3} },
		"another number":        number(7, 2),
		"a number, more freely": number(40, 9),
	} {
		if diff := cmp.Diff(want, leaves(change)); diff != "" {
			t.Errorf("%s: what leaves for the chat differs:\n%s", name, diff)
		}
	}
}

// A form that opens again asks the same; the next attempt, another phase and another plan draw anew, never more than the test says.
func TestDrawnQuestions(t *testing.T) {
	r := begin(t, newCompany("2026-10-20 10:00"), shipped(), "2026-11-02")
	r.to("2026-11-03 10:00")
	first := r.drawn()
	if len(first) != 5 || twice(first) {
		t.Errorf("the test draws %v", first)
	}
	before := asked(t, r.test())
	r.to("2026-11-05 17:00") // whatever happens meanwhile
	if asked(t, r.test()) != before {
		t.Error("opened again, the form asks something else")
	}
	r.press(nia, plan.BeginTest, r.answers(5))
	r.to("2026-11-06 10:00")
	if again := r.drawn(); slices.Equal(slices.Sorted(slices.Values(again)), slices.Sorted(slices.Values(first))) || len(again) != 5 || twice(again) {
		t.Errorf("the next attempt asks %v, the one before %v", again, first)
	}
	same := 0
	for i := range 20 {
		other := r.p
		other.ID = workflows.SubjectID(fmt.Sprintf("019c0000-0000-7000-8000-%012d", i))
		other.Phases = slices.Clone(other.Phases)
		other.Phases[0].Attempts = nil
		a, err := r.s.Asking(other, plan.BeginTest, r.actor(nia), r.facts(nia))
		if err != nil {
			t.Fatal(err)
		}
		var asks []string
		for _, f := range a.Fields {
			asks = append(asks, f.Label.Args["Ask"].(workflows.Words).En)
		}
		if slices.Equal(asks, first) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 20 other plans are asked the same", same)
	}
}

// The form says how many questions there are, what is needed, and which try it is; each question is asked in the way of its kind.
func TestFormOfATest(t *testing.T) {
	r := inOne(t)
	a := r.test()
	if diff := cmp.Diff(workflows.Args{"Count": 3, "Pass": 66, "Attempt": 1, "Attempts": 2}, a.Intro.Args); diff != "" {
		t.Errorf("the form says:\n%s", diff)
	}
	kinds := map[string]workflows.FieldType{}
	for i, q := range r.questions() {
		f := a.Fields[i]
		kinds[q.Ask.En] = f.Type
		if f.Type == workflows.Choice {
			var options []string
			for _, o := range a.Options[f.From](workflows.Person{}) {
				options = append(options, fmt.Sprint(o.Value, o.Row().Args["Words"]))
			}
			if want := []string{"1{a 中a}", "2{b 中b}", "3{c 中c}"}; !slices.Equal(options, want) {
				t.Errorf("the options are %v", options)
			}
		}
		if q.Ask.En == "Name all" && f.Label.Args["Options"] != (workflows.Words{En: "\nA  d\nB  e\nC  f\nD  g", Zh: "\nA  中d\nB  中e\nC  中f\nD  中g"}) {
			t.Errorf("the lettered options are %q", f.Label.Args["Options"])
		}
	}
	want := map[string]workflows.FieldType{"Choose": workflows.Choice, "Name all": workflows.Text, "Count": workflows.Number}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("the fields are:\n%s", diff)
	}
}

// Rules §5: the score is the share of right answers in whole per cent, cut; the pass mark itself is enough.
func TestScore_Rules5(t *testing.T) {
	for _, test := range []struct {
		wrong, pass, score int
		passed             bool
	}{
		{0, 100, 100, true},
		{1, 66, 66, true}, // 2 of 3 are 66.67
		{1, 67, 66, false},
		{2, 33, 33, true},
		{2, 34, 33, false},
		{3, 1, 0, false},
	} {
		s := small()
		s.Tests[0].Pass = test.pass
		r := begin(t, newCompany("2026-03-04 10:00"), s, "2026-03-09")
		r.to("2026-03-09 10:00")
		r.press(nia, plan.BeginTest, r.answers(test.wrong))
		a := r.p.Phases[0].Attempts[0]
		if a.Score != test.score || a.Passed != test.passed || len(a.Missed) != test.wrong || !a.At.Equal(r.now) {
			t.Errorf("%d wrong of 3, mark %d: %+v", test.wrong, test.pass, a)
		}
		args := r.o.Told.Args
		if args["Score"] != test.score || args["Right"] != 3-test.wrong || args["Asked"] != 3 || args["Passed"] != test.passed || args["Left"] != 1 {
			t.Errorf("the new hire is told %v", args)
		}
		r.same("told of the score", r.told("notice.plan_tested"), lin)
		if n := len(strings.Split(strings.TrimPrefix(args["Missed"].(workflows.Words).En, "\n"), "\n")); test.wrong > 0 && n != test.wrong {
			t.Errorf("%d questions are named to look at again", n)
		}
	}
}

// Of a question with several right options all have to be named and no other: in any order and case, in full-width letters, with whatever
// people put between them. A number may be as far off as the question says.
func TestWhichAnswersAreRight(t *testing.T) {
	for _, test := range []struct {
		ask, answer string
		right       bool
	}{
		{"Name all", "AC", true}, // d and f
		{"Name all", "CA", true},
		{"Name all", "ac", true},
		{"Name all", "ＡＣ", true},
		{"Name all", "ｃａ", true},
		{"Name all", "A, C", true},
		{"Name all", "A C", true},
		{"Name all", "a;c", true},
		{"Name all", "A，C", true},
		{"Name all", "A、C", true},
		{"Name all", "Ａ、Ｃ．", true},
		{"Name all", "A. C.", true},
		{"Name all", "ACA", true}, // named twice is named
		{"Name all", "A", false},
		{"Name all", "C", false},
		{"Name all", "ABC", false},
		{"Name all", "ACD", false},
		{"Name all", "BD", false},
		{"Name all", "ACE", false}, // there is no E
		{"Name all", "A1C", false},
		{"Name all", "13", false},
		{"Name all", "A and C", false},
		{"Name all", "？", false},
		{"Choose", "2", true},
		{"Choose", "1", false},
		{"Choose", "3", false},
		{"Count", "40", true},
		{"Count", "38", true},
		{"Count", "42", true},
		{"Count", "４０", true},
		{"Count", "37", false},
		{"Count", "43", false},
		{"Count", "0", false},
		{"Count", "4000000", false},
	} {
		r := inOne(t)
		form := workflows.Form{}
		place := -1
		for i, q := range r.questions() {
			form[fmt.Sprintf("q%d", i+1)] = right(q)
			if q.Ask.En == test.ask {
				form[fmt.Sprintf("q%d", i+1)], place = test.answer, slices.IndexFunc(quiz().Questions, func(o plan.Question) bool { return o.Ask == q.Ask })
			}
		}
		r.press(nia, plan.BeginTest, form)
		missed := r.p.Phases[0].Attempts[0].Missed
		if test.right != (len(missed) == 0) || !test.right && !slices.Equal(missed, []int{place}) {
			t.Errorf("%s: %q: missed %v", test.ask, test.answer, missed)
		}
	}
}

// A press without all answers, or with what is no answer, is refused at its question, and costs no try.
func TestAnswersThatAreNone(t *testing.T) {
	r := inOne(t)
	for _, test := range []struct{ ask, answer, text string }{
		{"Choose", "", "field.required"},
		{"Choose", "4", "field.choice"},
		{"Choose", "b", "field.choice"},
		{"Name all", "\u200b", "text.invisible"},
		{"Name all", strings.Repeat("A", 41), "text.too_long"},
		{"Count", "forty", "number.invalid"},
		{"Count", "1e9", "number.invalid"},
		{"Count", "40.5", "number.whole"},
		{"Count", "99999999999999999999", "number.range"},
	} {
		form, field := r.answers(0), ""
		for i, q := range r.questions() {
			if q.Ask.En == test.ask {
				field = fmt.Sprintf("q%d", i+1)
			}
		}
		form[field] = test.answer
		r.refused(nia, plan.BeginTest, form, workflows.Error{Code: workflows.Invalid, Text: test.text, Field: field})
	}
	if len(r.p.Phases[0].Attempts) > 0 {
		t.Errorf("tries: %+v", r.p.Phases[0].Attempts)
	}
}

// Rules §5: a phase has so many tries, hours lie between two, and an extension gives them again. What is too soon says from when on.
func TestTries_Rules5(t *testing.T) {
	r := inOne(t)
	r.press(nia, plan.BeginTest, r.answers(3))
	if r.o.Told.Args["Left"] != 1 {
		t.Errorf("told %v", r.o.Told.Args)
	}
	r.to("2026-03-09 13:59")
	err := r.try(nia, workflows.Act{Event: plan.BeginTest, Digest: r.p.Digest})
	refusal(t, err, workflows.Error{Code: workflows.TooSoon, Text: "plan.test_later"})
	if e, ok := err.(*workflows.Error); !ok || !e.Until.Equal(at("2026-03-09 14:00")) {
		t.Errorf("from when on: %v", err)
	}
	v, _ := r.s.View(r.p, r.actor(nia), r.facts(nia))
	if !slices.ContainsFunc(v.Offers, func(o workflows.Offer) bool { return o.Event == plan.BeginTest }) {
		t.Error("the button is gone, and nothing would bring it back at 14:00")
	}
	r.to("2026-03-09 14:00")
	r.press(nia, plan.BeginTest, r.answers(2))
	if r.o.Told.Args["Left"] != 0 {
		t.Errorf("told %v", r.o.Told.Args)
	}
	r.to("2026-03-10 10:00")
	r.refused(nia, plan.BeginTest, nil, workflows.Error{Code: workflows.NotNow, Text: "plan.no_attempts"})
	r.to("2026-03-11 18:00") // the phase is extended
	r.press(nia, plan.BeginTest, r.answers(3))
	if a := r.p.Phases[0].Attempts; len(a) != 3 || a[2].Round != 1 || r.o.Told.Args["Left"] != 1 {
		t.Errorf("tries %+v, told %v", a, r.o.Told.Args)
	}
	r.to("2026-03-12 10:00")
	r.passTest()
	r.refused(nia, plan.BeginTest, nil, workflows.Error{Code: workflows.NotNow, Text: "plan.no_test"})
}

// The wait between two tries holds over an extension.
func TestWaitOverAnExtension(t *testing.T) {
	r := inOne(t)
	r.to("2026-03-11 17:00")
	r.press(nia, plan.BeginTest, r.answers(3))
	r.to("2026-03-11 18:30")
	r.refused(nia, plan.BeginTest, nil, workflows.Error{Code: workflows.TooSoon, Text: "plan.test_later"})
	r.to("2026-03-11 21:00")
	r.passTest()
}

// There is no test to take before day 1, in a phase without one, while the manager decides, and when the plan is over.
func TestNoTestToTake(t *testing.T) {
	none := workflows.Error{Code: workflows.NotNow, Text: "plan.no_test"}
	r := begin(t, newCompany("2026-03-04 10:00"), small(), "2026-03-09")
	r.refused(nia, plan.BeginTest, nil, none)
	deciding(t).refused(nia, plan.BeginTest, nil, none)
	r = inOne(t)
	r.passTest()
	r.signOff(lin)
	r.to("2026-03-12 10:00")
	r.state("two")
	r.refused(nia, plan.BeginTest, nil, none)
	r.press(mei, plan.Close, workflows.Form{"comment": "moved on"})
	r.refused(nia, plan.BeginTest, nil, workflows.Error{Code: workflows.NotNow, Text: "plan.over"})
}
