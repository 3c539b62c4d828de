package form_test

import (
	"reflect"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/workflows"
)

func TestFields(t *testing.T) {
	s := newShop(t)
	const id, another = "0195596e-0000-7000-8000-000000000001", "0195596e-0000-7000-8000-000000000002"
	s.held[id] = workflows.File{ID: id, Name: "offer\u202e.pdf", Owner: lin.ID}
	s.held[another] = workflows.File{ID: another, Name: "salaries.pdf", Owner: 1}
	f := s.again(t, s.filled(t, map[string]string{"item": "chair", "size": "big", "day": "2026-12-01", "customer": "C1",
		"note": "for the lab", "offers": id + " " + another}, 1))
	for _, want := range []bot.FormField{
		{Name: "item", Label: "Item", Asks: workflows.AskLine, Value: "chair", Shown: "chair", Required: true, Line: 1, Max: 40},
		{Name: "quantity", Label: "How many", Asks: workflows.AskNumber, Value: "1", Shown: "1", Required: true, Line: 1},
		// An option is chosen by any of its names, and what has no name is shown as it is.
		{Name: "size", Label: "Size", Asks: workflows.AskChoice, Value: "l", Shown: "Large", Required: true,
			Options: []bot.FormOption{{Value: "s<\u202e", Label: `s<\u202E`}, {Value: "l", Label: "Large"}}},
		{Name: "day", Label: "Needed on", Asks: workflows.AskDate, Value: "2026-12-01", Shown: "Tue 1 Dec"},
		{Name: "half", Label: "From the", Asks: workflows.AskHalf, Value: "am", Shown: "morning",
			Options: []bot.FormOption{{Value: "am", Label: "morning"}, {Value: "pm", Label: "afternoon"}}},
		{Name: "colleague", Label: "For", Asks: workflows.AskLine},
		{Name: "customer", Label: "Customer", Asks: workflows.AskLine, Value: "C1", Shown: "C1 Acme"},
		{Name: "note", Label: "Note", Asks: workflows.AskLong, Value: "for the lab", Shown: "for the lab", Max: 200, Hint: "What it is for."},
		// Somebody else's file is not named, and is a fault.
		{Name: "offers", Label: "Offers", Asks: workflows.AskFiles, Value: id + " " + another, Shown: `offer\u202E.pdf`, Max: 2,
			Files: []bot.FormFile{{ID: id, Name: `offer\u202E.pdf`}}, Fault: s.Print.Text("file.unknown", nil)},
	} {
		if got := field(t, f, want.Name); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// An empty form only invites: what is missing is said once, and stands at no field.
func TestEmptyForm(t *testing.T) {
	s := newShop(t)
	f, err := s.New(t.Context(), s.kind, lin, nil, "Hello.")
	if err != nil {
		t.Fatal(err)
	}
	if f.ID != "form:shopping" || f.Title != "Ask for things" || f.Intro != "Hello." || f.Nonce == "" || f.Missing != "Still missing: Item." {
		t.Errorf("%+v", f)
	}
	for _, field := range f.Fields {
		if field.Fault != "" {
			t.Errorf("%s: %s", field.Name, field.Fault)
		}
	}
	if got := field(t, f, "size").Value; got != "s<\u202e" { // what people ask for most stands first
		t.Errorf("the size is %q", got)
	}
}
