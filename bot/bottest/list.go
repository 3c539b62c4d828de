package bottest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

// supplies are the lines of a form, as a bot keeps them: item and quantity, item_2 and quantity_2 …
type supplies struct {
	open   int
	values map[string]string
}

const mostSupplies = 50

func itemOf(line int) string     { return workflows.LineName("item", line) }
func quantityOf(line int) string { return workflows.LineName("quantity", line) }

// ids are the lines that there are, the open one among them.
func (s supplies) ids() []int {
	ids := []int{s.open}
	for name, value := range s.values {
		if _, id := workflows.SplitLineName(name); value != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// after is a list after something was done to it.
func after(state bot.FormState, do bot.LineEvent, line int) supplies {
	s := supplies{open: max(state.Line, 1), values: state.Values}
	ids := s.ids()
	switch do {
	case bot.AddLine:
		if len(ids) < mostSupplies {
			s.open = ids[len(ids)-1] + 1
		}
	case bot.EditLine:
		s.open = line
	case bot.RemoveLine:
		delete(s.values, itemOf(s.open))
		delete(s.values, quantityOf(s.open))
		ids = slices.DeleteFunc(ids, func(id int) bool { return id == s.open })
		s.open = ids[0]
	}
	return s
}

// form draws the list; a quantity that is no number is at fault.
func (s supplies) form() bot.Form {
	f := bot.Form{
		ID: "form:supplies", Title: "Ask for supplies", Nonce: "n-50", Live: true,
		Send: "Send", Cancel: "Cancel", Change: "Change", Held: map[string]string{},
		List:    &bot.FormList{Name: "items", Open: s.open, Edit: "Change a line", Remove: "Remove this line"},
		Preview: []bot.Line{{Label: "Lines", Text: strconv.Itoa(len(s.ids()))}},
	}
	if len(s.ids()) < mostSupplies {
		f.List.Add = "Add a line"
	}
	if len(s.ids()) == 1 {
		f.List.Edit, f.List.Remove = "", ""
	}
	for _, id := range s.ids() {
		item, quantity := s.values[itemOf(id)], s.values[quantityOf(id)]
		line, fault := bot.FormLine{ID: id, Text: strings.Trim(item+" × "+quantity, " ×")}, ""
		if _, err := strconv.Atoi(quantity); err != nil && quantity != "" {
			fault = noNumber
		}
		if line.Text == "" {
			line.Text = "empty"
		}
		if id != s.open {
			line.Fault = fault
			f.Held[itemOf(id)], f.Held[quantityOf(id)] = item, quantity
			f.List.Lines = append(f.List.Lines, line)
			continue
		}
		f.List.Lines = append(f.List.Lines, line)
		f.Fields = append(f.Fields,
			bot.FormField{
				Name: itemOf(id), Line: id, Label: "Item", Asks: workflows.AskLine,
				Value: item, Shown: item, Max: 200, Required: true,
			},
			bot.FormField{
				Name: quantityOf(id), Line: id, Label: "Quantity", Asks: workflows.AskNumber,
				Value: quantity, Shown: quantity, Fault: fault,
			})
	}
	f.Fields = append(f.Fields,
		bot.FormField{Name: "reason", Label: "Reason", Asks: workflows.AskLong, Value: s.values["reason"], Max: 500})
	return f
}

const noNumber = "Write the quantity as a number."

// saysFault tells whether a form shows which of its lines is wrong.
func saysFault(f *ShownForm) bool {
	return strings.Contains(strings.Join(f.Lines, "\n")+"\n"+f.Text, noNumber)
}

// fiftyLines: a list of fifty lines is filled in one line after the other, one is found again, one is taken away and its place filled anew.
// Whatever a line holds arrives when the form is sent, and the one that is wrong says so.
func fiftyLines(t *testing.T, s *stage) {
	var mu sync.Mutex
	var sent map[string]string
	s.answer = func(u bot.Update, r bot.Reply) error {
		switch c := u.Content.(type) {
		case bot.Recalculation:
			return r.Update(s.ctx, after(c.FormState, c.Do, c.Line).form())
		case bot.Submission:
			f := after(c.FormState, "", 0).form()
			if !f.Ready() {
				return r.Update(s.ctx, f)
			}
			mu.Lock()
			sent = c.Values
			mu.Unlock()
			if err := r.Done(s.ctx); err != nil {
				return err
			}
			return r.Tell(s.ctx, bot.Message{Text: "SU-1 is sent."})
		}
		return r.Open(s.ctx, supplies{open: 1, values: map[string]string{}}.form())
	}
	item := func(i int) string { return fmt.Sprintf("打印纸 <A%d>", i) }
	// awaits gives the form as soon as a line is open.
	awaits := func(open int) *ShownForm {
		t.Helper()
		return s.wait("lin", fmt.Sprintf("line %d open", open), func(x Screen) bool { return x.Form != nil && x.Form.Open == open }).Form
	}
	// holds looks at what the inputs of a line show, where they all stand at once.
	holds := func(f *ShownForm, line int, item, quantity string) {
		t.Helper()
		for name, want := range map[string]string{itemOf(line): item, quantityOf(line): quantity} {
			if got, ok := f.Values[name]; ok && got != want {
				t.Errorf("%s shows %q, want %q", name, got, want)
			}
		}
	}
	s.must(s.Type(s.ctx, "lin", "/leave")) // a command that opens a form everywhere
	s.wait("lin", "the form", func(x Screen) bool { return x.Form != nil })
	want := map[string]string{"reason": "a move"}
	for i := 1; i <= mostSupplies; i++ {
		want[itemOf(i)], want[quantityOf(i)] = item(i), strconv.Itoa(i)
		if i == 7 {
			want[quantityOf(i)] = "seven"
		}
		s.must(s.Change(s.ctx, "lin", map[string]string{itemOf(i): want[itemOf(i)], quantityOf(i): want[quantityOf(i)]}))
		if i < mostSupplies {
			s.must(s.List(s.ctx, "lin", bot.AddLine, 0))
			holds(awaits(i+1), i+1, "", "")
		}
	}

	// One is found again, and changed.
	s.must(s.List(s.ctx, "lin", bot.EditLine, 3))
	holds(awaits(3), 3, item(3), "3")
	want[quantityOf(3)] = "33"
	s.must(s.Change(s.ctx, "lin", map[string]string{quantityOf(3): "33", "reason": "a move"}))
	s.wait("lin", "all lines", func(x Screen) bool {
		return x.Form != nil && len(x.Form.Lines) == mostSupplies && strings.Contains(x.Form.Lines[mostSupplies-1], item(mostSupplies))
	})

	// The last one is taken away and filled in anew: nothing of what it held is left.
	s.must(s.List(s.ctx, "lin", bot.EditLine, mostSupplies))
	holds(awaits(mostSupplies), mostSupplies, item(mostSupplies), "50")
	s.must(s.List(s.ctx, "lin", bot.RemoveLine, mostSupplies))
	awaits(1)
	s.must(s.List(s.ctx, "lin", bot.AddLine, 0))
	holds(awaits(mostSupplies), mostSupplies, "", "")
	want[itemOf(mostSupplies)], want[quantityOf(mostSupplies)] = "staples", "5"
	s.must(s.Change(s.ctx, "lin", map[string]string{itemOf(mostSupplies): "staples", quantityOf(mostSupplies): "5"}))

	// It is not taken as long as one is wrong, which says so; once it is put right, all arrive.
	s.must(s.Send(s.ctx, "lin", 1))
	s.wait("lin", "the fault of line 7", func(x Screen) bool {
		return x.Form != nil && len(x.Form.Lines) == mostSupplies && saysFault(x.Form)
	})
	s.must(s.List(s.ctx, "lin", bot.EditLine, 7))
	holds(awaits(7), 7, item(7), "seven")
	want[quantityOf(7)] = "7"
	s.must(s.Change(s.ctx, "lin", map[string]string{quantityOf(7): "7"}))
	s.must(s.Send(s.ctx, "lin", 2))
	s.wait("lin", "the answer in place of the form", func(x Screen) bool { return x.Form == nil && x.Says("SU-1 is sent.") })
	mu.Lock()
	defer mu.Unlock()
	for name, value := range want {
		if sent[name] != value {
			t.Errorf("%s arrived as %q, want %q", name, sent[name], value)
		}
	}
	for name, value := range sent {
		if want[name] != value {
			t.Errorf("%s=%q arrived, which nobody filled in", name, value)
		}
	}
}
