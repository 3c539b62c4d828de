package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// What somebody reads of who is away is what was approved, of their own people and of those who share their manager or department, and of
// nobody else; of their own requests and those that wait for them they find those that hold a day, and those of somebody.
func TestWhoIsAwayAndWhatHoldsADay(t *testing.T) {
	s, _ := bound(t)
	ctx := t.Context()
	line := func(no, name, manager, department, roles string) string {
		return no + "," + name + ",," + manager + "," + department + ",," + roles + ",CN,Asia/Shanghai,zh,"
	}
	apply(t, people(t, s, peopleHeader, line("E0", "Bo Sun", "", "Board", "director"), line("E1", "陈静 Chen Jing", "E0", "Sales", "manager"),
		line("E2", "Tom Baker", "E1", "Sales", ""), line("E3", "Tom Chen", "E1", "Berlin", ""), line("E4", "Han Mei", "E0", "Sales", ""),
		line("E5", "Kai", "E0", "Finance", "")))
	now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	day := workflows.Date{Year: 2026, Month: 12, Day: 1}
	for _, no := range []string{"E2", "E3", "E4", "E5"} {
		must(t, s.Bind(ctx, person(t, s, no).ID.Party(), memory(no), now))
		change := by(no, "of "+no)
		change.Now = now
		asked, err := submit(ctx, s, change, full(person(t, s, "E1").ID))
		must(t, err)
		if no == "E2" { // Tom's waits on
			continue
		}
		_, err = press(ctx, s, on(asked.ID, "E1", "approve "+no), func(_ workflows.Actor, d *workflows.Decision) error { d.Used = true; return nil })
		must(t, err)
	}
	away := func(who string, span workflows.Span, of ...workflows.PersonID) (list []string) {
		t.Helper()
		limit := 9
		if len(of) > 0 { // there is room for those who are named, however many others are away
			limit = len(of)
		}
		found, err := s.Away(ctx, person(t, s, who).ID, span, of, limit)
		must(t, err)
		for _, b := range found {
			if b.Form != nil || b.Number != "" || b.Span != whole(day) {
				t.Errorf("%s reads more than that they are away: %+v", who, b)
			}
			list = append(list, b.Name)
		}
		return list
	}
	same(t, "who is away to their manager, who shares one with others", away("E1", whole(day)), "Han Mei", "Kai", "Tom Chen")
	same(t, "who is away to a colleague", away("E2", whole(day)), "Han Mei", "Tom Chen")
	same(t, "who is away in another department", away("E3", whole(day)))
	same(t, "who is away to the director", away("E0", whole(day)), "Han Mei", "Kai")
	same(t, "who is away on another day", away("E1", whole(day.AddDays(30))))

	same(t, "whether somebody is away", away("E1", whole(day), person(t, s, "E3").ID), "Tom Chen")
	same(t, "whether somebody is away whom one may not see", away("E2", whole(day), person(t, s, "E5").ID))

	tom, boss := person(t, s, "E2"), person(t, s, "E1")
	numbers := func(list []workflows.Listed, err error) (numbers []string) {
		t.Helper()
		must(t, err)
		for _, l := range list {
			numbers = append(numbers, l.Request.Number+" "+fmt.Sprint(l.People))
		}
		return numbers
	}
	same(t, "what holds the day", numbers(s.Holding(ctx, tom.ID, whole(day), 9)), "TX-1 []")
	same(t, "what holds another", numbers(s.Holding(ctx, tom.ID, whole(day.AddDays(30)), 9)))
	same(t, "what Tom asked for", numbers(s.WaitingFrom(ctx, boss.ID, []workflows.PersonID{tom.ID}, 9)), "TX-1 [Tom Baker]")
	same(t, "what another asked for", numbers(s.WaitingFrom(ctx, boss.ID, []workflows.PersonID{boss.ID}, 9)))
	same(t, "what waits for somebody else", numbers(s.WaitingFrom(ctx, tom.ID, []workflows.PersonID{tom.ID}, 9)))

	for typed, want := range map[string][]string{"tom": {"E2", "E3"}, "baker": {"E2"}, "陈静": {"E1"}, "chen": {"E1", "E3"}, "e5": {"E5"}, "to": nil, "%": nil} {
		list, err := s.PeopleNamed(ctx, []string{typed, "nobody"}, 9)
		must(t, err)
		same(t, "who has the word "+typed, numbersOf(list), want...)
	}
	if list, err := s.PeopleNamed(ctx, nil, 9); err != nil || len(list) > 0 {
		t.Errorf("no words name %v, %v", list, err)
	}
}
