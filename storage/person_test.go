package storage_test

import (
	"slices"
	"testing"

	"github.com/nod-chat/nod/storage/storagetest"
	"github.com/nod-chat/nod/workflows"
)

// numbersOf lists people by their employee numbers.
func numbersOf(people []workflows.Person) (numbers []string) {
	for _, p := range people {
		numbers = append(numbers, p.No)
	}
	return numbers
}

// What somebody types means whom it fits best: a number, a whole name or address, words of a name in any order and either script, a part of
// one. hr finds anyone who works here, a manager their own people, direct or not, and everybody else only themselves.
func TestWhomSomebodyMeans(t *testing.T) {
	s := storagetest.Open(t)
	line := func(no, name, email, manager, roles, active string) string {
		return no + "," + name + "," + email + "," + manager + ",,," + roles + ",CN,Asia/Shanghai,zh,," + active
	}
	apply(t, people(t, s, peopleHeader+",active",
		line("E001", "Bo Sun", "bo@example.com", "", "director", "true"),
		line("E011", "周凯 Zhou Kai", "kai@example.com", "E001", "", "true"),
		line("E003", "Tom Baker", "tom@example.com", "E011", "", "true"),
		line("E021", "Tom Chen", "", "E011", "", "true"),
		line("E022", "Tommy Lee", "", "E011", "", "true"),
		line("E030", "张敏 Zhang Min", "", "E003", "", "true"),
		line("E031", "Tom Gone", "", "E011", "", "false"),
		line("E032", "Ann Under", "", "E031", "", "true"), // whose manager has left
		line("E040", "Han 100%", "", "E001", "hr", "true"),
		line("E041", "Tom", "", "E040", "", "true")))
	find := func(who, typed string, limit int) []string {
		t.Helper()
		list, err := s.FindPeopleOf(t.Context(), person(t, s, who), typed, limit)
		must(t, err)
		return numbersOf(list)
	}
	for _, test := range []struct {
		who, typed string
		want       []string
	}{
		{"E040", "e003", []string{"E003"}}, {"E040", "E003 tom baker", []string{"E003"}}, {"E040", " Tom　 Baker ", []string{"E003"}},
		{"E040", "TOM@example.com", []string{"E003"}}, {"E040", "@Tom Baker", []string{"E003"}}, {"E040", "＠ｔｏｍ ｃｈｅｎ", []string{"E021"}},
		{"E040", "Tom", []string{"E041"}}, // who is called that and nothing else
		{"E040", "baker tom", []string{"E003"}}, {"E040", "Kai", []string{"E011"}}, {"E040", "周凯", []string{"E011"}}, {"E040", "Kai Zhou", []string{"E011"}},
		{"E040", "凯", []string{"E011"}}, {"E040", "敏", []string{"E030"}}, {"E040", "om", []string{"E003", "E021", "E022", "E041"}},
		{"E040", "%", []string{"E040"}}, {"E040", "_", nil}, {"E040", "", nil}, {"E040", "@", nil}, {"E040", "Tom\x00", nil}, {"E040", "Gone", nil},
		// his manager: not who is called Tom elsewhere, nor who has left; the people of whoever has left are still below
		{"E011", "Tom", []string{"E003", "E021"}}, {"E011", "张敏", []string{"E030"}}, {"E011", "E041", nil}, {"E011", "Bo Sun", nil},
		{"E011", "Ann", []string{"E032"}}, {"E011", "E011", []string{"E011"}}, {"E001", "zhang", []string{"E030"}}, {"E001", "Tom", []string{"E041"}},
		// nobody is below them
		{"E021", "Tom", []string{"E021"}}, {"E021", "E003", nil}, {"E030", "tom@example.com", nil},
	} {
		if got := find(test.who, test.typed, 9); !slices.Equal(got, test.want) {
			t.Errorf("%s means by %q %v, want %v", test.who, test.typed, got, test.want)
		}
	}
	if got := find("E040", "om", 2); len(got) != 2 {
		t.Errorf("two of them are %v", got)
	}
	for who, want := range map[string][]string{"E021": {"E021"}, "E003": {"E003", "E030"}, "E011": {"E003", "E011", "E021", "E022", "E030", "E032"}} {
		list, err := s.PeopleOf(t.Context(), person(t, s, who), 9)
		must(t, err)
		if got := numbersOf(list); !slices.Equal(got, want) {
			t.Errorf("%s may act for %v, want %v", who, got, want)
		}
	}
	for _, who := range []string{"E040", "E001"} {
		if list, err := s.PeopleOf(t.Context(), person(t, s, who), 3); err != nil || len(list) != 3 {
			t.Errorf("%s: %d of many, %v", who, len(list), err)
		}
	}
	if list, err := s.FindPeopleOf(t.Context(), workflows.Person{}, "Tom", 9); err != nil || len(list) != 0 {
		t.Errorf("nobody finds %v, %v", list, err)
	}
}
