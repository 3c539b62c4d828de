package slack_test

import (
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// markups are texts as Slack sends them, and as they were typed.
var markups = map[string]string{
	"":                                      "",
	"annual leave tomorrow":                 "annual leave tomorrow",
	"a &lt; b &amp;&amp; c &gt; d":          "a < b && c > d",
	"&amp;lt;":                              "&lt;",
	"&lt;@U0LIN&gt;":                        "<@U0LIN>", // typed so
	"<@U0LIN> annual leave 29 Dec":          "@Lin Xiaoyun annual leave 29 Dec",
	"<@U0LIN|lin.x> 年假":                     "@Lin Xiaoyun 年假",
	"<@U0TOM> 年假 12月29日":                    "@Tom Baker 年假 12月29日",
	"<@U0NOBODY>":                           "@U0NOBODY",
	"<@U0NOBODY|tom.baker>":                 "@tom.baker",
	"<@U0NODBOT> help":                      "help",
	"ask <@U0TOM>, then <@U0TOM>":           "ask @Tom Baker, then @Tom Baker",
	"in <#C0GENERAL|general>":               "in #general",
	"in <#C0GENERAL|> and <#C0GENERAL>":     "in #C0GENERAL and #C0GENERAL",
	"<!here> <!channel> <!everyone>":        "@here @channel @everyone",
	"<!subteam^S0SALES|@sales>":             "@sales",
	"<!subteam^S0SALES>":                    "@S0SALES",
	"<!date^1798502400^{date}|29 Dec>":      "29 Dec",
	"<http://a.example|a.example>":          "a.example",
	"see <https://a.example/x?a=1&amp;b=2>": "see https://a.example/x?a=1&b=2",
	"<https://a.example/|a.example>":        "a.example",
	"<https://a.example|our plan>":          "our plan (https://a.example)",
	"<https://evil.example|a.example>":      "a.example (https://evil.example)",
	"<mailto:a@b.example|a@b.example>":      "a@b.example",
	"<mailto:a@b.example>":                  "a@b.example",
	"<tel:+8613812345678|+86 138>":          "+86 138 (+8613812345678)",
	"5 < 6 and 7 > 6":                       "5 < 6 and 7 > 6",
	"<3 days>":                              "<3 days>",
	"<>":                                    "<>",
	"family :palm_tree:":                    "family 🌴",
	":palm_tree:":                           "🌴",
	":+1::skin-tone-3: ok :flag-cn:":        "👍🏼 ok 🇨🇳",
	":lantern_lab: stays":                   ":lantern_lab: stays", // the workspace's own
	"10:100:30":                             "10:100:30",
	"<https://a.example/:100:/x>":           "https://a.example/:100:/x",
}

// TestMarkup: a message and a command are read as they were typed.
func TestMarkup(t *testing.T) {
	d, b := new(desk), &binder{bound: map[string]bool{"U0LIN": true}}
	h := open(t, d, false, func(c *slack.Config) { c.Binder = b })
	h.Add(slacktest.User{ID: "U0TOM", Name: "Tom Baker"})
	_, err := h.chat.Check(t.Context()) // by which nod knows itself
	h.must(err)
	for sent, want := range markups {
		if sent == "" {
			continue
		}
		event := h.MessageEvent("U0LIN", "x")
		event["event"].(map[string]any)["text"] = sent
		h.SendEvent(t.Context(), event, nil)
		got := ""
		switch c := d.last(t).Content.(type) {
		case bot.Said:
			got = c.Text
		case bot.Command:
			got = c.Name
		}
		if got != want {
			t.Errorf("the line %q is read as %q, want %q", sent, got, want)
		}
		payload := h.CommandPayload("U0LIN", slacktest.DirectChannel("U0LIN"), "requests", "x")
		payload["text"] = sent
		h.SendCommand(t.Context(), payload)
		if c, _ := d.last(t).Content.(bot.Command); c.Args != want {
			t.Errorf("the command %q is read as %q, want %q", sent, c.Args, want)
		}
	}
}

// TestMentionsCostLittle: a line that names everybody has few of them looked up.
func TestMentionsCostLittle(t *testing.T) {
	d := new(desk)
	h := open(t, d, false, nil)
	text := ""
	for range 200 {
		text += "<@U0LIN> "
	}
	event := h.MessageEvent("U0LIN", "x")
	event["event"].(map[string]any)["text"] = text
	h.SendEvent(t.Context(), event, nil)
	if n := len(h.Calls("users.info")); n == 0 || n > 10 {
		t.Errorf("%d look-ups", n)
	}
}

// TestTypedPictures: what is typed in a form comes raw but for its pictures.
func TestTypedPictures(t *testing.T) {
	d := new(desk)
	d.answer = opening(nil).answer
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.must(h.Change(t.Context(), "lin", map[string]string{"reason": "with <family> &amp; :palm_tree:"}))
	payload, err := h.Submission("U0LIN")
	h.must(err)
	d.answer = nil
	h.Interact(t.Context(), payload)
	h.settle()
	if s, ok := d.last(t).Content.(bot.Submission); !ok || s.Values["reason"] != "with <family> &amp; 🌴" {
		t.Errorf("%+v", d.last(t).Content)
	}
}
