package form_test

import (
	"errors"
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
	if got := field(t, s.again(t, filled), "customer"); got.Fault != "There is no account nobody. Write its number, or part of its name." {
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
