package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/workflows"
)

// about is the form of sampleSubject's revision.
func about() bot.Form {
	f := form()
	f.Number, f.Subject, f.Digest = "LV-7", sampleSubject, sampleDigest
	return f
}

// registry is a bot that knows one revision of one request, of which it opens the form for every line, with a reason in it. As bot does,
// it refuses to do anything to another.
func registry(reason string) *desk {
	return &desk{answer: func(ctx context.Context, u bot.Update, r bot.Reply) error {
		known := func(subject workflows.SubjectID, digest string) string {
			switch {
			case subject != sampleSubject:
				return "There is no such request."
			case digest != sampleDigest:
				return "It has changed since."
			}
			return ""
		}
		switch content := u.Content.(type) {
		case bot.Said:
			f := about()
			f.Fields[2].Value = reason
			return r.Open(ctx, f)
		case bot.Press:
			if why := known(content.Action.Subject, content.Action.Digest); why != "" {
				return r.Tell(ctx, bot.Message{Text: why, Tone: workflows.Warn})
			}
			if content.Action.Opens {
				return r.Open(ctx, about())
			}
		case bot.Recalculation:
			if why := known(content.Subject, content.Digest); why != "" {
				return r.Tell(ctx, bot.Message{Text: why, Tone: workflows.Warn})
			}
			return r.Update(ctx, about())
		case bot.Submission:
			if why := known(content.Subject, content.Digest); why != "" {
				return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: why, Tone: workflows.Warn}))
			}
			if err := r.Done(ctx); err != nil {
				return err
			}
		}
		return r.Tell(ctx, bot.Message{Text: "LV-7 is done."})
	}}
}

// subjectOf gives what an update is about.
func subjectOf(u bot.Update) (workflows.SubjectID, string) {
	switch content := u.Content.(type) {
	case bot.Press:
		return content.Action.Subject, content.Action.Digest
	case bot.Recalculation:
		return content.Subject, content.Digest
	case bot.Submission:
		return content.Subject, content.Digest
	}
	return "", ""
}

// TestSubjectComesBack: a button, and every step of the form that it opens, name the request and its revision as they were drawn.
func TestSubjectComesBack(t *testing.T) {
	d := registry("")
	h := open(t, d, false, nil)
	reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
	h.must(err)
	h.must(h.Press(t.Context(), "lin", reference, "approve", 1))
	h.must(h.Press(t.Context(), "lin", reference, "reject", 1))
	h.must(h.Change(t.Context(), "lin", map[string]string{"from": "2026-12-08"}))
	h.settle()
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	var heard []string
	for _, u := range d.updates() {
		switch u.Content.(type) {
		case bot.Press:
			heard = append(heard, "press")
		case bot.Recalculation:
			heard = append(heard, "recalculation")
		case bot.Submission:
			heard = append(heard, "submission")
		}
		if subject, digest := subjectOf(u); subject != sampleSubject || digest != sampleDigest {
			t.Errorf("heard %+v", u.Content)
		}
	}
	if got := strings.Join(heard, " "); got != "press press recalculation submission" || !h.screen("lin").Says("LV-7 is done.") {
		t.Errorf("heard %s; lin sees\n%s", got, h.screen("lin"))
	}
}

// TestMessageFormSubjectComesBack: so do the buttons of a message form, whether they carry the form or only name it.
func TestMessageFormSubjectComesBack(t *testing.T) {
	for name, reason := range map[string]string{"carried": "family", "apart": strings.Repeat("很长的理由，", 320)} {
		t.Run(name, func(t *testing.T) {
			d, rows := registry(reason), new(drafts)
			h := open(t, d, false, func(config *slack.Config) { config.Drafts = &chat.Drafts{Slow: rows} })
			m := h.messageFormOf("annual Tuesday")
			if (len(rows.kept) == 1) != (name == "apart") {
				t.Fatalf("kept %d drafts", len(rows.kept))
			}
			for _, action := range []string{"change", "send"} {
				h.press(m, action, 1)
				if subject, digest := subjectOf(d.last(t)); subject != sampleSubject || digest != sampleDigest {
					t.Errorf("%s: heard %+v", action, d.last(t).Content)
				}
			}
		})
	}
}

// forgeries are subjects and digests that Mallory would like to be taken for others. Why not says the bot; of those that cannot be any, it hears nothing.
var forgeries = []struct{ subject, digest, why string }{
	{"01930a5d-ac96-774b-bcce-b302099a8058", sampleDigest, "no such request"},
	{"", sampleDigest, "no such request"},
	{string(sampleSubject), "", "has changed since"},
	{"LV-7", sampleDigest, ""},
	{strings.ToUpper(string(sampleSubject)), sampleDigest, ""},
	{string(sampleSubject) + "\x00", sampleDigest, ""},
	{"' OR ''='", sampleDigest, ""},
	{strings.Repeat("很", 50_000), sampleDigest, ""},
	{string(sampleSubject), sampleDigest + sampleDigest, ""},
	{string(sampleSubject), "<!channel>\x00\u202e", ""},
	{string(sampleSubject), strings.Repeat("很", 50_000), ""},
}

// TestForgedSubject: Mallory makes up what a button, a message form or a form is about, to have it taken for lin's. The adapter neither breaks
// nor mends it: what could be a subject bot hears to the letter and refuses, nothing else gets as far, and whoever pressed hears why.
func TestForgedSubject(t *testing.T) {
	written := func(v map[string]any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	action := func(p map[string]any) map[string]any { return p["actions"].([]any)[0].(map[string]any) }
	carrier := func(subject, digest string) string {
		return written(map[string]any{"n": "n-1", "r": "LV-7", "i": subject, "g": digest})
	}
	opened := func(t *testing.T, h *house) {
		reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
		h.must(err)
		h.must(h.Press(t.Context(), "lin", reference, "reject", 1))
	}
	ways := map[string]func(t *testing.T, h *house, subject, digest string) map[string]any{
		"button": func(t *testing.T, h *house, subject, digest string) map[string]any {
			reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
			h.must(err)
			p, err := h.Pressed("U0LIN", reference, "approve", 0, h.At())
			h.must(err)
			action(p)["value"] = written(map[string]any{"name": "approve", "subject": subject, "digest": digest})
			return p
		},
		"message form": func(t *testing.T, h *house, subject, digest string) map[string]any {
			p, err := h.Pressed("U0LIN", h.messageFormOf("annual Tuesday").Reference, "send", 0, h.At())
			h.must(err)
			action(p)["value"] = written(map[string]any{"f": "form:leave", "n": "n-1", "i": subject, "g": digest})
			return p
		},
		"changed form": func(t *testing.T, h *house, subject, digest string) map[string]any {
			opened(t, h)
			list, err := h.Changed("U0LIN", map[string]string{"from": "2026-12-08"})
			h.must(err)
			list[0]["view"].(map[string]any)["private_metadata"] = carrier(subject, digest)
			return list[0]
		},
		"sent form": func(t *testing.T, h *house, subject, digest string) map[string]any {
			opened(t, h)
			p, err := h.Submission("U0LIN")
			h.must(err)
			p["view"].(map[string]any)["private_metadata"] = carrier(subject, digest)
			return p
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			for _, f := range forgeries {
				d := registry("")
				h := open(t, d, false, nil)
				p := way(t, h, f.subject, f.digest)
				before := len(d.updates())
				if o := h.Interact(t.Context(), p); !o.OK() {
					t.Fatalf("%.60q %.60q: %+v", f.subject, f.digest, o)
				}
				h.settle()
				if f.why == "" {
					s := h.screen("lin")
					if n := len(d.updates()); n != before || s.Says("is done") || !s.Says("nothing was sent") && !s.Says("can no longer be used") {
						t.Errorf("%.60q %.60q: the bot heard %d updates; lin sees\n%s", f.subject, f.digest, n-before, s)
					}
					continue
				}
				if subject, digest := subjectOf(d.last(t)); string(subject) != f.subject || digest != f.digest {
					t.Errorf("%.60q %.60q was heard as %.60q %.60q", f.subject, f.digest, subject, digest)
				}
				if s := h.screen("lin"); !s.Says(f.why) || s.Says("is done") {
					t.Errorf("%.60q %.60q: lin sees\n%s", f.subject, f.digest, s)
				}
			}
		})
	}
}

// TestForeignForm: a form that does not say in our words what it is about, as one that an older nod drew, could be taken for a new
// request. It is none.
func TestForeignForm(t *testing.T) {
	for _, carrier := range []string{"", "{}", "[]", "null", "LV-7", `{"r":"LV-7"}`, `{"n":"n-1","r":"LV-7","v":3}`, `{"n":"n-1","i":7}`,
		`{"n":"n-1","g":["x"]}`, `{"n":"n-1"}{}`, strings.Repeat(`{"n":`, 10_000)} {
		for _, send := range []bool{false, true} {
			d := registry("")
			h := open(t, d, false, nil)
			reference, err := h.Sender().Post(t.Context(), h.Address("lin"), post("k", sample()))
			h.must(err)
			h.must(h.Press(t.Context(), "lin", reference, "reject", 1))
			var p map[string]any
			if send {
				p, err = h.Submission("U0LIN")
				h.must(err)
			} else {
				list, err := h.Changed("U0LIN", map[string]string{"from": "2026-12-08"})
				h.must(err)
				p = list[0]
			}
			p["view"].(map[string]any)["private_metadata"] = carrier
			if o := h.Interact(t.Context(), p); !o.OK() {
				t.Errorf("%.60s: %+v", carrier, o)
			}
			h.settle()
			if n := len(d.updates()); n != 1 || !h.screen("lin").Says("nothing was sent") || h.screen("lin").Form != nil {
				t.Errorf("%.60s, sent %v: the bot heard %d updates; lin sees\n%s", carrier, send, n, h.screen("lin"))
			}
		}
	}
}
