package form_test

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

// two has a chair in line 1 and five desks in line 3: a line 2 was there and is gone.
func two() map[string]string {
	return map[string]string{"item": "chair", "quantity": "2", "item_3": "desk", "quantity_3": "5", "note": "for the lab"}
}

func ids(list *bot.FormList) []int {
	var ids []int
	for _, l := range list.Lines {
		ids = append(ids, l.ID)
	}
	return ids
}

func TestListed(t *testing.T) {
	for name, test := range map[string]struct {
		values map[string]string
		open   int
		do     bot.LineEvent
		line   int

		lines   []int             // of the form as it is then
		now     int               // which of them is open
		held    map[string]string // what no field shows
		removed string            // a value that is gone
	}{
		"nothing yet":             {lines: []int{1}, now: 1},
		"no line is named":        {values: two(), lines: []int{1, 3}, now: 1, held: map[string]string{"item_3": "desk", "quantity_3": "5"}},
		"a line is open":          {values: two(), open: 3, lines: []int{1, 3}, now: 3, held: map[string]string{"item": "chair", "quantity": "2"}},
		"the open line is gone":   {values: two(), open: 2, lines: []int{1, 3}, now: 1, held: map[string]string{"item_3": "desk", "quantity_3": "5"}},
		"add":                     {values: two(), open: 1, do: bot.AddLine, lines: []int{1, 3, 4}, now: 4, held: linesOf(two())},
		"add to nothing":          {do: bot.AddLine, lines: []int{1}, now: 1},
		"add beside an empty one": {values: two(), open: 4, do: bot.AddLine, lines: []int{1, 3, 4}, now: 4, held: linesOf(two())},
		"edit": {values: two(), open: 1, do: bot.EditLine, line: 3, lines: []int{1, 3}, now: 3,
			held: map[string]string{"item": "chair", "quantity": "2"}},
		"edit what is not there": {values: two(), open: 3, do: bot.EditLine, line: 2, lines: []int{1, 3}, now: 3,
			held: map[string]string{"item": "chair", "quantity": "2"}},
		"edit drops an empty one": {values: two(), open: 4, do: bot.EditLine, line: 1, lines: []int{1, 3}, now: 1,
			held: map[string]string{"item_3": "desk", "quantity_3": "5"}},
		"remove":               {values: two(), open: 3, do: bot.RemoveLine, lines: []int{1}, now: 1, removed: "item_3"},
		"remove the first":     {values: two(), open: 1, do: bot.RemoveLine, lines: []int{3}, now: 3, removed: "item"},
		"remove an empty one":  {values: two(), open: 4, do: bot.RemoveLine, lines: []int{1, 3}, now: 3, held: map[string]string{"item": "chair", "quantity": "2"}},
		"remove the only line": {values: map[string]string{"item": "chair"}, open: 1, do: bot.RemoveLine, lines: []int{1}, now: 1, removed: "item"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			before := maps.Clone(test.values)
			filled := form.Listed(s.filled(t, test.values, test.open), test.do, test.line)
			if !maps.Equal(test.values, before) {
				t.Errorf("the caller's values became %v", test.values)
			}
			f := s.again(t, filled)
			if got := ids(f.List); !slices.Equal(got, test.lines) || f.List.Open != test.now {
				t.Errorf("lines %v, open %d; want %v, %d", got, f.List.Open, test.lines, test.now)
			}
			if !maps.Equal(f.Held, test.held) {
				t.Errorf("held %v, want %v", f.Held, test.held)
			}
			if f.State().Values[test.removed] != "" {
				t.Errorf("%s is still there: %v", test.removed, f.State().Values)
			}
			for _, input := range f.Fields {
				if input.Line > 0 && input.Line != test.now {
					t.Errorf("%s stands in the form, but line %d is open", input.Name, test.now)
				}
			}
			if f.State().Line != test.now || f.State().Values["note"] != test.values["note"] {
				t.Errorf("it would come back as %+v", f.State())
			}
		})
	}
}

// linesOf are the values of a form that belong to its list.
func linesOf(values map[string]string) map[string]string {
	delete(values, "note")
	return values
}

// What a line holds is read in one line, in the kind's own words; a new one is empty, but for what its fields stand for.
func TestLinesAreRead(t *testing.T) {
	s := newShop(t)
	f := s.again(t, form.Listed(s.filled(t, two(), 1), bot.AddLine, 0))
	for i, want := range []string{"2 × chair", "5 × desk", "empty"} {
		if f.List.Lines[i].Text != want {
			t.Errorf("line %d reads %q, want %q", f.List.Lines[i].ID, f.List.Lines[i].Text, want)
		}
	}
	if item, quantity := field(t, f, "item_4"), field(t, f, "quantity_4"); item.Value != "" || quantity.Value != "1" ||
		item.Label != "Item" || quantity.Label != "How many" || item.Line != 4 {
		t.Errorf("%+v %+v", item, quantity)
	}
	values := two()
	delete(values, "quantity_3")
	if f := s.again(t, s.filled(t, values, 1)); f.List.Lines[1].ID != 3 {
		t.Errorf("a line without a quantity: %+v", f.List.Lines)
	}
}

// A button is there while it could do something. Fifty lines are the most.
func TestFiftyLines(t *testing.T) {
	s := newShop(t)
	values := map[string]string{}
	filled := s.filled(t, values, 0)
	for n := 1; n <= workflows.MaxLines; n++ {
		f := s.again(t, filled)
		if several := n > 1; f.List.Open != n || (f.List.Edit != "") != several || (f.List.Remove != "") != several || f.List.Add != "" {
			t.Fatalf("line %d is new: %+v", n, f.List)
		}
		state := f.State()
		state.Values[workflows.LineName("item", n)] = "thing " + strconv.Itoa(n)
		filled = form.Listed(s.filled(t, state.Values, state.Line), "", 0)
		if f = s.again(t, filled); (f.List.Add != "") != (n < workflows.MaxLines) {
			t.Fatalf("%d lines are filled in; the button that adds one is %q", n, f.List.Add)
		}
		filled = form.Listed(filled, bot.AddLine, 0)
	}
	f := s.again(t, filled)
	if len(f.List.Lines) != workflows.MaxLines || f.List.Open != workflows.MaxLines || !f.Ready() {
		t.Errorf("%d lines, %d open; ready %v: %s", len(f.List.Lines), f.List.Open, f.Ready(), f.Fault)
	}
	if len(f.Held) != 2*(workflows.MaxLines-1) {
		t.Errorf("%d values are held", len(f.Held))
	}
	// One more, brought by somebody who makes forms of their own.
	state := f.State()
	state.Values["item_51"] = "one too many"
	if f := s.again(t, s.filled(t, state.Values, 1)); f.Fault == "" || f.List.Add != "" {
		t.Errorf("51 lines: fault %q, add %q", f.Fault, f.List.Add)
	}
}

// What is wrong with the open line stands at its field, with another at that line, each once.
func TestFaultsOfLines(t *testing.T) {
	s := newShop(t)
	values := two()
	values["quantity"], values["quantity_3"] = "many", "500"
	for open, at := range map[int]struct{ field, sentence, other string }{
		1: {"quantity", "“many” is not a number. Write it in digits, as 1205 or 1205.91.", "Write a number from 1 to 99."},
		3: {"quantity_3", "Write a number from 1 to 99.", "“many” is not a number. Write it in digits, as 1205 or 1205.91."},
	} {
		f := s.again(t, s.filled(t, values, open))
		if got := field(t, f, at.field).Fault; got != at.sentence {
			t.Errorf("line %d is open: at its field %q", open, got)
		}
		for _, l := range f.List.Lines {
			want := at.other
			if l.ID == open {
				want = ""
			}
			if l.Fault != want {
				t.Errorf("line %d is open: at line %d %q, want %q", open, l.ID, l.Fault, want)
			}
		}
		if f.Fault != "" || f.Ready() {
			t.Errorf("above the form %q, ready %v", f.Fault, f.Ready())
		}
	}
	// Two faults of a line that is not open: the first is shown.
	values = two()
	faults := []*workflows.Error{
		workflows.Fault("item_3", "field.required", nil), workflows.Fault("quantity_3", "field.invalid", nil),
		workflows.Fault("elsewhere_3", "field.invalid", nil)}
	f, err := s.Refused(t.Context(), s.filled(t, values, 1), faults)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.List.Lines[1].Fault; got != "Please fill this in." {
		t.Errorf("at line 3 %q", got)
	}
	if f.Fault != "This is not valid. Please fill it in again." { // what belongs to no field and no line
		t.Errorf("above the form %q", f.Fault)
	}
}

// The form of a press has no list, so a button of one does nothing to it.
func TestPressHasNoList(t *testing.T) {
	s := newShop(t)
	state := bot.FormState{Values: map[string]string{"comment": "no"}, Line: 1}
	press := form.ReadAsked(state, workflows.Asking{Kind: s.kind.Kind, Event: "reject", Fields: s.kind.Asks("reject")})
	for _, do := range []bot.LineEvent{"", bot.AddLine, bot.EditLine, bot.RemoveLine} {
		if got := form.Listed(press, do, 1).State; got.Line != 1 || got.Values["comment"] != "no" {
			t.Errorf("%q: %+v", do, got)
		}
	}
}
