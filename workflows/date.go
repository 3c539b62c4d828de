package workflows

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a calendar date without a zone. The zero Date means none, and is before every other.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// The years that ParseDate accepts: wide enough for birth dates and far leave, narrow enough that a slip of the finger is noticed.
const (
	firstYear = 1900
	lastYear  = 2199
)

// ParseDate reads a date written as 2026-11-30 and nothing else. What cannot be taken for that is refused with a sentence: date.format,
// date.range (a year outside 1900–2199), date.impossible (29 February of a common year).
func ParseDate(s string) (Date, error) {
	refuse := func(text string) (Date, error) {
		return Date{}, Refuse(Invalid, text, Args{"Value": Cut(s, 40)})
	}
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return refuse("date.format")
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return refuse("date.format")
	}
	if year < firstYear || year > lastYear {
		return refuse("date.range")
	}
	d := Date{year, time.Month(month), day}
	if d != d.AddDays(0) {
		return refuse("date.impossible")
	}
	return d, nil
}

// digits reads ASCII digits; strconv would also take a sign.
func digits(s string) (n int, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// DateOf returns the date of t in t's own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// DateFromDays returns the date n days after 1970-01-01; n may be negative.
func DateFromDays(n int) Date {
	return DateOf(time.Unix(int64(n)*secondsPerDay, 0).UTC())
}

const secondsPerDay = 24 * 60 * 60

// Days returns how many days d is after 1970-01-01, negative before.
func (d Date) Days() int {
	return int(d.utc().Unix() / secondsPerDay)
}

// AddDays returns the date n days later, earlier when n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(d.utc().AddDate(0, 0, n))
}

// FirstOfMonth returns the first day of the month n after that of d, before it when n is negative.
func (d Date) FirstOfMonth(n int) Date {
	return DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// Compare is negative when d is before e, positive when d is after e, zero when they are the same.
func (d Date) Compare(e Date) int {
	switch {
	case d.Year != e.Year:
		return cmp.Compare(d.Year, e.Year)
	case d.Month != e.Month:
		return cmp.Compare(d.Month, e.Month)
	}
	return cmp.Compare(d.Day, e.Day)
}

// Before says whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After says whether d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// IsZero says whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// String writes d as 2026-11-30, no date as "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText is String, so that JSON holds "2026-11-30" or "".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDate, with "" for no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// At returns the instant at which clocks in loc show d and that minute of the day; 1440 is the next midnight. A wall time that a change of
// clocks skips becomes the first instant after the gap; one that occurs twice is the first of the two.
func (d Date) At(minuteOfDay int, loc *time.Location) time.Time {
	wanted := d.Days()*minutesPerDay + minuteOfDay
	t := time.Date(d.Year, d.Month, d.Day, 0, minuteOfDay, 0, 0, loc) // on either side of a change: time.Date promises neither
	change, next := t.ZoneBounds()
	switch shown := wallMinute(t); {
	case shown > wanted:
		return change
	case shown < wanted:
		return next
	}
	if !change.IsZero() {
		_, offset := t.Zone()
		_, before := change.Add(-time.Nanosecond).Zone()
		if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(change) {
			return first
		}
	}
	return t
}

const minutesPerDay = 24 * 60

// wallMinute counts the minutes that t's clock shows since 1970-01-01 00:00 of that clock.
func wallMinute(t time.Time) int {
	return DateOf(t).Days()*minutesPerDay + t.Hour()*60 + t.Minute()
}

// Half is one of the two halves of a day, divided at 12:00.
type Half int

// The halves of a day, in their order.
const (
	AM Half = iota
	PM
)

// String returns "am" or "pm".
func (h Half) String() string {
	if h == PM {
		return "pm"
	}
	return "am"
}

// ParseHalf reads "am" or "pm".
func ParseHalf(s string) (Half, error) {
	switch s {
	case "am":
		return AM, nil
	case "pm":
		return PM, nil
	}
	return AM, Refuse(Invalid, "field.half_day", Args{"Value": Cut(s, 40)})
}

// Span is a half-open range of half-days, counted from the morning of 1970-01-01, two to a date.
type Span struct {
	Start, End int
}

// NewSpan returns the half-days from the one half to the other, both included. An end before the start is refused (span.order),
// and so is a missing date (date.format).
func NewSpan(from Date, fromPart Half, to Date, toPart Half) (Span, error) {
	if from.IsZero() || to.IsZero() {
		return Span{}, Refuse(Invalid, "date.format", Args{"Value": ""})
	}
	s := Span{Start: halfDay(from, fromPart), End: halfDay(to, toPart) + 1}
	if s.Empty() {
		return Span{}, Refuse(Invalid, "span.order", Args{
			"From": from.String(), "FromPart": fromPart.String(), "To": to.String(), "ToPart": toPart.String()})
	}
	return s, nil
}

func halfDay(d Date, h Half) int { return 2*d.Days() + int(h) }

// Empty says whether s holds no half-day.
func (s Span) Empty() bool { return s.End <= s.Start }

// Overlaps says whether s and t share a half-day.
func (s Span) Overlaps(t Span) bool { return max(s.Start, t.Start) < min(s.End, t.End) }

// Contains says whether that half of d lies in s.
func (s Span) Contains(d Date, h Half) bool {
	n := halfDay(d, h)
	return s.Start <= n && n < s.End
}

// First returns the half-day with which s begins. s must not be empty.
func (s Span) First() (Date, Half) { return halfDayAt(s.Start) }

// Last returns the last half-day in s. s must not be empty.
func (s Span) Last() (Date, Half) { return halfDayAt(s.End - 1) }

// halfDayAt undoes halfDay. Shifting and masking round towards the past, so dates before 1970 come out right.
func halfDayAt(n int) (Date, Half) { return DateFromDays(n >> 1), Half(n & 1) }
