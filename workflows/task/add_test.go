package task_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/task"
)

// add has somebody add a task that succeeds.
func add(t rapid.TB, c *company, by workflows.PersonID, tk task.Task) (task.Task, workflows.Outcome) {
	t.Helper()
	added, o, err := task.New(taskID, tk, c.actor(by), c.facts())
	if err != nil {
		t.Fatalf("add by %d: %v", by, err)
	}
	audited(t, c, task.Task{}, added, by, task.Add, o)
	return added, o
}

// Rules §7, acting for others: hr adds a task for anyone, a manager for the people below, everybody for themselves, and nobody else does.
func TestWhoMayAddForWhom_Rules7(t *testing.T) {
	for _, test := range []struct {
		name    string
		by, who workflows.PersonID
		allowed bool
	}{
		{"oneself", tom, tom, true},
		{"the manager", kai, tom, true},
		{"the manager's manager", wei, tom, true},
		{"hr, for whoever is not below them", mei, tom, true},
		{"hr, for their own manager", mei, wei, true},
		{"a colleague of the same team", lin, tom, false},
		{"somebody for their manager", tom, kai, false},
		{"a manager for a manager beside them", kai, ivo, false},
		{"an administrator", ada, tom, false},
	} {
		c := newCompany("2026-03-02 10:00")
		tk := task.Task{Title: workflows.Said("call Huaxin"), Owner: test.who}
		if !test.allowed {
			_, o, err := task.New(taskID, tk, c.actor(test.by), c.facts())
			refusal(t, err, workflows.Error{Code: workflows.NotYours, Text: "task.not_for_them"})
			if diff := cmp.Diff(workflows.Outcome{}, o); diff != "" {
				t.Errorf("%s: refused, and something follows:\n%s", test.name, diff)
			}
			continue
		}
		added, o := add(t, c, test.by, tk)
		if added.Owner != test.who || added.By != test.by || added.Source != (task.Source{Kind: task.Manual}) || added.State != task.StateOpen ||
			added.Seq != 1 || added.ID != taskID || o.Prefix != task.Prefix || added.Kind != task.Kind {
			t.Errorf("%s: added %+v, prefix %q", test.name, added, o.Prefix)
		}
		if diff := cmp.Diff([]workflows.Party{test.who.Party()}, o.Cards); diff != "" {
			t.Errorf("%s: the owner gets the card:\n%s", test.name, diff)
		}
		if o.Claims != nil || len(o.Notices) > 0 {
			t.Errorf("%s: claims %v, notices %v", test.name, o.Claims, o.Notices)
		}
		if o.Told.Carded != (test.by == test.who) {
			t.Errorf("%s: carded %v", test.name, o.Told.Carded)
		}
		want := any(nil)
		if test.by != test.who {
			want = c.people[test.who].Name
		}
		if o.Told.Args["For"] != want {
			t.Errorf("%s: told that it is for %v", test.name, o.Told.Args["For"])
		}
	}
}

// Whoever has left adds nothing, and what no person sends adds nothing as one.
func TestWhoHasLeftAddsNothing(t *testing.T) {
	c := newCompany("2026-03-02 10:00")
	tk := task.Task{Title: workflows.Said("call Huaxin"), Owner: bob}
	_, _, err := task.New(taskID, tk, c.actor(bob), c.facts())
	refusal(t, err, workflows.Error{Code: workflows.Unknown, Text: "person.unknown"})
	_, _, err = task.New(taskID, tk, workflows.OperatorActor("root"), c.facts())
	refusal(t, err, workflows.Error{Code: workflows.Unknown, Text: "person.unknown"})
}

// I14: nobody adds a task for somebody who has left, as nobody hands one over to them: it would be nobody's.
func TestNothingIsAddedForWhoHasLeft_I14(t *testing.T) {
	for _, by := range people(mei, kai, wei) {
		c := newCompany("2026-03-02 10:00")
		added, _, err := task.New(taskID, task.Task{Title: workflows.Said("call Huaxin"), Owner: bob}, c.actor(by), c.facts())
		if err == nil {
			t.Errorf("%d adds a task for Bob, who has left: its owner is %d", by, added.Owner)
		}
	}
}

// A title is one line of 1 to 200 runes of which something is visible, and a note has at most 500.
func TestTitleAndNoteOfATask(t *testing.T) {
	for _, test := range []struct {
		name, title, note string
		want              string // the title that is kept
		refuse            workflows.Error
	}{
		{name: "plain", title: "call Huaxin", want: "call Huaxin"},
		{name: "space around and between", title: "  call \t\n Huaxin\r\n", want: "call Huaxin"},
		{name: "Chinese, counted in runes", title: strings.Repeat("电", 200), want: strings.Repeat("电", 200)},
		{name: "a note of 500", title: "call", note: strings.Repeat("话", 500), want: "call"},
		{name: "nothing", title: "", refuse: workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "title"}},
		{name: "only space", title: " \n\t　", refuse: workflows.Error{Code: workflows.Invalid, Text: "field.required", Field: "title"}},
		{name: "only zero-width", title: "\u200b\u200d\ufeff", refuse: workflows.Error{Code: workflows.Invalid, Text: "text.invisible"}},
		{name: "too long", title: strings.Repeat("电", 201), refuse: workflows.Error{Code: workflows.Invalid, Text: "text.too_long"}},
		{name: "NUL", title: "a\x00b", refuse: workflows.Error{Code: workflows.Invalid, Text: "text.invalid"}},
		{name: "no UTF-8", title: "a\xffb", refuse: workflows.Error{Code: workflows.Invalid, Text: "text.invalid"}},
		{name: "marks", title: "a" + strings.Repeat("\u0301", 9), refuse: workflows.Error{Code: workflows.Invalid, Text: "text.combining"}},
		{name: "a note that is too long", title: "call", note: strings.Repeat("话", 501),
			refuse: workflows.Error{Code: workflows.Invalid, Text: "text.too_long"}},
		{name: "a note of zero-width", title: "call", note: "\u200b", refuse: workflows.Error{Code: workflows.Invalid, Text: "text.invisible"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCompany("2026-03-02 10:00")
			tk := task.Task{Title: workflows.Said(test.title), Note: workflows.Said(test.note), Owner: tom}
			if test.refuse.Code != "" {
				_, _, err := task.New(taskID, tk, c.actor(tom), c.facts())
				refusal(t, err, test.refuse)
				return
			}
			if added, _ := add(t, c, tom, tk); added.Title != workflows.Said(test.want) {
				t.Errorf("the title is %q", added.Title)
			}
		})
	}
}

// A task is due today or later, by the date at its owner's place: on two sides of the date line the same moment has two dates.
func TestTaskIsDueInTheOwnersZone(t *testing.T) {
	for _, test := range []struct {
		zone, today string
	}{
		{"Pacific/Kiritimati", "2026-03-03"}, // UTC+14
		{"Asia/Shanghai", "2026-03-02"},
		{"Pacific/Pago_Pago", "2026-03-01"}, // UTC-11
	} {
		c := newCompany("2026-03-02 18:30") // 10:30 UTC
		c.people[tom].Zone = test.zone
		today := on(test.today)
		tk := task.Task{Title: workflows.Said("call Huaxin"), Owner: tom}
		if added, _ := add(t, c, kai, tk); added.Due != today {
			t.Errorf("%s: without a date it is due on %s, want %s", test.zone, added.Due, today)
		}
		tk.Due = today
		add(t, c, kai, tk)
		tk.Due = today.AddDays(-1)
		_, _, err := task.New(taskID, tk, c.actor(kai), c.facts())
		refusal(t, err, workflows.Error{Code: workflows.Invalid, Text: "task.past", Field: "due"})
		tk.Due = today.AddDays(732)
		add(t, c, kai, tk)
		tk.Due = today.AddDays(733)
		_, _, err = task.New(taskID, tk, c.actor(kai), c.facts())
		refusal(t, err, workflows.Error{Code: workflows.Invalid, Text: "date.range", Field: "due"})
	}
}

// What only a company's template has, a link first of all, is nothing that somebody adds in a chat.
func TestNobodyTypesLinksOrChecklists_I12(t *testing.T) {
	for name, smuggle := range map[string]func(*task.Task){
		"a link":         func(tk *task.Task) { tk.Link = "https://evil.example" },
		"a checklist":    func(tk *task.Task) { tk.Checklist = []task.Check{{Text: workflows.Said("one")}} },
		"files":          func(tk *task.Task) { tk.Files = []string{fileOne} },
		"a file to come": func(tk *task.Task) { tk.HandIn = true },
	} {
		c := newCompany("2026-03-02 10:00")
		tk := task.Task{Title: workflows.Said("call Huaxin"), Owner: tom}
		smuggle(&tk)
		if _, _, err := task.New(taskID, tk, c.actor(tom), c.facts()); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	c := newCompany("2026-03-02 10:00")
	added, _ := add(t, c, tom, task.Task{Title: workflows.Said("call Huaxin"), Owner: tom, By: mei,
		Source: task.Source{Kind: task.FromPlan, Subject: "019c0000-0000-7000-8000-0000000000aa", Item: "x"}})
	if added.By != tom || added.Source != (task.Source{Kind: task.Manual}) {
		t.Errorf("Tom added it, whatever it says: by %d, source %+v", added.By, added.Source)
	}
}

// I6: a source gives each item of each part out once. It makes no sound: the reminder does.
func TestGivenTaskClaimsItsItem_I6(t *testing.T) {
	c := newCompany("2026-03-03 18:00")
	added, o := add(t, c, clock, given("2026-03-04"))
	if len(o.Cards) > 0 || len(o.Notices) > 0 || added.By != 0 || added.Source.Kind != task.FromPlan {
		t.Errorf("cards %v, notices %v, by %d, source %+v", o.Cards, o.Notices, added.By, added.Source)
	}
	if len(o.Claims) != 1 || o.Claims[0] != added.Source.Key() {
		t.Fatalf("it claims %v", o.Claims)
	}
	keys := []string{o.Claims[0]}
	for _, s := range []task.Source{
		{Kind: task.FromPlan, Subject: added.Source.Subject, Part: "product", Item: "welcome"},
		{Kind: task.FromPlan, Subject: added.Source.Subject, Part: "skills", Item: "handbook"},
		{Kind: task.FromPlan, Subject: "019c0000-0000-7000-8000-0000000000bb", Part: "product", Item: "handbook"},
	} {
		if slices.Contains(keys, s.Key()) {
			t.Errorf("%+v has the key of another", s)
		}
		keys = append(keys, s.Key())
	}
	if _, again := add(t, c, clock, given("2026-03-09")); !slices.Equal(again.Claims, o.Claims) {
		t.Errorf("the same item claims %v, and %v before", again.Claims, o.Claims)
	}
}

// The form of a new task asks for what said checks: a title and a day at least.
func TestNewForm(t *testing.T) {
	a := task.NewForm(workflows.Form{"title": "call"})
	var names, required []string
	for _, f := range a.Fields {
		names = append(names, f.Name)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	if !slices.Equal(names, []string{"title", "due", "person", "note"}) || !slices.Equal(required, []string{"title", "due"}) ||
		a.Event != task.Add || a.Kind != task.Kind || a.Values["title"] != "call" {
		t.Errorf("the form is %+v", a)
	}
}
