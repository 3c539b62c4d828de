package storage_test

import (
	"fmt"
	"testing"

	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// Everybody has books from the moment they are there, however they came.
func TestEverybodyHasBooks(t *testing.T) {
	s, owner := staffed(t)
	apply(t, people(t, s, peopleHeader, "E3,Kai,,,,,,DE,Europe/Berlin,en,"))
	if n := value[int](t, owner, "SELECT count(*) FROM people p JOIN books b ON b.person_id = p.id WHERE b.closed_on IS NULL"); n != 3 {
		t.Errorf("%d people have books, want 3", n)
	}
}

func ledgers(t *testing.T, s *storage.Store, no string) string {
	t.Helper()
	list, err := s.Ledgers(t.Context(), person(t, s, no).ID, importedAt)
	must(t, err)
	text := ""
	for _, a := range list {
		text += a.Unit
		for _, l := range a.Lots {
			text += fmt.Sprintf(" lot %d %s..%s %d/%d", l.ID, l.From, l.Until, l.Left, l.Granted)
		}
		for _, b := range a.Bookings {
			text += fmt.Sprintf(" booked %v approved %v", b.Shares, b.Approved)
		}
		text += fmt.Sprintf(" settled %s\n", a.Settled)
	}
	return text
}

// A request's booking is written anew by each revision, confirmed by the approval, and gone when nothing comes of the request. What a
// closed period held is settled once for each lot and not read any more.
func TestBookings(t *testing.T) {
	s, owner := bound(t)
	ctx := t.Context()
	exec(t, owner, "UPDATE people SET country = 'CN'")
	apply(t, balances(t, s, "E1,annual,10,2026-01-01,2026-12-31,", "E1,annual,1,2026-01-01,2026-03-31,", "E1,comp,1,2026-11-01,,"))
	hold := func(day int, unit string) *workflows.Hold {
		on := workflows.Date{Year: 2026, Month: 12, Day: day}
		return &workflows.Hold{Span: whole(on), Unit: unit, Shares: []workflows.Share{{Date: on, Minutes: 480}}}
	}
	want := func(what, want string) {
		t.Helper()
		if got := ledgers(t, s, "E1"); got != want {
			t.Errorf("%s:\n%swant\n%s", what, got, want)
		}
	}
	const annual = "leave:annual lot 2 2026-01-01..2026-03-31 480/480 lot 1 2026-01-01..2026-12-31 4800/4800"
	const comp = "leave:comp lot 3 2026-11-01.. 480/480"
	a, err := submit(ctx, s, by("E1", "new"), func(_ workflows.Facts, d *workflows.Decision) { d.Hold = hold(1, "leave:annual") })
	must(t, err)
	want("reserved", annual+" booked [{2026-12-01 480}] approved false settled \n"+comp+" settled \n")
	change := func(what string, build func(d *workflows.Decision)) error {
		_, err := press(ctx, s, on(a.ID, "E1", what), func(_ workflows.Actor, d *workflows.Decision) error { build(d); return nil })
		return err
	}
	must(t, change("edited", func(d *workflows.Decision) { d.Hold = hold(2, "leave:comp") }))
	want("edited", annual+" settled \n"+comp+" booked [{2026-12-02 480}] approved false settled \n")
	must(t, change("approved", func(d *workflows.Decision) { d.Used = true }))
	want("approved", annual+" settled \n"+comp+" booked [{2026-12-02 480}] approved true settled \n")

	settle := []workflows.Entry{
		{Kind: workflows.EntrySettle, Unit: "leave:comp", Lot: 3, Date: workflows.Date{Year: 2026, Month: 12, Day: 31}, Minutes: -480},
		{Kind: workflows.EntrySettle, Unit: "leave:comp", Date: workflows.Date{Year: 2026, Month: 12, Day: 31}, Minutes: -60},
	}
	closed := func(d *workflows.Decision) { d.Entries, d.Closed = settle, settle[0].Date }
	must(t, change("closed", closed))
	want("closed", "leave:comp lot 3 2026-11-01.. 0/480 lot 0 .. -60/0 settled 2026-12-31\n")
	violates(t, change("closed twice", closed), "ledger_settled")
	violates(t, change("debt closed twice", func(d *workflows.Decision) { d.Entries = settle[1:] }), "ledger_settled")
	want("closed twice", "leave:comp lot 3 2026-11-01.. 0/480 lot 0 .. -60/0 settled 2026-12-31\n")

	must(t, change("withdrawn", func(d *workflows.Decision) { d.Released = true }))
	if n := value[int](t, owner, "SELECT count(*) FROM bookings"); n != 0 {
		t.Errorf("%d bookings are left of what was withdrawn", n)
	}
}
