package workflows

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// day is a date in a test, which must be real.
func day(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// wantText fails unless err is a refusal with that sentence.
func wantText(t testing.TB, err error, text string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Text != text || e.Code != Invalid {
		t.Fatalf("error is %v, want the sentence %s", err, text)
	}
	return e
}

var anyDate = rapid.Custom(func(t *rapid.T) Date {
	return DateFromDays(rapid.IntRange(day("1900-01-01").Days(), day("2199-12-31").Days()).Draw(t, "days"))
})

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-11-30", "2028-02-29", "2000-02-29", "1900-01-01", "2199-12-31"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
}

func TestParseDateRefusesBadInput(t *testing.T) {
	tests := []struct{ in, text string }{
		{"", "date.format"},
		{"03/04", "date.format"}, // March or April?
		{"2026-1-02", "date.format"},
		{"2026/11/30", "date.format"},
		{" 2026-11-30", "date.format"},
		{"2026-11-30\n", "date.format"},
		{"2026-11-3O", "date.format"},
		{"+026-11-30", "date.format"},
		{"2026-+1-30", "date.format"},
		{"2026--1-30", "date.format"},
		{"２026-1-3", "date.format"}, // ten bytes, but one of the digits is full-width
		{"10000-01-01", "date.format"},
		{"0000-01-01", "date.range"},
		{"1899-12-31", "date.range"},
		{"2200-01-01", "date.range"},
		{"2027-02-29", "date.impossible"},
		{"1900-02-29", "date.impossible"},
		{"2026-00-10", "date.impossible"},
		{"2026-13-01", "date.impossible"},
		{"2026-04-31", "date.impossible"},
		{"2026-04-00", "date.impossible"},
	}
	for _, test := range tests {
		_, err := ParseDate(test.in)
		if e := wantText(t, err, test.text); e.Args["Value"] != test.in {
			t.Errorf("ParseDate(%q) quotes %q", test.in, e.Args["Value"])
		}
	}
}

func TestParseDateQuotesNoMoreThanFortyRunes(t *testing.T) {
	_, err := ParseDate(strings.Repeat("明", 60_000))
	e := wantText(t, err, "date.format")
	if got := e.Args["Value"]; got != strings.Repeat("明", 40)+"…" {
		t.Errorf("Value is %q", got)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-30", "2027-02-29", "0000-00-00", "明天", "2026-1１-30", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("ParseDate(%q) fails without a sentence: %v", s, err)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("ParseDate(%q) = %s", s, d)
		}
	})
}

func TestDateArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate.Draw(t, "d"), rapid.IntRange(-200_000, 200_000).Draw(t, "n")
		e := d.AddDays(n)
		if e.AddDays(-n) != d || e.Days()-d.Days() != n || DateFromDays(e.Days()) != e {
			t.Fatalf("%v + %d days = %v", d, n, e)
		}
		if d.Before(e) != (n > 0) || d.After(e) != (n < 0) || (d.Compare(e) == 0) != (n == 0) {
			t.Fatalf("%v and %v are in the wrong order", d, e)
		}
		if got := (int(d.Weekday()) + n%7 + 7) % 7; got != int(e.Weekday()) {
			t.Fatalf("%v is a %v, %v a %v", d, d.Weekday(), e, e.Weekday())
		}
	})
}

func TestDateInJSON(t *testing.T) {
	type form struct{ From, To Date }
	want := form{From: day("2026-02-14")}
	data, err := json.Marshal(want)
	if err != nil || string(data) != `{"From":"2026-02-14","To":""}` {
		t.Fatalf("%s, %v", data, err)
	}
	var got form
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Fatalf("%v, %v", got, err)
	}
	wantText(t, json.Unmarshal([]byte(`{"From":"2026-02-30"}`), &got), "date.impossible")
}

func TestDateOfUsesTheTimesOwnZone(t *testing.T) {
	instant := time.Date(2026, 5, 1, 22, 30, 0, 0, time.UTC)
	if got := DateOf(instant.In(zone(t, "Asia/Shanghai"))); got != day("2026-05-02") {
		t.Errorf("in Shanghai it is %v", got)
	}
	if got := DateOf(instant); got != day("2026-05-01") {
		t.Errorf("in UTC it is %v", got)
	}
}

func TestAtOverClockChanges(t *testing.T) {
	tests := []struct {
		zone, date   string
		hour, minute int
		want         string
	}{
		{"Europe/Berlin", "2026-03-29", 1, 59, "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29", 2, 0, "2026-03-29T01:00:00Z"}, // 02:00–03:00 does not exist
		{"Europe/Berlin", "2026-03-29", 2, 30, "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29", 3, 0, "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25", 2, 30, "2026-10-25T00:30:00Z"}, // occurs twice: the first
		{"Europe/Berlin", "2026-10-25", 3, 0, "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08", 2, 30, "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-03-08", 9, 0, "2026-03-08T13:00:00Z"},
		{"America/New_York", "2026-11-01", 1, 30, "2026-11-01T05:30:00Z"},
		{"America/New_York", "2026-11-01", 24, 0, "2026-11-02T05:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", 0, 0, "2018-11-04T03:00:00Z"}, // midnight does not exist
		{"Pacific/Apia", "2011-12-30", 9, 0, "2011-12-30T10:00:00Z"},      // the whole date does not exist
		{"Australia/Lord_Howe", "2026-10-04", 2, 15, "2026-10-03T15:30:00Z"},
		{"Asia/Shanghai", "2026-03-29", 2, 30, "2026-03-28T18:30:00Z"},
	}
	for _, test := range tests {
		got := day(test.date).At(test.hour*60+test.minute, zone(t, test.zone))
		if got.UTC().Format(time.RFC3339) != test.want {
			t.Errorf("%s %s %02d:%02d is %v, want %s", test.zone, test.date, test.hour, test.minute, got, test.want)
		}
	}
}

func TestAtIsTheWallTimeOrTheNextInstant(t *testing.T) {
	zones := []*time.Location{zone(t, "Europe/Berlin"), zone(t, "America/New_York"), zone(t, "America/St_Johns"), zone(t, "Africa/Casablanca"), time.UTC}
	changes := dates("2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-02-15", "2026-03-22") // of these zones' clocks
	someDay := rapid.OneOf(anyDate, rapid.SampledFrom(changes))
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		d, minute := someDay.Draw(t, "d"), rapid.IntRange(0, minutesPerDay).Draw(t, "minute")
		at := d.At(minute, loc)
		wanted := d.Days()*minutesPerDay + minute
		if wallMinute(at) < wanted {
			t.Fatalf("%v is before %v %d", at, d, minute)
		}
		if before := at.Add(-time.Second); wallMinute(before) >= wanted {
			t.Fatalf("%v is later than need be: %v", at, before)
		}
		if minute > 0 && at.Before(d.At(minute-1, loc)) {
			t.Fatalf("%v is before the minute before", at)
		}
	})
}

func TestHalf(t *testing.T) {
	for _, h := range []Half{AM, PM} {
		if got, err := ParseHalf(h.String()); err != nil || got != h {
			t.Errorf("ParseHalf(%q) = %v, %v", h, got, err)
		}
	}
	_, err := ParseHalf("noon")
	wantText(t, err, "field.half_day")
}

func TestNewSpan(t *testing.T) {
	tests := []struct {
		from, fromPart, to, toPart string
		halves                     int // 0: refused
	}{
		{"2026-03-02", "am", "2026-03-02", "pm", 2},
		{"2026-03-02", "am", "2026-03-02", "am", 1},
		{"2026-03-02", "pm", "2026-03-02", "pm", 1},
		{"2026-03-02", "pm", "2026-03-03", "am", 2},
		{"1969-12-31", "pm", "1970-01-01", "am", 2},
		{"2026-03-02", "pm", "2026-03-02", "am", 0},
		{"2026-03-03", "am", "2026-03-02", "pm", 0},
	}
	for _, test := range tests {
		from, _ := ParseHalf(test.fromPart)
		to, _ := ParseHalf(test.toPart)
		s, err := NewSpan(day(test.from), from, day(test.to), to)
		if test.halves == 0 {
			wantText(t, err, "span.order")
			continue
		}
		if err != nil || s.End-s.Start != test.halves {
			t.Errorf("%v: %v, %v", test, s, err)
		}
		if d, h := s.First(); d != day(test.from) || h != from {
			t.Errorf("%v begins on %v %v", test, d, h)
		}
		if d, h := s.Last(); d != day(test.to) || h != to {
			t.Errorf("%v ends on %v %v", test, d, h)
		}
	}
	_, err := NewSpan(Date{}, AM, day("2026-03-02"), PM)
	wantText(t, err, "date.format")
}

func TestTwoHalvesOfOneDayDoNotOverlap(t *testing.T) {
	d := day("2026-03-02")
	morning, _ := NewSpan(d, AM, d, AM)
	afternoon, _ := NewSpan(d, PM, d, PM)
	whole, _ := NewSpan(d, AM, d, PM)
	if morning.Overlaps(afternoon) || !whole.Overlaps(morning) || !afternoon.Overlaps(whole) {
		t.Error("halves of a day are confused")
	}
}

func TestSpanOverlapsWhenTheyShareAHalf(t *testing.T) {
	short := rapid.Custom(func(t *rapid.T) Span {
		return Span{rapid.IntRange(-6, 6).Draw(t, "start"), rapid.IntRange(-6, 6).Draw(t, "end")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := short.Draw(t, "a"), short.Draw(t, "b")
		var shared, halves bool
		for d := DateFromDays(-4); d.Days() < 4; d = d.AddDays(1) {
			for _, h := range []Half{AM, PM} {
				shared = shared || a.Contains(d, h) && b.Contains(d, h)
				halves = halves || a.Contains(d, h)
			}
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared || a.Empty() == halves {
			t.Fatalf("%v and %v", a, b)
		}
	})
}
