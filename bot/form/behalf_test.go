package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nod-chat/nod/bot"
	"github.com/nod-chat/nod/bot/form"
	"github.com/nod-chat/nod/workflows"
)

var (
	wei  = workflows.Person{ID: 7, No: "E7", Name: "Wang Wei", Manager: 2, Active: true}
	fang = workflows.Person{ID: 8, No: "E8", Name: "Wang Fang", Manager: 7, Active: true}
)

// filledFor is a form that came back with something in the place that says for whom it is, whose person is to be found out.
func (s *shop) filledFor(t *testing.T, typed string) form.Filled {
	filled := s.filled(t, map[string]string{"item": "chair", "size": "l", workflows.ForField: typed}, 0)
	filled.Requester = workflows.Person{}
	return filled
}

func has(f bot.Form, name string) bool {
	return slices.ContainsFunc(f.Fields, func(field bot.FormField) bool { return field.Name == name })
}

// Whoever may act for nobody else has no place for it in their form, and is refused all the same when they send one.
func TestNobodyElse(t *testing.T) {
	s := newShop(t)
	filled, faults, err := s.Resolved(t.Context(), s.filledFor(t, "Wang Wei"), true)
	if err != nil || len(faults) != 1 || filled.Requester.ID != 0 {
		t.Fatalf("%+v, %v, %v", filled.Requester, faults, err)
	}
	f, err := s.Refused(t.Context(), filled, faults)
	if err != nil || has(f, workflows.ForField) || !strings.Contains(f.Fault, "Wang Wei") || len(f.Preview) > 0 || len(f.Steps) > 0 {
		t.Errorf("%+v, %v", f, err)
	}
	for _, own := range []string{"", " ", "E2", "e2"} {
		filled, faults, err := s.Resolved(t.Context(), s.filledFor(t, own), true)
		if err != nil || len(faults) > 0 || filled.Requester.ID != lin.ID {
			t.Errorf("%q: %+v, %v, %v", own, filled.Requester, faults, err)
		}
	}
}

// Of few people one is chosen. The form is theirs: it names them, their route decides, and sending it again asks nothing.
func TestChosenPerson(t *testing.T) {
	s := newShop(t)
	s.below = []workflows.Person{wei, fang}
	f, err := s.New(t.Context(), s.kind, lin, nil, "")
	if err != nil || f.Title != "Ask for things" {
		t.Errorf("%q, %v", f.Title, err)
	}
	want := []bot.FormOption{{Value: "E2", Label: "Yourself"}, {Value: "E7", Label: "E7 Wang Wei"}, {Value: "E8", Label: "E8 Wang Fang"}}
	if got := f.Fields[0]; got.Name != "for" || got.Asks != workflows.AskChoice || got.Value != "E2" || !slices.Equal(got.Options, want) {
		t.Errorf("the first field is %+v", got)
	}
	filled, faults, err := s.Resolved(t.Context(), s.filledFor(t, "E8"), true)
	if err != nil || len(faults) > 0 || filled.Requester.ID != fang.ID {
		t.Fatalf("%+v, %v, %v", filled.Requester, faults, err)
	}
	f = s.again(t, filled)
	if got := field(t, f, "for"); got.Value != "E8" || got.Shown != "E8 Wang Fang" || f.Title != "Ask for things for Wang Fang" {
		t.Errorf("%+v, titled %q", got, f.Title)
	}
	if len(f.Steps) != 1 || f.Steps[0].Text != "Wang Wei" || f.Preview[0].Text != "Lin for Wang Fang" {
		t.Errorf("what would follow is not hers: %+v, %+v", f.Steps, f.Preview)
	}
	state := f.State() // as it comes back
	if filled, err = form.ReadNew(state, func(workflows.KindName) (*workflows.Kind, bool) { return s.kind, true }); err != nil {
		t.Fatal(err)
	}
	if filled, faults, err = s.Resolved(t.Context(), filled, true); err != nil || len(faults) > 0 || filled.Requester.ID != fang.ID {
		t.Errorf("when it comes back: %+v, %v, %v", filled.Requester, faults, err)
	}
}

// Of many people one is typed. A part of a name shows whom it means, and does not send anything before that was seen.
func TestTypedPerson(t *testing.T) {
	s := newShop(t)
	s.below = []workflows.Person{wei, fang}
	for i := range 30 {
		s.below = append(s.below, workflows.Person{ID: workflows.PersonID(100 + i), No: fmt.Sprint("X", i), Name: fmt.Sprint("Li ", i), Manager: 2, Active: true})
	}
	f, err := s.New(t.Context(), s.kind, lin, nil, "")
	if got := f.Fields[0]; err != nil || got.Name != "for" || got.Asks != workflows.AskLine || got.Value != "" || got.Shown != "Yourself" || got.Hint == "" {
		t.Errorf("the first field is %+v, %v", got, err)
	}
	for typed, want := range map[string]struct {
		drawn, sent string // who it is for; a fault begins with !
	}{
		"E7":               {"E7", "E7"},
		"e7 wang wei":      {"E7", "E7"},
		"＠Wang　Wei":        {"E7", "E7"},
		"Fang":             {"E8", "!“Fang” could be E8 Wang Fang. Write the employee number"},
		"Wang":             {"!“Wang” could be E7 Wang Wei and E8 Wang Fang", "!“Wang” could be"},
		"Zed":              {"!None of your people is called Zed", "!None of your people"},
		"nobody\x00at all": {"!None of your people", "!None of your people"},
	} {
		for sending, want := range map[bool]string{false: want.drawn, true: want.sent} {
			filled, faults, err := s.Resolved(t.Context(), s.filledFor(t, typed), sending)
			if err != nil {
				t.Fatal(err)
			}
			f, err := s.Refused(t.Context(), filled, faults)
			if err != nil {
				t.Fatal(err)
			}
			got := field(t, f, "for")
			if fault, ok := strings.CutPrefix(want, "!"); ok {
				if !strings.HasPrefix(got.Fault, fault) || got.Value != typed || filled.Requester.ID != 0 && !sending {
					t.Errorf("%q, sending %v: %+v", typed, sending, got)
				}
				if len(f.Preview)+len(f.Steps) > 0 {
					t.Errorf("%q: what would follow is worked out for nobody knows whom: %+v", typed, f.Preview)
				}
			} else if filled.Requester.No != want || got.Fault != "" || !strings.HasPrefix(got.Value, want+" ") {
				t.Errorf("%q, sending %v: for %s, %+v", typed, sending, filled.Requester.No, got)
			}
		}
	}
}

// A kind that everybody asks for themselves takes no form for somebody else.
func TestOwnKind(t *testing.T) {
	s := newShop(t)
	s.below = []workflows.Person{wei}
	s.kind.ForOthers = false
	f, err := s.New(t.Context(), s.kind, lin, nil, "")
	if err != nil || has(f, workflows.ForField) {
		t.Errorf("%+v, %v", f.Fields, err)
	}
	filled, faults, err := s.Resolved(t.Context(), s.filledFor(t, "E7"), true)
	if err != nil || len(faults) != 1 || faults[0].Text != "request.only_own" || filled.Requester.ID != 0 {
		t.Errorf("%+v, %v, %v", filled.Requester, faults, err)
	}
}
