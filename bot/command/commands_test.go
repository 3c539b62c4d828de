package command_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/command"
	"github.com/nod-chat/nod/bot/texts"
	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/policy"
)

// now is when everything here is typed: a Wednesday.
var now = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// office has one request, LV-1, and knows leave. It breaks over all else that it is asked.
type office struct {
	command.Engine
	command.Directory
	kinds []*workflows.Kind
}

func (o office) Ledgers(context.Context, workflows.PersonID, time.Time) ([]workflows.Ledger, error) {
	return nil, nil
}

func (o office) Now() time.Time           { return now }
func (o office) Kinds() []*workflows.Kind { return o.kinds }

func (o office) Prefixes() []string {
	var list []string
	for _, k := range o.kinds {
		list = append(list, k.Prefix)
	}
	return list
}

func (o office) Current(name workflows.KindName) (*workflows.Kind, bool) {
	for _, k := range o.kinds {
		if k.Kind == name {
			return k, true
		}
	}
	return nil, false
}

func (o office) Find(_ context.Context, number string) (workflows.Ref, error) {
	if number != "LV-1" {
		return workflows.Ref{}, workflows.Refuse(workflows.NotFound, "request.not_found", workflows.Args{"Number": number})
	}
	return workflows.Ref{Kind: "leave", ID: "one", Number: number}, nil
}

func (o office) PeopleNamed(context.Context, []string, int) ([]workflows.Person, error) {
	return nil, nil
}

func (o office) RequestsOf(context.Context, workflows.PersonID, workflows.Page) (workflows.List, error) {
	return workflows.List{}, nil
}

func openTexts(t *testing.T) *texts.Texts {
	t.Helper()
	words, err := texts.New(policy.Default().Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// newOffice has all kinds; nothing that is typed there changes a card.
func newOffice(t *testing.T) (*command.Commands, *texts.Texts) {
	t.Helper()
	words, o := openTexts(t), office{kinds: policy.Default().Kinds()}
	return command.New(o, o, words, func() { t.Error("cards are to be drawn, and none has changed") }), words
}

// tomOf is a person in Berlin who reads English.
func tomOf(words *texts.Texts) command.Author {
	return command.Author{Person: workflows.Person{ID: 1, Zone: "Europe/Berlin"}, Print: words.For("en", "UTC", now)}
}

// What is typed comes to a value: a form to open, a request to show, or a message, with the open form taken away or not.
func TestWhatIsTypedComesToAValue(t *testing.T) {
	commands, words := newOffice(t)
	tom := tomOf(words)

	for typed, want := range map[string]struct {
		form   map[string]string // nil: none
		intro  bool
		show   workflows.SubjectID
		leave  bool
		begins string
	}{
		"/leave annual 2026-12-01": {form: map[string]string{"type": "annual", "from": "2026-12-01"}},
		"leave":                    {form: map[string]string{}},
		"年假 12月1日":                 {form: map[string]string{"type": "annual", "from": "2026-12-01"}, intro: true},
		"/requests LV-1":           {show: "one"},
		"requests LV-1":            {show: "one"},
		"/cancel":                  {leave: true, begins: "Discarded"},
		"/help":                    {begins: "What you can type"},
		"/foo bar":                 {begins: "I do not know /foo"},
		"requests of my team":      {begins: "I did not understand"},
	} {
		content := bot.ReadTyped(typed)
		got, err := commands.Run(t.Context(), tom, content)
		if err != nil {
			t.Errorf("%q: %v", typed, err)
			continue
		}
		if (got.Ask != nil) != (want.form != nil) || got.Show != want.show || got.Leave != want.leave ||
			!strings.HasPrefix(got.Message.Text, want.begins) {
			t.Errorf("%q comes to %+v", typed, got)
		}
		if commands.Opens(content) != (got.Ask != nil) {
			t.Errorf("%q comes to %+v, and whether that opens a form is told otherwise", typed, got)
		}
		if got.Ask == nil {
			continue
		}
		if !has(got.Ask.Values, want.form) || (got.Ask.Intro != "") != want.intro {
			t.Errorf("%q asks for %+v", typed, got.Ask)
		}
	}
	if _, err := commands.Run(t.Context(), tom, bot.Command{Name: "requests", Args: "LV-2"}); err == nil {
		t.Error("a request that is none is shown")
	}
}

// Of a line that could be meant for several kinds it is asked for which; each answer opens that kind's form, filled in from the line.
func TestTwoCandidatesAreAskedAbout(t *testing.T) {
	commands, words := newOffice(t)
	tom := tomOf(words)
	for line, forms := range map[string][]map[string]string{
		"明天请假，申请两台显示器": {
			{"from": "2026-11-26", "to": "2026-11-26", "reason": "申请两台显示器"},
			{"item": "显示器", "quantity": "2", "reason": "明天请假，申请"},
		},
		"sick leave tomorrow":            {{"type": "sick"}},
		"two laptops please next Monday": {{"item": "laptops", "quantity": "2"}},
	} {
		typed := bot.Said{Text: line}
		got, err := commands.Run(t.Context(), tom, typed)
		if err != nil {
			t.Fatal(err)
		}
		asked := got.Message.Actions
		if len(forms) == 1 {
			if got.Ask == nil || len(asked) > 0 || !has(got.Ask.Values, forms[0]) {
				t.Errorf("%q comes to %+v", line, got)
			}
			continue
		}
		if got.Ask != nil || commands.Opens(typed) || !strings.HasPrefix(got.Message.Text, "This could mean two things") || len(asked) != len(forms) {
			t.Errorf("%q comes to %+v", line, got)
			continue
		}
		for i, want := range forms {
			pressed := bot.ReadCommand(asked[i].Args)
			if asked[i].Name != bot.CommandAction || !asked[i].Opens || !commands.Opens(pressed) {
				t.Errorf("%q offers %+v", line, asked[i])
			}
			got, err := commands.Run(t.Context(), tom, pressed)
			if err != nil || got.Ask == nil || !has(got.Ask.Values, want) {
				t.Errorf("%q, then %q: %+v, %v", line, asked[i].Label, got.Ask, err)
			}
		}
	}
}

// has tells whether a form has these values.
func has(form workflows.Form, want map[string]string) bool {
	values := maps.Clone(form)
	maps.DeleteFunc(values, func(name, _ string) bool { _, ok := want[name]; return !ok })
	return maps.Equal(values, want)
}

// What may follow a command is named in the language of the list.
func TestUsageIsInTheReadersLanguage(t *testing.T) {
	commands, words := newOffice(t)
	for language, want := range map[string]map[string]string{
		"en": {"leave": "[type] [from] [to] [reason]", "equipment": "[item] [quantity] [amount] [currency] [reason]", "requests": "[NUMBER]", "approvals": ""},
		"zh": {"leave": "[类型] [开始] [结束] [事由]", "equipment": "[物品] [数量] [费用] [币种] [理由]", "requests": "[编号]", "approvals": ""},
	} {
		got := map[string]string{}
		for _, h := range commands.Help(words.For(language, "UTC", now)) {
			got[h.Name] = h.Usage
		}
		for name, usage := range want {
			if got[name] != usage {
				t.Errorf("in %s, %s takes %q, want %q", language, name, got[name], usage)
			}
		}
	}
}
