package slack_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/workflows"
)

// full is a database that takes nothing in.
type full struct{ slack.Submissions }

func (full) KeepSubmission(context.Context, workflows.Cause, string, []byte, time.Duration) error {
	return errBroken
}

// TestI1NotKeptButSaved: a form that could not be kept, and whose saving could not be broken off in time, is told as not saved. Where it was saved all the
// same, its sender reads that too.
func TestI1NotKeptButSaved(t *testing.T) {
	for name, saved := range map[string]bool{"saved": true, "not saved": false} {
		goOn := make(chan struct{})
		h := open(t, opening(func(ctx context.Context, u bot.Update, r bot.Reply) error {
			<-goOn
			if !saved {
				return errors.Join(errBroken, r.Tell(ctx, bot.Message{Text: "It was broken off."}))
			}
			return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "LV-8 is sent."}))
		}), false, func(c *slack.Config) {
			c.Submissions = full{}
			c.Times.Submission, c.Times.BreakingOff = time.Millisecond, time.Millisecond
		})
		h.must(h.Type(t.Context(), "lin", "/leave"))
		p, err := h.Submission("U0LIN")
		h.must(err)
		a := answerOf(t, h.Interact(t.Context(), p))
		if want := loadWords(t); a.Action != "errors" || a.Errors["type"] != want["en"]["slack.not_saved"]+"\n"+want["zh"]["slack.not_saved"] || h.Dialog("lin") != "form:leave" {
			t.Errorf("%s: lin was answered %+v and sees %q", name, a, h.Dialog("lin"))
		}
		close(goOn)
		h.settle()
		if s := h.screen("lin"); s.Says("LV-8 is sent.") != saved || s.Says("broken off") {
			t.Errorf("%s: lin sees\n%s", name, s)
		}
	}
}

// TestI1BrokenOff: what cannot be kept is broken off, and what bot says of that is the answer.
func TestI1BrokenOff(t *testing.T) {
	h := open(t, opening(func(ctx context.Context, u bot.Update, r bot.Reply) error {
		<-ctx.Done()
		return errors.Join(errBroken, r.Tell(ctx, bot.Message{Text: "Not saved. Please send it again."}))
	}), false, func(c *slack.Config) {
		c.Submissions = full{}
		c.Times.Submission, c.Times.BreakingOff = time.Millisecond, 5*time.Second
	})
	h.must(h.Type(t.Context(), "lin", "/leave"))
	p, err := h.Submission("U0LIN")
	h.must(err)
	if a := answerOf(t, h.Interact(t.Context(), p)); a.Action != "errors" || a.Errors["type"] != "Not saved. Please send it again." {
		t.Errorf("lin was answered %+v", a)
	}
}

// TestI1HomeIsAcknowledgedWhenDone: Slack tells whoever presses in the App Home that it failed when the program is killed while it is at it, since nothing
// was acknowledged; the dialog waits meanwhile.
func TestI1HomeIsAcknowledgedWhenDone(t *testing.T) {
	goOn := make(chan struct{})
	h := open(t, &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		if _, pressed := u.Content.(bot.Press); pressed {
			<-goOn
		}
		return office(ctx, u, r)
	}}, false, nil)
	h.must(h.OpenHome(t.Context(), "lin"))
	p, err := h.Pressed("U0LIN", "home", "show", 0, "1.1")
	h.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // Slack waits three seconds
	defer cancel()
	if o := h.Interact(ctx, p); o.OK() || h.Dialog("lin") != "loading" {
		t.Errorf("before it was done lin saw %q, and Slack was answered %+v", h.Dialog("lin"), o)
	}
	close(goOn)
	h.await("lin", "the answer", func(bottest.Screen) bool { return h.Dialog("lin") == "answer" })
}
