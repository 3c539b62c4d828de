package web

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

// Orders is a bot that takes orders: a customer and a list of items.
type Orders struct {
	kind *workflows.Kind
	mu   sync.Mutex
	Sent map[string]string // what was sent last
	acts []bot.Recalculation
}

// NewOrders makes one.
func NewOrders() *Orders {
	items := workflows.Field{Name: "items", Type: workflows.Lines, Fields: []workflows.Field{
		{Name: "item", Type: workflows.Text, Required: true}, {Name: "quantity", Type: workflows.Number, Required: true}}}
	kind := &workflows.Kind{Definition: workflows.Definition{Fields: []workflows.Field{{Name: "customer", Type: workflows.Text}, items}}}
	kind.Moves = map[workflows.Event]workflows.Move{"": {Form: workflows.NewForm}}
	return &Orders{kind: kind}
}

// Commands are none.
func (*Orders) Commands(string) []bot.CommandHelp { return nil }

// Handle takes a command with the number of lines to begin with, and what is done to the form.
func (o *Orders) Handle(ctx context.Context, u bot.Update, r bot.Reply) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch c := u.Content.(type) {
	case bot.Command:
		lines := 0
		_, _ = fmt.Sscan(c.Args, &lines)
		return r.Open(ctx, o.form("en", bot.FormState{Nonce: "order-1", Values: someLines("en", lines)}))
	case bot.Recalculation:
		o.acts = append(o.acts, c)
		return r.Update(ctx, o.form("en", form.Listed(form.Filled{Kind: o.kind, State: c.FormState}, c.Do, c.Line).State))
	case bot.Submission:
		o.Sent = c.Values
		return r.Done(ctx)
	}
	return nil
}

func someLines(lang string, lines int) map[string]string {
	values := map[string]string{"customer": "Acme"}
	for id := 1; id <= lines; id++ {
		values[workflows.LineName("item", id)] = in(lang, "hex bolts M8", "六角螺栓 M8")
		values[workflows.LineName("quantity", id)] = fmt.Sprint(id)
	}
	return values
}

// form draws an order as bot/form does: the inputs of one line, the others as text.
func (o *Orders) form(lang string, state bot.FormState) bot.Form {
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
	f := bot.Form{ID: "form:order", Title: in(lang, "New order", "新订单"), Nonce: state.Nonce, Live: true, Send: in(lang, "Send", "提交"),
		Cancel: in(lang, "Cancel", "取消"), Held: map[string]string{}, List: &bot.FormList{Name: "items", Open: open}}
	for _, field := range []bot.FormField{
		{Name: "customer", Label: in(lang, "Customer", "客户"), Asks: workflows.AskLine, Required: true},
		{Name: "item", Label: in(lang, "Item", "货品"), Asks: workflows.AskLine, Required: true, Line: open},
		{Name: "quantity", Label: in(lang, "Quantity", "数量"), Asks: workflows.AskNumber, Required: true, Line: open},
		{Name: "note", Label: in(lang, "Note", "备注"), Asks: workflows.AskLong},
	} {
		if field.Line > 0 {
			field.Name = workflows.LineName(field.Name, open)
		}
		field.Value = values[field.Name]
		f.Fields = append(f.Fields, field)
	}
	for _, id := range ids {
		text := ""
		for _, in := range list.LineInputs(id) {
			text = strings.Trim(values[in.Name]+" × "+text, " ×")
			if id != open && values[in.Name] != "" {
				f.Held[in.Name] = values[in.Name]
			}
		}
		if text == "" {
			text = in(lang, "empty", "空")
		}
		f.List.Lines = append(f.List.Lines, bot.FormLine{ID: id, Text: text})
	}
	if free, more := list.FreeLine(values); more && free != open {
		f.List.Add = in(lang, "Add a line", "加一行")
	}
	if len(ids) > 1 {
		f.List.Edit, f.List.Remove = in(lang, "Change a line", "修改一行"), in(lang, "Remove this line", "删除本行")
	}
	return f
}

// takesOrders has a stage's bot take orders.
func takesOrders(s *stage) *Orders {
	o := NewOrders()
	s.office.hook = func(u bot.Update, r bot.Reply) bool { return o.Handle(context.Background(), u, r) == nil }
	return o
}

// order is what a page sends of a form with some lines.
func order(lines int, more ...string) url.Values {
	values := leave(append([]string{"nod.form", "form:order", "nod.nonce", "order-1", "nod.open", "1", "note", ""}, more...)...)
	for name, value := range someLines("en", lines) {
		values.Set(name, value)
	}
	return values
}

func TestDrawnLists(t *testing.T) {
	s := newStage(t)
	for _, lang := range []string{"en", "zh"} {
		me := colleague("E003")
		me.Language = lang
		draw := func(name string, f bot.Form, caret bool) {
			t.Helper()
			view := s.frame(me).form(f, opener{}, caret)
			view.caret(caret)
			html, err := s.fragment("dialog", view)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+lang, html)
		}
		values := someLines(lang, 3)
		values["item_3"] = `"><b>'gold'</b>`
		f := NewOrders().form(lang, bot.FormState{Nonce: "n-3", Values: values, Line: 2})
		f.List.Lines[2].Fault = in(lang, "Nobody sells <that>.", "没有这种货品。")
		draw("form-lines", f, true)
		draw("form-line", NewOrders().form(lang, bot.FormState{Nonce: "n-4"}), false)
	}
}

// What no field shows comes back whole, whichever line is opened, added or taken away.
func TestHeldLinesComeBack(t *testing.T) {
	s := newStage(t)
	o := takesOrders(s)
	v := visit(t, s.serve(t).URL)
	for _, test := range []struct {
		do, line string
		open     int // afterwards
		gone     int
	}{{"edit_line", "2", 2, 0}, {"edit_line", "3", 3, 0}, {"add_line", "0", 4, 0}, {"add_line", "2", 4, 0}, {"remove_line", "1", 2, 1}} {
		_, text := v.post("/chat/E003/recalculate", order(3, "nod.do", test.do, "nod.line", test.line), nil)
		if want := fmt.Sprintf(`name="nod.open" value="%d"`, test.open); !strings.Contains(text, want) {
			t.Errorf("%s %s: no %s in\n%s", test.do, test.line, want, text)
		}
		want := someLines("en", 3)
		want["note"] = ""
		if got := o.acts[len(o.acts)-1]; string(got.Do) != test.do || fmt.Sprint(got.Line) != test.line || got.FormState.Line != 1 || !maps.Equal(got.Values, want) {
			t.Errorf("%s: the bot got %+v", test.do, got)
		}
		for id := 1; id <= 3; id++ {
			name := fmt.Sprintf(`name="%s"`, workflows.LineName("item", id))
			has := strings.Contains(text, name+` value="hex bolts M8"`) || strings.Contains(text, name+` type="text" value="hex bolts M8"`)
			if has != (id != test.gone) {
				t.Errorf("%s %s: the values of line %d are in the page: %v", test.do, test.line, id, has)
			}
		}
	}
}

// Mallory sends what no button sends.
func TestForgedLines(t *testing.T) {
	s := newStage(t)
	o := takesOrders(s)
	v := visit(t, s.serve(t).URL)
	for _, bad := range [][]string{{"nod.do", "approve"}, {"nod.do", "add_line "}, {"nod.do", "add_line", "nod.line", "x"}, {"nod.line", "1.5"},
		{"nod.open", "one"}, {"nod.open", "99999999999999999999"}, {"nod.open", `1"><b>`}} {
		for _, path := range []string{"recalculate", "submit"} {
			if status, text := v.post("/chat/E003/"+path, order(3, bad...), nil); status != 400 {
				t.Errorf("%v: %d %s, want 400", bad, status, text)
			}
		}
	}
	if len(o.acts) != 0 || o.Sent != nil {
		t.Errorf("the bot heard %+v, %v", o.acts, o.Sent)
	}
	for _, odd := range [][]string{{"nod.do", "edit_line", "nod.line", "99"}, {"nod.do", "edit_line", "nod.line", "-1"}, {"nod.do", "edit_line"},
		{"nod.open", "-7"}, {"nod.open", "1000"}, {"nod.open", "", "nod.do", ""}} {
		status, text := v.post("/chat/E003/recalculate", order(3, odd...), nil)
		if status != 200 || !strings.Contains(text, `name="nod.open" value="1"`) || strings.Count(text, `value="hex bolts M8"`) != 3 {
			t.Errorf("%v: %d\n%s", odd, status, text)
		}
	}
	_, text := v.post("/chat/E003/recalculate", order(3, "nod.do", "remove_line", "nod.line", "2", "nod.open", "77"), nil)
	if strings.Count(text, `value="hex bolts M8"`) != 3 {
		t.Errorf("a line that is not open was taken away:\n%s", text)
	}
}

// The draft is the form as it is after a line was added, with that line open.
func TestDraftHasItsLines(t *testing.T) {
	s := newStage(t)
	takesOrders(s)
	v := visit(t, s.serve(t).URL)
	v.post("/chat/E003/recalculate", order(3, "nod.do", "add_line", "nod.line", "0"), nil)
	v.post("/chat/E003/recalculate", order(3, "nod.open", "4", "item_4", "washers"), nil)
	_, text := v.post("/chat/E003/resume", url.Values{"nod.form": {"form:order"}}, nil)
	for _, want := range []string{`name="nod.open" value="4"`, `name="item_4" type="text" value="washers"`, `name="quantity_3" value="3"`} {
		if !strings.Contains(text, want) {
			t.Errorf("after a reload there is no %s in\n%s", want, text)
		}
	}
	v.post("/chat/E003/recalculate", order(3, "nod.do", "remove_line", "nod.open", "1", "nod.line", "1"), nil)
	_, text = v.post("/chat/E003/resume", url.Values{"nod.form": {"form:order"}}, nil)
	if strings.Contains(text, `name="item"`) || !strings.Contains(text, `name="nod.open" value="2"`) {
		t.Errorf("a line that was taken away is in the draft:\n%s", text)
	}
}

// Fifty lines of Chinese are not too much to be worked out.
func TestFiftyLongLinesAreTaken(t *testing.T) {
	s := newStage(t)
	o := takesOrders(s)
	v := visit(t, s.serve(t).URL)
	values := order(50)
	for id := 1; id <= 50; id++ {
		values.Set(workflows.LineName("item", id), strings.Repeat("螺", 200))
	}
	if status, text := v.post("/chat/E003/recalculate", values, nil); status != 200 || len(o.acts) != 1 || len(o.acts[0].Values) != 102 {
		t.Errorf("%d %.200s", status, text)
	}
}
