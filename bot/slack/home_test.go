package slack_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// office answers what an App Home is made of.
func office(ctx context.Context, u bot.Update, r bot.Reply) error {
	show := func(number string) *bot.Action {
		return &bot.Action{Name: "show", Label: "Show", Number: number, Opens: true}
	}
	switch c := u.Content.(type) {
	case bot.Command:
		switch c.Name {
		case "approvals":
			return r.Tell(ctx, bot.Message{Text: "One request waits for you", Items: []bot.Item{{Text: "LV-7 · Annual leave", Detail: "Tom Baker", Actions: []bot.Action{*show("LV-7")}}}})
		case "requests":
			return r.Tell(ctx, bot.Message{Text: "Your request", Items: []bot.Item{{Text: "LV-3 · Sick leave", Detail: "approved", Actions: []bot.Action{*show("LV-3")}}}})
		case "help":
			m := bot.Message{Text: "What you can type"}
			for name, help := range map[string]string{"leave": "Ask for leave", "balance": "What you have left"} {
				m.Items = append(m.Items, bot.Item{Text: "/" + name + " [from]", Detail: help, Actions: []bot.Action{{Name: "command", Label: "Open", Args: name, Opens: true}}})
			}
			return r.Tell(ctx, m)
		}
		return r.Open(ctx, form())
	case bot.Press:
		switch c.Action.Name {
		case "show":
			card := sample()
			return r.Tell(ctx, bot.Message{Card: &card})
		case "command", "reject":
			return r.Open(ctx, form())
		}
		return r.Tell(ctx, bot.Message{Text: "You did " + c.Action.Name + "."})
	case bot.Submission:
		if err := r.Done(ctx); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: "LV-8 is sent."})
	}
	return nil
}

func TestHome(t *testing.T) {
	h := open(t, &desk{answer: office}, false, nil)
	h.must(h.OpenHome(t.Context(), "lin"))
	home := h.Home("lin")
	for _, want := range []string{"One request waits for you", "LV-7 · Annual leave", "Tom Baker", "Your request", "LV-3 · Sick leave", "Ask for leave"} {
		if !strings.Contains(home.Text, want) {
			t.Errorf("it lacks %q:\n%s", want, home.Text)
		}
	}
	if strings.Contains(home.Text, "What you have left") || len(home.Buttons) != 3 {
		t.Errorf("it begins what is no form, or lacks a button: %v\n%s", home.Buttons, home.Text)
	}
	h.must(h.OpenHome(t.Context(), "lin")) // with the hash of the one before

	// A request's card opens in a dialog, since answers elsewhere are not seen from here, and its buttons work there.
	h.must(h.Press(t.Context(), "lin", "home", "show", 1))
	h.settle()
	s := h.screen("lin")
	if len(s.Private) != 1 || !strings.Contains(s.Private[0].Text, "LV-7 · Annual leave · 3 days") || h.Dialog("lin") != "answer" {
		t.Fatalf("lin sees\n%s", s)
	}
	published := len(h.Calls("views.publish"))
	h.must(h.Press(t.Context(), "lin", s.Private[0].Reference, "approve", 1))
	h.settle()
	if s = h.screen("lin"); len(s.Private) != 1 || !s.Says("You did approve.") {
		t.Errorf("lin sees\n%s", s)
	}
	if len(h.Calls("views.publish")) != published+1 {
		t.Error("the home is not drawn again")
	}
	h.CloseModal("U0LIN")

	// A form opened from here, and one from a dialog.
	h.must(h.Press(t.Context(), "lin", "home", "command", 1))
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if s = h.screen("lin"); s.Form != nil || !s.Says("LV-8 is sent.") {
		t.Errorf("lin sees\n%s", s)
	}
	h.must(h.Press(t.Context(), "lin", "home", "show", 1))
	s = h.screen("lin")
	h.must(h.Press(t.Context(), "lin", s.Private[len(s.Private)-1].Reference, "reject", 1))
	if h.screen("lin").Form == nil {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
	if n := len(h.Calls("views.open")); n != 3 {
		t.Errorf("%d dialogs were opened; one from within a dialog stays in it", n)
	}
}

// TestHomeOfAStranger says the one sentence, once.
func TestHomeOfAStranger(t *testing.T) {
	h := open(t, &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		return r.Tell(ctx, bot.Message{Text: "I do not know who you are yet."})
	}}, false, nil)
	h.must(h.OpenHome(t.Context(), "mallory"))
	if home := h.Home("mallory"); strings.Count(home.Text, "I do not know") != 1 || len(home.Buttons) != 0 {
		t.Errorf("mallory sees\n%s", home.Text)
	}
}

// TestHomeUnsaved: while the database is away a home comes again with its event.
func TestHomeUnsaved(t *testing.T) {
	h := open(t, &desk{answer: func(context.Context, bot.Update, bot.Reply) error { return errBroken }}, false, nil)
	if err := h.OpenHome(t.Context(), "lin"); err == nil {
		t.Error("it is acknowledged")
	}
	h = open(t, &desk{answer: office}, false, nil)
	h.Next("views.publish", slacktest.Fault{Error: "hash_conflict"})
	h.must(h.OpenHome(t.Context(), "lin")) // a newer one stands there
}
