package workflows

import (
	"iter"
	"time"
)

// Shift is a stretch of work within one local day, [From, To) in minutes after midnight. From equal to To (or after it) is no work.
type Shift struct {
	From, To int
}

// Minutes returns the length of s by the clock on the wall.
func (s Shift) Minutes() Minutes { return Minutes(max(0, s.To-s.From)) }

// DayShifts is the work of one day. A half that has no shift is off.
type DayShifts struct {
	AM, PM Shift
}

// Minutes returns the length of both halves together.
func (d DayShifts) Minutes() Minutes { return d.AM.Minutes() + d.PM.Minutes() }

// Pattern is a person's ordinary week.
type Pattern struct {
	Week [7]DayShifts // by time.Weekday, Sunday first
}

// StandardPattern returns the default week: Monday to Friday, 09:00–12:00 and 13:00–18:00.
func StandardPattern() Pattern {
	var p Pattern
	for day := time.Monday; day <= time.Friday; day++ {
		p.Week[day] = DayShifts{AM: Shift{9 * 60, 12 * 60}, PM: Shift{13 * 60, 18 * 60}}
	}
	return p
}

// Shifts returns the work of date d. A rest day and a statutory day have none. A make-up workday on a day that the week has free is worked
// like the first working day of the week, counted from Monday.
func (p Pattern) Shifts(c Calendar, d Date) DayShifts {
	shifts := p.Week[d.Weekday()]
	day, ok := c.Override(d)
	switch {
	case !ok:
		return shifts
	case day.Kind != Workday:
		return DayShifts{}
	case shifts.Minutes() > 0:
		return shifts
	}
	return p.firstWorkingDay()
}

func (p Pattern) firstWorkingDay() DayShifts {
	for i := range 7 {
		if shifts := p.Week[(int(time.Monday)+i)%7]; shifts.Minutes() > 0 {
			return shifts
		}
	}
	return DayShifts{}
}

// Works says which halves of d are worked.
func Works(p Pattern, c Calendar, d Date) (am, pm bool) {
	shifts := p.Shifts(c, d)
	return shifts.AM.Minutes() > 0, shifts.PM.Minutes() > 0
}

// Hours is one person's working time: week, holidays and make-up workdays, zone, and the half-days they are away on leave.
type Hours struct {
	Zone     *time.Location // nil: UTC
	Pattern  Pattern
	Calendar Calendar
	Away     []Span
}

// horizon bounds every search, in days, so that a week without work cannot hold the program.
const horizon = 2 * 366

// morning is when the digests of a working day go out, in minutes after midnight, whatever the shift.
const morning = 9 * 60

// Add returns the instant at which m minutes of working time after t have passed: the end of the last of them, not the start of the next.
// m ≤ 0 is t itself. Where two years do not hold so much work, it is the last instant looked at. The result is in the person's zone.
func (h Hours) Add(t time.Time, m Minutes) time.Time {
	t = t.In(h.zone())
	if m <= 0 {
		return t
	}
	const more = (horizon + 1) * minutesPerDay // than the search can find
	left := time.Duration(min(m, more)) * time.Minute
	for s := range h.stretches(t) {
		length := s.end.Sub(s.start)
		if left <= length {
			return s.start.Add(left)
		}
		left -= length
	}
	return h.today(t).AddDays(horizon).At(0, h.zone())
}

// NextMorning returns 09:00 of the next working date after t, or of t's own date when that is working and 09:00 is still to come. A date of
// which one half is worked is working. Where two years hold no such date, it is 09:00 of the last date looked at.
func (h Hours) NextMorning(t time.Time) time.Time {
	d := h.today(t)
	if !t.Before(d.At(morning, h.zone())) {
		d = d.AddDays(1)
	}
	for range horizon {
		if h.working(d) {
			break
		}
		d = d.AddDays(1)
	}
	return d.At(morning, h.zone())
}

// Morning is 09:00 of a date, and whether any of that date is worked.
func (h Hours) Morning(d Date) (at time.Time, works bool) {
	return d.At(morning, h.zone()), h.working(d)
}

func (h Hours) zone() *time.Location {
	if h.Zone == nil {
		return time.UTC
	}
	return h.Zone
}

func (h Hours) today(t time.Time) Date { return DateOf(t.In(h.zone())) }

func (h Hours) working(d Date) bool { return h.shifts(d).Minutes() > 0 }

// shifts is the work of d without the halves on which the person is away.
func (h Hours) shifts(d Date) DayShifts {
	shifts := h.Pattern.Shifts(h.Calendar, d)
	for _, away := range h.Away {
		if away.Contains(d, AM) {
			shifts.AM = Shift{}
		}
		if away.Contains(d, PM) {
			shifts.PM = Shift{}
		}
	}
	return shifts
}

// stretch is a half-open piece of working time.
type stretch struct {
	start, end time.Time
}

// stretches yields the working time after t, in order and without overlap, up to the horizon. Lengths are those that pass: a night shift
// over a change of clocks is an hour shorter or longer than the wall shows.
func (h Hours) stretches(t time.Time) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		first := h.today(t)
		for n := range horizon {
			d := first.AddDays(n)
			shifts := h.shifts(d)
			free := 0 // a pattern is data: halves that overlap or leave the day must not be counted twice
			for _, shift := range [...]Shift{shifts.AM, shifts.PM} {
				from, to := max(shift.From, free), min(shift.To, minutesPerDay)
				if from >= to {
					continue
				}
				free = to
				s := stretch{later(d.At(from, h.zone()), t), d.At(to, h.zone())}
				if s.start.Before(s.end) && !yield(s) {
					return
				}
			}
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
