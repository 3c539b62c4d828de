package workflows

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sum(entries []Entry) Minutes {
	var total Minutes
	for _, e := range entries {
		total += e.Minutes
	}
	return total
}

func lot(id LotID, from, until string, left Minutes) Lot {
	l := Lot{ID: id, Unit: "annual", Granted: left, Left: left}
	if from != "" {
		l.From = day(from)
	}
	if until != "" {
		l.Until = day(until)
	}
	return l
}

// week are full days from a Monday on.
func week(monday string) []Share {
	var shares []Share
	for n := range 5 {
		shares = append(shares, Share{day(monday).AddDays(n), StandardDay})
	}
	return shares
}

func TestAllocate_Rules3(t *testing.T) {
	reserved := func(lot LotID, date string, m Minutes) Entry {
		return Entry{EntryReserve, "annual", lot, day(date), -m}
	}
	carried, thisYear, forever := lot(7, "2026-01-01", "2026-03-31", 480), lot(3, "2026-01-01", "2026-12-31", 4800), lot(1, "", "", 960)
	debt := Lot{Unit: "annual", Left: -100}
	tests := []struct {
		name   string
		lots   []Lot
		shares []Share
		want   []Entry
		short  Minutes
	}{
		{
			"nearest to expiry first", []Lot{forever, thisYear, carried}, week("2026-03-02")[:2],
			[]Entry{reserved(7, "2026-03-02", 480), reserved(3, "2026-03-03", 480)}, 0,
		},
		{
			"a leave across an expiry is split", []Lot{lot(7, "2026-01-01", "2026-03-31", 4800), thisYear}, week("2026-03-30")[:3],
			[]Entry{reserved(7, "2026-03-30", 480), reserved(7, "2026-03-31", 480), reserved(3, "2026-04-01", 480)}, 0,
		},
		{
			"a day of two lots", []Lot{lot(7, "", "2026-03-31", 200), forever}, week("2026-03-02")[:1],
			[]Entry{reserved(7, "2026-03-02", 200), reserved(1, "2026-03-02", 280)}, 0,
		},
		{
			"ties by first day, then number",
			[]Lot{lot(9, "2026-02-01", "2026-12-31", 480), lot(5, "2026-02-01", "2026-12-31", 480), lot(8, "2026-01-01", "2026-12-31", 480)},
			week("2026-03-02")[:3],
			[]Entry{reserved(8, "2026-03-02", 480), reserved(5, "2026-03-03", 480), reserved(9, "2026-03-04", 480)}, 0,
		},
		{
			"what no lot covers is debt, and an old debt pays nothing", []Lot{debt, carried}, week("2026-03-02")[:2],
			[]Entry{reserved(7, "2026-03-02", 480), reserved(0, "2026-03-03", 480)}, 480,
		},
		{
			"before a lot begins", []Lot{lot(4, "2026-03-03", "", 480)}, week("2026-03-02")[:1],
			[]Entry{reserved(0, "2026-03-02", 480)}, 480,
		},
		{
			"shares of one date are one entry", []Lot{thisYear}, []Share{{day("2026-03-03"), 240}, {day("2026-03-02"), 480}, {day("2026-03-03"), 240}},
			[]Entry{reserved(3, "2026-03-02", 480), reserved(3, "2026-03-03", 480)}, 0,
		},
		{"a date that costs nothing", []Lot{thisYear}, []Share{{day("2026-03-07"), 0}}, nil, 0},
	}
	for _, test := range tests {
		before := slices.Clone(test.lots)
		got, short := Allocate(test.lots, test.shares)
		if !slices.Equal(got, test.want) || short != test.short {
			t.Errorf("%s:\n got %v, short %d\nwant %v, short %d", test.name, got, short, test.want, test.short)
		}
		if !slices.Equal(before, test.lots) {
			t.Errorf("%s: the caller's lots changed", test.name)
		}
	}
}

func TestLotsAreValidOnTheirDates(t *testing.T) {
	lots := []Lot{
		lot(1, "2026-01-01", "2026-03-31", 480), lot(2, "2026-01-01", "2026-12-31", 2400), lot(3, "2027-01-01", "2027-12-31", 4800),
		{Unit: "annual", Left: -200},
	}
	for date, want := range map[string]Minutes{
		"2026-03-31": 480 + 2400 - 200, "2026-04-01": 2400 - 200, "2026-12-31": 2400 - 200, "2027-01-01": 4800 - 200, "2025-06-01": -200,
	} {
		var got Minutes
		for _, l := range lots {
			if l.ValidOn(day(date)) {
				got += l.Left
			}
		}
		if got != want {
			t.Errorf("on %s: %d, want %d", date, got, want)
		}
	}
}

var (
	someDate = rapid.Custom(func(t *rapid.T) Date { return day("2026-03-01").AddDays(rapid.IntRange(0, 12).Draw(t, "day")) })
	anyShare = rapid.Custom(func(t *rapid.T) Share {
		return Share{someDate.Draw(t, "date"), Minutes(rapid.IntRange(0, 480).Draw(t, "minutes"))}
	})
	anyLot = rapid.Custom(func(t *rapid.T) Lot {
		l := Lot{ID: LotID(rapid.IntRange(0, 1000).Draw(t, "id")), Unit: "annual", Left: Minutes(rapid.IntRange(-100, 1500).Draw(t, "left"))}
		if rapid.Bool().Draw(t, "begins") {
			l.From = someDate.Draw(t, "from")
		}
		if rapid.Bool().Draw(t, "ends") {
			l.Until = someDate.Draw(t, "until")
		}
		return l
	})
	anyLots   = rapid.SliceOfNDistinct(anyLot, 0, 5, func(l Lot) LotID { return l.ID })
	anyShares = rapid.SliceOfN(anyShare, 0, 10)
)

// I8: nothing is lost and nothing is made.
func TestAllocateConserves_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lots, shares := anyLots.Draw(t, "lots"), anyShares.Draw(t, "shares")
		taken, short := Allocate(lots, shares)

		cost, byDate, byLot := Minutes(0), map[Date]Minutes{}, map[LotID]Minutes{}
		for _, s := range shares {
			cost += s.Minutes
			byDate[s.Date] += s.Minutes
		}
		if sum(taken) != -cost {
			t.Fatalf("%v cost %d, reserved %d", shares, cost, sum(taken))
		}
		for _, e := range taken {
			if e.Kind != EntryReserve || e.Minutes >= 0 {
				t.Fatalf("not a reservation: %+v", e)
			}
			byDate[e.Date] += e.Minutes
			byLot[e.Lot] -= e.Minutes
		}
		for date, rest := range byDate {
			if rest != 0 {
				t.Fatalf("%v is out by %d", date, rest)
			}
		}
		if byLot[0] != short {
			t.Fatalf("short by %d, debt of %d", short, byLot[0])
		}
	})
}

func TestAllocateStaysWithinLots_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lots, shares := anyLots.Draw(t, "lots"), anyShares.Draw(t, "shares")
		taken, _ := Allocate(lots, shares)
		left := map[LotID]Lot{}
		for _, l := range lots {
			left[l.ID] = l
		}
		seen := map[Entry]bool{}
		for _, e := range taken {
			key := Entry{Lot: e.Lot, Date: e.Date}
			if seen[key] {
				t.Fatalf("two entries for lot %d on %v", e.Lot, e.Date)
			}
			seen[key] = true
			if e.Lot == 0 {
				continue
			}
			l := left[e.Lot]
			if l.Left += e.Minutes; l.Left < 0 || !l.ValidOn(e.Date) {
				t.Fatalf("%+v takes too much or on a wrong date: %+v", e, l)
			}
			left[e.Lot] = l
		}
		for _, e := range taken {
			for _, l := range left {
				if e.Lot == 0 && l.ID != 0 && l.Left > 0 && l.ValidOn(e.Date) {
					t.Fatalf("debt on %v although lot %d has %d left", e.Date, l.ID, l.Left)
				}
			}
		}
	})
}

func TestReleaseAndUseConserve_I8(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reserved, _ := Allocate(anyLots.Draw(t, "lots"), anyShares.Draw(t, "shares"))
		ledger := append(slices.Clone(reserved), Release(reserved)...)
		byLotAndDate := map[Entry]Minutes{}
		for _, e := range ledger {
			byLotAndDate[Entry{Unit: e.Unit, Lot: e.Lot, Date: e.Date}] += e.Minutes
		}
		for key, rest := range byLotAndDate {
			if rest != 0 {
				t.Fatalf("%+v keeps %d after its release", key, rest)
			}
		}

		used := Use(reserved)
		if sum(used) != 0 {
			t.Fatalf("using changes the balance by %d", sum(used))
		}
		kinds := map[EntryKind]Minutes{}
		for _, e := range append(used, reserved...) {
			kinds[e.Kind] += e.Minutes
		}
		if kinds[EntryReserve]+kinds[EntryRelease] != 0 || kinds[EntryUse] != sum(reserved) {
			t.Fatalf("by kind: %v", kinds)
		}
	})
}
