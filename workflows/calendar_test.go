package workflows

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// dates expands "2026-01-01..03" and "2026-01-04"; the part after the dots may name a month too.
func dates(ranges ...string) []Date {
	var list []Date
	for _, r := range ranges {
		from, to, ok := strings.Cut(r, "..")
		if !ok {
			to = from
		}
		last := day(from[:len(from)-len(to)] + to)
		for d := day(from); !d.After(last); d = d.AddDays(1) {
			list = append(list, d)
		}
	}
	return list
}

// ofKind lists the year's dates that the calendar overrides in one of these ways.
func ofKind(c Calendar, year int, kinds ...DayKind) []Date {
	var list []Date
	for d := (Date{year, time.January, 1}); d.Year == year; d = d.AddDays(1) {
		if o, ok := c.Override(d); ok && slices.Contains(kinds, o.Kind) {
			list = append(list, d)
		}
	}
	return list
}

// The State Council's notices for 2025 and 2026, and the 13 days of the law on holidays as of 2025.
func TestChineseCalendarIsTheNotice_Rules3(t *testing.T) {
	tests := []struct {
		year                 int
		off, worked, statute []Date
	}{
		{
			2025,
			dates("2025-01-01", "2025-01-28..02-04", "2025-04-04..06", "2025-05-01..05", "2025-05-31..06-02", "2025-10-01..08"),
			dates("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
			dates("2025-01-01", "2025-01-28..31", "2025-04-04", "2025-05-01..02", "2025-05-31", "2025-10-01..03", "2025-10-06"),
		},
		{
			2026,
			dates("2026-01-01..03", "2026-02-15..23", "2026-04-04..06", "2026-05-01..05", "2026-06-19..21", "2026-09-25..27", "2026-10-01..07"),
			dates("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
			dates("2026-01-01", "2026-02-16..19", "2026-04-05", "2026-05-01..02", "2026-06-19", "2026-09-25", "2026-10-01..03"),
		},
	}
	c := NewCalendar("CN")
	for _, test := range tests {
		if got := ofKind(c, test.year, Rest, Statutory); !slices.Equal(got, test.off) {
			t.Errorf("%d off: %v, want %v", test.year, got, test.off)
		}
		if got := ofKind(c, test.year, Workday); !slices.Equal(got, test.worked) {
			t.Errorf("%d worked: %v, want %v", test.year, got, test.worked)
		}
		if got := ofKind(c, test.year, Statutory); !slices.Equal(got, test.statute) || len(got) != 13 {
			t.Errorf("%d statutory: %v, want %v", test.year, got, test.statute)
		}
		for _, d := range test.worked {
			if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
				t.Errorf("%v is made up on a %v", d, w)
			}
		}
	}
}

func TestGermanCalendarIsTheRule(t *testing.T) {
	for year, easter := range map[int]Date{2026: day("2026-04-05"), 2027: day("2027-03-28")} {
		want := []Date{
			{year, time.January, 1}, easter.AddDays(-2), easter.AddDays(1), {year, time.May, 1}, easter.AddDays(39), easter.AddDays(50),
			{year, time.October, 3}, {year, time.December, 25}, {year, time.December, 26},
		}
		slices.SortFunc(want, Date.Compare)
		if got := ofKind(NewCalendar("DE"), year, Statutory); !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", year, got, want)
		}
	}
}

func TestAmericanCalendarIsTheRule(t *testing.T) {
	nth := func(year int, month time.Month, weekday time.Weekday, n int) Date {
		first := Date{year, month, 1}
		return first.AddDays((int(weekday-first.Weekday())+7)%7 + 7*(n-1))
	}
	for _, year := range []int{2026, 2027} {
		memorial := nth(year, time.June, time.Monday, 1).AddDays(-7) // the last Monday of May
		statute := []Date{
			{year, time.January, 1}, nth(year, time.January, time.Monday, 3), nth(year, time.February, time.Monday, 3), memorial,
			{year, time.June, 19}, {year, time.July, 4}, nth(year, time.September, time.Monday, 1), nth(year, time.October, time.Monday, 2),
			{year, time.November, 11}, nth(year, time.November, time.Thursday, 4), {year, time.December, 25},
		}
		var observed []Date
		for _, d := range append(statute, Date{year + 1, time.January, 1}) {
			switch d.Weekday() {
			case time.Saturday:
				d = d.AddDays(-1)
			case time.Sunday:
				d = d.AddDays(1)
			default:
				continue
			}
			if d.Year == year {
				observed = append(observed, d)
			}
		}
		c := NewCalendar("US")
		if got := ofKind(c, year, Statutory); !slices.Equal(got, statute) {
			t.Errorf("%d: %v, want %v", year, got, statute)
		}
		if got := ofKind(c, year, Rest); !slices.Equal(got, observed) {
			t.Errorf("%d observed: %v, want %v", year, got, observed)
		}
	}
}

func TestShippedDaysHaveNamesAndSource(t *testing.T) {
	if got := Countries(); !slices.Equal(got, []string{"CN", "DE", "US"}) {
		t.Errorf("countries: %v", got)
	}
	for country, days := range shippedCalendars() {
		for d, o := range days.byDate {
			if o.Date != d || o.Name == "" || o.NameZH == "" || o.Source == "" {
				t.Errorf("%s: %+v", country, o)
			}
		}
	}
	if o, ok := NewCalendar("CN").Override(day("2026-02-17")); !ok || o.Name != "Spring Festival" || o.NameZH != "春节" {
		t.Errorf("%+v", o)
	}
}

func TestImportedRowsOverrideShippedOnes_Rules3(t *testing.T) {
	extra := day("2026-02-17")
	c := NewCalendar("CN", CalendarDay{Date: extra, Kind: Workday, Name: "Year-end closing"})
	if c.country != "CN" {
		t.Errorf("country is %s", c.country)
	}
	if o, _ := c.Override(extra); o.Kind != Workday {
		t.Errorf("%v: %+v", extra, o)
	}
	if o, _ := c.Override(day("2026-02-18")); o.Kind != Statutory {
		t.Errorf("the day after it lost its shipped row: %+v", o)
	}
	if o, _ := NewCalendar("CN").Override(extra); o.Kind != Statutory {
		t.Errorf("one calendar's import reached another: %+v", o)
	}
	if _, ok := c.Override(day("2026-03-02")); ok {
		t.Error("an ordinary Monday departs from the week")
	}
}

func TestPublished_Rules3(t *testing.T) {
	row := CalendarDay{Date: day("2027-02-06"), Kind: Statutory}
	tests := []struct {
		c         Calendar
		year      int
		published bool
	}{
		{NewCalendar("CN"), 2026, true},
		{NewCalendar("CN"), 2027, false},
		{NewCalendar("CN", row), 2027, true},
		{NewCalendar("CN", row), 2026, true},
		{NewCalendar("FR"), 2050, true}, // plain
		{NewCalendar("FR", row), 2027, true},
		{NewCalendar("FR", row), 2028, false},
		{Calendar{}, 2026, true},
	}
	for _, test := range tests {
		if got := test.c.Published(test.year); got != test.published {
			t.Errorf("%s %d: published %v", test.c.country, test.year, got)
		}
	}
}

func TestReadCalendarRefuses(t *testing.T) {
	const header = "country,date,kind,name,name_zh,source\n"
	for _, text := range []string{
		"",
		"country,date,kind,name\n",
		header + "CN,2026-02-30,rest,,,\n",
		header + "CN,2026-02-03,holiday,,,\n",
		header + "CN,2026-02-03,rest,,,\nCN,2026-02-03,rest,,,\n", // the same date twice
		header + "CN,2026-02-03,rest\n",
	} {
		if err := readCalendar(strings.NewReader(text), map[string]days{}); err == nil {
			t.Errorf("accepted: %q", text)
		}
	}
}
