package workflows_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

var things = workflows.Field{Name: "things", Type: workflows.Lines, Required: true, Max: 5, Fields: []workflows.Field{
	{Name: "item", Type: workflows.Text, Required: true},
	{Name: "quantity", Type: workflows.Number, Required: true, Default: "1", Min: 1},
}}

func noOptions(workflows.Field) []workflows.Option { return nil }

// The names of the contract: item and quantity of the first line, item_2 and quantity_2 of the second.
func TestLineNames(t *testing.T) {
	for _, c := range []struct {
		line int
		name string
	}{{1, "item"}, {2, "item_2"}, {50, "item_50"}, {999, "item_999"}} {
		if got := workflows.LineName("item", c.line); got != c.name {
			t.Errorf("line %d is %s, want %s", c.line, got, c.name)
		}
		if field, line := workflows.SplitLineName(c.name); field != "item" || line != c.line {
			t.Errorf("%s is %s of line %d", c.name, field, line)
		}
	}
	for _, name := range []string{"item_1", "item_0", "item_02", "item_1000", "item_-2", "item_", "_2", "item_2x", ""} {
		if field, line := workflows.SplitLineName(name); field != name || line != 1 {
			t.Errorf("%s is taken for %s of line %d", name, field, line)
		}
	}
}

// Whatever is added and taken away, a line keeps its ID and its values, no ID is given to two lines, and a form with more lines than the
// list takes is refused.
func TestLinesKeepTheirIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		form := workflows.Form{"other": "stays", "item_x": "no line"}
		has := map[int]string{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if ids := slices.Sorted(maps.Keys(has)); len(ids) > 0 && rapid.Bool().Draw(t, "take away") {
				gone := rapid.SampledFrom(ids).Draw(t, "line")
				form = things.WithoutLine(form, gone)
				delete(has, gone)
			} else if id, ok := things.FreeLine(form); ok {
				if _, taken := has[id]; taken {
					t.Fatalf("line %d is given twice", id)
				}
				has[id] = rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "item")
				form[workflows.LineName("item", id)], form[workflows.LineName("quantity", id)] = has[id], "1"
			} else if len(has) < 5 {
				t.Fatalf("a list of %d lines takes no more", len(has))
			}
			if got, want := things.Lines(form), slices.Sorted(maps.Keys(has)); !slices.Equal(got, want) {
				t.Fatalf("the lines are %v, want %v", got, want)
			}
			for id, item := range has {
				if form[workflows.LineName("item", id)] != item {
					t.Fatalf("line %d holds %q, want %q", id, form[workflows.LineName("item", id)], item)
				}
			}
			if form["other"] != "stays" || form["item_x"] != "no line" {
				t.Fatal("something else went, too")
			}
		}
		if len(has) == 0 {
			return
		}
		read, faults := workflows.ReadForm([]workflows.Field{things}, form, noOptions)
		if len(faults) > 0 || len(read) != 2*len(has) {
			t.Fatalf("%v is read as %v, %v", form, read, faults)
		}
	})
}

// What stands in a line by itself makes no line, and an empty list asks for its first one.
func TestLinesThatAreNone(t *testing.T) {
	fields := []workflows.Field{things}
	read, faults := workflows.ReadForm(fields, workflows.Form{"item": "desk", "quantity_2": "1", "item_3": "  "}, noOptions)
	if len(faults) > 0 || len(read) != 2 || read["quantity"] != "1" {
		t.Errorf("read as %v, %v", read, faults)
	}
	_, faults = workflows.ReadForm(fields, workflows.Form{}, noOptions)
	if len(faults) != 1 || faults[0].Field != "item" || faults[0].Text != "field.required" {
		t.Errorf("an empty list: %v", faults)
	}
	optional := things
	optional.Required = false
	if read, faults := workflows.ReadForm([]workflows.Field{optional}, workflows.Form{"quantity": "1"}, noOptions); len(faults)+len(read) > 0 {
		t.Errorf("an empty list that need not be filled in: %v, %v", read, faults)
	}
	many := workflows.Form{}
	for id := range 6 {
		many[workflows.LineName("item", id+1)] = "desk"
	}
	if _, faults = workflows.ReadForm(fields, many, noOptions); len(faults) != 1 || faults[0].Field != "things" || faults[0].Text != "lines.many" {
		t.Errorf("six lines of five: %v", faults)
	}
	if _, ok := things.FreeLine(many); ok {
		t.Error("a full list takes another line")
	}
}

// A line has files of its own. All that asks a form for its files finds those of every line, each once.
func TestFilesOfLines(t *testing.T) {
	a, b, c := fileNo(1), fileNo(2), fileNo(3)
	list := things
	list.Fields = append(slices.Clone(things.Fields), workflows.Field{Name: "photo", Type: workflows.Files, Max: 2})
	fields := []workflows.Field{list, {Name: "offer", Type: workflows.Files}}
	form := workflows.Form{"item": "desk", "photo": a, "item_3": "chair", "photo_3": b + " " + a, "offer": c + " " + c, "photo_2x": c}
	read, faults := workflows.ReadForm(fields, form, noOptions)
	if len(faults) > 0 || read["photo"] != a || read["photo_3"] != b+" "+a || read["offer"] != c {
		t.Fatalf("read as %v, %v", read, faults)
	}
	for name, got := range map[string][]string{
		"FilesOf":  workflows.Definition{Fields: fields}.FilesOf(form),
		"WantedBy": workflows.WantedBy(fields, form).Files,
	} {
		if !slices.Equal(got, []string{a, b, c}) {
			t.Errorf("%s gives %v", name, got)
		}
	}
	// Only what is there for this request can be handed in, and the fault names the line's own input.
	faults = workflows.CheckValues(fields, read, workflows.Facts{Files: map[string]workflows.File{a: {ID: a}, c: {ID: c}}})
	if len(faults) != 1 || faults[0].Field != "photo_3" || faults[0].Text != "file.unknown" {
		t.Errorf("b is not there: %v", faults)
	}
	for value, want := range map[string]string{a + " " + b + " " + c: "file.many", "x": "file.unknown"} {
		form["photo_3"] = value
		if _, faults = workflows.ReadForm(fields, form, noOptions); len(faults) != 1 || faults[0].Field != "photo_3" || faults[0].Text != want {
			t.Errorf("%q in line 3: %v", value, faults)
		}
	}
	if ids := list.Lines(workflows.Form{"photo_4": a, "quantity_4": "1"}); !slices.Equal(ids, []int{4}) {
		t.Errorf("a line of a file: %v", ids)
	}
}

func fileNo(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }
