package slack_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/chat"
	"github.com/nod-chat/nod/bot/slack"
	"github.com/nod-chat/nod/bot/slack/slacktest"
)

// drafts is the table of drafts, in memory.
type drafts struct {
	mu   sync.Mutex
	kept map[string][]byte
	down bool
}

func (d *drafts) SaveDraft(_ context.Context, owner, form string, state []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return errBroken
	}
	if d.kept == nil {
		d.kept = map[string][]byte{}
	}
	d.kept[owner+" "+form] = state
	return nil
}

func (d *drafts) LoadDraft(_ context.Context, owner, form string) ([]byte, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return nil, false, errBroken
	}
	state, found := d.kept[owner+" "+form]
	return state, found, nil
}

func (d *drafts) DropDraft(_ context.Context, owner, form string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, owner+" "+form)
	return nil
}

func (d *drafts) set(change func(*drafts)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// understood is the form of a line, as bot draws it for the values.
func understood(values map[string]string) bot.Form {
	f := form()
	f.Change, f.Nonce, f.Steps = "Change", "n-1", []bot.StepLine{{Text: "Zhou Kai"}}
	for i := range f.Fields {
		field := &f.Fields[i]
		field.Value = values[field.Name]
		field.Shown = map[string]string{"annual": "Annual leave", "sick": "Sick leave", "2026-12-01": "Tue 1 Dec", "2026-12-08": "Tue 8 Dec"}[field.Value]
		if field.Shown == "" {
			field.Shown = field.Value
		}
		if field.Required && field.Value == "" {
			f.Missing = "Still missing: " + field.Label + "."
		}
	}
	return f
}

// clerk is a bot that opens a form for every line, sends each cause once, and finds faults as it is told.
type clerk struct {
	mu     sync.Mutex
	values map[string]string // of the next line
	sent   map[string]string // a number by cause
	fault  string            // at the first day
	heard  []bot.Update
	down   bool
}

func (c *clerk) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, u)
	switch content := u.Content.(type) {
	case bot.Said:
		f := understood(c.values)
		f.Intro = "This is what I understood."
		return r.Open(ctx, f)
	case bot.Recalculation:
		return r.Update(ctx, understood(content.Values))
	case bot.Submission:
		if c.down {
			return errors.Join(errBroken, r.Tell(ctx, bot.Message{Text: "Not saved, try again."}))
		}
		if c.fault != "" {
			f := understood(content.Values)
			f.Fields[1].Fault = c.fault
			return r.Update(ctx, f)
		}
		told := ""
		if c.sent[u.Cause.Key] == "" {
			c.sent[u.Cause.Key] = fmt.Sprintf("LV-%d", len(c.sent)+1)
		} else {
			told = "That had arrived already, and counted once. "
		}
		return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: told + c.sent[u.Cause.Key] + " is sent."}))
	case bot.Command:
		return errors.Join(r.Done(ctx), r.Tell(ctx, bot.Message{Text: "Dropped."}))
	}
	return fmt.Errorf("what is %T?", u.Content)
}

func (c *clerk) submissions() (list []bot.FormState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range c.heard {
		if s, ok := u.Content.(bot.Submission); ok {
			list = append(list, s.FormState)
		}
	}
	return list
}

func (c *clerk) set(change func(*clerk)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func newClerk() *clerk {
	return &clerk{values: map[string]string{"type": "annual", "from": "2026-12-01", "reason": "回老家 & <b>"}, sent: map[string]string{}}
}

// messageFormOf types a line and gives the message form that comes of it.
func (h *house) messageFormOf(line string) bottest.Shown {
	h.t.Helper()
	h.must(h.Type(h.t.Context(), "lin", line))
	s := h.screen("lin")
	if s.Form != nil || len(s.Messages) == 0 || len(s.Private) > 0 {
		h.t.Fatalf("lin sees\n%s", s)
	}
	return s.Messages[len(s.Messages)-1]
}

func actions(m bottest.Shown) string {
	var names []string
	for _, b := range m.Buttons {
		names = append(names, b.Action)
	}
	return strings.Join(names, " ")
}

func (h *house) press(m bottest.Shown, action string, times int) {
	h.t.Helper()
	h.must(h.Press(h.t.Context(), "lin", m.Reference, action, times))
	h.settle()
}

// only gives the one message that lin has, which must be where m was.
func (h *house) only(m bottest.Shown) bottest.Shown {
	h.t.Helper()
	s := h.screen("lin")
	if len(s.Messages) != 1 || s.Messages[0].Reference != m.Reference {
		h.t.Fatalf("lin sees\n%s", s)
	}
	return s.Messages[0]
}

// TestMessageForm: a line in the direct channel becomes a message that says what was understood, and Send puts the outcome in its place.
func TestMessageForm(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("年假 下周二 回老家 & <b>")
	for _, want := range []string{"Ask for leave", "This is what I understood.", "Type\nAnnual leave", "First day\nTue 1 Dec", "Reason\n回老家 & <b>", "Balance\n7 days → 4 days", "Zhou Kai"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the message does not say %q:\n%s", want, m.Text)
		}
	}
	if actions(m) != "send change cancel_draft" {
		t.Errorf("its buttons are %v", m.Buttons)
	}
	h.press(m, "send", 2)
	if now := h.only(m); !strings.Contains(now.Text, "LV-1 is sent.") || len(now.Buttons) > 0 {
		t.Errorf("after Send: %+v", now)
	}
	if s := c.submissions(); len(c.sent) != 1 || s[0].Form != "form:leave" || s[0].Nonce != "n-1" || s[0].Values["reason"] != "回老家 & <b>" {
		t.Errorf("sent %v %+v", c.sent, s)
	}
}

// TestMessageFormChanged: Change opens the form as it stands, at once; whatever is sent first counts, here or there.
func TestMessageFormChanged(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	p, err := h.Pressed("U0LIN", m.Reference, "change", 0, h.At())
	h.must(err)
	inside := make(chan struct{})
	c.mu.Lock() // what is looked up takes its time
	go func() {
		h.Interact(t.Context(), p)
		close(inside)
	}()
	<-inside
	if at := h.Dialog("lin"); at != "loading" {
		t.Errorf("at first lin sees %q", at)
	}
	c.mu.Unlock()
	form := h.await("lin", "the form", func(s bottest.Screen) bool { return s.Form != nil }).Form
	if form.Values["from"] != "2026-12-01" || form.Values["reason"] != "回老家 & <b>" || h.Dialog("lin") != "form:leave" {
		t.Errorf("the form is %+v", form)
	}
	h.must(h.Change(t.Context(), "lin", map[string]string{"from": "2026-12-08"}))
	h.settle()
	old, err := h.Pressed("U0LIN", m.Reference, "send", 0, h.At())
	h.must(err)
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if now := h.only(m); !strings.Contains(now.Text, "LV-1 is sent.") || len(now.Buttons) > 0 || h.screen("lin").Form != nil || len(h.screen("lin").Private) > 0 {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
	if s := c.submissions(); s[0].Values["from"] != "2026-12-08" || s[0].Nonce != "n-1" {
		t.Errorf("sent %+v", s)
	}
	h.Interact(t.Context(), old) // Send was pressed at the same time
	h.settle()
	if now := h.only(m); len(c.sent) != 1 || !strings.Contains(now.Text, "counted once. LV-1") || len(now.Buttons) > 0 {
		t.Errorf("sent %v, lin sees\n%s", c.sent, h.screen("lin"))
	}
}

// TestMessageFormSentWhileItIsChanged: the other way round, the open form is told that it was sent.
func TestMessageFormSentWhileItIsChanged(t *testing.T) {
	c := newClerk()
	h := open(t, c, true, nil)
	m := h.messageFormOf("annual Tuesday")
	h.press(m, "change", 1)
	h.press(m, "send", 1)
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if now := h.only(m); len(c.sent) != 1 || !strings.Contains(now.Text, "counted once. LV-1 is sent.") || h.Dialog("lin") != "" {
		t.Errorf("sent %v, lin sees\n%s", c.sent, h.screen("lin"))
	}
}

// TestMessageFormSavedLate: the outcome of a changed form comes after "still saving", there and in the message's place.
func TestMessageFormSavedLate(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	h.press(m, "change", 1)
	h.chat.Times.Submission = time.Millisecond
	p, err := h.Submission("U0LIN")
	h.must(err)
	c.mu.Lock()
	o := h.Interact(t.Context(), p)
	if a := answerOf(t, o); a.View.Callback != "saving" {
		t.Errorf("%s", o.Body)
	}
	c.mu.Unlock()
	h.settle()
	if now := h.only(m); !strings.Contains(now.Text, "LV-1 is sent.") || len(now.Buttons) > 0 || h.Dialog("lin") != "answer" {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

// TestMessageFormDropped: Cancel leaves one line.
func TestMessageFormDropped(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	h.press(m, "cancel_draft", 1)
	if now := h.only(m); now.Text != "Dropped." || len(now.Buttons) > 0 || len(c.sent) > 0 {
		t.Errorf("after Cancel: %+v", now)
	}
}

// TestMessageFormOfLittle: what is missing is said, and cannot be sent.
func TestMessageFormOfLittle(t *testing.T) {
	c := newClerk()
	c.values = map[string]string{"type": "sick"}
	h := open(t, c, false, nil)
	m := h.messageFormOf("sick")
	if actions(m) != "change cancel_draft" || !strings.Contains(m.Text, "⚠️ Still missing: First day.") || !strings.Contains(m.Text, "Sick leave") {
		t.Errorf("the message is %+v", m)
	}
}

// TestOldMessageForm: yesterday's button still answers. Its day has become impossible meanwhile, which stands on the message; Change mends it.
func TestOldMessageForm(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	h.clock.move(26 * time.Hour)
	c.set(func(c *clerk) { c.fault = "This day has passed." })
	h.press(m, "send", 1)
	if now := h.only(m); actions(now) != "change cancel_draft" || !strings.Contains(now.Text, "⚠️ First day: This day has passed.") || strings.Contains(now.Text, "is sent") {
		t.Errorf("the message is %+v", now)
	}
	c.set(func(c *clerk) { c.fault = "" })
	h.press(m, "change", 1)
	h.must(h.Change(t.Context(), "lin", map[string]string{"from": "2026-12-08"}))
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if now := h.only(m); !strings.Contains(now.Text, "LV-1 is sent.") {
		t.Errorf("the message is %+v", now)
	}
}

// TestMessageFormNotSaved: the message keeps its buttons, and why is told beside it.
func TestMessageFormNotSaved(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	c.set(func(c *clerk) { c.down = true })
	h.press(m, "send", 1)
	if now := h.only(m); actions(now) != "send change cancel_draft" || !h.screen("lin").Says("Not saved, try again.") {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
	c.set(func(c *clerk) { c.down = false })
	h.Next("chat.update", slacktest.Fault{Status: 500}) // then the response_url does it
	h.press(m, "send", 1)
	if now := h.only(m); !strings.Contains(now.Text, "LV-1 is sent.") || len(now.Buttons) > 0 {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

// TestMessageFormDeleted: its owner took the message away while the form was open; they hear of the outcome all the same.
func TestMessageFormDeleted(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	h.press(m, "change", 1)
	channel, ts, _ := strings.Cut(m.Reference, ":")
	h.Delete(channel, ts)
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if s := h.screen("lin"); len(s.Messages) != 0 || !s.Says("LV-1 is sent.") {
		t.Errorf("lin sees\n%s", s)
	}
}

// TestI7LongDraft: what is too much for a button lies in the database and outlives a restart; when it is gone there, its owner is told.
func TestI7LongDraft(t *testing.T) {
	long := strings.Repeat("很长的理由，", 320)
	for _, action := range []string{"send", "change"} {
		for name, harm := range map[string]func(*drafts){"kept": func(*drafts) {}, "lost": func(d *drafts) { d.kept = nil }, "away": func(d *drafts) { d.down = true }} {
			t.Run(action+" "+name, func(t *testing.T) {
				c, rows := newClerk(), new(drafts)
				c.values["reason"] = long
				h := open(t, c, false, func(config *slack.Config) { config.Drafts = &chat.Drafts{Slow: rows} })
				m := h.messageFormOf("annual Tuesday " + long)
				if len(rows.kept) != 1 {
					t.Fatalf("kept %d drafts", len(rows.kept))
				}
				rows.set(harm)
				h.press(m, action, 1)
				s := h.screen("lin")
				switch {
				case name == "kept" && action == "send":
					if sent := c.submissions(); len(sent) != 1 || sent[0].Values["reason"] != long || !s.Says("LV-1 is sent.") {
						t.Errorf("sent %+v\n%s", sent, s)
					}
				case name == "kept":
					if s.Form == nil || s.Form.Values["reason"] != long[:len(s.Form.Values["reason"])] || s.Form.Values["from"] != "2026-12-01" {
						t.Errorf("lin sees\n%s", s)
					}
				case name == "lost":
					if !s.Says("is no longer kept") || len(h.only(m).Buttons) > 0 || s.Form != nil {
						t.Errorf("lin sees\n%s", s)
					}
				default:
					if !s.Says("Please try again in a minute") || actions(h.only(m)) != "send change cancel_draft" || s.Form != nil {
						t.Errorf("lin sees\n%s", s)
					}
				}
			})
		}
	}
	rows := &drafts{down: true}
	c := newClerk()
	c.values["reason"] = long
	h := open(t, c, false, func(config *slack.Config) { config.Drafts = &chat.Drafts{Slow: rows} })
	if o := h.SendEvent(t.Context(), h.MessageEvent("U0LIN", "annual"), nil); o[0].OK() || len(h.screen("lin").Messages) > 0 {
		t.Errorf("what could not be kept was shown: %s", h.screen("lin"))
	}
}

// redis is a Redis, in memory.
type redis struct{ drafts }

func (r *redis) Save(ctx context.Context, owner, form string, state []byte) error {
	return r.SaveDraft(ctx, owner, form, state)
}

func (r *redis) Load(ctx context.Context, owner, form string) ([]byte, bool, error) {
	return r.LoadDraft(ctx, owner, form)
}

func (r *redis) Drop(ctx context.Context, owner, form string) error {
	return r.DropDraft(ctx, owner, form)
}

// TestI7LongDraftWithoutRedis: what is too much for a button lies in Redis, and in the database while that is away. FLUSHALL costs it, and its owner is told.
func TestI7LongDraftWithoutRedis(t *testing.T) {
	for name, away := range map[string]bool{"away": true, "flushed": false} {
		t.Run(name, func(t *testing.T) {
			c, fast, rows := newClerk(), new(redis), new(drafts)
			c.values["reason"] = strings.Repeat("很长的理由，", 320)
			fast.down = away
			h := open(t, c, false, func(config *slack.Config) { config.Drafts = &chat.Drafts{Fast: fast, Slow: rows} })
			m := h.messageFormOf("annual Tuesday")
			if len(fast.kept) != 1 && !away || len(rows.kept) != 1 && away {
				t.Fatalf("Redis has %d drafts, the database %d", len(fast.kept), len(rows.kept))
			}
			fast.set(func(d *drafts) { d.down, d.kept = false, nil })
			h.press(m, "send", 1)
			if s := h.screen("lin"); s.Says("LV-1 is sent.") != away || s.Says("is no longer kept") == away {
				t.Errorf("lin sees\n%s", s)
			}
		})
	}
}

// TestForgedMessageForm: Mallory makes up what a button carries. It is refused or read again by the bot as if she had filled it in herself; never as lin's.
func TestForgedMessageForm(t *testing.T) {
	c := newClerk()
	h := open(t, c, false, nil)
	m := h.messageFormOf("annual Tuesday")
	p, err := h.Pressed("U0LIN", m.Reference, "send", 0, h.At())
	h.must(err)
	action := p["actions"].([]any)[0].(map[string]any)
	for _, value := range []string{"", "{}", `{"f":"leave","n":"x"}`, `{"f":"form:leave","n":""}`, `{"f":"form:leave","n":"x","z":1}`,
		`{"f":"form:leave","n":"x"}{}`, "[]", `{"f":"form:leave","n":"x","i":7}`,
		`{"f":"form:leave","n":"x","g":["x"]}`, `{"f":"form:leave","n":"x","r":"LV-7","v":3}`} {
		action["value"] = value
		if o := h.Interact(t.Context(), p); !o.OK() {
			t.Errorf("%s: %+v", value, o)
		}
	}
	if n := len(c.submissions()); n != 0 || !h.screen("lin").Says("can no longer be used") {
		t.Errorf("%d of them arrived; lin sees\n%s", n, h.screen("lin"))
	}
	action["value"] = `{"f":"form:leave","n":"n-1","s":{"from":"2026-12-01"}}`
	p["user"].(map[string]any)["id"] = "U0MALLORY"
	h.Interact(t.Context(), p)
	if u := c.heard[len(c.heard)-1]; u.Cause.User != "U0MALLORY" || u.Content.(bot.Submission).Subject != "" {
		t.Errorf("heard %+v", u)
	}
}

// TestTwoLinesAtOnce: Slack takes a message a second in a channel; both forms come.
func TestTwoLinesAtOnce(t *testing.T) {
	h := open(t, newClerk(), false, nil)
	for range 4 {
		h.must(h.Type(t.Context(), "lin", "annual Tuesday"))
	}
	if s := h.screen("lin"); len(s.Messages) != 4 || len(s.Private) > 0 {
		t.Errorf("lin sees\n%s", s)
	}
}
