package telegram_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/bottest"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/bot/telegram/telegramtest"
	"github.com/nod-chat/nod/workflows"
)

// orders is a bot that takes orders: a customer, a list of items, a note.
type orders struct {
	*answers
	kind *workflows.Kind
	sent map[string]map[string]string
}

func newOrders(s *stage) *orders {
	items := workflows.Field{Name: "items", Type: workflows.Lines, Fields: []workflows.Field{
		{Name: "item", Type: workflows.Text, Required: true}, {Name: "quantity", Type: workflows.Number, Required: true}}}
	kind := &workflows.Kind{Definition: workflows.Definition{Fields: []workflows.Field{{Name: "customer", Type: workflows.Text}, items}}}
	kind.Moves = map[workflows.Event]workflows.Move{"": {Form: workflows.NewForm}}
	o := &orders{answers: s.bot, sent: map[string]map[string]string{}, kind: kind}
	s.bot.answer = o.reply
	return o
}

// form draws an order as bot/form does: the inputs of one line, the others as text.
func (o *orders) form(state bot.FormState) bot.Form {
	list, values := o.kind.Fields[1], state.Values
	ids := list.Lines(values)
	open := state.Line
	if free, more := list.FreeLine(values); !slices.Contains(ids, open) && (!more || open != free) {
		open = append(ids, 1)[0]
	}
	if !slices.Contains(ids, open) {
		ids = append(ids, open)
		slices.Sort(ids)
	}
	f := bot.Form{ID: "form:order", Title: "New order", Nonce: state.Nonce, Live: true, Held: map[string]string{}, List: &bot.FormList{Name: "items", Open: open}}
	field := func(name, label string, line int, required bool) {
		f.Fields = append(f.Fields, bot.FormField{Name: workflows.LineName(name, line), Label: label, Asks: workflows.AskLine, Line: line,
			Required: required, Value: values[workflows.LineName(name, line)]})
	}
	field("customer", "Customer", 0, true)
	field("item", "Item", open, true)
	field("quantity", "Quantity", open, true)
	field("note", "Note", 0, false)
	for _, id := range ids {
		item, quantity := values[workflows.LineName("item", id)], values[workflows.LineName("quantity", id)]
		line := bot.FormLine{ID: id, Text: strings.Trim(quantity+" × "+item, " ×")}
		if _, err := strconv.Atoi(quantity); quantity != "" && err != nil {
			if id == open {
				f.Fields[2].Fault = "Whole numbers only."
			} else {
				line.Fault = "Whole numbers only."
			}
		}
		if line.Text == "" {
			line.Text = "empty"
		}
		f.List.Lines = append(f.List.Lines, line)
		if id != open {
			f.Held[workflows.LineName("item", id)], f.Held[workflows.LineName("quantity", id)] = item, quantity
		}
	}
	if free, more := list.FreeLine(values); more && free != open {
		f.List.Add = "Add a line"
	}
	if len(ids) > 1 {
		f.List.Edit, f.List.Remove = "Change a line", "Remove this line"
	}
	return f
}

func (o *orders) reply(ctx context.Context, u bot.Update, r bot.Reply) error {
	switch c := u.Content.(type) {
	case bot.Command:
		values := map[string]string{}
		lines, _ := strconv.Atoi(c.Args)
		for id := 1; id <= lines; id++ {
			values[workflows.LineName("item", id)], values[workflows.LineName("quantity", id)] = fmt.Sprint("part", id), fmt.Sprint(id)
			values["customer"] = "Acme"
		}
		return r.Open(ctx, o.form(bot.FormState{Nonce: "order-1", Values: values}))
	case bot.Recalculation:
		return r.Update(ctx, o.form(form.Listed(form.Filled{Kind: o.kind, State: c.FormState}, c.Do, c.Line).State))
	case bot.Submission:
		f := o.form(c.FormState)
		if !f.Ready() {
			return r.Update(ctx, f)
		}
		o.mu.Lock()
		o.sent[c.Nonce] = c.Values
		o.mu.Unlock()
		if err := r.Done(ctx); err != nil {
			return err
		}
		return r.Tell(ctx, bot.Message{Text: "Ordered."})
	}
	return nil
}

// lines checks what the form shows of its list.
func (s *stage) lines(open int, want ...string) {
	s.t.Helper()
	f := s.screen("lin").Form
	if f == nil || !slices.Equal(f.Lines, want) || f.Open != open {
		s.t.Fatalf("the form shows\n%s\nwant the lines %q with %d open", s.screen("lin"), want, open)
	}
}

func (s *stage) list(do bot.LineEvent, line int) {
	s.t.Helper()
	s.must(s.driver.List(s.t.Context(), "lin", do, line))
}

// A new form asks for its first line among the others; then lines are added, changed and taken away, each from the summary and back.
func TestListLineByLine(t *testing.T) {
	for name, m := range map[string]mode{"webhook": webhook, "polling": polling} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, m, telegramtest.Options{}, nil)
			o := newOrders(s)
			s.typed("/order")
			s.asks("customer")
			s.typed("Acme")
			s.asks("item")
			s.typed("bolts")
			s.asks("quantity")
			s.typed("3")
			s.asks("")
			s.pressed("✏️ Note")
			s.asks("note")
			if form := s.screen("lin").Form; !strings.Contains(form.Text, "1. 3 × bolts") || strings.Contains(form.Text, "Item") {
				t.Errorf("above the question for the note stands\n%s", form.Text)
			}
			s.pressed("◀ Back")
			s.asks("")
			s.lines(1, "3 × bolts")

			s.pressed("➕ Add a line")
			s.asks("item_2")
			s.lines(2, "3 × bolts", "empty")
			if form := s.screen("lin").Form; !strings.Contains(form.Text, "1 of 2") {
				t.Errorf("the first question of a line reads\n%s", form.Text)
			}
			s.typed("nuts")
			s.asks("quantity_2")
			s.typed("many")
			s.asks("quantity_2")
			if form := s.screen("lin").Form; form.Faults["quantity_2"] != "Whole numbers only." {
				t.Errorf("faults: %v", form.Faults)
			}
			s.pressed("◀ Back")
			s.asks("item_2")
			s.pressed("◀ Back")
			s.asks("")
			s.lines(2, "3 × bolts", "many × nuts")

			s.pressed("✏️ 1. 3 × bolts")
			s.asks("item")
			s.pressed("Next ▶")
			s.typed("4")
			s.asks("")
			s.lines(1, "4 × bolts", "many × nuts")
			s.pressed("Submit") // what is wrong with a line that is not open stands at it, and at its button
			s.asks("")
			if form := s.screen("lin").Form; !strings.Contains(form.Text, "2. many × nuts\n⚠️ Whole numbers only.") {
				t.Errorf("the summary reads\n%s", form.Text)
			}
			s.pressed("⚠️ 2. many × nuts")
			s.asks("item_2")
			s.pressed("🗑 Remove this line")
			s.asks("")
			s.lines(1, "4 × bolts")
			s.pressed("Submit")
			want := map[string]string{"customer": "Acme", "item": "bolts", "quantity": "4", "note": ""}
			if got := o.sent["order-1"]; !maps.Equal(got, want) {
				t.Errorf("sent %v, want %v", got, want)
			}
			s.answered()
		})
	}
}

// A press that comes twice, from a finger or from Telegram, adds one line only and takes one away.
func TestListPressedTwice(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	newOrders(s)
	s.typed("/order 3")
	s.lines(1, "1 × part1", "2 × part2", "3 × part3")
	tap := func(step string, line int) *telegramtest.Update {
		list := s.server.Messages(telegramtest.UserID("lin"))
		m := list[len(list)-1]
		for _, b := range slices.Concat(m.Keyboard...) {
			if parts := strings.Split(b.Data, "|"); parts[1] == "."+step && parts[4] == strconv.Itoa(line) {
				u, err := s.server.Tap("lin", m.ID, b.Data)
				s.must(err)
				return u
			}
		}
		t.Fatalf("no button %s of line %d on\n%s", step, line, s.screen("lin"))
		return nil
	}
	u, quick := tap("add_line", 3), tap("add_line", 3)
	s.must(s.driver.Taken(t.Context(), u))
	s.must(s.driver.Taken(t.Context(), quick))
	s.asks("item_4")
	s.lines(4, "1 × part1", "2 × part2", "3 × part3", "empty")
	s.typed("part4")
	s.typed("4")
	four := []string{"1 × part1", "2 × part2", "3 × part3", "4 × part4"}
	s.lines(4, four...)

	// A program that was restarted does not know the update any more.
	s.must(s.chat.Close(t.Context()))
	s.start(webhook)
	again := func(u *telegramtest.Update) {
		t.Helper()
		status, _, err := s.driver.Push(s.hookURL, secret, u.Body)
		s.must(err)
		if status != 200 {
			t.Errorf("the repeated update was answered %d", status)
		}
	}
	again(u)
	s.asks("")
	s.lines(4, four...)

	s.list(bot.EditLine, 2)
	u, quick = tap("remove_line", 2), tap("remove_line", 2)
	s.must(s.driver.Taken(t.Context(), u))
	s.must(s.driver.Taken(t.Context(), quick))
	s.lines(1, "1 × part1", "3 × part3", "4 × part4")
	s.must(s.chat.Close(t.Context()))
	s.start(webhook)
	again(u)
	s.lines(1, "1 × part1", "3 × part3", "4 × part4")
}

// Data that no button of the form has does nothing.
func TestListButtonsThatAreNone(t *testing.T) {
	s := newStage(t, polling, telegramtest.Options{}, nil)
	newOrders(s)
	s.typed("/order 3")
	list := s.server.Messages(telegramtest.UserID("lin"))
	m := list[len(list)-1]
	token := strings.Split(m.Keyboard[0][0].Data, "|")[2]
	for _, step := range []string{"edit_line||9", "edit_line||0", "edit_line||-1", "edit_line||x", "edit_line|item", "add_line||1", "add_line", "add_line||9999999999999999999",
		"remove_line||2", "remove_line", "remove_line||x"} {
		name, rest, _ := strings.Cut(step, "|")
		u, err := s.server.Tap("lin", m.ID, "2|."+name+"|"+token+"|"+rest)
		s.must(err)
		s.must(s.driver.Taken(t.Context(), u))
		s.asks("")
		s.lines(1, "1 × part1", "2 × part2", "3 × part3")
	}
	for _, u := range s.bot.updates()[1:] {
		t.Errorf("the bot heard %+v", u.Content)
	}
	newLeave(s)
	s.typed("/leave annual 2026-12-01 2026-12-03") // a form without a list
	list = s.server.Messages(telegramtest.UserID("lin"))
	m = list[len(list)-1]
	u, err := s.server.Tap("lin", m.ID, "2|.add_line|"+strings.Split(m.Keyboard[0][0].Data, "|")[2]+"||0")
	s.must(err)
	s.must(s.driver.Taken(t.Context(), u))
	s.asks("")
	s.answered()
}

func TestFormWithFiftyLines(t *testing.T) {
	s := newStage(t, webhook, telegramtest.Options{}, nil)
	o := newOrders(s)
	s.typed("/order 48")
	want := map[string]string{"customer": "Acme", "note": ""}
	var texts []string
	for id := 1; id <= 50; id++ {
		want[workflows.LineName("item", id)], want[workflows.LineName("quantity", id)] = fmt.Sprint("part", id), fmt.Sprint(id)
		texts = append(texts, fmt.Sprintf("%d × part%d", id, id))
	}
	for _, id := range []string{"49", "50"} {
		s.list(bot.AddLine, 0)
		s.must(s.driver.Change(t.Context(), "lin", map[string]string{"item_" + id: "part" + id, "quantity_" + id: id}))
	}
	s.asks("")
	s.lines(50, texts...)
	if err := s.driver.List(t.Context(), "lin", bot.AddLine, 0); err == nil {
		t.Error("a line can be added to fifty")
	}
	s.must(s.driver.Change(t.Context(), "lin", map[string]string{"quantity_37": "370"}))
	s.list(bot.RemoveLine, 12)
	want["quantity_37"], texts[36] = "370", "370 × part37"
	delete(want, "item_12")
	delete(want, "quantity_12")
	s.see("lin", "49 lines", func(screen bottest.Screen) bool { return len(screen.Form.Lines) == 49 })
	s.lines(11, slices.Delete(texts, 11, 12)...)
	s.must(s.driver.Send(t.Context(), "lin", 2))
	if got := o.sent["order-1"]; !maps.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	s.answered()
}
