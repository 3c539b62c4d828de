package phrase

import (
	"errors"

	"github.com/nod-chat/nod/workflows"
)

// writtenDate is one date as it was written, which may need the dates around it to be worked out.
type writtenDate struct {
	shape   dateShape
	ways    way            // in which it was written: "Thu 3 Dec" is two of them
	date    workflows.Date // of a fixed writtenDate; of a calendar writtenDate, with the year 0 when there is none
	weekday int            // Monday is 0; of a calendar or fixed writtenDate what it has to be, or anyDay
	weeks   int            // of a whole week
	weak    bool           // a word like sat, which needs something beside it to be a day
	open    bool           // 12月3 of 12月3-5日: no date without the other end
	han     bool           // 3日, not 3 Dec
	days    bool           // ends with the number of the day, so that "3 Dec" may go on as "-5"
}

type dateShape int

const (
	fixed    dateShape = iota
	next7              // a weekday alone: the next one
	calendar           // a month and a day
	wholeWeek
)

type way int

const (
	byDistance way = 1 << iota // tomorrow
	byWeekday
	byCalendar
	byWeek
)

const anyDay = -1

func fixedOn(d workflows.Date, by way) writtenDate {
	return writtenDate{shape: fixed, ways: by, date: d, weekday: anyDay}
}

// readDate reads a date, which may be said twice over: "Thu 3 Dec", "tomorrow (Wednesday)", 12月3日周四, "Monday next week". When the
// two do not agree the line is unclear.
func (r *reader) readDate(i int) (writtenDate, int) {
	a, j := r.single(i)
	if j == i || a.open {
		return a, j
	}
	k, bracket := j, false
	switch {
	case r.text(j, "("):
		k, bracket = j+1, true
	case r.text(j, ",", "的"), a.ways == byWeek && r.text(j, "on"), a.ways == byWeekday && r.text(j, "of"):
		k++
	}
	b, m := r.single(k)
	if m == k || b.open || a.ways&b.ways != 0 {
		return a, j
	}
	if bracket {
		if !r.text(m, ")") {
			return a, j
		}
		m++
	}
	both, agree := r.both(a, b)
	if !agree {
		r.doubt(unclear)
	}
	return both, m
}

// both joins two ways to write one date.
func (r *reader) both(a, b writtenDate) (writtenDate, bool) {
	if b.shape == wholeWeek || a.shape == fixed && b.shape == calendar || a.shape == next7 && b.shape != next7 {
		a, b = b, a
	}
	switch { // now b is the weaker
	case a.shape == wholeWeek && b.shape == next7:
		return fixedOn(r.monday(a.weeks).AddDays(b.weekday), byWeek|byWeekday), true
	case b.shape == next7:
		a.weekday, a.ways, a.days = b.weekday, a.ways|b.ways, false
		return a, a.shape == calendar || weekdayOf(a.date) == b.weekday
	case a.shape == calendar && b.shape == fixed:
		same := a.date.Month == b.date.Month && a.date.Day == b.date.Day && (a.date.Year == 0 || a.date.Year == b.date.Year)
		b.ways |= a.ways
		return b, same
	case a.shape == fixed && b.shape == fixed:
		a.ways |= b.ways
		return a, a.date == b.date
	}
	return a, false
}

// single reads a date said once.
func (r *reader) single(i int) (writtenDate, int) {
	if r.text(i, "the") && !r.text(i+1, "the") {
		if p, j := r.single(i + 1); j > i+1 {
			return p, j
		}
		return writtenDate{}, i
	}
	switch t := r.at(i); t.class {
	case isoDate, digitDate:
		d := workflows.Date{Year: t.n / 1_00_00, Month: monthOf(t.n / 1_00 % 1_00), Day: t.n % 1_00}
		if d.Year == 0 && t.class == isoDate {
			r.doubt(outOfRange)
		}
		p, next := r.dayOf(d, i+1)
		p.days = t.class == digitDate && d.Year == 0 && !t.dayFirst // 12/24-28
		return p, next
	case relative:
		return fixedOn(r.today.AddDays(t.n), byDistance), i + 1
	case weekday:
		if t.weeks != plain {
			return r.weekdayOfWeek(t.n, int(t.weeks)), i + 1
		}
		return writtenDate{shape: next7, ways: byWeekday, weekday: t.n, weak: t.weak}, i + 1
	case week:
		return r.week(t.n), i + 1
	case which:
		return r.whichDay(i)
	case month:
		return r.monthFirst(i)
	case number:
		if p, j := r.dayFirst(i); j > i {
			return p, j
		}
		return r.chineseDate(i)
	case numeral, yearOf, whichMonth:
		return r.chineseDate(i)
	case days: // day after tomorrow
		if !r.text(i, "day") || r.at(i+2).class != relative {
			break
		}
		switch n := r.at(i + 2).n; {
		case r.text(i+1, "after") && n == 1, r.text(i+1, "before") && n == -1:
			return fixedOn(r.today.AddDays(2*n), byDistance), i + 3
		}
	case other:
		if r.text(i, "in") {
			return r.inDays(i)
		}
	}
	return writtenDate{}, i
}

// dayOf is a written date, which must exist. Whether one without a year does is seen when its year is known, but for 30 February.
func (r *reader) dayOf(d workflows.Date, next int) (writtenDate, int) {
	leap := d
	if d.Year == 0 {
		leap.Year = 2000
	}
	if !exists(leap) {
		r.doubt(noSuchDay(leap))
	}
	return writtenDate{shape: calendar, ways: byCalendar, date: d, weekday: anyDay}, next
}

// exists says whether d is a date of a year that can be meant.
func exists(d workflows.Date) bool {
	_, err := workflows.ParseDate(d.String())
	return err == nil
}

// noSuchDay says why a date cannot be meant.
func noSuchDay(d workflows.Date) string {
	if _, err := workflows.ParseDate(d.String()); errors.Is(err, &workflows.Error{Code: workflows.Invalid, Text: outOfRange}) {
		return outOfRange
	}
	return impossible
}

// weekdayOfWeek is that day of a week counted from this one. This week's days that have passed are not meant by anybody who asks for
// leave, and who means them writes the date.
func (r *reader) weekdayOfWeek(n, weeks int) writtenDate {
	d := r.monday(weeks).AddDays(n)
	if weeks == 0 && d.Before(r.today) {
		r.doubt(unclear)
	}
	return fixedOn(d, byWeekday)
}

// week is Monday to Friday of a week. "This week" could be all of it or the rest.
func (r *reader) week(weeks int) writtenDate {
	if weeks == 0 {
		r.doubt(unclear)
	}
	return writtenDate{shape: wholeWeek, ways: byWeek, weeks: weeks, weekday: anyDay}
}

func (r *reader) monday(weeks int) workflows.Date {
	return r.today.AddDays(7*weeks - weekdayOf(r.today))
}

// weekdayOf counts from Monday, 0.
func weekdayOf(d workflows.Date) int { return (int(d.Weekday()) + 6) % 7 }

// whichDay reads next Monday, this Friday, next week, this afternoon. "Last Friday" is the latest one to some and last week's to others.
func (r *reader) whichDay(i int) (writtenDate, int) {
	n := r.at(i).n
	switch t := r.at(i + 1); {
	case t.class == weekday && t.weeks == plain:
		if n < 0 {
			r.doubt(unclear)
		}
		return r.weekdayOfWeek(t.n, n), i + 2
	case t.text == "week":
		return r.week(n), i + 2
	case t.class == half && n == 0 && t.text != "am":
		return fixedOn(r.today, byDistance), i + 1 // the half is read behind every writtenDate
	}
	return writtenDate{}, i
}

// dayNumber reads 3 or 3rd.
func (r *reader) dayNumber(i int) (day, next int) {
	t := r.at(i)
	if t.class != number || t.n < 1 || t.n > 31 {
		return 0, i
	}
	if r.at(i+1).class == ordinal {
		return t.n, i + 2
	}
	return t.n, i + 1
}

// monthName reads December.
func (r *reader) monthName(i int) (int, int) {
	t := r.at(i)
	if t.class != month || t.weak && r.glued(i+1) && r.text(i+1, "'", "’") {
		return 0, i
	}
	return t.n, i + 1
}

// year reads the year behind a date, with or without a comma.
func (r *reader) year(i int) (int, int) {
	j := i
	if r.text(j, ",") {
		j++
	}
	t := r.at(j)
	if t.class != number || !exists(workflows.Date{Year: t.n, Month: 1, Day: 1}) {
		return 0, i
	}
	return t.n, j + 1
}

// dayFirst reads 3 Dec, 3rd of December 2026.
func (r *reader) dayFirst(i int) (writtenDate, int) {
	day, j := r.dayNumber(i)
	if j == i {
		return writtenDate{}, i
	}
	m, y, j := r.monthBehind(j)
	if m == 0 {
		return writtenDate{}, i
	}
	return r.dayOf(workflows.Date{Year: y, Month: monthOf(m), Day: day}, j)
}

// monthBehind reads the month, and the year if there is one, behind the number of a day. The month is 0 when there is none.
func (r *reader) monthBehind(i int) (month, year, next int) {
	j := i
	if r.text(j, "of") {
		j++
	}
	if r.at(j).class == which && r.text(j+1, "month") {
		d := r.month(r.at(j).n)
		return int(d.Month), d.Year, j + 2
	}
	m, k := r.monthName(j)
	if k == j || r.at(j).weak && r.at(k).is(verb) || r.text(j, "march") && r.text(k, "on", "past", "into") {
		return 0, 0, i
	}
	year, k = r.year(k)
	return m, year, k
}

// monthFirst reads Dec 3, December 3rd, 2026.
func (r *reader) monthFirst(i int) (writtenDate, int) {
	m, j := r.monthName(i)
	if j == i {
		return writtenDate{}, i
	}
	if r.text(j, "the") {
		j++
	}
	day, k := r.dayNumber(j)
	if k == j || r.countsThings(k) {
		return writtenDate{}, i
	}
	year, next := r.year(k)
	p, next := r.dayOf(workflows.Date{Year: year, Month: monthOf(m), Day: day}, next)
	p.days = year == 0
	return p, next
}

// countsThings says whether the number before i counts what stands at i.
func (r *reader) countsThings(i int) bool {
	switch r.at(i).class {
	case days, counted, clock, halfDay:
		return true
	}
	return r.at(i).is(thing)
}

// chineseDate reads 12月3日, 2026年12月3日, 明年1月3号, 3天后. A month alone is unclear.
func (r *reader) chineseDate(i int) (writtenDate, int) {
	if p, j := r.daysLater(i); j > i {
		return p, j
	}
	j, year := i, 0
	switch t := r.at(i); {
	case t.class == whichMonth:
		d := r.month(t.n)
		day, k := r.count(i + 1)
		if k == i+1 || r.at(k).class != unitDay {
			return writtenDate{}, i
		}
		d.Day = day
		p, next := r.dayOf(d, k+1)
		p.days, p.han = true, true
		return p, next
	case t.class == yearOf:
		j, year = i+1, r.today.Year+t.n
	case t.class == number && r.at(i+1).class == unitYear && exists(workflows.Date{Year: t.n, Month: 1, Day: 1}):
		j, year = i+2, t.n
	}
	m, k := r.count(j)
	if k == j || r.at(k).class != unitMonth {
		if year != 0 && j == i+2 {
			r.doubt(unclear) // a year of which no date follows
		}
		return writtenDate{}, i
	}
	day, next := r.count(k + 1)
	d := workflows.Date{Year: year, Month: monthOf(m), Day: day}
	switch {
	case next == k+1:
		r.doubt(unclear)
		return writtenDate{}, i
	case r.at(next).class == unitDay:
		p, next := r.dayOf(d, next+1)
		p.days, p.han = true, true
		return p, next
	case r.at(next).class == link:
		p, next := r.dayOf(d, next)
		p.open, p.days, p.han = true, true, true
		return p, next
	}
	r.doubt(unclear)
	return writtenDate{}, i
}

// month is the first day of a month counted from this one.
func (r *reader) month(n int) workflows.Date {
	months := r.today.Year*12 + int(r.today.Month) - 1 + n
	return workflows.Date{Year: months / 12, Month: monthOf(months%12 + 1), Day: 1}
}

// count reads a number in digits or in words.
func (r *reader) count(i int) (n, next int) {
	if t := r.at(i); (t.class == number || t.class == numeral) && t.n >= 0 && t.text != "a" && t.text != "an" {
		return t.n, i + 1
	}
	return 0, i
}

// daysLater reads 3天后.
func (r *reader) daysLater(i int) (writtenDate, int) {
	n, j := r.count(i)
	if j == i || r.at(j).class != days || r.at(j+1).class != later {
		return writtenDate{}, i
	}
	return r.distance(n), j + 2
}

// inDays reads "in 3 days", "in three days' time".
func (r *reader) inDays(i int) (writtenDate, int) {
	n, j := r.count(i + 1)
	if j == i+1 && r.text(j, "a") {
		n, j = 1, j+1
	}
	if j == i+1 || r.at(j).class != days {
		return writtenDate{}, i
	}
	j++
	if r.text(j, "'", "’") {
		j++
	}
	if r.text(j, "time") {
		j++
	}
	return r.distance(n), j
}

func (r *reader) distance(n int) writtenDate {
	if n < 1 || n > maxDays {
		r.doubt(outOfRange)
	}
	return fixedOn(r.today.AddDays(n), byDistance)
}
