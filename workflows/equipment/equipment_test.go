package equipment_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
	"github.com/nod-chat/nod/workflows/equipment"
	"github.com/nod-chat/nod/workflows/phrase"
	"github.com/nod-chat/nod/workflows/policy"
	"github.com/nod-chat/nod/workflows/workflowtest"
)

var options = workflowtest.Options{Kind: "equipment", Check: check, Draw: draw}

func TestTranscripts(t *testing.T)           { workflowtest.Play(t, "testdata", options) }
func TestWalk(t *testing.T)                  { workflowtest.Walk(t, "testdata", options) }
func TestEveryEventByEverybody(t *testing.T) { workflowtest.Moves(t, "testdata", options) }
func TestStoredDefinitions(t *testing.T)     { workflowtest.Stored(t, "testdata", options) }
func TestTexts(t *testing.T)                 { workflowtest.Texts(t, options) }

// check holds the number of pieces against the lines, and the time of whoever asks, of which equipment takes nothing.
func check(m *workflowtest.Memory, r workflows.Request) error {
	pieces := int64(0)
	for name, value := range r.Form {
		if field, _ := workflows.SplitLineName(name); field == "quantity" {
			n, _ := strconv.ParseInt(value, 10, 64)
			pieces += n
		}
	}
	if pieces != r.Measures[equipment.MeasureQuantity] {
		return fmt.Errorf("its lines ask for %d pieces, and %d were measured", pieces, r.Measures[equipment.MeasureQuantity])
	}
	if _, _, held := m.Hold(r.ID); held {
		return fmt.Errorf("it books time")
	}
	return nil
}

func draw(t *rapid.T, _ *workflowtest.Memory) workflows.Form {
	form := workflows.Form{"amount": rapid.SampledFrom([]string{"1200", "4,999.99", "5000", "12000.50"}).Draw(t, "amount"), "currency": "CNY"}
	for id := range rapid.IntRange(1, 4).Draw(t, "lines") {
		form[workflows.LineName("item", id+1)] = rapid.SampledFrom([]string{"laptop", "显示器", "a desk, 140 cm"}).Draw(t, "item")
		form[workflows.LineName("quantity", id+1)] = strconv.Itoa(rapid.IntRange(1, 9).Draw(t, "quantity"))
	}
	return form
}

// What a line of chat asks for, as its writer would fill it in.
func TestLinesOfChat(t *testing.T) {
	kind, _ := policy.Default().Kind("equipment")
	names := workflows.Names{Exact: []string{"equipment", "设备"}}
	today := workflows.Date{Year: 2026, Month: 11, Day: 25}
	for line, want := range map[string]string{
		"two laptops please":                  "item=laptops quantity=2",
		"two laptops please next Monday":      "item=laptops quantity=2 reason=next Monday",
		"2 台显示器":                              "item=显示器 quantity=2",
		"申请两台显示器和一个键盘":                        "item=显示器 item_2=键盘 quantity=2 quantity_2=1",
		"I need a new monitor and 2 headsets": "item=monitor item_2=headsets quantity=1 quantity_2=2",
		"could I get a docking station?":      "item=docking station quantity=1",
		"I need a laptop for 9000 CNY":        "amount=9000.00 currency=CNY item=laptop quantity=1",
		"我想申请设备":                              "nothing more",
		"I'd like equipment":                  "nothing more",
		"my laptop is broken":                 "",
		"two laptops arrived":                 "",
		"I don't need a laptop":               "",
		"how do I order a laptop":             "",
		"申请设备要多久":                             "",
		"next Monday off":                     "",
		"annual leave tomorrow":               "",
	} {
		h := kind.Hear(phrase.NewLine(line, today), names, workflows.Person{})
		if got := inWords(h); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	for typed, want := range map[string]string{
		"laptop 2 the old one is broken":     "item=laptop quantity=2 reason=the old one is broken",
		"laptop the old one is broken":       "item=laptop quantity=1 reason=the old one is broken",
		"2 laptops the old one is broken":    "item=laptops quantity=2 reason=the old one is broken",
		"standing lamp 2 3000 for the lobby": "amount=3000 item=standing lamp quantity=2 reason=for the lobby",
		"laptop 2 2400EUR":                   "amount=2400EUR currency=EUR item=laptop quantity=2",
		"显示器 2 台 坏了":                         "item=显示器 quantity=2 reason=坏了",
		"a whiteboard":                       "item=a whiteboard",
		"":                                   "",
	} {
		heard := kind.ReadBehind(typed, phrase.NewLine(typed, today), names, workflows.Person{})
		if got := inWords(heard); got != want && !(want == "" && got == "nothing more") {
			t.Errorf("/equipment %s: %q, want %q", typed, got, want)
		}
	}
}

func inWords(h workflows.Hearing) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(h.Form)) {
		words = append(words, name+"="+h.Form[name])
	}
	if len(words) == 0 && h.Evidence > workflows.Nothing {
		return "nothing more"
	}
	return strings.Join(words, " ")
}
