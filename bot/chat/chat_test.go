package chat_test

import (
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/workflows"
)

// What was typed is the same command however its slash, its spaces and its letters are written.
func TestCommand(t *testing.T) {
	for typed, want := range map[string]bot.Command{
		"/leave": {Name: "leave"}, "  /Leave  ": {Name: "leave"}, "／leave": {Name: "leave"}, "leave": {Name: "leave"}, "": {}, "/": {}, "  ": {},
		"/leave annual  1 Dec": {Name: "leave", Args: "annual  1 Dec"}, "／LEAVE　年假 明天": {Name: "leave", Args: "年假 明天"},
		"/leave\u00a0annual": {Name: "leave", Args: "annual"}, "/leave\nannual\n": {Name: "leave", Args: "annual"}, "休假　明天": {Name: "休假", Args: "明天"},
	} {
		if got := chat.Command(typed); got != want {
			t.Errorf("%q was read as %+v, want %+v", typed, got, want)
		}
	}
}

func TestAddressed(t *testing.T) {
	for typed, want := range map[string][3]string{
		"/leave@NodBot annual": {"leave", "nodbot", "annual"}, "/leave me@lantern.example": {"leave", "", "me@lantern.example"}, "/leave": {"leave", "", ""},
	} {
		command, to := chat.Addressed(chat.Command(typed))
		if got := [3]string{command.Name, to, command.Args}; got != want {
			t.Errorf("%q was read as %q, want %q", typed, got, want)
		}
	}
}

const (
	subject workflows.SubjectID = "01890a5d-ac96-774b-bcce-b302099a8057"
	digest  string              = "rev3-Rev3_r"
)

func TestReadAction(t *testing.T) {
	for _, want := range []bot.Action{
		{Name: "approve", Label: "同意 <&>", Style: workflows.Primary, Subject: subject, Digest: digest, Number: "LV-7"},
		{Name: "command", Label: "Open", Args: "leave annual", Opens: true},
		{Name: strings.Repeat("n", 64), Number: strings.Repeat("1", 40), Label: strings.Repeat("l", 400), Args: strings.Repeat("a", 1000)},
	} {
		text := chat.Encode(want)
		if strings.Contains(text, `\u003c`) || strings.Contains(text, "\n") {
			t.Errorf("%s is longer than it has to be", text)
		}
		if got, err := chat.ReadAction(text); err != nil || got != want {
			t.Errorf("%s came back as %+v, %v", text, got, err)
		}
	}
	long := func(a bot.Action) string { return chat.Encode(a) }
	for _, text := range []string{"", "null", "{}", "[]", `"approve"`, `["approve"]`, `{"name":""}`, `{"name":"approve"}x`, `{"name":"approve"}]`,
		`{"name":"approve"} {"name":"approve"}`, `{"name":"approve","admin":true}`, `{"name":7}`, `{"name":"approve","subject":7}`,
		`{"name":"approve","subject":"LV-7"}`, `{"name":"approve","subject":"` + strings.ToUpper(string(subject)) + `"}`,
		`{"name":"approve","subject":"` + string(subject) + `\u0000"}`, `{"name":"approve","subject":"` + string(subject) + `\n"}`,
		`{"name":"approve","digest":"rev3"}`, `{"name":"approve","digest":"` + digest + digest + `"}`, `{"name":"approve","digest":["x"]}`,
		long(bot.Action{Name: strings.Repeat("n", 65)}), long(bot.Action{Name: "a", Number: strings.Repeat("1", 41)}),
		long(bot.Action{Name: "a", Label: strings.Repeat("l", 401)}), long(bot.Action{Name: "a", Args: strings.Repeat("a", 1001)}),
		strings.Repeat(`{"name":`, 10_000)} {
		if a, err := chat.ReadAction(text); err == nil || a != (bot.Action{}) {
			t.Errorf("%.80s was read as %+v, %v", text, a, err)
		}
	}
}

func TestCheckState(t *testing.T) {
	sound := func() bot.FormState {
		return bot.FormState{Form: "form:leave", Nonce: "0193-n", Number: "LV-7", Subject: subject, Digest: digest, Values: map[string]string{"from_part": "am"}}
	}
	if err := chat.CheckState(sound()); err != nil {
		t.Error(err)
	}
	if err := chat.CheckState(bot.FormState{Form: "form:leave", Nonce: "n"}); err != nil {
		t.Error(err)
	}
	for name, harm := range map[string]func(*bot.FormState){
		"no form":          func(s *bot.FormState) { s.Form = "" },
		"a form with more": func(s *bot.FormState) { s.Form = "form:leave\n" },
		"no nonce":         func(s *bot.FormState) { s.Nonce = "" },
		"a long nonce":     func(s *bot.FormState) { s.Nonce = strings.Repeat("n", 81) },
		"a number":         func(s *bot.FormState) { s.Number = strings.Repeat("1", 41) },
		"a subject":        func(s *bot.FormState) { s.Subject = "LV-7" },
		"a digest":         func(s *bot.FormState) { s.Digest = "3" },
		"a field":          func(s *bot.FormState) { s.Values["nod.nonce"] = "n" },
		"a nameless field": func(s *bot.FormState) { s.Values[""] = "n" },
	} {
		s := sound()
		if harm(&s); chat.CheckState(s) == nil {
			t.Errorf("%s: %+v was taken", name, s)
		}
	}
}

func TestNews(t *testing.T) {
	f := bot.Form{Fields: []bot.FormField{
		{Name: "type", Label: "Type", Value: "annual", Options: []bot.FormOption{{Value: "annual", Label: "Annual leave"}}},
		{Name: "from", Label: "First day", Value: "2026-12-01", Shown: "Tue 1 Dec"},
		{Name: "reason", Label: "Reason", Value: "family\u202e"},
	}, Preview: []bot.Line{
		{Label: "Type", Text: "Annual leave"}, {Label: "First day", Text: "Tue 1 Dec"}, {Label: "Reason", Text: "“family”", Typed: true},
		{Label: "First day", Text: "a day off"}, {Label: "Balance", Text: "Tue 1 Dec"},
	}}
	news := chat.News(f)
	if len(news) != 2 || news[0].Text != "a day off" || news[1].Label != "Balance" || len(f.Preview) != 5 {
		t.Errorf("the news are %+v", news)
	}
	for i, want := range []string{"Annual leave", "Tue 1 Dec", workflows.Inert("family\u202e")} {
		if got := chat.Shown(f.Fields[i]); got != want {
			t.Errorf("%s is shown as %q, want %q", f.Fields[i].Name, got, want)
		}
	}
}

// A button that comes back can be one of ours, and is written the same again.
func FuzzReadAction(f *testing.F) {
	for _, s := range []string{chat.Encode(bot.Action{Name: "approve", Subject: subject, Digest: digest, Label: "<同意>", Opens: true}), chat.Encode(bot.Action{Name: "command", Args: "leave 1 Dec"}),
		`{"name":"x"}{}`, `{"Name":"x","digest":7}`, `null`, `{"name":"\ud800"}`, ``} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := chat.ReadAction(text)
		if err != nil {
			return
		}
		if err := chat.CheckAction(a); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if again, err := chat.ReadAction(chat.Encode(a)); err != nil || again != a {
			t.Errorf("%q is %+v, and that is %+v, %v", text, a, again, err)
		}
	})
}
