package workflows_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/nod-chat/nod/workflows"
)

const fullDay = workflows.StandardDay

// on is a date in a test, which must be real; "" is none.
func on(s string) workflows.Date {
	var d workflows.Date
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

// granted is a lot of whole days that is still untouched.
func granted(id workflows.LotID, from, until string, days workflows.Minutes) workflows.Lot {
	return workflows.Lot{ID: id, Unit: "annual", From: on(from), Until: on(until), Granted: days * fullDay, Left: days * fullDay}
}

// away books full days, one after the other.
func away(subject, from string, days int) workflows.Booking {
	b := workflows.Booking{Subject: workflows.SubjectID(subject), Approved: true}
	for n := range days {
		b.Shares = append(b.Shares, workflows.Share{Date: on(from).AddDays(n), Minutes: fullDay})
	}
	return b
}

func account(lots []workflows.Lot, bookings ...workflows.Booking) workflows.Ledger {
	return workflows.Ledger{Unit: "annual", Lots: lots, Bookings: bookings}
}

// paid writes a payment as a person would: "A 2026-03-02 lot 7: 480".
func paid(p workflows.Payment) (lines []string) {
	for _, part := range p.Parts {
		lines = append(lines, fmt.Sprintf("%s %s lot %d: %d", part.Subject, part.Date, part.Lot, part.Minutes))
	}
	return lines
}

func TestAccountPays_Rules7(t *testing.T) {
	carried, thisYear := granted(7, "2026-01-01", "2026-03-31", 1), granted(3, "2026-01-01", "2026-12-31", 10)
	forever := granted(1, "", "", 2)
	pending := away("A", "2026-03-02", 1)
	pending.Approved = false
	halves := workflows.Booking{Subject: "A", Shares: []workflows.Share{
		{Date: on("2026-03-02"), Minutes: 240}, {Date: on("2026-03-02"), Minutes: 240}, {Date: on("2026-03-07")},
	}}
	hours := carried
	hours.Left = 200
	closed := account([]workflows.Lot{thisYear, {Unit: "annual", Left: -100}}, away("A", "2026-03-02", 2))
	closed.Settled = on("2026-03-02")
	overdrawn := granted(4, "2026-01-01", "2026-12-31", 5)
	overdrawn.Left = -60

	tests := []struct {
		name    string
		account workflows.Ledger
		want    []string
		debt    workflows.Minutes
	}{
		{
			"an earlier end is used first", account([]workflows.Lot{forever, thisYear, carried}, away("A", "2026-03-02", 2)),
			[]string{"A 2026-03-02 lot 7: 480", "A 2026-03-03 lot 3: 480"}, 0,
		},
		{
			"what is pending is paid for like what is approved", account([]workflows.Lot{carried}, pending),
			[]string{"A 2026-03-02 lot 7: 480"}, 0,
		},
		{
			"a range over two grants is split",
			account([]workflows.Lot{granted(7, "", "2026-03-31", 9), granted(8, "2026-04-01", "", 9)}, away("A", "2026-03-31", 2)),
			[]string{"A 2026-03-31 lot 7: 480", "A 2026-04-01 lot 8: 480"}, 0,
		},
		{
			"a date of two lots", account([]workflows.Lot{hours, forever}, away("A", "2026-03-02", 1)),
			[]string{"A 2026-03-02 lot 7: 200", "A 2026-03-02 lot 1: 280"}, 0,
		},
		{
			"ties by first day, then number",
			account([]workflows.Lot{
				granted(9, "2026-02-01", "2026-12-31", 1), granted(5, "2026-02-01", "2026-12-31", 1),
				granted(8, "2026-01-01", "2026-12-31", 1),
			}, away("A", "2026-03-02", 3)),
			[]string{"A 2026-03-02 lot 8: 480", "A 2026-03-03 lot 5: 480", "A 2026-03-04 lot 9: 480"}, 0,
		},
		{
			"dates before requests, and requests of one date by their IDs",
			account([]workflows.Lot{carried, thisYear},
				away("B", "2026-03-03", 1), away("C", "2026-03-02", 1), away("A", "2026-03-03", 1)),
			[]string{"C 2026-03-02 lot 7: 480", "A 2026-03-03 lot 3: 480", "B 2026-03-03 lot 3: 480"}, 0,
		},
		{
			"a date outside any lot is debt", account([]workflows.Lot{carried}, away("A", "2026-03-31", 2)),
			[]string{"A 2026-03-31 lot 7: 480", "A 2026-04-01 lot 0: 480"}, 480,
		},
		{
			"a lot imported later pays it", account([]workflows.Lot{carried, thisYear}, away("A", "2026-03-31", 2)),
			[]string{"A 2026-03-31 lot 7: 480", "A 2026-04-01 lot 3: 480"}, 0,
		},
		{"two halves are one part, a day off none", account([]workflows.Lot{carried}, halves), []string{"A 2026-03-02 lot 7: 480"}, 0},
		{"settled dates and their debt", closed, []string{"A 2026-03-03 lot 3: 480"}, 100},
		{
			"a lot cut below what it has paid", account([]workflows.Lot{overdrawn, forever}, away("A", "2026-03-02", 1)),
			[]string{"A 2026-03-02 lot 1: 480"}, 60,
		},
		{
			"a debt that was paid back twice pays for nothing",
			account([]workflows.Lot{{Unit: "annual", Left: 480}, carried}, away("A", "2026-03-31", 2)),
			[]string{"A 2026-03-31 lot 7: 480", "A 2026-04-01 lot 0: 480"}, 480,
		},
		{"nothing", workflows.Ledger{}, nil, 0},
	}
	for _, test := range tests {
		lots := slices.Clone(test.account.Lots)
		p := test.account.Pay()
		if got := paid(p); !slices.Equal(got, test.want) || p.Debt != test.debt {
			t.Errorf("%s:\n got %q, debt %d\nwant %q, debt %d", test.name, got, p.Debt, test.want, test.debt)
		}
		if !slices.Equal(lots, test.account.Lots) {
			t.Errorf("%s: the caller's lots changed", test.name)
		}
	}
}

func TestAccountWithdrawalGivesCarriedDaysOn_I8(t *testing.T) {
	a := account([]workflows.Lot{granted(1, "2026-01-01", "2026-03-31", 2), granted(2, "2026-01-01", "2026-12-31", 10)},
		away("A", "2026-03-02", 2), away("B", "2026-03-09", 2))
	if got, want := paid(a.Pay())[2:], []string{"B 2026-03-09 lot 2: 480", "B 2026-03-10 lot 2: 480"}; !slices.Equal(got, want) {
		t.Errorf("with A: %q, want %q", got, want)
	}
	if got, want := paid(a.Without("A").Pay()), []string{"B 2026-03-09 lot 1: 480", "B 2026-03-10 lot 1: 480"}; !slices.Equal(got, want) {
		t.Errorf("A withdrawn: %q, want %q", got, want)
	}
}

func TestAccountLaterDatesAskedFirst_I8(t *testing.T) {
	may, february := away("may", "2026-05-04", 5), away("february", "2026-02-02", 5)
	a := account([]workflows.Lot{granted(1, "2026-01-01", "2026-06-30", 5), granted(2, "2026-04-01", "2026-12-31", 5)}, may)
	if got := a.Free(on("2026-02-02"), on("2026-02-03"), on("2026-02-04"), on("2026-02-05"), on("2026-02-06")); got != 5*fullDay {
		t.Errorf("free in February: %d, want %d", got, 5*fullDay)
	}
	if got := a.Free(on("2026-05-04")); got != 5*fullDay {
		t.Errorf("free in May: %d, want %d", got, 5*fullDay)
	}
	if got := a.Free(on("2026-02-02"), on("2026-08-03")); got != 5*fullDay {
		t.Errorf("free in February and August together: %d, want %d", got, 5*fullDay)
	}

	p := a.With(february).Pay()
	for _, part := range p.Parts {
		if want := map[workflows.SubjectID]workflows.LotID{"february": 1, "may": 2}[part.Subject]; part.Lot != want {
			t.Errorf("%+v, want lot %d", part, want)
		}
	}
	if p.Debt != 0 || len(p.Parts) != 10 {
		t.Errorf("debt %d in %v", p.Debt, p.Parts)
	}
	if got := a.With(february).Free(on("2026-05-04")); got != 0 {
		t.Errorf("%d are free after all", got)
	}
}

func TestAccountWithReplacesWhatTheRequestTook(t *testing.T) {
	a := account([]workflows.Lot{granted(1, "", "", 9)}, away("A", "2026-03-02", 3), away("B", "2026-03-09", 1), away("Z", "", 0))
	a.Bookings = a.Bookings[:2] // with room behind them, which is the caller's
	changed := a.With(away("A", "2026-03-16", 1))
	if got, want := paid(changed.Pay()), []string{"B 2026-03-09 lot 1: 480", "A 2026-03-16 lot 1: 480"}; !slices.Equal(got, want) {
		t.Errorf("changed: %q, want %q", got, want)
	}
	a.With(away("C", "2026-03-17", 1))
	a.Without("B")
	a.Free(on("2026-03-18"))
	if len(paid(a.Pay())) != 4 || len(paid(changed.Pay())) != 2 || a.Bookings[:3][2].Subject != "Z" {
		t.Errorf("a caller's account changed: %v, %v", a.Bookings, changed.Bookings)
	}
}

func TestSettleClosesAPeriod_I8(t *testing.T) {
	open := away("D", "2027-01-04", 1)
	open.Approved = false
	open.Shares = append([]workflows.Share{{Date: on("2026-12-31")}}, open.Shares...) // a day off need not be decided
	a := account([]workflows.Lot{granted(1, "2026-01-01", "2026-03-31", 1), granted(2, "2026-01-01", "2027-03-31", 2)},
		away("A", "2026-03-30", 3), away("B", "2026-12-30", 2), open)
	through := on("2026-12-31")
	entries, ok := a.Settle(through)
	want := []workflows.Entry{
		{Kind: workflows.EntrySettle, Unit: "annual", Lot: 1, Date: through, Minutes: -480},
		{Kind: workflows.EntrySettle, Unit: "annual", Lot: 2, Date: through, Minutes: -960},
		{Kind: workflows.EntrySettle, Unit: "annual", Date: through, Minutes: -960},
	}
	if !ok || !slices.Equal(entries, want) {
		t.Errorf("got %v %v\nwant %v", entries, ok, want)
	}

	closed := settled(a, entries, through)
	if got, want := paid(closed.Pay()), []string{"D 2027-01-04 lot 0: 480"}; !slices.Equal(got, want) || closed.Pay().Debt != 3*480 {
		t.Errorf("afterwards: %q and a debt of %d, want %q", got, closed.Pay().Debt, want)
	}
	undecided := away("B", "2026-12-31", 1)
	undecided.Approved = false
	for name, account := range map[string]workflows.Ledger{"settled before": closed, "not approved": a.With(undecided), "no leave": {}} {
		if entries, ok := account.Settle(through); ok || entries != nil {
			t.Errorf("%s: %v %v", name, entries, ok)
		}
	}
}

// settled is what a store makes of the account once it has added the entries.
func settled(a workflows.Ledger, entries []workflows.Entry, through workflows.Date) workflows.Ledger {
	a.Lots, a.Settled = slices.Clone(a.Lots), through
	for _, e := range entries {
		i := slices.IndexFunc(a.Lots, func(l workflows.Lot) bool { return l.ID == e.Lot })
		if i < 0 {
			i = len(a.Lots)
			a.Lots = append(a.Lots, workflows.Lot{Unit: a.Unit, ID: e.Lot})
		}
		a.Lots[i].Left += e.Minutes
	}
	return a
}

// Few dates and few minutes, so that lots and bookings get in each other's way.
var (
	bookingDate = rapid.Custom(func(t *rapid.T) workflows.Date { return on("2026-03-01").AddDays(rapid.IntRange(0, 6).Draw(t, "day")) })

	bookedShares = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) workflows.Share {
		return workflows.Share{Date: bookingDate.Draw(t, "date"), Minutes: workflows.Minutes(rapid.IntRange(0, 4).Draw(t, "minutes"))}
	}), 0, 4)

	openLot = rapid.Custom(func(t *rapid.T) workflows.Lot {
		l := workflows.Lot{ID: workflows.LotID(rapid.IntRange(1, 9).Draw(t, "id")), Unit: "annual"}
		l.Left = workflows.Minutes(rapid.IntRange(-1, 8).Draw(t, "left"))
		if rapid.IntRange(0, 3).Draw(t, "begins") > 0 {
			l.From = bookingDate.Draw(t, "from")
		}
		if rapid.IntRange(0, 3).Draw(t, "ends") > 0 {
			l.Until = bookingDate.Draw(t, "until")
		}
		return l
	})

	openAccount = rapid.Custom(func(t *rapid.T) workflows.Ledger {
		a := workflows.Ledger{Unit: "annual"}
		a.Lots = rapid.SliceOfNDistinct(openLot, 0, 5, func(l workflows.Lot) workflows.LotID { return l.ID }).Draw(t, "lots")
		if rapid.Bool().Draw(t, "has debt") {
			a.Lots = append(a.Lots, workflows.Lot{Unit: "annual", Left: -3})
		}
		if rapid.IntRange(0, 3).Draw(t, "has settled") == 0 {
			a.Settled = bookingDate.Draw(t, "settled")
		}
		for n := range rapid.IntRange(0, 5).Draw(t, "requests") {
			shares := bookedShares.Draw(t, "shares")
			slices.SortFunc(shares, func(x, y workflows.Share) int { return x.Date.Compare(y.Date) })
			b := workflows.Booking{Subject: workflows.SubjectID(rune('A' + n)), Approved: rapid.IntRange(0, 4).Draw(t, "approved") > 0, Shares: shares}
			a.Bookings = append(a.Bookings, b)
		}
		return a
	})
)

// demand is what the account's open dates cost.
func demand(a workflows.Ledger) map[workflows.Date]workflows.Minutes {
	cost := map[workflows.Date]workflows.Minutes{}
	for _, b := range a.Bookings {
		for _, s := range b.Shares {
			if s.Date.After(a.Settled) {
				cost[s.Date] += s.Minutes
			}
		}
	}
	return cost
}

// leastUnpaid tries all sets of dates: a set can only be paid from the lots that cover one of its dates, and what the worst set lacks is
// exactly what the best way of paying leaves unpaid (the maximum flow is the minimum cut).
func leastUnpaid(lots []workflows.Lot, cost map[workflows.Date]workflows.Minutes) (worst workflows.Minutes) {
	var dates []workflows.Date
	for date := range cost {
		dates = append(dates, date)
	}
	for set := range 1 << len(dates) {
		var lacks workflows.Minutes
		covers := map[workflows.LotID]bool{}
		for i, date := range dates {
			if set&(1<<i) == 0 {
				continue
			}
			lacks += cost[date]
			for _, l := range lots {
				if l.ID != 0 && l.Left > 0 && l.ValidOn(date) && !covers[l.ID] {
					covers[l.ID] = true
					lacks -= l.Left
				}
			}
		}
		worst = max(worst, lacks)
	}
	return worst
}

// owed is the debt that no way of paying can change.
func owed(a workflows.Ledger) (debt workflows.Minutes) {
	for _, l := range a.Lots {
		debt += max(0, -l.Left)
	}
	return debt
}

// I8: nothing is lost and nothing is made.
func TestAccountConserves_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		p := a.Pay()

		type key struct {
			subject workflows.SubjectID
			date    workflows.Date
		}
		unpaid, left, debt := map[key]workflows.Minutes{}, map[workflows.LotID]workflows.Minutes{}, owed(a)
		for _, b := range a.Bookings {
			for _, s := range b.Shares {
				if s.Date.After(a.Settled) {
					unpaid[key{b.Subject, s.Date}] += s.Minutes
				}
			}
		}
		for _, l := range a.Lots {
			left[l.ID] = l.Left
		}
		seen := map[workflows.Part]bool{}
		for _, part := range p.Parts {
			if part.Minutes <= 0 {
				t.Fatalf("%+v pays nothing", part)
			}
			unpaid[key{part.Subject, part.Date}] -= part.Minutes
			if part.Lot == 0 {
				debt += part.Minutes
			} else {
				left[part.Lot] -= part.Minutes
			}
			part.Minutes = 0
			if seen[part] {
				t.Fatalf("%+v comes twice", part)
			}
			seen[part] = true
		}
		for key, rest := range unpaid {
			if rest != 0 {
				t.Fatalf("%v is out by %d", key, rest)
			}
		}
		for _, l := range p.Lots {
			if l.Left != left[l.ID] {
				t.Fatalf("lot %d has %d left, want %d", l.ID, l.Left, left[l.ID])
			}
		}
		if len(p.Lots) != len(a.Lots) || p.Debt != debt {
			t.Fatalf("%d lots of %d, debt %d, want %d", len(p.Lots), len(a.Lots), p.Debt, debt)
		}
	})
}

// I8: no minute lapses that could have been used.
func TestAccountPaysFromTheLotThatEndsFirst_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		left := map[workflows.LotID]workflows.Lot{}
		for _, l := range a.Lots {
			left[l.ID] = l
		}
		var last workflows.Date
		for _, part := range a.Pay().Parts {
			if part.Date.Before(last) {
				t.Fatalf("%+v comes after %s", part, last)
			}
			last = part.Date
			mine := left[part.Lot]
			if part.Lot != 0 && (!mine.ValidOn(part.Date) || mine.Left < part.Minutes) {
				t.Fatalf("%+v is paid from %+v", part, mine)
			}
			for _, other := range left {
				if other.ID == 0 || other.ID == part.Lot || other.Left <= 0 || !other.ValidOn(part.Date) {
					continue
				}
				if part.Lot == 0 || !other.Until.IsZero() && (mine.Until.IsZero() || other.Until.Before(mine.Until)) {
					t.Fatalf("%+v is not paid from %+v", part, other)
				}
			}
			mine.Left -= part.Minutes
			left[part.Lot] = mine
		}
	})
}

// I8: no other way of paying leaves less unpaid.
func TestAccountDebtIsMinimal_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		if got, want := a.Pay().Debt-owed(a), leastUnpaid(a.Lots, demand(a)); got != want {
			t.Fatalf("%d are unpaid, %d need be: %v", got, want, paid(a.Pay()))
		}
	})
}

// I8: the order of asking costs nobody a day.
func TestAccountOrderOfBookingsMeansNothing_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		other := account(a.Lots)
		other.Settled = a.Settled
		for _, b := range rapid.Permutation(a.Bookings).Draw(t, "order") {
			before := other.Pay().Debt
			other = other.With(b)
			if after := other.Pay().Debt; after < before || after > a.Pay().Debt {
				t.Fatalf("the debt goes from %d to %d on its way to %d", before, after, a.Pay().Debt)
			}
		}
		if !reflect.DeepEqual(other.Pay(), a.Pay()) {
			t.Fatalf("asked in another order: %v, want %v", other.Pay(), a.Pay())
		}
	})
}

// I8: a withdrawal leaves no trace.
func TestAccountWithoutUndoesWith_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		want := a.Pay()
		with := a.With(workflows.Booking{Subject: "new", Shares: bookedShares.Draw(t, "new")})
		if got := with.Without("new").Pay(); !reflect.DeepEqual(got, want) {
			t.Fatalf("after a withdrawal: %v, want %v", got, want)
		}
		if !reflect.DeepEqual(a.Pay(), want) {
			t.Fatalf("the account itself changed: %v, want %v", a.Pay(), want)
		}
	})
}

// I8: what is said to be free can be taken, and not a minute more.
func TestAccountFreeIsExact_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		dates := rapid.SliceOfN(bookingDate, 0, 4).Draw(t, "dates")
		free, debt := a.Free(dates...), a.Pay().Debt

		all := demand(a)
		for _, d := range dates {
			if d.After(a.Settled) {
				all[d] += 1000
			}
		}
		var booked, wanted workflows.Minutes
		for d, m := range all {
			booked += demand(a)[d]
			wanted += m
		}
		now, most := booked-leastUnpaid(a.Lots, demand(a)), wanted-leastUnpaid(a.Lots, all)
		if free != most-now {
			t.Fatalf("%d are free on %v, want %d", free, dates, most-now)
		}

		leave := workflows.Booking{Subject: "new"}
		var sum workflows.Minutes
		for _, d := range dates {
			m := a.With(leave).Free(d)
			leave.Shares = append(leave.Shares, workflows.Share{Date: d, Minutes: m})
			sum += m
		}
		if after := a.With(leave).Pay().Debt; sum != free || after != debt {
			t.Fatalf("of %d free on %v, %v are %d and bring the debt from %d to %d", free, dates, leave.Shares, sum, debt, after)
		}
		for i, d := range dates {
			more := leave
			more.Shares = slices.Clone(leave.Shares)
			more.Shares[i].Minutes++
			if after := a.With(more).Pay().Debt; d.After(a.Settled) && after != debt+1 {
				t.Fatalf("a minute more than %d on %v brings the debt from %d to %d", free, dates, debt, after)
			}
		}
	})
}

// I8: closing a period changes nothing that is worked out later, whatever the boundary.
func TestSettleChangesNothingLater_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := openAccount.Draw(t, "account")
		first, last := bookingDate.Draw(t, "first boundary"), bookingDate.Draw(t, "last boundary")
		if last.Before(first) {
			first, last = last, first
		}
		pending, costs := false, false
		for _, b := range a.Bookings {
			for _, s := range b.Shares {
				inPeriod := s.Minutes > 0 && s.Date.After(a.Settled) && !s.Date.After(last)
				costs = costs || inPeriod
				pending = pending || inPeriod && !b.Approved
			}
		}
		cut := slices.ContainsFunc(a.Lots, func(l workflows.Lot) bool {
			return l.ID != 0 && l.Left < 0 && !l.Until.IsZero() && !l.Until.After(last) && last.After(a.Settled)
		})
		entries, ok := a.Settle(last)
		if ok != ((costs || cut) && !pending) || ok != (len(entries) > 0) {
			t.Fatalf("settling is %v, with %v", ok, entries)
		}
		if !ok {
			return
		}
		closed := settled(a, entries, last)
		unchangedAfter(t, a, closed, last)

		later := workflows.Booking{Subject: "new", Shares: bookedShares.Draw(t, "later")}
		later.Shares = slices.DeleteFunc(later.Shares, func(s workflows.Share) bool { return !s.Date.After(last) })
		unchangedAfter(t, a.With(later), closed.With(later), last)

		// Only what is open has to be read.
		open := closed
		open.Lots = slices.DeleteFunc(slices.Clone(closed.Lots), func(l workflows.Lot) bool {
			return l.ID != 0 && !l.Until.IsZero() && !l.Until.After(last)
		})
		open.Bookings = nil
		for _, b := range closed.Bookings {
			if slices.ContainsFunc(b.Shares, func(s workflows.Share) bool { return s.Date.After(last) }) {
				open = open.With(b)
			}
		}
		if got, want := open.Pay(), closed.Pay(); !slices.Equal(got.Parts, want.Parts) || got.Debt != want.Debt {
			t.Fatalf("of what is open: %v, want %v", got, want)
		}

		// Two steps make what one does.
		if first.After(a.Settled) {
			early, _ := a.Settle(first)
			halfway := settled(a, early, first)
			rest, _ := halfway.Settle(last)
			byLot := map[workflows.LotID]workflows.Minutes{}
			for _, e := range append(early, rest...) {
				byLot[e.Lot] += e.Minutes
			}
			for _, e := range entries {
				byLot[e.Lot] -= e.Minutes
			}
			for id, out := range byLot {
				if out != 0 {
					t.Fatalf("lot %d is out by %d: %v and %v, want %v", id, out, early, rest, entries)
				}
			}
		}
	})
}

// unchangedAfter compares an account with the same one settled through a date.
func unchangedAfter(t *rapid.T, before, after workflows.Ledger, through workflows.Date) {
	want, got := before.Pay(), after.Pay()
	want.Parts = slices.DeleteFunc(want.Parts, func(p workflows.Part) bool { return !p.Date.After(through) })
	isDebt := func(l workflows.Lot) bool { return l.ID == 0 } // it holds what was an open debt before
	want.Lots, got.Lots = slices.DeleteFunc(want.Lots, isDebt), slices.DeleteFunc(got.Lots, isDebt)
	for i := range want.Lots { // what a lot that ends with the period was cut by is a debt without it now
		if l := &want.Lots[i]; !l.Until.IsZero() && !l.Until.After(through) {
			l.Left = max(l.Left, 0)
		}
	}
	if !slices.Equal(got.Parts, want.Parts) || !slices.Equal(got.Lots, want.Lots) || got.Debt != want.Debt {
		t.Fatalf("after settling through %s: %v, want %v", through, got, want)
	}
	for n := range 8 {
		d := on("2026-03-01").AddDays(n)
		if d.After(through) && after.Free(d) != before.Free(d) {
			t.Fatalf("free on %s after settling: %d, want %d", d, after.Free(d), before.Free(d))
		}
	}
}

// A correction takes exactly what it says off what was granted for those days, never more than was granted, and hides nothing: what is
// booked beneath becomes a debt, minute for minute.
func TestCut(t *testing.T) {
	windows := [][2]string{{"2026-01-01", "2026-12-31"}, {"2026-01-01", "2026-03-31"}, {"2026-03-01", ""}}
	rapid.Check(t, func(t *rapid.T) {
		a := account(nil)
		for i := range rapid.IntRange(1, 5).Draw(t, "lots") {
			w := rapid.SampledFrom(windows).Draw(t, "window")
			l := granted(workflows.LotID(i+1), w[0], w[1], workflows.Minutes(rapid.IntRange(0, 10).Draw(t, "days")))
			l.Left -= workflows.Minutes(rapid.IntRange(0, int(l.Left)).Draw(t, "settled"))
			a.Lots = append(a.Lots, l)
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "bookings") {
			first := on("2026-01-01").AddDays(rapid.IntRange(0, 120).Draw(t, "first"))
			a.Bookings = append(a.Bookings, away(fmt.Sprint("B", i), first.String(), rapid.IntRange(1, 8).Draw(t, "length")))
		}
		w := rapid.SampledFrom(windows).Draw(t, "corrected")
		from, until := on(w[0]), on(w[1])
		m := workflows.Minutes(rapid.IntRange(1, 6000).Draw(t, "minutes"))
		there := workflows.Minutes(0)
		for _, l := range a.Lots {
			if l.From == from && l.Until == until {
				there += l.Granted
			}
		}

		entries, missing := a.Cut(from, until, m)
		sum := workflows.Minutes(0)
		for _, e := range entries {
			sum -= e.Minutes
			if e.Kind != workflows.EntryAdjust || e.Minutes >= 0 || e.Lot == 0 {
				t.Fatalf("entry %+v", e)
			}
		}
		if missing != max(0, m-there) || sum != m-missing {
			t.Fatalf("of %d granted %d are cut and %d missing, by a correction of %d", there, sum, missing, m)
		}
		b := a.Adjusted(entries)
		for i, l := range b.Lots {
			was := a.Lots[i]
			if l.Granted < 0 || (l.From != from || l.Until != until) && l != was {
				t.Fatalf("lot %+v was %+v", l, was)
			}
		}
		left := func(p workflows.Payment) (sum workflows.Minutes) {
			for _, l := range p.Lots {
				sum += max(0, l.Left)
			}
			return sum - p.Debt
		}
		before, after := a.Pay(), b.Pay()
		if left(before)-left(after) != sum {
			t.Fatalf("a cut of %d takes %d", sum, left(before)-left(after))
		}
		if owes := after.Debt - before.Debt; owes < 0 || owes > sum {
			t.Fatalf("a cut of %d makes a debt of %d", sum, owes)
		}
		if _, rest := b.Cut(from, until, there-sum); rest != 0 {
			t.Fatalf("what is left of the grant cannot be cut: %d", rest)
		}
	})
	a := account([]workflows.Lot{granted(1, "2026-01-01", "2026-12-31", 10), granted(2, "2026-01-01", "2026-12-31", 100), granted(3, "2027-01-01", "2027-12-31", 10)},
		away("A", "2026-03-02", 3))
	entries, missing := a.Cut(on("2026-01-01"), on("2026-12-31"), 90*fullDay)
	if missing != 0 || len(entries) != 1 || entries[0].Lot != 2 || a.Adjusted(entries).Balance(on("2026-06-01")) != 27*fullDay || a.Balance(on("2027-01-01")) != 10*fullDay {
		t.Errorf("%+v, %d missing, %d left", entries, missing, a.Adjusted(entries).Balance(on("2026-06-01")))
	}
}

func TestDays(t *testing.T) {
	for m, want := range map[workflows.Minutes]string{0: "0", 480: "1", 1200: "2.5", -1200: "-2.5", 60: "0.125", 3: "0.00625", 160: "0.333333", 4800: "10", -1: "-0.002083"} {
		if got := m.Days(); got != want {
			t.Errorf("%d minutes are %s days, want %s", m, got, want)
		}
	}
}
