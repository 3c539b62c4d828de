package form_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nod-chat/nod/workflows"
)

func TestResolved(t *testing.T) {
	s := newShop(t)
	s.people = []workflows.Person{{No: "E7", Name: "Wang Wei"}, {No: "E8", Name: "Wang Fang"}, {No: "E9", Name: "Li Na"}}
	for typed, want := range map[string]string{
		" Li ": "E9", "E7": "E7", // one
		"Wang":   "Wang", // several: a fault, below
		"nobody": "nobody", "": "", "  ": "  ",
	} {
		values := map[string]string{"colleague": typed, "customer": "acme", "note": "Li"}
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, values, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		got := filled.State.Values
		if got["colleague"] != want || got["customer"] != "C1" || got["note"] != "Li" {
			t.Errorf("%q comes to %v", typed, got)
		}
		if values["colleague"] != typed || values["customer"] != "acme" {
			t.Errorf("%q: the caller's values became %v", typed, values)
		}
		if (len(faults) > 0) != (typed == "Wang") {
			t.Errorf("%q: %v", typed, faults)
		}
	}
}

// A date in a form is read as in a line, in its writer's own day; what is no one date stays as typed, with a fault that says what was seen.
func TestDatesInForms(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct{ zone, typed, want, fault string }{
		{"UTC", "2026-12-07", "2026-12-07", ""},
		{"UTC", "2026-12-7", "2026-12-07", ""},
		{"UTC", " 2026/12/7 ", "2026-12-07", ""},
		{"UTC", "７ Dec", "2026-12-07", ""},
		{"UTC", "12月7日", "2026-12-07", ""},
		{"UTC", "２０２６-１２-０７", "2026-12-07", ""},
		{"UTC", "tomorrow", "2026-11-25", ""},
		{"UTC", "明天", "2026-11-25", ""},
		{"Pacific/Auckland", "today", "2026-11-24", ""},
		{"Pacific/Kiritimati", "today", "2026-11-24", ""},
		{"Pacific/Pago_Pago", "today", "2026-11-23", ""},
		{"UTC", "03/04", "03/04", "03/04"},
		{"UTC", "next week", "next week", "next week"},
		{"UTC", "soon", "soon", "soon"},
		{"UTC", "7 Dec to 9 Dec", "7 Dec to 9 Dec", "7 Dec to 9 Dec"},
		{"UTC", "", "", ""},
	} {
		s.Person.Zone = c.zone
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{"day": c.typed, "note": "tomorrow"}, 0), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := filled.State.Values; got["day"] != c.want || got["note"] != "tomorrow" {
			t.Errorf("%q in %s comes to %v", c.typed, c.zone, got)
		}
		f, err := s.Recalculated(t.Context(), filled, faults)
		if err != nil {
			t.Fatal(err)
		}
		if got := field(t, f, "day").Fault; (got != "") != (c.fault != "") || !strings.Contains(got, c.fault) {
			t.Errorf("%q has the fault %q", c.typed, got)
		}
	}
}

// Who could be several is a fault of the field that names them, with a number for each. Whoever is nobody is told by the engine.
func TestSeveralAndNobody(t *testing.T) {
	s := newShop(t)
	s.people = []workflows.Person{{No: "E7", Name: "Wang Wei"}, {No: "E8", Name: "Wang Fang"}}
	filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{"item": "chair", "colleague": "Wang", "customer": "nobody"}, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Refused(t.Context(), filled, faults)
	if err != nil {
		t.Fatal(err)
	}
	if got := field(t, f, "colleague"); got.Value != "Wang" || got.Fault != "“Wang” could be E7 Wang Wei and E8 Wang Fang. Write the employee number." {
		t.Errorf("%q at %q", got.Fault, got.Value)
	}
	if got := field(t, s.again(t, filled), "customer"); got.Fault != "There is no account nobody. Write its number or a part of its name." {
		t.Errorf("nobody: %q", got.Fault)
	}
}

// When nobody can be looked up nothing is taken for an answer.
func TestDirectoryFails(t *testing.T) {
	for _, name := range []string{"colleague", "customer"} {
		s := newShop(t)
		s.people, s.failed = []workflows.Person{{No: "E9", Name: "Li Na"}}, errors.New("no connection")
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{name: "Li"}, 0), true)
		if !errors.Is(err, s.failed) || len(faults) > 0 || filled.State.Values[name] != "Li" {
			t.Errorf("%s: %v, %v, %v", name, filled.State.Values, faults, err)
		}
	}
}
