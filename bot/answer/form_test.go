package answer_test

import (
	"slices"
	"testing"

	"github.com/nod-chat/nod/bot"
)

// A form asks for what its values call for, and keeps what it holds.
func TestFormsAskForWhatFits(t *testing.T) {
	b := newBot(t)
	asks := func(c bot.Content) []string {
		t.Helper()
		h := new(heard)
		if err := b.Handle(t.Context(), from("E003", "", c), h); err != nil || h.form == nil {
			t.Fatal(err, h.told)
		}
		var names []string
		for _, f := range h.form.Fields {
			names = append(names, f.Name)
		}
		return names
	}
	change := func(values map[string]string) bot.Content {
		return bot.Recalculation{FormState: bot.FormState{Form: "form:leave", Nonce: "n", Values: values}}
	}
	for want, c := range map[string]bot.Content{
		"":                        bot.Command{Name: "leave", Args: "annual 2026-12-01"},
		"proof":                   change(map[string]string{"type": "sick"}),
		"proof (by another name)": bot.Command{Name: "leave", Args: "病假 2026-12-01"},
		"proof (held already)":    change(map[string]string{"type": "annual", "proof": "00000000-0000-7000-8000-000000000001"}),
	} {
		if got := slices.Contains(asks(c), "proof"); got != (want != "") {
			t.Errorf("want %q of %+v, got %v", want, c, asks(c))
		}
	}
}
