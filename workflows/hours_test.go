package workflows

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// at reads a wall time like "2026-02-14 09:30" in loc.
func at(t testing.TB, loc *time.Location, s string) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func leave(from string, fromPart Half, to string, toPart Half) Span {
	s, err := NewSpan(day(from), fromPart, day(to), toPart)
	if err != nil {
		panic(err)
	}
	return s
}

func inShanghai(t testing.TB, away ...Span) Hours {
	return Hours{Zone: zone(t, "Asia/Shanghai"), Pattern: StandardPattern(), Calendar: NewCalendar("CN"), Away: away}
}

// mornings is the week of a person who works mornings only, Tuesday to Thursday.
func mornings() Pattern {
	var p Pattern
	for d := time.Tuesday; d <= time.Thursday; d++ {
		p.Week[d].AM = Shift{9 * 60, 13 * 60}
	}
	return p
}

func TestStandardPatternIsTheStandardDay_Rules2(t *testing.T) {
	for d, shifts := range StandardPattern().Week {
		want := StandardDay
		if w := time.Weekday(d); w == time.Saturday || w == time.Sunday {
			want = 0
		}
		if got := shifts.Minutes(); got != want {
			t.Errorf("%v: %d minutes, want %d", time.Weekday(d), got, want)
		}
	}
}

func TestCountSkipsHolidaysAndTakesMakeUpWorkdays_Rules3(t *testing.T) {
	tests := []struct {
		name     string
		pattern  Pattern
		country  string
		from, to string
		halves   int
	}{
		{"an ordinary week", StandardPattern(), "CN", "2026-03-02", "2026-03-08", 10},
		{"Spring Festival and both make-up Saturdays", StandardPattern(), "CN", "2026-02-14", "2026-02-28", 2 + 2*4 + 2},
		{"a make-up Saturday alone", StandardPattern(), "CN", "2026-05-09", "2026-05-09", 2},
		{"the same Saturday elsewhere", StandardPattern(), "DE", "2026-05-09", "2026-05-09", 0},
		{"a whole holiday week", StandardPattern(), "CN", "2026-10-01", "2026-10-07", 0},
		{"Christmas observed", StandardPattern(), "US", "2027-12-24", "2027-12-24", 0},
		{"mornings only: half a day each", mornings(), "CN", "2026-03-02", "2026-03-08", 3},
		{"mornings only, made up on a Saturday", mornings(), "CN", "2026-05-09", "2026-05-09", 1},
		{"no work, nothing to make up", Pattern{}, "CN", "2026-05-01", "2026-05-31", 0},
		{"a year not published counts by the week", StandardPattern(), "CN", "2027-10-04", "2027-10-08", 10},
	}
	for _, test := range tests {
		halves := 0
		for d := day(test.from); !d.After(day(test.to)); d = d.AddDays(1) {
			am, pm := Works(test.pattern, NewCalendar(test.country), d)
			if am {
				halves++
			}
			if pm {
				halves++
			}
		}
		if halves != test.halves {
			t.Errorf("%s: %d half-days, want %d", test.name, halves, test.halves)
		}
	}
}

func TestMakeUpWorkdayKeepsAShiftThePatternHas(t *testing.T) {
	p := StandardPattern()
	p.Week[time.Saturday].AM = Shift{8 * 60, 12 * 60}
	if got := p.Shifts(NewCalendar("CN"), day("2026-05-09")); got != p.Week[time.Saturday] {
		t.Errorf("worked %+v, want the pattern's own Saturday", got)
	}
}

func TestAddWorkingTime_Rules2(t *testing.T) {
	weekOff := leave("2026-03-03", AM, "2026-03-06", PM)
	tests := []struct {
		name string
		from string
		m    Minutes
		away []Span
		want string
	}{
		{"within a morning", "2026-03-02 09:10", 60, nil, "2026-03-02 10:10"},
		{"over lunch", "2026-03-02 11:00", 120, nil, "2026-03-02 14:00"},
		{"to the end of the day, not the next morning", "2026-03-02 14:00", 240, nil, "2026-03-02 18:00"},
		{"over night", "2026-03-02 16:00", 240, nil, "2026-03-03 11:00"},
		{"from lunch", "2026-03-02 12:30", 1, nil, "2026-03-02 13:01"},
		{"from the weekend", "2026-03-01 10:00", 30, nil, "2026-03-02 09:30"},
		{"over Spring Festival, the Saturday before it worked", "2026-02-14 17:00", 120, nil, "2026-02-24 10:00"},
		{"over own leave", "2026-03-02 17:00", 120, []Span{weekOff}, "2026-03-09 10:00"},
		{"over own half day", "2026-03-02 11:00", 120, []Span{leave("2026-03-02", PM, "2026-03-02", PM)}, "2026-03-03 10:00"},
		{"nothing", "2026-03-01 10:00", 0, nil, "2026-03-01 10:00"},
		{"less than nothing", "2026-03-01 10:00", -5, nil, "2026-03-01 10:00"},
	}
	for _, test := range tests {
		h := inShanghai(t, test.away...)
		if got, want := h.Add(at(t, h.Zone, test.from), test.m), at(t, h.Zone, test.want); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

func TestAddIsTheApproversTime_Rules2(t *testing.T) {
	h := Hours{Zone: zone(t, "America/New_York"), Pattern: StandardPattern(), Calendar: NewCalendar("US")}
	card := at(t, zone(t, "Asia/Shanghai"), "2026-03-06 17:00") // Friday 04:00 in New York; the clocks change on Sunday
	if got, want := h.Add(card, 9*60), at(t, h.Zone, "2026-03-09 10:00"); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNightShiftLastsAsLongAsItPasses(t *testing.T) {
	var p Pattern
	for d := range p.Week {
		p.Week[d].AM = Shift{0, 6 * 60}
	}
	tests := []struct {
		zone, date string
		want       Minutes
	}{
		{"Europe/Berlin", "2026-03-28", 360}, {"Europe/Berlin", "2026-03-29", 300}, {"Europe/Berlin", "2026-10-25", 420},
		{"America/New_York", "2026-03-08", 300}, {"America/New_York", "2026-11-01", 420},
	}
	for _, test := range tests {
		h := Hours{Zone: zone(t, test.zone), Pattern: p}
		start := day(test.date).At(0, h.Zone)
		if got := worked(h, start, start.Add(20*time.Hour)); got != test.want {
			t.Errorf("%s %s: %d minutes, want %d", test.zone, test.date, got, test.want)
		}
	}
}

// A pattern is data; one whose shifts overlap or leave the day still counts no minute twice.
func TestWrongShiftsCountOnce(t *testing.T) {
	var p Pattern
	for d := range p.Week {
		p.Week[d] = DayShifts{AM: Shift{-60, 800}, PM: Shift{700, 1500}}
	}
	h := Hours{Pattern: p}
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	if got := worked(h, start, start.AddDate(0, 0, 7)); got != 7*minutesPerDay {
		t.Errorf("a week has %d minutes", got)
	}
}

// worked is the working time from a to b in whole minutes, rounded down; 0 when b is not after a.
func worked(h Hours, a, b time.Time) Minutes {
	var total time.Duration
	for s := range h.stretches(a) {
		if !s.start.Before(b) {
			break
		}
		total += earlier(s.end, b).Sub(s.start)
	}
	return Minutes(total / time.Minute)
}

func TestStretches(t *testing.T) {
	h := inShanghai(t)
	tests := []struct {
		a, b string
		want Minutes
	}{
		{"2026-03-02 09:00", "2026-03-02 18:00", 480},
		{"2026-03-02 12:00", "2026-03-02 13:00", 0},
		{"2026-02-13 17:00", "2026-02-24 09:30", 60 + 480 + 30}, // Saturday 14 February is worked
		{"2026-03-02 10:00", "2026-03-02 10:00", 0},
		{"2026-03-03 10:00", "2026-03-02 10:00", 0},
	}
	for _, test := range tests {
		if got := worked(h, at(t, h.Zone, test.a), at(t, h.Zone, test.b)); got != test.want {
			t.Errorf("%s to %s: %d, want %d", test.a, test.b, got, test.want)
		}
	}
	if got := worked(h, at(t, h.Zone, "2026-03-02 10:00"), at(t, h.Zone, "2026-03-02 10:02").Add(-time.Second)); got != 1 {
		t.Errorf("119 seconds are %d minutes", got)
	}
}

func TestNextMorning_Rules2(t *testing.T) {
	tests := []struct {
		name, from string
		away       []Span
		want       string
	}{
		{"this morning, still to come", "2026-03-02 08:59", nil, "2026-03-02 09:00"},
		{"at nine it has begun", "2026-03-02 09:00", nil, "2026-03-03 09:00"},
		{"over the weekend", "2026-03-06 20:00", nil, "2026-03-09 09:00"},
		{"early on a free day", "2026-03-07 03:00", nil, "2026-03-09 09:00"},
		{"a make-up Saturday", "2026-02-13 10:00", nil, "2026-02-14 09:00"},
		{"over Spring Festival", "2026-02-14 10:00", nil, "2026-02-24 09:00"},
		{"over own leave", "2026-03-02 10:00", []Span{leave("2026-03-03", AM, "2026-03-04", PM)}, "2026-03-05 09:00"},
		{"half a day away is a working day", "2026-03-02 10:00", []Span{leave("2026-03-03", AM, "2026-03-03", AM)}, "2026-03-03 09:00"},
	}
	for _, test := range tests {
		h := inShanghai(t, test.away...)
		if got, want := h.NextMorning(at(t, h.Zone, test.from)), at(t, h.Zone, test.want); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

func TestNextMorningIsNineByTheClock(t *testing.T) {
	h := Hours{Zone: zone(t, "Europe/Berlin"), Pattern: StandardPattern(), Calendar: NewCalendar("DE")}
	for friday, monday := range map[string]string{"2026-03-27 12:00": "2026-03-30 09:00", "2026-10-23 12:00": "2026-10-26 09:00"} {
		if got := h.NextMorning(at(t, h.Zone, friday)).Format("2006-01-02 15:04"); got != monday {
			t.Errorf("after %s: %s, want %s", friday, got, monday)
		}
	}
}

// A week without work, or never-ending leave, must not hold the program.
func TestSearchEndsWithoutWork(t *testing.T) {
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	last := day("2026-03-02").AddDays(horizon)
	for _, h := range []Hours{
		{},
		{Pattern: StandardPattern(), Away: []Span{{0, 1 << 40}}},
		{Pattern: Pattern{Week: [7]DayShifts{{AM: Shift{900, 100}, PM: Shift{-500, -100}}}}},
	} {
		if got := h.Add(start, 1); !got.Equal(last.At(0, time.UTC)) {
			t.Errorf("Add ends at %v", got)
		}
		h.NextMorning(start)
	}
	h := Hours{Pattern: StandardPattern()}
	if got := h.Add(start, 1<<62); !got.Equal(last.At(0, time.UTC)) {
		t.Errorf("Add of too much ends at %v", got)
	}
}

// anyHours are hours as policy files might have them, wrong ones among them, in zones that change their clocks.
func anyHours(tb testing.TB) *rapid.Generator[Hours] {
	zones := []*time.Location{nil, zone(tb, "Europe/Berlin"), zone(tb, "America/New_York"), zone(tb, "Asia/Shanghai"), zone(tb, "America/St_Johns")}
	shift := rapid.Custom(func(t *rapid.T) Shift {
		return Shift{rapid.IntRange(-60, 1500).Draw(t, "from"), rapid.IntRange(-60, 1500).Draw(t, "to")}
	})
	return rapid.Custom(func(t *rapid.T) Hours {
		h := Hours{
			Zone:     rapid.SampledFrom(zones).Draw(t, "zone"),
			Pattern:  StandardPattern(),
			Calendar: NewCalendar(rapid.SampledFrom([]string{"CN", "DE", "US", ""}).Draw(t, "country")),
		}
		if rapid.Bool().Draw(t, "odd week") {
			for d := range h.Pattern.Week {
				h.Pattern.Week[d] = DayShifts{AM: shift.Draw(t, "am"), PM: shift.Draw(t, "pm")}
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "leaves") {
			start := 2*day("2026-01-01").Days() + rapid.IntRange(0, 2*365).Draw(t, "away")
			h.Away = append(h.Away, Span{start, start + rapid.IntRange(1, 20).Draw(t, "halves")})
		}
		return h
	})
}

var anyInstant = rapid.Custom(func(t *rapid.T) time.Time {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return start.Add(time.Duration(rapid.IntRange(0, 365*secondsPerDay).Draw(t, "second")) * time.Second)
})

func TestAddPassesItsMinutes(t *testing.T) {
	hours := anyHours(t)
	rapid.Check(t, func(t *rapid.T) {
		h, from := hours.Draw(t, "hours"), anyInstant.Draw(t, "from")
		m := Minutes(rapid.IntRange(0, 5000).Draw(t, "m"))
		to := h.Add(from, m)
		if to.Equal(h.today(from).AddDays(horizon).At(0, h.zone())) {
			return // hardly any work in this week: Add gave up at its horizon
		}
		if got := worked(h, from, to); got != m {
			t.Fatalf("Add(%v, %d) = %v, and between them are %d", from, m, to, got)
		}
		if m > 0 && worked(h, from, to.Add(-time.Second)) >= m {
			t.Fatalf("Add(%v, %d) = %v is later than need be", from, m, to)
		}
	})
}

func TestAddIsMonotone(t *testing.T) {
	hours := anyHours(t)
	rapid.Check(t, func(t *rapid.T) {
		h, from := hours.Draw(t, "hours"), anyInstant.Draw(t, "from")
		m := Minutes(rapid.IntRange(0, 5000).Draw(t, "m"))
		until := h.Add(from, m)
		if until.Before(from) {
			t.Fatalf("Add(%v, %d) = %v", from, m, until)
		}
		if more := h.Add(from, m+Minutes(rapid.IntRange(0, 500).Draw(t, "more"))); more.Before(until) {
			t.Fatalf("more work ends at %v, before %v", more, until)
		}
		start := from.Add(time.Duration(rapid.IntRange(0, 100_000).Draw(t, "later")) * time.Second)
		if end := h.Add(start, m); end.Before(until) {
			t.Fatalf("begun at %v it ends at %v, before %v", start, end, until)
		}
	})
}

func TestStretchesAddUp(t *testing.T) {
	hours := anyHours(t)
	rapid.Check(t, func(t *rapid.T) {
		h, a := hours.Draw(t, "hours"), anyInstant.Draw(t, "a")
		b := a.Add(time.Duration(rapid.IntRange(0, 10_000).Draw(t, "ab")) * time.Minute)
		c := b.Add(time.Duration(rapid.IntRange(0, 10_000).Draw(t, "bc")) * time.Minute)
		parts, whole := worked(h, a, b)+worked(h, b, c), worked(h, a, c)
		if whole < parts || whole > parts+1 { // each part is rounded down
			t.Fatalf("%v, %v, %v: %d in parts, %d in one", a, b, c, parts, whole)
		}
		if passed := Minutes(c.Sub(a) / time.Minute); whole > passed {
			t.Fatalf("%d minutes of work in %d", whole, passed)
		}
	})
}

func TestNextMorningIsAWorkingDaysNine(t *testing.T) {
	hours := anyHours(t)
	rapid.Check(t, func(t *rapid.T) {
		h, from := hours.Draw(t, "hours"), anyInstant.Draw(t, "from")
		next := h.NextMorning(from)
		d := DateOf(next)
		if !next.After(from) || !next.Equal(d.At(9*60, h.zone())) {
			t.Fatalf("NextMorning(%v) = %v", from, next)
		}
		for passed := h.today(from).AddDays(1); passed.Before(d); passed = passed.AddDays(1) {
			if h.working(passed) {
				t.Fatalf("NextMorning(%v) = %v passes over %s, a working day", from, next, passed)
			}
		}
	})
}

func BenchmarkAddFourHours(b *testing.B) {
	h := inShanghai(b, leave("2026-02-24", AM, "2026-02-27", PM))
	from := at(b, h.Zone, "2026-02-14 17:00")
	for b.Loop() {
		h.Add(from, 240)
	}
}
