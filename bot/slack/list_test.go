package slack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/workflows"
)

// shopping is a bot with one form, whose list has as many lines as it is opened with, each with an item of so many characters. It opens and
// removes lines as it is told, and takes in whatever is sent.
type shopping struct {
	lines, long int
	fault       string // of the first line, whatever it holds

	mu    sync.Mutex
	heard []bot.Content
}

func (s *shopping) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	s.mu.Lock()
	s.heard = append(s.heard, u.Content)
	s.mu.Unlock()
	switch c := u.Content.(type) {
	case bot.Recalculation:
		open := c.FormState.Line
		switch c.Do {
		case bot.AddLine:
			open = len(c.Values) + 1
		case bot.EditLine:
			open = c.Line
		case bot.RemoveLine:
			delete(c.Values, workflows.LineName("item", open))
			open = 1
		}
		return r.Update(ctx, s.form(c.Values, open))
	case bot.Submission:
		if s.fault != "" {
			return r.Update(ctx, s.form(c.Values, c.FormState.Line))
		}
		if err := r.Done(ctx); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: "SU-1 is sent."})
	}
	values := map[string]string{}
	for i := 1; i <= s.lines; i++ {
		values[workflows.LineName("item", i)] = strings.Repeat("纸", s.long) + strconv.Itoa(i)
	}
	return r.Open(ctx, s.form(values, 1))
}

func (s *shopping) form(values map[string]string, open int) bot.Form {
	f := bot.Form{ID: "form:supplies", Title: "Supplies", Nonce: "n-1", Live: true, Send: "Send", Cancel: "Cancel", Change: "Change",
		Held: maps.Clone(values), List: &bot.FormList{Name: "items", Open: open, Add: "Add", Edit: "Edit", Remove: "Remove"}}
	name := workflows.LineName("item", open)
	delete(f.Held, name)
	for i := 1; i <= s.lines+1; i++ {
		value, ok := values[workflows.LineName("item", i)]
		if !ok && i != open {
			continue
		}
		line := bot.FormLine{ID: i, Text: value}
		if i == 1 && i != open {
			line.Fault = s.fault
		}
		f.List.Lines = append(f.List.Lines, line)
	}
	f.Fields = []bot.FormField{{Name: "on", Label: "On", Asks: workflows.AskDate, Value: "2026-12-01"},
		{Name: name, Line: open, Label: "Item", Asks: workflows.AskLine, Value: values[name], Max: 2000}}
	delete(f.Held, "on")
	return f
}

func (s *shopping) last() bot.Content {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard[len(s.heard)-1]
}

// sent is what arrived of the lines when the form was sent.
func (s *shopping) sent(t *testing.T) map[string]string {
	t.Helper()
	c, ok := s.last().(bot.Submission)
	if !ok {
		t.Fatalf("the bot heard %+v", s.last())
	}
	values := maps.Clone(c.Values)
	delete(values, "on")
	return values
}

// shows waits until the line is open.
func (h *house) shows(line int) *bottest.ShownForm {
	h.t.Helper()
	return h.await("lin", fmt.Sprintf("line %d", line), func(s bottest.Screen) bool { return s.Form != nil && s.Form.Open == line }).Form
}

// saves counts what was kept.
type saves struct {
	drafts
	count int
}

func (s *saves) SaveDraft(ctx context.Context, owner, form string, state []byte) error {
	err := s.drafts.SaveDraft(ctx, owner, form, state)
	s.set(func(*drafts) { s.count++ })
	return err
}

// What is typed into a line comes back when it is opened again, and never another line's.
func TestLineOpensAgain(t *testing.T) {
	s := &shopping{lines: 3, long: 1}
	h := open(t, s, false, keeping(new(drafts)))
	h.must(h.Type(t.Context(), "lin", "/leave"))
	if f := h.shows(1); f.Values["item"] != "纸1" || len(f.Lines) != 3 {
		t.Errorf("lin sees %+v", f)
	}
	h.must(h.Change(t.Context(), "lin", map[string]string{"item": "pens"}))
	h.must(h.List(t.Context(), "lin", bot.EditLine, 2))
	h.settle()
	if c := s.last().(bot.Recalculation); c.Do != bot.EditLine || c.Line != 2 || c.FormState.Line != 1 || c.Values["item"] != "pens" || c.Values["item_3"] != "纸3" {
		t.Errorf("the bot heard %+v", c)
	}
	if f := h.shows(2); f.Values["item_2"] != "纸2" || f.Lines[0] != "pens" {
		t.Errorf("lin sees %+v", f)
	}
	h.must(h.List(t.Context(), "lin", bot.EditLine, 1))
	if f := h.shows(1); f.Values["item"] != "pens" {
		t.Errorf("lin sees %+v", f)
	}
	h.must(h.List(t.Context(), "lin", bot.EditLine, 3))
	h.shows(3)
	h.must(h.List(t.Context(), "lin", bot.RemoveLine, 3))
	h.shows(1)
	h.must(h.List(t.Context(), "lin", bot.AddLine, 0))
	h.await("lin", "an empty line", func(x bottest.Screen) bool { return x.Form != nil && x.Form.Open != 1 && len(x.Form.Lines) == 3 })
	f := h.screen("lin").Form
	name := workflows.LineName("item", f.Open)
	if f.Values[name] != "" {
		t.Errorf("what was taken away is there again: %+v", f)
	}
	h.must(h.Change(t.Context(), "lin", map[string]string{name: "tape"}))
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	if got := s.sent(t); !maps.Equal(got, map[string]string{"item": "pens", "item_2": "纸2", name: "tape"}) {
		t.Errorf("sent was %v", got)
	}
	if err := h.List(t.Context(), "lin", bot.AddLine, 0); err == nil {
		t.Error("a form that is gone can be pressed")
	}
}

// The values of other lines ride in the view, or where that is too short in a draft, which is written again only when it has changed. Once it
// is lost, nothing is sent and its owner is told; while it is out of reach, the form stays.
func TestLinesThatAViewCannotCarry(t *testing.T) {
	for name, test := range map[string]struct {
		lines, long int
		saved       int
	}{"few": {3, 10, 0}, "many": {50, 100, 1}, "one that is long": {2, 2000, 0}, "two that are long": {3, 2000, 1}} {
		t.Run(name, func(t *testing.T) {
			s, rows := &shopping{lines: test.lines, long: test.long - 2}, new(saves)
			h := open(t, s, false, keeping(rows))
			h.must(h.Type(t.Context(), "lin", "/leave"))
			h.shows(1)
			for _, day := range []string{"2026-12-02", "2026-12-03"} {
				h.must(h.Change(t.Context(), "lin", map[string]string{"on": day}))
				h.settle()
			}
			if rows.count != test.saved {
				t.Errorf("%d drafts were written, want %d", rows.count, test.saved)
			}
			p, err := h.Submission("U0LIN")
			h.must(err)
			if n := utf8.RuneCountInString(p["view"].(map[string]any)["private_metadata"].(string)); n > 3000 {
				t.Errorf("the view carries %d characters", n)
			}
			if test.saved > 0 {
				rows.set(func(d *drafts) { d.down = true })
				h.must(h.List(t.Context(), "lin", bot.EditLine, 2))
				h.settle()
				if screen := h.screen("lin"); screen.Form == nil || screen.Form.Open != 1 || !screen.Says("went wrong") {
					t.Errorf("with the drafts out of reach lin sees\n%s", screen)
				}
				rows.set(func(d *drafts) { d.down = false })
			}
			h.must(h.Send(t.Context(), "lin", 2))
			h.settle()
			got := s.sent(t)
			if len(got) != test.lines || got[workflows.LineName("item", test.lines)] == "" {
				t.Errorf("%d lines arrived: %v", len(got), got)
			}
			if screen := h.screen("lin"); screen.Form != nil || !screen.Says("SU-1 is sent.") || screen.Says(h.lost()) {
				t.Errorf("lin sees\n%s", screen)
			}
		})
	}
}

func TestLostLines(t *testing.T) {
	for name, act := range map[string]func(h *house) error{
		"sent":    func(h *house) error { return h.Send(t.Context(), "lin", 1) },
		"changed": func(h *house) error { return h.Change(t.Context(), "lin", map[string]string{"on": "2026-12-02"}) },
		"added":   func(h *house) error { return h.List(t.Context(), "lin", bot.AddLine, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			s, rows := &shopping{lines: 50, long: 100}, new(drafts)
			h := open(t, s, false, keeping(rows))
			h.must(h.Type(t.Context(), "lin", "/leave"))
			h.shows(1)
			rows.set(func(d *drafts) { d.kept = nil })
			h.must(act(h))
			h.settle()
			if len(s.heard) != 1 {
				t.Errorf("the bot heard %+v", s.last())
			}
			if screen := h.screen("lin"); screen.Form != nil || !screen.Says(h.lost()) {
				t.Errorf("lin sees\n%s", screen)
			}
		})
	}
}

// lost is what the owner of a form is told that is no longer kept.
func (h *house) lost() string { return loadWords(h.t).Say("en", "slack.draft_lost", nil) }

// Two views of one form hold different lines, as on two devices: each is sent as it is seen.
func TestEachViewHasItsOwnLines(t *testing.T) {
	s, rows := &shopping{lines: 20, long: 200}, new(drafts)
	h := open(t, s, false, keeping(rows))
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.shows(1)
	older, err := h.Submission("U0LIN")
	h.must(err)
	h.must(h.List(t.Context(), "lin", bot.EditLine, 20))
	h.shows(20)
	h.must(h.List(t.Context(), "lin", bot.RemoveLine, 20))
	h.shows(1)
	if o := h.Interact(t.Context(), older); !o.OK() {
		t.Fatal(o)
	}
	h.settle()
	if got := s.sent(t); len(got) != 20 {
		t.Errorf("%d lines arrived", len(got))
	}
}

// A fault of a line that is not open has no input at which it could stand: the form is drawn again, and says it.
func TestFaultOfALine(t *testing.T) {
	s := &shopping{lines: 50, long: 20, fault: "There is no such paper."}
	h := open(t, s, false, keeping(new(drafts)))
	h.must(h.Type(t.Context(), "lin", "/leave"))
	h.shows(1)
	h.must(h.List(t.Context(), "lin", bot.EditLine, 2))
	h.shows(2)
	h.must(h.Send(t.Context(), "lin", 1))
	h.settle()
	f := h.screen("lin").Form
	if f == nil || len(f.Lines) != 50 || !strings.HasSuffix(f.Lines[0], "⚠️ There is no such paper.") || f.Values["item_2"] == "" {
		t.Errorf("lin sees\n%s", h.screen("lin"))
	}
}

// A list of any length fits into a view and into a message, with lines and faults of any length.
func TestListsFit(t *testing.T) {
	for _, lines := range []int{1, 2, 50, 101, 300, 999} {
		for _, long := range []int{0, 1, 100, 2000} {
			s := &shopping{lines: lines, long: long, fault: strings.Repeat("错", long)}
			h := open(t, s, false, keeping(new(drafts)))
			h.must(h.Type(t.Context(), "lin", "/leave"))
			h.shows(1)
			h.must(h.Type(t.Context(), "lin", "some supplies"))
			if screen := h.screen("lin"); len(screen.Messages) != 1 {
				t.Errorf("%d lines of %d characters: lin sees\n%s", lines, long, screen)
			}
			var view struct{ Blocks []json.RawMessage }
			p, err := h.Submission("U0LIN")
			h.must(err)
			raw, err := json.Marshal(p["view"])
			h.must(err)
			h.must(json.Unmarshal(raw, &view))
			if most := 8; len(view.Blocks) > most {
				t.Errorf("%d lines of %d characters take %d blocks", lines, long, len(view.Blocks))
			}
			h.CloseModal("U0LIN")
		}
	}
}

// A press that names another block, or nothing that acts on a list, does nothing to it.
func TestForgedListPress(t *testing.T) {
	s := &shopping{lines: 3, long: 1}
	h := open(t, s, false, nil)
	for _, change := range []map[string]any{{"block_id": "on"}, {"action_id": "drop_line"}} {
		h.must(h.Type(t.Context(), "lin", "/leave"))
		h.shows(1)
		p, err := h.Listed("U0LIN", bot.AddLine, 0)
		h.must(err)
		maps.Copy(p["actions"].([]any)[0].(map[string]any), change)
		h.Interact(t.Context(), p)
		h.settle()
		if c, ok := s.last().(bot.Recalculation); ok {
			t.Errorf("%v: the bot heard %+v", change, c)
		}
	}
}

// A form with a list is a message where a line was typed: it shows all lines, and what its buttons cannot carry is kept. It is sent as it
// stands there, also when its dialog was opened, changed and closed again.
func TestListAsMessage(t *testing.T) {
	for name, changed := range map[string]bool{"as it is": false, "after its dialog was closed": true} {
		t.Run(name, func(t *testing.T) {
			s := &shopping{lines: 50, long: 100}
			h := open(t, s, false, keeping(new(drafts)))
			h.must(h.Type(t.Context(), "lin", "paper of fifty sorts"))
			h.settle()
			screen := h.screen("lin")
			if m := screen.Messages[0]; !strings.Contains(m.Text, "\n50. 纸纸") || !m.Has("send") || !m.Has("change") || !m.Has("cancel_draft") {
				t.Errorf("lin sees\n%s", screen)
			}
			if changed {
				h.must(h.Press(t.Context(), "lin", screen.Messages[0].Reference, "change", 1))
				h.shows(1)
				h.must(h.List(t.Context(), "lin", bot.EditLine, 50))
				h.shows(50)
				h.must(h.List(t.Context(), "lin", bot.RemoveLine, 50))
				h.shows(1)
				h.CloseModal("U0LIN")
			}
			h.must(h.Press(t.Context(), "lin", screen.Messages[0].Reference, "send", 2))
			h.settle()
			c := s.last().(bot.Submission)
			if got := s.sent(t); len(got) != 50 || c.FormState.Line != 1 {
				t.Errorf("%d lines arrived, line %d open", len(got), c.FormState.Line)
			}
			if screen := h.screen("lin"); !screen.Says("SU-1 is sent.") || screen.Messages[0].Has("send") {
				t.Errorf("lin sees\n%s", screen)
			}
		})
	}
}
