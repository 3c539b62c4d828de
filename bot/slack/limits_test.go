package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/deliver"
	"github.com/nod-chat/nod/workflows"
)

// han is a text of so many characters, three bytes each, so that whoever counts or cuts bytes is found out.
func han(n int) string { return strings.Repeat("很", n) }

// TestLimits draws more than Slack takes of everything, one thing at a time.
func TestLimits(t *testing.T) {
	items := func(n int, text string) []bot.Item {
		var list []bot.Item
		for i := range n {
			list = append(list, bot.Item{Text: fmt.Sprint(i, text), Detail: text, Actions: []bot.Action{{Name: "show", Label: "Show", Number: fmt.Sprint("LV-", i)}}})
		}
		return list
	}
	lines := func(n int, text string) []bot.Line {
		var list []bot.Line
		for i := range n {
			list = append(list, bot.Line{Label: fmt.Sprint("Label ", i), Text: text})
		}
		return list
	}
	actions := func(n int, name string) []bot.Action {
		var list []bot.Action
		for i := range n {
			a := bot.Action{Name: name, Label: "Press", Number: "LV-1"}
			if name == "" {
				a.Name = fmt.Sprint("do", i)
			}
			list = append(list, a)
		}
		return list
	}
	cards := map[string]func(c *bot.Card){
		"header 150":                    func(c *bot.Card) { c.Title = han(400) },
		"section text 3000":             func(c *bot.Card) { c.Lines = []bot.Line{{Label: "Reason", Text: han(5000), Typed: true}} },
		"status and who in one section": func(c *bot.Card) { c.Who, c.Status.Text = han(3000), han(3000) },
		"section fields 10":             func(c *bot.Card) { c.Lines = lines(23, "short") },
		"50 blocks":                     func(c *bot.Card) { c.Lines = lines(90, "a\nb") },
		"50 blocks without labels":      func(c *bot.Card) { c.Lines = lines(90, "a"); unlabel(c.Lines) },
		"all blocks together":           func(c *bot.Card) { c.Lines = lines(30, han(2900)) },
		"label": func(c *bot.Card) {
			c.Lines = []bot.Line{{Label: han(4000), Text: "x"}, {Label: han(4000), Text: han(3500)}}
		},
		"empty texts": func(c *bot.Card) {
			c.Title, c.Icon, c.Status.Text, c.Lines = " ", "", "", []bot.Line{{}, {Label: "x"}, {Text: "\n"}}
		},
		"context 2000":            func(c *bot.Card) { c.Steps = []bot.StepLine{{Text: han(3000), Note: han(3000)}} },
		"many steps":              func(c *bot.Card) { c.Steps = make([]bot.StepLine, 40); fillSteps(c.Steps) },
		"25 buttons in a row":     func(c *bot.Card) { c.Actions = actions(60, "") },
		"a name once in a row":    func(c *bot.Card) { c.Actions = actions(3, "show") },
		"button text 75":          func(c *bot.Card) { c.Actions[0].Label = han(200) },
		"button value 2000":       func(c *bot.Card) { c.Actions[0].Args = strings.Repeat(`"<&`, 600); c.Actions[0].Label = han(900) },
		"button value far beyond": func(c *bot.Card) { c.Actions[1].Args = han(3000) },
		"action_id 255":           func(c *bot.Card) { c.Actions[1].Name = strings.Repeat("x", 300) },
		"fallback":                func(c *bot.Card) { c.Fallback = strings.Repeat("<&>", 3000) },
		"invalid UTF-8":           func(c *bot.Card) { c.Title, c.Lines = "a\xffb", []bot.Line{{Label: "x\xff", Text: "\xf0\x9f"}} },
		"combining marks and big emoji": func(c *bot.Card) {
			c.Lines = []bot.Line{{Label: "x", Text: strings.Repeat("e\u0301👨‍👩‍👧", 900)}}
		},
		"folded and long": func(c *bot.Card) { c.Title = han(5000); *c = c.Fold() },
		"everything at once": func(c *bot.Card) {
			c.Title, c.Who, c.Lines, c.Actions, c.Steps = han(999), han(999), lines(90, han(2999)), actions(60, ""), make([]bot.StepLine, 99)
			fillSteps(c.Steps)
		},
	}
	for name, change := range cards {
		t.Run("card: "+name, func(t *testing.T) {
			c := approverCard(t, "zh")
			change(&c)
			d := draw(deliver.Post{Key: "k", Card: &c})
			takes(t, d.blocks)
			if n := utf8.RuneCountInString(d.text); n == 0 || n > 4000 {
				t.Errorf("the fallback has %d characters", n)
			}
			raw, _ := json.Marshal(d.blocks)
			if strings.Contains(string(raw), "\uFFFD") && !strings.Contains(name, "UTF-8") {
				t.Error("a character was cut in two")
			}
			if len(c.Actions) > 0 && button(c.Actions[0]) != nil && !strings.Contains(string(raw), `"action_id":"`+c.Actions[0].Name+`"`) {
				t.Error("the first button is gone")
			}
			takes(t, drawPlain(deliver.Post{Key: "k", Card: &c}).blocks)
		})
	}
	messages := map[string]bot.Message{
		"text 3000":                {Text: han(9000)},
		"50 blocks":                {Text: "list", Items: items(120, "x")},
		"all together":             {Text: "list", Items: items(40, han(2000))},
		"empty":                    {},
		"item without a text":      {Items: []bot.Item{{}}},
		"a card inside":            {Text: "look", Items: items(60, "x"), Card: func() *bot.Card { c := approverCard(t, "en"); return &c }()},
		"buttons of the same name": {Text: "x", Actions: actions(5, "command")},
	}
	for name, m := range messages {
		t.Run("message: "+name, func(t *testing.T) {
			takes(t, drawMessage(m, maxMessageBlocks).blocks)
			takes(t, drawPlain(deliver.Post{Key: "k", Message: &m}).blocks)
		})
	}
	options := func(n int) []bot.FormOption {
		var list []bot.FormOption
		for i := range n {
			list = append(list, bot.FormOption{Value: fmt.Sprint("v", i), Label: fmt.Sprint("choice ", i)})
		}
		return list
	}
	forms := map[string]func(f *bot.Form){
		"title, submit and close 24": func(f *bot.Form) { f.Title, f.Send, f.Cancel = han(60), han(60), han(60) },
		"no words at all":            func(f *bot.Form) { f.Title, f.Send, f.Cancel, f.Intro, f.Fault = "", "", "", "", "" },
		"label and hint 2000":        func(f *bot.Form) { f.Fields[0].Label, f.Fields[0].Hint = han(3000), han(3000) },
		"100 options":                func(f *bot.Form) { f.Fields[0].Options = options(100) },
		"more than 100 options":      func(f *bot.Form) { f.Fields[0].Options = options(250); f.Fields[0].Value = "v249" },
		"option text 75, value 150": func(f *bot.Form) {
			f.Fields[0].Options = []bot.FormOption{{Value: han(151), Label: "x"}, {Value: han(150), Label: han(100)}, {}}
		},
		"no options":                func(f *bot.Form) { f.Fields[0].Options = nil },
		"a value that is no choice": func(f *bot.Form) { f.Fields[0].Value = "nothing of that" },
		"a date that is none":       func(f *bot.Form) { f.Fields[1].Value = "2026-02-30" },
		"text input 3000":           func(f *bot.Form) { f.Fields[5].Max, f.Fields[5].Value = 60_000, han(60_000) },
		"max_length":                func(f *bot.Form) { f.Fields[5].Max, f.Fields[5].Value = 10, han(11) },
		"private_metadata 3000": func(f *bot.Form) {
			f.Nonce, f.Number, f.Subject, f.Digest = strings.Repeat("n", 100), strings.Repeat("1", 40), goldenSubject, goldenDigest
		},
		"callback_id 255":  func(f *bot.Form) { f.ID = "form:" + strings.Repeat("x", 400) },
		"a long fault":     func(f *bot.Form) { f.Fault, f.Fields[0].Fault, f.Intro = han(4000), han(4000), han(4000) },
		"many lines below": func(f *bot.Form) { f.Preview = lines(200, "a\nb") },
		"100 blocks": func(f *bot.Form) {
			for i := range 150 {
				f.Fields = append(f.Fields, bot.FormField{Name: fmt.Sprint("f", i), Label: "x", Asks: workflows.AskLine, Fault: "wrong"})
			}
		},
	}
	files := func(held, most int) func(f *bot.Form) {
		return func(f *bot.Form) {
			field := bot.FormField{Name: "proof", Label: han(3000), Hint: han(3000), Asks: workflows.AskFiles, Max: most, Fault: "wrong"}
			for i := range held {
				field.Files = append(field.Files, bot.FormFile{ID: fmt.Sprintf("01930000-0000-7000-8000-%012d", i), Name: han(100) + ".pdf"})
			}
			f.Fields = append(f.Fields, field)
		}
	}
	for _, n := range [][2]int{{0, 0}, {0, 1}, {0, 10}, {0, 11}, {3, 5}, {5, 5}, {10, 10}, {10, 30}, {11, 30}, {25, 5}} {
		forms[fmt.Sprintf("%d of %d files", n[0], n[1])] = files(n[0], n[1])
	}
	for name, change := range forms {
		t.Run("form: "+name, func(t *testing.T) {
			f := leaveForm(t, "zh")
			change(&f)
			takes(t, drawMessageForm(f, chat.Encode(formButton{Form: "form:leave", Nonce: "n"})).blocks)
			v := viewOf(f, meta{Respond: "https://hooks.slack.example/" + strings.Repeat("x", 3000)})
			takesView(t, v, "modal")
			got, err := readMeta(v.PrivateMetadata)
			if err != nil || got.Nonce != f.Nonce || got.Subject != f.Subject || got.Digest != f.Digest {
				t.Errorf("%+v came back, %v", got, err)
			}
		})
	}
}

func unlabel(lines []bot.Line) {
	for i := range lines {
		lines[i].Label = ""
	}
}

func fillSteps(steps []bot.StepLine) {
	for i := range steps {
		steps[i] = bot.StepLine{Text: han(200), Note: "…"}
	}
}

// TestInert holds that what people type is in plain_text only, with emoji off, or escaped.
func TestInert(t *testing.T) {
	for _, text := range append(bottest.Hostile, ":rotating_light: @here #general https://evil.example") {
		c := approverCard(t, "en")
		c.Title, c.Who, c.Status.Text, c.Fallback = text, text, text, text
		c.Lines = []bot.Line{{Label: text, Text: text, Typed: true}, {Label: "Long", Text: text + "\n" + text, Typed: true}}
		c.Steps = []bot.StepLine{{Text: text, Note: text}}
		f := leaveForm(t, "en")
		f.Intro, f.Fault, f.Fields[0].Fault, f.Fields[5].Value, f.Preview = text, text, text, text, c.Lines
		f.Fields = append(f.Fields, bot.FormField{Name: "proof", Label: text, Asks: workflows.AskFiles, Files: []bot.FormFile{{ID: "1", Name: text}}})
		m := bot.Message{Text: text, Items: []bot.Item{{Text: text, Detail: text}}}
		check := func(text *slackapi.TextBlockObject) {
			if text == nil {
				return
			}
			switch {
			case text.Type == slackapi.PlainTextType && (text.Emoji == nil || *text.Emoji):
				t.Errorf("emoji are on in %q", text.Text)
			case text.Type == slackapi.MarkdownType && (strings.ContainsAny(text.Text, "<>") || !text.Verbatim || strings.Count(text.Text, "*") != 2):
				t.Errorf("mrkdwn means something: %q", text.Text)
			}
		}
		for _, blocks := range [][]slackapi.Block{cardBlocks(c, 50), viewOf(f, meta{}).Blocks.BlockSet, messageBlocks(m, 50)} {
			for _, b := range blocks {
				switch b := b.(type) {
				case *slackapi.SectionBlock:
					check(b.Text)
					for _, field := range b.Fields {
						check(field)
					}
				case *slackapi.HeaderBlock:
					check(b.Text)
				case *slackapi.ContextBlock:
					for _, e := range b.ContextElements.Elements {
						check(e.(*slackapi.TextBlockObject))
					}
				case *slackapi.InputBlock:
					check(b.Label)
					if boxes, ok := b.Element.(*slackapi.CheckboxGroupsBlockElement); ok {
						check(boxes.Options[0].Text)
					}
				}
			}
		}
		if strings.ContainsAny(fallback(text), "<>") {
			t.Errorf("the fallback means something: %q", fallback(text))
		}
	}
}

// TestActionsComeBack holds that a button carries its action whole.
func TestActionsComeBack(t *testing.T) {
	for _, want := range []bot.Action{
		{Name: "approve", Label: "同意", Style: workflows.Primary, Subject: goldenSubject, Digest: goldenDigest, Number: "LV-1042"},
		{Name: "show", Label: "查看", Subject: goldenSubject, Number: "LV-1042", Opens: true},
		{Name: "command", Label: "<Open>", Args: `leave annual "x" <&> 家事`, Opens: true},
	} {
		b := button(want)
		got, err := blockAction{ID: b.ActionID, Value: b.Value}.action()
		if err != nil || got != want {
			t.Errorf("%+v came back as %+v, %v", want, got, err)
		}
	}
	// What does not fit leaves behind how it looks, and nothing else.
	long := bot.Action{Name: "approve", Label: han(1900), Style: workflows.Primary, Subject: goldenSubject, Digest: goldenDigest,
		Number: "LV-1042", Args: han(330), Opens: true}
	got, err := blockAction{ID: "approve", Value: button(long).Value}.action()
	want := bot.Action{Name: "approve", Subject: goldenSubject, Digest: goldenDigest, Args: long.Args, Opens: true}
	if err != nil || got != want {
		t.Errorf("%+v came back, %v", got, err)
	}
	for _, value := range []string{"", "null", "{}", `{"name":"approve"}x`, `{"name":"reject"}`,
		`{"name":"approve","admin":true}`, `{"name":"approve"} {"name":"approve"}`, `["approve"]`,
		`{"name":"approve","subject":7}`, `{"name":"approve","digest":["x"]}`, `{"name":"approve","number":"LV-1042","revision":3}`} {
		if a, err := (blockAction{ID: "approve", Value: value}).action(); err == nil {
			t.Errorf("%q was read as %+v", value, a)
		}
	}
}
