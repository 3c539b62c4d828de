package storage_test

import (
	"slices"
	"testing"
	"time"

	"github.com/nod-chat/nod/workflows"
)

// All that rules can want to know comes, of a request and of somebody who may be about to make one.
func TestFacts(t *testing.T) {
	s, owner := bound(t)
	ctx := t.Context()
	line := func(no, manager, department, roles string) string {
		return no + "," + no + ",," + manager + "," + department + ",," + roles + ",CN,Asia/Shanghai,zh,"
	}
	apply(t, people(t, s, peopleHeader, line("E0", "", "Board", "director"), line("E1", "E0", "Sales", "manager"),
		line("E2", "E1", "Sales", ""), line("E3", "E1", "Sales", ""), line("E4", "E0", "People", "hr"), line("E5", "E0", "Finance", "")))
	apply(t, balances(t, s, "E2,annual,10,2026-01-01,2026-12-31,"))
	apply(t, calendar(t, s, "CN,2026-12-02,rest,休"))
	lin, tom := person(t, s, "E1"), person(t, s, "E2")
	now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC) // 11 in the morning in Shanghai
	change := by("E2", "tom's")
	change.Now = now
	toms, err := submit(ctx, s, change, full(lin.ID))
	must(t, err)
	must(t, s.Bind(ctx, person(t, s, "E3").ID.Party(), memory("E3"), now))
	change = by("E3", "kai's")
	change.Now = now
	kais, err := submit(ctx, s, change, full(lin.ID))
	must(t, err)
	_, err = press(ctx, s, on(kais.ID, "E1", "approve"), func(_ workflows.Actor, d *workflows.Decision) error { d.Used = true; return nil })
	must(t, err)
	file := keep(t, s, tom.ID, "certificate")

	day := workflows.Date{Year: 2026, Month: 12, Day: 1}
	wants := workflows.Wants{Ledger: true, Span: whole(day), From: day, To: day.AddDays(7), Roles: []string{"hr"}, People: []string{"E5"},
		Claims: []string{"key:" + string(toms.ID), "free"}, Files: []string{file}, Clocks: []workflows.PersonID{tom.ID}, OpenClocks: true}
	names := func(f workflows.Facts) (list []string) {
		for _, no := range []string{"E0", "E1", "E2", "E3", "E4", "E5"} {
			if p, ok := f.Org.ByNo(no); ok {
				list = append(list, no)
				if p.Away {
					list = append(list, "away")
				}
			}
		}
		return list
	}
	f, err := s.Facts(ctx, "", tom.ID, wants, now)
	must(t, err)
	same(t, "people", names(f), "E0", "E1", "E2", "E4", "E5")
	if len(f.Ledgers) != 1 || f.Ledgers[0].Lots[0].Left != 4800 || f.Ledgers[0].Bookings[0].Subject != toms.ID || !f.Closed.IsZero() {
		t.Errorf("accounts are %+v, closed %v", f.Ledgers, f.Closed)
	}
	if len(f.Busy) != 1 {
		t.Fatalf("busy: %+v", f.Busy)
	}
	if b := f.Busy[0]; b.Number != toms.Number || b.Span != wants.Span || b.Form["from"] != "2026-12-01" || b.Approved {
		t.Errorf("busy: %+v", b)
	}
	if len(f.Team) != 1 || f.Team[0].Name != "E3" || !f.Team[0].Approved {
		t.Errorf("team: %+v", f.Team)
	}
	if len(f.Claimed) != 1 || f.Claimed["key:"+string(toms.ID)].Number != toms.Number || f.Files[file].Owner != tom.ID {
		t.Errorf("claimed %v, files %v", f.Claimed, f.Files)
	}
	if len(f.Calendar) != 1 || f.Calendar[0] != (workflows.CalendarDay{Date: day.AddDays(1), Kind: workflows.Rest, Name: "休"}) {
		t.Errorf("the calendar is %+v", f.Calendar)
	}
	if c := f.Clocks[tom.ID]; len(f.Clocks) != 1 || c.Person.No != "E2" || len(c.Days) != 1 || len(c.Away) != 0 {
		t.Errorf("clocks are %+v", f.Clocks)
	}

	// Of a request what is its own is no obstacle to it, and its approvers and their clocks come too.
	wants.Span, wants.Around = whole(day.AddDays(50)), workflows.Span{Start: 2 * day.Days(), End: 2*day.Days() + 200}
	f, err = s.Facts(ctx, toms.ID, 0, wants, now)
	must(t, err)
	if len(f.Busy) != 0 || len(f.Team) != 0 || len(f.Claimed) != 0 || len(f.Clocks) != 2 || f.Clocks[lin.ID].Person.No != "E1" {
		t.Errorf("of the request: %+v", f)
	}
	f, err = s.Facts(ctx, kais.ID, 0, wants, now)
	must(t, err)
	same(t, "people", names(f), "E0", "E1", "E3", "away", "E4", "E5")
	if list, err := s.CalendarDays(ctx, "CN", day, day.AddDays(1)); err != nil || len(list) != 1 {
		t.Errorf("days: %+v (%v)", list, err)
	}

	mine, err := s.RequestsOf(ctx, tom.ID, workflows.Page{Size: 9})
	must(t, err)
	waiting, err := s.ApprovalsOf(ctx, lin.ID, workflows.Page{Size: 9})
	must(t, err)
	if own := mine.Lines; mine.Total != 1 || mine.First != 1 || own[0].Request.ID != toms.ID || !slices.Equal(own[0].People, []string{"E1"}) ||
		own[0].Request.Digest == "" {
		t.Errorf("tom's own: %+v", mine)
	}
	if waiting.Total != 2 || !slices.ContainsFunc(waiting.Lines, func(l workflows.Listed) bool {
		return slices.Equal(l.People, []string{"E2"}) && l.Request.ID == toms.ID
	}) {
		t.Errorf("waiting for lin: %+v", waiting)
	}
	if n := value[int](t, owner, "SELECT count(*) FROM turns WHERE state = 'open'"); n != 2 {
		t.Errorf("%d turns are open", n)
	}
}
