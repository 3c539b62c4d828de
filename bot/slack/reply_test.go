package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
	"github.com/nod-chat/nod/workflows"
)

func form() bot.Form {
	return bot.Form{ID: "form:leave", Title: "Ask for leave", Nonce: "n-1", Live: true, Send: "Send", Cancel: "Cancel",
		Fields: []bot.FormField{
			{Name: "type", Label: "Type", Asks: workflows.AskChoice, Value: "annual", Required: true,
				Options: []bot.FormOption{{Value: "annual", Label: "Annual leave"}, {Value: "sick", Label: "Sick leave"}}},
			{Name: "from", Label: "First day", Asks: workflows.AskDate, Value: "2026-12-01", Required: true},
			{Name: "reason", Label: "Reason", Asks: workflows.AskLong, Max: 2000},
		},
		Preview: []bot.Line{{Label: "Balance", Text: "7 days → 4 days"}}}
}

// opening is a bot that opens the form, and does with what is sent as send says.
func opening(send func(ctx context.Context, u bot.Update, r bot.Reply) error) *desk {
	return &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		if _, ok := u.Content.(bot.Submission); ok {
			return send(ctx, u, r)
		}
		return r.Open(ctx, form())
	}}
}

// TestLoadingFirst: the dialog is open before anything is looked up, and Slack has its answer before the form is filled.
func TestLoadingFirst(t *testing.T) {
	inside, goOn := make(chan struct{}), make(chan struct{})
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		close(inside)
		<-goOn
		return r.Open(ctx, form())
	}}
	h := open(t, d, false, nil)
	if o := h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "timeoff", "annual")); !o.OK() || len(o.Body) > 0 {
		t.Fatalf("%+v", o)
	}
	<-inside
	if at := h.Dialog("lin"); at != "loading" {
		t.Errorf("lin sees %q", at)
	}
	close(goOn)
	h.await("lin", "the form", func(s bottest.Screen) bool { return s.Form != nil })
	if at := h.Dialog("lin"); at != "form:leave" {
		t.Errorf("lin sees %q", at)
	}
}

// TestTriggerExpires: Slack took three seconds to reach us. The one who typed is told, not left with nothing.
func TestTriggerExpires(t *testing.T) {
	d := opening(nil)
	h := open(t, d, false, nil)
	p := h.CommandPayload("U0LIN", "D0LIN", "timeoff", "")
	h.clock.move(3 * time.Second)
	if o := h.SendCommand(t.Context(), p); !o.OK() {
		t.Errorf("%+v", o)
	}
	if !h.screen("lin").Says("took too long to open") || !h.screen("lin").Says("打开表单超时") || len(d.updates()) != 0 {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

func TestDialogClosedMeanwhile(t *testing.T) {
	goOn := make(chan struct{})
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		<-goOn
		if u.Content.(bot.Command).Args == "" {
			return r.Open(ctx, form())
		}
		return r.Tell(ctx, bot.Message{Text: "This is not for you."})
	}}
	h := open(t, d, false, nil)
	for _, args := range []string{"", "x"} {
		h.SendCommand(t.Context(), h.CommandPayload("U0LIN", "D0LIN", "timeoff", args))
		h.CloseModal("U0LIN")
	}
	close(goOn)
	h.settle()
	if s := h.screen("lin"); s.Form != nil || !s.Says("This is not for you.") {
		t.Errorf("lin sees\n%s", s)
	}
}

// TestNotForYou: what was opened for nothing says why, and nothing stays waiting.
func TestNotForYou(t *testing.T) {
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		switch u.Content.(bot.Command).Args {
		case "told":
			return r.Tell(ctx, bot.Message{Text: "This request is not yours to decide.", Tone: workflows.Warn})
		case "failed":
			return errBroken
		case "done":
			return r.Done(ctx)
		}
		return nil
	}}
	for args, want := range map[string]string{"told": "not yours", "failed": "Something went wrong", "done": "That is done", "nothing": "Something went wrong"} {
		h := open(t, d, false, nil)
		h.must(h.Type(t.Context(), "lin", "/leave "+args))
		if s := h.screen("lin"); !s.Says(want) || h.Dialog("lin") != "answer" {
			t.Errorf("%s: lin sees\n%s", args, s)
		}
	}
}

func answerOf(t *testing.T, o slacktest.Outcome) (a struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors"`
	View   struct {
		Callback string `json:"callback_id"`
		External string `json:"external_id"`
	} `json:"view"`
}) {
	t.Helper()
	if err := json.Unmarshal(o.Body, &a); err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	return a
}

// TestOutcomes of a sent form.
func TestOutcomes(t *testing.T) {
	tests := []struct {
		name string
		send func(ctx context.Context, u bot.Update, r bot.Reply) error
		want func(t *testing.T, h *house, o slacktest.Outcome)
	}{
		{"saved", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			if a := answerOf(t, o); a.Action != "clear" || h.Dialog("lin") != "" || !h.screen("lin").Says("LV-8 is sent.") {
				t.Errorf("%s\n%s", o.Body, h.screen("lin"))
			}
		}},
		{"faults at fields", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			f := form()
			f.Fields[1].Fault, f.Fields[2].Fault = "These are days off.", "Say more."
			return r.Update(ctx, f)
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			a := answerOf(t, o)
			if a.Action != "errors" || len(a.Errors) != 2 || a.Errors["from"] != "These are days off." || a.Errors["reason"] != "Say more." {
				t.Errorf("%s", o.Body)
			}
		}},
		{"a fault of the whole", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			f := form()
			f.Fault = "Not enough days."
			return r.Update(ctx, f)
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			if a := answerOf(t, o); a.Action != "update" || a.View.Callback != "form:leave" || h.screen("lin").Form.Faults[""] != "Not enough days." {
				t.Errorf("%s", o.Body)
			}
		}},
		{"not saved", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			return errors.Join(errBroken, r.Tell(ctx, bot.Message{Text: "Not saved, try again."}))
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			if a := answerOf(t, o); a.Action != "errors" || a.Errors["type"] != "Not saved, try again." || h.Dialog("lin") != "form:leave" {
				t.Errorf("%s", o.Body)
			}
		}},
		{"it has become pointless", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "Already approved by Zhou Kai."}))
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			if h.Dialog("lin") != "" || !h.screen("lin").Says("Already approved by Zhou Kai.") {
				t.Errorf("%s", o.Body)
			}
		}},
		{"neither saved nor told", func(context.Context, bot.Update, bot.Reply) error { return errBroken },
			func(t *testing.T, h *house, o slacktest.Outcome) {
				if o.OK() || h.Dialog("lin") != "form:leave" || !h.screen("lin").Says("We had some trouble connecting") {
					t.Errorf("%+v", o)
				}
			}},
		{"another form follows", func(ctx context.Context, u bot.Update, r bot.Reply) error {
			f := form()
			f.ID, f.Title, f.Nonce = "form:confirm", "Sure?", "n-2"
			return r.Open(ctx, f)
		}, func(t *testing.T, h *house, o slacktest.Outcome) {
			if h.Dialog("lin") != "form:confirm" {
				t.Errorf("%s", o.Body)
			}
		}},
	}
	for _, test := range tests {
		for _, sockets := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				h := open(t, opening(test.send), sockets, nil)
				h.must(h.Type(t.Context(), "lin", "/leave"))
				p, err := h.Submission("U0LIN")
				h.must(err)
				ctx := t.Context()
				if sockets && test.name == "neither saved nor told" { // nothing is acknowledged, which takes Slack three seconds to notice
					var cancel func()
					ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
					defer cancel()
				}
				o := h.Interact(ctx, p)
				h.settle()
				test.want(t, h, o)
			})
		}
	}
}

// TestSavingTakesLong: the outcome comes after Slack had to be answered. "Still saving" stands in for it, and it appears there.
func TestSavingTakesLong(t *testing.T) {
	outcomes := map[string]func(ctx context.Context, r bot.Reply) error{
		"LV-8 is sent.": func(ctx context.Context, r bot.Reply) error {
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
		},
		"Not saved, try again.": func(ctx context.Context, r bot.Reply) error {
			return errors.Join(errBroken, r.Tell(ctx, bot.Message{Text: "Not saved, try again."}))
		},
		"Something went wrong": func(context.Context, bot.Reply) error { return errBroken },
		"That is done.":        func(ctx context.Context, r bot.Reply) error { return r.Done(ctx) },
		"": func(ctx context.Context, r bot.Reply) error {
			f := form()
			f.Fields[1].Fault = "These are days off."
			return r.Update(ctx, f)
		},
	}
	for want, outcome := range outcomes {
		for _, sockets := range []bool{false, true} {
			goOn := make(chan struct{})
			d := opening(func(ctx context.Context, u bot.Update, r bot.Reply) error {
				<-goOn
				return outcome(ctx, r)
			})
			h := open(t, d, sockets, func(c *slack.Config) { c.Times.Submission = time.Millisecond })
			h.must(h.Type(t.Context(), "lin", "/leave"))
			p, err := h.Submission("U0LIN")
			h.must(err)
			o := h.Interact(t.Context(), p)
			if a := answerOf(t, o); a.Action != "update" || a.View.Callback != "saving" || h.Dialog("lin") != "saving" || !h.screen("lin").Says("正在保存") {
				t.Errorf("%s", o.Body)
			}
			close(goOn)
			h.settle()
			s := h.screen("lin")
			if want == "" {
				if s.Form == nil || s.Form.Faults["from"] != "These are days off." {
					t.Errorf("lin sees\n%s", s)
				}
			} else if !s.Says(want) || h.Dialog("lin") != "answer" {
				t.Errorf("%s: lin sees\n%s", want, s)
			}
		}
	}
}

// TestOutcomeBeforeSaving: the outcome overtakes the view that stands in for it. It waits until Slack knows that view.
func TestOutcomeBeforeSaving(t *testing.T) {
	d := opening(func(ctx context.Context, u bot.Update, r bot.Reply) error {
		return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
	})
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.Next("views.update", slacktest.Fault{Error: "not_found"}, slacktest.Fault{Error: "not_found"}, slacktest.Fault{Error: "not_found"})
	before := h.clock.now()
	slow := make(chan struct{})
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		<-slow
		return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
	}
	h.chat.Times.Submission = time.Millisecond
	p, err := h.Submission("U0LIN")
	h.must(err)
	h.Interact(t.Context(), p)
	close(slow)
	h.settle()
	if !h.screen("lin").Says("LV-8 is sent.") || h.clock.now().Sub(before) != 700*time.Millisecond {
		t.Errorf("after %s lin sees\n%s", h.clock.now().Sub(before), h.screen("lin"))
	}
}

// TestSubmitTwice: a second press of Submit is the same cause, whatever Slack's ids are.
func TestSubmitTwice(t *testing.T) {
	d := opening(func(ctx context.Context, u bot.Update, r bot.Reply) error { return r.Done(ctx) })
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	first, err := h.Submission("U0LIN")
	h.must(err)
	second, err := h.Submission("U0LIN")
	h.must(err)
	h.Interact(t.Context(), first)
	h.Interact(t.Context(), second)
	keys := map[string]bool{}
	for _, u := range d.updates() {
		if _, ok := u.Content.(bot.Submission); ok {
			keys[u.Cause.Key] = true
		}
	}
	view := first["view"].(map[string]any)["root_view_id"].(string)
	if len(keys) != 1 || !keys["form:"+view+":n-1"] {
		t.Errorf("the causes are %v", keys)
	}
}

// TestChangesOvertake: two changes follow each other fast, and the older one is worked out last. What stands there is the newer.
func TestChangesOvertake(t *testing.T) {
	d := opening(nil)
	h := open(t, d, false, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	older, err := h.Changed("U0LIN", map[string]string{"type": "sick"})
	h.must(err)
	newer, err := h.Changed("U0LIN", map[string]string{"from": "2026-12-08"})
	h.must(err)
	release := map[string]chan struct{}{"2026-12-01": make(chan struct{}), "2026-12-08": make(chan struct{})}
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		from := u.Content.(bot.Recalculation).Values["from"]
		<-release[from]
		f := form()
		f.Preview[0].Text = "from " + from
		return r.Update(ctx, f)
	}
	h.Interact(t.Context(), older[0])
	h.Interact(t.Context(), newer[0])
	close(release["2026-12-08"])
	h.await("lin", "the newer", func(s bottest.Screen) bool { return strings.Contains(s.Form.Text, "from 2026-12-08") })
	close(release["2026-12-01"])
	h.settle()
	if s := h.screen("lin"); !strings.Contains(s.Form.Text, "from 2026-12-08") {
		t.Errorf("lin sees\n%s", s)
	}
	// The other way round the newer one finds a hash that it does not know, and stands all the same.
	h = open(t, d, false, nil)
	d.answer = nil
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error { return r.Open(ctx, form()) }
	h.must(h.Type(t.Context(), "lin", "/leave"))
	older, err = h.Changed("U0LIN", map[string]string{"type": "sick"})
	h.must(err)
	newer, err = h.Changed("U0LIN", map[string]string{"from": "2026-12-08"})
	h.must(err)
	d.answer = func(ctx context.Context, u bot.Update, r bot.Reply) error {
		f := form()
		f.Preview[0].Text = "from " + u.Content.(bot.Recalculation).Values["from"]
		return r.Update(ctx, f)
	}
	h.Interact(t.Context(), older[0])
	h.settle()
	h.Interact(t.Context(), newer[0])
	h.settle()
	if s := h.screen("lin"); !strings.Contains(s.Form.Text, "from 2026-12-08") {
		t.Errorf("lin sees\n%s", s)
	}
}

// TestPrivateAnswers go where the user is, also where the bot is not, and elsewhere when Slack takes them there no more.
func TestPrivateAnswers(t *testing.T) {
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		for _, text := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
			if err := r.Tell(ctx, bot.Message{Text: text}); err != nil {
				return err
			}
		}
		return nil
	}}
	h := open(t, d, false, nil)
	h.Channel("C0SALES", "U0LIN", "U0MALLORY")
	h.must(h.TypeIn(t.Context(), "C0SALES", "lin", "/requests"))
	h.settle()
	var channels []string
	for _, m := range h.screen("lin").Private {
		channels = append(channels, strings.Split(m.Reference, ":")[0])
	}
	if want := "C0SALES C0SALES C0SALES C0SALES C0SALES D0LIN D0LIN"; strings.Join(channels, " ") != want {
		t.Errorf("the answers are in %v", channels) // a response_url works five times
	}
	if len(h.screen("mallory").Private)+len(h.screen("lin").Messages) != 0 {
		t.Error("somebody else reads them")
	}
}

// TestAcknowledgedBeforeTold: what was saved is acknowledged, and its sender reads of it behind that; what was not saved is told first, since an
// acknowledgement would have Slack forget it.
func TestAcknowledgedBeforeTold(t *testing.T) {
	saved := true
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		if err := r.Tell(ctx, bot.Message{Text: "told"}); err != nil || saved {
			return err
		}
		return workflows.Refuse(workflows.Unavailable, "storage.unavailable", nil)
	}}
	h := open(t, d, false, nil)
	told := func() int { return len(h.screen("lin").Private) }
	hold := make(chan struct{})
	h.Next("response_url", slacktest.Fault{Wait: hold, Takes: true})
	acknowledged := h.SendCommand(t.Context(), h.CommandPayload("U0LIN", h.OpenDirect("U0LIN"), "nod", "requests"))
	if !acknowledged.OK() {
		t.Errorf("while it is being told: %+v", acknowledged)
	}
	close(hold)
	h.settle()
	if told() != 1 {
		t.Errorf("%d were read behind it", told())
	}
	saved = false
	acknowledged = h.SendCommand(t.Context(), h.CommandPayload("U0LIN", h.OpenDirect("U0LIN"), "nod", "requests"))
	if !acknowledged.OK() || told() != 2 {
		t.Errorf("not saved: %+v, and %d read", acknowledged, told())
	}
}

// TestLargeAnswers: Socket Mode drops an acknowledgement of 20 kB without a word, so that the faults come without the form drawn anew.
func TestLargeAnswers(t *testing.T) {
	large := form()
	for i := range 100 {
		large.Fields[0].Options = append(large.Fields[0].Options[:min(i, 99)], bot.FormOption{Value: strings.Repeat("v", 100) + string(rune('a'+i%26)), Label: strings.Repeat("很", 75)})
	}
	large.Fields[0].Value, large.Fields[0].Required = "", false
	d := &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		f := large
		if _, ok := u.Content.(bot.Submission); ok {
			f.Fault = "Not enough days."
			return r.Update(ctx, f)
		}
		return r.Open(ctx, f)
	}}
	h := open(t, d, true, nil)
	h.must(h.Type(t.Context(), "lin", "/leave"))
	p, err := h.Submission("U0LIN")
	h.must(err)
	o := h.Interact(t.Context(), p)
	if a := answerOf(t, o); a.Action != "errors" || a.Errors["type"] != "Not enough days." {
		t.Errorf("%s", o.Body)
	}
	if dropped := h.Dropped(); len(dropped) > 0 {
		t.Errorf("Slack dropped %v", dropped)
	}
}
