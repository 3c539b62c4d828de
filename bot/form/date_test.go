package form_test

import (
	"testing"
)

// A date that is typed into a form is read as one in a line of chat; one that could be two says which, at its field.
func TestTypedDates(t *testing.T) {
	s := newShop(t)
	for typed, want := range map[string]string{"2026-12-07": "2026-12-07", "2026-12-7": "2026-12-07", "2026/12/7": "2026-12-07", "7 Dec": "2026-12-07",
		"24.12.2026": "2026-12-24", "tomorrow": "2026-11-26", "明天": "2026-11-26", "２０２６－１２－０７": "2026-12-07"} {
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{"day": typed}, 0), true)
		if err != nil || len(faults) > 0 || filled.State.Values["day"] != want {
			t.Errorf("%q is %q, %v, %v", typed, filled.State.Values["day"], faults, err)
		}
		f, err := s.New(t.Context(), s.kind, lin, map[string]string{"day": typed}, "")
		if err != nil || f.State().Values["day"] != want {
			t.Errorf("a form opened with %q has %q, %v", typed, f.State().Values["day"], err)
		}
	}
	for typed, want := range map[string]string{"03/04": "“03/04” could be Sat 3 Apr 2027 or Thu 4 Mar 2027. Choose the one you mean.",
		"0000-01-01": "“0000-01-01” is too far away.", "30 Feb": "There is no such day as 30 Feb.", "soon": "Write the date as 2026-11-30"} {
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{"day": typed}, 0), true)
		if err != nil || len(faults) != 1 || faults[0].Field != "day" || filled.State.Values["day"] != typed {
			t.Errorf("%q: %v, %v", typed, faults, err)
			continue
		}
		again, err := s.Recalculated(t.Context(), filled, faults)
		opened, wrong := s.New(t.Context(), s.kind, lin, map[string]string{"day": typed}, "")
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		for i, f := range again.Fields {
			if f.Name == "day" && !hasPrefix(f.Fault, want) {
				t.Errorf("%q is at fault with %q", typed, f.Fault)
			}
			if o := opened.Fields[i]; o.Name == "day" && (!hasPrefix(o.Fault, want) || o.Value != "") {
				t.Errorf("a form opened with %q shows %q, and has %q", typed, o.Fault, o.Value)
			}
		}
	}
}

// Today is its writer's own day, on either side of the date line.
func TestTypedDatesAreOfTheirWriter(t *testing.T) {
	s := newShop(t)
	for zone, want := range map[string]string{"UTC": "2026-11-25", "Pacific/Kiritimati": "2026-11-25", "Pacific/Pago_Pago": "2026-11-24"} {
		s.Person.Zone = zone
		filled, faults, err := s.Resolved(t.Context(), s.filled(t, map[string]string{"day": "today", "note": "today"}, 0), true)
		if got := filled.State.Values; err != nil || len(faults) > 0 || got["day"] != want || got["note"] != "today" {
			t.Errorf("in %s it comes to %v, %v, %v", zone, got, faults, err)
		}
	}
}

// A form that is opened with something in it does not find fault with what nobody has touched.
func TestUntouchedFieldsAreNotAtFault(t *testing.T) {
	s := newShop(t)
	f, err := s.New(t.Context(), s.kind, lin, map[string]string{"note": "for the fair"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range f.Fields {
		if field.Fault != "" {
			t.Errorf("%s is at fault: %q", field.Name, field.Fault)
		}
	}
	if f.Missing == "" || f.Ready() {
		t.Errorf("the form says it can be sent: %q", f.Missing)
	}
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
